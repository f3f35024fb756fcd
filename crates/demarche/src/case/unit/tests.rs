//! A store's messages lie in no order of offsets: shards and resuming must not mind.

use std::collections::BTreeMap;
use std::sync::Mutex;

use demarche_core::source::{HashedSource, SourceFile};
use demarche_core::{MessageUid, SourceId};
use demarche_lake::Writer;

use super::*;

/// Messages of a store of a gibibyte: node after node, blocks mostly further on, every
/// seventh back where room had become free; and one that is cited nowhere.
fn messages() -> Vec<(String, u64, u64)> {
    let mut free = 4_096_u64;
    let mut out = Vec::new();
    for n in 0..3_000_u64 {
        let offset = match n {
            n if n % 7 == 3 && n > 40 => free / 2 + n,
            _ => free,
        };
        let length = if n % 501 == 9 { 0 } else { 300_000 + n * 37 % 1_000 };
        out.push((format!("m1:{n:05}"), offset, length));
        // From time to time the store grew a lot at once, so that later ones lie behind all.
        free += if n % 250 == 249 { 40 << 20 } else { 310_000 };
    }
    out
}

fn record(uid: &str, offset: u64, length: u64) -> Record {
    Record::Message(Box::new(Message {
        message_uid: MessageUid::from_stored(uid),
        evidence: EvidenceRef { offset, length, ..EvidenceRef::default() },
        ..Message::default()
    }))
}

type Units = BTreeMap<String, (Option<Shard>, u64)>;

/// Reads the store from the beginning or where `resume` says; `stop` ends it, as a kill
/// would, before the commit of so many units. Returns what was committed.
fn read(resume: Option<(u32, Position)>, stop: usize) -> (Units, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let writer = Mutex::new(Writer::open(dir.path()).unwrap());
    let seen = Mutex::new(Units::new());
    let source = Planned {
        file: SourceFile { display: "a.pst".into(), path: "a.pst".into() },
        hashed: HashedSource { id: SourceId::default(), bytes: 1 << 30 },
    };
    let pack = Pack { unit: "u-x".into(), sources: vec![source], bytes: 1 << 30 };
    let policy = Policy::default();
    let store = Store {
        open: &|id| writer.lock().unwrap().unit(id),
        commit: &|id, unit, entry| {
            let mut seen = seen.lock().unwrap();
            if seen.len() >= stop {
                return Err(LakeError::Locked { path: "killed".into() });
            }
            let rows = entry.sources.iter().filter_map(|s| s.read.get("messages")).sum();
            seen.insert(id.to_owned(), (entry.shard, rows));
            writer.lock().unwrap().commit_unit(id, unit, entry)
        },
    };
    let number = resume.map_or(0, |(number, _)| number);
    let id = pack.shard(number);
    let place = resume.map(|(_, place)| place);
    let mut rows = Rows {
        pack: &pack,
        policy: &policy,
        store: &store,
        unit: (store.open)(&id),
        id,
        large: true,
        number,
        resume: place,
        members: 0,
        carried: 0,
        from: place.map_or(0, |place| place.offset),
        end: 0,
        done: Vec::new(),
        failed: None,
        taken: Taken::default(),
    };
    rows.taken.begin(&pack.sources[0]);
    let whole = source_evidence(&pack.sources[0]);
    for (uid, offset, length) in messages() {
        rows.take(record(&uid, offset, length), 0, &whole);
    }
    if rows.failed.is_none() {
        let part = rows.taken.end_source();
        rows.done.push(part);
        let _ = rows.commit(None);
    }
    drop(rows);
    let seen = seen.into_inner().unwrap();
    let lake = demarche_lake::Lake::open(dir.path()).unwrap();
    let session = demarche_lake::Session::open(&lake, demarche_lake::MailboxRule::default());
    #[derive(serde::Deserialize)]
    struct Uid {
        message_uid: String,
    }
    let uids: Vec<Uid> = session
        .unwrap()
        .rows("SELECT message_uid FROM records_messages ORDER BY message_uid")
        .unwrap();
    (seen, uids.into_iter().map(|row| row.message_uid).collect())
}

#[test]
fn a_store_killed_in_any_shard_goes_on_there() {
    let (undisturbed, uids) = read(None, usize::MAX);
    assert!(undisturbed.len() > 3, "{undisturbed:?}");
    let all: Vec<String> = messages().into_iter().map(|(uid, ..)| uid).collect();
    assert_eq!(uids, all);
    for killed in 1..undisturbed.len() {
        let (before, mut uids) = read(None, killed);
        assert_eq!(before.len(), killed);
        let (shard, _) = before.values().last().unwrap();
        let shard = shard.unwrap();
        let (after, more) = read(Some((shard.number + 1, shard.next.unwrap())), usize::MAX);
        let both: Units = before.into_iter().chain(after).collect();
        assert_eq!(both, undisturbed, "killed after {killed}");
        uids.extend(more);
        uids.sort();
        assert_eq!(uids, all, "killed after {killed}");
    }
}
