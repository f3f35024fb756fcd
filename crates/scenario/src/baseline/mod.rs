//! Simpler methods, for comparison: what they say about a world, in the
//! contract's rows, so that the same scores hold them.
//!
//! They see what a case sees (headers, addresses, texts and audit events as
//! they are written to the evidence) and nothing of the truth. Their scores
//! are no probabilities: comparisons cut them where they raise as many false
//! alarms as the product does.

pub mod audit;
pub mod mail;

use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde_json::Value;

/// What a count is worth: one half at `half`, and 0.55 and more ("likely")
/// from a fifth above it.
#[must_use]
pub fn score(count: usize, half: f64) -> f64 {
    let n = count as f64;
    n / (n + half)
}

/// Writes rows as JSON lines to `root/method/table.jsonl`.
///
/// # Errors
///
/// Where the file cannot be written.
pub fn write(root: &Path, method: &str, table: &str, rows: &[Value]) -> io::Result<()> {
    let folder = root.join(method);
    std::fs::create_dir_all(&folder)?;
    let mut out = BufWriter::new(std::fs::File::create(folder.join(format!("{table}.jsonl")))?);
    for row in rows {
        writeln!(out, "{row}")?;
    }
    out.flush()
}
