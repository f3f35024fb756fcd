//! What others said: statements and lists kept in the case, claims proposed from them and
//! decided on by people, each set against the case's own rows.
//!
//! A file is kept by its hash under `statements/` (or `designations/`), and a decision says
//! who brought it in; claims are made from it anew with every run, so that a better reader
//! needs no second import. People's decisions are laid over what is proposed. The tables
//! that depend on decisions (`claims`, `ach`, `judgements`, `designations`) are written with
//! an analysis, and again ([`restate`]) when only decisions have changed: the run's id then
//! changes with them, and its other tables are carried over.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use demarche_analysis::attribution::{Knowledge, hypothesis};
use demarche_claims::designation::{self, Designation};
use demarche_claims::stance::{self, CaseRows};
use demarche_claims::{Gazetteer, eurepoc};
use demarche_core::id::{sha256_hex, short_hash};
use demarche_core::source::{Limits, hash_file, list, walk};
use demarche_core::{AchCell, Claim, Judgement, NamedDesignation};
use demarche_lake::{Lake, Session, TABLES, Writer};
use serde_json::json;

use super::decisions::{Decision, Decisions, head, in_force, read};
use super::{CaseError, analyse, judgements, query};

/// Kinds of decisions that this module writes.
pub(super) const IMPORT: &str = "claim_import";
pub(super) const DESIGNATIONS: &str = "designations_import";
/// Kinds of decisions on one claim.
pub(super) const CONFIRM: &str = "claim_confirm";
pub(super) const EDIT: &str = "claim_edit";
pub(super) const REJECT: &str = "claim_reject";
/// The most bytes of one list.
pub(super) const LIST_BYTES: u64 = 256 << 20;

/// What an import brought in.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// Name of each document and how many claims are proposed from it.
    pub documents: Vec<(String, usize)>,
    /// What could not be read, and why.
    pub problems: Vec<String>,
}

/// How statements are brought in.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Files and folders, in any containers.
    pub files: Vec<PathBuf>,
    /// The day they were published, where they do not say so themselves.
    pub said_on: Option<jiff::civil::Date>,
    /// Who brings them in.
    pub by: String,
    /// A knowledge file instead of the one shipped.
    pub knowledge: Option<PathBuf>,
}

/// Keeps statements in the case and notes who brought them in; makes the case when there is
/// none. Claims stand in the tables after [`restate`] or an analysis.
///
/// # Errors
/// What the files and the case say; a file that is no statement is a problem, no error.
pub fn import(case: &Path, request: &Request) -> Result<Imported, CaseError> {
    drop(Writer::open(case)?);
    let knowledge = query::knowledge(request.knowledge.as_deref())?;
    let names = Gazetteer::new(&knowledge);
    let mut imported = Imported::default();
    let files =
        members(&request.files, demarche_claims::MOST_BYTES as u64, &mut imported.problems)?;
    let mut decisions = Decisions::open(case)?;
    let held = in_force(read(case)?);
    for (name, bytes) in files {
        let said_on = request.said_on.map(|day| day.to_string()).unwrap_or_default();
        let statement = Statement { name: name.clone(), said_on };
        let claims = match statement.claims(&bytes, &names) {
            Ok((claims, problems)) => {
                let more = problems.into_iter().map(|problem| format!("{name}: {problem}"));
                imported.problems.extend(more);
                claims
            }
            Err(reason) => {
                imported.problems.push(format!("{name}: {reason}"));
                continue;
            }
        };
        let id = keep(case, "statements", &bytes)?;
        let detail = json!({ "name": statement.name, "said_on": statement.said_on });
        let known = held.iter().any(|d| d.kind == IMPORT && d.subject == id && d.detail == detail);
        if !known {
            decisions.add(&request.by, IMPORT, &id, &detail)?;
        }
        imported.documents.push((name, claims.len()));
    }
    let brought: Vec<&str> = imported.documents.iter().map(|(name, _)| name.as_str()).collect();
    super::custody(case)
        .append("claim import", json!({ "documents": brought, "by": request.by }))?;
    Ok(imported)
}

