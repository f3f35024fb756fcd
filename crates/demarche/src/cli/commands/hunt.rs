//! `demarche hunt`: new knowledge over stored tables.

use std::path::PathBuf;

use crate::case::hunt::{self, Hunted, hunt};
use crate::cli::exit::{Failure, Status};
use crate::cli::progress::Bars;
use crate::cli::{OutputFormat, width, with_stdout};

/// Look for new rules, signatures and indicators in what the case holds
///
/// With nothing named, the rules that ship with the program are asked. Findings are
/// recorded and stand in `show findings` from then on.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Arguments {
    /// The case folder
    #[arg(long, value_name = "DIR")]
    case: PathBuf,
    /// Sigma rules: a file or folder with rules, correlations, filters, pipelines
    #[arg(long, value_name = "DIR")]
    rules: Vec<PathBuf>,
    /// YARA rules, over messages and their parts: a file or folder
    #[arg(long, value_name = "FILE")]
    yara: Vec<PathBuf>,
    /// Indicator lists: plain text, CSV, STIX or MISP JSON
    #[arg(long, value_name = "FILE")]
    iocs: Vec<PathBuf>,
    /// MISP warninglists: what they hold is taken off the indicator lists
    #[arg(long, value_name = "DIR", requires = "iocs")]
    warninglists: Option<PathBuf>,
    /// Where the evidence lies now, for YARA [default: where it lay at ingest]
    #[arg(long, value_name = "DIR", requires = "yara")]
    evidence: Vec<PathBuf>,
    /// How to print the findings
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
    /// Exit with status 1 when there are findings
    #[arg(long, value_name = "WHAT")]
    fail_on: Option<FailOn>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FailOn {
    Findings,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let bars = Bars::new();
    let request = hunt::Request {
        rules: arguments.rules.clone(),
        yara: arguments.yara.clone(),
        indicators: arguments.iocs.clone(),
        warninglists: arguments.warninglists.clone(),
        evidence: arguments.evidence.clone(),
    };
    let hunted = hunt(&arguments.case, &request, &|progress| bars.show(progress))?;
    tell(&hunted);
    let status = with_stdout(|out| {
        let format = arguments.format.into();
        Ok(hunt::show(&arguments.case, &hunted.run_id, format, width(), out)?)
    })?;
    if status == Status::Done && arguments.fail_on.is_some() && hunted.findings > 0 {
        return Ok(Status::Findings);
    }
    Ok(status)
}

fn tell(hunted: &Hunted) {
    for problem in &hunted.problems {
        eprintln!("warning: {problem}");
    }
    let reasons = hunt::by_reason(&hunted.unusable);
    if !reasons.is_empty() {
        eprintln!("rules that cannot work here: {}", hunted.unusable.len());
        for (reason, rules) in reasons {
            eprintln!("  {reason}: {}", rules.join(", "));
        }
    }
    eprintln!(
        "hunt {}: {} rules, {} signatures, {} indicators; {} findings",
        hunted.run_id, hunted.rules, hunted.signatures, hunted.indicators, hunted.findings
    );
}
