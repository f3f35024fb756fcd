//! Content transfer encodings (RFC 2045), decoded as far as they go.

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

/// Base64; characters outside the alphabet are passed over, padding ends a group.
pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    base64_decode(text).unwrap_or_else(|| base64_lenient(text))
}

fn base64_lenient(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut bits = 0_u32;
    let mut count = 0;
    for byte in text {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                (bits, count) = (0, 0);
                continue;
            }
            _ => continue,
        };
        bits = (bits << 6) | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    out
}

/// Quoted-printable; what is no escape stays as it stands.
pub(super) fn quoted_printable(text: &[u8]) -> Vec<u8> {
    quoted_printable_decode(text).unwrap_or_else(|| quoted_printable_lenient(text))
}

/// The `Q` encoding's escapes; spaces at the end stay.
pub(super) fn quoted_printable_word(text: &[u8]) -> Vec<u8> {
    quoted_printable_lenient(text)
}

fn quoted_printable_lenient(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'=', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        if let [high, low, ..] = rest
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            out.push(high << 4 | low);
            rest = &rest[2..];
            continue;
        }
        let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
        if rest.get(blanks) == Some(&b'\n') {
            rest = &rest[blanks + 1..];
        } else {
            out.push(b'=');
        }
    }
    out.extend_from_slice(rest);
    out
}

fn hex(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_and_forgives() {
        assert_eq!(base64(b"aGVs\nbG8="), b"hello");
        assert_eq!(base64(b"aGVs!bG8"), b"hello");
        assert_eq!(base64(b"aGk=aGk="), b"hihi");
        assert_eq!(quoted_printable(b"a=3Db=\nc"), b"a=bc");
        assert_eq!(quoted_printable(b"a=ZZ=3D=\n=E"), b"a=ZZ==E");
    }
}
