//! The signer's key as commands take it: a file, and a passphrase where it asks for one.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use demarche_dossier::SigningKey;

use super::exit::Failure;
use crate::case::CaseError;

/// Where scripts leave the passphrase.
const VARIABLE: &str = "DEMARCHE_PASSPHRASE";

/// The signer's key.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct SignerArguments {
    /// The signer's key, made on first need [default: in your configuration folder]
    #[arg(long, value_name = "FILE")]
    pub(super) key: Option<PathBuf>,
    /// Its passphrase, for scripts; else DEMARCHE_PASSPHRASE, else asked for on a terminal
    #[arg(long, value_name = "FILE")]
    pub(super) passphrase_file: Option<PathBuf>,
}

impl SignerArguments {
    /// Where the key lies.
    pub(super) fn path(&self) -> PathBuf {
        self.key.clone().unwrap_or_else(super::default_key)
    }

    /// The key, made unencrypted where there is none.
    pub(super) fn signer(&self) -> Result<SigningKey, Failure> {
        open(&self.path(), self.passphrase_file.as_deref())
    }

    /// A passphrase that was handed in without asking.
    pub(super) fn given(&self) -> Result<Option<String>, Failure> {
        given(self.passphrase_file.as_deref())
    }
}

/// Opens the key at `path`, asking for its passphrase where it has one.
pub(super) fn open(path: &Path, passphrase_file: Option<&Path>) -> Result<SigningKey, Failure> {
    if !SigningKey::is_encrypted(path) {
        return Ok(SigningKey::read_or_create(path).map_err(CaseError::from)?);
    }
    let passphrase = match given(passphrase_file)? {
        Some(passphrase) => passphrase,
        None => ask(&format!("passphrase of {}: ", path.display()))?,
    };
    Ok(SigningKey::read_encrypted(path, &passphrase).map_err(CaseError::from)?)
}

fn given(file: Option<&Path>) -> Result<Option<String>, Failure> {
    let text = match file {
        Some(path) => {
            Some(String::from_utf8_lossy(&super::read_file(path)?).trim_start().to_owned())
        }
        None => std::env::var(VARIABLE).ok(),
    };
    let first = text.and_then(|text| text.lines().next().map(str::to_owned));
    Ok(first.filter(|text| !text.is_empty()))
}

/// Asks on the terminal, unseen; without one it is an error that says what to do instead.
pub(super) fn ask(prompt: &str) -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Case(CaseError::Usage {
            what: "the key is encrypted and there is no terminal to ask for its passphrase".into(),
            hint: format!("--passphrase-file FILE, or {VARIABLE} in the environment"),
        }));
    }
    Ok(rpassword::prompt_password(prompt)?)
}
