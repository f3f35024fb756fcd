//! `demarche knowledge`: what is known of intrusion sets, and public lists beside it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use demarche_analysis::attribution::Knowledge;
use demarche_analysis::attribution::knowledge::{IntrusionSet, Relation};

use crate::case::{CaseError, query, statements};
use crate::cli::exit::{Failure, Status};
use crate::cli::with_stdout;

/// Build, show and compare knowledge of intrusion sets; bring in sanctions lists
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Read ATT&CK STIX and MISP galaxy files, in any containers, and write their facts:
    /// ids, names, aliases and relations, no descriptions
    Build {
        /// Files and folders
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Where to write [default: standard output]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Print what a knowledge file holds: counts, or all that is known of an intrusion set
    Show {
        /// ATT&CK id or name of an intrusion set
        name: Option<String>,
        /// A knowledge file instead of the one shipped
        #[arg(long, value_name = "FILE")]
        knowledge: Option<PathBuf>,
    },
    /// Print what differs between two knowledge files
    Diff {
        /// The older one
        old: PathBuf,
        /// The newer one
        new: PathBuf,
    },
    /// Bring public sanctions lists into a case: the UK's, OFAC's SDN and the EU's as CSV or
    /// XML, FollowTheMoney JSON lines. Names are matched against claims and knowledge only,
    /// and a match is never attribution: see `show designations`
    Designations {
        /// Files and folders
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The case folder; made when there is none
        #[arg(long, value_name = "DIR")]
        case: PathBuf,
        /// Who brings them in
        #[arg(long, value_name = "NAME", default_value = "import")]
        by: String,
    },
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    match &arguments.action {
        Action::Build { files, out } => build(files, out.as_deref()),
        Action::Show { name, knowledge } => {
            let known = query::knowledge(knowledge.as_deref())?;
            let text = match name {
                None => counts(&known),
                Some(name) => set(&known, name)?,
            };
            with_stdout(|out| Ok(write!(out, "{text}")?))
        }
        Action::Diff { old, new } => {
            let (old, new) = (query::knowledge(Some(old))?, query::knowledge(Some(new))?);
            with_stdout(|out| Ok(write!(out, "{}", diff(&old, &new))?))
        }
        Action::Designations { files, case, by } => {
            let request = statements::Request {
                files: files.clone(),
                by: by.clone(),
                ..statements::Request::default()
            };
            let imported = statements::import_designations(case, &request)?;
            statements::restate(case, None)?;
            Ok(super::claim::tell(&imported, "entries"))
        }
    }
}

fn build(files: &[PathBuf], out: Option<&Path>) -> Result<Status, Failure> {
    let (knowledge, counts, problems) = query::build_knowledge(files)?;
    for problem in &problems {
        eprintln!("warning: {problem}");
    }
    let json = knowledge.to_json();
    eprintln!(
        "{} documents, {} of them of no known kind; {} objects unreadable; snapshot {}",
        counts.documents,
        counts.ignored,
        counts.unreadable_objects,
        knowledge.snapshot_label()
    );
    match out {
        None => with_stdout(|out| Ok(writeln!(out, "{json}")?)),
        Some(path) => {
            std::fs::write(path, json)
                .map_err(|error| CaseError::File { path: path.display().to_string(), error })?;
            Ok(Status::Done)
        }
    }
}

fn counts(known: &Knowledge) -> String {
    format!(
        "{}\n{} intrusion sets, {} other actors, {} techniques, {} pieces of software, \
         {} campaigns, {} citations, {} names that several bear\n",
        known.snapshot_label(),
        known.sets.len(),
        known.actors.len(),
        known.techniques.len(),
        known.software.len(),
        known.campaigns.len(),
        known.citations.len(),
        known.ambiguous_names().len()
    )
}

fn set(known: &Knowledge, name: &str) -> Result<String, CaseError> {
    let set = known
        .set(name)
        .map(|at| &known.sets[at])
        .or_else(|| known.sets.iter().find(|set| is_called(set, name)))
        .ok_or_else(|| CaseError::Usage {
            what: format!("no intrusion set is called `{name}`"),
            hint: "give its ATT&CK id or one of its names".to_owned(),
        })?;
    let mut text = format!("{} {}\n", set.id, set.name);
    let shared = known.ambiguous_names();
    for alias in &set.aliases {
        let note = if shared.contains_key(&alias.name.to_lowercase()) {
            "; borne by others too"
        } else {
            ""
        };
        text.push_str(&format!("alias {} ({}){note}\n", alias.name, alias.used_by.join(", ")));
    }
    for assessment in &set.assessments {
        text.push_str(&format!(
            "assessed by {}: {} {}\n",
            assessment.by, assessment.kind, assessment.value
        ));
    }
    let cited = |relation: &Relation| {
        let names = relation.citations.iter().map(|at| known.citations[*at].name.as_str());
        names.collect::<Vec<_>>().join("; ")
    };
    for relation in &set.techniques {
        let technique = &known.techniques[relation.target];
        text.push_str(&format!(
            "technique {} {} ({})\n",
            technique.id,
            technique.name,
            cited(relation)
        ));
    }
    for relation in &set.software {
        let software = &known.software[relation.target];
        text.push_str(&format!(
            "software {} {} ({})\n",
            software.id,
            software.name,
            cited(relation)
        ));
    }
    Ok(text)
}

fn is_called(set: &IntrusionSet, name: &str) -> bool {
    set.name.eq_ignore_ascii_case(name)
        || set.aliases.iter().any(|alias| alias.name.eq_ignore_ascii_case(name))
}

/// Facts as lines, so that what differs is a difference of sets.
fn facts(known: &Knowledge) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    for set in &known.sets {
        facts.insert(format!("{} set {}", set.id, set.name));
        facts.extend(set.aliases.iter().map(|alias| format!("{} alias {}", set.id, alias.name)));
        facts.extend(
            set.assessments
                .iter()
                .map(|a| format!("{} assessed by {}: {} {}", set.id, a.by, a.kind, a.value)),
        );
        let techniques = set.techniques.iter().map(|r| &known.techniques[r.target].id);
        facts.extend(techniques.map(|id| format!("{} technique {id}", set.id)));
        let software = set.software.iter().map(|r| &known.software[r.target].id);
        facts.extend(software.map(|id| format!("{} software {id}", set.id)));
    }
    facts.extend(known.actors.iter().map(|actor| format!("actor {}", actor.name)));
    facts.extend(known.techniques.iter().map(|t| format!("technique {} {}", t.id, t.name)));
    facts.extend(known.software.iter().map(|s| format!("software {} {}", s.id, s.name)));
    facts.extend(known.campaigns.iter().map(|c| format!("campaign {} {}", c.id, c.name)));
    facts
}

fn diff(old: &Knowledge, new: &Knowledge) -> String {
    let (before, after) = (facts(old), facts(new));
    let mut text = format!("--- {}\n+++ {}\n", old.snapshot_label(), new.snapshot_label());
    before.difference(&after).for_each(|fact| text.push_str(&format!("- {fact}\n")));
    after.difference(&before).for_each(|fact| text.push_str(&format!("+ {fact}\n")));
    text
}
