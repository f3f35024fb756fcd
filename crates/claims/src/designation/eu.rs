//! The European Union's consolidated list of financial sanctions, as XML (`<export>` with a
//! `<sanctionEntity>` each, names in attributes) and as CSV with semicolons.

use super::tables::Rows;
use super::{Entries, ListError, Loaded, fill, xml};

const LIST: &str = "EU";

/// Whether a text's head is such a table.
pub(super) fn is_csv(head: &str) -> bool {
    let line = head.lines().next().unwrap_or_default();
    line.contains("Entity_EU_ReferenceNumber") && line.contains("NameAlias_WholeName")
}

pub(super) fn csv(text: &str) -> Loaded {
    let table = Rows::read(text, b';', &["Entity_EU_ReferenceNumber", "NameAlias_WholeName"]);
    let mut entries = Entries::default();
    for row in &table.rows {
        let get = |column| table.get(row, column);
        let reference = match get("Entity_EU_ReferenceNumber") {
            "" => get("Entity_LogicalId"),
            reference => reference,
        };
        if reference.is_empty() {
            continue;
        }
        let Some(entry) = entries.entry(LIST, reference) else { break };
        entry.names.push(get("NameAlias_WholeName").to_owned());
        fill(
            &mut entry.kind,
            kind(get("Entity_SubjectType_ClassificationCode"), get("Entity_SubjectType")),
        );
        fill(&mut entry.programme, get("Entity_Regulation_Programme"));
        fill(&mut entry.legal_act, get("Entity_Regulation_NumberTitle"));
    }
    entries.loaded(LIST, table.problems)
}

pub(super) fn xml(text: &str) -> Result<Loaded, ListError> {
    let mut entries = Entries::default();
    let mut names = Vec::new();
    let (mut kind_of, mut programme, mut act) = (String::new(), String::new(), String::new());
    xml::walk(text, &mut |element| {
        let get = |name: &str| element.attributes.get(name).map(String::as_str).unwrap_or_default();
        match element.name {
            "nameAlias" => {
                let whole = get("wholeName");
                names.push(if whole.is_empty() {
                    [get("firstName"), get("middleName"), get("lastName")].join(" ")
                } else {
                    whole.to_owned()
                });
            }
            "subjectType" => kind(get("classificationCode"), get("code")).clone_into(&mut kind_of),
            "regulation" if element.path.last().is_some_and(|p| p == "sanctionEntity") => {
                get("programme").clone_into(&mut programme);
                get("numberTitle").clone_into(&mut act);
            }
            "sanctionEntity" => {
                let reference = match get("euReferenceNumber") {
                    "" => get("logicalId"),
                    reference => reference,
                };
                if let Some(entry) =
                    entries.entry(LIST, reference).filter(|_| !reference.is_empty())
                {
                    entry.names.append(&mut names);
                    fill(&mut entry.kind, &kind_of);
                    fill(&mut entry.programme, &programme);
                    fill(&mut entry.legal_act, &act);
                }
                names.clear();
                kind_of.clear();
                programme.clear();
                act.clear();
            }
            _ => {}
        }
    })
    .map_err(|reason| ListError::Damaged { list: LIST, reason })?;
    Ok(entries.loaded(LIST, Vec::new()))
}

fn kind(code: &str, word: &str) -> &'static str {
    match (code, word) {
        ("P", _) | (_, "person") => "person",
        ("E", _) | (_, "enterprise") => "entity",
        _ => "",
    }
}
