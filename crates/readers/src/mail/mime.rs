//! Walking the parts of a message (RFC 2045, 2046), bounded in depth and number.
//!
//! A delimiter counts only at the beginning of a line and only when nothing but white
//! space follows it (RFC 2046, 5.1.1): a boundary written in the middle of a line is
//! text, whatever comes after it stays in the part.

use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;
use memchr::{memchr, memmem};

use super::header::{Headers, unfold};
use super::{encoded_word, transfer};

/// Multiparts and messages inside each other.
pub(super) const MAX_DEPTH: usize = 32;
/// Parts of a message, nested messages' included.
pub(super) const MAX_PARTS: usize = 2_000;

/// A part that has no parts of its own, or a nested message as a whole.
pub(super) struct Leaf<'a> {
    /// `type/subtype`, lower case.
    pub(super) content_type: String,
    /// As stated; empty when not.
    pub(super) charset: String,
    /// File name as stated.
    pub(super) name: String,
    /// Whether it is to be shown with the message.
    pub(super) inline: bool,
    /// Which `multipart/alternative` it stands in, if any.
    pub(super) alternative: Option<usize>,
    /// Whether it belongs to a nested message.
    pub(super) nested: bool,
    encoding: Encoding,
    body: &'a [u8],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Identity,
    Base64,
    QuotedPrintable,
}

impl Leaf<'_> {
    /// The part's decoded bytes.
    pub(super) fn bytes(&self) -> std::borrow::Cow<'_, [u8]> {
        match self.encoding {
            Encoding::Identity => self.body.into(),
            Encoding::Base64 => transfer::base64(self.body).into(),
            Encoding::QuotedPrintable => transfer::quoted_printable(self.body).into(),
        }
    }
}

/// Calls `visit` for every leaf of a message, in order. Returns what was not read, or
/// looks wrong.
pub(super) fn walk(headers: &Headers<'_>, visit: &mut dyn FnMut(&Leaf<'_>)) -> Vec<String> {
    let mut walk = Walk { visit, parts: 0, alternatives: 0, problems: Vec::new() };
    walk.part(headers, Place::default());
    let mut problems = walk.problems;
    problems.dedup();
    problems
}

struct Walk<'v> {
    visit: &'v mut dyn FnMut(&Leaf<'_>),
    parts: usize,
    alternatives: usize,
    problems: Vec<String>,
}

/// Where a part stands.
#[derive(Clone, Copy, Default)]
struct Place {
    depth: usize,
    alternative: Option<usize>,
    nested: bool,
    digest: bool,
}

impl Walk<'_> {
    /// Visits a part; recursion is bounded by [`MAX_DEPTH`].
    fn part(&mut self, headers: &Headers<'_>, place: Place) {
        self.parts += 1;
        if self.parts > MAX_PARTS {
            if self.parts == MAX_PARTS + 1 {
                self.problems.push(format!("more than {MAX_PARTS} parts: the rest is not read"));
            }
            return;
        }
        let kind = ContentType::of(headers, place.digest);
        if let Some(subtype) = kind.name.strip_prefix("multipart/") {
            if place.depth >= MAX_DEPTH {
                self.problems.push(format!("parts nested more than {MAX_DEPTH} deep"));
            } else if self.multipart(headers.body, &kind, subtype, place) {
                return;
            }
        }
        let leaf = leaf(headers, kind, place);
        (self.visit)(&leaf);
        if !matches!(&*leaf.content_type, "message/rfc822" | "message/global") {
            return;
        }
        if place.depth >= MAX_DEPTH {
            self.problems.push(format!("messages nested more than {MAX_DEPTH} deep"));
            return;
        }
        let bytes = leaf.bytes();
        let inner = Headers::parse(bytes.trim_ascii_start());
        let depth = place.depth + 1;
        self.part(&inner, Place { depth, nested: true, ..Place::default() });
    }

    /// Visits the parts of a multipart; false when its boundary never occurs.
    fn multipart(&mut self, body: &[u8], kind: &ContentType, subtype: &str, place: Place) -> bool {
        let guessed;
        let boundary = match kind.boundary.as_bytes() {
            b"" => match guess_boundary(body) {
                Some(boundary) => {
                    guessed = boundary;
                    guessed
                }
                None => {
                    self.problems.push("a multipart without a boundary".to_owned());
                    return false;
                }
            },
            boundary => boundary,
        };
        let mut place = Place { depth: place.depth + 1, digest: subtype == "digest", ..place };
        if subtype == "alternative" {
            self.alternatives += 1;
            place.alternative = Some(self.alternatives);
        }
        let mut any = false;
        for part in (Parts { body, delimiter: [b"--", boundary].concat(), at: 0, open: false }) {
            any = true;
            self.part(&Headers::parse(part), place);
            if self.parts > MAX_PARTS {
                break;
            }
        }
        if !any && !body.trim_ascii().is_empty() {
            self.problems.push("a multipart whose boundary never occurs".to_owned());
        }
        any || body.trim_ascii().is_empty()
    }
}

