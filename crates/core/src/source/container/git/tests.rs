use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use super::super::{Limits, walk};
use super::*;
use crate::id::hex;
use crate::{Anomaly, SourceId};

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An object's header: type and size.
fn header(kind: u8, size: usize) -> Vec<u8> {
    let mut out = vec![kind << 4 | u8::try_from(size & 15).unwrap()];
    let mut rest = size >> 4;
    while rest > 0 {
        *out.last_mut().unwrap() |= 0x80;
        out.push(u8::try_from(rest & 0x7f).unwrap());
        rest >>= 7;
    }
    out
}

fn whole(kind: u8, content: &[u8]) -> Vec<u8> {
    [header(kind, content.len()), zlib(content)].concat()
}

/// Changes that copy all of a base of `of` bytes and put `more` behind it.
fn appended(of: u8, more: &str) -> Vec<u8> {
    let to = of + u8::try_from(more.len()).unwrap();
    let mut out = vec![of, to, 0x90, of, u8::try_from(more.len()).unwrap()];
    out.extend_from_slice(more.as_bytes());
    out
}

fn by_offset(back: u8, changes: &[u8]) -> Vec<u8> {
    [header(6, changes.len()), vec![back], zlib(changes)].concat()
}

fn by_name(name: &[u8], changes: &[u8]) -> Vec<u8> {
    [header(7, changes.len()), name.to_vec(), zlib(changes)].concat()
}

fn pack(naming: Naming, objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"PACK\0\0\0\x02".to_vec();
    out.extend_from_slice(&u32::try_from(objects.len()).unwrap().to_be_bytes());
    out.extend(objects.concat());
    let digest = naming.digest(&[&out]);
    out.extend(digest);
    out
}

fn read(bytes: &[u8], limits: &Limits) -> (Vec<(String, Vec<u8>)>, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    std::fs::write(&path, bytes).unwrap();
    let (seen, anomalies) = read_file(&path, limits);
    (seen, anomalies.into_iter().map(|anomaly| anomaly.reason).collect())
}

fn read_file(path: &Path, limits: &Limits) -> (Vec<(String, Vec<u8>)>, Vec<Anomaly>) {
    let mut seen = Vec::new();
    let anomalies = walk(path, "x", &SourceId::default(), limits, &mut |mut member| {
        let mut all = Vec::new();
        let name = member.path().to_owned();
        let _ = member.read_to_end(&mut all);
        seen.push((name, all));
    });
    (seen, anomalies.unwrap())
}

fn path_of(naming: Naming, content: &[u8]) -> String {
    format!("x!/{}", hex(&naming.name(GitObject::Blob, content)))
}

#[test]
fn names_are_those_of_git() {
    let name = Naming::Sha1.name(GitObject::Blob, b"hello\n");
    assert_eq!(hex(&name), "ce013625030ba8dba906f756967f9e9ca394464a");
    let name = Naming::Sha256.name(GitObject::Blob, b"");
    assert_eq!(hex(&name), "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813");
}

/// Every byte by hand: one blob, `hi`, stored without compression.
#[test]
fn a_pack_written_by_hand() {
    let mut bytes = b"PACK\0\0\0\x02\0\0\0\x01".to_vec();
    bytes.extend(b"\x32\x78\x01\x01\x02\x00\xfd\xffhi\x01\x3b\x00\xd2");
    let digest = Naming::Sha1.digest(&[&bytes]);
    bytes.extend(digest);
    let (seen, anomalies) = read(&bytes, &Limits::default());
    let name = "x!/32f95c0d1244a78b2be1bab8de17906fabb2c4a8";
    assert_eq!(seen, [(name.to_owned(), b"hi".to_vec())]);
    assert_eq!(anomalies, Vec::<String>::new());
}

#[test]
fn changes_are_applied_whatever_names_their_base() {
    for naming in [Naming::Sha1, Naming::Sha256] {
        let first = whole(3, b"hello");
        let base = naming.name(GitObject::Blob, b"hello world");
        let back = u8::try_from(first.len()).unwrap();
        let bytes = pack(
            naming,
            &[
                // Its base comes last.
                by_name(&base, &appended(11, "!")),
                first,
                by_offset(back, &appended(5, " world")),
                whole(1, b"tree 0"),
                whole(2, b""),
            ],
        );
        let (seen, anomalies) = read(&bytes, &Limits::default());
        let wants = ["hello", "hello world", "hello world!"]
            .map(|text| (path_of(naming, text.as_bytes()), text.as_bytes().to_vec()));
        assert_eq!(seen, wants);
        let framing = "1 commits, 1 trees and 0 tags are framing: counted, not read";
        assert_eq!(anomalies, [framing]);
    }
}

#[test]
fn a_thin_pack_is_said() {
    let missing = by_name(&[7; 20], &appended(5, "x"));
    let bytes = pack(Naming::Sha1, &[whole(3, b"hello"), missing]);
    let (seen, anomalies) = read(&bytes, &Limits::default());
    assert_eq!(seen.len(), 1);
    assert!(anomalies[0].contains("thin pack") && anomalies.len() == 1, "{anomalies:?}");
}

