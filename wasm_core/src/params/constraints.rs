//! Checks the constraints of a converted value, and names Pydantic's error for the one that fails.
//!
//! Constraints are checked in the order of the row. The first that fails is the error of the value.

use alloc::vec::Vec;

use super::coerce::int::Int;
use super::coerce::large::Large;
use super::coerce::Wrong;
use crate::contract::*;
use crate::error::{Context, Failure, Number};
use crate::plan::{Param, Scalar};

/// The constraints of one parameter.
///
/// Invariant: each constraint applies to the scalar, and its limit has the type of the scalar. A check needs no further
/// decision at request time.
#[derive(Default)]
pub struct Constraints {
    /// For the value, or for each item of a list.
    values: Vec<Constraint>,
    pub max_items: Option<i64>,
    pub min_items: Option<i64>,
}

/// One constraint of a value.
#[derive(Clone, Copy)]
struct Constraint {
    check: Check,
    limit: Number,
}

#[derive(Clone, Copy)]
enum Check {
    Finite,
    MultipleOf,
    LessEqual,
    Less,
    GreaterEqual,
    Greater,
    MinLength,
    MaxLength,
}

impl Constraints {
    /// Compiles the constraints of a row. None: it is not certain that Pydantic gives one of them the same meaning.
    pub fn compile(param: &Param) -> Option<Constraints> {
        let mut constraints = Constraints::default();
        for &(id, number) in &param.constraints {
            match id {
                CONSTRAINT_MAX_ITEMS => constraints.max_items = Some(items(param, number)?),
                CONSTRAINT_MIN_ITEMS => constraints.min_items = Some(items(param, number)?),
                CONSTRAINT_ALLOW_INF_NAN if number == Number::Int(1) => {}
                _ => constraints.values.push(Constraint::compile(id, number, param.scalar)?),
            }
        }
        Some(constraints)
    }

    /// Checks an int of any size.
    pub fn check_int(&self, value: &Int) -> Result<(), Wrong> {
        self.first_failure(|constraint| match (constraint.limit, value) {
            (Number::Int(limit), Int::Small(value)) => Ok(constraint.check.fails(*value, limit)),
            (Number::Int(limit), Int::Large(value)) => Ok(constraint.check.fails_large(value, limit)),
            (Number::Float(_), _) => Err(Wrong::Unsure(DECLINED_INT)),
        })
    }

    /// Checks a float. NaN fails every comparison, as in Pydantic.
    pub fn check_float(&self, value: f64) -> Result<(), Wrong> {
        self.first_failure(|constraint| {
            let Number::Float(limit) = constraint.limit else {
                return Ok(matches!(constraint.check, Check::Finite) && !value.is_finite());
            };
            Ok(match constraint.check {
                Check::MultipleOf => !is_multiple(value, limit)?,
                Check::LessEqual => value.is_nan() || value > limit,
                Check::Less => value.is_nan() || value >= limit,
                Check::GreaterEqual => value.is_nan() || value < limit,
                Check::Greater => value.is_nan() || value <= limit,
                _ => false,
            })
        })
    }

    /// Checks the length of a str, in code points.
    pub fn check_length(&self, length: impl FnOnce() -> i64) -> Result<(), Wrong> {
        if self.values.is_empty() {
            return Ok(());
        }
        let length = length();
        self.first_failure(|constraint| {
            Ok(match (constraint.check, constraint.limit) {
                (Check::MinLength, Number::Int(limit)) => length < limit,
                (Check::MaxLength, Number::Int(limit)) => length > limit,
                _ => false,
            })
        })
    }

    fn first_failure(&self, fails: impl Fn(Constraint) -> Result<bool, Wrong>) -> Result<(), Wrong> {
        for &constraint in &self.values {
            if fails(constraint)? {
                return Err(Wrong::Failure(constraint.failure()));
            }
        }
        Ok(())
    }

    /// Returns the error of a list with too many items. Pydantic checks this before the items.
    pub fn too_many(&self, count: usize) -> Option<Failure> {
        let limit = self.max_items.filter(|&limit| count as i64 > limit)?;
        Some(length_failure(ErrorType::TooLong, "max_length", limit, count))
    }

    /// Returns the error of a list with too few items. Pydantic checks this only when all items are valid.
    pub fn too_few(&self, count: usize) -> Option<Failure> {
        let limit = self.min_items.filter(|&limit| (count as i64) < limit)?;
        Some(length_failure(ErrorType::TooShort, "min_length", limit, count))
    }
}