/// The parts between delimiter lines; one that no delimiter ends goes to the end.
struct Parts<'a> {
    body: &'a [u8],
    delimiter: Vec<u8>,
    at: usize,
    open: bool,
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        let mut from = start;
        while let Some(found) = memmem::find(&self.body[from..], &self.delimiter) {
            let found = from + found;
            let after = found + self.delimiter.len();
            from = after;
            if found > 0 && self.body[found - 1] != b'\n' {
                continue;
            }
            let line = memchr(b'\n', &self.body[after..]).map_or(self.body.len(), |n| after + n);
            let rest = self.body[after..line].trim_ascii();
            if !matches!(rest, b"" | b"--") {
                continue;
            }
            let was_open = std::mem::replace(&mut self.open, rest.is_empty());
            self.at = (line + 1).min(self.body.len());
            if was_open {
                // The line end before a delimiter belongs to the delimiter.
                return Some(&self.body[start..found.saturating_sub(1).max(start)]);
            }
            if !self.open {
                return None;
            }
            return self.next_open();
        }
        let was_open = std::mem::replace(&mut self.open, false);
        self.at = self.body.len();
        (was_open && start < self.body.len()).then(|| &self.body[start..])
    }
}

impl<'a> Parts<'a> {
    /// The part that the delimiter just passed opens.
    fn next_open(&mut self) -> Option<&'a [u8]> {
        if self.at >= self.body.len() {
            self.open = false;
            return None;
        }
        self.next()
    }
}

/// The boundary that a first line `--something` announces.
fn guess_boundary(body: &[u8]) -> Option<&[u8]> {
    let body = body.trim_ascii_start();
    let line = &body[..memchr(b'\n', body).unwrap_or(body.len())];
    line.trim_ascii_end().strip_prefix(b"--").filter(|rest| rest.len() >= 3 && rest.len() <= 200)
}

#[derive(Default)]
struct ContentType {
    name: String,
    boundary: String,
    charset: String,
    file: String,
}

impl ContentType {
    fn of(headers: &Headers<'_>, digest: bool) -> Self {
        let default = if digest { "message/rfc822" } else { "text/plain" };
        let Some(HeaderValue::ContentType(parsed)) =
            headers.first("content-type").map(|value| parse_parameters(value))
        else {
            return Self { name: default.to_owned(), ..Self::default() };
        };
        let attribute = |name: &str| {
            let value = parsed.attributes.iter().flatten().find(|a| a.name == name);
            value.map(|a| a.value.trim().to_owned()).unwrap_or_default()
        };
        let name = match (parsed.ctype(), parsed.subtype()) {
            ("text", None) => "text/plain".to_owned(),
            (_, None) => default.to_owned(),
            (kind, Some(subtype)) => format!("{kind}/{subtype}").to_lowercase(),
        };
        Self {
            name: name.chars().take(127).collect(),
            boundary: attribute("boundary"),
            charset: attribute("charset"),
            file: attribute("name"),
        }
    }
}

fn parse_parameters(value: &[u8]) -> HeaderValue<'static> {
    let mut line = unfold(value).into_owned();
    line.push(b'\n');
    MessageStream::new(&line).parse_content_type().into_owned()
}

