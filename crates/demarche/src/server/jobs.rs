//! Long work: each in a process of its own, told as it goes, stopped when asked.
//!
//! One at a time, since a case has one writer. The process ends with the server: its
//! standard input closes. What a stopped job had begun is not in the case.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};

use demarche_core::UtcMicros;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::access::locked;
use super::app::App;
use super::error::ApiError;
use crate::case::job::{Line, Work};
use crate::case::{self, CaseError, Step};

/// Jobs that are remembered.
const REMEMBERED: usize = 100;
/// The most bytes of one line that a job says.
const LINE: u64 = 16 << 20;

/// All jobs of this server, by number.
#[derive(Default)]
pub(super) struct Jobs {
    all: Mutex<BTreeMap<u64, Arc<Job>>>,
}

/// One piece of work.
pub(super) struct Job {
    number: u64,
    work: Work,
    by: String,
    begun: UtcMicros,
    process: Mutex<Option<Process>>,
    status: watch::Sender<Status>,
}

/// Its process; `_input` is held open, for the process ends when it closes.
struct Process {
    child: Child,
    _input: ChildStdin,
}

/// How a job stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// It runs.
    #[default]
    Running,
    /// It ended well.
    Done,
    /// It did not.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

/// What is told of a job.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Status {
    pub(super) state: State,
    step: Option<Step>,
    total: u64,
    done: u64,
    result: Value,
    error: Option<String>,
    hint: Option<String>,
    ended: Option<UtcMicros>,
}

impl Job {
    /// As the API tells it.
    pub(super) fn told(&self) -> Value {
        let status = self.status.borrow().clone();
        json!({ "job": self.number, "work": self.work, "by": self.by, "begun": self.begun,
            "status": status })
    }

    /// What is told from now on.
    pub(super) fn watch(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    fn runs(&self) -> bool {
        self.status.borrow().state == State::Running
    }

    fn end(&self, state: State, change: impl FnOnce(&mut Status)) {
        self.status.send_modify(|status| {
            if status.state == State::Running {
                status.state = state;
                status.ended = Some(demarche_core::custody::now());
                change(status);
            }
        });
    }

    /// Stops it, if it runs.
    pub(super) fn cancel(&self) {
        self.end(State::Cancelled, |_| {});
        if let Some(process) = locked(&self.process).as_mut() {
            // It may have ended by itself this moment.
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
    }

    fn hear(&self, line: Line) {
        match line {
            Line::Begin { step, total } => self.status.send_modify(|status| {
                (status.step, status.total, status.done) = (Some(step), total, 0);
            }),
            Line::Advance(n) => self.status.send_modify(|status| status.done += n),
            Line::Done(result) => self.end(State::Done, |status| status.result = result),
            Line::Failed { error, hint } => self.end(State::Failed, |status| {
                (status.error, status.hint) = (Some(error), hint);
            }),
        }
    }
}

impl Jobs {
    /// Every job, the last first.
    pub(super) fn list(&self) -> Vec<Value> {
        locked(&self.all).values().rev().map(|job| job.told()).collect()
    }

    pub(super) fn get(&self, number: u64) -> Option<Arc<Job>> {
        locked(&self.all).get(&number).cloned()
    }

    /// Stops what runs: the server ends.
    pub(super) fn stop(&self) {
        let all: Vec<_> = locked(&self.all).values().cloned().collect();
        all.iter().for_each(|job| job.cancel());
    }
}

/// Begins `work` for `by`; [`ApiError::Busy`] while another job runs.
pub(super) fn start(app: &Arc<App>, work: Work, by: &str) -> Result<Arc<Job>, ApiError> {
    let mut all = locked(&app.jobs.all);
    if let Some(other) = all.values().find(|job| job.runs()) {
        // Making pages quick gives way: it is done again after the work.
        if other.work != Work::Prepare || work == Work::Prepare {
            return Err(ApiError::Busy(other.number));
        }
        other.cancel();
    }
    case::custody(app.case())
        .append("job", json!({ "by": by, "work": work }))
        .map_err(CaseError::from)?;
    let mut child = command(app)?.spawn().map_err(|_| ApiError::Lost)?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(ApiError::Lost);
    };
    writeln!(input, "{}", json!(work)).map_err(|_| ApiError::Lost)?;
    let number = all.keys().next_back().map_or(1, |last| last + 1);
    let job = Arc::new(Job {
        number,
        work,
        by: by.to_owned(),
        begun: demarche_core::custody::now(),
        process: Mutex::new(Some(Process { child, _input: input })),
        status: watch::Sender::new(Status::default()),
    });
    all.insert(number, Arc::clone(&job));
    while all.len() > REMEMBERED {
        all.pop_first();
    }
    drop(all);
    let (app, heard) = (Arc::clone(app), Arc::clone(&job));
    std::thread::spawn(move || {
        follow(&heard, output);
        app.look_again();
    });
    Ok(job)
}

fn command(app: &App) -> Result<Command, ApiError> {
    let program = std::env::current_exe().map_err(|_| ApiError::Lost)?;
    let mut command = Command::new(program);
    command.arg("job").arg("--case").arg(app.case());
    for place in app.evidence() {
        command.arg("--evidence").arg(place);
    }
    if let Some(key) = app.key() {
        command.arg("--key").arg(key);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    Ok(command)
}

/// Hears a job to its end.
fn follow(job: &Job, output: impl std::io::Read) {
    let mut output = BufReader::new(output);
    loop {
        let mut line = Vec::new();
        match output.by_ref().take(LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
        if let Ok(line) = serde_json::from_slice(&line) {
            job.hear(line);
        }
    }
    if let Some(mut process) = locked(&job.process).take() {
        let _ = process.child.wait();
    }
    job.end(State::Failed, |status| {
        status.error = Some("the work ended early; the case is as it was".to_owned());
    });
}
