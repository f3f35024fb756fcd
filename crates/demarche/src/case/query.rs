//! Questions to a case or straight to evidence, and the files that steer a run.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use demarche_analysis::attribution::Knowledge;
use demarche_analysis::attribution::knowledge::Counts;
use demarche_core::id::short_hash;
use demarche_core::source::{Limits, hash_file, list, walk};
use demarche_core::{Event, Fetch, Finding, Observable, RecordLookup, RosterEntry};
use demarche_detect::indicators::Indicators;
use demarche_detect::sigma::RuleSet;
use demarche_lake::{Format, Lake, Session, TABLES, Table, Writer};

use super::{CaseError, ingest, numbers};

/// The largest rule, indicator or knowledge file that is read.
const STEERING_BYTES: u64 = 256 << 20;

/// The table of this name.
///
/// # Errors
/// [`CaseError::Usage`] with the names there are.
pub fn table(name: &str) -> Result<&'static Table, CaseError> {
    TABLES.iter().find(|table| table.name == name).ok_or_else(|| {
        let names: Vec<_> = TABLES.iter().map(|table| table.name).collect();
        CaseError::Usage {
            what: format!("there is no table `{name}`"),
            hint: format!("tables: {}", names.join(", ")),
        }
    })
}

/// Prints a table of the contract in its order; of `messages` and `occurrences`, where
/// `words` says so, those whose words the text index finds.
///
/// # Errors
/// No such table, no case, words for a table without any, or what the output says.
pub fn show(
    case: &Path,
    name: &str,
    words: Option<&str>,
    format: Format,
    width: usize,
    out: &mut dyn Write,
) -> Result<(), CaseError> {
    let table = table(name)?;
    let rows = match words {
        None => format!("SELECT * FROM {name}"),
        Some(words) if ["messages", "occurrences"].contains(&name) => {
            complete_text(case)?;
            let words = words.replace('\'', "''");
            format!(
                "SELECT * FROM {name} WHERE message_uid IN \
                 (SELECT message_uid FROM text_search('{words}'))"
            )
        }
        Some(_) => {
            return Err(CaseError::Usage {
                what: format!("`{name}` has no words to search"),
                hint: "words are looked for in `messages` and `occurrences`".to_owned(),
            });
        }
    };
    let session = super::session(case)?;
    log_calls(case, &[name.to_owned()], &format!("show {name}"))?;
    let sql = match format {
        // The order may name columns that the short form leaves out.
        Format::Text => format!("SELECT {} FROM ({rows}) ORDER BY {}", table.short, table.order),
        _ => format!("{rows} ORDER BY {}", table.order),
    };
    Ok(session.write(&sql, format, width, out)?)
}

/// Makes the text index of units that have none: it was deleted, or an older program made
/// the case.
pub(crate) fn complete_text(case: &Path) -> Result<(), CaseError> {
    if !Lake::open(case)?.units_without_text().is_empty() {
        Writer::open(case)?.complete_text()?;
    }
    Ok(())
}

/// Answers any reading query, over the case's tables or straight over evidence files
/// (`select ... from 'archive.mbox'`), which are read for this query alone.
///
/// # Errors
/// A query that is not one, a file that cannot be read, or what the output says.
pub fn sql(
    case: Option<&Path>,
    query: &str,
    format: Format,
    width: usize,
    out: &mut dyn Write,
) -> Result<(), CaseError> {
    if query.contains("text_search") {
        match case {
            Some(case) => complete_text(case)?,
            None => {
                return Err(CaseError::Usage {
                    what: "`text_search` asks the index of a case".to_owned(),
                    hint: "name it with --case DIR".to_owned(),
                });
            }
        }
    }
    let scratch = Scratch::new("sql")?;
    let session = match case {
        Some(case) => super::session(case)?,
        None => {
            drop(Writer::open(&scratch.dir.join("case"))?);
            super::session(&scratch.dir.join("case"))?
        }
    };
    let mut named = session.relations(query)?;
    let mut attached: Vec<(String, PathBuf)> = Vec::new();
    for (index, name) in session.unknown_relations(query)?.into_iter().enumerate() {
        let path = PathBuf::from(&name);
        if !path.exists() {
            return Err(CaseError::Usage {
                what: format!("`{name}` is neither a table nor a file"),
                hint:
                    "tables are listed by `demarche show --help`; a file is quoted: from 'a.mbox'"
                        .to_owned(),
            });
        }
        let dir = scratch.dir.join(index.to_string());
        // Beside a case, numbers are hashed under its key, so that they join; alone, nothing
        // of them is kept.
        let key = case.map(numbers::read).transpose()?.flatten();
        if let Some(key) = &key {
            numbers::write(&dir, key)?;
        }
        let request = ingest::Request {
            evidence: vec![path],
            plain_numbers: key.is_none(),
            ..ingest::Request::default()
        };
        ingest::ingest(&dir, &request, &|_| {})?;
        attached.push((name, dir));
    }
    // A roster among the files says whom to withhold in the others, as the case's does.
    let mut roster = case.map(super::roster).transpose()?.unwrap_or_default();
    for (_, dir) in &attached {
        roster.extend(super::roster(dir)?);
    }
    for (name, dir) in &attached {
        let table = largest_table(dir)?;
        session.attach(name, &super::session_with(dir, case.unwrap_or(dir), &roster)?, table)?;
        named.push(table.to_owned());
    }
    if let Some(case) = case {
        log_calls(case, &named, query)?;
    }
    Ok(session.write(query, format, width, out)?)
}

