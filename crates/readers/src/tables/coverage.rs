//! `coverage.csv`: `source,account,from,to,note`.

use demarche_core::{CoverageEntry, Record};

use super::cells::Cells;

const SOURCES: [&str; 6] = ["mail", "identity", "cloud", "web", "calls", "record_lookups"];

pub(super) fn read(cells: &mut Cells<'_, '_, '_>) {
    let source = cells.lower("source");
    if !SOURCES.contains(&source.as_str()) {
        let shown: String = source.chars().take(40).collect();
        cells.anomaly(format!("source `{shown}` is not one of {}", SOURCES.join(", ")));
    }
    let entry = CoverageEntry {
        source,
        account: cells.lower("account"),
        from: cells.from("from").or_open(),
        to: cells.to("to").or_open(),
        inferred: false,
        note: cells.text("note"),
        evidence: Some(cells.evidence.clone()),
    };
    cells.record(Record::Coverage(Box::new(entry)));
}
