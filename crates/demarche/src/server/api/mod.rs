//! The API under `/api/`: described in `openapi.json`, one module a topic.

mod custody;
mod decisions;
mod evidence;
mod hunts;
mod jobs;
mod message;
mod overview;
mod query;
mod report;
mod session;
mod tables;
mod timeline;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::app::App;
use super::error::ApiError;

/// The description that is served; a test holds it against the routes.
const OPENAPI: &str = include_str!("openapi.json");

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/openapi.json", get(description))
        .route("/session", get(session::session))
        .route("/overview", get(overview::overview))
        .route("/report", get(report::report))
        .route("/decisions", get(decisions::list).post(decisions::decide))
        .route("/decisions/{number}/undo", post(decisions::undo))
        .route("/jobs", get(jobs::list).post(jobs::start))
        .route("/jobs/{number}/events", get(jobs::events))
        .route("/jobs/{number}/cancel", post(jobs::cancel))
        .route("/hunts", get(hunts::list))
        .route("/hunts/{run}", get(hunts::findings))
        .route("/tables", get(tables::list))
        .route("/tables/{table}", get(tables::rows))
        .route("/timeline", get(timeline::timeline))
        .route("/sql", post(query::sql))
        .route("/messages/{uid}", get(message::message))
        .route("/messages/{uid}/html", get(message::html))
        .route("/evidence", get(evidence::evidence))
        .route("/custody", get(custody::custody))
        .fallback(missing)
        .method_not_allowed_fallback(not_allowed)
}

async fn description() -> Response {
    json(OPENAPI.to_owned())
}

async fn missing() -> ApiError {
    ApiError::Missing("there is no such part of the API".to_owned())
}

async fn not_allowed() -> Response {
    let body =
        serde_json::json!({ "error": "this part of the API is not asked that way", "hint": null });
    (StatusCode::METHOD_NOT_ALLOWED, axum::Json(body)).into_response()
}

/// JSON that is text already.
fn json(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// The answer's name for as long as the case does not change, where the asker has it
/// already: `304`, and nothing is worked out.
fn unchanged(headers: &HeaderMap, tag: &str) -> Option<Response> {
    let known = headers.get(header::IF_NONE_MATCH)?.to_str().ok()?;
    known
        .split(',')
        .any(|known| known.trim() == tag)
        .then(|| (StatusCode::NOT_MODIFIED, [(header::ETAG, tag.to_owned())]).into_response())
}

/// A name for what `asked` is answered with in this state of the case.
fn tag(app: &App, asked: &str) -> String {
    let state = app.state();
    format!("\"{}\"", &blake3::hash(format!("{state} {asked}").as_bytes()).to_hex()[..24])
}

/// JSON that the browser may keep, to ask again whether it still holds.
fn tagged(tag: String, body: String) -> Response {
    let kept = [(header::ETAG, tag), (header::CACHE_CONTROL, "private, no-cache".to_owned())];
    (kept, json(body)).into_response()
}