#[test]
fn behind_a_damaged_object_the_next_is_found() {
    let objects = [whole(3, b"first"), whole(3, &[b'a'; 900]), whole(3, b"third")];
    let mut bytes = pack(Naming::Sha1, &objects);
    let middle = 12 + objects[0].len() + 6;
    bytes[middle] ^= 0x55;
    let (seen, anomalies) = read(&bytes, &Limits::default());
    let texts: Vec<&[u8]> = seen.iter().map(|(_, text)| &text[..]).collect();
    assert_eq!(texts, [&b"first"[..], b"third"]);
    assert!(anomalies.iter().any(|a| a.contains("no object that can be read")), "{anomalies:?}");
    assert!(anomalies.iter().any(|a| a.contains("checksum")), "{anomalies:?}");
}

#[test]
fn a_pack_cut_or_changed_anywhere_is_said() {
    let first = whole(3, b"hello hello hello");
    let back = u8::try_from(first.len()).unwrap();
    let bytes = pack(Naming::Sha1, &[first, by_offset(back, &appended(17, " world"))]);
    for at in 8..bytes.len() {
        let (_, anomalies) = read(&bytes[..at], &Limits::default());
        assert!(!anomalies.is_empty(), "cut at {at}");
        let mut changed = bytes.clone();
        changed[at] ^= 0x41;
        let (_, anomalies) = read(&changed, &Limits::default());
        assert!(!anomalies.is_empty(), "changed at {at}");
    }
}

#[test]
fn bombs_are_bounded() {
    let limits = Limits { ratio: 2, floor: 1 << 16, ..Limits::default() };
    let bytes = pack(Naming::Sha1, &[whole(3, &vec![0; 1 << 20]), whole(3, b"small")]);
    let (seen, anomalies) = read(&bytes, &limits);
    assert!(seen.is_empty());
    assert!(anomalies.iter().any(|a| a.contains("exceed")), "{anomalies:?}");
    let limits = Limits { object: 1000, ..Limits::default() };
    let (seen, anomalies) = read(&bytes, &limits);
    assert_eq!(seen.len(), 1);
    assert!(anomalies[0].contains("over the bound"), "{anomalies:?}");
    // Changes that make a long object of a short one, again and again.
    let mut objects = vec![whole(3, &[b'a'; 255])];
    let mut size = 255_usize;
    for _ in 0..12 {
        let mut changes = Vec::new();
        for mut number in [size, size * 2] {
            while number > 0x7f {
                changes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
                number >>= 7;
            }
            changes.push(u8::try_from(number).unwrap());
        }
        for _ in 0..2 {
            let length = size.to_le_bytes();
            changes.extend([0xf0, length[0], length[1], length[2]]);
        }
        let back = u8::try_from(objects.last().unwrap().len()).unwrap();
        objects.push(by_offset(back, &changes));
        size *= 2;
    }
    let bytes = pack(Naming::Sha1, &objects);
    assert_eq!(read(&bytes, &Limits::default()).0.last().unwrap().1.len(), 255 << 12);
    let limits = Limits { ratio: 2, floor: 1 << 16, ..Limits::default() };
    let (_, anomalies) = read(&bytes, &limits);
    assert!(anomalies.iter().any(|a| a.contains("exceed")), "{anomalies:?}");
}

#[test]
fn loose_objects() {
    let loose = zlib(b"blob 5\0hello");
    let (seen, anomalies) = read(&loose, &Limits::default());
    assert_eq!(seen, [("x".to_owned(), b"hello".to_vec())]);
    assert!(anomalies.is_empty());
    assert_eq!(loose_object(&zlib(b"tree 0\0")), Some(GitObject::Tree));
    for other in [&b"x^2 + y^2"[..], b"x\x9c", b"x\x01", b"", &zlib(b"blob x\0"), &zlib(b"hello")] {
        assert_eq!(loose_object(other), None);
    }
    let damaged = &loose[..loose.len() - 6];
    assert_eq!(read(damaged, &Limits::default()).0.len(), 1);
}

fn git(dir: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    let run = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "gc.auto=0"])
        .args(arguments)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .ok()?;
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Some(run.stdout)
}

/// What git itself writes, with changes named by offset and by name.
#[test]
#[allow(clippy::print_stderr)] // says that it was skipped
fn packs_of_git_itself() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    if git(dir, &["init", "-q", "."]).is_none() {
        eprintln!("no git: skipped");
        return;
    }
    let text = |n: usize| {
        let lines = (0..60).map(|line| format!("line {line} {}\n", line * 7919 % 1000));
        format!("From: a@b.example\nSubject: {n}\n\n{}end {n}\n", lines.collect::<String>())
    };
    for n in 0..12 {
        std::fs::write(dir.join("m"), text(n)).unwrap();
        git(dir, &["add", "m"]);
        git(dir, &["commit", "-q", "-m", "m"]);
    }
    for by_offset in ["true", "false"] {
        let offset = format!("repack.useDeltaBaseOffset={by_offset}");
        git(dir, &["-c", &offset, "repack", "-q", "-a", "-d", "-f"]);
        let packs = dir.join(".git/objects/pack");
        let packs = std::fs::read_dir(packs).unwrap().flatten().map(|entry| entry.path());
        let pack = packs.into_iter().find(|p| p.extension().is_some_and(|e| e == "pack")).unwrap();
        let (seen, anomalies) = read_file(&pack, &Limits::default());
        let mut texts: Vec<String> =
            seen.iter().map(|(_, text)| String::from_utf8(text.clone()).unwrap()).collect();
        let mut wants: Vec<String> = (0..12).map(text).collect();
        texts.sort();
        wants.sort();
        assert_eq!(texts, wants);
        assert_eq!(anomalies.len(), 1, "{anomalies:?}");
        for (path, content) in &seen {
            assert_eq!(*path, path_of(Naming::Sha1, content));
        }
    }
}
