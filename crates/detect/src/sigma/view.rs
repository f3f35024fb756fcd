//! How a Sigma rule sees an event: its field names, resolved.
//!
//! Public rules name fields after the export they were written for, and the same
//! Microsoft 365 event arrives as a Purview row, a Management API object or an Azure
//! Monitor record. A field is looked up in this order:
//!
//! 1. the normalised fields of [`Event`] under their own names (`operation`, `account`...);
//! 2. `external_recipients`, which is computed (see [`external_recipients`]);
//! 3. the names of the taxonomies that rules are written in: the table `fields.tsv`;
//! 4. the provider's event in `detail`, by dotted path. A path crosses arrays (any
//!    member may match), keys that contain dots themselves (`ModifiedProperties.
//!    Role.DisplayName.NewValue`), and name/value arrays that were left unfolded; of
//!    `entra` it is compared without regard to case.
//!
//! The provider's event is parsed only when a rule asks for one of its fields: most
//! events are turned away by operation alone.

use std::borrow::Cow;
use std::cell::OnceCell;

use demarche_core::Event;
use rsigma_eval::EventValue;
use serde_json::{Map, Value};

use super::fields::{self, Place};
use super::sources;

/// The fields by which the engine asks for an event's product and category: of no rule.
pub(super) const PRODUCT: &str = "\u{1}product";
pub(super) const CATEGORY: &str = "\u{1}category";

/// Names under which rules find the normalised fields.
pub(super) const NORMALISED: [&str; 16] = [
    "event_uid",
    "record_id",
    "provider",
    "workload",
    "operation",
    "account",
    "actor",
    "source_ip",
    "user_agent",
    "session",
    "app_id",
    "target",
    "outcome",
    "message_ids",
    "folders",
    "time",
];

/// Fields through which a mail rule or a mailbox setting sends mail on.
const FORWARD_FIELDS: [&str; 10] = [
    "Parameters.ForwardTo",
    "Parameters.ForwardAsAttachmentTo",
    "Parameters.RedirectTo",
    "Parameters.ForwardingSmtpAddress",
    "Parameters.ForwardingAddress",
    "Parameters.BlindCopyTo",
    "Parameters.RedirectMessageTo",
    "Parameters.CopyTo",
    "Parameters.AddToRecipients",
    "OperationProperties.RuleActions",
];

/// An event as the rule engine reads it.
pub(super) struct EventView<'a> {
    event: &'a Event,
    detail: OnceCell<Value>,
}

impl<'a> EventView<'a> {
    /// A view that has parsed nothing yet.
    pub(super) fn new(event: &'a Event) -> Self {
        Self { event, detail: OnceCell::new() }
    }

    /// The provider's event; `null` where `detail` is empty or not JSON.
    fn detail(&self) -> &Value {
        self.detail.get_or_init(|| serde_json::from_str(&self.event.detail).unwrap_or(Value::Null))
    }

