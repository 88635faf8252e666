//! The plan: the routes and parameters of an application as data.
//!
//! Python decides how each route is answered and writes the decisions into a plan. The core follows it and holds no
//! Python object.

pub mod decode;

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Number;

/// Every route of an application, in the order in which Starlette tries them.
pub struct Plan {
    pub redirect_slashes: bool,
    pub cookies_from_every_header: bool,
    /// The methods that routes name. A position in this list is a bit of [`MethodSet`].
    pub methods: Vec<String>,
    pub routes: Vec<Route>,
}

impl Plan {
    /// Returns the bit of a method, or zero when no route names it.
    pub fn method_bit(&self, method: &str) -> MethodSet {
        match self.methods.iter().position(|known| known == method) {
            Some(position) => 1 << position,
            None => 0,
        }
    }
}

/// A set of methods, one bit each.
///
/// Invariant: a plan names at most [`MAX_METHODS`], so the top bit is free and stands for every method.
pub type MethodSet = u64;

/// The set of a route that accepts every method.
pub const ANY_METHOD: MethodSet = 1 << 63;

/// The number of methods that a plan may name.
pub const MAX_METHODS: usize = 63;

/// One route.
pub struct Route {
    pub kind: RouteKind,
    pub template: String,
    pub methods: MethodSet,
    pub params: Vec<Param>,
}

/// How much the core knows about a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    /// Path, methods and parameters: the core matches it and reads its parameters.
    Operation,
    /// Path and methods: the core declines a request that the route matches.
    Opaque,
    /// Nothing: the route may match any request.
    Barrier,
}

/// One parameter of an operation.
pub struct Param {
    pub kind: Kind,
    /// The key to find in the request.
    pub name: String,
    /// The second element of an error's `loc`.
    pub loc_name: String,
    pub scalar: Scalar,
    pub required: bool,
    pub list: bool,
    /// A marshal document that the answer contains when the value is absent. None: the answer contains Ellipsis.
    pub default: Option<Vec<u8>>,
    /// In the order of checking.
    pub constraints: Vec<(i32, Number)>,
}

/// The part of a request that holds a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Path,
    Query,
    Header,
    Cookie,
    /// A field of an urlencoded form.
    Body,
}

/// The type that the core converts a parameter to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// No conversion: Pydantic converts the text.
    Raw,
    Str,
    Int,
    Float,
    Bool,
    /// The scheme and the credentials of an Authorization header.
    Authorization,
}
