//! Cited bytes as they stand in the evidence: text that nothing acts on.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use demarche_core::{EvidenceRef, SourceId};
use serde::Deserialize;
use serde_json::json;

use crate::case::{self, excerpt};
use crate::server::access::Identity;
use crate::server::app::App;
use crate::server::ask::Asked;
use crate::server::error::ApiError;

/// Bytes before and behind the cited range at most.
const AROUND: u64 = 64 << 10;

#[derive(Deserialize)]
pub(super) struct Place {
    source: SourceId,
    path: String,
    offset: u64,
    length: u64,
    sha256: String,
    around: Option<u64>,
}

pub(super) async fn evidence(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Asked(place): Asked<Place>,
) -> Result<Response, ApiError> {
    app.with(move |work| {
        if let Some(mailbox) =
            super::message::privileged_at(work, &place.source, &place.path, place.offset)?
        {
            return Err(ApiError::Missing(format!(
                "`{mailbox}` is privileged: its bodies are not shown; two people may unlock one"
            )));
        }
        let cited = EvidenceRef {
            source: place.source,
            path: place.path,
            offset: place.offset,
            length: place.length,
            locator: None,
            sha256: place.sha256,
        };
        let around = place.around.unwrap_or(512).min(AROUND);
        let found = excerpt::excerpt(work.case(), work.evidence(), &cited, around)?;
        case::custody(work.case())
            .append("read_evidence", json!({ "by": who.name, "evidence": cited }))
            .map_err(case::CaseError::from)?;
        Ok(super::json(
            json!({
                "evidence": cited,
                "from": found.from,
                "bytes": base64::engine::general_purpose::STANDARD.encode(&found.bytes),
                "holds": found.holds,
            })
            .to_string(),
        ))
    })
    .await
}
