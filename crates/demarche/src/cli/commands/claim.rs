//! `demarche claim`: what others said, and what people decide on it.

use std::path::PathBuf;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::case::statements::{self, Imported, OnClaim};
use crate::cli::exit::{Failure, Status};

/// Read statements for claims, and decide on them
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Propose claims from news articles, press releases and advisories (text, HTML, PDF; in
    /// English, German or French) and from EuRepoC's table of attributions
    Import {
        /// Files and folders
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The case folder; made when there is none
        #[arg(long, value_name = "DIR")]
        case: PathBuf,
        /// The day they were published, where they do not say so
        #[arg(long, value_name = "DATE")]
        said_on: Option<Date>,
        /// Who brings them in
        #[arg(long, value_name = "NAME", default_value = "import")]
        by: String,
        /// A knowledge file instead of the one shipped
        #[arg(long, value_name = "FILE")]
        knowledge: Option<PathBuf>,
    },
    /// Say that claims are read rightly
    Confirm(Decide),
    /// Say that claims are not there
    Reject(Decide),
    /// Say how a claim is to be read
    Edit {
        #[command(flatten)]
        decide: Decide,
        /// State or organisation that speaks
        #[arg(long)]
        speaker: Option<String>,
        /// Office and person through whom
        #[arg(long)]
        authority: Option<String>,
        /// accuse, attribute, charge, sanction, warn, confirm, deny, protest, counter_accuse,
        /// summon or threaten
        #[arg(long, value_parser = act)]
        act: Option<String>,
        /// Whom it is about; once for each
        #[arg(long)]
        about: Vec<String>,
        /// Its word of doubt or confidence
        #[arg(long)]
        hedge: Option<String>,
        /// The day it was said
        #[arg(long, value_name = "DATE")]
        said_on: Option<Date>,
        /// The claim it answers; empty for none
        #[arg(long, value_name = "ID")]
        replies_to: Option<String>,
    },
}

#[derive(Debug, clap::Args)]
struct Decide {
    /// Ids of claims
    #[arg(required = true)]
    ids: Vec<String>,
    /// The case folder
    #[arg(long, value_name = "DIR")]
    case: PathBuf,
    /// Who decides
    #[arg(long, value_name = "NAME")]
    by: String,
}

fn act(text: &str) -> Result<String, String> {
    demarche_core::Act::of_name(text)
        .map(|act| act.name().to_owned())
        .ok_or_else(|| "no such act".to_owned())
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let (decide, what) = match &arguments.action {
        Action::Import { files, case, said_on, by, knowledge } => {
            let request = statements::Request {
                files: files.clone(),
                said_on: *said_on,
                by: by.clone(),
                knowledge: knowledge.clone(),
            };
            let imported = statements::import(case, &request)?;
            statements::restate(case, knowledge.as_deref())?;
            return Ok(tell(&imported, "claims proposed"));
        }
        Action::Confirm(decide) => (decide, OnClaim::Confirm),
        Action::Reject(decide) => (decide, OnClaim::Reject),
        Action::Edit { decide, speaker, authority, act, about, hedge, said_on, replies_to } => {
            let mut change = Map::new();
            let mut set = |name: &str, value: Option<Value>| {
                if let Some(value) = value {
                    change.insert(name.to_owned(), value);
                }
            };
            set("speaker", speaker.as_ref().map(|text| json!(text)));
            set("authority", authority.as_ref().map(|text| json!(text)));
            set("act", act.as_ref().map(|text| json!(text)));
            set("about", (!about.is_empty()).then(|| json!(about)));
            set("hedge", hedge.as_ref().map(|text| json!(text)));
            set("said_on", said_on.map(|day| json!(day.to_string())));
            set("replies_to", replies_to.as_ref().map(|text| json!(text)));
            (decide, OnClaim::Edit(change))
        }
    };
    statements::decide_claims(&decide.case, &decide.ids, &decide.by, &what)?;
    statements::restate(&decide.case, None)?;
    Ok(Status::Done)
}

/// Says what was brought in; nothing at all that could be read is status 3.
pub(super) fn tell(imported: &Imported, what: &str) -> Status {
    for (name, count) in &imported.documents {
        eprintln!("{name}: {count} {what}");
    }
    for problem in imported.problems.iter().take(20) {
        eprintln!("warning: {problem}");
    }
    if imported.documents.is_empty() { Status::Unreadable } else { Status::Done }
}
