//! One mail, inert: nothing of it is a link, runs, or is loaded from anywhere.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use demarche_core::SourceId;
use demarche_lake::PageLimits;
use serde::Deserialize;
use serde_json::json;

use crate::case;
use crate::server::access::Identity;
use crate::server::app::{App, Work};
use crate::server::ask::Segment;
use crate::server::error::ApiError;

const LIMITS: PageLimits = PageLimits { rows: 50, time: Duration::from_secs(30) };
/// The frame a mail's own HTML is shown in.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox";

#[derive(Deserialize)]
struct Body {
    mailbox: String,
    headers: String,
    text: String,
    html: String,
}

pub(super) async fn message(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Segment(uid): Segment<String>,
) -> Result<Response, ApiError> {
    app.with(move |work| {
        let uid = known(&uid)?;
        let sql = format!("SELECT * FROM messages WHERE message_uid = '{uid}' ORDER BY mailbox");
        let rows = work.session.page(&sql, LIMITS)?;
        let body = body(work, uid)?;
        let copies = format!(
            "SELECT * FROM occurrences WHERE message_uid = '{uid}' ORDER BY mailbox, \
             evidence['source'], evidence['path'], evidence['offset']"
        );
        let copies = work.session.page(&copies, LIMITS)?;
        read_by(work, &who, uid, "text")?;
        Ok(super::json(format!(
            "{{\"rows\":{},\"copies\":{},\"privileged\":{},\"headers\":{},\"text\":{},\"has_html\":{}}}",
            rows.rows,
            copies.rows,
            json!(privileged(work, &body.mailbox)?),
            json!(body.headers),
            json!(body.text),
            !body.html.is_empty()
        )))
    })
    .await
}

pub(super) async fn html(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Segment(uid): Segment<String>,
) -> Result<Response, ApiError> {
    app.with(move |work| {
        let uid = known(&uid)?;
        let body = body(work, uid)?;
        read_by(work, &who, uid, "html")?;
        let page = format!(
            "<!doctype html><meta charset=utf-8><meta name=color-scheme content=\"light dark\">\
             <body>{}",
            harmless(&body.html)
        );
        Ok(([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(page)).into_response())
    })
    .await
}

/// A uid as we write them: nothing else comes near a query.
fn known(uid: &str) -> Result<&str, ApiError> {
    let hex = uid.strip_prefix("m1:").unwrap_or_default();
    let ours = !hex.is_empty() && hex.len() <= 64 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    if ours { Ok(uid) } else { Err(ApiError::Bad(format!("`{uid}` is no message uid"))) }
}

/// The stored body; of a privileged mailbox the lake has headers only.
fn body(work: &Work, uid: &str) -> Result<Body, ApiError> {
    let sql = format!(
        "SELECT mailbox, headers, text, html FROM message_bodies WHERE message_uid = '{uid}' \
         ORDER BY mailbox LIMIT 1"
    );
    let rows: Vec<Body> = work.session.rows(&sql)?;
    rows.into_iter().next().ok_or_else(|| ApiError::Missing(format!("there is no message `{uid}`")))
}

/// Every read of a body is in the custody log, before it is handed out.
fn read_by(work: &Work, who: &Identity, uid: &str, what: &str) -> Result<(), ApiError> {
    case::custody(work.case())
        .append("read_message", json!({ "by": who.name, "message_uid": uid, "as": what }))
        .map_err(case::CaseError::from)?;
    Ok(())
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// Whether a mailbox's roster row carries a privilege.
fn privileged(work: &Work, mailbox: &str) -> Result<bool, ApiError> {
    let mailbox = mailbox.replace('\'', "''");
    let sql = format!(
        "SELECT person_id AS name FROM roster WHERE privilege <> '' AND \
         array_has(array_distinct(string_to_array(lower(array_to_string(addresses, ' ')), ' ')), \
         '{mailbox}')"
    );
    let rows: Vec<Named> = work.session.rows(&sql)?;
    Ok(!rows.is_empty())
}

/// The privileged mailbox whose mail lies at this place of the evidence, if one does:
/// the source's bytes hold what the lake does not.
pub(super) fn privileged_at(
    work: &Work,
    source: &SourceId,
    path: &str,
    offset: u64,
) -> Result<Option<String>, ApiError> {
    let path = path.replace('\'', "''");
    let source = source.as_str().replace('\'', "''");
    let sql = format!(
        "SELECT DISTINCT mailbox AS name FROM occurrences WHERE evidence['source'] = '{source}' \
         AND evidence['path'] = '{path}' AND evidence['offset'] <= {offset} \
         AND evidence['offset'] + evidence['length'] > {offset}"
    );
    let rows: Vec<Named> = work.session.rows(&sql)?;
    for row in rows {
        if privileged(work, &row.name)? {
            return Ok(Some(row.name));
        }
    }
    Ok(None)
}

/// A mail's HTML with its look kept as far as text goes: no link, image, form, script,
/// style sheet or frame.
pub(super) fn harmless(html: &str) -> String {
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .rm_tags(["a", "img", "map", "area"])
        .add_tags(["font", "center"])
        .generic_attributes(HashSet::from(["align", "dir", "lang", "title"]))
        .link_rel(None)
        .url_schemes(HashSet::new())
        .strip_comments(true);
    cleaner.clean(html).to_string()
}
