//! Hunts that were run: from the custody log, and what each found.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use demarche_lake::{Lake, PageLimits};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::case::{self, CaseError};
use crate::server::app::App;
use crate::server::ask::{Asked, Segment};
use crate::server::error::ApiError;

/// Rows of one answer at most.
const MOST: usize = 1_000;
const TIME: Duration = Duration::from_secs(30);

pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    app.with(|work| {
        let lake = Lake::open(work.case())?;
        let holds = &lake.manifest().hunts;
        let log = case::custody(work.case()).verify().map_err(CaseError::from)?;
        let hunts: Vec<Value> = log
            .iter()
            .rev()
            .filter(|entry| entry.action == "hunt")
            .take(MOST)
            .map(|entry| {
                let run = entry.detail["run"].as_str().unwrap_or_default();
                json!({ "run": run, "time": entry.time, "files": entry.detail["files"],
                    "findings": entry.detail["findings"], "unusable": entry.detail["unusable"],
                    "holds": holds.contains_key(run) })
            })
            .collect();
        Ok(super::json(json!({ "hunts": hunts }).to_string()))
    })
    .await
}

#[derive(Deserialize)]
pub(super) struct Page {
    limit: Option<usize>,
    offset: Option<usize>,
}

pub(super) async fn findings(
    State(app): State<Arc<App>>,
    Segment(run): Segment<String>,
    Asked(page): Asked<Page>,
) -> Result<Response, ApiError> {
    app.with(move |work| {
        let lake = Lake::open(work.case())?;
        if !lake.manifest().hunts.contains_key(&run) {
            return Err(ApiError::Missing(format!("there is no hunt `{run}`")));
        }
        // A session of its own: another hunt's findings bear the same name.
        let session = case::session(work.case())?;
        session.attach_hunt(&lake, &run)?;
        let total = session.count("SELECT * FROM hunt_findings")?;
        let (limit, offset) = (page.limit.unwrap_or(100).min(MOST), page.offset.unwrap_or(0));
        let sql = format!(
            "SELECT * FROM hunt_findings ORDER BY time, rule, finding_uid LIMIT {limit} \
             OFFSET {offset}"
        );
        let found = session.page(&sql, PageLimits { rows: MOST, time: TIME })?;
        Ok(super::json(format!(
            "{{\"run\":{},\"total\":{total},\"offset\":{offset},\"rows\":{}}}",
            json!(run),
            found.rows
        )))
    })
    .await
}
