//! Look-ups of call records through a web portal, as its access log shows them.
//!
//! Which requests are look-ups is the house's knowledge, told in `context.csv` by lines of
//! kind `lookup_portal`, whose value is the shape of a request:
//!
//! ```text
//! cdr.carrier.example/search?msisdn={number}&reason={purpose}
//! /subscribers/{number}/calls
//! ```
//!
//! `{number}` must be there, once; `{operator}` and `{purpose}` may be. `*` stands for any
//! one path segment. Without a host the shape is of any host, and where the log names no
//! host a shape's host is not asked for. Parameters stand in any order among others, names
//! and path in any case; a parameter may come several times, and then each is a look-up.

use std::ops::Range;

use crate::number::NumberKey;

/// The longest shape that is read.
const SHAPE: usize = 2_048;
/// Numbers taken of one request at most; the rest is hidden all the same.
const NUMBERS: usize = 1_000;

/// The shape of a request that is a look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portal {
    host: String,
    path: Vec<Slot>,
    query: Vec<(String, Slot)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Slot {
    Literal(String),
    Any,
    Number,
    Operator,
    Purpose,
}

/// What a request asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Each number, decoded, in order.
    pub numbers: Vec<String>,
    /// Who asked; empty when the request does not say.
    pub operator: String,
    /// What for; empty when the request does not say.
    pub purpose: String,
    /// Where the numbers stand in the URL.
    places: Vec<Range<usize>>,
}

impl Portal {
    /// Reads a shape.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(shape: &str) -> Result<Self, &'static str> {
        if shape.len() > SHAPE {
            return Err("a portal's shape of more than 2,048 bytes");
        }
        let (host, path, query) = cut(shape, 0);
        let path: Vec<Slot> = segments(shape, path).map(|at| Slot::of(&shape[at])).collect();
        let query: Vec<(String, Slot)> = parameters(shape, query)
            .map(|(name, value)| (decoded(&shape[name]).to_lowercase(), Slot::of(&shape[value])))
            .collect();
        let slots = || path.iter().chain(query.iter().map(|(_, slot)| slot));
        match slots().filter(|slot| **slot == Slot::Number).count() {
            0 => Err("a portal's shape without {number}"),
            1 => Ok(Self { host: bare_host(&shape[host]), path, query }),
            _ => Err("a portal's shape with more than one {number}"),
        }
    }

    /// What a request of this shape asked for; `None` for any other request.
    #[must_use]
    pub fn read(&self, url: &str) -> Option<Asked> {
        let start = url.find("://").map_or(0, |at| at + 3);
        let (host, path, query) = cut(url, start);
        let host = bare_host(&url[host]);
        if !self.host.is_empty() && !host.is_empty() && self.host != host {
            return None;
        }
        let mut asked = Asked::default();
        let mut segments = segments(url, path);
        for slot in &self.path {
            if !asked.take(slot, url, segments.next()?) {
                return None;
            }
        }
        if segments.next().is_some() {
            return None;
        }
        let given: Vec<_> = parameters(url, query).collect();
        for (name, slot) in &self.query {
            let mut met = false;
            for (found, value) in &given {
                if decoded(&url[found.clone()]).to_lowercase() == *name {
                    met |= asked.take(slot, url, value.clone());
                }
            }
            if !met && !matches!(slot, Slot::Operator | Slot::Purpose) {
                return None;
            }
        }
        (!asked.numbers.is_empty()).then_some(asked)
    }
}

impl Asked {
    /// Takes what stands at a slot; whether the slot allows it.
    fn take(&mut self, slot: &Slot, url: &str, at: Range<usize>) -> bool {
        let value = decoded(&url[at.clone()]);
        match slot {
            Slot::Any => true,
            Slot::Literal(literal) => value.to_lowercase() == *literal,
            Slot::Operator => {
                self.operator = value;
                true
            }
            Slot::Purpose => {
                self.purpose = value;
                true
            }
            Slot::Number => {
                let numbers = value.split([',', ';']).map(str::trim);
                let numbers: Vec<String> = numbers
                    .filter(|n| n.contains(|c: char| c.is_ascii_digit()))
                    .map(str::to_owned)
                    .collect();
                if numbers.is_empty() {
                    return false;
                }
                self.numbers.extend(numbers);
                self.numbers.truncate(NUMBERS);
                self.places.push(at);
                true
            }
        }
    }

    /// The URL with keyed hashes where the numbers stood.
    #[must_use]
    pub fn hidden(&self, url: &str, key: &NumberKey) -> String {
        let mut places = self.places.clone();
        places.sort_by_key(|place| place.start);
        let (mut out, mut from) = (String::with_capacity(url.len()), 0);
        for place in places {
            out.push_str(&url[from..place.start]);
            let numbers = decoded(&url[place.clone()]);
            let hidden: Vec<String> =
                numbers.split([',', ';']).map(|number| key.hide(number)).collect();
            out.push_str(&hidden.join(","));
            from = place.end;
        }
        out.push_str(&url[from..]);
        out
    }
}

