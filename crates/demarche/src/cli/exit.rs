//! Exit statuses and how a failure is told.

use std::process::ExitCode;

use crate::case::CaseError;
use crate::server::ServeError;

/// How a command ended that ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// 0.
    Done,
    /// 1: done, and `--fail-on findings` found some.
    Findings,
    /// 3: an input could not be read at all; the rest was.
    Unreadable,
    /// 4: a check failed.
    CheckFailed,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Done => 0,
            Status::Findings => 1,
            Status::Unreadable => 3,
            Status::CheckFailed => 4,
        })
    }
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// A step of the pipeline.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The workbench.
    #[error(transparent)]
    Serve(#[from] crate::server::ServeError),
    /// Standard output or input.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl Failure {
    /// Tells it on standard error, the hint apart, and gives its status.
    pub(super) fn report(self) -> ExitCode {
        eprintln!("error: {self}");
        let hint = match &self {
            Self::Case(error) | Self::Serve(ServeError::Case(error)) => error.hint(),
            Self::Serve(ServeError::NotLoopback(_)) => {
                Some("leave `--listen` out, or give 127.0.0.1 with another port".to_owned())
            }
            _ => None,
        };
        if let Some(hint) = hint {
            eprintln!("hint: {hint}");
        }
        ExitCode::from(self.code())
    }

    fn code(&self) -> u8 {
        use demarche_lake::LakeError;
        match self {
            // What the user asked for does not exist or cannot be done.
            Self::Case(
                CaseError::Usage { .. }
                | CaseError::Lake(
                    LakeError::NoCase { .. } | LakeError::Query(_) | LakeError::Locked { .. },
                ),
            ) => 2,
            Self::Serve(ServeError::NotLoopback(_) | ServeError::Listen { .. }) => 2,
            Self::Serve(ServeError::Case(CaseError::Lake(LakeError::NoCase { .. }))) => 2,
            Self::Case(CaseError::Lake(LakeError::Row { .. })) => 70,
            Self::Case(_) | Self::Serve(_) | Self::Io(_) => 3,
        }
    }
}
