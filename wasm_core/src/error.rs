//! Error records: the dict that Pydantic writes about an invalid value.
//!
//! ```text
//! {"type": "greater_than", "loc": ("query", "limit"), "msg": "Input should be greater than 0", "input": "-1",
//!  "ctx": {"gt": 0}}
//! ```
//!
//! `contract` has the types and the templates of the messages.

use alloc::string::String;
use core::fmt::Write;

use crate::contract::{ErrorType, ERRORS};
use crate::frame::writer::Writer;

/// The reason why a value is invalid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Failure {
    pub error: ErrorType,
    pub context: Context,
}

/// The values of the dict under "ctx".
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Context {
    None,
    /// A name and its number, for example `{"gt": 0}`.
    Number(&'static str, Number),
    /// A list with too many or too few items: the name of the limit, the limit, the number of items.
    Items(&'static str, i64, i64),
}

/// The limit of a constraint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Int(i64),
    Float(f64),
}

impl Failure {
    pub const fn plain(error: ErrorType) -> Self {
        Failure { error, context: Context::None }
    }

    pub const fn number(error: ErrorType, name: &'static str, number: Number) -> Self {
        Failure { error, context: Context::Number(name, number) }
    }

    pub fn name(&self) -> &'static str {
        ERRORS[self.error as usize].0
    }

    /// Writes the dict with its keys in the order of Pydantic: type, loc, msg, input, ctx.
    ///
    /// `loc` and `input` write the values of these keys.
    pub fn write(&self, writer: &mut Writer, loc: impl FnOnce(&mut Writer), input: impl FnOnce(&mut Writer)) {
        writer.dict();
        writer.name("type");
        writer.name(self.name());
        writer.name("loc");
        loc(writer);
        writer.name("msg");
        self.write_message(writer);
        writer.name("input");
        input(writer);
        self.write_context(writer);
        writer.end_dict();
    }

    fn write_message(&self, writer: &mut Writer) {
        let template = ERRORS[self.error as usize].1;
        if template.contains('{') {
            writer.str(&self.render(template));
        } else {
            writer.name(template);
        }
    }

    /// Replaces `{name}` with the value from ctx, and `{s}` with "s" unless the limit is 1.
    fn render(&self, template: &str) -> String {
        let mut message = String::with_capacity(template.len() + 16);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            message.push_str(before);
            self.fill(name, &mut message);
            rest = after;
        }
        message.push_str(rest);
        message
    }

    fn fill(&self, name: &str, message: &mut String) {
        let number = match (name, self.context) {
            ("s", Context::Number(_, number)) => return plural(number, message),
            ("s", Context::Items(_, limit, _)) => return plural(Number::Int(limit), message),
            ("actual_length", Context::Items(_, _, count)) => Number::Int(count),
            (_, Context::Items(_, limit, _)) => Number::Int(limit),
            (_, Context::Number(_, number)) => number,
            (_, Context::None) => return,
        };
        match number {
            // Writing to a String cannot fail.
            Number::Int(value) => drop(write!(message, "{value}")),
            Number::Float(value) => push_float(value, message),
        }
    }

    fn write_context(&self, writer: &mut Writer) {
        match self.context {
            Context::None => return,
            Context::Number(name, number) => {
                writer.name("ctx");
                writer.dict();
                writer.name(name);
                write_number(writer, number);
            }
            Context::Items(name, limit, count) => {
                writer.name("ctx");
                writer.dict();
                writer.name("field_type");
                writer.name("List");
                writer.name(name);
                writer.int(limit);
                writer.name("actual_length");
                writer.int(count);
            }
        }
        writer.end_dict();
    }
}

fn write_number(writer: &mut Writer, number: Number) {
    match number {
        Number::Int(value) => writer.int(value),
        Number::Float(value) => writer.float(value),
    }
}

