//! The folder's outer form: a bag (RFC 8493), which archives know how to keep.
//!
//! Nothing in these files is said for the first time: each follows from the signed
//! records and from the bytes beside it, so `verify` makes them again and compares.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

pub(crate) const BAGIT: &str = "bagit.txt";
pub(crate) const INFO: &str = "bag-info.txt";
pub(crate) const MANIFEST: &str = "manifest-sha256.txt";
pub(crate) const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";

/// What `bagit.txt` says.
pub(crate) const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// What the dossier says of itself: a record of its log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Bundle {
    /// [`FORMAT`](crate::bundle::FORMAT).
    pub(crate) format: String,
    pub(crate) run_id: String,
    pub(crate) tool_version: String,
    /// The day of the run.
    pub(crate) date: String,
    pub(crate) generated_for: String,
    pub(crate) tlp: String,
    pub(crate) language: String,
    pub(crate) redacted: bool,
}

/// `bag-info.txt` of a payload of so many bytes and files.
pub(crate) fn info(bundle: &Bundle, bytes: u64, files: usize) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            // One line each: RFC 8493, 2.2.2, folds lines, which nobody needs.
            let value: String =
                value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let _ = writeln!(text, "{name}: {}", value.trim());
        }
    };
    line("Source-Organization", &bundle.generated_for);
    let what = if bundle.redacted { "redacted dossier" } else { "dossier" };
    line("External-Description", &format!("TLP:{} {what}, {}", bundle.tlp, bundle.format));
    line("External-Identifier", &bundle.run_id);
    line("Bagging-Date", &bundle.date);
    line("Bag-Software-Agent", &format!("demarche {}", bundle.tool_version));
    line("Payload-Oxum", &format!("{bytes}.{files}"));
    text
}

/// A manifest: `<hash>  <path>` a line, in the order of the paths.
pub(crate) fn manifest(hashes: &BTreeMap<&str, &str>) -> String {
    let mut text = String::new();
    for (path, hash) in hashes {
        let _ = writeln!(text, "{hash}  {path}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_begin_a_line_of_its_own() {
        let bundle = Bundle {
            generated_for: "House\nPayload-Oxum: 0.0".to_owned(),
            tlp: "RED".to_owned(),
            ..Bundle::default()
        };
        let text = info(&bundle, 12, 3);
        assert!(text.starts_with("Source-Organization: House Payload-Oxum: 0.0\n"), "{text}");
        assert!(text.ends_with("\nPayload-Oxum: 12.3\n"), "{text}");
    }
}
