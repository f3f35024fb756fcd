//! What happened when: counts by bin of every record kind, and what analysis found.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use demarche_core::UtcMicros;
use demarche_lake::PageLimits;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::app::{App, Work};
use crate::server::ask::Asked;
use crate::server::error::ApiError;

/// Lanes of counts.
const LANES: [&str; 5] = ["messages", "events", "fetches", "calls", "findings"];
/// Bins of one answer at most, over all lanes: ten times what a screen shows.
const BINS: usize = 50_000;
/// Rows found by analysis at most, of each table.
const FOUND: usize = 2_000;
const TIME: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
pub(super) struct Span {
    from: Option<UtcMicros>,
    to: Option<UtcMicros>,
    /// `minute`, `hour`, `day`, `week`, `month`.
    unit: Option<String>,
    /// Leaves out what analysis found.
    counts_only: Option<bool>,
}

pub(super) async fn timeline(
    State(app): State<Arc<App>>,
    uri: Uri,
    Asked(span): Asked<Span>,
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
    let lanes = counts(work, unit, span)?;
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
    // Zooming asks for counts again and again, and for what was found once.
    for (name, sql) in found.iter().filter(|_| span.counts_only != Some(true)) {
        parts.push(format!(",{}:{}", json!(name), page(sql, FOUND)?));
    }
    Ok(format!("{{\"unit\":{},\"counts\":{}{}}}", json!(unit), json!(lanes), parts.concat()))
}

#[derive(Deserialize)]
struct Bin {
    lane: String,
    at: UtcMicros,
    n: i64,
}

/// Counts by lane, each in order of time.
fn counts(
    work: &Work,
    unit: &str,
    span: &Span,
) -> Result<BTreeMap<&'static str, Vec<Value>>, ApiError> {
    // The cube knows minutes, hours and days; longer units are made of days.
    let (base, at) = match unit {
        "week" | "month" => ("day", format!("date_trunc('{unit}', at)")),
        _ => (unit, "at".to_owned()),
    };
    let sql = format!(
        "SELECT lane, {at} AS at, sum(n) AS n FROM timeline_cube WHERE unit = '{base}' {} \
         GROUP BY 1, 2 ORDER BY lane, at LIMIT {}",
        within("at", span),
        BINS + 1
    );
    let bins: Vec<Bin> = work.session.rows(&sql)?;
    if bins.len() > BINS {
        let what = format!("more than {BINS} bins of a {unit}: ask for longer ones, or for less");
        return Err(ApiError::Bad(what));
    }
    let mut lanes: BTreeMap<&str, Vec<Value>> =
        LANES.iter().map(|lane| (*lane, Vec::new())).collect();
    for bin in bins {
        if let Some(lane) = lanes.get_mut(bin.lane.as_str()) {
            lane.push(json!({ "at": bin.at, "n": bin.n }));
        }
    }
    Ok(lanes)
}

fn within(time: &str, span: &Span) -> String {
    let bound = |at: &Option<UtcMicros>, sign: &str| {
        at.map_or(String::new(), |at| format!("AND \"{time}\" {sign} '{at}'"))
    };
    format!("{} {}", bound(&span.from, ">="), bound(&span.to, "<"))
}