fn leaf<'a>(headers: &Headers<'a>, kind: ContentType, place: Place) -> Leaf<'a> {
    let encoding = headers.first("content-transfer-encoding").map(<[u8]>::trim_ascii);
    let is = |name: &str| encoding.is_some_and(|e| e.eq_ignore_ascii_case(name.as_bytes()));
    let encoding = if is("base64") {
        Encoding::Base64
    } else if is("quoted-printable") {
        Encoding::QuotedPrintable
    } else {
        Encoding::Identity
    };
    let mut name = kind.file;
    let mut attached = false;
    if let Some(HeaderValue::ContentType(disposition)) =
        headers.first("content-disposition").map(parse_parameters)
    {
        attached = disposition.ctype().eq_ignore_ascii_case("attachment");
        if let Some(file) = disposition.attribute("filename") {
            file.clone_into(&mut name);
        }
    }
    if name.contains("=?") {
        name = encoded_word::decode(name.as_bytes());
    }
    // A multipart that could not be taken apart is shown as the text it is.
    let content_type = match kind.name.starts_with("multipart/") {
        true => "text/plain".to_owned(),
        false => kind.name,
    };
    Leaf {
        content_type,
        charset: kind.charset,
        name: name.chars().filter(|c| !c.is_control()).take(255).collect(),
        inline: !attached,
        alternative: place.alternative,
        nested: place.nested,
        encoding,
        body: headers.body,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaves(mail: &str) -> (Vec<String>, Vec<String>) {
        let mut out = Vec::new();
        let problems = walk(&Headers::parse(mail.as_bytes()), &mut |leaf| {
            let text = String::from_utf8_lossy(&leaf.bytes()).into_owned();
            out.push(format!("{} {:?} {text}", leaf.content_type, leaf.name));
        });
        (out, problems)
    }

    #[test]
    fn a_boundary_inside_a_line_ends_nothing() {
        let mail = "Content-Type: multipart/mixed; boundary=B\n\npreamble\n--B\n\n\
                    see --B here\n--B-not\ntail\n--B\nContent-Type: text/html\n\n<p>\n--B--\nepilogue";
        let (leaves, problems) = leaves(mail);
        assert_eq!(leaves[0], "text/plain \"\" see --B here\n--B-not\ntail");
        assert_eq!(leaves[1], "text/html \"\" <p>");
        assert_eq!((leaves.len(), problems.len()), (2, 0));
    }

    #[test]
    fn damaged_multiparts_are_still_read() {
        let (all, _) = leaves("Content-Type: multipart/mixed; boundary=B\n\n--B\n\nno end");
        assert_eq!(all, ["text/plain \"\" no end"]);
        let (all, problems) = leaves("Content-Type: multipart/mixed; boundary=B\n\nall text");
        assert_eq!(all, ["text/plain \"\" all text"]);
        assert_eq!(problems, ["a multipart whose boundary never occurs"]);
        let (all, _) = leaves("Content-Type: multipart/mixed\n\n--xyz\n\na\n--xyz\n\nb\n--xyz--\n");
        assert_eq!(all.len(), 2);
        let (all, _) = leaves("Content-Type: multipart/mixed; boundary=B\n\n--B\n--B\n\nx\n--B--");
        assert_eq!(all, ["text/plain \"\" ", "text/plain \"\" x"]);
    }

    #[test]
    fn names_and_encodings() {
        let (all, _) = leaves(
            "Content-Type: application/pdf;\n name=\"x.pdf\"\nContent-Transfer-Encoding: BASE64\n\
             Content-Disposition: attachment;\n filename*0*=utf-8''%C3%A9;\n filename*1=.pdf\n\naGk=\n",
        );
        assert_eq!(all, ["application/pdf \"é.pdf\" hi"]);
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = "Content-Type: message/rfc822\n\n".repeat(10_000);
        let (all, problems) = leaves(&deep);
        assert_eq!(all.len(), MAX_DEPTH + 1);
        assert_eq!(problems.len(), 1);
        let wide =
            format!("Content-Type: multipart/x; boundary=B\n\n{}", "--B\n\nx\n".repeat(5_000));
        let (all, problems) = leaves(&wide);
        assert_eq!(all.len(), MAX_PARTS - 1);
        assert_eq!(problems.len(), 1);
    }

    proptest! {
        #[test]
        fn never_panics(
            body in "(--B(--)?|\n|Content-Type: (multipart/mixed; boundary=B|message/rfc822)\n|x| ){0,60}"
        ) {
            leaves(&format!("Content-Type: multipart/digest; boundary=B\n\n{body}"));
        }

        #[test]
        fn parameters_never_panic(value in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = parse_parameters(&value);
        }

        #[test]
        fn odd_parameters_never_panic(value in "[a-z/;=*'\"0-9% \\\\(\n]{0,60}") {
            let _ = parse_parameters(value.as_bytes());
        }
    }
}
