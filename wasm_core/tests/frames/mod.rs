//! Frames for tests: Python values, which tests write and read as marshal documents.

/// A Python value.
#[derive(Clone, Debug)]
pub enum Value {
    None,
    Ellipsis,
    Bool(bool),
    Int(i64),
    /// An int beyond 64 bits: whether it is negative, its digits of 15 bits, least significant first.
    Large(bool, Vec<u16>),
    Float(f64),
    Str(String),
    Bytes(Vec<u8>),
    Tuple(Vec<Value>),
    List(Vec<Value>),
    Dict(Vec<(Value, Value)>),
}

impl PartialEq for Value {
    /// Compares types and values. NaN equals NaN, and 0.0 differs from -0.0.
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::None, Value::None) | (Value::Ellipsis, Value::Ellipsis) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Large(a, digits), Value::Large(b, others)) => a == b && digits == others,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::Bytes(a), Value::Bytes(b)) => a == b,
            (Value::Tuple(a), Value::Tuple(b)) | (Value::List(a), Value::List(b)) => a == b,
            (Value::Dict(a), Value::Dict(b)) => a.len() == b.len() && a.iter().all(|pair| b.contains(pair)),
            _ => false,
        }
    }
}

pub fn str(text: &str) -> Value {
    Value::Str(text.into())
}

pub fn tuple<const N: usize>(items: [Value; N]) -> Value {
    Value::Tuple(items.into())
}

impl Value {
    /// Returns `marshal.dumps(value, 2)`.
    pub fn dump(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.dump_into(&mut out);
        out
    }

    fn dump_into(&self, out: &mut Vec<u8>) {
        match self {
            Value::None => out.push(b'N'),
            Value::Ellipsis => out.push(b'.'),
            Value::Bool(value) => out.push(if *value { b'T' } else { b'F' }),
            Value::Int(value) => dump_int(*value, out),
            Value::Large(..) => panic!("tests send no int beyond 64 bits to the core"),
            Value::Float(value) => {
                out.push(b'g');
                out.extend(value.to_le_bytes());
            }
            Value::Str(text) => dump_sized(b'u', text.as_bytes(), out),
            Value::Bytes(bytes) => dump_sized(b's', bytes, out),
            Value::Tuple(items) => dump_items(b'(', items, out),
            Value::List(items) => dump_items(b'[', items, out),
            Value::Dict(pairs) => {
                out.push(b'{');
                for (key, value) in pairs {
                    key.dump_into(out);
                    value.dump_into(out);
                }
                out.push(b'0');
            }
        }
    }

    /// Returns `marshal.loads(bytes)`. Bytes after the document are ignored.
    pub fn load(bytes: &[u8]) -> Value {
        load(&mut &bytes[..]).expect("an answer is a document")
    }
}

fn dump_int(value: i64, out: &mut Vec<u8>) {
    if let Ok(small) = i32::try_from(value) {
        out.push(b'i');
        out.extend(small.to_le_bytes());
        return;
    }
    let mut digits = Vec::new();
    let mut rest = value.unsigned_abs();
    while rest > 0 {
        digits.push((rest & 0x7fff) as u16);
        rest >>= 15;
    }
    out.push(b'l');
    let count = digits.len() as i32;
    out.extend((if value < 0 { -count } else { count }).to_le_bytes());
    out.extend(digits.iter().flat_map(|digit| digit.to_le_bytes()));
}

fn dump_sized(code: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(code);
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend(bytes);
}

fn dump_items(code: u8, items: &[Value], out: &mut Vec<u8>) {
    out.push(code);
    out.extend((items.len() as u32).to_le_bytes());
    items.iter().for_each(|item| item.dump_into(out));
}

fn take<'a>(input: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = input.split_at(count);
    *input = rest;
    taken
}

fn size(input: &mut &[u8]) -> i32 {
    i32::from_le_bytes(take(input, 4).try_into().unwrap())
}

fn text(input: &mut &[u8], size: usize) -> Value {
    Value::Str(String::from_utf8(take(input, size).into()).unwrap())
}

/// Reads one value, or None at the end of a dict.
fn load(input: &mut &[u8]) -> Option<Value> {
    Some(match take(input, 1)[0] {
        b'0' => return None,
        b'N' => Value::None,
        b'.' => Value::Ellipsis,
        b'T' => Value::Bool(true),
        b'F' => Value::Bool(false),
        b'i' => Value::Int(size(input).into()),
        b'l' => load_long(input),
        b'g' => Value::Float(f64::from_le_bytes(take(input, 8).try_into().unwrap())),
        b'z' | b'Z' => {
            let size = take(input, 1)[0].into();
            text(input, size)
        }
        b'u' => {
            let size = size(input) as usize;
            text(input, size)
        }
        b's' => {
            let size = size(input) as usize;
            Value::Bytes(take(input, size).into())
        }
        b'(' => Value::Tuple((0..size(input)).map(|_| load(input).unwrap()).collect()),
        b'[' => Value::List((0..size(input)).map(|_| load(input).unwrap()).collect()),
        b'{' => {
            let mut pairs = Vec::new();
            while let Some(key) = load(input) {
                pairs.push((key, load(input).unwrap()));
            }
            Value::Dict(pairs)
        }
        code => panic!("type code {code:#x}"),
    })
}

fn load_long(input: &mut &[u8]) -> Value {
    let count = size(input);
    let bytes = take(input, 2 * count.unsigned_abs() as usize);
    let digits: Vec<u16> = bytes.chunks(2).map(|digit| u16::from_le_bytes([digit[0], digit[1]])).collect();
    if digits.len() > 8 {
        return Value::Large(count < 0, digits);
    }
    let value = digits.iter().rev().fold(0, |value, digit| value << 15 | i128::from(*digit));
    let value = if count < 0 { -value } else { value };
    i64::try_from(value).map_or(Value::Large(count < 0, digits), Value::Int)
}
