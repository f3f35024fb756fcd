//! The UK Sanctions List (Foreign, Commonwealth and Development Office), as CSV and XML, and
//! OFSI's consolidated list, whose CSV has the same columns of names.
//!
//! A name stands in up to six parts: `Name 6` is the family name or the whole name of an
//! entity, `Name 1` to `Name 5` the given ones. The unique id (`CYB0044`) names the regime.

use super::tables::Rows;
use super::{Entries, ListError, Loaded, fill, xml};

const LIST: &str = "UK";

/// Whether a text's head is such a table.
pub(super) fn is_csv(head: &str) -> bool {
    head.lines().take(3).any(|line| {
        let line = line.to_lowercase();
        line.contains("name 6") && line.contains("name 1")
    })
}

pub(super) fn csv(text: &str) -> Loaded {
    let table = Rows::read(text, b',', &["Name 6", "Name 1"]);
    let mut entries = Entries::default();
    for row in &table.rows {
        let get = |column| table.get(row, column);
        let reference = [get("Unique ID"), get("UK Sanctions List Ref"), get("Group ID")]
            .into_iter()
            .find(|id| !id.is_empty());
        let Some(entry) = reference.and_then(|id| entries.entry(LIST, id)) else { continue };
        let given = ["Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name 6"].map(&get);
        entry.names.push(given.join(" "));
        entry.names.push(get("Name non-latin script").to_owned());
        entry.names.push(get("Name Non-Latin Script").to_owned());
        fill(
            &mut entry.kind,
            kind(first(&[
                get("Designation Type"),
                get("Individual, Entity, Ship"),
                get("Group Type"),
            ])),
        );
        fill(&mut entry.programme, first(&[get("Regime Name"), get("Regime")]));
        let regime = entry.programme.clone();
        fill(&mut entry.legal_act, &regime);
    }
    entries.loaded(LIST, table.problems)
}

pub(super) fn xml(text: &str) -> Result<Loaded, ListError> {
    let mut entries = Entries::default();
    let mut parts: [String; 6] = Default::default();
    let (mut names, mut reference) = (Vec::new(), String::new());
    let (mut kind_of, mut programme) = (String::new(), String::new());
    xml::walk(text, &mut |element| match element.name {
        "Name1" | "Name2" | "Name3" | "Name4" | "Name5" | "Name6" => {
            let at = element.name.as_bytes().last().map_or(0, |digit| usize::from(digit - b'1'));
            if let Some(part) = parts.get_mut(at) {
                element.text.clone_into(part);
            }
        }
        "Name" => {
            names.push(parts.join(" "));
            parts = Default::default();
        }
        "NameNonLatinScript" => names.push(element.text.to_owned()),
        "UniqueID" => element.text.clone_into(&mut reference),
        "IndividualEntityShip" => kind(element.text).clone_into(&mut kind_of),
        "RegimeName" => element.text.clone_into(&mut programme),
        "Designation" => {
            if let Some(entry) = entries.entry(LIST, &reference).filter(|_| !reference.is_empty()) {
                entry.names.append(&mut names);
                fill(&mut entry.kind, &kind_of);
                fill(&mut entry.programme, &programme);
                fill(&mut entry.legal_act, &programme);
            }
            names.clear();
            reference.clear();
            kind_of.clear();
            programme.clear();
        }
        _ => {}
    })
    .map_err(|reason| ListError::Damaged { list: LIST, reason })?;
    Ok(entries.loaded(LIST, Vec::new()))
}

fn first<'a>(values: &[&'a str]) -> &'a str {
    values.iter().copied().find(|value| !value.is_empty()).unwrap_or_default()
}

fn kind(text: &str) -> &'static str {
    match text.to_lowercase().as_str() {
        "individual" => "person",
        "entity" => "entity",
        "ship" => "vessel",
        _ => "",
    }
}
