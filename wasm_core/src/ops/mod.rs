//! The operations of the module, one per file, and what lives between them.

mod counters;
mod describe;
mod encode_json;
mod load_plan;
mod match_request;
mod open_form;
mod parse_form;

#[cfg(feature = "security")]
mod derive_password;
#[cfg(feature = "security")]
mod secrets;
#[cfg(feature = "security")]
mod sign_message;
#[cfg(feature = "security")]
pub mod vault;
#[cfg(feature = "security")]
mod verify_message;

use alloc::boxed::Box;
use alloc::vec::Vec;

use self::counters::Counters;
use self::load_plan::LoadedPlan;
use crate::frame::writer::Writer;
use crate::http::query::Scratch;
use crate::json::encode::{Buffers as JsonBuffers, PrivateKeys};
use crate::params::extract::Buffers as ParamBuffers;

/// Everything that outlives a call: plans, counters, buffers that are reused.
///
/// Each operation leaves its answer, a marshal document, in [`Core::answer`].
pub struct Core {
    plans: Vec<Option<Box<LoadedPlan>>>,
    counters: Counters,
    param_buffers: ParamBuffers,
    json_buffers: JsonBuffers,
    form_scratch: Scratch,
    answer: Writer,
}

/// Bytes of the answer's buffer that are kept for the next call.
const KEPT_ANSWER: usize = 1 << 20;

impl Core {
    /// An empty core: no plans.
    pub const fn new() -> Self {
        Core {
            plans: Vec::new(),
            counters: Counters::new(),
            param_buffers: ParamBuffers::new(),
            json_buffers: JsonBuffers::new(),
            form_scratch: Scratch::new(),
            answer: Writer::new(),
        }
    }

    /// The answer of the last operation.
    pub fn answer(&self) -> &[u8] {
        self.answer.as_bytes()
    }

    /// Copies the answer into `output`; one that does not fit is announced as `("large", length)`.
    pub fn publish(&self, output: &mut [u8]) {
        let answer = self.answer.as_bytes();
        if let Some(room) = output.get_mut(..answer.len()) {
            room.copy_from_slice(answer);
            return;
        }
        let mut announcement = Writer::new();
        announcement.tuple(2);
        announcement.str("large");
        announcement.int(answer.len() as i64);
        output[..announcement.len()].copy_from_slice(announcement.as_bytes());
    }

    /// Answers `(contract_hash, core_version)`.
    pub fn describe(&mut self) {
        self.answer.reset(KEPT_ANSWER);
        describe::describe(&mut self.answer);
    }

    /// Answers the id of the new plan, or `(None, reason)`.
    pub fn load_plan(&mut self, input: &[u8]) {
        self.answer.reset(KEPT_ANSWER);
        let id = load_plan::load_plan(input).map(|plan| self.keep(plan));
        load_plan::answer(id, &mut self.answer);
    }

    fn keep(&mut self, plan: LoadedPlan) -> usize {
        self.plans.push(Some(Box::new(plan)));
        self.plans.len() - 1
    }

    /// Frees a plan; an unknown id is ignored. No later plan gets its id.
    pub fn drop_plan(&mut self, id: i32) {
        let place = usize::try_from(id).ok().and_then(|id| self.plans.get_mut(id));
        if let Some(place) = place {
            *place = None;
        }
    }

    /// Answers which route a request has, and the values of its parameters.
    pub fn match_request(&mut self, id: i32, input: &[u8]) {
        self.answer.reset(KEPT_ANSWER);
        let plan = usize::try_from(id).ok().and_then(|id| self.plans.get(id)).and_then(Option::as_deref);
        let answered = match_request::match_request(plan, input, &mut self.param_buffers, &mut self.answer);
        self.counters.count_request(answered);
    }

    /// Answers the JSON of what `jsonable_encoder` makes of a document as bytes, or None.
    pub fn encode_json(&mut self, input: &[u8]) {
        self.encode(input, PrivateKeys::Dropped);
    }

    /// Answers the JSON of a document as it is as bytes, or None.
    pub fn dump_json(&mut self, input: &[u8]) {
        self.encode(input, PrivateKeys::Kept);
    }

    fn encode(&mut self, input: &[u8], private: PrivateKeys) {
        self.answer.reset(KEPT_ANSWER);
        let encoded = encode_json::encode_json(input, private, &mut self.json_buffers, &mut self.answer);
        self.counters.count_document(encoded);
    }

    /// Answers whether a body is a form that is read here, and the state that its first piece takes.
    pub fn open_form(&mut self, input: &[u8]) {
        self.answer.reset(KEPT_ANSWER);
        open_form::open_form(input, &mut self.answer);
    }

    /// Answers the events of a piece of a form, and the state that the next piece takes.
    pub fn parse_form(&mut self, input: &[u8]) {
        self.answer.reset(KEPT_ANSWER);
        parse_form::parse_form(input, &mut self.form_scratch, &mut self.answer);
        // Nothing of a form may be found here by what comes next, and a large value is not kept.
        self.form_scratch = Scratch::new();
    }

    /// Answers what was done since the instance was made.
    pub fn counters(&mut self) {
        self.answer.reset(KEPT_ANSWER);
        counters::counters(&self.counters, &mut self.answer);
    }
}

impl Default for Core {
    fn default() -> Self {
        Core::new()
    }
}
