//! Long work as data: what a server asks for, and what is said while it runs.
//!
//! A server does such work in a process of its own (`demarche job`): it can be stopped at
//! any moment, since a killed writer leaves the case as it was committed last, and its
//! memory is not the server's. Requests go in as one line of JSON, [`Line`]s come out.

use std::path::{Path, PathBuf};

use demarche_dossier::{Policy, SigningKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{CaseError, Progress, Step, analyse, hunt, prepare, report, statements, steering};

/// Problems that are told one by one.
const TOLD: usize = 50;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Work {
    /// New knowledge over stored tables.
    Hunt(Hunt),
    /// The analysis again, as the last one was steered.
    Analyse,
    /// The tables that depend on decisions again.
    Restate,
    /// A signed dossier.
    Report(Dossier),
    /// What makes pages quick.
    Prepare,
}

/// Files that the user names; relative ones lie in the case folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hunt {
    /// Sigma rules: files or folders.
    pub rules: Vec<PathBuf>,
    /// YARA rules: files or folders.
    pub yara: Vec<PathBuf>,
    /// Indicator lists.
    pub indicators: Vec<PathBuf>,
    /// A folder of MISP warninglists.
    pub warninglists: Option<PathBuf>,
}

/// How a dossier is worded, marked and redacted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dossier {
    /// `en`, `de` or `fr`.
    pub language: String,
    /// TLP 2.0 label.
    pub tlp: String,
    /// For whom.
    pub generated_for: String,
    /// What may leave; none for the whole dossier.
    pub policy: Option<Policy>,
}

/// One thing that a job says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// A step begins.
    Begin {
        /// Which.
        step: Step,
        /// Bytes or items, 0 when not known.
        total: u64,
    },
    /// So many more of them are done.
    Advance(u64),
    /// The job is done.
    Done(Value),
    /// It could not be done.
    Failed {
        /// What happened.
        error: String,
        /// What to do.
        hint: Option<String>,
    },
}

impl From<Progress> for Option<Line> {
    fn from(progress: Progress) -> Self {
        match progress {
            Progress::Begin(step, total) => Some(Line::Begin { step, total }),
            Progress::Advance(n) => Some(Line::Advance(n)),
            Progress::End => None,
        }
    }
}

/// Does it; `key` opens the signer's key where one is needed.
///
/// # Errors
/// What the work says.
pub fn run(
    case: &Path,
    work: &Work,
    evidence: &[PathBuf],
    key: &dyn Fn() -> Result<SigningKey, CaseError>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Value, CaseError> {
    let done = match work {
        Work::Hunt(asked) => hunted(case, asked, evidence, progress)?,
        Work::Analyse => {
            let analysed = analyse::analyse(case, &steering::again(case), progress)?;
            json!({ "run": analysed.run_id, "rows": analysed.rows,
                "problems": first(&analysed.problems) })
        }
        Work::Restate => json!({ "run": statements::restate(case, None)? }),
        Work::Report(dossier) => reported(case, dossier, evidence, key()?, progress)?,
        Work::Prepare => Value::Null,
    };
    prepare::prepare(case, progress)?;
    Ok(done)
}

fn first(all: &[String]) -> Vec<&String> {
    all.iter().take(TOLD).collect()
}

fn hunted(
    case: &Path,
    asked: &Hunt,
    evidence: &[PathBuf],
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Value, CaseError> {
    // `join` keeps an absolute path as it is.
    let within = |paths: &[PathBuf]| paths.iter().map(|path| case.join(path)).collect();
    let request = hunt::Request {
        rules: within(&asked.rules),
        yara: within(&asked.yara),
        indicators: within(&asked.indicators),
        warninglists: asked.warninglists.as_ref().map(|path| case.join(path)),
        evidence: evidence.to_vec(),
    };
    let hunted = hunt::hunt(case, &request, progress)?;
    Ok(json!({
        "run": hunted.run_id,
        "findings": hunted.findings,
        "rules": hunted.rules,
        "signatures": hunted.signatures,
        "indicators": hunted.indicators,
        "unusable": hunt::by_reason(&hunted.unusable),
        "problems": first(&hunted.problems),
    }))
}

fn reported(
    case: &Path,
    dossier: &Dossier,
    evidence: &[PathBuf],
    key: SigningKey,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Value, CaseError> {
    let (out, redact) = match &dossier.policy {
        None => ("dossier", None),
        // What was let pass is kept beside the dossier that it made.
        Some(policy) => ("dossier-redacted", Some(keep_policy(case, policy)?)),
    };
    let request = report::Request {
        evidence: evidence.to_vec(),
        language: dossier.language.clone(),
        tlp: dossier.tlp.clone(),
        generated_for: dossier.generated_for.clone(),
        redact,
        ..report::Request::new(case.join(out), key)
    };
    let reported = report::report(case, &request, progress)?;
    Ok(json!({
        "folder": request.out,
        "html": reported.written.html,
        "root": reported.written.root,
        "changed": first(&reported.changed),
        "gone": reported.gone.len(),
    }))
}

fn keep_policy(case: &Path, policy: &Policy) -> Result<PathBuf, CaseError> {
    let path = case.join("policy.json");
    let error = |error| CaseError::File { path: path.display().to_string(), error };
    let bytes = serde_json::to_vec_pretty(policy).map_err(|e| error(e.into()))?;
    std::fs::write(&path, bytes).map_err(error)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_name_nothing_unknown() {
        let read = |text: &str| serde_json::from_str::<Work>(text);
        assert_eq!(read(r#"{"kind":"analyse"}"#).unwrap(), Work::Analyse);
        let hunt = read(r#"{"kind":"hunt","indicators":["a.txt"]}"#).unwrap();
        assert!(matches!(hunt, Work::Hunt(hunt) if hunt.indicators == [PathBuf::from("a.txt")]));
        assert!(read(r#"{"kind":"hunt","url":"http://x.example"}"#).is_err());
        assert!(read(r#"{"kind":"forget"}"#).is_err());
    }
}
