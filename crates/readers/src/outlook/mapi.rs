//! MAPI properties: numbered, typed values ([MS-OXCDATA] 2.11, [MS-OXPROPS]).

use std::collections::BTreeMap;

use demarche_core::UtcMicros;

use super::codepage;

/// Property ids read here.
pub(super) mod id {
    pub(crate) const CLASS: u16 = 0x001a;
    pub(crate) const SUBJECT: u16 = 0x0037;
    pub(crate) const SUBMIT_TIME: u16 = 0x0039;
    pub(crate) const REPRESENTING_NAME: u16 = 0x0042;
    pub(crate) const REPRESENTING_ADDRESS: u16 = 0x0065;
    pub(crate) const REPRESENTING_SMTP: u16 = 0x5d02;
    pub(crate) const TRANSPORT_HEADERS: u16 = 0x007d;
    pub(crate) const RECIPIENT_TYPE: u16 = 0x0c15;
    pub(crate) const SENDER_NAME: u16 = 0x0c1a;
    pub(crate) const SENDER_ADDRESS: u16 = 0x0c1f;
    pub(crate) const SENDER_SMTP: u16 = 0x5d01;
    pub(crate) const DISPLAY_TO: u16 = 0x0e04;
    pub(crate) const DISPLAY_CC: u16 = 0x0e03;
    pub(crate) const DELIVERY_TIME: u16 = 0x0e06;
    pub(crate) const BODY: u16 = 0x1000;
    pub(crate) const RTF_COMPRESSED: u16 = 0x1009;
    pub(crate) const HTML: u16 = 0x1013;
    pub(crate) const MESSAGE_ID: u16 = 0x1035;
    pub(crate) const REFERENCES: u16 = 0x1039;
    pub(crate) const IN_REPLY_TO: u16 = 0x1042;
    pub(crate) const DISPLAY_NAME: u16 = 0x3001;
    pub(crate) const ADDRESS: u16 = 0x3003;
    pub(crate) const SMTP_ADDRESS: u16 = 0x39fe;
    pub(crate) const ATTACH_DATA: u16 = 0x3701;
    pub(crate) const ATTACH_EXTENSION: u16 = 0x3703;
    pub(crate) const ATTACH_FILENAME: u16 = 0x3704;
    pub(crate) const ATTACH_METHOD: u16 = 0x3705;
    pub(crate) const ATTACH_LONG_FILENAME: u16 = 0x3707;
    pub(crate) const ATTACH_MIME: u16 = 0x370e;
    pub(crate) const INTERNET_CODE_PAGE: u16 = 0x3fde;
    pub(crate) const LOCALE: u16 = 0x3ff1;
    pub(crate) const MESSAGE_CODE_PAGE: u16 = 0x3ffd;

    /// All of these, for stores whose other properties need not be read.
    pub(crate) const ALL: &[u16] = &[
        CLASS,
        SUBJECT,
        SUBMIT_TIME,
        REPRESENTING_NAME,
        REPRESENTING_ADDRESS,
        REPRESENTING_SMTP,
        TRANSPORT_HEADERS,
        RECIPIENT_TYPE,
        SENDER_NAME,
        SENDER_ADDRESS,
        SENDER_SMTP,
        DISPLAY_TO,
        DISPLAY_CC,
        DELIVERY_TIME,
        BODY,
        RTF_COMPRESSED,
        HTML,
        MESSAGE_ID,
        REFERENCES,
        IN_REPLY_TO,
        DISPLAY_NAME,
        ADDRESS,
        SMTP_ADDRESS,
        ATTACH_DATA,
        ATTACH_EXTENSION,
        ATTACH_FILENAME,
        ATTACH_METHOD,
        ATTACH_LONG_FILENAME,
        ATTACH_MIME,
        INTERNET_CODE_PAGE,
        MESSAGE_CODE_PAGE,
        LOCALE,
    ];
}

/// `ATTACH_METHOD` of a message inside a message.
pub(super) const METHOD_EMBEDDED: i64 = 5;
/// `ATTACH_METHOD` of an OLE object.
pub(super) const METHOD_OLE: i64 = 6;

/// Property types ([MS-OXCDATA] 2.11.1).
pub(super) mod kind {
    pub(crate) const I16: u16 = 0x0002;
    pub(crate) const I32: u16 = 0x0003;
    pub(crate) const BOOL: u16 = 0x000b;
    pub(crate) const OBJECT: u16 = 0x000d;
    pub(crate) const I64: u16 = 0x0014;
    pub(crate) const STRING8: u16 = 0x001e;
    pub(crate) const UNICODE: u16 = 0x001f;
    pub(crate) const TIME: u16 = 0x0040;
    pub(crate) const BINARY: u16 = 0x0102;
}

/// A value, as far as mail needs its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Whole numbers and booleans.
    Number(i64),
    /// 100 ns since 1601.
    Time(i64),
    /// UTF-16.
    Text(String),
    /// Text of a code page that another property names.
    Text8(Vec<u8>),
    /// Bytes.
    Binary(Vec<u8>),
}

