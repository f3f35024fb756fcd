//! What can go wrong with the case's own files and queries.

use std::path::Path;

/// A failure of the lake; evidence never causes one.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The operating system says no.
    #[error("case file `{path}`: {error}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// There is no case in this folder.
    #[error("`{path}` is not a case folder")]
    NoCase {
        /// The folder.
        path: String,
    },
    /// Somebody else writes.
    #[error("case `{path}` is being written by another process")]
    Locked {
        /// The folder.
        path: String,
    },
    /// One of the case's own files does not hold what it should.
    #[error("case file `{path}`: {reason}")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// Rows that do not fit their schema: a defect of the program.
    #[error("table `{table}`: {reason}")]
    Row {
        /// The table.
        table: String,
        /// What does not fit.
        reason: String,
    },
    /// A question to the text index that asks for nothing.
    #[error("words to search for: {why}")]
    Words {
        /// What is wrong.
        why: String,
    },
    /// The text index lacks a unit: it was deleted, or made by an older program.
    #[error("the text index lacks unit `{unit}`")]
    NoText {
        /// The unit.
        unit: String,
    },
    /// A query that cannot be answered.
    #[error("query: {0}")]
    Query(String),
}

impl LakeError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |error| Self::Io { path, error }
    }

    pub(crate) fn damaged(path: &Path, reason: impl ToString) -> Self {
        Self::Damaged { path: path.display().to_string(), reason: reason.to_string() }
    }

    pub(crate) fn row(table: &str, reason: impl ToString) -> Self {
        Self::Row { table: table.to_owned(), reason: reason.to_string() }
    }
}

impl From<datafusion::error::DataFusionError> for LakeError {
    fn from(error: datafusion::error::DataFusionError) -> Self {
        Self::Query(error.strip_backtrace())
    }
}
