//! What people decided: `decisions.sqlite`, append-only.
//!
//! A decision is a row with a number, a time, a name, a kind, what it is about and its
//! content as JSON; undoing one is another row. Nothing is changed or removed: triggers
//! refuse it, and every row carries the hash of all rows before it, so that a row that was
//! altered behind the program's back shows. Kinds belong to whoever writes them; this module
//! knows none.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use demarche_core::UtcMicros;
use demarche_core::id::sha256_hex;
use rusqlite::{Connection, OpenFlags, params};
use serde_json::Value;

use super::CaseError;

/// The kind of a row that undoes another.
const UNDO: &str = "undo";
/// Version of the table's shape.
const VERSION: i64 = 1;
/// The longest name of a person.
const LONGEST_NAME: usize = 200;

/// One decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// From 1, without gaps.
    pub number: u64,
    /// When it was made, by the clock of the machine it was made on (or `SOURCE_DATE_EPOCH`).
    pub decided_at: UtcMicros,
    /// Who made it, as they call themselves.
    pub decided_by: String,
    /// What kind: `claim_confirm`, `approval`...
    pub kind: String,
    /// What it is about: a claim's id, a campaign's...
    pub subject: String,
    /// Its content.
    pub detail: Value,
    /// Hex SHA-256 over the row before and this one.
    pub hash: String,
}

/// A case's decisions, for adding to them.
#[derive(Debug)]
pub struct Decisions {
    connection: Connection,
    path: PathBuf,
}

fn path(case: &Path) -> PathBuf {
    case.join("decisions.sqlite")
}

impl Decisions {
    /// Opens a case's decisions, making the file when there is none.
    ///
    /// # Errors
    /// [`CaseError::Decisions`] when the file cannot be opened or is none.
    pub fn open(case: &Path) -> Result<Self, CaseError> {
        let path = path(case);
        let connection = Connection::open(&path).map_err(|error| sql(&path, &error))?;
        let decisions = Self { connection, path };
        decisions.run(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA busy_timeout = 5000;
             CREATE TABLE IF NOT EXISTS decisions (
                 number INTEGER PRIMARY KEY,
                 decided_at TEXT NOT NULL,
                 decided_by TEXT NOT NULL,
                 kind TEXT NOT NULL,
                 subject TEXT NOT NULL,
                 detail TEXT NOT NULL,
                 hash TEXT NOT NULL
             ) STRICT;
             CREATE TRIGGER IF NOT EXISTS decisions_stay BEFORE UPDATE ON decisions
                 BEGIN SELECT raise(ABORT, 'decisions are only added'); END;
             CREATE TRIGGER IF NOT EXISTS decisions_remain BEFORE DELETE ON decisions
                 BEGIN SELECT raise(ABORT, 'decisions are only added'); END;",
        )?;
        let version: i64 = decisions
            .connection
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .map_err(|error| sql(&decisions.path, &error))?;
        match version {
            0 => decisions.run(&format!("PRAGMA user_version = {VERSION}"))?,
            VERSION => {}
            other => {
                return Err(CaseError::Decisions {
                    path: decisions.path.display().to_string(),
                    reason: format!("version {other}; this program knows {VERSION}"),
                });
            }
        }
        Ok(decisions)
    }

    fn run(&self, statements: &str) -> Result<(), CaseError> {
        self.connection.execute_batch(statements).map_err(|error| sql(&self.path, &error))
    }

    /// Adds a decision, and notes in the custody log that it was made.
    ///
    /// # Errors
    /// [`CaseError::Usage`] without a name; [`CaseError::Decisions`] as the file says.
    pub fn add(
        &mut self,
        by: &str,
        kind: &str,
        subject: &str,
        detail: &Value,
    ) -> Result<Decision, CaseError> {
        let by = by.trim();
        if by.is_empty() || by.chars().count() > LONGEST_NAME || by.chars().any(char::is_control) {
            return Err(CaseError::Usage {
                what: "a decision needs the name of who makes it".to_owned(),
                hint: "give it with `--by NAME`".to_owned(),
            });
        }
        let path = self.path.clone();
        let error = |error: rusqlite::Error| sql(&path, &error);
        // Immediate: two programs must not number the same row.
        let transaction = self
            .connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .map_err(error)?;
        let last: Option<(i64, String)> = {
            let mut query = transaction
                .prepare("SELECT number, hash FROM decisions ORDER BY number DESC LIMIT 1")
                .map_err(error)?;
            let mut rows = query.query([]).map_err(error)?;
            match rows.next().map_err(error)? {
                Some(row) => Some((row.get(0).map_err(error)?, row.get(1).map_err(error)?)),
                None => None,
            }
        };
        let (number, before) = last.map_or((1, String::new()), |(n, hash)| (n + 1, hash));
        let mut decision = Decision {
            number: number.unsigned_abs(),
            decided_at: demarche_core::custody::stamp(),
            decided_by: by.to_owned(),
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            detail: detail.clone(),
            hash: String::new(),
        };
        decision.hash = hash(&before, &decision);
        transaction
            .execute(
                "INSERT INTO decisions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    number,
                    decision.decided_at.to_string(),
                    decision.decided_by,
                    decision.kind,
                    decision.subject,
                    canonical(&decision.detail),
                    decision.hash,
                ],
            )
            .map_err(error)?;
        transaction.commit().map_err(error)?;
        let case = path.parent().unwrap_or(&path);
        super::custody(case).append(
            "decide",
            serde_json::json!({ "by": decision.decided_by, "number": decision.number,
                "kind": decision.kind, "subject": decision.subject, "hash": decision.hash }),
        )?;
        Ok(decision)
    }

    /// Takes a decision back: another row says so, and [`in_force`] leaves both out.
    ///
    /// # Errors
    /// [`CaseError::Usage`] when there is no such decision in force.
    pub fn undo(&mut self, by: &str, number: u64, case: &Path) -> Result<Decision, CaseError> {
        let known = in_force(read(case)?).into_iter().find(|decision| decision.number == number);
        let Some(known) = known else {
            return Err(CaseError::Usage {
                what: format!("there is no decision {number} in force"),
                hint: "list them with `demarche judge list`".to_owned(),
            });
        };
        self.add(by, UNDO, &number.to_string(), &serde_json::json!({ "kind": known.kind }))
    }
}

