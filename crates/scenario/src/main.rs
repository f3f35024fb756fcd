//! `demarche-scenario`: makes worlds and scores cases against their truth.
//!
//! Exit status as the product's: 0 done, 2 usage, 3 an input could not be
//! read or an output not be written.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use demarche_scenario::grown::families::{FAMILIES, Split};
use demarche_scenario::people;
use demarche_scenario::score::figures::Figures;
use demarche_scenario::score::tables::Origin;
use demarche_scenario::score::{self, figures, issue, report, tables};
use demarche_scenario::selftest;
use demarche_scenario::tables::hide_groups;
use demarche_scenario::world::{Options, World, WorldKind};

/// Makes a synthetic world with ground truth, or scores cases against one.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Seed of the world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Size of the world.
    #[arg(long, default_value = "S", ignore_case = true)]
    size: Size,
    /// Folder to write `evidence/` and `truth.jsonl` into.
    #[arg(long)]
    out: Option<PathBuf>,
    /// The same world without any attack.
    #[arg(long)]
    control: bool,
    /// Kind of the world.
    #[arg(long, default_value = "classic")]
    kind: KindName,
    /// Families that a grown world's operators come from.
    #[arg(long, default_value = "any")]
    split: SplitName,
    /// Mail archives (mbox) whose messages join the world's mail, with
    /// addresses mapped onto its people and times onto its years.
    #[arg(long, value_name = "MBOX", num_args = 1..)]
    background: Vec<PathBuf>,
    /// Also write what simpler methods say of it, into `baselines/`.
    #[arg(long)]
    baselines: bool,
}

/// Sizes on the command line.
#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "UPPER")]
enum Size {
    /// About 3,000 messages, one year.
    Xs,
    /// About 60,000 messages, two years.
    S,
    /// About ten times S; grown: 500,000 messages, 2,000 people, 14 years.
    M,
    /// Grown only: 5,000,000 messages of at most 2 KB, 14 years.
    L,
}

/// Kinds of worlds on the command line.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindName {
    /// Two operators, seven waves.
    Classic,
    /// At least four operators of sixteen families (see the documentation).
    Grown,
}

/// Families on the command line.
#[derive(Clone, Copy, ValueEnum)]
enum SplitName {
    /// Those that weights may be fitted on.
    Fit,
    /// Those kept for scoring.
    Score,
    /// All.
    Any,
}

impl From<SplitName> for Split {
    fn from(name: SplitName) -> Self {
        match name {
            SplitName::Fit => Self::Fit,
            SplitName::Score => Self::Score,
            SplitName::Any => Self::Any,
        }
    }
}

/// Tables of figures.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Table {
    /// Waves and campaigns.
    Campaigns,
    /// Intrusions.
    Intrusions,
}

