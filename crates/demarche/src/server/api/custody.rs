//! The custody log, checked as it is read.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use crate::case;
use crate::server::app::App;
use crate::server::error::ApiError;

/// Entries of one answer: the last ones.
const MOST: usize = 5_000;

pub(super) async fn custody(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    app.with(|work| {
        let checked = case::custody(work.case()).verify();
        let (entries, broken) = match checked {
            Ok(entries) => (entries, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        let total = entries.len();
        let last = &entries[total.saturating_sub(MOST)..];
        Ok(super::json(json!({ "total": total, "broken": broken, "entries": last }).to_string()))
    })
    .await
}