/// Notes a query over call records in the custody log: who asked, when, and what.
pub(crate) fn log_calls(case: &Path, tables: &[String], query: &str) -> Result<(), CaseError> {
    let of_calls = |name: &&String| {
        let name = name.trim_start_matches("records_");
        name.eq_ignore_ascii_case("calls") || name.eq_ignore_ascii_case("record_lookups")
    };
    let asked: std::collections::BTreeSet<&String> = tables.iter().filter(of_calls).collect();
    if !asked.is_empty() {
        let detail = serde_json::json!({ "tables": asked, "query": query });
        super::custody(case).append("query call records", detail)?;
    }
    Ok(())
}

/// What a file mostly holds.
fn largest_table(case: &Path) -> Result<&'static str, CaseError> {
    let manifest = Lake::open(case)?.manifest().clone();
    let kinds = [
        "messages",
        "events",
        "fetches",
        "calls",
        "record_lookups",
        "roster",
        "coverage",
        "context",
        "networks",
        "passive_dns",
        "registrations",
    ];
    let largest = kinds.iter().map(|kind| (manifest.read(kind), *kind)).max_by_key(|(n, _)| *n);
    Ok(largest.filter(|(n, _)| *n > 0).map_or("anomalies", |(_, kind)| kind))
}

/// A folder of our own that goes away with what it was made for.
pub(super) struct Scratch {
    dir: PathBuf,
}

