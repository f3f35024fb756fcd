//! Waves and campaigns of exported tables, without the lake: the quick way to see what a
//! change of the weights does. Rows of `waves` and `campaigns` go to files in OUT.
//!
//! FOLDER holds `messages.jsonl`, `features.jsonl`, `roster.jsonl`, `context.jsonl` and
//! `networks.jsonl`, as `demarche sql --format jsonl` prints the tables.

#![allow(clippy::print_stdout, clippy::print_stderr)] // a command, not a library

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use demarche_analysis::campaign::{CampaignInput, Parameters, find};
use demarche_analysis::input::{Context, MailRow, Networks, Roster};
use demarche_core::{MailFeatures, Probability, RosterEntry};
use serde::Serialize;
use serde::de::DeserializeOwned;

type Error = Box<dyn std::error::Error>;

#[allow(clippy::disallowed_methods)] // tables that the program itself printed, no evidence
fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Error> {
    let mut rows = Vec::new();
    for line in BufReader::new(File::open(path)?).lines() {
        rows.push(serde_json::from_str(&line?)?);
    }
    Ok(rows)
}

fn write<T: Serialize>(path: &Path, rows: &[T]) -> Result<(), Error> {
    let mut out = BufWriter::new(File::create(path)?);
    for row in rows {
        serde_json::to_writer(&mut out, row)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(out)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: find_waves FOLDER OUT [FLOOR]");
        std::process::exit(2);
    };
    let floor = arguments.next().map_or(Ok(1e-6), |floor| floor.parse())?;
    let (folder, out) = (Path::new(&folder), Path::new(&out));
    let mut mails: Vec<MailRow> = read(&folder.join("messages.jsonl"))?;
    let features: Vec<MailFeatures> = read(&folder.join("features.jsonl"))?;
    let features: BTreeMap<String, MailFeatures> =
        features.into_iter().map(|row| (row.message_uid.as_str().to_owned(), row)).collect();
    for row in &mut mails {
        if let Some(found) = features.get(row.message_uid.as_str()) {
            row.features.clone_from(found);
        }
    }
    drop(features);
    let mut roster: Vec<RosterEntry> = read(&folder.join("roster.jsonl"))?;
    roster.retain(|entry| entry.kind != "linked" || !entry.consent_ref.is_empty());
    let found = find(
        &CampaignInput {
            mails: &mails,
            roster: &Roster::new(roster),
            context: &Context::new(read(&folder.join("context.jsonl"))?),
            networks: &Networks::new(read(&folder.join("networks.jsonl"))?),
            fetches: &[],
            coverage: &[],
        },
        &Parameters {
            floor: Probability::new(floor),
            budget: if floor > 0.0 { Parameters::default().budget } else { usize::MAX / 2 },
            ..Parameters::default()
        },
    );
    std::fs::create_dir_all(out)?;
    write(&out.join("waves.jsonl"), &found.waves)?;
    write(&out.join("campaigns.jsonl"), &found.campaigns)?;
    println!("{} waves, {} campaigns", found.waves.len(), found.campaigns.len());
    Ok(())
}
