//! The contract's tables: roster, coverage, context.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use crate::cloud::App;
use crate::net::Networks;
use crate::people::People;
use crate::time::{self, DAY};
use crate::truth::Line;

fn stamp(time: Option<i64>) -> String {
    time.map(time::rfc3339).unwrap_or_default()
}

fn write(path: &Path, header: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let mut out = csv::Writer::from_path(path).map_err(io::Error::other)?;
    out.write_record(header).map_err(io::Error::other)?;
    for row in rows {
        out.write_record(row).map_err(io::Error::other)?;
    }
    out.flush()
}

/// Writes `roster.csv`.
///
/// # Errors
///
/// Where the file cannot be written.
pub fn roster(people: &People, path: &Path) -> io::Result<()> {
    let mut rows = vec![];
    for (at, person) in people.people.iter().enumerate() {
        let (kind, role) = match person.linked {
            Some((of, _)) => ("linked", format!("{} of {}", person.role, people.people[of].id)),
            None => ("staff", person.role.clone()),
        };
        // Consent is judged on the day of ingest, which no world can know:
        // it is open-ended.
        let until = String::new();
        rows.push(vec![
            person.id.clone(),
            person.name.clone(),
            person.address.clone(),
            person.phone.clone(),
            role,
            people.groups_of(at).join(";"),
            people.institutions[person.institution].name.clone(),
            kind.to_owned(),
            stamp(person.from),
            stamp(person.to),
            person.privilege.to_owned(),
            person.consent.clone(),
            until,
        ]);
    }
    write(
        path,
        &[
            "person_id",
            "name",
            "addresses",
            "phones",
            "roles",
            "groups",
            "institution",
            "kind",
            "from",
            "to",
            "privilege",
            "consent_ref",
            "consent_until",
        ],
        &rows,
    )
}

/// Copies a roster without the groups that the waves of a truth aimed at.
///
/// # Errors
///
/// Where the roster is no table or cannot be written.
pub fn hide_groups(lines: &[Line], roster: impl io::Read, out: impl io::Write) -> io::Result<()> {
    let aimed: BTreeSet<&str> = lines
        .iter()
        .filter_map(|l| if let Line::Wave(w) = l { Some(w.group.as_str()) } else { None })
        .collect();
    let mut reader = csv::Reader::from_reader(roster);
    let mut out = csv::Writer::from_writer(out);
    let header = reader.headers().map_err(io::Error::other)?.clone();
    let column = header.iter().position(|name| name == "groups");
    out.write_record(&header).map_err(io::Error::other)?;
    for row in reader.records() {
        let row = row.map_err(io::Error::other)?;
        let kept: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(at, value)| {
                if Some(at) != column {
                    return value.to_owned();
                }
                value.split(';').filter(|g| !aimed.contains(g)).collect::<Vec<_>>().join(";")
            })
            .collect();
        out.write_record(&kept).map_err(io::Error::other)?;
    }
    out.flush()
}

/// Writes `coverage.csv`.
///
/// # Errors
///
/// Where the file cannot be written.
pub fn coverage(people: &People, path: &Path) -> io::Result<()> {
    let to = time::rfc3339(people.to);
    let row = |source: &str, account: &str, from: i64, note: &str| {
        vec![
            source.to_owned(),
            account.to_owned(),
            time::rfc3339(from.max(people.from)),
            to.clone(),
            note.to_owned(),
        ]
    };
    let shorter = |days: i64| people.to - days * DAY > people.from;
    let even = !people.institutions.iter().any(|house| shorter(house.mail_days));
    let mut rows = vec![];
    if even {
        rows.push(row("mail", "", people.from, "mail archives"));
    }
    for person in &people.people[people.staff..] {
        if !even {
            rows.push(row("mail", &person.address, people.from, "private archive"));
        }
    }
    for person in &people.people[..people.staff] {
        let house = &people.institutions[person.institution];
        if !even {
            let begin = people.to - house.mail_days * DAY;
            rows.push(row("mail", &person.address, begin, "mail retention"));
        }
        let begin = people.to - house.cloud_days * DAY;
        for source in ["identity", "cloud"] {
            rows.push(row(source, &person.address, begin, "audit log retention"));
        }
        if let Some(begin) = crate::web::begin(people, person.institution) {
            rows.push(row("web", &person.address, begin, "proxy log retention"));
        }
        if matches!(house.key, "parliament" | "party") {
            rows.push(row("calls", &person.address, people.to - 300 * DAY, "call detail records"));
        }
    }
    rows.push(row(
        "record_lookups",
        "",
        people.to - crate::calls::KEPT * DAY,
        "access log of the billing system",
    ));
    write(path, &["source", "account", "from", "to", "note"], &rows)
}

/// Writes `context.csv`.
///
/// # Errors
///
/// Where the file cannot be written.
pub fn context(
    seed: u64,
    people: &People,
    nets: &Networks,
    apps: &[App],
    vendors: &[String],
    path: &Path,
) -> io::Result<()> {
    let row = |kind: &str, value: String, note: &str| {
        vec![kind.to_owned(), value, String::new(), String::new(), note.to_owned()]
    };
    let mut rows = vec![];
    for (at, house) in people.institutions.iter().enumerate() {
        let start = std::net::Ipv4Addr::from(nets.all[house.net].start);
        rows.push(row("own_egress", format!("{start}/24"), &house.name));
        rows.push(row("service_account", format!("svc-backup@{}", house.domain), "nightly backup"));
        if house.key == "parliament" {
            rows.push(row(
                "gateway",
                crate::web::gateway(seed, people, nets, at),
                "mail gateway, follows links",
            ));
        }
        if house.key == "newsroom" {
            rows.push(row(
                "privacy_proxy",
                crate::web::proxy(seed, people, nets, at),
                "loads images for mail programs",
            ));
        }
        if house.key == "firm" {
            rows.push(row(
                "service_account",
                format!("svc-billing@{}", house.domain),
                "invoice runs",
            ));
        }
    }
    for vendor in vendors {
        rows.push(row("simulation_vendor", vendor.clone(), "tests of the house's own people"));
    }
    let vpns = nets.of(crate::net::NetKind::Vpn, None);
    if let Some(&vpn) = vpns.last() {
        rows.push(row(
            "vpn",
            format!("{}/20", std::net::Ipv4Addr::from(nets.all[vpn].start)),
            "allowed for travel",
        ));
    }
    for app in apps.iter().filter(|a| a.approved) {
        rows.push(row("approved_app", app.id.clone(), &app.name));
    }
    rows.push(row("approved_app", crate::dice::Dice::new(seed, "backup-app").uuid(), "backup"));
    write(path, &["kind", "value", "from", "to", "note"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_that_waves_aimed_at_are_hidden() {
        let wave = crate::truth::Wave { group: "committee:a".to_owned(), ..Default::default() };
        let roster = "person_id,groups,kind\nP1,committee:a;cause:b,staff\nP2,committee:a,staff\n";
        let mut out = vec![];
        hide_groups(&[Line::Wave(wave)], roster.as_bytes(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "person_id,groups,kind\nP1,cause:b,staff\nP2,,staff\n");
    }
}
