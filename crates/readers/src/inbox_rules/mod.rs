//! Inbox rules as they stood: `Get-InboxRule` saved as CSV or JSON.
//!
//! Such a list bears no times: when a rule was made the audit log says, while it reaches
//! back that far. A rule becomes an event of provider `m365` and operation
//! `Get-InboxRule` without a time, so that rules over events see what it does, and an
//! anomaly says that nothing is known of when.
//! Properties: learn.microsoft.com/powershell/module/exchange/get-inboxrule.

use demarche_core::Event;
use demarche_core::source::Member;

use crate::audit::tree::{Map, Value};
use crate::audit::value::plain;
use crate::audit::{self, Events, Made, detail, uid};
use crate::lines::Header;
use crate::registry::{Format, ReadError, Sink};

/// `Export-Csv`.
pub const CSV: Format = Format { name: "inbox-rules-csv", sniff: sniff_csv, read: read_csv };

/// `ConvertTo-Json`.
pub const JSON: Format = Format { name: "inbox-rules-json", sniff: sniff_json, read: read_json };

/// Properties of which every full listing of a rule has all.
const PROPERTIES: [&str; 5] =
    ["RuleIdentity", "MailboxOwnerId", "ForwardTo", "RedirectTo", "DeleteMessage"];

fn is_rules(header: &Header) -> bool {
    PROPERTIES.iter().all(|name| header.has(&name.to_lowercase()))
}

fn sniff_csv(prefix: &[u8]) -> bool {
    audit::csv::delimiter(prefix, is_rules).is_some()
}

fn sniff_json(prefix: &[u8]) -> bool {
    audit::json::sniff(prefix, |first| first.has_all(&PROPERTIES))
}

fn read_csv(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    audit::csv::read(member, sink, is_rules, &|header, row| {
        event(audit::csv::object(header, row))
    })?;
    Ok(())
}

fn read_json(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    audit::json::read(member, sink, &|map| {
        let cells = map.iter().map(|(key, value)| (key.to_lowercase(), plain(value)));
        let cells = cells.filter(|(_, cell)| !cell.is_empty());
        event(cells.map(|(key, cell)| (key, Value::String(cell))).collect())
    })?;
    Ok(())
}

/// Names as cmdlets in the audit log write them, so that one rule sees both.
const NAMES: [&str; 22] = [
    "Name",
    "Enabled",
    "Priority",
    "Identity",
    "ForwardTo",
    "ForwardAsAttachmentTo",
    "RedirectTo",
    "SendTextMessageNotificationTo",
    "CopyToFolder",
    "MoveToFolder",
    "DeleteMessage",
    "SoftDeleteMessage",
    "MarkAsRead",
    "StopProcessingRules",
    "From",
    "FromAddressContainsWords",
    "SubjectContainsWords",
    "SubjectOrBodyContainsWords",
    "BodyContainsWords",
    "HeaderContainsWords",
    "RecipientAddressContainsWords",
    "SentTo",
];

/// The event of a rule. `detail` has its properties under `Parameters`, named as
/// cmdlets in the audit log name them; the description and the rest under their own.
fn event(row: Map) -> Events {
    let cell = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
    let identity = cell("identity");
    let rule = cell("ruleidentity").to_owned();
    if identity.is_empty() && rule.is_empty() {
        return Err("not an inbox rule: neither Identity nor RuleIdentity");
    }
    let owner = [cell("mailboxownerid"), identity.split('\\').next().unwrap_or_default()];
    let owner = owner.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_lowercase();
    let mut event = Event {
        event_uid: uid("m365", &rule, &row, |key| !key.contains("runspaceid")),
        provider: "m365".into(),
        workload: "Exchange".into(),
        operation: "Get-InboxRule".into(),
        account: owner.clone(),
        actor: owner,
        target: cell("name").to_owned(),
        ..Event::default()
    };
    let mut parameters = Map::new();
    let mut rest = Map::new();
    for (key, value) in row {
        match NAMES.iter().find(|name| name.eq_ignore_ascii_case(&key)) {
            Some(name) => parameters.insert((*name).to_owned(), value),
            None => rest.insert(key, value),
        };
    }
    rest.insert("Operation".into(), "Get-InboxRule".into());
    rest.insert("Parameters".into(), Value::Object(parameters));
    let mut doubts = vec!["an inbox rule as it stood: when it was made is not said".to_owned()];
    event.detail = detail(rest, &mut doubts);
    Ok(vec![Made { event, doubts }])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::lines::testing::{events, read};

    const RULES: &[u8] = include_bytes!("testdata/rules.csv");

    #[test]
    fn a_listing() {
        let (name, events, anomalies) = events(RULES);
        assert_eq!(name, Some("inbox-rules-csv"));
        insta::assert_json_snapshot!(events);
        assert_eq!(
            anomalies,
            [
                "an inbox rule as it stood: when it was made is not said",
                "not an inbox rule: neither Identity nor RuleIdentity",
            ]
        );
    }

    #[test]
    fn a_listing_as_json() {
        let (name, events, anomalies) = events(include_bytes!("testdata/rules.json"));
        assert_eq!((name, anomalies.len()), (Some("inbox-rules-json"), 2));
        insta::assert_json_snapshot!(events);
    }

    #[test]
    fn the_same_rule_as_json() {
        let json = r#"{"Name":"Archive","Enabled":true,"Identity":"jane\\17","RuleIdentity":17,"MailboxOwnerId":"Jane@house.example","ForwardTo":["\"x\" [SMTP:x@mail.example]"],"RedirectTo":null,"DeleteMessage":true}"#;
        let (name, events, anomalies) = events(format!("[{json}]").as_bytes());
        assert_eq!((name, anomalies.len()), (Some("inbox-rules-json"), 1));
        assert_eq!((events[0].target.as_str(), events[0].time), ("Archive", None));
        assert!(events[0].detail.contains(r#""ForwardTo":"\"x\" [SMTP:x@mail.example]""#));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_bytes_are_read(at in 0_usize..2000, byte: u8, tail: Vec<u8>) {
            let mut bytes = RULES.to_vec();
            let len = bytes.len();
            bytes[at % len] = byte;
            bytes.extend(tail);
            let _ = read(&bytes);
        }
    }
}
