//! What the handlers share: the case, its query session, and what was counted already.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use demarche_lake::{Lake, Session};
use tokio::sync::Semaphore;

use super::Options;
use super::access::{Access, locked};
use super::error::ApiError;
use super::jobs::Jobs;
use crate::case;

/// Questions of the engine at one time: more would only take turns on a laptop.
const QUESTIONS: usize = 4;
/// Counts that are remembered.
const COUNTS: usize = 512;
/// Bytes that all questions hold together before they spill to disk or fail: the whole
/// server is to fit a laptop beside a browser.
const QUERY_MEMORY: usize = 768 << 20;

/// The server's state.
pub(super) struct App {
    case: PathBuf,
    evidence: Vec<PathBuf>,
    key: Option<PathBuf>,
    pub(super) access: Access,
    pub(super) jobs: Jobs,
    open: Mutex<Option<Opened>>,
    /// Goes up when files that only make answers quick may have come.
    quicker: AtomicU64,
    questions: Semaphore,
}

/// A session over one state of the case.
struct Opened {
    state: String,
    session: Arc<Session>,
    /// Whether every word is in the text index.
    words: bool,
    counts: Arc<Mutex<BTreeMap<String, u64>>>,
}

/// What a handler works with, off the network threads.
pub(super) struct Work {
    /// Over the case's state when the work began.
    pub(super) session: Arc<Session>,
    /// Whether every word is in the text index.
    pub(super) words: bool,
    counts: Arc<Mutex<BTreeMap<String, u64>>>,
    app: Arc<App>,
}

impl App {
    pub(super) fn new(options: &Options, access: Access) -> Self {
        Self {
            case: options.case.clone(),
            evidence: options.evidence.clone(),
            key: options.key.clone(),
            access,
            jobs: Jobs::default(),
            open: Mutex::default(),
            quicker: AtomicU64::new(0),
            questions: Semaphore::new(QUESTIONS),
        }
    }

    /// The case folder.
    pub(super) fn case(&self) -> &Path {
        &self.case
    }

    /// Where evidence was said to lie.
    pub(super) fn evidence(&self) -> &[PathBuf] {
        &self.evidence
    }

    /// The signer's key, where one was named.
    pub(super) fn key(&self) -> Option<&Path> {
        self.key.as_deref()
    }

    /// Names the state that answers are of: it changes with every commit and decision.
    pub(super) fn state(&self) -> String {
        // A write-ahead log holds decisions before the file itself does.
        self.digest(&["CURRENT", "decisions.sqlite", "decisions.sqlite-wal"])
    }

    fn digest(&self, files: &[&str]) -> String {
        let parts = files.iter().map(|file| {
            let meta = std::fs::metadata(self.case.join(file)).ok();
            let time = meta.as_ref().and_then(|meta| meta.modified().ok());
            format!("{file} {:?} {time:?}", meta.map(|meta| meta.len()))
        });
        let parts: Vec<String> = parts.collect();
        blake3::hash(parts.join("\n").as_bytes()).to_hex()[..16].to_owned()
    }

    /// Says that tables may have become quick.
    pub(super) fn look_again(&self) {
        self.quicker.fetch_add(1, Ordering::Relaxed);
    }

    /// Does `work` on a thread that may block, with the case open.
    pub(super) async fn with<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Work) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let _turn = self.questions.acquire().await.map_err(|_| ApiError::Lost)?;
        let app = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || work(&app.opened()?));
        done.await.map_err(|_| ApiError::Lost)?
    }

    /// The session over the case's last committed state: decisions alone change no table.
    fn opened(self: &Arc<Self>) -> Result<Work, ApiError> {
        let quicker = self.quicker.load(Ordering::Relaxed);
        let state = format!("{} {quicker}", self.digest(&["CURRENT"]));
        let mut open = locked(&self.open);
        if open.as_ref().is_none_or(|opened| opened.state != state) {
            let session = Arc::new(case::session_within(&self.case, QUERY_MEMORY)?);
            let words = Lake::open(&self.case)?.units_without_text().is_empty();
            *open = Some(Opened { state, session, words, counts: Arc::default() });
        }
        let opened = open.as_ref().expect("invariant: set just above");
        Ok(Work {
            session: Arc::clone(&opened.session),
            words: opened.words,
            counts: Arc::clone(&opened.counts),
            app: Arc::clone(self),
        })
    }
}

impl Work {
    /// The case folder.
    pub(super) fn case(&self) -> &Path {
        &self.app.case
    }

    /// Where evidence was said to lie.
    pub(super) fn evidence(&self) -> &[PathBuf] {
        &self.app.evidence
    }

    /// Rows of a query, remembered while the case's state lasts.
    pub(super) fn count(&self, sql: &str) -> Result<u64, ApiError> {
        if let Some(count) = locked(&self.counts).get(sql) {
            return Ok(*count);
        }
        let count = self.session.count(sql)?;
        let mut counts = locked(&self.counts);
        if counts.len() >= COUNTS {
            counts.clear();
        }
        counts.insert(sql.to_owned(), count);
        Ok(count)
    }
}