impl Value {
    /// A value of a type from its little-endian bytes; nothing for types not needed here
    /// and for too few bytes.
    pub(super) fn parse(kind: u16, bytes: &[u8]) -> Option<Self> {
        Some(match kind {
            kind::I16 => Self::Number(i64::from(i16::from_le_bytes(first(bytes)?))),
            kind::I32 => Self::Number(i64::from(i32::from_le_bytes(first(bytes)?))),
            kind::BOOL => Self::Number(i64::from(*bytes.first()? != 0)),
            kind::I64 => Self::Number(i64::from_le_bytes(first(bytes)?)),
            kind::TIME => Self::Time(i64::from_le_bytes(first(bytes)?)),
            kind::UNICODE => Self::Text(utf16(bytes)),
            kind::STRING8 => Self::Text8(until_nul(bytes).to_vec()),
            kind::BINARY | kind::OBJECT => Self::Binary(bytes.to_vec()),
            _ => return None,
        })
    }
}

fn first<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.get(..N)?.try_into().ok()
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    &bytes[..memchr::memchr(0, bytes).unwrap_or(bytes.len())]
}

/// UTF-16LE up to its NUL.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units.take_while(|unit| *unit != 0))
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// The properties of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Properties {
    values: BTreeMap<u16, Value>,
    /// Code page of 8-bit text where the object itself names none.
    pub(super) page: Option<i64>,
}

impl Properties {
    /// No properties, of an object whose 8-bit text is of `page` where it names none.
    pub(super) fn of_page(page: Option<i64>) -> Self {
        Self { page, ..Self::default() }
    }

    /// Puts a value; the first of an id stays, except that UTF-16 text takes the place of
    /// 8-bit text.
    pub(super) fn put(&mut self, id: u16, value: Value) {
        let better =
            matches!((self.values.get(&id), &value), (Some(Value::Text8(_)), Value::Text(_)));
        if better || !self.values.contains_key(&id) {
            self.values.insert(id, value);
        }
    }

    pub(super) fn number(&self, id: u16) -> Option<i64> {
        match self.values.get(&id)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn binary(&self, id: u16) -> Option<&[u8]> {
        match self.values.get(&id)? {
            Value::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Takes bytes out, so that they need not be held twice.
    pub(super) fn take_binary(&mut self, id: u16) -> Option<Vec<u8>> {
        match self.values.remove(&id)? {
            Value::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn time(&self, id: u16) -> Option<UtcMicros> {
        match self.values.get(&id)? {
            Value::Time(ticks) => of_filetime(*ticks),
            _ => None,
        }
    }

    /// Text, decoded; 8-bit text by the code page that the object names.
    pub(super) fn text(&self, id: u16) -> Option<String> {
        let text = match self.values.get(&id)? {
            Value::Text(text) => text.clone(),
            Value::Text8(bytes) => codepage::decode(bytes, self.code_page()).into_owned(),
            _ => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// Text stored as 8 bits, as it stands.
    pub(super) fn raw_text(&self, id: u16) -> Option<&[u8]> {
        match self.values.get(&id)? {
            Value::Text8(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Code page of 8-bit text: the message's, else its language's, else the body's.
    pub(super) fn code_page(&self) -> Option<i64> {
        self.number(id::MESSAGE_CODE_PAGE)
            .or_else(|| self.number(id::LOCALE).and_then(codepage::of_locale))
            .or_else(|| self.number(id::INTERNET_CODE_PAGE))
            .or(self.page)
            .filter(|page| *page > 0)
    }
}

/// A time between 1900 and 3000.
fn of_filetime(ticks: i64) -> Option<UtcMicros> {
    const EPOCH: i64 = 11_644_473_600_000_000;
    let micros = (ticks / 10).checked_sub(EPOCH)?;
    let plausible = (-2_208_988_800_000_000..32_503_680_000_000_000).contains(&micros);
    UtcMicros::from_micros(micros).filter(|_| plausible)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        assert_eq!(Value::parse(kind::I32, &[1, 0, 0, 0, 9]), Some(Value::Number(1)));
        assert_eq!(Value::parse(kind::I32, &[1]), None);
        assert_eq!(Value::parse(kind::UNICODE, b"a\0b\0\0\0c\0"), Some(Value::Text("ab".into())));
        assert_eq!(Value::parse(kind::UNICODE, b"\0\xd8a"), Some(Value::Text("\u{fffd}".into())));
        let time = of_filetime(133_559_502_000_000_000).unwrap();
        assert_eq!(time.to_string(), "2024-03-26T18:10:00.000000Z");
        assert_eq!(of_filetime(i64::MIN), None);
        assert_eq!(of_filetime(0), None);
    }

    #[test]
    fn text_is_decoded_by_the_page_named() {
        let mut properties = Properties::default();
        properties.put(id::SUBJECT, Value::Text8(b"\xcf\xf0".to_vec()));
        properties.put(id::MESSAGE_CODE_PAGE, Value::Number(1251));
        assert_eq!(properties.text(id::SUBJECT).unwrap(), "Пр");
        properties.put(id::SUBJECT, Value::Text("x".into()));
        assert_eq!(properties.text(id::SUBJECT).unwrap(), "x");
    }
}
