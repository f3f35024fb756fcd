//! The log and its records, in one pass over the file.
//!
//! The file's own hash is made on one core while the leaves are made on the others: a
//! dossier of a million records is hashed about as fast as it can be read.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Read as _;
use std::path::Path;

use demarche_core::id::{Sha256Pieces, hex};
use rayon::prelude::*;

use super::{Verification, hash_from, name};
use crate::bundle::LOG;
use crate::checkpoint::Checkpoint;
use crate::merkle::{self, Hash};
use crate::{files, records};

/// So much of the file is held at a time; a line may be as long.
const PIECE: usize = 16 << 20;
/// Largest log file.
const MAX_LOG: u64 = 8 << 30;

/// What one pass gives.
#[derive(Default)]
pub(super) struct Scanned {
    /// SHA-256 (hex) and size of the records file.
    pub(super) hashed: Option<(String, u64)>,
    /// Records about the dossier itself: id and line.
    pub(super) about: Vec<(String, Vec<u8>)>,
}

/// A log file: its bytes, and for each line leaf and where its id stands.
pub(super) struct Log {
    bytes: Vec<u8>,
    pub(super) leaves: Vec<Hash>,
    ids: Vec<(usize, usize)>,
    /// Lines that are none.
    pub(super) bad: Vec<usize>,
}

impl Log {
    pub(super) fn read(path: &Path) -> std::io::Result<Self> {
        Ok(Self::parse(files::read_bounded(path, MAX_LOG)?))
    }

    fn parse(bytes: Vec<u8>) -> Self {
        let mut lines = Vec::new();
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', &bytes) {
            lines.push((start, end));
            start = end + 1;
        }
        if start < bytes.len() {
            lines.push((start, bytes.len()));
        }
        let parsed: Vec<Option<Hash>> = lines
            .par_iter()
            .map(|(start, end)| {
                let line = &bytes[*start..*end];
                if line.get(64) != Some(&b' ') {
                    return None;
                }
                hash_from(&line[..64])
            })
            .collect();
        let bad = parsed.iter().enumerate().filter(|(_, leaf)| leaf.is_none());
        let bad = bad.map(|(at, _)| at).collect();
        let leaves = parsed.into_iter().map(Option::unwrap_or_default).collect();
        let ids = lines.iter().map(|(start, end)| ((start + 65).min(*end), *end)).collect();
        Self { bytes, leaves, ids, bad }
    }

    /// The record's id as the log has it.
    pub(super) fn id(&self, at: usize) -> &[u8] {
        self.ids.get(at).map_or(&[], |(start, end)| &self.bytes[*start..*end])
    }

    pub(super) fn shown(&self, at: usize) -> String {
        name(&String::from_utf8_lossy(self.id(at)))
    }
}

/// A line that does not stand where the log has it.
pub(super) struct Stray {
    at: usize,
    leaf: Hash,
    id: Option<String>,
}

/// Checks records against log and log against checkpoint.
pub(super) fn records(dir: &Path, point: Option<&Checkpoint>, found: &mut Verification) -> Scanned {
    let log = match Log::read(&dir.join(LOG)) {
        Ok(log) => log,
        Err(error) => {
            found.fail(format!("{LOG}: {error}"));
            Log::parse(Vec::new())
        }
    };
    let bad = log.bad.iter().map(|at| {
        format!("{LOG} line {} (record {}): not a line of a log", at + 1, log.shown(*at))
    });
    found.fail_many(LOG, bad.collect());
    let mut scanned = Scanned::default();
    let mut strays = Vec::new();
    let all: Vec<usize> = (0..log.leaves.len()).collect();
    let count = match scan(dir, records::NAME, &log, &all, &mut scanned, &mut strays) {
        Ok(count) => count,
        Err(error) => {
            found.fail(format!("{}: {error}", records::NAME));
            0
        }
    };
    found.records = count as u64;
    let Some(point) = point else {
        found.fail_many(records::NAME, differences(&log, &all, &strays, count));
        return scanned;
    };
    let root = merkle::root(&log.leaves);
    if root != point.root || log.leaves.len() as u64 != point.size {
        let (have, want) = (log.leaves.len(), point.size);
        let why = if have as u64 == want {
            "its root is not the one signed".to_owned()
        } else {
            format!("{have} leaves where {want} were signed")
        };
        found.fail(format!("{LOG}: {why}"));
    }
    found.fail_many(records::NAME, differences(&log, &all, &strays, count));
    scanned
}

