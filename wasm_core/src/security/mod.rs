//! Values that security schemes read.

pub mod authorization;