/// Keeps sanctions lists in the case.
///
/// # Errors
/// As [`import`].
pub fn import_designations(case: &Path, request: &Request) -> Result<Imported, CaseError> {
    drop(Writer::open(case)?);
    let mut imported = Imported::default();
    let files = members(&request.files, LIST_BYTES, &mut imported.problems)?;
    let mut decisions = Decisions::open(case)?;
    for (name, bytes) in files {
        match designation::load(&bytes) {
            Ok(loaded) => {
                let more = loaded.problems.into_iter().map(|problem| format!("{name}: {problem}"));
                imported.problems.extend(more);
                let id = keep(case, "designations", &bytes)?;
                let detail = json!({ "name": name, "list": loaded.list,
                    "entries": loaded.entries.len() });
                decisions.add(&request.by, DESIGNATIONS, &id, &detail)?;
                imported.documents.push((name, loaded.entries.len()));
            }
            Err(error) => imported.problems.push(format!("{name}: {error}")),
        }
    }
    Ok(imported)
}

/// Files of arguments, out of any containers, each whole.
pub(super) fn members(
    arguments: &[PathBuf],
    most: u64,
    problems: &mut Vec<String>,
) -> Result<Vec<(String, Vec<u8>)>, CaseError> {
    let mut files = Vec::new();
    for argument in arguments {
        let (found, unreadable) = list(argument)?;
        problems.extend(unreadable);
        for file in found {
            let hashed = hash_file(&file.path)?;
            let anomalies =
                walk(&file.path, &file.display, &hashed.id, &Limits::default(), &mut |member| {
                    let path = member.path().to_owned();
                    let mut bytes = Vec::new();
                    use std::io::Read as _;
                    match member.take(most + 1).read_to_end(&mut bytes) {
                        Ok(_) if bytes.len() as u64 > most => {
                            problems.push(format!("{path}: larger than {} MiB", most >> 20));
                        }
                        Ok(_) => files.push((path, bytes)),
                        Err(error) => problems.push(format!("{path}: {error}")),
                    }
                })?;
            problems.extend(
                anomalies.into_iter().map(|a| format!("{}: {}", a.evidence.path, a.reason)),
            );
        }
    }
    Ok(files)
}

/// Writes bytes under their hash; returns `sha256:...`.
pub(super) fn keep(case: &Path, folder: &str, bytes: &[u8]) -> Result<String, CaseError> {
    let id = sha256_hex(bytes);
    let folder = case.join(folder);
    let path = folder.join(&id);
    let error = |error| CaseError::File { path: path.display().to_string(), error };
    std::fs::create_dir_all(&folder).map_err(error)?;
    if !path.exists() {
        let part = folder.join(format!("{id}.part"));
        std::fs::write(&part, bytes).map_err(error)?;
        std::fs::rename(&part, &path).map_err(error)?;
    }
    Ok(format!("sha256:{id}"))
}

/// Reads what [`keep`] wrote; `None` where it has gone (a source that was forgotten).
fn kept(case: &Path, folder: &str, id: &str) -> Result<Option<Vec<u8>>, CaseError> {
    let name = id.trim_start_matches("sha256:");
    let path = case.join(folder).join(name);
    if name.len() != 64 || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) || !path.is_file() {
        return Ok(None);
    }
    let bytes = query::read_steering(&path)?;
    if sha256_hex(&bytes) == name {
        Ok(Some(bytes))
    } else {
        Err(CaseError::Decisions {
            path: path.display().to_string(),
            reason: "its bytes are not those that were imported".to_owned(),
        })
    }
}

/// A statement as its import notes it.
struct Statement {
    name: String,
    said_on: String,
}

impl Statement {
    /// Claims proposed from its bytes, and what could not be read of them.
    fn claims(&self, bytes: &[u8], names: &Gazetteer) -> Result<(Vec<Claim>, Vec<String>), String> {
        let (mut claims, problems) = if eurepoc::is_table(bytes) {
            let table = eurepoc::read(&self.name, bytes);
            (table.claims, table.problems)
        } else {
            let said_on = self.said_on.parse().ok();
            let document = demarche_claims::read(&self.name, bytes, said_on)
                .map_err(|error| error.to_string())?;
            (demarche_claims::propose(&document, names), Vec::new())
        };
        // The document is the source, whatever archive it came in: no member of another file.
        for claim in &mut claims {
            claim.evidence.path = claim.evidence.path.replace("!/", "/");
        }
        Ok((claims, problems))
    }
}

/// The tables that depend on what people brought in and decided.
pub(super) struct Stated {
    claims: Vec<Claim>,
    ach: Vec<AchCell>,
    judgements: Vec<Judgement>,
    designations: Vec<NamedDesignation>,
    head: String,
    knowledge: String,
}

