//! `demarche-scenario`: makes worlds and scores cases against their truth.
//!
//! Exit status as the product's: 0 done, 2 usage, 3 an input could not be
//! read or an output not be written.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use demarche_scenario::people;
use demarche_scenario::score::figures::Figures;
use demarche_scenario::score::tables::Origin;
use demarche_scenario::score::{self, figures, report, tables};
use demarche_scenario::world::World;

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
}

/// Sizes on the command line.
#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "UPPER")]
enum Size {
    /// About 3,000 messages, one year.
    Xs,
    /// About 60,000 messages, two years.
    S,
    /// About ten times S.
    M,
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
    /// Score several worlds, each a folder with `truth.jsonl` and `case/`.
    ScoreMany {
        /// World folders.
        #[arg(required = true)]
        worlds: Vec<PathBuf>,
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
            match writeln!(std::io::stdout(), "{line}") {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => fail(3, &error.to_string()),
            }
        }
        Err(error) => fail(3, &error.to_string()),
    }
}

fn generate(arguments: &Arguments) -> ExitCode {
    let Some(out) = &arguments.out else {
        return fail(2, "--out DIR is missing");
    };
    let size = match arguments.size {
        Size::Xs => people::Size::Xs,
        Size::S => people::Size::S,
        Size::M => people::Size::M,
    };
    match World::draw(arguments.seed, size, arguments.control).write(out) {
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
        Some(Command::ScoreMany { worlds }) => {
            let inputs: Vec<(PathBuf, Origin)> = worlds
                .iter()
                .map(|w| (w.join("truth.jsonl"), Origin::Case(w.join("case"))))
                .collect();
            print(&inputs)
        }
    }
}
