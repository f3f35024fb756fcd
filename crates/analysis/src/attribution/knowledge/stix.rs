//! The few fields of ATT&CK's STIX objects that are facts.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A document: a bundle, or one bare object.
#[derive(Deserialize)]
pub(super) struct Document {
    #[serde(default)]
    pub(super) objects: Vec<serde_json::Value>,
}

/// The union of the fields read, whatever the object's type.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Object {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) modified: String,
    #[serde(default)]
    revoked: bool,
    #[serde(default, rename = "x_mitre_deprecated")]
    deprecated: bool,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default, rename = "x_mitre_aliases")]
    software_aliases: Vec<String>,
    #[serde(default)]
    pub(super) external_references: Vec<Reference>,
    #[serde(default)]
    pub(super) relationship_type: String,
    #[serde(default)]
    pub(super) source_ref: String,
    #[serde(default)]
    pub(super) target_ref: String,
    #[serde(default)]
    pub(super) first_seen: String,
    #[serde(default)]
    pub(super) last_seen: String,
    #[serde(default, rename = "x_mitre_version")]
    pub(super) version: String,
}

/// An external reference: the ATT&CK id, an alias's source or a citation.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Reference {
    #[serde(default)]
    pub(super) source_name: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    external_id: String,
}

/// The object types whose facts are used.
pub(super) const USED: [&str; 7] = [
    "attack-pattern",
    "campaign",
    "intrusion-set",
    "malware",
    "relationship",
    "tool",
    "x-mitre-collection",
];

impl Object {
    /// Neither revoked nor deprecated.
    pub(super) fn is_current(&self) -> bool {
        !self.revoked && !self.deprecated
    }

    /// ATT&CK's own id (`G0128`), upper case.
    pub(super) fn attack_id(&self) -> Option<String> {
        self.external_references
            .iter()
            .find(|reference| is_mitre(reference) && !reference.external_id.is_empty())
            .map(|reference| reference.external_id.trim().to_uppercase())
    }

    /// Names besides the main one.
    pub(super) fn other_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .aliases
            .iter()
            .chain(&self.software_aliases)
            .map(|a| a.trim().to_owned())
            .collect();
        names.retain(|alias| !alias.is_empty() && *alias != self.name);
        names.sort();
        names.dedup();
        names
    }

    /// Citation names to the descriptions they came with.
    pub(super) fn citations(&self) -> impl Iterator<Item = (&str, &str)> {
        self.external_references
            .iter()
            .filter(|reference| !is_mitre(reference) && !reference.source_name.is_empty())
            .map(|reference| (reference.source_name.as_str(), reference.description.as_str()))
    }

    /// Alias to the citations its reference names: `(Citation: A)(Citation: B)`.
    pub(super) fn alias_sources(&self) -> BTreeMap<&str, Vec<String>> {
        self.citations().map(|(name, text)| (name, cited_in(text))).collect()
    }
}

fn is_mitre(reference: &Reference) -> bool {
    matches!(
        reference.source_name.as_str(),
        "mitre-attack" | "mitre-mobile-attack" | "mitre-ics-attack"
    )
}

/// The names inside `(Citation: ...)`.
fn cited_in(text: &str) -> Vec<String> {
    text.split("(Citation:")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(name, _)| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}