fn length_failure(error: ErrorType, name: &'static str, limit: i64, count: usize) -> Failure {
    Failure { error, context: Context::Items(name, limit, count as i64) }
}

/// Returns a limit of the number of items, if the parameter is a list.
fn items(param: &Param, number: Number) -> Option<i64> {
    match number {
        Number::Int(limit) if limit >= 0 && param.list => Some(limit),
        _ => None,
    }
}

impl Check {
    fn fails(self, value: i64, limit: i64) -> bool {
        match self {
            Check::MultipleOf => value.checked_rem(limit) != Some(0),
            Check::LessEqual => value > limit,
            Check::Less => value >= limit,
            Check::GreaterEqual => value < limit,
            Check::Greater => value <= limit,
            _ => false,
        }
    }

    /// Returns whether a value beyond 64 bits fails. It is further from 0 than any limit, so its sign decides.
    fn fails_large(self, value: &Large, limit: i64) -> bool {
        match self {
            Check::MultipleOf => !value.is_multiple_of(limit),
            Check::LessEqual | Check::Less => !value.negative,
            Check::GreaterEqual | Check::Greater => value.negative,
            _ => false,
        }
    }
}

impl Constraint {
    fn compile(id: i32, number: Number, scalar: Scalar) -> Option<Constraint> {
        let check = match id {
            CONSTRAINT_ALLOW_INF_NAN => Check::Finite,
            CONSTRAINT_MULTIPLE_OF => Check::MultipleOf,
            CONSTRAINT_LE => Check::LessEqual,
            CONSTRAINT_LT => Check::Less,
            CONSTRAINT_GE => Check::GreaterEqual,
            CONSTRAINT_GT => Check::Greater,
            CONSTRAINT_MIN_LENGTH => Check::MinLength,
            CONSTRAINT_MAX_LENGTH => Check::MaxLength,
            _ => return None,
        };
        let limit = match (scalar, check, number) {
            (Scalar::Float, Check::Finite, Number::Int(0)) => number,
            (Scalar::Str, Check::MinLength | Check::MaxLength, Number::Int(limit)) if limit >= 0 => number,
            (_, Check::Finite | Check::MinLength | Check::MaxLength, _) => return None,
            (Scalar::Int, _, Number::Int(_)) => number,
            // Pydantic converts the limits of a float to floats, and its ctx shows them as floats.
            (Scalar::Float, _, Number::Int(limit)) => Number::Float(limit as f64),
            (Scalar::Float, _, Number::Float(limit)) if limit.is_finite() => number,
            _ => return None,
        };
        let divides = match limit {
            Number::Int(limit) => limit > 0,
            Number::Float(limit) => limit > 0.0,
        };
        (divides || !matches!(check, Check::MultipleOf)).then_some(Constraint { check, limit })
    }

    fn failure(&self) -> Failure {
        let (error, name) = match self.check {
            Check::Finite => return Failure::plain(ErrorType::FiniteNumber),
            Check::MultipleOf => (ErrorType::MultipleOf, "multiple_of"),
            Check::LessEqual => (ErrorType::LessThanEqual, "le"),
            Check::Less => (ErrorType::LessThan, "lt"),
            Check::GreaterEqual => (ErrorType::GreaterThanEqual, "ge"),
            Check::Greater => (ErrorType::GreaterThan, "gt"),
            Check::MinLength => (ErrorType::StringTooShort, "min_length"),
            Check::MaxLength => (ErrorType::StringTooLong, "max_length"),
        };
        Failure::number(error, name, self.limit)
    }
}

/// Returns whether a float is a multiple of the limit, if every version of Pydantic gives the same answer.
///
/// Versions of Pydantic tolerate different remainders and treat negative values differently. In these cases the request
/// takes the exact way.
fn is_multiple(value: f64, limit: f64) -> Result<bool, Wrong> {
    const UNSURE: Wrong = Wrong::Unsure(DECLINED_FLOAT);
    if !(0.0..limit * 1e5).contains(&value) {
        return Err(UNSURE);
    }
    let remainder = value % limit;
    if remainder == 0.0 {
        Ok(true)
    } else if (limit * 0.001..limit * 0.999).contains(&remainder) {
        Ok(false)
    } else {
        Err(UNSURE)
    }
}
