//! mail formats.
use crate::registry::Format;
/// Format.
pub const MBOX: Format = Format { name: "MBOX", sniff: |_| false, read: |_, _| Ok(()) };
/// Format.
pub const EML: Format = Format { name: "EML", sniff: |_| false, read: |_, _| Ok(()) };
