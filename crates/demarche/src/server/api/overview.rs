//! The four questions with their answers.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::case;
use crate::server::app::App;
use crate::server::error::ApiError;

pub(super) async fn overview(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let tag = super::tag(&app, "overview");
    if let Some(answer) = super::unchanged(&headers, &tag) {
        return Ok(answer);
    }
    app.with(move |work| Ok(super::tagged(tag, case::overview::overview(work.case())?))).await
}
