//! The few fields of MISP galaxy clusters that are facts.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::{Alias, Assessment};

/// A cluster file.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Cluster {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) version: u64,
    pub(super) values: Vec<Entry>,
}

/// One value of a cluster.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Entry {
    value: String,
    #[serde(default)]
    uuid: String,
    #[serde(default)]
    meta: BTreeMap<String, Value>,
}

impl Entry {
    /// The value itself; some lists have stray white space.
    pub(super) fn name(&self) -> String {
        self.value.trim().to_owned()
    }

    /// A meta field that is one text.
    pub(super) fn text(&self, key: &str) -> String {
        self.texts(key).into_iter().next().unwrap_or_default()
    }

    /// A meta field that is one text or a list of texts.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        let values: &[Value] = match self.meta.get(key) {
            Some(Value::Array(values)) => values,
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        values
            .iter()
            .filter_map(Value::as_str)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
            .collect()
    }

    pub(super) fn uuid(&self) -> &str {
        &self.uuid
    }

    /// Synonyms with who uses them: `origin:NAME` fields, and `name-attribution` (`NAME:uuid`)
    /// where the producers' cluster names the uuid.
    pub(super) fn aliases(&self, producers: &BTreeMap<String, String>) -> Vec<Alias> {
        let attributed = self.texts("name-attribution");
        let mut names: BTreeSet<String> = self.texts("synonyms").into_iter().collect();
        names.remove(self.value.trim());
        names
            .into_iter()
            .filter(|name| !is_attack_id(name))
            .map(|name| {
                let mut used_by = self.texts(&format!("origin:{name}"));
                used_by.extend(attributed.iter().filter_map(|entry| {
                    let (alias, uuid) = entry.rsplit_once(':')?;
                    (alias == name).then(|| producers.get(uuid).cloned()).flatten()
                }));
                used_by.sort();
                used_by.dedup();
                Alias { name, used_by }
            })
            .collect()
    }

    /// ATT&CK group ids this entry states itself: among its names or as a reference.
    pub(super) fn attack_ids(&self) -> BTreeSet<String> {
        let attributed = self.texts("name-attribution");
        let named = attributed.iter().filter_map(|entry| entry.rsplit_once(':').map(|(n, _)| n));
        let synonyms = self.texts("synonyms");
        let refs = self.texts("refs");
        let linked = refs.iter().filter_map(|url| {
            let (_, rest) = url.split_once("attack.mitre.org/groups/")?;
            rest.split('/').next()
        });
        named
            .chain(synonyms.iter().map(String::as_str))
            .chain(linked)
            .filter(|id| is_attack_id(id))
            .map(str::to_owned)
            .collect()
    }

    /// What the entry says others assess of the actor's state.
    pub(super) fn assessments(&self, by: &str) -> Vec<Assessment> {
        let stated = |kind: &str, values: Vec<String>| {
            values
                .into_iter()
                .map(|value| Assessment { by: by.to_owned(), kind: kind.to_owned(), value })
                .collect::<Vec<_>>()
        };
        let mut all = stated("state-sponsor", self.texts("cfr-suspected-state-sponsor"));
        all.extend(stated("country", self.texts("country")));
        all
    }
}

/// `G0128`.
pub(super) fn is_attack_id(text: &str) -> bool {
    text.len() == 5 && text.starts_with('G') && text[1..].bytes().all(|b| b.is_ascii_digit())
}