impl Scratch {
    pub(super) fn new(what: &str) -> Result<Self, CaseError> {
        let dir = std::env::temp_dir().join(format!("demarche-{what}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).map_err(|error| file_error(&dir, error))?;
        Ok(Self { dir })
    }

    pub(super) fn path(&self) -> &Path {
        &self.dir
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn file_error(path: &Path, error: std::io::Error) -> CaseError {
    CaseError::File { path: path.display().to_string(), error }
}

/// Reads a file that the user named to steer a run; bounded.
pub(crate) fn read_steering(path: &Path) -> Result<Vec<u8>, CaseError> {
    #[allow(clippy::disallowed_methods)] // not evidence: a file that the user steers us with
    let file = File::open(path).map_err(|error| file_error(path, error))?;
    let mut bytes = Vec::new();
    file.take(STEERING_BYTES).read_to_end(&mut bytes).map_err(|error| file_error(path, error))?;
    Ok(bytes)
}

/// The knowledge file that the user named, or the one shipped.
///
/// # Errors
/// [`CaseError::Knowledge`] for one that is none.
pub fn knowledge(path: Option<&Path>) -> Result<Knowledge, CaseError> {
    let (name, read) = match path {
        None => ("shipped".to_owned(), Knowledge::shipped()),
        Some(path) => (path.display().to_string(), Knowledge::from_json(&read_steering(path)?)),
    };
    read.map_err(|error| CaseError::Knowledge { path: name, reason: error.to_string() })
}

/// Builds a knowledge file from ATT&CK STIX and MISP galaxy files, in any containers.
/// Returns it with what was used and passed over, and what could not be read.
///
/// # Errors
/// What the files say.
pub fn build_knowledge(files: &[PathBuf]) -> Result<(Knowledge, Counts, Vec<String>), CaseError> {
    let mut builder = demarche_analysis::attribution::Builder::default();
    let mut problems = Vec::new();
    for argument in files {
        let (found, unreadable) = list(argument)?;
        problems.extend(unreadable);
        for file in found {
            let hashed = hash_file(&file.path)?;
            let anomalies =
                walk(&file.path, &file.display, &hashed.id, &Limits::default(), &mut |member| {
                    let path = member.path().to_owned();
                    let mut bytes = Vec::new();
                    match member.take(STEERING_BYTES).read_to_end(&mut bytes) {
                        Ok(_) => {
                            builder.add(&path, &bytes);
                        }
                        Err(error) => problems.push(format!("{path}: {error}")),
                    }
                })?;
            problems.extend(
                anomalies.into_iter().map(|a| format!("{}: {}", a.evidence.path, a.reason)),
            );
        }
    }
    let (built, counts) = builder.finish().map_err(|error| CaseError::Knowledge {
        path: files.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(", "),
        reason: error.to_string(),
    })?;
    Ok((built, counts, problems))
}

/// Rules for a run: our own, and those of a folder.
pub(super) struct Rules {
    sets: Vec<RuleSet>,
    pub(super) digest: String,
    pub(super) problems: Vec<String>,
}

impl Rules {
    /// What the rules match.
    pub(super) fn findings(
        &self,
        events: &[Event],
        fetches: &[Fetch],
        lookups: &[RecordLookup],
        roster: &[RosterEntry],
    ) -> Vec<Finding> {
        let sets: Vec<&RuleSet> = self.sets.iter().collect();
        let records = super::hunt::asked::asked(&sets, fetches, lookups, roster);
        sets.iter().flat_map(|set| set.findings(events.iter().chain(&records))).collect()
    }
}

/// Our own rules, and those of a folder.
pub(super) fn rules(folder: Option<&Path>) -> Result<Rules, CaseError> {
    let mut sets = vec![RuleSet::shipped()];
    if let Some(folder) = folder {
        let mut documents: Vec<(String, String)> = Vec::new();
        for file in list(folder)?.0 {
            if file.display.ends_with(".yml") || file.display.ends_with(".yaml") {
                let bytes = read_steering(&file.path)?;
                documents.push((file.display, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
        sets.push(RuleSet::load(&documents));
    }
    let fingerprints: Vec<&[u8]> = sets.iter().map(|set| set.fingerprint().as_bytes()).collect();
    let digest = short_hash(&fingerprints);
    let problems = sets
        .iter()
        .flat_map(RuleSet::rejected)
        .map(|rule| format!("rule `{}`: {}", rule.path, rule.reason))
        .collect();
    Ok(Rules { sets, digest, problems })
}

/// Indicators for a run.
pub(super) struct IndicatorLists {
    lists: Vec<Indicators>,
    pub(super) digest: String,
    pub(super) problems: Vec<String>,
}

/// Indicator lists that the user named.
pub(super) fn indicators(files: &[PathBuf]) -> Result<IndicatorLists, CaseError> {
    let mut lists = Vec::new();
    let mut problems = Vec::new();
    let mut hashes = Vec::new();
    for path in files {
        let bytes = read_steering(path)?;
        hashes.push(demarche_core::id::sha256_hex(&bytes));
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let (list, bad) = Indicators::parse(&name, &bytes);
        problems.extend(bad.into_iter().map(|problem| format!("{name}: {problem}")));
        lists.push(list);
    }
    hashes.sort();
    Ok(IndicatorLists { lists, digest: short_hash(&[hashes.join(",").as_bytes()]), problems })
}

impl IndicatorLists {
    /// Matches every list against the stored observables.
    pub(super) fn findings(&self, session: &Session) -> Result<Vec<Finding>, CaseError> {
        if self.lists.is_empty() {
            return Ok(Vec::new());
        }
        let observables: Vec<Observable> = session.rows(
            r#"SELECT * FROM observables_rows ORDER BY type, value, uid, "where", evidence['source'],
               evidence['path'], evidence['offset']"#,
        )?;
        Ok(self.lists.iter().flat_map(|list| list.matches(&observables)).collect())
    }
}