impl Stated {
    /// Makes them over the rows of an analysis; fills `rows.set_names`.
    pub(super) fn of(
        case: &Path,
        rows: &mut CaseRows,
        knowledge: &Knowledge,
    ) -> Result<Self, CaseError> {
        let all = read(case)?;
        let head = head(&all).to_owned();
        let decisions = in_force(all);
        rows.set_names = set_names(knowledge);
        let mut claims = claims(case, &decisions, knowledge)?;
        stance::weigh(&mut claims, rows);
        let matrix = hypothesis::matrix(&rows.hypotheses, &claims, &rows.set_names);
        let (ach, judgements) = judgements::lay_over(matrix, &decisions, &rows.hypotheses);
        let mut entries: Vec<Designation> = Vec::new();
        for decision in decisions.iter().filter(|decision| decision.kind == DESIGNATIONS) {
            if let Some(bytes) = kept(case, "designations", &decision.subject)? {
                let loaded = designation::load(&bytes).map_err(|error| CaseError::Usage {
                    what: format!("{}: {error}", decision.detail["name"]),
                    hint: "undo its import with `demarche judge undo`".to_owned(),
                })?;
                entries.extend(loaded.entries);
            }
        }
        entries.sort();
        entries.dedup();
        let designations = designation::matches(&entries, &claims, knowledge);
        let knowledge = knowledge.digest().to_owned();
        Ok(Self { claims, ach, judgements, designations, head, knowledge })
    }

    /// The run's id over the analysis `base`: the same where nobody decided anything.
    pub(super) fn run_id(&self, base: &str) -> String {
        if self.head.is_empty() {
            return base.to_owned();
        }
        let parts =
            [base, &self.head, &self.knowledge, env!("CARGO_PKG_VERSION")].map(str::as_bytes);
        format!("r-{}", short_hash(&parts))
    }

    /// Writes them for a run.
    pub(super) fn write(
        &self,
        writer: &Writer,
        run: &str,
    ) -> Result<[(String, u64); 4], CaseError> {
        Ok([
            writer.write_derived(run, &self.claims)?,
            writer.write_derived(run, &self.ach)?,
            writer.write_derived(run, &self.judgements)?,
            writer.write_derived(run, &self.designations)?,
        ])
    }
}

/// Names of intrusion sets to the one that hypotheses use; shared names are left out.
fn set_names(knowledge: &Knowledge) -> BTreeMap<String, String> {
    let shared = knowledge.ambiguous_names();
    let mut names = BTreeMap::new();
    for set in &knowledge.sets {
        let aliases = set.aliases.iter().map(|alias| &alias.name);
        for name in std::iter::once(&set.name).chain(aliases) {
            let name = name.to_lowercase();
            if !shared.contains_key(&name) {
                names.entry(name).or_insert_with(|| set.name.clone());
            }
        }
    }
    names
}

/// Every claim of the case's statements, people's decisions laid over them.
fn claims(
    case: &Path,
    decisions: &[Decision],
    knowledge: &Knowledge,
) -> Result<Vec<Claim>, CaseError> {
    let imports: Vec<&Decision> = decisions.iter().filter(|d| d.kind == IMPORT).collect();
    if imports.is_empty() {
        return Ok(Vec::new());
    }
    let names = Gazetteer::new(knowledge);
    // The last import of a document says its name and day.
    let documents: BTreeMap<&str, &Decision> =
        imports.iter().map(|decision| (decision.subject.as_str(), *decision)).collect();
    let mut claims: Vec<Claim> = Vec::new();
    for (id, decision) in documents {
        let text = |field: &str| decision.detail[field].as_str().unwrap_or_default().to_owned();
        let statement = Statement { name: text("name"), said_on: text("said_on") };
        if let Some(bytes) = kept(case, "statements", id)? {
            // It could be read when it was imported.
            claims.extend(
                statement.claims(&bytes, &names).map(|(claims, _)| claims).unwrap_or_default(),
            );
        }
    }
    for decision in decisions {
        if let Some(claim) = claims.iter_mut().find(|claim| claim.claim_id == decision.subject) {
            decide(claim, decision);
        }
    }
    claims.sort_by(|a, b| {
        (&a.said_on, &a.path, a.span.start, &a.claim_id).cmp(&(
            &b.said_on,
            &b.path,
            b.span.start,
            &b.claim_id,
        ))
    });
    demarche_claims::join(&mut claims);
    Ok(claims)
}

