//! `demarche key`: the signer's key.

use std::io::IsTerminal as _;

use demarche_dossier::SigningKey;

use crate::case::CaseError;
use crate::cli::exit::{Failure, Status};
use crate::cli::keys::{self, SignerArguments};
use crate::cli::with_stdout;

/// Make the signer's key, or print its public half
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make the key; an existing one is never overwritten
    ///
    /// With a passphrase it is kept in the age format. Scripts hand the passphrase in; on a
    /// terminal it is asked for, and an empty answer keeps the key open.
    Create(Make),
    /// Print the public key, making the key on first need
    Show(SignerArguments),
}

#[derive(Debug, clap::Args)]
struct Make {
    #[command(flatten)]
    signer: SignerArguments,
    /// The name on its signatures; a witness's should say who it is
    #[arg(long, default_value = demarche_dossier::KEY_NAME)]
    name: String,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let (signer, public) = match &arguments.action {
        Action::Create(make) => (&make.signer, create(make)?.public()),
        Action::Show(signer) => {
            let path = signer.path();
            let public = if SigningKey::is_encrypted(&path) {
                SigningKey::public_of(&path)
            } else {
                SigningKey::read_or_create(&path).map(|key| key.public())
            };
            (signer, public.map_err(CaseError::from)?)
        }
    };
    eprintln!("key file: {}", signer.path().display());
    with_stdout(|out| Ok(writeln!(out, "{public}")?))
}

fn create(make: &Make) -> Result<SigningKey, Failure> {
    let path = make.signer.path();
    let key = SigningKey::generate().named(&make.name).map_err(CaseError::from)?;
    let passphrase = match make.signer.given()? {
        Some(passphrase) => passphrase,
        None if std::io::stdin().is_terminal() => {
            let first = keys::ask("passphrase (empty: the key is kept open): ")?;
            if !first.is_empty() && keys::ask("once more: ")? != first {
                return Err(Failure::Case(CaseError::Usage {
                    what: "the two passphrases differ".to_owned(),
                    hint: "no key was made; try again".to_owned(),
                }));
            }
            first
        }
        None => String::new(),
    };
    if passphrase.is_empty() {
        key.write_open(&path).map_err(CaseError::from)?;
        eprintln!("the key is not encrypted: whoever reads the file can sign in your name");
    } else {
        key.write_encrypted(&path, &passphrase).map_err(CaseError::from)?;
    }
    Ok(key)
}
