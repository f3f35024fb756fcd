//! The files that a hunt is steered by, read and compiled.

use std::path::{Path, PathBuf};

use demarche_core::id::{sha256_hex, short_hash};
use demarche_core::source::list;
use demarche_core::{Anomaly, EvidenceRef, SourceId};
use demarche_detect::indicators::{Indicators, Warninglists};
use demarche_detect::sigma::{Rejected, RuleSet};
use demarche_detect::yara::Signatures;

use super::Request;
use crate::case::CaseError;
use crate::case::query::read_steering;

/// What a hunt looks for.
pub(super) struct Knowledge {
    pub(super) rules: Option<RuleSet>,
    pub(super) signatures: Option<Signatures>,
    pub(super) indicators: Vec<Indicators>,
    pub(super) indicator_digest: String,
    pub(super) warninglist_digest: String,
    /// What warninglists took off.
    pub(super) anomalies: Vec<Anomaly>,
    pub(super) unusable: Vec<Rejected>,
    pub(super) problems: Vec<String>,
    /// Every file named, for the custody log: name and SHA-256.
    pub(super) files: Vec<String>,
}

impl Knowledge {
    pub(super) fn read(request: &Request) -> Result<Self, CaseError> {
        let mut all = Self {
            rules: None,
            signatures: None,
            indicators: Vec::new(),
            indicator_digest: String::new(),
            warninglist_digest: String::new(),
            anomalies: Vec::new(),
            unusable: Vec::new(),
            problems: Vec::new(),
            files: Vec::new(),
        };
        let named =
            !request.rules.is_empty() || !request.yara.is_empty() || !request.indicators.is_empty();
        if !named {
            all.rules = Some(RuleSet::shipped());
        } else if !request.rules.is_empty() {
            let documents = all.texts(&request.rules, &["yml", "yaml"])?;
            all.rules = Some(RuleSet::load(&documents));
        }
        if !request.yara.is_empty() {
            let files = all.files(&request.yara, &["yar", "yara"])?;
            let signatures = Signatures::compile(&files);
            // A file named alone that gives no rule is a mistake of whoever named it.
            if let (true, Some(first)) = (signatures.is_empty(), signatures.rejected().first()) {
                return Err(CaseError::Rules {
                    path: first.path.clone(),
                    reason: first.reason.clone(),
                });
            }
            all.signatures = Some(signatures);
        }
        all.lists(request)?;
        Ok(all)
    }

    /// Files under `paths`: those of a folder by their endings, a file named itself
    /// whatever its name.
    fn files(
        &mut self,
        paths: &[PathBuf],
        endings: &[&str],
    ) -> Result<Vec<(String, Vec<u8>)>, CaseError> {
        let mut files = Vec::new();
        for path in paths {
            let folder = path.is_dir();
            let (found, unreadable) = list(path)?;
            self.problems.extend(unreadable);
            for file in found {
                let ending = Path::new(&file.display).extension().map(|e| e.to_ascii_lowercase());
                let wanted =
                    endings.iter().any(|wanted| ending.as_deref() == Some(wanted.as_ref()));
                if folder && !wanted {
                    continue;
                }
                let bytes = read_steering(&file.path)?;
                self.files.push(format!("{} sha256:{}", file.display, sha256_hex(&bytes)));
                files.push((file.display, bytes));
            }
        }
        if files.is_empty() {
            let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            return Err(CaseError::Usage {
                what: format!("no rule file in {}", shown.join(", ")),
                hint: format!("files that end in {} are read", endings.join(" or ")),
            });
        }
        Ok(files)
    }

    fn texts(
        &mut self,
        paths: &[PathBuf],
        endings: &[&str],
    ) -> Result<Vec<(String, String)>, CaseError> {
        let files = self.files(paths, endings)?.into_iter();
        Ok(files
            .map(|(name, bytes)| (name, String::from_utf8_lossy(&bytes).into_owned()))
            .collect())
    }

    fn lists(&mut self, request: &Request) -> Result<(), CaseError> {
        let mut hashes = Vec::new();
        let mut sources = Vec::new();
        for path in &request.indicators {
            let bytes = read_steering(path)?;
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            let hash = sha256_hex(&bytes);
            self.files.push(format!("{name} sha256:{hash}"));
            let (list, problems) = Indicators::parse(&name, &bytes);
            self.problems.extend(problems);
            self.indicators.push(list);
            sources.push((name, hash.clone()));
            hashes.push(hash);
        }
        hashes.sort();
        self.indicator_digest = short_hash(&[hashes.join(",").as_bytes()]);
        let Some(folder) = &request.warninglists else { return Ok(()) };
        let files = self.files(std::slice::from_ref(folder), &["json"])?;
        let mut warninglists = Warninglists::default();
        let mut digests = Vec::new();
        for (name, bytes) in &files {
            digests.push(sha256_hex(bytes));
            // MISP's own repository keeps schemas and tools beside the lists.
            if name == "list.json" || name.ends_with("/list.json") || files.len() == 1 {
                self.problems.extend(warninglists.add(name, bytes));
            }
        }
        if warninglists.is_empty() {
            self.problems.push(format!("`{}`: no warninglist in it", folder.display()));
        }
        digests.sort();
        self.warninglist_digest = short_hash(&[digests.join(",").as_bytes()]);
        for list in &mut self.indicators {
            for off in list.take_off(&warninglists) {
                let hash = sources.iter().find(|(name, _)| *name == off.from);
                let source = hash.map(|(_, hash)| format!("sha256:{hash}")).unwrap_or_default();
                self.anomalies.push(Anomaly {
                    evidence: EvidenceRef {
                        source: SourceId::from_stored(source),
                        path: off.from,
                        ..EvidenceRef::default()
                    },
                    reader: "warninglist".to_owned(),
                    reason: format!(
                        "`{}` is on the warninglist `{}`: not looked for",
                        off.value, off.list
                    ),
                });
            }
        }
        Ok(())
    }
}
