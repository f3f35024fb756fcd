//! `context.csv`: `kind,value,from,to,note`.

use demarche_core::portal::Portal;
use demarche_core::{ContextEntry, Record};

use super::cells::Cells;

/// The value is the shape of a request that is a look-up of call records.
pub const LOOKUP_PORTAL: &str = "lookup_portal";

const KINDS: [&str; 8] = [
    "own_egress",
    "vpn",
    "gateway",
    "privacy_proxy",
    "simulation_vendor",
    "service_account",
    "approved_app",
    LOOKUP_PORTAL,
];

/// One entry for each value of a cell with several.
pub(super) fn read(cells: &mut Cells<'_, '_, '_>) {
    let kind = cells.lower("kind");
    if !KINDS.contains(&kind.as_str()) {
        let shown: String = kind.chars().take(40).collect();
        cells.anomaly(format!("kind `{shown}` is not one of {}", KINDS.join(", ")));
    }
    let values = cells.lower_list("value");
    if values.is_empty() {
        cells.anomaly("no value");
    }
    let (from, to) = (cells.from("from").or_open(), cells.to("to").or_open());
    for value in values {
        if kind == LOOKUP_PORTAL
            && let Err(reason) = Portal::parse(&value)
        {
            cells.anomaly(reason);
        }
        let entry = ContextEntry {
            kind: kind.clone(),
            value,
            from,
            to,
            note: cells.text("note"),
            evidence: cells.evidence.clone(),
        };
        cells.record(Record::Context(Box::new(entry)));
    }
}
