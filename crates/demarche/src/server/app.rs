//! What the handlers share: the case, its query session, and what was counted already.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use demarche_lake::Session;
use tokio::sync::Semaphore;

use super::Options;
use super::access::{Access, locked};
use super::error::ApiError;
use crate::case;

/// Questions of the engine at one time: more would only take turns on a laptop.
const QUESTIONS: usize = 4;
/// Counts that are remembered.
const COUNTS: usize = 512;

/// The server's state.
pub(super) struct App {
    case: PathBuf,
    evidence: Vec<PathBuf>,
    pub(super) access: Access,
    open: Mutex<Option<Opened>>,
    questions: Semaphore,
}

/// A session over one state of the case.
struct Opened {
    state: String,
    session: Arc<Session>,
    counts: Arc<Mutex<BTreeMap<String, u64>>>,
}

/// What a handler works with, off the network threads.
pub(super) struct Work {
    /// Over the case's state when the work began.
    pub(super) session: Arc<Session>,
    counts: Arc<Mutex<BTreeMap<String, u64>>>,
    app: Arc<App>,
}

impl App {
    pub(super) fn new(options: &Options, access: Access) -> Self {
        Self {
            case: options.case.clone(),
            evidence: options.evidence.clone(),
            access,
            open: Mutex::default(),
            questions: Semaphore::new(QUESTIONS),
        }
    }

    /// Names the state that answers are of: it changes with every commit and decision.
    pub(super) fn state(&self) -> String {
        let parts = ["CURRENT", "decisions.sqlite"].map(|file| {
            let path = self.case.join(file);
            let meta = std::fs::metadata(&path).ok();
            let time = meta.as_ref().and_then(|meta| meta.modified().ok());
            format!("{file} {:?} {:?}", meta.map(|meta| meta.len()), time)
        });
        blake3::hash(parts.join("\n").as_bytes()).to_hex()[..16].to_owned()
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

    /// The session over the case's last committed state.
    fn opened(self: &Arc<Self>) -> Result<Work, ApiError> {
        let state = self.state();
        let mut open = locked(&self.open);
        if open.as_ref().is_none_or(|opened| opened.state != state) {
            let session = Arc::new(case::session(&self.case)?);
            *open = Some(Opened { state, session, counts: Arc::default() });
        }
        let opened = open.as_ref().expect("invariant: set just above");
        Ok(Work {
            session: Arc::clone(&opened.session),
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
