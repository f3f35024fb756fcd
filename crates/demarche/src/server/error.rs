//! What the API says when it cannot answer: a fact, and a hint where there is one.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use demarche_lake::LakeError;

use crate::case::CaseError;

/// An answer that is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    /// No session cookie, or one that has ended.
    #[error("no session")]
    NoSession,
    /// A guard said no.
    #[error("{0}")]
    Forbidden(&'static str),
    /// More requests than a person makes.
    #[error("too many requests")]
    TooMany,
    /// A parameter that cannot be used.
    #[error("{0}")]
    Bad(String),
    /// There is no such thing.
    #[error("{0}")]
    Missing(String),
    /// Another job has the case.
    #[error("job {0} is running: a case has one writer")]
    Busy(u64),
    /// The case.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// A worker that did not come back.
    #[error("the request's work ended early; the case is as it was")]
    Lost,
}

impl From<LakeError> for ApiError {
    fn from(error: LakeError) -> Self {
        Self::Case(error.into())
    }
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoSession => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Bad(_)
            | Self::Case(
                CaseError::Usage { .. }
                | CaseError::Policy(_)
                | CaseError::Lake(LakeError::Query(_) | LakeError::Words { .. }),
            ) => StatusCode::BAD_REQUEST,
            Self::Missing(_) => StatusCode::NOT_FOUND,
            Self::Busy(_) | Self::Case(CaseError::Lake(LakeError::Locked { .. })) => {
                StatusCode::CONFLICT
            }
            Self::Case(_) | Self::Lost => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let hint = match &self {
            Self::NoSession => Some("open the link that `demarche serve` printed".to_owned()),
            Self::Busy(_) => Some("wait for it to end, or stop it".to_owned()),
            Self::Case(error) => error.hint(),
            _ => None,
        };
        let body = serde_json::json!({ "error": self.to_string(), "hint": hint });
        (self.status(), Json(body)).into_response()
    }
}
