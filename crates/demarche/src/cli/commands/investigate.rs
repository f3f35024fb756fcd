//! `demarche investigate`: the main job, start to end.

use std::path::PathBuf;

use demarche_core::Probability;

use crate::case::Parameters;
use crate::case::analyse::{self, analyse};
use crate::case::ingest::{self, ingest};
use crate::case::report::{self, report};
use crate::cli::exit::{Failure, Status};
use crate::cli::progress::Bars;
use crate::cli::{default_key, width, with_stdout};

/// The main job: ingest, detect, link, attribute, report
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Files and folders, any mix; none to analyse what the case holds already
    evidence: Vec<PathBuf>,
    /// The case folder; made when there is none
    #[arg(long, value_name = "DIR")]
    case: PathBuf,
    /// A folder of further Sigma rules
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// Indicator lists: plain text, CSV, STIX or MISP JSON
    #[arg(long, value_name = "FILE")]
    iocs: Vec<PathBuf>,
    /// A knowledge file made by `knowledge build`, instead of the one shipped
    #[arg(long, value_name = "FILE")]
    knowledge: Option<PathBuf>,
    #[command(flatten)]
    parameters: ParameterArguments,
    /// Vouch for the consent of every linked person under this reference
    #[arg(long, value_name = "REF")]
    consent_on_file: Option<String>,
    /// Where the dossier goes [default: CASE/dossier]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The signer's key, made on first need [default: in your configuration folder]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Exit with status 1 when there are findings, waves or intrusions
    #[arg(long, value_name = "WHAT")]
    fail_on: Option<FailOn>,
}

/// What a run rests on; recorded with it and told in its report.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Priors and floors, recorded with the run")]
struct ParameterArguments {
    /// Prior probability of a burst of mail being a targeted wave [default: the method's]
    #[arg(long, value_name = "P", value_parser = probability)]
    wave_prior: Option<Probability>,
    /// Waves less probable are not shown
    #[arg(long, value_name = "P", value_parser = probability)]
    wave_floor: Option<Probability>,
    /// Prior probability of an account's strange sittings being an intruder's
    #[arg(long, value_name = "P", value_parser = probability)]
    intrusion_prior: Option<Probability>,
    /// Prior probability of look-ups of a protected number being illicit
    #[arg(long, value_name = "P", value_parser = probability)]
    lookup_prior: Option<Probability>,
    /// Intrusions less probable are not shown
    #[arg(long, value_name = "P", value_parser = probability)]
    intrusion_floor: Option<Probability>,
    /// Prior probability of the operator being none of the known intrusion sets
    #[arg(long, value_name = "P", value_parser = probability)]
    unknown_prior: Option<Probability>,
}

impl From<ParameterArguments> for Parameters {
    fn from(set: ParameterArguments) -> Self {
        Self {
            wave_prior: set.wave_prior,
            wave_floor: set.wave_floor,
            intrusion_prior: set.intrusion_prior,
            lookup_prior: set.lookup_prior,
            intrusion_floor: set.intrusion_floor,
            unknown_prior: set.unknown_prior,
        }
    }
}

fn probability(text: &str) -> Result<Probability, String> {
    let value = text.parse().ok().filter(|p: &f64| *p > 0.0 && *p < 1.0).map(Probability::new);
    // Rounded to 1e-6: a prior of 0 or 1 could not be moved by any evidence.
    value
        .filter(|p| p.get() > 0.0 && p.get() < 1.0)
        .ok_or_else(|| "a probability lies between 0 and 1, by a millionth at least".to_owned())
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FailOn {
    Findings,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let bars = Bars::new();
    let show = |progress| bars.show(progress);
    let case = &arguments.case;
    let mut status = Status::Done;
    if !arguments.evidence.is_empty() {
        let request = ingest::Request {
            evidence: arguments.evidence.clone(),
            consent_on_file: arguments.consent_on_file.clone(),
            ..ingest::Request::default()
        };
        status = super::ingest::tell(&ingest(case, &request, &show)?, case);
    }
    let analysed = analyse(
        case,
        &analyse::Request {
            rules: arguments.rules.clone(),
            indicators: arguments.iocs.clone(),
            knowledge: arguments.knowledge.clone(),
            parameters: arguments.parameters.into(),
        },
        &show,
    )?;
    for problem in analysed.problems.iter().take(20) {
        eprintln!("warning: {problem}");
    }
    if analysed.problems.len() > 20 {
        eprintln!(
            "warning: and {} more rules or indicators that cannot be used",
            analysed.problems.len() - 20
        );
    }
    let reported = report(
        case,
        &report::Request {
            out: arguments.out.clone().unwrap_or_else(|| case.join("dossier")),
            key: arguments.key.clone().unwrap_or_else(default_key),
            evidence: arguments.evidence.clone(),
        },
        &show,
    )?;
    super::report::tell_changed(&reported);
    with_stdout(|out| {
        write!(out, "{}", demarche_dossier::summary(&reported.report, width()))?;
        writeln!(out, "\nreport: {}", reported.written.html.display())?;
        Ok(())
    })?;
    let found = ["findings", "waves", "intrusions"]
        .iter()
        .any(|table| analysed.rows.get(*table).is_some_and(|n| *n > 0));
    if status == Status::Done && arguments.fail_on.is_some() && found {
        status = Status::Findings;
    }
    Ok(status)
}
