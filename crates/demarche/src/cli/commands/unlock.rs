//! `demarche unlock`: one privileged message, for two keys and a reason.

use std::path::PathBuf;

use demarche_dossier::PublicKey;

use crate::case::CaseError;
use crate::case::unlock::{Request, register, unlock};
use crate::cli::exit::{Failure, Status};
use crate::cli::{keys, with_stdout, write_file};

/// Read one privileged message again from its source: two keys and a reason
///
/// Bodies of privileged mailboxes are not in the case. Those who may unlock are registered
/// beforehand (--register); two of them hand in their keys. What was read, by whom and why
/// stays in the custody log; the message itself goes to standard output or to a file
/// outside the case.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The message's uid, as `show messages` prints it
    #[arg(required_unless_present = "register")]
    message: Option<String>,
    /// The case folder
    #[arg(long, value_name = "DIR")]
    case: PathBuf,
    /// Register the public key of one who may unlock
    #[arg(long, value_name = "PUBLIC_KEY", conflicts_with = "message")]
    register: Option<PathBuf>,
    /// A key of one who may unlock; twice
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// The passphrase of each key, in their order; else asked for on a terminal
    #[arg(long, value_name = "FILE")]
    passphrase_file: Vec<PathBuf>,
    /// Why
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    /// Where the evidence lies now [default: as at ingest]
    #[arg(long, value_name = "PATH")]
    evidence: Vec<PathBuf>,
    /// Where the message goes, outside the case [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    if let Some(path) = &arguments.register {
        let key = PublicKey::read(path).map_err(CaseError::from)?;
        register(&arguments.case, &key)?;
        eprintln!("may unlock: {key}");
        return Ok(Status::Done);
    }
    if let Some(out) = &arguments.out {
        let inside = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        if inside(out).starts_with(inside(&arguments.case)) {
            return Err(Failure::Case(CaseError::Usage {
                what: "a privileged body must not lie in the case".to_owned(),
                hint: "choose a file outside it: --out FILE".to_owned(),
            }));
        }
    }
    let mut signers = Vec::new();
    for (at, path) in arguments.key.iter().enumerate() {
        if !path.is_file() {
            // A key made on the spot could unlock nothing.
            return Err(Failure::Case(CaseError::Usage {
                what: format!("no key `{}`", path.display()),
                hint: "each of the two hands in a key that was registered".to_owned(),
            }));
        }
        signers.push(keys::open(path, arguments.passphrase_file.get(at).map(PathBuf::as_path))?);
    }
    let to = match &arguments.out {
        Some(path) => path.display().to_string(),
        None => "standard output".to_owned(),
    };
    let request = Request {
        message: arguments.message.as_deref().unwrap_or_default(),
        keys: &signers,
        reason: &arguments.reason,
        evidence: &arguments.evidence,
        to: &to,
    };
    let bytes = unlock(&arguments.case, &request)?;
    match &arguments.out {
        Some(path) => {
            write_file(path, &bytes)?;
            Ok(Status::Done)
        }
        None => with_stdout(|out| Ok(out.write_all(&bytes)?)),
    }
}
