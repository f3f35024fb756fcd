//! `demarche ingest`: evidence into tables.

use std::path::PathBuf;

use crate::case::ingest::{Ingested, Request, ingest};
use crate::cli::exit::{Failure, Status};
use crate::cli::progress::Bars;

/// Read evidence into the case; safe to repeat, and to resume after a kill
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Files and folders, any mix; formats are told by content
    #[arg(required = true)]
    evidence: Vec<PathBuf>,
    /// The case folder; made when there is none
    #[arg(long, value_name = "DIR")]
    case: PathBuf,
    /// Vouch for the consent of every linked person under this reference
    #[arg(long, value_name = "REF")]
    consent_on_file: Option<String>,
    /// Hash every file, also those whose path, size, inode and times are as they were when
    /// an earlier ingest hashed them (`report` and `verify` always do)
    #[arg(long)]
    rehash: bool,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let bars = Bars::new();
    let request = Request {
        evidence: arguments.evidence.clone(),
        consent_on_file: arguments.consent_on_file.clone(),
        rehash: arguments.rehash,
        ..Request::default()
    };
    let ingested = ingest(&arguments.case, &request, &|progress| bars.show(progress))?;
    Ok(tell(&ingested, &arguments.case))
}

/// Counts on standard error, and the status they mean.
pub(in crate::cli) fn tell(ingested: &Ingested, case: &std::path::Path) -> Status {
    let read = ingested.read();
    let counts: Vec<_> =
        read.iter().map(|(kind, n)| format!("{n} {}", kind.replace('_', " "))).collect();
    let counts = if counts.is_empty() { "nothing new".to_owned() } else { counts.join(", ") };
    eprintln!("read {} sources: {counts}", ingested.sources.len());
    let framing: u64 = ingested.sources.iter().map(|source| source.framing).sum();
    if framing > 0 {
        eprintln!("{framing} files are a repository's own framing: counted, not read");
    }
    if ingested.known > 0 {
        eprintln!("{} sources were in the case already", ingested.known);
    }
    if ingested.stripped > 0 {
        let bodies = ingested.stripped;
        eprintln!("{bodies} stored bodies taken out: their mailboxes are privileged now");
    }
    if ingested.anomalies > 0 {
        eprintln!(
            "{} anomalies: demarche show anomalies --case {}",
            ingested.anomalies,
            case.display()
        );
    }
    for line in &ingested.unreadable {
        eprintln!("error: {line}");
    }
    if ingested.unreadable.is_empty() { Status::Done } else { Status::Unreadable }
}
