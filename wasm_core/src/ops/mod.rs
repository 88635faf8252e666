//! The operations of the modules, one per file, and the state that outlives a call.
//!
//! An operation reads its frame from the input, calls the modules that do the work, and writes its answer. It holds no
//! rule of its own about HTTP, JSON or Pydantic.

mod counters;
#[cfg(all(target_family = "wasm", any(feature = "requests", feature = "secrets")))]
pub(crate) mod describe;
mod encode_json;
mod load_plan;
mod match_head;
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
use self::match_head::Buffers as HeadBuffers;
use crate::frame::append::wipe;
use crate::frame::writer::Writer;
use crate::http::query::Scratch;
use crate::json::encode::{Buffers as JsonBuffers, PrivateKeys};

/// The state of an instance of the core: plans, counters, and buffers for the next call.
///
/// Each operation leaves its answer, a marshal document, in [`Core::answer`]. An operation with an input returns how many
/// bytes at its start hold the frame; the caller clears them.
pub struct Core {
    plans: Vec<Option<Box<LoadedPlan>>>,
    counters: Counters,
    json_buffers: JsonBuffers,
    head_buffers: HeadBuffers,
    answer: Writer,
}

/// Bytes of the answer's buffer that an operation keeps for the next one.
const KEPT_ANSWER: usize = 1 << 20;

impl Core {
    /// Returns a core without plans.
    pub const fn new() -> Self {
        Core {
            plans: Vec::new(),
            counters: Counters::new(),
            json_buffers: JsonBuffers::new(),
            head_buffers: HeadBuffers::new(),
            answer: Writer::new(),
        }
    }

    /// Returns the answer of the last operation, if `publish` did not move it.
    pub fn answer(&self) -> &[u8] {
        self.answer.as_bytes()
    }

    /// Moves the answer into `output` and returns the number of bytes written.
    ///
    /// An answer that does not fit stays in [`Core::answer`], and `output` announces it as `("large", length)`.
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

    /// Compiles a plan and writes its id, or `(None, reason)`.
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

    /// Frees a plan, and ignores an unknown id. No later plan gets the id.
    pub fn drop_plan(&mut self, id: i32) {
        let place = usize::try_from(id).ok().and_then(|id| self.plans.get_mut(id));
        if let Some(place) = place {
            *place = None;
        }
    }

    /// Writes the route of a request and the values of its parameters.
    pub fn match_request(&mut self, id: i32, input: &[u8]) -> usize {
        self.answer.reset(KEPT_ANSWER);
        let Core { plans, json_buffers, answer, .. } = self;
        let (answered, used) = match_request::match_request(find(plans, id), input, json_buffers, answer);
        self.counters.count_request(answered);
        used
    }

    /// Writes the parts of a simple request, its route and the values of its parameters, or None for any other request.
    pub fn match_head(&mut self, id: i32, input: &[u8]) -> usize {
        self.answer.reset(KEPT_ANSWER);
        let (answered, used) = match_head::match_head(
            find(&self.plans, id),
            input,
            &mut self.head_buffers,
            &mut self.json_buffers,
            &mut self.answer,
        );
        self.head_buffers.forget(KEPT_ANSWER);
        if let Some(answered) = answered {
            self.counters.count_request(answered);
        }
        used
    }

    /// Writes the JSON of `jsonable_encoder(document)` as bytes, or None when Python must encode it.
    pub fn encode_json(&mut self, input: &[u8]) -> usize {
        self.encode(input, PrivateKeys::Dropped)
    }

    /// Writes the JSON of an unchanged document as bytes, or None when Python must encode it.
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

    /// Writes the parser's first state for a body with this Content-Type, or None when the core does not read it.
    pub fn open_form(&mut self, input: &[u8]) -> usize {
        self.answer.reset(KEPT_ANSWER);
        open_form::open_form(input, &mut self.answer)
    }

    /// Writes the events of one piece of a form, and the parser's state for the next piece.
    pub fn parse_form(&mut self, input: &[u8]) -> usize {
        self.answer.reset(KEPT_ANSWER);
        parse_form::parse_form(input, &mut Scratch::new(), &mut self.answer)
    }

    /// Writes the values of the form fields that an operation declares, or None when Python must read the form.
    pub fn read_form(&mut self, id: i32, input: &[u8]) -> usize {
        self.answer.reset(KEPT_ANSWER);
        read_form::read_form(find(&self.plans, id), input, &mut self.answer)
    }

    /// Writes the counts of requests and documents since the instance was made.
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
