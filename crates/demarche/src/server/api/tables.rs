//! The contract's tables, page by page, filtered and sorted.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use demarche_lake::{PageLimits, TABLES};
use serde_json::json;

use crate::server::app::{App, Work};
use crate::server::ask::{Asked, Segment};
use crate::server::error::ApiError;

/// Rows of one page at most.
const MOST: usize = 1_000;
/// Tables whose rows the text index finds.
const WITH_WORDS: [&str; 2] = ["messages", "occurrences"];
/// Time of one page.
const TIME: Duration = Duration::from_secs(30);

pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    app.with(|work| {
        let mut tables = Vec::new();
        for table in TABLES {
            let columns: Vec<_> = columns(work, table.name)?
                .into_iter()
                .map(|(name, kind)| json!({ "name": name, "type": kind }))
                .collect();
            tables.push(json!({ "name": table.name, "columns": columns }));
        }
        Ok(super::json(json!({ "tables": tables }).to_string()))
    })
    .await
}

/// `limit`, `offset`, `sort`, `desc`, `search`, `min.COLUMN`, `max.COLUMN`; any other name
/// is a column that must equal the value.
pub(super) async fn rows(
    State(app): State<Arc<App>>,
    Segment(name): Segment<String>,
    uri: Uri,
    Asked(asked): Asked<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let tag = super::tag(&app, &uri.to_string());
    if let Some(answer) = super::unchanged(&headers, &tag) {
        return Ok(answer);
    }
    app.with(move |work| {
        let table = TABLES
            .iter()
            .find(|table| table.name == name)
            .ok_or_else(|| ApiError::Missing(format!("there is no table `{name}`")))?;
        let columns = columns(work, table.name)?;
        let words = work.words && WITH_WORDS.contains(&table.name);
        let ask = Ask::read(&columns, &asked, words)?;
        let filtered = format!("SELECT * FROM {} {}", table.name, ask.filter());
        let total = work.count(&filtered)?;
        let order = ask.order(table.order);
        let sql = format!("{filtered} ORDER BY {order} LIMIT {} OFFSET {}", ask.limit, ask.offset);
        crate::case::query::log_calls(work.case(), std::slice::from_ref(&name), &sql)?;
        let page = work.session.page(&sql, PageLimits { rows: MOST, time: TIME })?;
        let body = format!(
            "{{\"table\":{},\"total\":{total},\"offset\":{},\"rows\":{}}}",
            json!(table.name),
            ask.offset,
            page.rows
        );
        Ok(super::tagged(tag, body))
    })
    .await
}

fn columns(work: &Work, table: &str) -> Result<Vec<(String, String)>, ApiError> {
    let limits = PageLimits { rows: 0, time: TIME };
    Ok(work.session.page(&format!("SELECT * FROM {table} LIMIT 0"), limits)?.columns)
}

/// A page that was asked for, with every name checked against the table's columns.
struct Ask {
    conditions: Vec<String>,
    sort: Option<(String, bool)>,
    limit: usize,
    offset: usize,
}

impl Ask {
    fn read(
        columns: &[(String, String)],
        asked: &[(String, String)],
        words: bool,
    ) -> Result<Self, ApiError> {
        let known = |name: &str| {
            let found = columns.iter().find(|(column, _)| column == name);
            found.ok_or_else(|| ApiError::Bad(format!("there is no column `{name}`")))
        };
        let number = |value: &str| {
            value.parse::<usize>().map_err(|_| ApiError::Bad(format!("`{value}` is no number")))
        };
        let mut ask = Self { conditions: Vec::new(), sort: None, limit: 100, offset: 0 };
        let mut descending = false;
        for (name, value) in asked {
            match name.as_str() {
                "limit" => ask.limit = number(value)?.min(MOST),
                "offset" => ask.offset = number(value)?,
                "desc" => descending = value != "false" && value != "0",
                "sort" => ask.sort = Some((known(value)?.0.clone(), false)),
                "search" if value.is_empty() => {}
                "search" if words => ask.conditions.push(format!(
                    "message_uid IN (SELECT message_uid FROM text_search({}))",
                    literal(value)
                )),
                "search" => ask.conditions.push(contains(columns, value)),
                _ => {
                    let (comparison, name) = match name.split_once('.') {
                        Some(("min", name)) => (">=", name),
                        Some(("max", name)) => ("<=", name),
                        _ => ("=", name.as_str()),
                    };
                    let (name, kind) = known(name)?;
                    if nested(kind) {
                        let what = format!("column `{name}` cannot be compared: ask `sql`");
                        return Err(ApiError::Bad(what));
                    }
                    ask.conditions.push(format!(
                        "{} {comparison} {}",
                        quoted(name),
                        literal(value)
                    ));
                }
            }
        }
        if let Some((_, desc)) = &mut ask.sort {
            *desc = descending;
        }
        Ok(ask)
    }

    fn filter(&self) -> String {
        match self.conditions.is_empty() {
            true => String::new(),
            false => format!("WHERE {}", self.conditions.join(" AND ")),
        }
    }

    /// What was asked for first, then the table's own total order.
    fn order(&self, table: &str) -> String {
        let mut order = String::new();
        if let Some((column, desc)) = &self.sort {
            let direction = if *desc { "DESC" } else { "ASC" };
            let _ = write!(order, "{} {direction} NULLS LAST, ", quoted(column));
        }
        order + table
    }
}

/// Any column with text contains it, whatever its case.
fn contains(columns: &[(String, String)], value: &str) -> String {
    let value = literal(&value.to_lowercase());
    let tests: Vec<String> = columns
        .iter()
        .filter_map(|(name, kind)| {
            let name = quoted(name);
            match kind.as_str() {
                "Utf8" => Some(format!("strpos(lower({name}), {value}) > 0")),
                list if list.starts_with("List(")
                    && list.contains("Utf8")
                    && !list.contains("Struct") =>
                {
                    Some(format!("strpos(lower(array_to_string({name}, ' ')), {value}) > 0"))
                }
                _ => None,
            }
        })
        .collect();
    format!("({})", if tests.is_empty() { "false".to_owned() } else { tests.join(" OR ") })
}

fn nested(kind: &str) -> bool {
    kind.starts_with("List(") || kind.starts_with("Struct(")
}

/// A name as SQL takes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A value as SQL takes it; the engine makes a time or number of it where it must.
fn literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}
