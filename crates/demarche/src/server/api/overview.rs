//! The four questions with their answers, and the report as it would leave the house.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use demarche_dossier::{Narrative, QUESTIONS};
use serde_json::{Value, json};

use crate::case::report;
use crate::server::app::App;
use crate::server::error::ApiError;

/// The dossier's page, in a frame of its own: its styles are inline.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
    frame-ancestors 'self'; sandbox";

pub(super) async fn overview(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let tag = super::tag(&app, "overview");
    if let Some(answer) = super::unchanged(&headers, &tag) {
        return Ok(answer);
    }
    app.with(move |work| {
        let told = Narrative::of(&report::preview(work.case())?);
        Ok(super::tagged(tag, answers(&told).to_string()))
    })
    .await
}

/// The first page; rows are asked of their tables.
fn answers(told: &Narrative) -> Value {
    let report = &told.report;
    let answered = QUESTIONS.iter().zip(&told.judgements);
    let answered: Vec<_> = answered
        .map(|(question, answer)| json!({ "question": question, "answer": answer }))
        .collect();
    let waves = report.waves.iter().map(|wave| &wave.wave_id);
    let intrusions = report.intrusions.iter().map(|intrusion| &intrusion.intrusion_id);
    let campaigns = report.campaigns.iter().map(|campaign| &campaign.campaign_id);
    let labels: BTreeMap<&String, String> = waves
        .map(|id| (id, told.wave_label(id)))
        .chain(intrusions.chain(campaigns).map(|id| (id, told.subject_label(id))))
        .collect();
    json!({
        "title": report.title,
        "run": report.run_id,
        "version": report.tool_version,
        "knowledge": report.knowledge_snapshot,
        "parameters": report.parameters,
        "totals": report.totals,
        "sources": report.sources.len(),
        "anomalies": { "total": report.anomalies.total, "counts": report.anomalies.counts },
        "questions": answered,
        "actions": told.actions,
        "coverage": told.coverage,
        "people": report.people,
        "labels": labels,
    })
}

pub(super) async fn report(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    app.with(|work| {
        let report = report::preview(work.case())?;
        let page = Html(demarche_dossier::render(&report));
        Ok(([(header::CONTENT_SECURITY_POLICY, POLICY)], page).into_response())
    })
    .await
}
