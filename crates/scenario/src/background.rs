//! Real archives as background: mbox files whose messages join a world's
//! mail, with recipients mapped onto its people and times onto its years.
//!
//! A message keeps its sender, texts and ids. Each recipient's address stands
//! for one person, always the same one; dates move by whole weeks, so that
//! hours and weekdays stay. Bytes that are no UTF-8 are replaced.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use crate::dice::key;
use crate::mail::store::Store;
use crate::people::People;
use crate::time::{self, DAY};

/// Bytes of a message at most; what is longer is left out.
const LONGEST: usize = 4 << 20;
/// Mailboxes that one message goes to at most.
const MOST: usize = 5;

/// Person that an address stands for.
fn person(people: &People, seed: u64, address: &str) -> usize {
    key(seed, &address.to_lowercase(), &[77]) as usize % people.people.len()
}

/// Begin and end of each address in a header value.
fn addresses(text: &str) -> Vec<(usize, usize)> {
    let part = |c: char| c.is_ascii_alphanumeric() || "._+-=".contains(c);
    let mut out: Vec<(usize, usize)> = vec![];
    for (at, _) in text.match_indices('@') {
        let from = text[..at].char_indices().rev().take_while(|(_, c)| part(*c)).last();
        let to = text[at + 1..].char_indices().take_while(|(_, c)| part(*c)).last();
        if let (Some((from, _)), Some((to, letter))) = (from, to) {
            let end = at + 1 + to + letter.len_utf8();
            if out.last().is_none_or(|o| o.1 <= from) {
                out.push((from, end));
            }
        }
    }
    out
}

/// A time of the world at the same hour and weekday.
fn moved(people: &People, at: i64) -> i64 {
    const WEEK: i64 = 7 * DAY;
    let base = (people.from / WEEK + 1) * WEEK;
    let weeks = ((people.to - base - DAY) / WEEK).max(1) * WEEK;
    base + (at - base).rem_euclid(weeks)
}

fn date(value: &str) -> Option<(i64, i64)> {
    let value = value.split('(').next()?.trim();
    let zoned = jiff::fmt::rfc2822::DateTimeParser::new().parse_zoned_datetime(value).ok()?;
    Some((zoned.timestamp().as_second(), i64::from(zoned.offset().seconds()) / 60))
}

struct Mapped {
    text: String,
    from: String,
    time: i64,
    people: Vec<usize>,
}

/// Headers, each with its folded lines, and the rest.
fn split(text: &str) -> (Vec<String>, &str) {
    let mut headers: Vec<String> = vec![];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end_matches(['\r', '\n']).is_empty() {
            return (headers, &text[at..]);
        }
        at += line.len();
        match headers.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(line),
            _ => headers.push(line.to_owned()),
        }
    }
    (headers, "")
}

fn map(people: &People, seed: u64, text: &str) -> Option<Mapped> {
    let (headers, body) = split(text);
    let value = |name: &str| {
        headers.iter().find_map(|h| {
            let (n, v) = h.split_once(':')?;
            n.eq_ignore_ascii_case(name).then_some(v)
        })
    };
    let (at, zone) = date(value("date")?)?;
    let at = moved(people, at);
    let sender = value("from")?;
    let (from, to) = *addresses(sender).last()?;
    let from = sender[from..to].to_owned();
    let mut out = String::with_capacity(text.len() + 64);
    let mut to: Vec<usize> = vec![];
    for header in &headers {
        let name = header.split(':').next().unwrap_or_default().to_ascii_lowercase();
        match name.as_str() {
            "date" => out.push_str(&format!("Date: {}\n", time::rfc5322(at, zone))),
            "received" => {
                let before = header.rsplit_once(';').map_or(header.trim_end(), |h| h.0);
                out.push_str(&format!("{before}; {}\n", time::rfc5322(at, zone)));
            }
            "to" | "cc" => {
                let mut last = 0;
                for (from, end) in addresses(header) {
                    let person = person(people, seed, &header[from..end]);
                    out.push_str(&header[last..from]);
                    out.push_str(&people.people[person].address);
                    last = end;
                    if !to.contains(&person) {
                        to.push(person);
                    }
                }
                out.push_str(&header[last..]);
            }
            // Another house's delivery.
            "delivered-to" | "x-original-to" | "return-path" | "envelope-to" | "x-envelope-to" => {}
            _ => out.push_str(header),
        }
    }
    to.retain(|&p| people.present(p, at));
    to.truncate(MOST);
    out.push_str(body);
    (!to.is_empty()).then_some(Mapped { text: out, from, time: at, people: to })
}

