//! A row of an Exchange log, as events.

use demarche_core::{Event, UtcMicros};

use super::header::Header;
use crate::lines::Row;
use crate::serverlog::{Fields, address, outcome};

/// Recipients of a row at most; Exchange splits a message before that.
const RECIPIENTS: usize = 5000;

type Doubt = &'static str;

/// The events of a row, without evidence, and what is doubtful in them.
pub(super) fn events(row: &Row<'_>, header: &Header) -> Result<(Vec<Event>, Vec<Doubt>), Doubt> {
    let columns = header.columns();
    if columns.is_empty() {
        return Err("a row before any #Fields");
    }
    if row.len() > columns.len() {
        return Err("more fields than #Fields names");
    }
    let mut doubts = Vec::new();
    if row.len() < columns.len() {
        doubts.push("fewer fields than #Fields names");
    }
    let mut fields = Fields::default();
    for (at, name) in columns.iter().enumerate().take(row.len()) {
        fields.add(name, &row.text(at));
    }
    let time = UtcMicros::parse(fields.first(&["date-time", "datetime", "timestamp", "date"])).ok();
    if time.is_none() {
        doubts.push("no readable time");
    }
    let mut events = if header.is_tracking() {
        tracking(&fields, &mut doubts)
    } else {
        vec![request(&fields, header)]
    };
    for event in &mut events {
        let provider = if header.is_tracking() { "exchange_tracking" } else { "exchange" };
        event.provider = provider.into();
        event.time = time;
        let account = event.account.clone();
        let parts: [&[u8]; 4] =
            [b"exchange", header.log_type().as_bytes(), account.as_bytes(), row.piece.bytes];
        let doubt = fields.finish(event, &parts);
        if let Some(doubt) = doubt.filter(|doubt| !doubts.contains(doubt)) {
            doubts.push(doubt);
        }
    }
    Ok((events, doubts))
}

fn tracking(fields: &Fields, doubts: &mut Vec<Doubt>) -> Vec<Event> {
    let list = fields.get("recipient-address").to_lowercase();
    let mut recipients: Vec<&str> = list.split(';').map(str::trim).collect();
    recipients.retain(|recipient| !recipient.is_empty());
    recipients.sort_unstable();
    recipients.dedup();
    if recipients.len() > RECIPIENTS {
        recipients.truncate(RECIPIENTS);
        doubts.push("more than 5000 recipients, the rest not told apart");
    }
    if recipients.is_empty() {
        recipients.push("");
    }
    let id = fields.get("message-id").trim_start_matches('<').trim_end_matches('>');
    let operation = fields.get("event-id");
    let outcome = match operation {
        "FAIL" | "BADMAIL" | "DROP" => "failed",
        "DELIVER" | "SEND" => "succeeded",
        _ => "",
    };
    recipients
        .into_iter()
        .map(|recipient| Event {
            workload: "MessageTracking".into(),
            operation: operation.to_owned(),
            account: recipient.to_owned(),
            actor: fields.get("sender-address").to_lowercase(),
            source_ip: address(fields.first(&["original-client-ip", "client-ip"])),
            target: fields.get("message-subject").to_owned(),
            outcome: outcome.to_owned(),
            message_ids: Some(id.to_owned()).filter(|id| !id.is_empty()).into_iter().collect(),
            ..Event::default()
        })
        .collect()
}

fn request(fields: &Fields, header: &Header) -> Event {
    let account = fields.first(&["authenticateduser", "user", "username"]).to_lowercase();
    let (stem, query) = (fields.first(&["urlstem", "url", "uri"]), fields.get("urlquery"));
    let named =
        fields.first(&["soapaction", "protocolaction", "method", "event-id", "eventid", "event"]);
    Event {
        record_id: fields.get("requestid").to_owned(),
        workload: header.log_type().to_owned(),
        operation: command(fields).unwrap_or(named).to_owned(),
        actor: account.clone(),
        account,
        source_ip: address(fields.first(&["clientipaddress", "client-ip", "clientip"])),
        user_agent: fields.first(&["useragent", "user-agent"]).to_owned(),
        target: if query.is_empty() { stem.to_owned() } else { format!("{stem}{query}") },
        outcome: outcome(fields.get("httpstatus")).to_owned(),
        ..Event::default()
    }
}

/// The cmdlet of `S:CMD=Set-OabVirtualDirectory.ExternalUrl='...'` in any field.
fn command(fields: &Fields) -> Option<&str> {
    let (_, command) = fields.values().find_map(|value| value.split_once("S:CMD="))?;
    let end = command.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    Some(&command[..end.unwrap_or(command.len())]).filter(|name| !name.is_empty())
}
