//! The report as it would leave the house: whole, or as a policy lets it pass.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use demarche_dossier::{Policy, preview, render};
use serde::Deserialize;

use crate::case::{self, CaseError};
use crate::server::app::App;
use crate::server::ask::Asked;
use crate::server::error::ApiError;

/// The dossier's page, in a frame of its own: its styles are inline.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
    frame-ancestors 'self'; sandbox";

/// How it is to look.
#[derive(Deserialize)]
pub(super) struct Form {
    /// `en`, `de` or `fr`.
    #[serde(default)]
    language: String,
    #[serde(default)]
    tlp: String,
    /// For whom.
    #[serde(default, rename = "for")]
    generated_for: String,
    /// Kinds of rows that a policy lets pass, apart by commas; none for the whole report.
    kinds: Option<String>,
    /// Mailboxes, numbers and person ids that stand as they are, apart by commas.
    #[serde(default)]
    people: String,
}

pub(super) async fn report(
    State(app): State<Arc<App>>,
    Asked(form): Asked<Form>,
) -> Result<Response, ApiError> {
    app.with(move |work| {
        let mut report = case::report::preview(work.case())?;
        for (field, asked) in [
            (&mut report.language, &form.language),
            (&mut report.tlp, &form.tlp),
            (&mut report.generated_for, &form.generated_for),
        ] {
            if !asked.is_empty() {
                field.clone_from(asked);
            }
        }
        if let Some(kinds) = &form.kinds {
            let policy = Policy {
                name: "preview".to_owned(),
                tlp: report.tlp.clone(),
                kinds: list(kinds),
                people: list(&form.people),
                ..Policy::default()
            };
            policy.check().map_err(ApiError::Bad)?;
            report = preview(&report, &policy).map_err(CaseError::from)?;
        }
        let page = Html(render(&report));
        Ok(([(header::CONTENT_SECURITY_POLICY, POLICY)], page).into_response())
    })
    .await
}

fn list(text: &str) -> BTreeSet<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
