//! tables formats.
use crate::registry::Format;
/// Format.
pub const ROSTER: Format = Format { name: "ROSTER", sniff: |_| false, read: |_, _| Ok(()) };
/// Format.
pub const COVERAGE: Format = Format { name: "COVERAGE", sniff: |_| false, read: |_, _| Ok(()) };
/// Format.
pub const CONTEXT: Format = Format { name: "CONTEXT", sniff: |_| false, read: |_, _| Ok(()) };
/// Format.
pub const RECORD_LOOKUPS: Format =
    Format { name: "RECORD_LOOKUPS", sniff: |_| false, read: |_, _| Ok(()) };
/// Format.
pub const NETWORKS: Format = Format { name: "NETWORKS", sniff: |_| false, read: |_, _| Ok(()) };
