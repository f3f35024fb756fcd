//! The command line: one module a command, one line each in [`Command`].
//!
//! Standard output carries data only; progress, counts and errors go to standard error.

#![allow(clippy::print_stderr)] // this is the program's voice; libraries have none

mod commands;
mod exit;
mod keys;
mod progress;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use demarche_lake::Format;

use exit::Failure;

/// Finds, connects, proves and shares an espionage campaign from an institution's own
/// mail, cloud, web and call records. Reads what you lawfully hold; never touches the
/// network that evidence points to.
#[derive(Debug, Parser)]
#[command(name = "demarche", version, propagate_version = true, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant)] // one is made, once
enum Command {
    Plan(commands::plan::Arguments),
    Investigate(commands::investigate::Arguments),
    Ingest(commands::ingest::Arguments),
    Deep(commands::deep::Arguments),
    Hunt(commands::hunt::Arguments),
    Show(commands::show::Arguments),
    Sql(commands::sql::Arguments),
    Claim(commands::claim::Arguments),
    Judge(commands::judge::Arguments),
    Report(commands::report::Arguments),
    Serve(commands::serve::Arguments),
    Job(commands::job::Arguments),
    Verify(commands::verify::Arguments),
    Forget(commands::forget::Arguments),
    Key(commands::key::Arguments),
    Timestamp(commands::timestamp::Arguments),
    Witness(commands::witness::Arguments),
    Hold(commands::hold::Arguments),
    Unlock(commands::unlock::Arguments),
    Notify(commands::notify::Arguments),
    Knowledge(commands::knowledge::Arguments),
    AttributeProfile(commands::attribute_profile::Arguments),
}

/// How a table is printed.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum OutputFormat {
    Text,
    Json,
    Jsonl,
    Csv,
}

impl From<OutputFormat> for Format {
    fn from(format: OutputFormat) -> Self {
        match format {
            OutputFormat::Text => Self::Text,
            OutputFormat::Json => Self::Json,
            OutputFormat::Jsonl => Self::Jsonl,
            OutputFormat::Csv => Self::Csv,
        }
    }
}

/// Runs the program; the exit status is the contract's.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ran = std::panic::catch_unwind(|| match arguments.command {
        Command::Plan(arguments) => commands::plan::run(&arguments),
        Command::Investigate(arguments) => commands::investigate::run(&arguments),
        Command::Ingest(arguments) => commands::ingest::run(&arguments),
        Command::Deep(arguments) => commands::deep::run(&arguments),
        Command::Hunt(arguments) => commands::hunt::run(&arguments),
        Command::Show(arguments) => commands::show::run(&arguments),
        Command::Sql(arguments) => commands::sql::run(&arguments),
        Command::Claim(arguments) => commands::claim::run(&arguments),
        Command::Judge(arguments) => commands::judge::run(&arguments),
        Command::Report(arguments) => commands::report::run(&arguments),
        Command::Serve(arguments) => commands::serve::run(&arguments),
        Command::Job(arguments) => commands::job::run(&arguments),
        Command::Verify(arguments) => commands::verify::run(&arguments),
        Command::Forget(arguments) => commands::forget::run(&arguments),
        Command::Key(arguments) => commands::key::run(&arguments),
        Command::Timestamp(arguments) => commands::timestamp::run(&arguments),
        Command::Witness(arguments) => commands::witness::run(&arguments),
        Command::Hold(arguments) => commands::hold::run(&arguments),
        Command::Unlock(arguments) => commands::unlock::run(&arguments),
        Command::Notify(arguments) => commands::notify::run(&arguments),
        Command::Knowledge(arguments) => commands::knowledge::run(&arguments),
        Command::AttributeProfile(arguments) => commands::attribute_profile::run(&arguments),
    });
    match ran {
        Ok(Ok(status)) => status.into(),
        Ok(Err(failure)) => failure.report(),
        // The panic's own message is on standard error already.
        Err(_) => {
            eprintln!("this is a defect of demarche; the case is as it was committed last");
            ExitCode::from(70)
        }
    }
}

/// Columns of the terminal, or 120 where there is none.
fn width() -> usize {
    terminal_size::terminal_size().map_or(120, |(width, _)| usize::from(width.0))
}

/// Where the signer's key lies unless told otherwise.
fn default_key() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(home)
        .unwrap_or_else(|| PathBuf::from("."))
        .join("demarche")
        .join("signer.key")
}

fn file_error(path: &Path, error: std::io::Error) -> Failure {
    Failure::Case(crate::case::CaseError::File { path: path.display().to_string(), error })
}

/// Largest request, answer or token that is read.
const SMALL: u64 = 1 << 20;

/// A small file that the user named.
fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    #[allow(clippy::disallowed_methods)] // a key, request or token, no evidence
    let file = std::fs::File::open(path).map_err(|error| file_error(path, error))?;
    file.take(SMALL).read_to_end(&mut bytes).map_err(|error| file_error(path, error))?;
    Ok(bytes)
}

/// A new file where the user wants one; an existing one is left alone.
fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    use std::io::Write as _;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(bytes)).map_err(|error| file_error(path, error))
}

/// Standard output, buffered; a closed pipe (`| head`) is no error.
fn with_stdout(
    write: impl FnOnce(&mut dyn std::io::Write) -> Result<(), Failure>,
) -> Result<exit::Status, Failure> {
    use std::io::Write as _;
    let mut out = std::io::BufWriter::new(Pipe { out: std::io::stdout().lock(), closed: false });
    let written = write(&mut out).and_then(|()| Ok(out.flush()?));
    match written {
        Err(_) if out.get_ref().closed => Ok(exit::Status::Done),
        Err(error) => Err(error),
        Ok(()) => Ok(exit::Status::Done),
    }
}

/// Remembers that the reader went away, whatever layers wrap the error afterwards.
struct Pipe<W> {
    out: W,
    closed: bool,
}

impl<W: std::io::Write> std::io::Write for Pipe<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.out.write(bytes).inspect_err(|error| {
            self.closed |= error.kind() == std::io::ErrorKind::BrokenPipe;
        })
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
