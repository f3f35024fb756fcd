//! One profile a line in, one ranking a line out: `demarche attribute-profile`.

use serde::{Deserialize, Serialize};

use super::{Profile, RankOptions, rank};
use crate::attribution::knowledge::{DateError, Knowledge};

/// A line above this many bytes is refused: ATT&CK has under 1,000 techniques.
const LONGEST: usize = 4 << 20;

/// Why a line is no profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Not a JSON object of the contract's shape.
    #[error("not a profile: {0}")]
    Json(#[from] serde_json::Error),
    /// `before` is no date.
    #[error("`before`: {0}")]
    Date(#[from] DateError),
    /// Too long to be a profile.
    #[error("a profile of {0} bytes is not read")]
    TooLong(usize),
}

#[derive(Deserialize)]
struct Line {
    techniques: Option<Vec<String>>,
    software: Option<Vec<String>>,
    before: Option<String>,
    exclude_references: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    probability: f64,
}

/// The contract's output line for an input line, without a line end:
/// `[{"name": ..., "id": ..., "probability": ...}, ...]`, `unknown` without `id`.
///
/// # Errors
/// A line that is no profile.
pub fn attribute_profile_line(knowledge: &Knowledge, line: &str) -> Result<String, ProfileError> {
    if line.len() > LONGEST {
        return Err(ProfileError::TooLong(line.len()));
    }
    let line: Line = serde_json::from_str(line)?;
    let profile = Profile {
        techniques: line.techniques.unwrap_or_default(),
        software: line.software.unwrap_or_default(),
        before: line.before.map(|date| date.parse()).transpose()?,
        exclude_references: line.exclude_references.unwrap_or_default(),
    };
    let ranking = rank(knowledge, &profile, &RankOptions::default());
    let rows: Vec<Row> = ranking
        .rows
        .iter()
        .map(|row| Row {
            name: &row.name,
            id: row.id.as_deref(),
            probability: row.probability.get(),
        })
        .collect();
    Ok(serde_json::to_string(&rows)?)
}
