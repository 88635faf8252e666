//! Writes JSON as `json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))` does.

pub mod encode;
pub mod float;
pub mod string;
