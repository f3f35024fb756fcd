//! `demarche key`: the signer's key.

use std::path::PathBuf;

use demarche_dossier::SigningKey;

use crate::case::CaseError;
use crate::cli::exit::{Failure, Status};
use crate::cli::{default_key, with_stdout};

/// Make the signer's key, or print its public half
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make the key; an existing one is never overwritten
    Create(Place),
    /// Print the public key, making the key on first need
    Show(Place),
}

#[derive(Debug, clap::Args)]
struct Place {
    /// The key file [default: in your configuration folder]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let (place, make) = match &arguments.action {
        Action::Create(place) => (place, true),
        Action::Show(place) => (place, false),
    };
    let path = place.key.clone().unwrap_or_else(default_key);
    let key = if make { SigningKey::create(&path) } else { SigningKey::read_or_create(&path) };
    let key = key.map_err(CaseError::from)?;
    eprintln!("key file: {}", path.display());
    with_stdout(|out| Ok(writeln!(out, "{}", key.public())?))
}