impl Slot {
    fn of(text: &str) -> Self {
        match text.to_lowercase().as_str() {
            "*" => Self::Any,
            "{number}" => Self::Number,
            "{operator}" => Self::Operator,
            "{purpose}" => Self::Purpose,
            literal => Self::Literal(decoded(literal).to_lowercase()),
        }
    }
}

/// Host, path and query of what begins at `from`, without `/` and `?` between them.
fn cut(url: &str, from: usize) -> (Range<usize>, Range<usize>, Range<usize>) {
    let end = url[from..].find('#').map_or(url.len(), |at| from + at);
    let question = url[from..end].find('?').map_or(end, |at| from + at);
    let slash = url[from..question].find('/').map_or(question, |at| from + at);
    (from..slash, (slash + 1).min(question)..question, (question + 1).min(end)..end)
}

fn segments(url: &str, path: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    pieces(url, path, '/')
}

fn parameters(
    url: &str,
    query: Range<usize>,
) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    pieces(url, query, '&').map(|at| {
        let equals = url[at.clone()].find('=').map_or(at.end, |found| at.start + found);
        (at.start..equals, (equals + 1).min(at.end)..at.end)
    })
}

/// The pieces between separators that are not empty.
fn pieces(url: &str, within: Range<usize>, between: char) -> impl Iterator<Item = Range<usize>> {
    let mut at = within.start;
    url[within].split(between).filter_map(move |piece| {
        let start = at;
        at += piece.len() + 1;
        (!piece.is_empty()).then_some(start..start + piece.len())
    })
}

/// Lower case, without a port.
fn bare_host(host: &str) -> String {
    let host = host.rsplit('@').next().unwrap_or(host);
    let port = host.rfind(':').filter(|at| host[at + 1..].bytes().all(|b| b.is_ascii_digit()));
    host[..port.unwrap_or(host.len())].to_lowercase()
}

/// Percent-encoding undone, `+` as a space where a digit does not follow it at the
/// beginning: portals are asked for `+4420...` by people who do not know of encoding.
fn decoded(text: &str) -> String {
    let text = match text.strip_prefix('+') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("+{}", rest.replace('+', " "))
        }
        _ => text.replace('+', " "),
    };
    percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(shape: &str, url: &str) -> Option<(String, String, String)> {
        let asked = Portal::parse(shape).unwrap().read(url)?;
        Some((asked.numbers.join(" | "), asked.operator, asked.purpose))
    }

    fn of(numbers: &str, operator: &str, purpose: &str) -> Option<(String, String, String)> {
        Some((numbers.into(), operator.into(), purpose.into()))
    }

    #[test]
    fn parameters_stand_in_any_order_and_may_repeat() {
        let shape = "cdr.example/search?msisdn={number}&reason={purpose}&kind=calls";
        let url = "https://CDR.example:8443/Search?kind=calls&page=2&MSISDN=%2B44207946&reason=a+b";
        assert_eq!(asked(shape, url), of("+44207946", "", "a b"));
        assert_eq!(asked(shape, "/search?kind=calls&msisdn=+4420"), of("+4420", "", ""));
        let twice = "/search?kind=calls&msisdn=1&msisdn=2,3;4";
        assert_eq!(asked(shape, twice), of("1 | 2 | 3 | 4", "", ""));
    }

    #[test]
    fn segments_stand_in_their_places() {
        let shape = "/op/{operator}/subscriber/{number}/*";
        assert_eq!(
            asked(shape, "http://x/op/kim/subscriber/0207/calls?x=1#y"),
            of("0207", "kim", "")
        );
        for other in ["/op/kim/subscriber/0207", "/op/kim/bill/0207/x", "/op/k/subscriber/0207/x/y"]
        {
            assert_eq!(asked(shape, other), None, "{other}");
        }
    }

    #[test]
    fn other_requests_are_none() {
        let shape = "cdr.example/search?msisdn={number}&kind=calls";
        for other in [
            "https://other.example/search?msisdn=1&kind=calls",
            "https://cdr.example/search?msisdn=1&kind=bills",
            "https://cdr.example/search?msisdn=&kind=calls",
            "https://cdr.example/search?msisdn=none&kind=calls",
            "https://cdr.example/search",
            "cdr.example:443",
            "",
            "?&=&&%",
        ] {
            assert_eq!(asked(shape, other), None, "{other}");
        }
    }

    #[test]
    fn numbers_are_hidden_where_they_stood() {
        let key = NumberKey::new([7; 32]);
        let url = "/search?a=1&msisdn=%2B442079460000&z=%20";
        let asked = Portal::parse("/search?msisdn={number}").unwrap().read(url).unwrap();
        let hidden = key.hide("+442079460000");
        assert_eq!(asked.hidden(url, &key), format!("/search?a=1&msisdn={hidden}&z=%20"));
    }

    #[test]
    fn a_shape_names_one_number() {
        assert!(Portal::parse("/search").is_err());
        assert!(Portal::parse("/a/{number}?b={number}").is_err());
        assert!(Portal::parse(&"/{number}".repeat(1_000)).is_err());
    }
}