/// Appends a float as Pydantic's messages write it, which is Rust's `Display`: 1.0 is "1", and there is no exponent.
///
/// PERF: this function arranges the digits of zmij, which JSON needs anyway. `Display` would be a tenth of the module's
/// code, and a process compiles the whole module before its first request.
fn push_float(value: f64, message: &mut String) {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format(value);
    if !value.is_finite() {
        return message.push_str(text);
    }
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let unsigned = whole.trim_start_matches('-');
    let all = [unsigned, decimals].concat();
    let digits = all.trim_start_matches('0');
    // The number of digits before the decimal point.
    let point = unsigned.len() as i32 + exponent.parse().unwrap_or(0) - (all.len() - digits.len()) as i32;
    let digits = &with_ties_up(value, digits.trim_end_matches('0'), point);
    message.push_str(if unsigned.len() < whole.len() { "-" } else { "" });
    match usize::try_from(point) {
        _ if digits.is_empty() => message.push('0'),
        Ok(point) if point >= digits.len() => {
            message.push_str(digits);
            message.extend(core::iter::repeat_n('0', point - digits.len()));
        }
        Ok(point @ 1..) => {
            let (whole, decimals) = digits.split_at_checked(point).unwrap_or((digits, ""));
            message.push_str(whole);
            message.push('.');
            message.push_str(decimals);
        }
        _ => {
            message.push_str("0.");
            message.extend(core::iter::repeat_n('0', point.unsigned_abs() as usize));
            message.push_str(digits);
        }
    }
}

/// Returns the digits that `Display` writes. On a tie between two shortest texts zmij takes the even last digit and
/// `Display` the larger one.
fn with_ties_up(value: f64, digits: &str, point: i32) -> String {
    let mut text = String::from(digits);
    if is_tie(value, digits, point) == Some(true) {
        if let Some(last @ b'0'..=b'8') = text.pop().map(|last| last as u8) {
            text.push(char::from(last + 1));
        }
    }
    text
}

/// Returns whether the float is exactly in the middle between these digits and the next larger ones. None means no: the
/// exponents differ, or the numbers exceed 64 bits.
fn is_tie(value: f64, digits: &str, point: i32) -> Option<bool> {
    // The float is odd * 2^exponent and the middle is (10 * digits + 5) / 10^decimals. 10 * digits + 5 is odd, so all
    // factors 2 of the middle are in 10^decimals, and both can be equal only if exponent == -decimals.
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exponent) = match (bits >> 52) as i32 & 0x7ff {
        0 => (fraction, -1074),
        biased => (fraction | 1 << 52, biased - 1075),
    };
    let zeros = mantissa.trailing_zeros();
    let decimals = digits.len() as i32 - point + 1;
    if mantissa == 0 || exponent + zeros as i32 != -decimals {
        return None;
    }
    let float = 5u64.checked_pow(decimals.try_into().ok()?)?.checked_mul(mantissa >> zeros)?;
    Some(float == digits.parse::<u64>().ok()?.checked_mul(10)?.checked_add(5)?)
}

fn plural(number: Number, message: &mut String) {
    if number != Number::Int(1) {
        message.push('s');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use proptest::prelude::*;

    fn pushed(value: f64) -> String {
        let mut message = String::new();
        push_float(value, &mut message);
        message
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn floats_equal_display(bits: u64, thousandths in -1_000_000_000_000i64..1_000_000_000_000) {
            let any = f64::from_bits(bits);
            prop_assert_eq!(pushed(any), format!("{any}"));
            let common = thousandths as f64 / 1000.0;
            prop_assert_eq!(pushed(common), format!("{common}"));
        }

        #[test]
        fn floats_of_few_digits_equal_display(digits in -1000i32..1000, exponent in -320i32..308) {
            let value: f64 = format!("{digits}e{exponent}").parse().unwrap();
            prop_assert_eq!(pushed(value), format!("{value}"));
        }
    }

    // These floats include ties between two shortest texts.
    proptest! {
        #![proptest_config(ProptestConfig::with_cases(50_000))]

        #[test]
        fn floats_of_few_fraction_bits_equal_display(bits in 1u64 << 51..1 << 53, below in 1i32..30) {
            for bits in [bits, bits | 1] {
                let value = bits as f64 / f64::from(1 << below);
                prop_assert_eq!(pushed(value), format!("{value}"));
                prop_assert_eq!(pushed(-value), format!("{}", -value));
            }
        }
    }

    #[test]
    fn a_tie_is_rounded_up() {
        assert_eq!(pushed(f64::from_bits(4_809_531_983_562_895_696)), "33963987445105.313");
    }

    #[test]
    fn smallest_largest_and_special_floats_equal_display() {
        for value in
            [0.0, -0.0, 1.0, -1.0, 0.1, 10.0, 1e15, 1e16, 1e17, 1e-4, 1e-5, f64::MAX, f64::MIN_POSITIVE, 5e-324]
        {
            for value in [value, -value] {
                assert_eq!(pushed(value), format!("{value}"));
            }
        }
        for value in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert_eq!(pushed(value), format!("{value}"));
        }
    }
}
