//! What a step of the pipeline can fail with.

/// A step that could not be done. Bad evidence never causes one: it is an anomaly.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The case's own files, or a query.
    #[error(transparent)]
    Lake(#[from] demarche_lake::LakeError),
    /// The custody log.
    #[error(transparent)]
    Custody(#[from] demarche_core::custody::CustodyError),
    /// Evidence that cannot be opened at all.
    #[error(transparent)]
    Source(#[from] demarche_core::source::SourceError),
    /// A dossier that cannot be written.
    #[error(transparent)]
    Bundle(#[from] demarche_dossier::BundleError),
    /// A key.
    #[error(transparent)]
    Key(#[from] demarche_dossier::KeyError),
    /// A redaction policy.
    #[error(transparent)]
    Policy(#[from] demarche_dossier::PolicyError),
    /// Records of a dossier that cannot be read back.
    #[error(transparent)]
    Records(#[from] demarche_dossier::ReadError),
    /// A time stamp or certificate.
    #[error(transparent)]
    Time(#[from] demarche_dossier::TimeError),
    /// A knowledge file.
    #[error("knowledge `{path}`: {reason}")]
    Knowledge {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A rule file that cannot be used at all.
    #[error("rules `{path}`: {reason}")]
    Rules {
        /// The file.
        path: String,
        /// What is wrong, and on which line.
        reason: String,
    },
    /// The case's decisions.
    #[error("decisions `{path}`: {reason}")]
    Decisions {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A file that the user named.
    #[error("`{path}`: {error}")]
    File {
        /// The file.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// Something the user asked for that does not exist.
    #[error("{what}")]
    Usage {
        /// What.
        what: String,
        /// What to do instead.
        hint: String,
    },
}

impl CaseError {
    /// What the user can do about it, where we know.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        use demarche_lake::LakeError;
        match self {
            Self::Usage { hint, .. } => Some(hint.clone()),
            Self::Lake(LakeError::NoCase { .. }) => {
                Some("start one with `demarche investigate EVIDENCE... --case DIR`".to_owned())
            }
            Self::Lake(LakeError::Locked { .. }) => {
                Some("wait for the other command to end, or stop it".to_owned())
            }
            Self::Source(_) => Some("check the path and the permission to read it".to_owned()),
            _ => None,
        }
    }
}
