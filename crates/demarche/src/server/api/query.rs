//! Any reading question in SQL, within limits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use demarche_lake::PageLimits;
use serde::Deserialize;
use serde_json::json;

use crate::case;
use crate::server::access::Identity;
use crate::server::app::App;
use crate::server::ask::Body;
use crate::server::error::ApiError;

/// Rows of one answer at most.
const MOST: usize = 10_000;
/// Time of one question.
const TIME: Duration = Duration::from_secs(60);
/// Characters of one question.
const LENGTH: usize = 100_000;

#[derive(Deserialize)]
pub(super) struct Question {
    query: String,
    limit: Option<usize>,
}

pub(super) async fn sql(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Body(question): Body<Question>,
) -> Result<Response, ApiError> {
    if question.query.len() > LENGTH {
        return Err(ApiError::Bad(format!("a query has at most {LENGTH} characters")));
    }
    app.with(move |work| {
        let rows = question.limit.unwrap_or(1_000).min(MOST);
        let begun = Instant::now();
        let page = work.session.page(&question.query, PageLimits { rows, time: TIME })?;
        // A question can read bodies and call records: who asked what is kept.
        case::custody(work.case())
            .append("sql", json!({ "by": who.name, "query": question.query, "rows": page.count }))
            .map_err(case::CaseError::from)?;
        let columns: Vec<_> =
            page.columns.iter().map(|(name, kind)| json!({ "name": name, "type": kind })).collect();
        let seconds = begun.elapsed().as_secs_f64();
        Ok(super::json(format!(
            "{{\"columns\":{},\"rows\":{},\"count\":{},\"truncated\":{},\"seconds\":{seconds:.3}}}",
            json!(columns),
            page.rows,
            page.count,
            page.truncated
        )))
    })
    .await
}
