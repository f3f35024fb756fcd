//! Where a statement's bytes are.

use serde::{Deserialize, Serialize};

use crate::SourceId;

/// The place of a record whose format is not a plain run of bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Locator {
    /// Zero-based data row (CSV) or array element (JSON).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// Node id of a message in a PST (MS-PST 2.2.2.1). The range cited beside it is the
    /// node's own data block as it stands in the file: its properties, not its subnodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pst_node: Option<u64>,
}

/// A cited range of evidence: what `verify` opens again.
///
/// `path` is for display and for finding the member inside its source
/// (`a.zip!/mail/b.mbox`); `offset` and `length` count bytes of the decompressed
/// member; `sha256` is of the cited bytes, so that a withheld source can still
/// be matched to an excerpt. Ordered by source, path, offset.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EvidenceRef {
    /// The outer file's SHA-256.
    pub source: SourceId,
    /// Display path: relative to the evidence argument, members after `!/`.
    pub path: String,
    /// First byte in the decompressed member.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
    /// Where the format needs more than a byte range to find the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locator: Option<Locator>,
    /// Lower-case hex SHA-256 of the cited bytes.
    pub sha256: String,
}
