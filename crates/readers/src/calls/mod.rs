//! calls formats.
use crate::registry::Format;
/// Format.
pub const ASTERISK_CDR: Format =
    Format { name: "ASTERISK_CDR", sniff: |_| false, read: |_, _| Ok(()) };
