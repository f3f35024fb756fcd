//! Which sources form a unit: small ones together; a large one alone, in shards.

use demarche_core::id::short_hash;
use demarche_core::source::{FileStamp, HashedSource, SourceFile};

/// Raised when readers or features give other rows for the same bytes.
const READERS_VERSION: u32 = 2;
/// A shard of a large source takes in so many bytes of its members, and the record
/// that crosses the line begins the next: cut by content alone, so that an ingest that
/// was killed goes on where it was and gives the same units.
pub(super) const SHARD_BYTES: u64 = 64 << 20;
/// Sources from this size on are packed with no other.
const LARGE: u64 = 4 << 20;
/// A pack of small ones holds at most so many bytes and sources.
const PACK_BYTES: u64 = 16 << 20;
const PACK_SOURCES: usize = 500;

/// A source that is to be read.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) file: SourceFile,
    pub(super) hashed: HashedSource,
    /// What the file system said of it then, where that can be relied on later.
    pub(super) stamp: Option<FileStamp>,
}

/// Sources that come into the lake together.
#[derive(Clone, Debug)]
pub(super) struct Pack {
    pub(super) unit: String,
    pub(super) sources: Vec<Planned>,
    pub(super) bytes: u64,
}

impl Pack {
    /// Whether it is one large source, to be cut into shards.
    pub(super) fn is_large(&self) -> bool {
        self.bytes >= LARGE && self.sources.len() == 1
    }

    /// Id of a shard of it.
    pub(super) fn shard(&self, number: u32) -> String {
        format!("{}-{number:05}", self.unit)
    }
}

/// Packs sources in the order of their display paths; the same sources under the same
/// policy always give the same packs. Largest first, so that the last one to end is short.
pub(super) fn packs(mut sources: Vec<Planned>, policy: &str) -> Vec<Pack> {
    sources.sort_by(|a, b| (&a.file.display, &a.hashed.id).cmp(&(&b.file.display, &b.hashed.id)));
    let mut packs: Vec<Pack> = Vec::new();
    let mut open: Vec<Planned> = Vec::new();
    let mut open_bytes = 0;
    let mut close = |sources: &mut Vec<Planned>, bytes: &mut u64| {
        if !sources.is_empty() {
            let sources = std::mem::take(sources);
            packs.push(Pack { unit: unit_id(&sources, policy), sources, bytes: *bytes });
            *bytes = 0;
        }
    };
    for source in sources {
        let bytes = source.hashed.bytes;
        if bytes >= LARGE {
            close(&mut vec![source], &mut bytes.clone());
            continue;
        }
        if open_bytes + bytes > PACK_BYTES || open.len() >= PACK_SOURCES {
            close(&mut open, &mut open_bytes);
        }
        open_bytes += bytes;
        open.push(source);
    }
    close(&mut open, &mut open_bytes);
    packs.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.unit.cmp(&b.unit)));
    packs
}

fn unit_id(sources: &[Planned], policy: &str) -> String {
    let mut parts: Vec<Vec<u8>> =
        vec![READERS_VERSION.to_string().into_bytes(), policy.as_bytes().to_vec()];
    for source in sources {
        parts.push(source.hashed.id.as_str().as_bytes().to_vec());
        parts.push(source.file.display.as_bytes().to_vec());
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    format!("u-{}", short_hash(&parts))
}

#[cfg(test)]
mod tests {
    use demarche_core::SourceId;

    use super::*;

    fn planned(name: &str, bytes: u64) -> Planned {
        Planned {
            file: SourceFile { display: name.into(), path: name.into() },
            hashed: HashedSource { id: SourceId::from_stored(name), bytes },
            stamp: None,
        }
    }

    #[test]
    fn large_ones_alone_small_ones_together_in_any_order() {
        let sources = vec![planned("c", 10), planned("a", LARGE), planned("b", 20)];
        let one = packs(sources.clone(), "p");
        let two = packs(sources.into_iter().rev().collect(), "p");
        assert_eq!(one.len(), 2);
        assert_eq!(one[0].sources.len(), 1);
        let ids = |packs: &[Pack]| packs.iter().map(|p| p.unit.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&one), ids(&two));
    }
}
