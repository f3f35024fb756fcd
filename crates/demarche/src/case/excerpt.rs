//! Cited bytes as they stand in the evidence, with what lies around them.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use demarche_core::id::sha256_hex;
use demarche_core::source::{Limits, Member, hash_file, list, walk};
use demarche_core::{EvidenceRef, SourceId};
use demarche_lake::Lake;

use super::CaseError;

/// Bytes of one excerpt at most: what a person looks at.
const MOST: u64 = 4 << 20;

/// A range of evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// Offset of the first byte of `bytes` in the member.
    pub from: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The cited range has the cited hash. `None` where it is longer than an excerpt.
    pub holds: Option<bool>,
}

/// The bytes that `cited` cites with `around` bytes on either side; only `source`,
/// `path`, `offset`, `length` and `sha256` of it are looked at.
///
/// # Errors
/// [`CaseError::Usage`] where the source is not in `evidence`, or has no such member.
pub fn excerpt(
    case: &Path,
    evidence: &[PathBuf],
    cited: &EvidenceRef,
    around: u64,
) -> Result<Excerpt, CaseError> {
    let (outer, inner) = cited.path.split_once("!/").unwrap_or((&cited.path, ""));
    let file = find(case, evidence, cited, outer)?;
    let mut found = None;
    walk(&file, "", &cited.source, &Limits::default(), &mut |member| {
        let here = member.path().split_once("!/").map_or("", |(_, inner)| inner).to_owned();
        if found.is_none() && here == inner {
            found = Some(read(member, cited, around));
        }
    })?;
    match found {
        Some(Ok(excerpt)) => Ok(excerpt),
        Some(Err(error)) => Err(CaseError::File { path: cited.path.clone(), error }),
        None => Err(CaseError::Usage {
            what: format!("`{}`: no such member in the source", cited.path),
            hint: "the reference may be of another case".to_owned(),
        }),
    }
}

/// The file that holds the source: the one of its name, else the one of its size and hash.
fn find(
    case: &Path,
    evidence: &[PathBuf],
    cited: &EvidenceRef,
    name: &str,
) -> Result<PathBuf, CaseError> {
    let sources = Lake::open(case)?.manifest().sources();
    let known = sources.iter().find(|source| source.id == cited.source.as_str());
    let known = known.ok_or_else(|| CaseError::Usage {
        what: format!("`{name}` is not among the case's sources"),
        hint: "list them with `demarche show sources`".to_owned(),
    })?;
    let mut others = Vec::new();
    for argument in evidence {
        for file in list(argument)?.0 {
            match file.display == name {
                true => return Ok(file.path),
                false if size(&file.path) == Some(known.bytes) => others.push(file.path),
                false => {}
            }
        }
    }
    for path in others {
        let hashed: SourceId = hash_file(&path)?.id;
        if hashed == cited.source {
            return Ok(path);
        }
    }
    Err(CaseError::Usage {
        what: format!("`{name}` is not at hand"),
        hint: "say where the evidence lies: `--evidence DIR`".to_owned(),
    })
}

fn size(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().map(|meta| meta.len())
}

fn read(mut member: Member<'_>, cited: &EvidenceRef, around: u64) -> io::Result<Excerpt> {
    let from = cited.offset.saturating_sub(around);
    io::copy(&mut member.by_ref().take(from), &mut io::sink())?;
    let before = cited.offset - from;
    let wanted = before.saturating_add(cited.length).saturating_add(around).min(MOST);
    let mut bytes = Vec::new();
    member.by_ref().take(wanted).read_to_end(&mut bytes)?;
    let range = usize::try_from(before).ok().zip(usize::try_from(cited.length).ok());
    let range = range.and_then(|(start, length)| Some(start..start.checked_add(length)?));
    let holds =
        range.and_then(|range| bytes.get(range)).map(|bytes| sha256_hex(bytes) == cited.sha256);
    Ok(Excerpt { from, bytes, holds })
}
