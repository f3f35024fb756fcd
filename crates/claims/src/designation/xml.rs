//! XML as a run of elements: enough for lists, bounded in depth.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::Event;

/// Elements inside one another at most.
const DEPTH: usize = 64;

/// An element as it ends.
#[derive(Debug)]
pub(super) struct Element<'a> {
    /// Its name without prefix.
    pub(super) name: &'a str,
    /// Names of the elements it stands in, the outermost first.
    pub(super) path: &'a [String],
    /// Its own text.
    pub(super) text: &'a str,
    /// Its attributes.
    pub(super) attributes: &'a BTreeMap<String, String>,
}

struct Open {
    text: String,
    attributes: BTreeMap<String, String>,
}

/// Hands on every element as it ends, inner ones before outer ones.
pub(super) fn walk(text: &str, on: &mut dyn FnMut(&Element<'_>)) -> Result<(), String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().trim_text(false);
    let mut names: Vec<String> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                if open.len() >= DEPTH {
                    return Err(format!("elements more than {DEPTH} deep"));
                }
                names.push(local(start.name().0));
                open.push(Open { text: String::new(), attributes: attributes(&start) });
            }
            Event::Empty(start) => {
                let name = local(start.name().0);
                let attributes = attributes(&start);
                on(&Element { name: &name, path: &names, text: "", attributes: &attributes });
            }
            Event::End(_) => {
                if let (Some(name), Some(element)) = (names.pop(), open.pop()) {
                    on(&Element {
                        name: &name,
                        path: &names,
                        text: element.text.trim(),
                        attributes: &element.attributes,
                    });
                }
            }
            Event::Text(words) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&words);
                }
            }
            Event::CData(words) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&words);
                }
            }
            Event::GeneralRef(reference) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&resolve(&reference));
                }
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// A name without its prefix.
fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_owned()
}

fn attributes(start: &quick_xml::events::BytesStart<'_>) -> BTreeMap<String, String> {
    start
        .attributes()
        .flatten()
        .map(|attribute| (local(attribute.key.0), unescape(&attribute.value)))
        .collect()
}

/// The predefined entities and character references; others are left out.
fn resolve(name: &str) -> String {
    let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => number.parse().ok(),
    });
    match name {
        "amp" => "&".to_owned(),
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        _ => number.and_then(char::from_u32).map(String::from).unwrap_or_default(),
    }
}

fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.find(';') {
            Some(end) => {
                out.push_str(&resolve(&rest[..end]));
                rest = &rest[end + 1..];
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    out
}