    fn normalised(&self, name: &str) -> Option<Option<EventValue<'_>>> {
        let event = self.event;
        let value = match name {
            "event_uid" => &event.event_uid,
            "record_id" => &event.record_id,
            "provider" => &event.provider,
            "workload" => &event.workload,
            "operation" => &event.operation,
            "account" => &event.account,
            "actor" => &event.actor,
            "source_ip" => &event.source_ip,
            "user_agent" => &event.user_agent,
            "session" => &event.session,
            "app_id" => &event.app_id,
            "target" => &event.target,
            "outcome" => &event.outcome,
            "message_ids" => return Some(list(&event.message_ids)),
            "folders" => return Some(list(&event.folders)),
            "time" => {
                return Some(event.time.map(|time| EventValue::Str(Cow::Owned(time.to_string()))));
            }
            _ => return None,
        };
        Some(text(value))
    }

    /// The computed fields of `fields.tsv`.
    fn computed(&self, name: &str) -> Option<EventValue<'_>> {
        let event = self.event;
        match name {
            // Directory operations end in a full stop in the audit log and without one
            // in Azure Monitor.
            "title" => text(event.operation.trim_end().trim_end_matches('.')),
            "status" => match event.outcome.as_str() {
                "succeeded" => text("success"),
                "failed" => text("failure"),
                _ => None,
            },
            // Rules for Defender for Cloud Apps ask for the alert, not the operation.
            "event_name" => {
                let alert = self.in_detail("Name").filter(|_| event.operation == "AlertTriggered");
                match (text(&event.operation), alert) {
                    (Some(operation), Some(alert)) => {
                        Some(EventValue::Array(vec![operation, alert]))
                    }
                    (operation, _) => operation,
                }
            }
            "service" => text(&event.workload)
                .map(|_| EventValue::Str(Cow::Owned(format!("{}.googleapis.com", event.workload)))),
            name => self.normalised(name).flatten(),
        }
    }

    fn at_place(&self, place: &Place, rest: &str) -> Option<EventValue<'_>> {
        match place {
            Place::Normalised(name) => self.computed(name),
            Place::Member(path) => self.in_detail(&path.with(rest)),
            Place::Text(path) => {
                let mut found = Vec::new();
                resolve(self.detail(), &path.with(rest), self.caseless(), &mut found);
                let value = found.first().filter(|value| !value.is_null())?;
                Some(EventValue::Str(Cow::Owned(value.to_string())))
            }
        }
    }

    /// Whether keys are compared without regard to case: Azure's columns are written in
    /// every way.
    fn caseless(&self) -> bool {
        self.event.provider == "entra"
    }

    /// A field of the provider's event by dotted path.
    fn in_detail(&self, path: &str) -> Option<EventValue<'_>> {
        let mut found = Vec::new();
        resolve(self.detail(), path, self.caseless(), &mut found);
        match found.len() {
            0 | 1 => found.pop().map(EventValue::from),
            _ => Some(EventValue::Array(found.into_iter().map(EventValue::from).collect())),
        }
    }

    /// Addresses that a rule or setting forwards to and whose domain is none of the
    /// account's own: not the actor's, the mailbox owner's or the tenant's, nor above
    /// or below one of them. An institution with several unrelated domains sees its
    /// own addresses here too: the rule's page says so.
    fn external_recipients(&self) -> Option<EventValue<'_>> {
        let mut own = vec![domain(&self.event.actor), domain(&self.event.account)];
        let mut texts = Vec::new();
        resolve(self.detail(), "MailboxOwnerUPN", false, &mut texts);
        own.extend(texts.drain(..).filter_map(Value::as_str).map(domain));
        resolve(self.detail(), "OrganizationName", false, &mut texts);
        own.extend(texts.drain(..).filter_map(Value::as_str).map(str::to_lowercase));
        own.retain(|domain| !domain.is_empty());
        for field in FORWARD_FIELDS {
            resolve(self.detail(), field, false, &mut texts);
        }
        let mut outside = std::collections::BTreeSet::new();
        for value in texts {
            each_string(value, &mut |text| {
                outside.extend(addresses(text).filter(|address| {
                    let theirs = domain(address);
                    !own.iter().any(|own| within(&theirs, own) || within(own, &theirs))
                }));
                false
            });
        }
        if outside.is_empty() {
            return None;
        }
        let values = outside.into_iter().map(|text| EventValue::Str(Cow::Owned(text)));
        Some(EventValue::Array(values.collect()))
    }
}

impl rsigma_eval::Event for EventView<'_> {
    fn get_field(&self, path: &str) -> Option<EventValue<'_>> {
        if let Some(found) = self.normalised(path) {
            return found;
        }
        if path == PRODUCT {
            return text(sources::of_event(self.event).0);
        }
        if path == CATEGORY {
            return text(sources::of_event(self.event).1);
        }
        if path == "external_recipients" {
            return self.external_recipients();
        }
        match fields::places(&self.event.provider, path) {
            Some((places, rest)) => places.iter().find_map(|place| self.at_place(place, rest)),
            None => self.in_detail(path),
        }
    }

    fn any_string_value(&self, pred: &dyn Fn(&str) -> bool) -> bool {
        each_string(self.detail(), &mut |text| pred(text))
    }

    fn all_string_values(&self) -> Vec<Cow<'_, str>> {
        let mut texts = Vec::new();
        each_string(self.detail(), &mut |text| {
            texts.push(Cow::Owned(text.to_owned()));
            false
        });
        texts
    }

    fn to_json(&self) -> Value {
        self.detail().clone()
    }
}

fn text(value: &str) -> Option<EventValue<'_>> {
    (!value.is_empty()).then_some(EventValue::Str(Cow::Borrowed(value)))
}

fn list(values: &[String]) -> Option<EventValue<'_>> {
    (!values.is_empty()).then(|| EventValue::Array(values.iter().filter_map(|v| text(v)).collect()))
}

/// Collects every value at `path`. Work is bounded by the event's size: a step is
/// taken only to a key that exists.
fn resolve<'v>(value: &'v Value, path: &str, caseless: bool, found: &mut Vec<&'v Value>) {
    let before = found.len();
    match value {
        Value::Object(map) => {
            if let Some(value) = member(map, path, caseless) {
                found.push(value);
                return;
            }
            for (dot, _) in path.match_indices('.') {
                if let Some(child) = member(map, &path[..dot], caseless) {
                    resolve(child, &path[dot + 1..], caseless, found);
                }
                if found.len() > before {
                    return;
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                resolve(item, path, caseless, found);
            }
            if found.len() > before {
                return;
            }
            for item in items {
                let name = NAMES.iter().find_map(|key| item.get(key)).and_then(Value::as_str);
                let Some(name) = name else { continue };
                let Some(rest) = path.strip_prefix(name) else { continue };
                if rest.is_empty() {
                    found.extend(VALUES.iter().find_map(|key| item.get(key)));
                } else if let Some(rest) = rest.strip_prefix('.') {
                    resolve(item, rest, caseless, found);
                }
            }
        }
        _ => {}
    }
}

