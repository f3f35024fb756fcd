//! `demarche notify`: a letter for each person concerned.

use std::path::PathBuf;

use crate::case::notify::{Request, notify};
use crate::cli::exit::{Failure, Status};
use crate::cli::with_stdout;

use super::report::Language;

/// Write a plain letter for each person concerned
///
/// What was aimed at them, what was read, what is not known, what to do now. A letter is
/// handed over by another way than the mailbox or number it is about, and says so.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The case folder
    #[arg(long, value_name = "DIR")]
    case: PathBuf,
    /// Where the letters go
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Language of the letters
    #[arg(long, value_enum, default_value = "en")]
    language: Language,
    /// Whom they can ask: a name, a telephone number, a room
    #[arg(long, default_value = "", hide_default_value = true)]
    contact: String,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let request = Request {
        out: arguments.out.clone(),
        language: arguments.language.code().to_owned(),
        contact: arguments.contact.clone(),
    };
    let written = notify(&arguments.case, &request)?;
    eprintln!("{} letters: TLP:RED, for their addressee alone", written.len());
    with_stdout(|out| {
        for path in &written {
            writeln!(out, "{}", path.display())?;
        }
        Ok(())
    })
}
