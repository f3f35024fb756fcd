//! `demarche job`: long work for the workbench, in a process of its own.

use std::io::{BufRead as _, Read as _, Write as _};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::case::job::{Line, Work, run as work};
use crate::case::{CaseError, Progress};
use crate::cli::exit::{Failure, Status};
use crate::cli::keys::SignerArguments;

/// The longest request.
const LONGEST: u64 = 1 << 20;
/// Advances are told this often.
const PAUSE: Duration = Duration::from_millis(100);

/// Do one piece of work that stands on standard input, telling its progress as JSON lines
///
/// Ends at once when standard input is closed.
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub(in crate::cli) struct Arguments {
    /// The case folder
    #[arg(long, value_name = "DIR")]
    case: PathBuf,
    /// Where the evidence lies now
    #[arg(long, value_name = "DIR")]
    evidence: Vec<PathBuf>,
    #[command(flatten)]
    signer: SignerArguments,
}

/// What is told, with advances added up.
struct Voice {
    advanced: u64,
    told: Instant,
}

impl Voice {
    fn say(line: &Line) {
        let mut out = std::io::stdout().lock();
        // Nobody left to tell is no reason to stop half-way.
        let _ = serde_json::to_writer(&mut out, line);
        let _ = out.write_all(b"\n").and_then(|()| out.flush());
    }

    fn show(&mut self, progress: Progress) {
        match Option::<Line>::from(progress) {
            Some(Line::Advance(n)) => {
                self.advanced += n;
                if self.told.elapsed() > PAUSE {
                    self.settle();
                }
            }
            Some(line) => {
                self.settle();
                Self::say(&line);
            }
            None => self.settle(),
        }
    }

    fn settle(&mut self) {
        if self.advanced > 0 {
            Self::say(&Line::Advance(self.advanced));
        }
        self.advanced = 0;
        self.told = Instant::now();
    }
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let mut request = String::new();
    std::io::stdin().lock().take(LONGEST).read_line(&mut request)?;
    let asked: Work = serde_json::from_str(&request).map_err(|error| CaseError::Usage {
        what: format!("standard input asks for no work: {error}"),
        hint: "this command is for the workbench: see `demarche serve`".to_owned(),
    })?;
    // Who asked has gone: the case is as it was committed last.
    std::thread::spawn(|| {
        let mut rest = [0_u8; 64];
        while std::io::stdin().read(&mut rest).is_ok_and(|n| n > 0) {}
        std::process::exit(130);
    });
    let voice = Mutex::new(Voice { advanced: 0, told: Instant::now() });
    let key = || {
        arguments.signer.signer().map_err(|failure| match failure {
            Failure::Case(error) => error,
            other => CaseError::Usage {
                what: other.to_string(),
                hint: "name the signer's key: demarche serve --key FILE".to_owned(),
            },
        })
    };
    let done = work(&arguments.case, &asked, &arguments.evidence, &key, &|progress| {
        voice.lock().unwrap_or_else(std::sync::PoisonError::into_inner).show(progress);
    });
    Voice::say(&match done {
        Ok(value) => Line::Done(value),
        Err(error) => Line::Failed { error: error.to_string(), hint: error.hint() },
    });
    Ok(Status::Done)
}
