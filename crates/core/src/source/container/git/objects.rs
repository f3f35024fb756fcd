//! The content of a pack's objects: inflated, changes applied to their bases.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::rc::Rc;

use flate2::Decompress;

use super::scan::{Entry, Form};
use super::{Budget, GitObject, Naming, delta, inflate};

/// Changes to changes to an object; git itself makes at most 4,095.
const MAX_CHAIN: usize = 5_000;
/// Bytes of objects kept as bases of others.
const MAX_CACHE: usize = 64 << 20;

/// Why an object has no content here.
#[derive(Debug)]
pub(super) enum Fault {
    /// What it is a change to is not known (yet).
    NoBase,
    /// Damaged, or over a bound.
    Broken(String),
}

/// An object's name and content.
type Named = (Vec<u8>, Rc<Vec<u8>>);

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Objects of one pack.
pub(super) struct Objects<F> {
    file: BufReader<F>,
    /// Sorted by offset.
    entries: Vec<Entry>,
    /// What each turned out to be.
    kinds: Vec<Option<GitObject>>,
    end: u64,
    naming: Naming,
    /// Bytes of one object at most.
    most: u64,
    state: Decompress,
    /// Objects that others may be changes to by name: filled only where the pack has such.
    names: BTreeMap<Vec<u8>, usize>,
    by_name: bool,
    cache: BTreeMap<usize, Rc<Vec<u8>>>,
    cached: VecDeque<usize>,
    cached_bytes: usize,
    framing: [u64; 3],
}

impl<F: Read + Seek> Objects<F> {
    pub(super) fn new(file: F, entries: Vec<Entry>, end: u64, naming: Naming, most: u64) -> Self {
        let by_name = entries.iter().any(|entry| matches!(entry.form, Form::Name(_)));
        Self {
            file: BufReader::with_capacity(1 << 14, file),
            kinds: vec![None; entries.len()],
            entries,
            end,
            naming,
            most,
            state: Decompress::new(true),
            names: BTreeMap::new(),
            by_name,
            cache: BTreeMap::new(),
            cached: VecDeque::new(),
            cached_bytes: 0,
            framing: [0; 3],
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn offset(&self, index: usize) -> u64 {
        self.entries[index].offset
    }

    /// Commits, trees and tags met.
    pub(super) fn framing(&self) -> [u64; 3] {
        self.framing
    }

    /// Name and content of the object at `index` when it is a blob.
    pub(super) fn blob(
        &mut self,
        index: usize,
        budget: &mut Budget<'_>,
    ) -> Result<Option<Named>, Fault> {
        let kind = match &self.entries[index].form {
            Form::Whole(kind) => *kind,
            Form::Offset(_) | Form::Name(_) => {
                let base = self.base(index)?;
                self.kinds[base].ok_or(Fault::NoBase)?
            }
        };
        let blob = kind == GitObject::Blob;
        let mut found = None;
        if blob || self.by_name {
            let content = match self.content(index, budget) {
                // Its kind is known even where it is damaged: what hangs on it is, too.
                Err(Fault::Broken(reason)) => {
                    self.kinds[index] = Some(kind);
                    return Err(Fault::Broken(reason));
                }
                content => content?,
            };
            let name = self.naming.name(kind, &content);
            if self.by_name {
                self.names.entry(name.clone()).or_insert(index);
            }
            found = Some((name, content)).filter(|_| blob);
        }
        self.kinds[index] = Some(kind);
        match kind {
            GitObject::Commit => self.framing[0] += 1,
            GitObject::Tree => self.framing[1] += 1,
            GitObject::Tag => self.framing[2] += 1,
            GitObject::Blob => {}
        }
        Ok(found)
    }

    /// Which object `index` is a change to.
    fn base(&self, index: usize) -> Result<usize, Fault> {
        match &self.entries[index].form {
            Form::Whole(_) => Ok(index),
            Form::Offset(offset) => self
                .entries
                .binary_search_by_key(offset, |entry| entry.offset)
                .map_err(|_| Fault::NoBase),
            Form::Name(name) => self.names.get(&**name).copied().ok_or(Fault::NoBase),
        }
    }

    /// The content of any object.
    fn content(&mut self, index: usize, budget: &mut Budget<'_>) -> Result<Rc<Vec<u8>>, Fault> {
        let mut chain = Vec::new();
        let mut at = index;
        let mut content = loop {
            if let Some(content) = self.cache.get(&at) {
                break Rc::clone(content);
            }
            if matches!(self.entries[at].form, Form::Whole(_)) {
                let content = Rc::new(self.inflated(at, budget)?);
                self.keep(at, &content);
                break content;
            }
            chain.push(at);
            if chain.len() > MAX_CHAIN {
                return Err(Fault::Broken(format!("more than {MAX_CHAIN} changes to changes")));
            }
            at = self.base(at)?;
        };
        while let Some(at) = chain.pop() {
            let changes = self.inflated(at, budget)?;
            let next = delta::apply(&content, &changes, self.most, budget)?;
            content = Rc::new(next);
            self.keep(at, &content);
        }
        Ok(content)
    }

    fn inflated(&mut self, index: usize, budget: &mut Budget<'_>) -> Result<Vec<u8>, Fault> {
        let entry = &self.entries[index];
        if entry.size > self.most {
            let (size, most) = (entry.size, self.most);
            return Err(Fault::Broken(format!("{size} bytes, over the bound of {most}: not read")));
        }
        // Stated sizes held when the pack was scanned.
        let mut content = Vec::with_capacity(usize::try_from(entry.size).unwrap_or(0));
        self.file.seek(SeekFrom::Start(entry.data))?;
        let mut stream = self.file.by_ref().take(self.end.saturating_sub(entry.data));
        inflate(&mut stream, &mut self.state, entry.size, budget, &mut |piece| {
            content.extend_from_slice(piece);
        })?;
        Ok(content)
    }

    fn keep(&mut self, index: usize, content: &Rc<Vec<u8>>) {
        if content.len() > MAX_CACHE / 4 {
            return;
        }
        if self.cache.insert(index, Rc::clone(content)).is_none() {
            self.cached.push_back(index);
            self.cached_bytes += content.len();
        }
        while self.cached_bytes > MAX_CACHE {
            let Some(oldest) = self.cached.pop_front() else { break };
            if let Some(gone) = self.cache.remove(&oldest) {
                self.cached_bytes -= gone.len();
            }
        }
    }
}
