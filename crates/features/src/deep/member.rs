//! Members of archives: what each is, and what lies in it.

use std::io::Read as _;

use demarche_core::SourceId;
use demarche_core::source::{Limits, walk_bytes};

use super::{MAX_MEMBERS, Reader, kind};

/// Bytes of one member that are looked into.
const MAX_MEMBER: u64 = 64 << 20;

/// Lists the members of an archive, those of archives inside it too; Office files, which
/// are archives themselves, are looked into as what they are.
pub(super) fn read(reader: &mut Reader, bytes: &[u8], member: &str, depth: usize) {
    let limits = Limits {
        depth: 4,
        members: MAX_MEMBERS as u64,
        ratio: 1,
        floor: reader.left,
        held: MAX_MEMBER,
        object: 16 << 20,
        dictionary: 64 << 20,
    };
    let anomalies = walk_bytes(
        bytes,
        member,
        &SourceId::default(),
        &limits,
        &kind::is_office_zip,
        &mut |mut inner| {
            let mut content = Vec::new();
            let most = MAX_MEMBER.min(reader.left);
            let result = inner.by_ref().take(most + 1).read_to_end(&mut content);
            let path = inner.path().trim_start_matches("!/").to_owned();
            reader.left = reader.left.saturating_sub(content.len() as u64);
            match result {
                Ok(read) if read as u64 > most => {
                    reader.problem(&path, format!("over {most} bytes: not looked into"));
                }
                Ok(_) => reader.member(&path, &content, depth),
                Err(error) => reader.problem(&path, error.to_string()),
            }
        },
    );
    for anomaly in anomalies {
        let path = anomaly.evidence.path.trim_start_matches("!/").to_owned();
        reader.problem(&path, anomaly.reason);
    }
}