/// Reads the records file once: its hash, and every line against its place in the log.
/// `places` are the log's lines that have a record here, in order. Returns the lines.
pub(super) fn scan(
    dir: &Path,
    path: &str,
    log: &Log,
    places: &[usize],
    scanned: &mut Scanned,
    strays: &mut Vec<Stray>,
) -> std::io::Result<usize> {
    let mut file = files::lines(&dir.join(path))?;
    let mut hasher = Sha256Pieces::default();
    let (mut size, mut count) = (0_u64, 0);
    let mut piece: Vec<u8> = Vec::with_capacity(PIECE);
    loop {
        let read = file.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
        let last = read == 0;
        let end = match memchr::memrchr(b'\n', &piece) {
            _ if last => piece.len(),
            Some(at) => at + 1,
            None if piece.len() > records::MAX_LINE => {
                return Err(std::io::Error::other("a line longer than 64 MiB"));
            }
            None => continue,
        };
        if end == 0 {
            break;
        }
        let whole = &piece[..end];
        let ((), lines) = rayon::join(
            || hasher.update(whole),
            || {
                let mut starts = vec![0];
                starts.extend(memchr::memchr_iter(b'\n', whole).map(|at| at + 1));
                if starts.last() == Some(&whole.len()) {
                    starts.pop();
                }
                let first = count;
                let found: Vec<Option<Stray>> = (0..starts.len())
                    .into_par_iter()
                    .map(|n| {
                        let stop = starts.get(n + 1).copied().unwrap_or(whole.len());
                        let line = &whole[starts[n]..stop];
                        let line = line.strip_suffix(b"\n").unwrap_or(line);
                        stray(log, places.get(first + n).copied(), first + n, line)
                    })
                    .collect();
                let about = starts.iter().enumerate().filter_map(|(n, start)| {
                    let stop = starts.get(n + 1).copied().unwrap_or(whole.len());
                    let line = &whole[*start..stop];
                    let about = line.starts_with(b"{\"id\":\"output:")
                        || line.starts_with(b"{\"id\":\"bundle:");
                    let id = about.then(|| id_of(line)).flatten()?;
                    Some((id, line.to_vec()))
                });
                let about: Vec<_> = about.take(10_000).collect();
                (found.into_iter().flatten().collect::<Vec<_>>(), starts.len(), about)
            },
        );
        let (mut more, n, about) = lines;
        strays.append(&mut more);
        scanned.about.extend(about);
        count += n;
        size += end as u64;
        piece.drain(..end);
        if last {
            break;
        }
    }
    scanned.hashed = Some((hasher.finish(), size));
    Ok(count)
}

fn id_of(line: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Id {
        id: String,
    }
    serde_json::from_slice::<Id>(line).ok().map(|record| record.id)
}

/// `None` when the line is what the log has in its place, under the same id.
fn stray(log: &Log, place: Option<usize>, at: usize, line: &[u8]) -> Option<Stray> {
    let leaf = merkle::leaf(line);
    let here = place.is_some_and(|place| log.leaves.get(place) == Some(&leaf));
    if here {
        let id = place.map_or(&[][..], |place| log.id(place));
        let named = line.strip_prefix(b"{\"id\":\"").is_some_and(|rest| {
            rest.len() > id.len() && rest.starts_with(id) && rest[id.len()] == b'"'
        });
        if named || id_of(line).is_some_and(|stated| stated.as_bytes() == id) {
            return None;
        }
    }
    Some(Stray { at, leaf, id: id_of(line) })
}

/// One line for each record that is not as the log has it.
pub(super) fn differences(
    log: &Log,
    places: &[usize],
    strays: &[Stray],
    count: usize,
) -> Vec<String> {
    if strays.is_empty() && count == places.len() {
        return Vec::new();
    }
    let shown = |stray: &Stray| stray.id.as_deref().map_or_else(|| "unnamed".to_owned(), name);
    let astray: HashMap<Hash, &Stray> = strays.iter().map(|stray| (stray.leaf, stray)).collect();
    let stray_at: HashSet<usize> = strays.iter().map(|stray| stray.at).collect();
    // Places of the log that no line fills where it should.
    let open: Vec<usize> =
        (0..places.len()).filter(|n| *n >= count || stray_at.contains(n)).collect();
    let wanted: BTreeMap<Hash, usize> = open.iter().map(|n| (log.leaves[places[*n]], *n)).collect();
    let mut missing: Vec<String> = Vec::new();
    let mut moved: Vec<String> = Vec::new();
    for n in open {
        let place = places[n];
        match astray.get(&log.leaves[place]) {
            Some(stray) if stray.at == n => missing.push(format!(
                "{LOG} line {} (record {}): names another record than stands there",
                place + 1,
                shown(stray)
            )),
            Some(stray) => moved.push(format!(
                "record {}: stands at line {}, its place is line {}",
                log.shown(place),
                stray.at + 1,
                n + 1
            )),
            None => missing.push(format!(
                "record {}: changed or missing since it was signed (leaf {})",
                log.shown(place),
                &hex(&log.leaves[place])[..16]
            )),
        }
    }
    for stray in strays.iter().filter(|stray| !wanted.contains_key(&stray.leaf)) {
        missing.push(format!(
            "line {} (record {}): not in the log at its place",
            stray.at + 1,
            shown(stray)
        ));
    }
    // Where something is missing or too much, all after it has moved: that says nothing.
    if missing.is_empty() { moved } else { missing }
}
