//! `roster.csv`: `person_id,name,addresses,phones,roles,groups,institution,kind,from,to,privilege,consent_ref,consent_until`.

use demarche_core::{Record, RosterEntry};

use super::cells::{Cells, TimeCell};

pub(super) fn read(cells: &mut Cells<'_, '_, '_>) {
    let person_id = cells.text("person_id");
    if person_id.is_empty() {
        cells.anomaly("no person_id");
    }
    let kind = cells.lower("kind");
    if !matches!(kind.as_str(), "" | "staff" | "linked") {
        cells.anomaly(format!("kind `{}` is neither staff nor linked", short(&kind)));
    }
    let mut consent_ref = cells.text("consent_ref");
    let consent_until = cells.to("consent_until");
    if consent_until == TimeCell::Bad {
        consent_ref.clear();
    }
    let entry = RosterEntry {
        person_id,
        name: cells.text("name"),
        addresses: cells.lower_list("addresses"),
        phones: cells.list("phones"),
        roles: cells.list("roles"),
        groups: cells.list("groups"),
        institution: cells.text("institution"),
        // Whoever is not plainly staff needs consent.
        kind: if matches!(kind.as_str(), "" | "staff") { "staff" } else { "linked" }.to_owned(),
        from: cells.from("from").or_open(),
        to: cells.to("to").or_open(),
        privilege: cells.lower("privilege"),
        consent_ref,
        consent_until: consent_until.or_open(),
        evidence: cells.evidence.clone(),
    };
    cells.record(Record::Roster(Box::new(entry)));
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
