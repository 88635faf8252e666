//! The memory of every module: statics that exports may change, an allocator that clears freed blocks, and a function
//! that clears the stack.
//!
//! A later call must not find bytes of an earlier request or of a secret. `boundary` clears the buffers. The values that
//! an operation builds live on the heap: the allocator clears each block when it is freed, so no other code has to.

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
        // SAFETY: each export borrows each static at most once, no export calls another, and the instance has one thread.
        unsafe { &mut *self.0.get() }
    }
}

/// Clears `SIZE` bytes of the stack below the caller, where functions that have returned left their values.
#[inline(never)]
pub fn clear_stack<const SIZE: usize>() {
    let mut below = [0u8; SIZE];
    // Without a reader the optimizer would remove the array.
    core::hint::black_box(&mut below);
}

/// dlmalloc with one addition: it clears freed blocks. Our code and the crates do not clear every intermediate value.
struct Allocator;

// SAFETY: dlmalloc gets every request unchanged. This code writes to a block only after the caller's last use of it and
// before dlmalloc gets it back.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller gives a layout of a size above zero, as `GlobalAlloc::alloc` requires.
        unsafe { dlmalloc::GlobalDlmalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller gives a layout of a size above zero, as `GlobalAlloc::alloc_zeroed` requires.
        unsafe { dlmalloc::GlobalDlmalloc.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller gives up a block of this layout, so `layout.size()` bytes at `block` may be written.
        unsafe {
            block.write_bytes(0, layout.size());
            core::hint::black_box(block);
            dlmalloc::GlobalDlmalloc.dealloc(block, layout);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller gives a block of this layout and a valid new size. The copy is within both blocks, which do
        // not overlap. `dealloc` clears the old block.
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
