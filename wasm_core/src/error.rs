//! Error records: what Pydantic says about a value, as the dict that it gives.

use alloc::string::String;
use core::fmt::Write;

use crate::contract::{ErrorType, ERRORS};
use crate::frame::writer::Writer;

/// Why one value is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Failure {
    pub error: ErrorType,
    pub context: Context,
}

/// The dict under "ctx".
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Context {
    None,
    /// One number under its name.
    Number(&'static str, Number),
    /// A list with too many or too few items: the name of the limit, the limit, the count.
    Items(&'static str, i64, i64),
}

/// A number of a constraint.
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

    /// Writes the dict: type, loc, msg, input, ctx, in the order in which Pydantic gives them.
    ///
    /// `loc` and `input` write their values.
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

    /// Fills `{name}` with the value of ctx and `{s}` with the plural of the limit.
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
        // Writing to a String cannot fail. Pydantic formats floats as Rust does: 1.0 is "1", no exponents.
        let _ = match number {
            Number::Int(value) => write!(message, "{value}"),
            Number::Float(value) => write!(message, "{value}"),
        };
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

fn plural(number: Number, message: &mut String) {
    if number != Number::Int(1) {
        message.push('s');
    }
}
