//! `demarche deep`: what lies inside attachments.

use std::path::PathBuf;

use crate::case::deep::deep;
use crate::cli::exit::{Failure, Status};
use crate::cli::progress::Bars;

/// Look inside the attachments of stored mails: QR codes, PDF, Office, macros, archives
///
/// Finds the URLs in QR codes of pictures, in PDF and Office files and in macros, the files
/// in archives, and macros that run by themselves. A QR code takes its reader to a phone,
/// past every filter and proxy: such a link is seen nowhere else. What is found stands in
/// the tables `deep` and `observables`, where indicators are hunted.
///
/// The evidence is needed again, since attachments are not kept in the case; sources are
/// told by their content, whatever their names. A source is looked into once.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Files and folders that were ingested, any of them
    #[arg(required = true)]
    evidence: Vec<PathBuf>,
    /// The case folder
    #[arg(long, value_name = "DIR")]
    case: PathBuf,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let bars = Bars::new();
    let looked = deep(&arguments.case, &arguments.evidence, &|progress| bars.show(progress))?;
    let urls: Vec<_> = looked.urls.iter().map(|(place, n)| format!("{n} {place}")).collect();
    let urls = if urls.is_empty() { "none".to_owned() } else { urls.join(", ") };
    eprintln!(
        "looked into {} attachments of {} sources; urls: {urls}",
        looked.attachments, looked.sources
    );
    if looked.known > 0 {
        eprintln!("{} sources had been looked into already", looked.known);
    }
    if looked.waiting > 0 {
        eprintln!("{} sources of mail are not among this evidence", looked.waiting);
    }
    let case = arguments.case.display();
    if looked.anomalies > 0 {
        eprintln!("{} anomalies: demarche show anomalies --case {case}", looked.anomalies);
    }
    for line in &looked.unreadable {
        eprintln!("error: {line}");
    }
    if looked.unreadable.is_empty() { Ok(Status::Done) } else { Ok(Status::Unreadable) }
}
