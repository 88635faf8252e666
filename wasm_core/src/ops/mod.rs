//! The operations of the module, one per file, and what lives between them.

mod counters;
mod describe;
mod encode_json;
mod load_plan;
mod match_request;
mod open_form;
mod parse_form;
mod read_form;

#[cfg(feature = "hashes")]
mod derive_password;
#[cfg(feature = "secrets")]
mod secrets;
#[cfg(feature = "secrets")]
mod sign_message;
#[cfg(feature = "secrets")]
pub mod vault;
#[cfg(feature = "secrets")]
mod verify_message;

use alloc::boxed::Box;
use alloc::vec::Vec;

use self::counters::Counters;
use self::load_plan::LoadedPlan;
use crate::frame::append::wipe;
use crate::frame::writer::Writer;
use crate::http::query::Scratch;
use crate::json::encode::{Buffers as JsonBuffers, PrivateKeys};

/// Everything that outlives a call: plans, counters, buffers that are reused.
///
/// Each operation leaves its answer, a marshal document, in [`Core::answer`], and one with an input gives how many bytes at
/// its start were the frame: those have to be cleared.
pub struct Core {
    plans: Vec<Option<Box<LoadedPlan>>>,
    counters: Counters,
    json_buffers: JsonBuffers,
    answer: Writer,
}

/// Bytes of the answer's buffer that are kept for the next call.
const KEPT_ANSWER: usize = 1 << 20;

impl Core {
    /// An empty core: no plans.
    pub const fn new() -> Self {
        Core { plans: Vec::new(), counters: Counters::new(), json_buffers: JsonBuffers::new(), answer: Writer::new() }
    }

    /// The answer of the last operation.
    pub fn answer(&self) -> &[u8] {
        self.answer.as_bytes()
    }

    /// Moves the answer into `output`; one that does not fit stays, and is announced as `("large", length)`.
    ///
    /// Gives how many bytes were written.
    pub fn publish(&mut self, output: &mut [u8]) -> usize {
        let answer = self.answer.bytes_mut();
        let length = answer.len();
        if let Some(room) = output.get_mut(..length) {
            room.copy_from_slice(answer);
            wipe(answer);
            answer.clear();
            return length;
        }
        let mut announcement = Writer::new();
        announcement.tuple(2);
        announcement.str("large");
        announcement.int(length as i64);
        output[..announcement.len()].copy_from_slice(announcement.as_bytes());
        announcement.len()
    }

    /// Answers `(contract_hash, core_version)`.
    pub fn describe(&mut self) {
        self.answer.reset(KEPT_ANSWER);
        describe::describe(&mut self.answer);
    }

    /// Answers the id of the new plan, or `(None, reason)`.
    pub fn load_plan(&mut self, input: &[u8]) -> usize {
        self.answer.reset(KEPT_ANSWER);
        let id = load_plan::load_plan(input).map(|plan| self.keep(plan));
        load_plan::answer(id, &mut self.answer);
        input.len()
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
    pub fn match_request(&mut self, id: i32, input: &[u8]) -> usize {
        self.answer.reset(KEPT_ANSWER);
        let (answered, used) = match_request::match_request(find(&self.plans, id), input, &mut self.answer);
        self.counters.count_request(answered);
        used
    }

    /// Answers the JSON of what `jsonable_encoder` makes of a document as bytes, or None.
    pub fn encode_json(&mut self, input: &[u8]) -> usize {
        self.encode(input, PrivateKeys::Dropped)
    }

    /// Answers the JSON of a document as it is as bytes, or None.
    pub fn dump_json(&mut self, input: &[u8]) -> usize {
        self.encode(input, PrivateKeys::Kept)
    }

    fn encode(&mut self, input: &[u8], private: PrivateKeys) -> usize {
        self.answer.reset(KEPT_ANSWER);
        let end = encode_json::encode_json(input, private, &mut self.json_buffers, &mut self.answer);
        self.json_buffers.forget();
        self.counters.count_document(end.is_some());
        end.unwrap_or(input.len())
    }

    /// Answers whether a body is a form that is read here, and the state that its first piece takes.
    pub fn open_form(&mut self, input: &[u8]) -> usize {
        self.answer.reset(KEPT_ANSWER);
        open_form::open_form(input, &mut self.answer)
    }

    /// Answers the events of a piece of a form, and the state that the next piece takes.
    pub fn parse_form(&mut self, input: &[u8]) -> usize {
        self.answer.reset(KEPT_ANSWER);
        parse_form::parse_form(input, &mut Scratch::new(), &mut self.answer)
    }

    /// Answers the values of the fields of a form that an operation declares, or None.
    pub fn read_form(&mut self, id: i32, input: &[u8]) -> usize {
        self.answer.reset(KEPT_ANSWER);
        read_form::read_form(find(&self.plans, id), input, &mut self.answer)
    }

    /// Answers what was done since the instance was made.
    pub fn counters(&mut self) {
        self.answer.reset(KEPT_ANSWER);
        counters::counters(&self.counters, &mut self.answer);
    }
}

fn find(plans: &[Option<Box<LoadedPlan>>], id: i32) -> Option<&LoadedPlan> {
    usize::try_from(id).ok().and_then(|id| plans.get(id)).and_then(Option::as_deref)
}

impl Default for Core {
    fn default() -> Self {
        Core::new()
    }
}