/// All decisions of a case in order, undone ones and undoing ones among them; none where no
/// decision was ever made.
///
/// # Errors
/// [`CaseError::Decisions`] when the file is damaged or a row was altered.
pub fn read(case: &Path) -> Result<Vec<Decision>, CaseError> {
    let path = path(case);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let error = |error: rusqlite::Error| sql(&path, &error);
    let damaged = |number: u64, reason: &str| CaseError::Decisions {
        path: path.display().to_string(),
        reason: format!("decision {number}: {reason}"),
    };
    let connection = Connection::open_with_flags(
        &path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(error)?;
    let mut query = connection
        .prepare(
            "SELECT number, decided_at, decided_by, kind, subject, detail, hash FROM decisions \
             ORDER BY number",
        )
        .map_err(error)?;
    let mut rows = query.query([]).map_err(error)?;
    let mut decisions: Vec<Decision> = Vec::new();
    while let Some(row) = rows.next().map_err(error)? {
        let number: i64 = row.get(0).map_err(error)?;
        let number = number.unsigned_abs();
        let time: String = row.get(1).map_err(error)?;
        let detail: String = row.get(5).map_err(error)?;
        let decision = Decision {
            number,
            decided_at: UtcMicros::parse(&time).map_err(|_| damaged(number, "no time"))?,
            decided_by: row.get(2).map_err(error)?,
            kind: row.get(3).map_err(error)?,
            subject: row.get(4).map_err(error)?,
            detail: serde_json::from_str(&detail).map_err(|_| damaged(number, "no JSON"))?,
            hash: row.get(6).map_err(error)?,
        };
        let before = decisions.last().map_or("", |last| last.hash.as_str());
        if number != decisions.len() as u64 + 1 || hash(before, &decision) != decision.hash {
            return Err(damaged(number, "it is not as it was written"));
        }
        decisions.push(decision);
    }
    Ok(decisions)
}

/// The decisions that hold: without those taken back, and without the taking back.
#[must_use]
pub fn in_force(decisions: Vec<Decision>) -> Vec<Decision> {
    let undone: BTreeSet<u64> = decisions
        .iter()
        .filter(|decision| decision.kind == UNDO)
        .filter_map(|decision| decision.subject.parse().ok())
        .collect();
    decisions
        .into_iter()
        .filter(|decision| decision.kind != UNDO && !undone.contains(&decision.number))
        .collect()
}

/// The last row's hash: what a run id depends on. Empty where there is none.
#[must_use]
pub fn head(decisions: &[Decision]) -> &str {
    decisions.last().map_or("", |last| last.hash.as_str())
}

fn canonical(detail: &Value) -> String {
    serde_json_canonicalizer::to_string(detail)
        .expect("invariant: a JSON value with string keys and finite numbers")
}

fn hash(before: &str, decision: &Decision) -> String {
    let parts = [
        before,
        &decision.number.to_string(),
        &decision.decided_at.to_string(),
        &decision.decided_by,
        &decision.kind,
        &decision.subject,
        &canonical(&decision.detail),
    ];
    // Length-prefixed, so that no two rows run together to the same bytes.
    let joined: String = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    sha256_hex(joined.as_bytes())
}

fn sql(path: &Path, error: &rusqlite::Error) -> CaseError {
    CaseError::Decisions { path: path.display().to_string(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn decisions_are_added_and_taken_back_but_never_changed() {
        let case = tempfile::tempdir().unwrap();
        assert!(read(case.path()).unwrap().is_empty());
        let mut decisions = Decisions::open(case.path()).unwrap();
        decisions.add("Ada", "note", "w1:a", &json!({ "text": "look" })).unwrap();
        decisions.add("Bo", "note", "w1:b", &json!({})).unwrap();
        assert!(decisions.add(" ", "note", "w1:b", &json!({})).is_err());
        decisions.undo("Bo", 1, case.path()).unwrap();
        assert!(decisions.undo("Bo", 1, case.path()).is_err());
        let all = read(case.path()).unwrap();
        assert_eq!(all.len(), 3);
        assert_ne!(head(&all), head(&all[..2]));
        let held: Vec<u64> = in_force(all).iter().map(|decision| decision.number).collect();
        assert_eq!(held, [2]);
        assert!(decisions.run("UPDATE decisions SET decided_by = 'X'").is_err());
        assert!(decisions.run("DELETE FROM decisions").is_err());
    }

    #[test]
    fn an_altered_row_shows() {
        let case = tempfile::tempdir().unwrap();
        let mut decisions = Decisions::open(case.path()).unwrap();
        decisions.add("Ada", "note", "a", &json!({})).unwrap();
        decisions
            .run("DROP TRIGGER decisions_stay; UPDATE decisions SET decided_by = 'Bo'")
            .unwrap();
        let error = read(case.path()).unwrap_err().to_string();
        assert!(error.contains("not as it was written"), "{error}");
    }
}