#[derive(Subcommand)]
enum Command {
    /// Score cases: TRUTH CASE, any number of pairs.
    Score {
        /// `truth.jsonl` and case folder, in turn.
        #[arg(required = true, value_names = ["TRUTH", "CASE"])]
        pairs: Vec<PathBuf>,
        /// Read `waves.jsonl` and the like from here, and only TRUTH is given.
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
    /// Say which families are for fitting and which for scoring.
    Split,
    /// Check that no single feature tells the attack in worlds of some seeds.
    SelfTest {
        /// Seeds.
        #[arg(long, value_delimiter = ',', default_value = "9001,9002,9003,9004")]
        seeds: Vec<u64>,
        /// Size of the worlds.
        #[arg(long, default_value = "S", ignore_case = true)]
        size: Size,
        /// Kind of the worlds.
        #[arg(long, default_value = "grown")]
        kind: KindName,
        /// Families.
        #[arg(long, default_value = "any")]
        split: SplitName,
    },
    /// Print a roster without the groups that waves aimed at.
    HideGroups {
        /// `truth.jsonl`.
        truth: PathBuf,
        /// `roster.csv`.
        roster: PathBuf,
    },
    /// Score several worlds, each a folder with `truth.jsonl` and `case/`.
    ScoreMany {
        /// World folders; `case-NAME/` beside `case/` is a further case of
        /// the same world, `baselines/NAME/` what a simpler method says.
        #[arg(required = true)]
        worlds: Vec<PathBuf>,
        /// Add the figures of a whole table.
        #[arg(long)]
        table: Option<Table>,
    },
}

fn say(text: &str) {
    // Nothing is left to tell where standard error is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn fail(code: u8, text: &str) -> ExitCode {
    say(&format!("error: {text}"));
    ExitCode::from(code)
}

fn score_all(inputs: &[(PathBuf, Origin)]) -> Result<Vec<Figures>, score::Error> {
    inputs
        .iter()
        .map(|(truth, origin)| figures::score(&tables::truth(truth)?, &tables::found(origin)?))
        .collect()
}

fn print(inputs: &[(PathBuf, Origin)]) -> ExitCode {
    match score_all(inputs) {
        Ok(worlds) => {
            say(report::table(&worlds).trim_end());
            let line =
                if worlds.len() == 1 { report::object(&worlds) } else { report::many(&worlds) };
            put(&line)
        }
        Err(error) => fail(3, &error.to_string()),
    }
}

fn put(line: &serde_json::Value) -> ExitCode {
    match writeln!(std::io::stdout(), "{line}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(3, &error.to_string()),
    }
}

fn print_many(folders: &[PathBuf], table: Option<Table>) -> ExitCode {
    let worlds = folders.iter().map(|f| issue::load(f)).collect::<Result<Vec<_>, _>>();
    let worlds = match worlds {
        Ok(worlds) => worlds,
        Err(error) => return fail(3, &error.to_string()),
    };
    let figures: Vec<Figures> = worlds.iter().map(|w| w.figures.clone()).collect();
    say(report::table(&figures).trim_end());
    let mut line = report::many(&figures);
    let more = match table {
        Some(Table::Campaigns) => issue::campaigns(&worlds),
        Some(Table::Intrusions) => issue::intrusions(&worlds),
        None => serde_json::Map::new(),
    };
    say(issue::text(&more).trim_end());
    if let Some(line) = line.as_object_mut() {
        line.extend(more);
    }
    put(&line)
}

fn extent(size: Size) -> people::Size {
    match size {
        Size::Xs => people::Size::Xs,
        Size::S => people::Size::S,
        Size::M => people::Size::M,
        Size::L => people::Size::L,
    }
}

fn kind_of(kind: KindName, split: SplitName) -> WorldKind {
    match kind {
        KindName::Classic => WorldKind::Classic,
        KindName::Grown => WorldKind::Grown(split.into()),
    }
}

fn split() -> ExitCode {
    let mut line = serde_json::Map::new();
    for (name, half) in [("fit", Split::Fit), ("score", Split::Score)] {
        let names: Vec<&str> = half.families().into_iter().map(|f| FAMILIES[f].name).collect();
        line.insert(name.to_owned(), names.into());
    }
    put(&serde_json::Value::Object(line))
}

fn self_test(seeds: &[u64], size: Size, kind: WorldKind) -> ExitCode {
    let report = selftest::run(seeds, extent(size), kind);
    for figure in &report {
        say(&figure.line());
    }
    let failed: Vec<&str> =
        report.iter().filter(|f| f.tells()).map(|f| f.feature.as_str()).collect();
    let done = put(&serde_json::json!(report));
    if failed.is_empty() {
        return done;
    }
    fail(4, &format!("one feature tells the attack: {}", failed.join(", ")))
}

fn generate(arguments: &Arguments) -> ExitCode {
    let Some(out) = &arguments.out else {
        return fail(2, "--out DIR is missing");
    };
    let size = extent(arguments.size);
    let kind = kind_of(arguments.kind, arguments.split);
    if kind == WorldKind::Classic && size == people::Size::L {
        return fail(2, "size L is there for grown worlds only: add --kind grown");
    }
    let options =
        Options { baselines: arguments.baselines, background: arguments.background.clone() };
    let world = World::draw_kind(arguments.seed, size, arguments.control, kind);
    match world.write_with(out, &options) {
        Ok(counts) => {
            say(&format!(
                "{} messages in mailboxes, {} audit events, {} web log lines in {}",
                counts.copies,
                counts.events,
                counts.fetches,
                out.display()
            ));
            ExitCode::SUCCESS
        }
        Err(error) => fail(3, &error.to_string()),
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match &arguments.command {
        None => generate(&arguments),
        Some(Command::Score { pairs, from: Some(from) }) => match pairs.as_slice() {
            [truth] => print(&[(truth.clone(), Origin::Folder(from.clone()))]),
            _ => fail(2, "with --from give TRUTH alone"),
        },
        Some(Command::Score { pairs, from: None }) => {
            if pairs.len() % 2 == 1 {
                return fail(2, "TRUTH and CASE come in pairs");
            }
            let inputs: Vec<(PathBuf, Origin)> =
                pairs.chunks(2).map(|p| (p[0].clone(), Origin::Case(p[1].clone()))).collect();
            print(&inputs)
        }
        Some(Command::Split) => split(),
        Some(Command::SelfTest { seeds, size, kind, split }) => {
            self_test(seeds, *size, kind_of(*kind, *split))
        }
        Some(Command::HideGroups { truth, roster }) => {
            let lines = tables::truth(truth).and_then(|lines| Ok((lines, tables::read(roster)?)));
            let done = lines.map_err(|e| e.to_string()).and_then(|(lines, roster)| {
                hide_groups(&lines, roster.as_bytes(), std::io::stdout()).map_err(|e| e.to_string())
            });
            done.map_or_else(|error| fail(3, &error), |()| ExitCode::SUCCESS)
        }
        Some(Command::ScoreMany { worlds, table }) => print_many(worlds, *table),
    }
}