/// Lays one decision over a claim.
fn decide(claim: &mut Claim, decision: &Decision) {
    let status = match decision.kind.as_str() {
        CONFIRM => "confirmed",
        REJECT => "rejected",
        EDIT => "edited",
        _ => return,
    };
    if decision.kind == EDIT {
        let change = &decision.detail;
        let set = |field: &mut String, name: &str| {
            if let Some(value) = change[name].as_str() {
                value.clone_into(field);
            }
        };
        set(&mut claim.speaker, "speaker");
        set(&mut claim.authority, "authority");
        set(&mut claim.hedge, "hedge");
        set(&mut claim.said_on, "said_on");
        if let Some(act) = change["act"].as_str().and_then(demarche_core::Act::of_name) {
            claim.act = act;
        }
        if let Some(about) = change["about"].as_array() {
            claim.about =
                about.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
        }
        if let Some(id) = change["replies_to"].as_str() {
            claim.replies_to = Some(id.to_owned()).filter(|id| !id.is_empty());
        }
    }
    status.clone_into(&mut claim.status);
    claim.decided_by.clone_from(&decision.decided_by);
    claim.decided_at = Some(decision.decided_at);
}

/// What a person decides on a claim.
#[derive(Clone, Debug)]
pub enum OnClaim {
    /// It says what it is read as.
    Confirm,
    /// It does not.
    Reject,
    /// It says something else: the fields that differ, by the table's names.
    Edit(serde_json::Map<String, serde_json::Value>),
}

/// Records a decision on claims of the case's table.
///
/// # Errors
/// [`CaseError::Usage`] for an id that is none.
pub fn decide_claims(
    case: &Path,
    ids: &[String],
    by: &str,
    what: &OnClaim,
) -> Result<(), CaseError> {
    let session = super::session(case)?;
    let known: Vec<Id> = session.rows("SELECT claim_id FROM claims")?;
    let is_known = |id: &str| known.iter().any(|row| row.claim_id == id);
    let answers = match what {
        OnClaim::Edit(change) => change.get("replies_to").and_then(|id| id.as_str()),
        _ => None,
    };
    for id in ids.iter().map(String::as_str).chain(answers.filter(|id| !id.is_empty())) {
        if !is_known(id) {
            return Err(CaseError::Usage {
                what: format!("there is no claim `{id}`"),
                hint: format!("list them: demarche show claims --case {}", case.display()),
            });
        }
    }
    let mut decisions = Decisions::open(case)?;
    for id in ids {
        let (kind, detail) = match what {
            OnClaim::Confirm => (CONFIRM, json!({})),
            OnClaim::Reject => (REJECT, json!({})),
            OnClaim::Edit(change) => (EDIT, serde_json::Value::Object(change.clone())),
        };
        decisions.add(by, kind, id, &detail)?;
    }
    Ok(())
}

#[derive(serde::Deserialize)]
struct Id {
    claim_id: String,
}

/// Writes the tables that depend on decisions again. A case without an analysis is analysed.
///
/// # Errors
/// What the case's files say.
pub fn restate(case: &Path, knowledge: Option<&Path>) -> Result<String, CaseError> {
    let manifest = Lake::open(case)?.manifest().clone();
    let Some(run) = manifest.run else {
        let request = analyse::Request {
            knowledge: knowledge.map(Path::to_path_buf),
            ..analyse::Request::default()
        };
        return Ok(analyse::analyse(case, &request, &|_| {})?.run_id);
    };
    let knowledge = query::knowledge(knowledge)?;
    let mut rows = rows(&super::session(case)?)?;
    let mut writer = Writer::open(case)?;
    let stated = Stated::of(case, &mut rows, &knowledge)?;
    let base = manifest.base_run.unwrap_or(run);
    let run = stated.run_id(&base);
    let tables = stated.write(&writer, &run)?;
    writer.commit_restated(&base, &run, tables)?;
    super::custody(case).append("restate", json!({ "run": run, "base": base }))?;
    super::steering::restated(case, &read(case)?)?;
    Ok(run)
}

/// The rows of the analysis that holds.
fn rows(session: &Session) -> Result<CaseRows, CaseError> {
    Ok(CaseRows {
        waves: ordered(session, "waves")?,
        campaigns: ordered(session, "campaigns")?,
        exposures: ordered(session, "exposures")?,
        intrusions: ordered(session, "intrusions")?,
        hypotheses: ordered(session, "hypotheses")?,
        coverage: ordered(session, "coverage")?,
        set_names: BTreeMap::new(),
    })
}

fn ordered<T: serde::de::DeserializeOwned>(
    session: &Session,
    name: &str,
) -> Result<Vec<T>, CaseError> {
    let order = TABLES.iter().find(|table| table.name == name).map_or("1", |table| table.order);
    Ok(session.rows(&format!("SELECT * FROM {name} ORDER BY {order}"))?)
}
