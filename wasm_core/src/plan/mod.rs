//! The plan: what Python decided about its routes, as data.

pub mod decode;

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Number;

/// Every route of an application, in the order in which Starlette tries them.
pub struct Plan {
    pub redirect_slashes: bool,
    pub cookies_from_every_header: bool,
    /// The methods that routes name; a position is a bit of [`MethodSet`].
    pub methods: Vec<String>,
    pub routes: Vec<Route>,
}

impl Plan {
    /// The bit of a method; zero when no route names it.
    pub fn method_bit(&self, method: &str) -> MethodSet {
        match self.methods.iter().position(|known| known == method) {
            Some(position) => 1 << position,
            None => 0,
        }
    }
}

/// Bits of methods. Invariant: a plan names at most [`MAX_METHODS`], so that the top bit stands for "any".
pub type MethodSet = u64;

/// The set of a route that takes every method.
pub const ANY_METHOD: MethodSet = 1 << 63;

/// Methods that a plan tells apart.
pub const MAX_METHODS: usize = 63;

/// One route.
pub struct Route {
    pub kind: RouteKind,
    pub template: String,
    pub methods: MethodSet,
    pub params: Vec<Param>,
}

/// What the core knows about a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    /// Everything: the core answers it.
    Operation,
    /// Its path and methods: the exact way answers it.
    Opaque,
    /// Nothing: it may match any request.
    Barrier,
}

/// One parameter of an operation.
pub struct Param {
    pub kind: Kind,
    /// The key to look up.
    pub name: String,
    /// The second element of an error's `loc`.
    pub loc_name: String,
    pub scalar: Scalar,
    pub required: bool,
    pub list: bool,
    /// A marshal document, copied into the answer when the value is absent.
    pub default: Option<Vec<u8>>,
    /// In the order in which they are checked.
    pub constraints: Vec<(i32, Number)>,
}

/// Where a parameter is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Path,
    Query,
    Header,
    Cookie,
    /// A field of an urlencoded form.
    Body,
}

/// What a parameter is converted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    Raw,
    Str,
    Int,
    Float,
    Bool,
    Authorization,
}
