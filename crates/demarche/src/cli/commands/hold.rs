//! `demarche hold`: nothing of a case is forgotten while somebody orders it kept.

use std::path::PathBuf;

use crate::case::mandate;
use crate::cli::exit::{Failure, Status};
use crate::cli::with_stdout;

/// Put a hold on a case, lift it, or say whether there is one
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The case folder
    #[arg(long, value_name = "DIR")]
    case: PathBuf,
    /// Put it on: who orders it
    #[arg(long, value_name = "AUTHORITY")]
    authority: Option<String>,
    /// Last day of the hold, as 2026-03-31
    #[arg(long, value_name = "DAY", requires = "authority")]
    until: Option<String>,
    /// Lift it, for this reason
    #[arg(long, value_name = "REASON", requires = "authority")]
    lift: Option<String>,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let case = &arguments.case;
    match (&arguments.authority, &arguments.lift) {
        (Some(authority), Some(reason)) => mandate::release(case, authority, reason)?,
        (Some(authority), None) => {
            mandate::hold(case, authority, arguments.until.as_deref().unwrap_or_default())?;
        }
        (None, _) => {}
    }
    let held = mandate::held(case)?;
    with_stdout(|out| match held {
        None => Ok(writeln!(out, "no hold")?),
        Some(hold) => {
            let until = if hold.until.is_empty() { "open" } else { &hold.until };
            Ok(writeln!(out, "held by {} since {} until {until}", hold.authority, hold.since)?)
        }
    })
}
