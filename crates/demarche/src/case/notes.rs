//! Notes that people leave on a wave, a campaign, an intrusion, a person, a mail.

use std::path::Path;

use serde_json::json;

use super::CaseError;
use super::decisions::{Decision, Decisions};

/// The kind of decision that is a note: no table depends on one.
pub const NOTE: &str = "note";
/// The longest note, in characters.
const LONGEST: usize = 20_000;

/// Leaves a note.
///
/// # Errors
/// [`CaseError::Usage`] for an empty note, one too long, or one about nothing.
pub fn note(case: &Path, by: &str, subject: &str, text: &str) -> Result<Decision, CaseError> {
    let text = text.trim();
    if text.is_empty() || subject.is_empty() || text.chars().count() > LONGEST {
        return Err(CaseError::Usage {
            what: format!("a note has a subject and 1 to {LONGEST} characters"),
            hint: "say what it is about, and what is to be noted".to_owned(),
        });
    }
    Decisions::open(case)?.add(by, NOTE, subject, &json!({ "text": text }))
}
