//! Letters to the people concerned, each in a file of its own. Writing them is an export of
//! names, so it stays in the custody log.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::{CaseError, inputs, report};

/// Where to, and how.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The folder; made when there is none.
    pub out: PathBuf,
    /// `en`, `de` or `fr`.
    pub language: String,
    /// Whom readers can ask.
    pub contact: String,
}

/// Writes the letters of the run that holds; their files.
///
/// # Errors
/// When the case has no run, or the folder cannot be written.
pub fn notify(case: &Path, request: &Request) -> Result<Vec<PathBuf>, CaseError> {
    let report = report::current(case, &request.language)?;
    let roster = inputs::roster(&super::session(case)?)?;
    let privileged: BTreeSet<&str> = roster
        .iter()
        .filter(|entry| !entry.privilege.is_empty())
        .flat_map(|entry| entry.addresses.iter().map(String::as_str))
        .collect();
    let letters = demarche_dossier::letters(
        &report,
        &|mailbox| privileged.contains(mailbox),
        &request.contact,
    )?;
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error| CaseError::File { path: path.clone(), error }
    };
    std::fs::create_dir_all(&request.out).map_err(failed(&request.out))?;
    let mut written = Vec::new();
    for letter in &letters {
        let files: [(&str, &[u8]); 3] = [
            ("html", letter.html.as_bytes()),
            ("pdf", &letter.pdf),
            ("md", letter.markdown.as_bytes()),
        ];
        for (ending, bytes) in files {
            let path = request.out.join(format!("letter-{}.{ending}", letter.name));
            std::fs::write(&path, bytes).map_err(failed(&path))?;
            if ending == "html" {
                written.push(path);
            }
        }
    }
    super::custody(case).append(
        "notify",
        json!({ "run": report.run_id, "letters": written.len(), "language": request.language }),
    )?;
    Ok(written)
}
