//! OFAC's list of Specially Designated Nationals (US Treasury): `sdn.csv` and `alt.csv`,
//! which have no header line, and `sdn.xml`.
//!
//! `sdn.csv`: number, name, type, programme, and eight columns more, `-0-` for what is not
//! given; a person's name is `FAMILY, Given`. `alt.csv`: number, number of the alias, its
//! kind (`aka`), name, remarks. The number joins them.

use super::{Entries, ListError, Loaded, fill, xml};

const LIST: &str = "OFAC SDN";

/// Whether a text's head is one of the tables.
pub(super) fn is_csv(head: &str) -> bool {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(head.as_bytes());
    let Some(Ok(first)) = reader.records().next() else { return false };
    let number = first.get(0).is_some_and(|cell| cell.trim().parse::<u32>().is_ok());
    let alias = first.get(2).is_some_and(|cell| matches!(cell.trim(), "aka" | "fka" | "nka"));
    number && (first.len() == 12 || (first.len() == 5 && alias))
}

pub(super) fn csv(text: &str) -> Loaded {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut entries = Entries::default();
    let mut problems = Vec::new();
    for (at, record) in reader.records().enumerate().take(super::MOST_ENTRIES) {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                problems.push(format!("row {at}: {error}"));
                continue;
            }
        };
        let get = |at: usize| match record.get(at).unwrap_or_default().trim() {
            "-0-" => "",
            cell => cell,
        };
        // The file ends in a control character of its own.
        if get(0).parse::<u32>().is_err() {
            continue;
        }
        let Some(entry) = entries.entry(LIST, get(0)) else { break };
        if record.len() == 5 {
            entry.names.push(turned(get(3)));
        } else {
            entry.names.push(turned(get(1)));
            let kind = if get(2) == "individual" { "person" } else { get(2) };
            fill(&mut entry.kind, if kind.is_empty() { "entity" } else { kind });
            fill(&mut entry.programme, get(3));
        }
    }
    entries.loaded(LIST, problems)
}

/// `ZHAO, Guangzong` as `Guangzong ZHAO`: matching knows no order, readers do.
fn turned(name: &str) -> String {
    match name.split_once(", ") {
        Some((family, given)) if !given.contains(',') => format!("{given} {family}"),
        _ => name.to_owned(),
    }
}

pub(super) fn xml(text: &str) -> Result<Loaded, ListError> {
    let mut entries = Entries::default();
    let (mut reference, mut kind) = (String::new(), String::new());
    let (mut first, mut last) = (String::new(), String::new());
    let (mut names, mut programmes) = (Vec::new(), Vec::new());
    xml::walk(text, &mut |element| {
        let parent = element.path.last().map(String::as_str).unwrap_or_default();
        match (element.name, parent) {
            ("uid", "sdnEntry") => element.text.clone_into(&mut reference),
            ("firstName", "sdnEntry" | "aka") => element.text.clone_into(&mut first),
            ("lastName", "sdnEntry") => {
                element.text.clone_into(&mut last);
            }
            ("lastName", "aka") => element.text.clone_into(&mut last),
            ("sdnType", "sdnEntry") => {
                kind = if element.text == "Individual" {
                    "person".to_owned()
                } else {
                    element.text.to_lowercase()
                };
                // The entry's own name is complete here: aliases come behind.
                names.push(format!("{first} {last}"));
                first.clear();
                last.clear();
            }
            ("program", _) => programmes.push(element.text.to_owned()),
            ("aka", _) => {
                names.push(format!("{first} {last}"));
                first.clear();
                last.clear();
            }
            ("sdnEntry", _) => {
                if let Some(entry) =
                    entries.entry(LIST, &reference).filter(|_| !reference.is_empty())
                {
                    entry.names.append(&mut names);
                    fill(&mut entry.kind, &kind);
                    fill(&mut entry.programme, &programmes.join(", "));
                }
                names.clear();
                programmes.clear();
                reference.clear();
                first.clear();
                last.clear();
            }
            _ => {}
        }
    })
    .map_err(|reason| ListError::Damaged { list: LIST, reason })?;
    Ok(entries.loaded(LIST, Vec::new()))
}
