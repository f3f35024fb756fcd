//! FreeSWITCH's XML call records (`mod_xml_cdr`): a `<cdr>` a call, one or several in a
//! file. A record is cut out by its end tag, so that one which is not well-formed leaves
//! the next alone.

use std::collections::BTreeMap;
use std::io::{self, Read};

use demarche_core::source::Member;
use memchr::memmem;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::freeswitch::call;
use crate::lines::{BOUND, sniff_text};
use crate::registry::{ReadError, Sink};
use crate::timestamp::Times;
use crate::web::percent_decoded;

const START: &[u8] = b"<cdr";
const END: &[u8] = b"</cdr>";
/// Elements inside one another at most.
const DEPTH: usize = 64;

pub(super) fn sniff(prefix: &[u8]) -> bool {
    let text = sniff_text(prefix);
    let mut body = text.trim_ascii_start();
    if body.starts_with(b"<?xml")
        && let Some(end) = memmem::find(body, b"?>")
    {
        body = body[end + 2..].trim_ascii_start();
    }
    body.strip_prefix(START)
        .is_some_and(|rest| rest.first().is_some_and(|b| matches!(b, b'>' | b' ')))
        && memmem::find(body, b"<variables").is_some()
}

pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let mut held: Vec<u8> = Vec::new();
    // Where `held` begins in the member, and how much of it is done with.
    let (mut offset, mut done) = (0_u64, 0);
    let mut times = Times::default();
    let mut ended = false;
    let mut number = 0;
    loop {
        // The declaration and white space between records are framing.
        let rest = &held[done..];
        let start = memmem::find(rest, START);
        let end = start.and_then(|at| Some(at + memmem::find(&rest[at..], END)? + END.len()));
        if let (Some(start), Some(end)) = (start, end) {
            let here = offset + done as u64;
            say_between(member, sink, here, &rest[..start]);
            let bytes = &rest[start..end];
            let evidence = member.cite_row(here + start as u64, bytes, number);
            number += 1;
            let found = variables(bytes).and_then(|found| {
                let text = |name: &str| found.get(name).map(|text| percent_decoded(text));
                call(&|name| text(name).unwrap_or_default())
            });
            match found {
                Ok(read) => read.hand_on(evidence, bytes, "freeswitch", &mut times, sink),
                Err(reason) => sink.anomaly(evidence, reason),
            }
            done += end;
            continue;
        }
        held.drain(..done);
        offset += std::mem::take(&mut done) as u64;
        if ended {
            say_between(member, sink, offset, &held);
            break;
        }
        if held.len() > BOUND {
            sink.anomaly(member.cite(offset, &held), "no end of a record in 16 MiB, not read");
            offset += held.len() as u64;
            held.clear();
        }
        ended = !more(member, &mut held)?;
    }
    times.say(sink);
    Ok(())
}

/// Reads on; as much as is held, so that looking again costs no more than reading.
fn more(member: &mut Member<'_>, held: &mut Vec<u8>) -> io::Result<bool> {
    let wanted = held.len().max(64 << 10) as u64;
    Ok(member.by_ref().take(wanted).read_to_end(held)? > 0)
}

/// Says that there is something between records that is neither declaration nor space.
fn say_between(member: &Member<'_>, sink: &mut Sink<'_>, offset: u64, bytes: &[u8]) {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii();
    if text.is_empty() || text.starts_with(b"<?xml") && text.ends_with(b"?>") {
        return;
    }
    sink.anomaly(member.cite(offset, bytes), "bytes that are no whole record");
}

/// The channel variables, and the first call flow's numbers in their place.
fn variables(bytes: &[u8]) -> Result<BTreeMap<String, String>, &'static str> {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(&text);
    let mut path: Vec<String> = Vec::new();
    let (mut variables, mut profile) = (BTreeMap::new(), BTreeMap::new());
    let mut add = |path: &[String], text: &str| {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        match names[..] {
            ["cdr", "variables", name] => append(&mut variables, name, text),
            ["cdr", "callflow", "caller_profile", name] => append(&mut profile, name, text),
            _ => {}
        }
    };
    let mut flows = 0;
    loop {
        match reader.read_event().map_err(|_| "not well-formed XML")? {
            Event::Start(tag) => {
                let name = tag.name().0.to_owned();
                flows += usize::from(name == "callflow");
                if path.len() == DEPTH {
                    return Err("elements too deep inside one another");
                }
                // Older flows are told apart by a name that nothing asks for.
                path.push(if name == "callflow" && flows > 1 { "older".to_owned() } else { name });
            }
            Event::End(_) => {
                path.pop();
            }
            Event::Text(text) => add(&path, &text),
            Event::CData(text) => add(&path, &text),
            Event::GeneralRef(entity) => {
                let named = quick_xml::escape::resolve_predefined_entity(&entity);
                match (named, entity.resolve_char_ref()) {
                    (Some(text), _) => add(&path, text),
                    (None, Ok(Some(c))) => add(&path, c.encode_utf8(&mut [0; 4])),
                    // Others would have to be declared; FreeSWITCH declares none.
                    (None, _) => return Err("an entity that is not declared"),
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    profile.retain(|_, text: &mut String| !text.is_empty());
    for name in ["caller_id_number", "destination_number", "uuid"] {
        if let Some(text) = profile.remove(name) {
            variables.insert(name.to_owned(), text);
        }
    }
    Ok(variables)
}

fn append(map: &mut BTreeMap<String, String>, name: &str, text: &str) {
    match map.get_mut(name) {
        Some(known) => known.push_str(text),
        None => {
            map.insert(name.to_owned(), text.to_owned());
        }
    }
}
