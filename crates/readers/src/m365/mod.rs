//! m365 formats.
use crate::registry::Format;
/// Format.
pub const CSV: Format = Format { name: "CSV", sniff: |_| false, read: |_, _| Ok(()) };
/// Format.
pub const JSON: Format = Format { name: "JSON", sniff: |_| false, read: |_, _| Ok(()) };