/// Adds the messages of an mbox file to the store; says how many copies.
///
/// # Errors
///
/// Where the archive cannot be read or a copy not be written.
pub fn mix(people: &People, seed: u64, path: &Path, store: &mut Store) -> io::Result<u64> {
    #[allow(clippy::disallowed_methods)] // not evidence: material that worlds are made of
    let mut reader = BufReader::new(File::open(path)?);
    let (mut message, mut line): (Vec<u8>, Vec<u8>) = (vec![], vec![]);
    let (mut copies, mut blank, mut inside) = (0, true, false);
    loop {
        line.clear();
        let end = reader.read_until(b'\n', &mut line)? == 0;
        if end || blank && line.starts_with(b"From ") {
            if inside && message.len() < LONGEST {
                let text = String::from_utf8_lossy(&message);
                if let Some(mapped) = map(people, seed, &text) {
                    for &person in &mapped.people {
                        let address = &people.people[person].address;
                        let copy = format!("Delivered-To: {address}\n{}", mapped.text);
                        let kept =
                            store.keep(people, person, false, &mapped.from, mapped.time, &copy)?;
                        copies += u64::from(kept);
                    }
                }
            }
            if end {
                return Ok(copies);
            }
            message.clear();
            inside = true;
            blank = false;
            continue;
        }
        blank = line.iter().all(|b| matches!(b, b'\r' | b'\n'));
        if message.len() < LONGEST {
            let quoted = line.iter().take_while(|b| **b == b'>').count();
            let skip = usize::from(quoted > 0 && line[quoted..].starts_with(b"From "));
            message.extend_from_slice(&line[skip..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Size;

    const MBOX: &str = "From a@b Mon Jan  1 00:00:00 2001\nReceived: from x (x [9.8.7.6])\n\tby y; Tue, 2 Jan 2001 10:00:00 +0100\nFrom: Ann <ann@real.org>\nTo: Bob <bob@old.net>,\n  carl@old.net\nDate: Tue, 2 Jan 2001 10:00:00 +0100\nDelivered-To: bob@old.net\nMessage-ID: <1@real.org>\nSubject: hello\n\nbody\n>From here\n\nFrom b@c Mon Jan  1 00:00:00 2001\nSubject: no date\n\nx\n";

    #[test]
    fn messages_move_into_the_world() {
        let people = People::draw(4, Size::Xs);
        let text = MBOX.split_once('\n').unwrap().1.split("\nFrom b@c").next().unwrap();
        let mapped = map(&people, 4, text).unwrap();
        assert_eq!(mapped.from, "ann@real.org");
        assert!((people.from..people.to).contains(&mapped.time));
        assert_eq!(time::weekday(mapped.time), 1);
        assert_eq!(mapped.time.rem_euclid(DAY), 9 * 3600);
        assert!(mapped.text.contains("Message-ID: <1@real.org>"));
        assert!(!mapped.text.contains("old.net") && mapped.text.contains("[9.8.7.6]"));
        let bob = &people.people[person(&people, 4, "bob@old.net")].address;
        assert!(mapped.text.contains(&format!("Bob <{bob}>")), "{}", mapped.text);
        assert!(map(&people, 4, "Subject: no date\n\nx\n").is_none());
    }

    #[test]
    fn an_archive_joins_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mbox");
        std::fs::write(&path, MBOX).unwrap();
        let people = People::draw(4, Size::Xs);
        let mut store = Store::new(&folder.path().join("out"), 4, false);
        let copies = mix(&people, 4, &path, &mut store).unwrap();
        assert!((1..=2).contains(&copies), "{copies}");
        assert_eq!(store.copies, copies);
        store.finish().unwrap();
    }
}
