//! Records that are cut out in one thread and read side by side: parsing, hashing and what
//! a reader makes of a record are nearly all of the work.

use demarche_core::EvidenceRef;
use rayon::prelude::*;

use super::{Events, hand_on};
use crate::registry::Sink;

/// Bytes and records that are held before they are read.
const BYTES: usize = 4 << 20;
const RECORDS: usize = 4_096;
/// Fewer are read where they are.
const FEW: usize = 16;

/// Records that wait to be read.
pub(super) struct Batch<'f, K> {
    /// Cites the record of this number and makes events of it.
    read: &'f (dyn Fn(&K, u64) -> (EvidenceRef, Events) + Sync),
    kept: Vec<K>,
    bytes: usize,
    /// Records handed on.
    records: u64,
}

impl<'f, K: Sync> Batch<'f, K> {
    pub(super) fn new(read: &'f (dyn Fn(&K, u64) -> (EvidenceRef, Events) + Sync)) -> Self {
        Self { read, kept: Vec::new(), bytes: 0, records: 0 }
    }

    /// Takes a record of so many bytes.
    pub(super) fn push(&mut self, record: K, bytes: usize, sink: &mut Sink<'_>) {
        self.bytes += bytes;
        self.kept.push(record);
        if self.bytes >= BYTES || self.kept.len() >= RECORDS {
            self.hand_on(sink);
        }
    }

    /// Hands on what there is, in order; returns how many records that were in all.
    pub(super) fn hand_on(&mut self, sink: &mut Sink<'_>) -> u64 {
        let first = self.records;
        let read = self.read;
        let made: Vec<_> = if self.kept.len() < FEW {
            (first..).zip(&self.kept).map(|(row, kept)| read(kept, row)).collect()
        } else {
            let kept = self.kept.par_iter().enumerate();
            kept.map(|(row, kept)| read(kept, first + row as u64)).collect()
        };
        self.records += self.kept.len() as u64;
        self.kept.clear();
        self.bytes = 0;
        for (evidence, events) in made {
            hand_on(events, evidence, sink);
        }
        self.records
    }
}
