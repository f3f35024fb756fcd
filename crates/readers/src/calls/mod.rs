//! Call detail records of telephone exchanges.

mod asterisk;

use crate::registry::Format;

/// Asterisk's `Master.csv` (cdr_csv) and CSV exports of its `cdr` database table.
pub const ASTERISK_CDR: Format =
    Format { name: "asterisk-cdr", sniff: asterisk::sniff, read: asterisk::read };

#[cfg(test)]
mod tests;
