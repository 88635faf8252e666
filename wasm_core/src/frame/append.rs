//! Appends and clears short runs of bytes.
//!
//! PERF: a copy of a size that the compiler does not know becomes `memory.copy`, which leaves compiled code and costs some
//! 15 ns. A document consists of thousands of short runs. Copies of eight or four bytes are plain stores (benchmark of
//! JSON).

use core::sync::atomic::{compiler_fence, Ordering};

use alloc::vec::Vec;

/// From this length on, one `memory.copy` or `memory.fill` is faster.
const LONG: usize = 96;

/// Appends a run of bytes.
#[inline]
pub fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    if bytes.len() >= LONG {
        return out.extend_from_slice(bytes);
    }
    out.reserve(LONG + 8);
    let end = out.len() + bytes.len();
    if let Some(last) = bytes.last_chunk::<8>() {
        for chunk in bytes.chunks_exact(8) {
            append_array(out, chunk.first_chunk::<8>());
        }
        out.truncate(end - 8);
        out.extend_from_slice(last);
    } else if let Some(last) = bytes.last_chunk::<4>() {
        append_array(out, bytes.first_chunk::<4>());
        out.truncate(end - 4);
        out.extend_from_slice(last);
    } else {
        for &byte in bytes {
            out.push(byte);
        }
    }
}

/// Appends the bytes `start..end` of the output to the output.
pub fn append_again(out: &mut Vec<u8>, start: usize, end: usize) {
    let size = end.saturating_sub(start);
    if size >= LONG {
        return out.extend_from_within(start..end);
    }
    let new_end = out.len() + size;
    let mut position = start;
    while position < end {
        // A chunk may reach past `end`, into bytes written earlier; `truncate` below removes them.
        match out.get(position..).and_then(<[u8]>::first_chunk::<8>).copied() {
            Some(chunk) => out.extend_from_slice(&chunk),
            None => out.extend_from_within(position..end),
        }
        position += 8;
    }
    out.truncate(new_end);
}

/// Overwrites bytes with zeros, so that no later call finds them.
///
/// PERF: a fill of unknown size becomes `memory.fill`; the fence keeps the compiler from making one of the loop (benchmark
/// `core`).
#[inline]
pub fn wipe(bytes: &mut [u8]) {
    if bytes.len() >= LONG {
        return bytes.fill(0);
    }
    let mut chunks = bytes.chunks_exact_mut(8);
    for chunk in &mut chunks {
        chunk.copy_from_slice(&[0; 8]);
        compiler_fence(Ordering::SeqCst);
    }
    for byte in chunks.into_remainder() {
        *byte = 0;
        compiler_fence(Ordering::SeqCst);
    }
}

#[inline]
fn append_array<const N: usize>(out: &mut Vec<u8>, bytes: Option<&[u8; N]>) {
    if let Some(bytes) = bytes {
        out.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wipe_clears_every_length() {
        for length in 0..200 {
            let mut bytes = [1; 200];
            wipe(&mut bytes[..length]);
            assert!(bytes[..length].iter().all(|&byte| byte == 0) && bytes[length..].iter().all(|&byte| byte == 1));
        }
    }

    #[test]
    fn append_and_append_again_copy_every_length() {
        let source: Vec<u8> = (0..200).collect();
        for length in 0..200 {
            for before in [0, 1, 7, 100] {
                let mut out = source[..before].to_vec();
                append(&mut out, &source[..length]);
                assert_eq!(out, [&source[..before], &source[..length]].concat());
                for start in 0..out.len().min(3) {
                    let mut again = out.clone();
                    append_again(&mut again, start, out.len() - (out.len() - start) / 2);
                    assert_eq!(again, [&out[..], &out[start..out.len() - (out.len() - start) / 2]].concat());
                }
            }
        }
    }
}
