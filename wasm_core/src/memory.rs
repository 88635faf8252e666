//! What all modules do with memory: statics that exports may change, and an allocator that clears what is freed.
//!
//! What a request or a secret held must be found by nothing that comes later. The buffers are cleared by `abi` and
//! `abi_security`; values that are built on the way live on the heap, and are cleared here when they are freed, so no
//! other code has to think of it.

#![allow(unsafe_code)]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// A static that exports may change.
pub struct Cell<T>(UnsafeCell<T>);

// SAFETY: wasm32-wasip1 has no threads: one instance is used by one thread at a time.
unsafe impl<T> Sync for Cell<T> {}

impl<T> Cell<T> {
    pub const fn new(value: T) -> Self {
        Cell(UnsafeCell::new(value))
    }

    #[allow(clippy::mut_from_ref)]
    pub fn get(&self) -> &mut T {
        // SAFETY: each export borrows each static at most once, and no export calls another.
        unsafe { &mut *self.0.get() }
    }
}

/// Clears so many bytes of the stack below the caller: what operations that have returned left there.
#[inline(never)]
pub fn clear_stack<const SIZE: usize>() {
    let mut below = [0u8; SIZE];
    // The optimizer must believe that somebody reads it.
    core::hint::black_box(&mut below);
}

/// dlmalloc, which clears what is freed: neither our code nor every crate clears each intermediate value.
struct Allocator;

// SAFETY: all requests go to dlmalloc unchanged; memory is written only between the caller's last use and its release.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { dlmalloc::GlobalDlmalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { dlmalloc::GlobalDlmalloc.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller gives up a block of this layout.
        unsafe {
            block.write_bytes(0, layout.size());
            core::hint::black_box(block);
            dlmalloc::GlobalDlmalloc.dealloc(block, layout);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise; the block that is left is cleared by `dealloc`.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !moved.is_null() {
                core::ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}
