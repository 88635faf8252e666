//! Reads the parameters of an operation: from the bytes of a request to values, or to Pydantic's errors.
//!
//! | module | purpose |
//! | --- | --- |
//! | [`extract`] | finds the raw value of each row in a request or a form |
//! | [`row`] | decodes one raw value, and writes the converted value or an error |
//! | [`coerce`] | converts text to one scalar, as Pydantic does in lax mode |
//! | [`constraints`] | checks a converted value |

pub mod coerce;
pub mod constraints;
pub mod extract;
pub mod row;
