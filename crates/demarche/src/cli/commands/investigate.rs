//! `demarche investigate`: the main job, start to end.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use demarche_analysis::campaign::LinkClass;
use demarche_core::Probability;
use demarche_dossier::Mandate;

use crate::case::Parameters;
use crate::case::analyse::{self, analyse};
use crate::case::ingest::{self, ingest};
use crate::case::mandate;
use crate::case::report::{self, report};
use crate::case::statements;
use crate::cli::exit::{Failure, Status};
use crate::cli::keys::SignerArguments;
use crate::cli::progress::Bars;
use crate::cli::{width, with_stdout};

use super::report::FormArguments;

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
    /// Statements to read for claims: news articles, press releases, advisories
    #[arg(long, value_name = "FILE", num_args = 1..)]
    statements: Vec<PathBuf>,
    /// Words for probabilities
    #[arg(long, value_enum, default_value_t = TermScale::Icd203)]
    term_scale: TermScale,
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
    #[command(flatten)]
    signer: SignerArguments,
    #[command(flatten)]
    form: FormArguments,
    #[command(flatten)]
    mandate: MandateArguments,
    /// Exit with status 1 when there are findings, waves or intrusions
    #[arg(long, value_name = "WHAT")]
    fail_on: Option<FailOn>,
}

/// On whose authority the evidence is read; kept in the custody log.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Mandate, asked for once on a terminal and kept in custody")]
struct MandateArguments {
    /// Who runs the investigation
    #[arg(long, value_name = "NAME")]
    operator: Option<String>,
    /// Who ordered it
    #[arg(long, value_name = "WHO")]
    authority: Option<String>,
    /// The law or decision that it rests on
    #[arg(long, value_name = "TEXT")]
    legal_basis: Option<String>,
    /// What may be read
    #[arg(long, value_name = "TEXT")]
    scope: Option<String>,
    /// Last day of the mandate, as 2026-03-31
    #[arg(long, value_name = "DAY")]
    expires: Option<String>,
    /// Put a hold on the case: nothing is forgotten until this authority lifts it
    #[arg(long, value_name = "AUTHORITY")]
    hold: Option<String>,
}

impl MandateArguments {
    /// Records what was stated, asks on a terminal where nothing ever was, and says when a
    /// mandate has run out. A run without a terminal is never held up.
    fn settle(&self, case: &Path) -> Result<(), Failure> {
        let stated =
            [&self.operator, &self.authority, &self.legal_basis, &self.scope, &self.expires];
        let known = mandate::current(case)?;
        let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if stated.iter().any(|field| field.is_some()) {
            let before = known.unwrap_or_default();
            let or = |field: &Option<String>, before: String| field.clone().unwrap_or(before);
            let mandate = Mandate {
                operator: or(&self.operator, before.operator),
                authority: or(&self.authority, before.authority),
                legal_basis: or(&self.legal_basis, before.legal_basis),
                scope: or(&self.scope, before.scope),
                expires: or(&self.expires, before.expires),
            };
            mandate::record(case, &mandate)?;
        } else if known.is_none() && terminal {
            eprintln!("On whose authority is this evidence read? (Empty lines leave it unstated.)");
            let mandate = Mandate {
                operator: ask("who runs the investigation: ")?,
                authority: ask("who ordered it: ")?,
                legal_basis: ask("law or decision it rests on: ")?,
                scope: ask("what may be read: ")?,
                expires: ask("last day, as 2026-03-31: ")?,
            };
            mandate::record(case, &mandate)?;
        }
        if let Some(authority) = &self.hold
            && mandate::held(case)?.is_none_or(|hold| hold.authority != *authority)
        {
            mandate::hold(case, authority, "")?;
        }
        if let Some(mandate) = mandate::current(case)?
            && mandate::has_expired(&mandate)
        {
            eprintln!("warning: the mandate ended on {}", mandate.expires);
        }
        Ok(())
    }
}

fn ask(question: &str) -> Result<String, Failure> {
    eprint!("{question}");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}

/// What a run rests on; recorded with it and told in its report.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Priors and floors, recorded with the run")]
struct ParameterArguments {
    /// Prior probability of a burst of mail being a targeted wave [default: the method's]
    #[arg(long, value_name = "P", value_parser = probability)]
    wave_prior: Option<Probability>,
    /// Waves less probable are not shown
    #[arg(long, value_name = "P", value_parser = probability)]
    wave_floor: Option<Probability>,
    /// Do not link waves by this class of evidence; once for each class
    #[arg(long, value_name = "CLASS", value_parser = link_class())]
    without_link: Vec<LinkClass>,
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

impl From<&ParameterArguments> for Parameters {
    fn from(set: &ParameterArguments) -> Self {
        Self {
            wave_prior: set.wave_prior,
            wave_floor: set.wave_floor,
            without_links: set.without_link.iter().copied().collect(),
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

/// Reads the name of a class of links.
fn link_class() -> impl TypedValueParser<Value = LinkClass> {
    PossibleValuesParser::new(LinkClass::ALL.map(LinkClass::name)).try_map(|name| {
        LinkClass::ALL.into_iter().find(|class| class.name() == name).ok_or("no such class")
    })
}

/// The yardstick of words.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum TermScale {
    /// The United States' ICD 203.
    Icd203,
    /// The British PHIA Probability Yardstick.
    Phia,
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
    arguments.mandate.settle(case)?;
    if !arguments.evidence.is_empty() {
        let request = ingest::Request {
            evidence: arguments.evidence.clone(),
            consent_on_file: arguments.consent_on_file.clone(),
            ..ingest::Request::default()
        };
        status = super::ingest::tell(&ingest(case, &request, &show)?, case);
    }
    if !arguments.statements.is_empty() {
        let imported = statements::import(
            case,
            &statements::Request {
                files: arguments.statements.clone(),
                by: "investigate".to_owned(),
                knowledge: arguments.knowledge.clone(),
                ..statements::Request::default()
            },
        )?;
        let told = super::claim::tell(&imported, "claims proposed");
        status = if status == Status::Done { told } else { status };
    }
    let analysed = analyse(
        case,
        &analyse::Request {
            rules: arguments.rules.clone(),
            indicators: arguments.iocs.clone(),
            knowledge: arguments.knowledge.clone(),
            parameters: (&arguments.parameters).into(),
            phia: matches!(arguments.term_scale, TermScale::Phia),
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
            evidence: arguments.evidence.clone(),
            language: arguments.form.language.code().to_owned(),
            tlp: arguments.form.tlp.clone(),
            generated_for: arguments.form.generated_for.clone(),
            ..report::Request::new(
                arguments.out.clone().unwrap_or_else(|| case.join("dossier")),
                arguments.signer.signer()?,
            )
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
