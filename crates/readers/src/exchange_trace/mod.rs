//! Exchange Online's message trace: what became of a message for each recipient, also
//! where the message itself was deleted since. It extends a wave's recipients.
//!
//! * `Get-MessageTrace` and `Get-MessageTraceV2`, as CSV or JSON: one row a recipient;
//! * the historical report (`Start-HistoricalSearch`): one row a message, with
//!   `recipient_status` like `a@x.example##Receive, Deliver;b@x.example##Receive, Fail`;
//! * its extended form: one row an event on the way.
//!
//! Columns: learn.microsoft.com/exchange/monitoring/trace-an-email-message. All become
//! events of provider `exchange_trace`, one for each recipient: `account` and `target`
//! the recipient, `actor` the sender, `message_ids` the Message-ID (*handled*, not
//! read), `operation` the status. The address that delivered is the sender's and no
//! client's: it stays in `detail`, not in `source_ip`.

use demarche_core::Event;
use demarche_core::id::short_hash;
use demarche_core::source::Member;

use crate::audit::tree::{Map, Value};
use crate::audit::value::{plain, time};
use crate::audit::{self, Events, Made, detail, no_time, uid};
use crate::lines::Header;
use crate::registry::{Format, ReadError, Sink};

/// The provider of these events.
const PROVIDER: &str = "exchange_trace";

/// CSV of all three.
pub const CSV: Format = Format { name: "exchange-trace-csv", sniff: sniff_csv, read: read_csv };

/// JSON of `Get-MessageTrace`.
pub const JSON: Format = Format { name: "exchange-trace-json", sniff: sniff_json, read: read_json };

/// The default and the largest page of `Get-MessageTrace`, the largest historical report.
const FULL: [u64; 3] = [1_000, 5_000, 100_000];

/// The most recipients of a row that are read.
const RECIPIENTS: usize = 2_000;

fn is_trace(header: &Header) -> bool {
    ["senderaddress", "recipientaddress", "messageid", "status"].iter().all(|n| header.has(n))
        || header.has("recipient_status")
            && header.has("message_id")
            && (header.has("origin_timestamp_utc") || header.has("date_time_utc"))
}

fn sniff_csv(prefix: &[u8]) -> bool {
    audit::csv::delimiter(prefix, is_trace).is_some()
}

fn sniff_json(prefix: &[u8]) -> bool {
    audit::json::sniff(prefix, |first| {
        first.has_all(&["SenderAddress", "RecipientAddress", "MessageId", "MessageTraceId"])
    })
}

fn read_csv(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let records = audit::csv::read(member, sink, is_trace, &|header, row| {
        events(audit::csv::object(header, row))
    })?;
    audit::say_full(records, &FULL, member, sink);
    Ok(())
}

/// Keys in lower case, as those of CSV: so both forms of a row are one event.
fn read_json(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let records = audit::json::read(member, sink, &|map| {
        let cells = map.iter().filter(|(key, _)| !key.contains("@odata.") && *key != "RunspaceId");
        let cells = cells.map(|(key, value)| (key.to_lowercase(), plain(value)));
        let cells = cells.filter(|(_, cell)| !cell.is_empty());
        events(cells.map(|(key, cell)| (key, Value::String(cell))).collect())
    })?;
    audit::say_full(records, &FULL, member, sink);
    Ok(())
}

fn events(row: Map) -> Events {
    let first = |names: &[&str]| {
        let cells = names.iter().filter_map(|name| row.get(name).and_then(Value::as_str));
        cells.into_iter().next().unwrap_or_default()
    };
    let stated = first(&["received", "origin_timestamp_utc", "date_time_utc"]);
    let message_id = first(&["messageid", "message_id"]);
    let message_id = message_id.trim_start_matches('<').trim_end_matches('>').to_owned();
    let sender = first(&["senderaddress", "sender_address"]).to_lowercase();
    let whole = first(&["messagetraceid", "network_message_id"]);
    let step = first(&["event_id"]);
    let recipients = recipients(&row);
    if recipients.is_empty() {
        return Err("no recipient");
    }
    let mut doubts = Vec::new();
    let time = time(stated);
    if time.is_none() {
        doubts.push(no_time(stated));
    }
    if recipients.len() > RECIPIENTS {
        let all = recipients.len();
        doubts.push(format!("{all} recipients, of whom the first {RECIPIENTS} are read"));
    }
    // What the row says, not how or when it was asked for.
    let content = uid(PROVIDER, whole, &row, |key| {
        !matches!(
            key,
            "index"
                | "startdate"
                | "enddate"
                | "pscomputername"
                | "runspaceid"
                | "psshowcomputername"
        )
    });
    let id = |recipient: &str| match (whole, step) {
        ("", _) => String::new(),
        (whole, "") => format!("{whole}:{recipient}"),
        // Of a message's steps there may be several of a kind.
        (_, _) => String::new(),
    };
    let detail = detail(row.clone(), &mut doubts);
    let mut made: Vec<Made> = recipients
        .into_iter()
        .take(RECIPIENTS)
        .map(|(recipient, status)| Made {
            event: Event {
                event_uid: format!(
                    "e1:{}",
                    short_hash(&[content.as_bytes(), recipient.as_bytes()])
                ),
                record_id: id(&recipient),
                provider: PROVIDER.into(),
                time,
                workload: "Exchange".into(),
                outcome: outcome(&status).into(),
                operation: if step.is_empty() { operation(status) } else { step.to_owned() },
                actor: sender.clone(),
                message_ids: Some(message_id.clone())
                    .into_iter()
                    .filter(|m| !m.is_empty())
                    .collect(),
                account: recipient.clone(),
                target: recipient,
                detail: detail.clone(),
                ..Event::default()
            },
            doubts: Vec::new(),
        })
        .collect();
    if let Some(first) = made.first_mut() {
        first.doubts = doubts;
    }
    Ok(made)
}

/// Recipients, lower case, each with the last status of theirs.
fn recipients(row: &Map) -> Vec<(String, String)> {
    let cell = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
    let plain = |addresses: &str, status: &str| -> Vec<(String, String)> {
        let addresses = addresses.split([';', ',']).map(|a| a.trim().to_lowercase());
        addresses.filter(|a| !a.is_empty()).map(|a| (a, status.to_owned())).collect()
    };
    if row.contains_key("recipientaddress") {
        return plain(cell("recipientaddress"), cell("status"));
    }
    if row.contains_key("recipient_address") {
        return plain(cell("recipient_address"), cell("recipient_status"));
    }
    cell("recipient_status")
        .split(';')
        .filter_map(|one| {
            let (address, statuses) = one.split_once("##").unwrap_or((one, ""));
            let address = address.trim().to_lowercase();
            let last = statuses.rsplit(',').next().unwrap_or_default().trim();
            (!address.is_empty()).then(|| (address, last.to_owned()))
        })
        .collect()
}

/// The step's name as the historical report has it, for both.
fn operation(status: String) -> String {
    match status.as_str() {
        "Delivered" => "Deliver".into(),
        "Failed" => "Fail".into(),
        "" => "Trace".into(),
        _ => status,
    }
}

fn outcome(status: &str) -> &'static str {
    match status {
        "Delivered" | "Deliver" => "succeeded",
        "Failed" | "Fail" => "failed",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
