//! What a git repository holds beside its blobs: indexes, references, settings, commits
//! and trees (gitrepository-layout(5), gitformat-index(5), gitformat-pack(5)).
//!
//! A public-inbox archive is a git repository. Its mails come out of packs and loose
//! objects, which `core::source` walks; everything else in it is framing, told by its
//! content, counted and not read: hundreds of anomalies would hide the ones that matter.

use demarche_core::source::{GitObject, Member, loose_object};

use crate::registry::{Format, ReadError, Sink};

/// git's own files. Gives no records; whoever reads it counts its members.
pub const FRAMING: Format = Format { name: "git", sniff, read };

fn sniff(prefix: &[u8]) -> bool {
    is_index(prefix)
        || loose_object(prefix).is_some_and(|kind| kind != GitObject::Blob)
        || std::str::from_utf8(&prefix[..prefix.len().min(4096)])
            .or_else(|error| std::str::from_utf8(&prefix[..error.valid_up_to()]))
            .is_ok_and(|text| is_setting(text) || is_reference(text, prefix.len()))
}

fn read(_: &mut Member<'_>, _: &mut Sink<'_>) -> Result<(), ReadError> {
    Ok(())
}

/// Signatures of binary files, each followed by a small version number.
fn is_index(prefix: &[u8]) -> bool {
    let Some((magic, version)) = prefix.get(..8).map(|head| head.split_at(4)) else {
        return false;
    };
    match magic {
        b"\xfftOc" | b"RIDX" | b"DIRC" | b"MTME" => {
            version[..3] == [0; 3] && (1..=4).contains(&version[3])
        }
        b"BITM" => version[0] == 0 && version[1] == 1,
        b"CGPH" | b"MIDX" => (1..=2).contains(&version[0]) && (1..=2).contains(&version[1]),
        _ => false,
    }
}

/// Files that git writes with words of its own.
fn is_setting(text: &str) -> bool {
    let begins = [
        "[core]\n\trepositoryformatversion",
        "Unnamed repository; edit this file",
        "# git ls-files --others --exclude-from",
        "# pack-refs with:",
        "P pack-",
    ];
    begins.iter().any(|begin| text.starts_with(begin))
        || text.starts_with("#!") && hook_comment(text)
}

/// The comment at the head of git's own sample hooks.
fn hook_comment(text: &str) -> bool {
    text.contains("\n# An example hook script")
        || text.contains("\n# The \"pre-rebase\" hook is run")
}

/// `HEAD`, references, their logs, `info/refs`, `alternates`.
fn is_reference(text: &str, length: usize) -> bool {
    let Some(line) = text.lines().next() else { return false };
    let one_line = line.len() + 1 >= length;
    if let Some(target) = line.strip_prefix("ref: ") {
        return one_line && target.starts_with("refs/");
    }
    if line.ends_with("/objects") {
        return text.lines().all(|line| line.ends_with("/objects"));
    }
    let (name, rest) = line.split_at(line.bytes().take_while(u8::is_ascii_hexdigit).count());
    if !matches!(name.len(), 40 | 64) {
        return false;
    }
    // A log's line: old name, new name, who, when.
    let is_log = || {
        let rest = rest.strip_prefix(' ').unwrap_or_default();
        let new = rest.split(' ').next().unwrap_or_default();
        new.len() == name.len() && new.bytes().all(|b| b.is_ascii_hexdigit()) && rest.contains('>')
    };
    one_line && rest.is_empty() || rest.starts_with("\trefs/") || is_log()
}

#[cfg(test)]
mod tests {
    use crate::lines::testing::read;
    use crate::registry::sniff;

    #[test]
    fn git_writes_no_evidence_of_its_own() {
        let name = "0123456789abcdef0123456789abcdef01234567";
        let other = "76543210fedcba9876543210fedcba9876543210";
        let files: [Vec<u8>; 12] = [
            b"ref: refs/heads/master\n".to_vec(),
            format!("{name}\n").into_bytes(),
            format!("{name}\trefs/heads/master\n{other}\trefs/heads/x\n").into_bytes(),
            format!("{name} {other} Ann <a@b.example> 1700000000 +0000\tcommit: x\n").into_bytes(),
            b"# pack-refs with: peeled fully-peeled sorted \n".to_vec(),
            b"[core]\n\trepositoryformatversion = 0\n\tbare = true\n".to_vec(),
            b"Unnamed repository; edit this file 'description' to name the repository.\n".to_vec(),
            b"#!/bin/sh\n#\n# An example hook script to check the commit log message\n".to_vec(),
            b"../../git/0.git/objects\n../../git/1.git/objects\n".to_vec(),
            b"\xfftOc\0\0\0\x02\0\0\0\0".to_vec(),
            b"DIRC\0\0\0\x02\0\0\0\x01".to_vec(),
            b"CGPH\x01\x01\x03\0".to_vec(),
        ];
        for file in files {
            let (format, records, anomalies) = read(&file);
            assert_eq!(format, Some("git"), "{}", String::from_utf8_lossy(&file));
            assert_eq!((records.len(), anomalies.len()), (0, 0));
        }
    }

    #[test]
    fn what_only_looks_like_it_is_left_alone() {
        for file in [
            &b"0123456789abcdef0123456789abcdef01234567\nand more\n"[..],
            b"ref: refs/heads/master\nand more\n",
            b"#!/bin/sh\necho hello\n",
            b"DIRC of a letter",
            b"",
        ] {
            assert!(sniff(file).is_none(), "{}", String::from_utf8_lossy(file));
        }
    }
}
