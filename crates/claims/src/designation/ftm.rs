//! FollowTheMoney entities, one JSON object a line: people, organisations and the sanctions
//! that name them (<https://followthemoney.tech>).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Entries, ListError, Loaded, fill};

const LIST: &str = "FollowTheMoney";
/// Schemata that can be designated.
const NAMED: [&str; 8] = [
    "Person",
    "Organization",
    "Company",
    "LegalEntity",
    "PublicBody",
    "Vessel",
    "Airplane",
    "Thing",
];

#[derive(Deserialize)]
struct Entity {
    #[serde(default)]
    id: String,
    #[serde(default)]
    schema: String,
    #[serde(default)]
    properties: BTreeMap<String, Vec<serde_json::Value>>,
}

impl Entity {
    fn texts(&self, property: &str) -> Vec<String> {
        let values = self.properties.get(property).map(Vec::as_slice).unwrap_or_default();
        values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
    }

    fn first(&self, property: &str) -> String {
        self.texts(property).into_iter().next().unwrap_or_default()
    }
}

pub(super) fn lines(text: &str) -> Result<Loaded, ListError> {
    let mut entries = Entries::default();
    let mut problems = Vec::new();
    let mut sanctions: Vec<Entity> = Vec::new();
    let mut any = false;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let entity: Entity = match serde_json::from_str(line) {
            Ok(entity) => entity,
            Err(error) => {
                problems.push(format!("line {}: {error}", number + 1));
                continue;
            }
        };
        any |= !entity.schema.is_empty();
        if entity.schema == "Sanction" {
            sanctions.push(entity);
            continue;
        }
        if !NAMED.contains(&entity.schema.as_str()) || entity.id.is_empty() {
            continue;
        }
        let Some(entry) = entries.entry(LIST, &entity.id) else { break };
        for property in ["name", "alias", "weakAlias", "previousName"] {
            entry.names.extend(entity.texts(property));
        }
        let kind = match entity.schema.as_str() {
            "Person" => "person",
            "Vessel" => "vessel",
            "Airplane" => "aircraft",
            _ => "entity",
        };
        fill(&mut entry.kind, kind);
        fill(&mut entry.programme, &entity.first("program"));
    }
    if !any {
        return Err(ListError::Unknown);
    }
    // A sanction names its entity, the authority and the authority's own reference.
    for sanction in sanctions {
        for id in sanction.texts("entity") {
            let Some(entry) = entries.by_reference.get_mut(&id) else { continue };
            let reference = sanction.first("authorityId");
            if !reference.is_empty() {
                entry.reference = reference;
            }
            let authority = sanction.first("authority");
            if !authority.is_empty() {
                entry.list = authority;
            }
            fill(&mut entry.programme, &sanction.first("program"));
            fill(&mut entry.legal_act, &sanction.first("program"));
        }
    }
    Ok(entries.loaded(LIST, problems))
}
