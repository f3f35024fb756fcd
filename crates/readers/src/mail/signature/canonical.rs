//! The two forms that header fields and bodies are signed in (RFC 6376, 3.4). Bytes come
//! with LF line ends, as they are read here, and leave with CRLF, as they were sent.

use memchr::memchr;

/// `simple` or `relaxed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Canonical {
    #[default]
    Simple,
    Relaxed,
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

impl Canonical {
    /// Appends a header field with its line end.
    pub(super) fn field(self, name: &[u8], value: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Simple => {
                out.extend_from_slice(name);
                out.push(b':');
                for (nth, line) in value.split(|b| *b == b'\n').enumerate() {
                    if nth > 0 {
                        out.extend_from_slice(b"\r\n");
                    }
                    out.extend_from_slice(line);
                }
            }
            Self::Relaxed => {
                out.extend(name.trim_ascii().to_ascii_lowercase());
                out.push(b':');
                let value: Vec<u8> = value.iter().copied().filter(|b| *b != b'\n').collect();
                let first = value.iter().position(|b| !is_blank(*b)).unwrap_or(value.len());
                fold(&value[first..], out);
            }
        }
        out.extend_from_slice(b"\r\n");
    }

    /// The whole body.
    pub(super) fn body(self, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(body.len() + body.len() / 32 + 2);
        // Where the last line that is not empty ends.
        let mut end = 0;
        let mut rest = body;
        while !rest.is_empty() {
            let line = &rest[..memchr(b'\n', rest).unwrap_or(rest.len())];
            rest = rest.get(line.len() + 1..).unwrap_or_default();
            let start = out.len();
            match self {
                Self::Simple => out.extend_from_slice(line),
                Self::Relaxed => fold(line, &mut out),
            }
            let empty = out.len() == start;
            out.extend_from_slice(b"\r\n");
            if !empty {
                end = out.len();
            }
        }
        out.truncate(end);
        if out.is_empty() && self == Self::Simple {
            out.extend_from_slice(b"\r\n");
        }
        out
    }
}

/// Makes each run of blanks one space and drops those at the end.
fn fold(line: &[u8], out: &mut Vec<u8>) {
    let line = &line[..line.iter().rposition(|b| !is_blank(*b)).map_or(0, |last| last + 1)];
    let mut blank = false;
    for &byte in line {
        match (is_blank(byte), blank) {
            (true, true) => {}
            (true, false) => out.push(b' '),
            (false, _) => out.push(byte),
        }
        blank = is_blank(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6376, 3.4.5.
    #[test]
    fn the_standards_own_example() {
        let mut out = Vec::new();
        Canonical::Relaxed.field(b"A", b" X", &mut out);
        Canonical::Relaxed.field(b"B ", b" Y\t\n\tZ  ", &mut out);
        assert_eq!(out, b"a:X\r\nb:Y Z\r\n");
        let body = b" C \nD \t E\n\n\n";
        assert_eq!(Canonical::Relaxed.body(body), b" C\r\nD E\r\n");
        assert_eq!(Canonical::Simple.body(body), b" C \r\nD \t E\r\n");
        let mut out = Vec::new();
        Canonical::Simple.field(b"B ", b" Y\t\n\tZ  ", &mut out);
        assert_eq!(out, b"B : Y\t\r\n\tZ  \r\n");
    }

    #[test]
    fn empty_bodies_and_missing_line_ends() {
        assert_eq!(Canonical::Simple.body(b""), b"\r\n");
        assert_eq!(Canonical::Relaxed.body(b""), b"");
        assert_eq!(Canonical::Relaxed.body(b" \t\n \n"), b"");
        assert_eq!(Canonical::Simple.body(b"a"), b"a\r\n");
        assert_eq!(Canonical::Relaxed.body(b"a\nb"), b"a\r\nb\r\n");
    }
}
