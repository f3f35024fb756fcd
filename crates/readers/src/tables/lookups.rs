//! `record_lookups.csv`: `time,operator,source_ip,subject_number,rows,purpose`.

use demarche_core::id::short_hash;
use demarche_core::{Record, RecordLookup};

use super::cells::{Cells, TimeCell};

const COLUMNS: [&str; 6] = ["time", "operator", "source_ip", "subject_number", "rows", "purpose"];

pub(super) fn read(cells: &mut Cells<'_, '_, '_>) {
    let fields = COLUMNS.map(|column| cells.text(column));
    let uid = short_hash(&fields.each_ref().map(|field| field.as_bytes()));
    let time = cells.from("time");
    if time == TimeCell::Empty {
        cells.anomaly("no time");
    }
    let [_, operator, source_ip, subject_number, rows, purpose] = fields;
    let count = rows.parse().unwrap_or_else(|_| {
        if !rows.is_empty() {
            cells.anomaly("rows: not a whole number");
        }
        0
    });
    let lookup = RecordLookup {
        lookup_uid: format!("l1:{uid}"),
        time: time.or_open(),
        operator,
        source_ip: source_ip.parse().map_or(source_ip, |ip: std::net::IpAddr| ip.to_string()),
        subject_number,
        rows: count,
        purpose,
        evidence: cells.evidence.clone(),
    };
    cells.record(Record::RecordLookup(Box::new(lookup)));
}
