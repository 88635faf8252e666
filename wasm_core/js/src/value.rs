//! Items of a frame as values of JavaScript, and objects of JavaScript without a prototype.

use fastapi_core::frame::reader::{int_of, Item, Reader};
use js_sys::{Array, BigInt, Object, Reflect};
use wasm_bindgen::prelude::*;

/// The integers up to this one are exact as a number of JavaScript.
const LARGEST_SAFE: u64 = (1 << 53) - 1;

/// Returns the next value of a frame, or `None` at the end of a dict and for a frame of another kind.
pub fn read(reader: &mut Reader<'_>) -> Option<JsValue> {
    Some(match reader.next()? {
        Item::None => JsValue::NULL,
        // The application completes the value.
        Item::Ellipsis => JsValue::UNDEFINED,
        Item::Bool(value) => value.into(),
        Item::Float(value) => value.into(),
        Item::Text(bytes) | Item::Ascii(bytes) => core::str::from_utf8(bytes).ok()?.into(),
        Item::Tuple(count) | Item::List(count) => read_array(reader, count)?.into(),
        Item::Dict => read_object(reader).into(),
        Item::Long { negative, digits } => match int_of(Item::Long { negative, digits }) {
            Some(value) => number(value),
            None => large(negative, digits)?,
        },
        Item::Int(value) => value.into(),
        _ => return None,
    })
}

/// Passes over the next value.
pub fn skip(reader: &mut Reader<'_>) -> Option<()> {
    match reader.next()? {
        Item::Tuple(count) | Item::List(count) => (0..count).try_for_each(|_| skip(reader)),
        Item::Dict => {
            while skip(reader).is_some() {}
            Some(())
        }
        Item::Null | Item::Other => None,
        _ => Some(()),
    }
}

fn read_array(reader: &mut Reader<'_>, count: usize) -> Option<Array> {
    (0..count).map(|_| read(reader)).collect()
}

fn read_object(reader: &mut Reader<'_>) -> Object {
    let object = new_object();
    while let Some(key) = read(reader) {
        set(&object, &key, &read(reader).unwrap_or(JsValue::UNDEFINED));
    }
    object
}

fn number(value: i64) -> JsValue {
    if value.unsigned_abs() <= LARGEST_SAFE {
        (value as f64).into()
    } else {
        value.into()
    }
}

/// Returns a BigInt from digits of 15 bits, least significant first.
fn large(negative: bool, digits: &[u8]) -> Option<JsValue> {
    let bits = digits.chunks_exact(2).rev().map(|digit| format!("{:015b}", u16::from_le_bytes([digit[0], digit[1]])));
    let value = BigInt::new(&format!("0b{}", bits.collect::<String>()).into()).ok()?;
    Some(if negative { -value } else { value }.into())
}

/// Returns an object without a prototype: a request may name it as it likes, also `__proto__`.
pub fn new_object() -> Object {
    Object::create(JsValue::NULL.unchecked_ref())
}

pub fn set(object: &Object, name: &JsValue, value: &JsValue) {
    // `new_object` and JavaScript literals are extensible, so `Reflect.set` succeeds.
    let _ = Reflect::set(object, name, value);
}

/// Returns a property, or undefined.
pub fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}
