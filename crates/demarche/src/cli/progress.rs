//! Progress on a terminal, silence in a pipe.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::case::{Progress, Step};

/// Draws what the case says.
pub(super) struct Bars {
    bar: Option<Mutex<ProgressBar>>,
}

impl Bars {
    /// Bars on standard error when it is a terminal.
    pub(super) fn new() -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self { bar: terminal.then(|| Mutex::new(ProgressBar::hidden())) }
    }

    /// Shows one thing.
    pub(super) fn show(&self, progress: Progress) {
        let Some(bar) = &self.bar else { return };
        let mut bar = bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match progress {
            Progress::Begin(step, total) => {
                bar.finish_and_clear();
                *bar = begin(step, total);
            }
            Progress::Advance(n) => bar.inc(n),
            Progress::End => bar.finish_and_clear(),
        }
    }
}

fn begin(step: Step, total: u64) -> ProgressBar {
    let (what, bytes) = match step {
        Step::Hash => ("hashing", true),
        Step::Read => ("reading", true),
        Step::Deep => ("looking inside", true),
        Step::Detect => ("matching rules", false),
        Step::Campaigns => ("finding waves", false),
        Step::Intrusions => ("finding intrusions", false),
        Step::Hypotheses => ("weighing hypotheses", false),
        Step::Verify => ("opening cited bytes", false),
        Step::Reopen => ("opening messages", false),
        Step::Prepare => ("making tables quick", false),
    };
    let template = match (total, bytes) {
        (0, _) => "{spinner} {msg} ({elapsed})",
        (_, true) => "{msg:20} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} eta {eta}",
        (_, false) => "{msg:20} [{bar:30}] {pos}/{len} eta {eta}",
    };
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
