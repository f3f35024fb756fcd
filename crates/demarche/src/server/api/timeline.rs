//! What happened when: counts by bin of every record kind, and what analysis found.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use demarche_core::UtcMicros;
use demarche_lake::PageLimits;
use serde::Deserialize;
use serde_json::json;

use crate::server::app::{App, Work};
use crate::server::error::ApiError;

/// Tables with their column of time, as lanes of counts.
const LANES: [(&str, &str); 5] = [
    ("messages", "date"),
    ("events", "time"),
    ("fetches", "time"),
    ("calls", "time"),
    ("findings", "time"),
];
/// Rows found by analysis at most, of each table.
const FOUND: usize = 2_000;
const TIME: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
pub(super) struct Span {
    from: Option<UtcMicros>,
    to: Option<UtcMicros>,
    /// `minute`, `hour`, `day`, `week`, `month`.
    unit: Option<String>,
}

pub(super) async fn timeline(
    State(app): State<Arc<App>>,
    uri: Uri,
    Query(span): Query<Span>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let tag = super::tag(&app, &uri.to_string());
    if let Some(answer) = super::unchanged(&headers, &tag) {
        return Ok(answer);
    }
    app.with(move |work| Ok(super::tagged(tag, answer(work, &span)?))).await
}

fn answer(work: &Work, span: &Span) -> Result<String, ApiError> {
    let unit = span.unit.as_deref().unwrap_or("week");
    if !["minute", "hour", "day", "week", "month"].contains(&unit) {
        return Err(ApiError::Bad(format!("`{unit}` is no unit of time")));
    }
    let page = |sql: &str, rows: usize| -> Result<String, ApiError> {
        Ok(work.session.page(sql, PageLimits { rows, time: TIME })?.rows)
    };
    let mut lanes = Vec::new();
    for (table, time) in LANES {
        let within = within(time, span);
        let sql = format!(
            "SELECT date_trunc('{unit}', \"{time}\") AS at, count(*) AS n FROM {table} \
             WHERE \"{time}\" IS NOT NULL {within} GROUP BY 1 ORDER BY 1"
        );
        lanes.push(format!("{}:{}", json!(table), page(&sql, 20_000)?));
    }
    let found = [
        (
            "waves",
            "SELECT wave_id, campaign_id, probability, first_seen, last_seen, subject, \
            cardinality(recipients) AS recipients FROM waves ORDER BY first_seen, wave_id",
        ),
        (
            "intrusions",
            "SELECT intrusion_id, account, status, probability, first_access, \
            last_access, first_access_bounds, last_access_bounds, start_censored, end_censored, \
            kinds, gaps, campaign_id FROM intrusions ORDER BY first_access, intrusion_id",
        ),
        (
            "coverage",
            r#"SELECT source, account, "from", "to", inferred FROM coverage
            WHERE account = '' ORDER BY source, "from""#,
        ),
        ("claims", "SELECT * FROM claims ORDER BY claim_id"),
    ];
    let mut parts = Vec::new();
    for (name, sql) in found {
        parts.push(format!("{}:{}", json!(name), page(sql, FOUND)?));
    }
    Ok(format!(
        "{{\"unit\":{},\"counts\":{{{}}},{}}}",
        json!(unit),
        lanes.join(","),
        parts.join(",")
    ))
}

fn within(time: &str, span: &Span) -> String {
    let bound = |at: &Option<UtcMicros>, sign: &str| {
        at.map_or(String::new(), |at| format!("AND \"{time}\" {sign} '{at}'"))
    };
    format!("{} {}", bound(&span.from, ">="), bound(&span.to, "<"))
}
