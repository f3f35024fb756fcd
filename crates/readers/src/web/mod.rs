//! web formats.
use crate::registry::Format;
/// Format.
pub const ZEEK_TSV: Format = Format { name: "ZEEK_TSV", sniff: |_| false, read: |_, _| Ok(()) };
/// Format.
pub const ZEEK_JSON: Format = Format { name: "ZEEK_JSON", sniff: |_| false, read: |_, _| Ok(()) };
/// Format.
pub const SQUID: Format = Format { name: "SQUID", sniff: |_| false, read: |_, _| Ok(()) };
/// Format.
pub const COMBINED: Format = Format { name: "COMBINED", sniff: |_| false, read: |_, _| Ok(()) };
