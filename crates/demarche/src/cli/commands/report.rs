//! `demarche report`: the signed dossier.

use std::path::PathBuf;

use crate::case::report::{Reported, Request, report};
use crate::cli::exit::{Failure, Status};
use crate::cli::keys::SignerArguments;
use crate::cli::progress::Bars;
use crate::cli::with_stdout;

/// Write the signed dossier of the last run
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The case folder
    #[arg(long, value_name = "DIR")]
    case: PathBuf,
    /// Where the dossier goes [default: CASE/dossier, redacted: CASE/dossier-redacted]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    signer: SignerArguments,
    /// Where the evidence lies now, to hash every source again [default: as at ingest]
    #[arg(long, value_name = "PATH")]
    evidence: Vec<PathBuf>,
    /// An allow-list (JSON): what and whom it does not name is left out or goes by a pseudonym
    #[arg(long, value_name = "POLICY")]
    redact: Option<PathBuf>,
    #[command(flatten)]
    form: FormArguments,
}

/// How a dossier is worded and marked.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::cli) struct FormArguments {
    /// Language of the dossier
    #[arg(long, value_enum, default_value = "en")]
    pub(in crate::cli) language: Language,
    /// Traffic Light Protocol label: RED, AMBER+STRICT, AMBER, GREEN or CLEAR
    #[arg(long, value_name = "LABEL", default_value = "RED", value_parser = tlp)]
    pub(in crate::cli) tlp: String,
    /// For whom the dossier is: stands on its first page
    #[arg(long = "for", value_name = "INSTITUTION", default_value = "", hide_default_value = true)]
    pub(in crate::cli) generated_for: String,
}

/// Languages that the catalogues speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum Language {
    En,
    De,
    Fr,
}

impl Language {
    pub(in crate::cli) fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
        }
    }
}

fn tlp(text: &str) -> Result<String, String> {
    let label = text.to_uppercase();
    let label = label.strip_prefix("TLP:").unwrap_or(&label).to_owned();
    if ["RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR"].contains(&label.as_str()) {
        Ok(label)
    } else {
        Err("labels: RED, AMBER+STRICT, AMBER, GREEN, CLEAR".to_owned())
    }
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let bars = Bars::new();
    let folder = if arguments.redact.is_some() { "dossier-redacted" } else { "dossier" };
    let out = arguments.out.clone().unwrap_or_else(|| arguments.case.join(folder));
    let request = Request {
        evidence: arguments.evidence.clone(),
        language: arguments.form.language.code().to_owned(),
        tlp: arguments.form.tlp.clone(),
        generated_for: arguments.form.generated_for.clone(),
        redact: arguments.redact.clone(),
        ..Request::new(out, arguments.signer.signer()?)
    };
    let reported = report(&arguments.case, &request, &|progress| bars.show(progress))?;
    tell_changed(&reported);
    with_stdout(|out| Ok(writeln!(out, "{}", reported.written.html.display())?))
}

/// Sources named one by one; the rest is counted.
const SHOWN: usize = 10;

/// Says on standard error what is no longer as it was ingested.
pub(in crate::cli) fn tell_changed(reported: &Reported) {
    for line in &reported.changed {
        eprintln!("warning: source {line}");
    }
    for line in reported.gone.iter().take(SHOWN) {
        eprintln!("warning: source {line}");
    }
    if reported.gone.len() > SHOWN {
        eprintln!("warning: {} more sources are no longer there", reported.gone.len() - SHOWN);
    }
    if let Some(kept) = &reported.written.kept {
        eprintln!("an earlier dossier that others vouch for was kept: {}", kept.display());
    }
}