/// Keys of name/value lists: Microsoft 365's, then Graph's.
const NAMES: [&str; 2] = ["Name", "displayName"];
const VALUES: [&str; 3] = ["Value", "NewValue", "newValue"];

fn member<'v>(map: &'v Map<String, Value>, key: &str, caseless: bool) -> Option<&'v Value> {
    let exact = map.get(key);
    if exact.is_some() || !caseless {
        return exact;
    }
    map.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

/// Calls `visit` for every string until it says `true`; whether it did.
fn each_string(value: &Value, visit: &mut dyn FnMut(&str) -> bool) -> bool {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().any(|item| each_string(item, visit)),
        Value::Object(map) => map.values().any(|item| each_string(item, visit)),
        _ => false,
    }
}

/// Mail addresses written in a text, lower case.
fn addresses(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !(c.is_alphanumeric() || ".@_-+'=/".contains(c)))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| {
            word.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && domain.contains('.') && !domain.contains('@')
            })
        })
        .map(str::to_lowercase)
}

/// The domain of an address, lower case; empty when it has none.
fn domain(address: &str) -> String {
    address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase()).unwrap_or_default()
}

/// Whether `name` is `zone` or lies below it.
fn within(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsigma_eval::Event as _;

    fn event(detail: &str) -> Event {
        Event {
            provider: "m365".into(),
            operation: "Add member to role.".into(),
            workload: "AzureActiveDirectory".into(),
            actor: "ann@parliament.example".into(),
            outcome: "succeeded".into(),
            detail: detail.into(),
            ..Event::default()
        }
    }

    fn field(detail: &str, path: &str) -> Option<Value> {
        let event = event(detail);
        EventView::new(&event).get_field(path).map(|value| value.to_json())
    }

    #[test]
    fn folded_and_unfolded_events_answer_alike() {
        let folded = r#"{"ModifiedProperties":{"Role.DisplayName":{"NewValue":"Owner"}}}"#;
        let raw = r#"{"ModifiedProperties":[{"Name":"Role.DisplayName","NewValue":"Owner"}]}"#;
        for detail in [folded, raw] {
            let found = field(detail, "ModifiedProperties.Role.DisplayName.NewValue");
            assert_eq!(found, Some("Owner".into()), "{detail}");
        }
        let raw =
            r#"{"Parameters":[{"Name":"ForwardTo","Value":"a"},{"Name":"ForwardTo","Value":"b"}]}"#;
        assert_eq!(field(raw, "Parameters.ForwardTo"), Some(serde_json::json!(["a", "b"])));
        assert_eq!(field(raw, "Parameters.RedirectTo"), None);
    }

    #[test]
    fn names_of_other_exports_resolve() {
        assert_eq!(field("{}", "properties.message"), Some("Add member to role".into()));
        assert_eq!(field("{}", "Operation"), Some("Add member to role.".into()));
        assert_eq!(field("{}", "status"), Some("success".into()));
        assert_eq!(field("not json", "eventSource"), Some("AzureActiveDirectory".into()));
        assert_eq!(field("not json", "UserType"), None);
        assert_eq!(field("{}", "session"), None);
    }

    #[test]
    fn only_foreign_addresses_are_external() {
        let raw = r#"{"OrganizationName":"parl.onmicrosoft.example",
            "Parameters":{"ForwardTo":"smtp:Out@Evil.example;bob@mail.parliament.example;Desk",
                          "BlindCopyTo":"x@parl.onmicrosoft.example"}}"#;
        assert_eq!(
            field(raw, "external_recipients"),
            Some(serde_json::json!(["out@evil.example"]))
        );
        let json = r#"{"OperationProperties":{"RuleActions":"[{\"ActionType\":\"Forward\",\"Recipients\":[\"a@b.example\"]}]"}}"#;
        assert_eq!(field(json, "external_recipients"), Some(serde_json::json!(["a@b.example"])));
        assert_eq!(
            field(r#"{"Parameters":{"ForwardTo":"notparliament.example"}}"#, "external_recipients"),
            None
        );
        assert!(within("a.b.example", "b.example") && !within("ab.example", "b.example"));
    }
}
