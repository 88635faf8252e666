//! JSON, as `json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))` writes it.

pub mod encode;
pub mod float;
pub mod string;
