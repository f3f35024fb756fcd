//! Long work: begun, followed as it goes, stopped.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;

use crate::case::job::Work;
use crate::server::access::Identity;
use crate::server::app::App;
use crate::server::ask::{Body, Segment};
use crate::server::error::ApiError;
use crate::server::jobs::{self, Job, State as JobState};

pub(super) async fn list(State(app): State<Arc<App>>) -> Response {
    super::json(json!({ "jobs": app.jobs.list() }).to_string())
}

pub(super) async fn start(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Body(work): Body<Work>,
) -> Result<Response, ApiError> {
    if let Work::Report(dossier) = &work
        && let Some(policy) = &dossier.policy
    {
        policy.check().map_err(ApiError::Bad)?;
    }
    let begun = tokio::task::spawn_blocking(move || jobs::start(&app, work, &who.name));
    let job = begun.await.map_err(|_| ApiError::Lost)??;
    Ok((StatusCode::ACCEPTED, Json(job.told())).into_response())
}

pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Segment(number): Segment<u64>,
) -> Result<Response, ApiError> {
    let job = known(&app, number)?;
    job.cancel();
    Ok(super::json(job.told().to_string()))
}

/// The job as it stands, again at every change, to its end.
pub(super) async fn events(
    State(app): State<Arc<App>>,
    Segment(number): Segment<u64>,
) -> Result<Response, ApiError> {
    let job = known(&app, number)?;
    let follow = (job.watch(), job, true);
    let told = futures::stream::unfold(Some(follow), |follow| async {
        let (mut watch, job, first) = follow?;
        if !first {
            watch.changed().await.ok()?;
        }
        let ended = watch.borrow_and_update().state != JobState::Running;
        let event = Event::default().data(job.told().to_string());
        let next = (!ended).then_some((watch, job, false));
        Some((Ok::<_, Infallible>(event), next))
    });
    Ok(Sse::new(told).into_response())
}

fn known(app: &App, number: u64) -> Result<Arc<Job>, ApiError> {
    app.jobs.get(number).ok_or_else(|| ApiError::Missing(format!("there is no job {number}")))
}
