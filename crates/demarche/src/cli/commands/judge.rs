//! `demarche judge`: what analysts judge, beside what is computed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use demarche_core::Probability;

use crate::case::approvals::Named;
use crate::case::judgements::{self, Judged};
use crate::case::statements::restate;
use crate::cli::exit::{Failure, Status};
use crate::cli::with_stdout;

/// Record a judgement, signed with name and time, beside the computed one
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Say how probable you hold a hypothesis that is listed
    Probability(OnHypothesis),
    /// Add a hypothesis of your own
    Hypothesis(OnHypothesis),
    /// Add evidence that no table holds, with its grade and what it says to hypotheses
    Evidence {
        #[command(flatten)]
        place: Place,
        /// The evidence in words
        #[arg(long)]
        what: String,
        /// Admiralty grade of source and information, e.g. B2
        #[arg(long)]
        grade: String,
        /// HYPOTHESIS=consistent, =inconsistent or =neutral; once for each
        #[arg(long, value_name = "NAME=MARK", value_parser = pair)]
        mark: Vec<(String, String)>,
    },
    /// Set your mark beside a computed one
    Mark {
        #[command(flatten)]
        place: Place,
        /// The item's key in `show ach`
        #[arg(long)]
        item: String,
        /// The hypothesis
        #[arg(long)]
        hypothesis: String,
        /// consistent, inconsistent or neutral
        #[arg(long = "as", value_name = "MARK")]
        mark: String,
        /// Reasons
        #[arg(long, default_value = "")]
        why: String,
    },
    /// Approve that a named intrusion set, or the state tier, may leave the house: two
    /// people must
    Approve {
        /// The case folder
        #[arg(long, value_name = "DIR")]
        case: PathBuf,
        /// Who approves
        #[arg(long, value_name = "NAME")]
        by: String,
        /// The intrusion set, by the name that `show hypotheses` has
        #[arg(long, value_name = "NAME", required_unless_present = "state")]
        set: Option<String>,
        /// The state tier
        #[arg(long, conflicts_with = "set")]
        state: bool,
    },
    /// Take a decision back, by its number
    Undo {
        /// The number in `judge list`
        number: u64,
        /// The case folder
        #[arg(long, value_name = "DIR")]
        case: PathBuf,
        /// Who takes it back
        #[arg(long, value_name = "NAME")]
        by: String,
    },
    /// List every decision in force
    List {
        /// The case folder
        #[arg(long, value_name = "DIR")]
        case: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct Place {
    /// The case folder
    #[arg(long, value_name = "DIR")]
    case: PathBuf,
    /// Who judges
    #[arg(long, value_name = "NAME")]
    by: String,
    /// The campaign, or the intrusion that no campaign explains
    #[arg(long, value_name = "ID")]
    campaign: String,
    /// cluster, campaign, operator, organisation or state
    #[arg(long, default_value = "operator")]
    tier: String,
}

#[derive(Debug, clap::Args)]
struct OnHypothesis {
    #[command(flatten)]
    place: Place,
    /// Its name
    #[arg(long)]
    name: String,
    /// Your probability
    #[arg(long, value_name = "P", value_parser = probability)]
    probability: Option<Probability>,
    /// Reasons
    #[arg(long)]
    why: String,
}

fn probability(text: &str) -> Result<Probability, String> {
    let value = text.parse().ok().filter(|p: &f64| (0.0..=1.0).contains(p));
    value.map(Probability::new).ok_or_else(|| "a probability lies between 0 and 1".to_owned())
}

fn pair(text: &str) -> Result<(String, String), String> {
    text.rsplit_once('=')
        .map(|(name, mark)| (name.to_owned(), mark.to_owned()))
        .ok_or_else(|| "expected NAME=MARK".to_owned())
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let hypothesis = |on: &OnHypothesis, adds: bool| Judged::Hypothesis {
        campaign: on.place.campaign.clone(),
        tier: on.place.tier.clone(),
        name: on.name.clone(),
        adds,
        probability: on.probability,
        why: on.why.clone(),
    };
    let (case, by, judged) = match &arguments.action {
        Action::List { case } => {
            let decisions = judgements::list(case)?;
            return with_stdout(|out| {
                for decision in &decisions {
                    writeln!(
                        out,
                        "{}\t{}\t{}\t{}\t{}\t{}",
                        decision.number,
                        decision.decided_at,
                        decision.decided_by,
                        decision.kind,
                        decision.subject,
                        decision.detail
                    )?;
                }
                Ok(())
            });
        }
        Action::Undo { number, case, by } => {
            judgements::undo(case, by, *number)?;
            restate(case, None)?;
            return Ok(Status::Done);
        }
        Action::Probability(on) => (&on.place.case, &on.place.by, hypothesis(on, false)),
        Action::Hypothesis(on) => (&on.place.case, &on.place.by, hypothesis(on, true)),
        Action::Evidence { place, what, grade, mark } => {
            let judged = Judged::Evidence {
                campaign: place.campaign.clone(),
                tier: place.tier.clone(),
                what: what.clone(),
                grade: grade.to_uppercase(),
                marks: mark.iter().cloned().collect::<BTreeMap<_, _>>(),
            };
            (&place.case, &place.by, judged)
        }
        Action::Mark { place, item, hypothesis, mark, why } => {
            let judged = Judged::Mark {
                campaign: place.campaign.clone(),
                tier: place.tier.clone(),
                item: item.clone(),
                hypothesis: hypothesis.clone(),
                mark: mark.clone(),
                why: why.clone(),
            };
            (&place.case, &place.by, judged)
        }
        Action::Approve { case, by, set, .. } => {
            let named = set.clone().map_or(Named::StateTier, Named::Set);
            (case, by, Judged::Approval(named))
        }
    };
    let decision = judgements::judge(case, by, &judged)?;
    restate(case, None)?;
    eprintln!("decision {} by {} at {}", decision.number, decision.decided_by, decision.decided_at);
    Ok(Status::Done)
}
