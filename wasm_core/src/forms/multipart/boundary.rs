//! The lines of the boundary: the first dash-boundary with the bytes before it, and the padding after a delimiter.

use super::{Multipart, Phase, INVALID};
use crate::forms::events::FormError;

impl Multipart {
    pub(super) fn opening(&mut self, piece: &[u8], at: usize) -> Result<usize, FormError> {
        match self.phase {
            Phase::Start if matches!(piece[at], b'\r' | b'\n') => {
                self.phase = Phase::Preamble;
                Ok(at + 1)
            }
            Phase::Preamble => match memchr::memchr(b'-', &piece[at..]) {
                Some(length) => {
                    self.phase = Phase::Start;
                    Ok(at + length)
                }
                None => Ok(piece.len()),
            },
            Phase::Start => {
                self.phase = Phase::DashBoundary;
                self.matched = 0;
                Ok(at)
            }
            Phase::DashBoundary => self.dash_boundary(piece[at]).map(|()| at + 1),
            _ if piece[at] == b'-' => {
                self.phase = Phase::Epilogue;
                Ok(at + 1)
            }
            _ => Err(INVALID),
        }
    }

    fn dash_boundary(&mut self, byte: u8) -> Result<(), FormError> {
        let length = self.delimiter.len() - 2;
        if self.matched < length {
            if byte != self.delimiter[self.matched + 2] {
                return Err(INVALID);
            }
        } else if self.matched == length {
            match byte {
                b'-' => {
                    self.phase = Phase::EmptyBody;
                    self.matched = 0;
                    return Ok(());
                }
                b'\r' => {}
                _ => return Err(INVALID),
            }
        } else {
            self.line_feed(byte, Phase::HeaderStart)?;
            self.matched = 0;
            self.new_part();
            return Ok(());
        }
        self.matched += 1;
        Ok(())
    }

    pub(super) fn padding(&mut self, byte: u8) -> Result<(), FormError> {
        match byte {
            b' ' | b'\t' => Ok(()),
            b'\r' => {
                self.phase = Phase::PaddingEnd;
                Ok(())
            }
            _ => Err(INVALID),
        }
    }
}
