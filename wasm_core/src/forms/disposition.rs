//! Reads the Content-Disposition header of a part.
//!
//! RFC 7578 section 4.2: each part must have one with the parameter "name", and the part of a file may also have
//! "filename". The type before the parameters ("form-data") is ignored, as in Starlette.

use alloc::vec::Vec;

use super::parameters;

/// The parameters of the header.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Disposition {
    pub name: Option<Vec<u8>>,
    pub filename: Option<Vec<u8>>,
}

impl Disposition {
    pub fn parse(value: &[u8]) -> Self {
        let mut found = Disposition::default();
        for parameter in parameters::split(value).1 {
            if parameter.is(b"name") {
                found.name = Some(parameter.text());
            } else if parameter.is(b"filename") {
                found.filename = Some(without_folders(parameter.text()));
            }
        }
        found
    }
}

/// Removes the folders from a Windows path, which has a drive or a share in front. Internet Explorer 6 sent such paths.
fn without_folders(mut filename: Vec<u8>) -> Vec<u8> {
    let is_path = filename.get(1..3) == Some(b":\\") || filename.starts_with(b"\\\\");
    if let (true, Some(last)) = (is_path, memchr::memrchr(b'\\', &filename)) {
        filename.drain(..=last);
    }
    filename
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(value: &[u8]) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        let Disposition { name, filename } = Disposition::parse(value);
        (name, filename)
    }

    #[test]
    fn names_and_files() {
        let some = |text: &[u8]| Some(text.to_vec());
        assert_eq!(parsed(b"form-data; name=\"a\"; filename=\"b c.txt\""), (some(b"a"), some(b"b c.txt")));
        assert_eq!(parsed(b"form-data; NAME=a; name=b"), (some(b"b"), None));
        assert_eq!(parsed(b"form-data; NAME"), (None, None));
        assert_eq!(parsed(b"form-data; name"), (some(b""), None));
        assert_eq!(parsed(b"name=a"), (None, None));
        assert_eq!(parsed(b";name=a;filename*=UTF-8''x"), (some(b"a"), None));
        assert_eq!(parsed(b";filename=\"C:\\dir\\x.txt\""), (None, some(b"x.txt")));
        assert_eq!(parsed(b";filename=\"\\\\\\\\host\\x\""), (None, some(b"x")));
    }
}
