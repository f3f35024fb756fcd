//! Who one is, and what is open.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use demarche_lake::Lake;
use serde_json::{Value, json};

use crate::server::access::Identity;
use crate::server::app::App;
use crate::server::error::ApiError;

pub(super) async fn session(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
) -> Result<Json<Value>, ApiError> {
    let state = app.state();
    app.with(move |work| {
        let lake = Lake::open(work.case())?;
        let manifest = lake.manifest();
        Ok(Json(json!({
            "name": who.name,
            "token": who.token,
            "case": work.case().file_name().map(|name| name.to_string_lossy()),
            "run": manifest.run,
            "state": state,
            "version": env!("CARGO_PKG_VERSION"),
            "evidence_at_hand": !work.evidence().is_empty(),
        })))
    })
    .await
}
