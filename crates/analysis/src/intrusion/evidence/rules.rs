//! Inbox, forwarding and transport rules (ATT&CK T1114.003, T1564.008).

use std::collections::BTreeSet;

use demarche_core::Event;

use super::{Artefact, Class, detail};
use crate::input::Roster;
use crate::intrusion::weights;

/// Parameters that send mail on; names of the Exchange cmdlets' documentation.
const SENDS_ON: [&str; 10] = [
    "ForwardTo",
    "ForwardAsAttachmentTo",
    "RedirectTo",
    "ForwardingSmtpAddress",
    "ForwardingAddress",
    "BlindCopyTo",
    "CopyTo",
    "RedirectMessageTo",
    "AddToRecipients",
    // Google's `email_forwarding_out_of_domain`.
    "email_forwarding_destination_address",
];

/// What a rule event sets up, if anything. `domains` are the house's own.
pub(crate) fn assess(
    event: &Event,
    access: usize,
    domains: &BTreeSet<String>,
    roster: &Roster,
) -> Vec<Artefact> {
    if event.outcome == "failed" || removes(event) {
        return Vec::new();
    }
    let pairs = detail::pairs(&detail::parse(&event.detail));
    let mut artefacts = Vec::new();
    let object = object(event, &pairs);
    let transport = event.operation.contains("TransportRule");
    let mut sends: Vec<String> = pairs
        .iter()
        .filter(|(name, _)| SENDS_ON.iter().any(|known| known.eq_ignore_ascii_case(name)))
        .flat_map(|(_, value)| detail::addresses(value))
        .collect();
    if let Some(actions) = detail::get(&pairs, "RuleActions")
        && (actions.contains("Forward") || actions.contains("Redirect"))
    {
        sends.extend(detail::addresses(actions));
    }
    let outside = sends.iter().find(|address| {
        let domain = address.rsplit('@').next().unwrap_or_default();
        !domains.contains(domain)
    });
    if let Some(outside) = outside {
        // The roster knows private addresses too: honest people forward to themselves.
        let known = roster.by_address(outside, None).iter().any(|entry| {
            let of_owner =
                |name: &str| entry.addresses.iter().any(|a| a.eq_ignore_ascii_case(name));
            of_owner(&event.account)
                || roster
                    .by_address(&event.account, None)
                    .iter()
                    .any(|owner| owner.person_id == entry.person_id)
        });
        let (name, nats) = match (known, transport) {
            (true, _) => ("rule_to_own_private_address", 0.2),
            (false, true) => ("transport_rule_to_outside", weights::RULE_TRANSPORT),
            (false, false) => ("forwarding_to_outside", weights::RULE_EXTERNAL),
        };
        artefacts.push(Artefact {
            class: Class::Rules,
            name,
            nats,
            more: nats / 3.0,
            detail: format!("{} sends mail on to {outside}, outside the house", event.operation),
            access,
            technique: "T1114.003",
            object: object.clone(),
        });
    }
    if event.operation.contains("Rule") && hides(&pairs) {
        artefacts.push(Artefact {
            class: Class::Rules,
            name: "hiding_rule",
            nats: weights::RULE_HIDING,
            more: weights::RULE_HIDING / 3.0,
            detail: format!("{} deletes or hides mail as it arrives", event.operation),
            access,
            technique: "T1564.008",
            object: object.clone(),
        });
    }
    let nameless =
        detail::get(&pairs, "Name").is_some_and(|name| !name.chars().any(char::is_alphanumeric));
    if nameless && event.operation.starts_with("New-") {
        artefacts.push(Artefact {
            class: Class::Rules,
            name: "rule_without_a_name",
            nats: weights::RULE_NAMELESS,
            more: 0.0,
            detail: "a rule named so as not to be noticed".to_owned(),
            access,
            technique: "T1564.008",
            object,
        });
    }
    artefacts
}

/// Deleted, or moved to a folder in which nobody looks.
fn hides(pairs: &[(String, String)]) -> bool {
    let is_true = |name: &str| {
        detail::get(pairs, name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    };
    let folder = ["MoveToFolder", "CopyToFolder"]
        .iter()
        .filter_map(|name| detail::get(pairs, name))
        .any(|folder| {
            let folder = folder.to_lowercase();
            ["rss", "conversation history", "archive", "deleted", "junk", "sync issues"]
                .iter()
                .any(|quiet| folder.contains(quiet))
        });
    let actions = detail::get(pairs, "RuleActions").unwrap_or_default();
    is_true("DeleteMessage")
        || is_true("SoftDeleteMessage")
        || (folder && is_true("MarkAsRead"))
        || actions.contains("\"Delete")
}

/// Whether the event takes a rule or a forwarding away.
pub(crate) fn removes(event: &Event) -> bool {
    if event.operation.starts_with("Remove-") || event.operation.starts_with("Disable-") {
        return true;
    }
    event.operation == "Set-Mailbox" && {
        let pairs = detail::pairs(&detail::parse(&event.detail));
        let empty = |name| detail::get(&pairs, name).is_some_and(|value| value.trim().is_empty());
        empty("ForwardingSmtpAddress") || empty("ForwardingAddress")
    }
}

/// The rule's name, or `forwarding` for a mailbox setting.
pub(crate) fn object(event: &Event, pairs: &[(String, String)]) -> String {
    if event.operation == "Set-Mailbox" {
        return "forwarding".to_owned();
    }
    let name = detail::get(pairs, "Name").or_else(|| detail::get(pairs, "Identity"));
    let name = name.unwrap_or(&event.target).to_lowercase();
    let name = name.rsplit(['\\', '/']).next().unwrap_or_default().trim();
    name.chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(operation: &str, parameters: &str) -> Event {
        Event {
            operation: operation.into(),
            account: "ann@house.example".into(),
            detail: format!("{{\"Parameters\":{parameters}}}"),
            ..Event::default()
        }
    }

    fn names(event: &Event) -> Vec<&'static str> {
        let domains = BTreeSet::from(["house.example".to_owned()]);
        assess(event, 0, &domains, &Roster::default()).into_iter().map(|a| a.name).collect()
    }

    #[test]
    fn forwards_outside() {
        assert_eq!(
            names(&event("Set-Mailbox", r#"{"ForwardingSmtpAddress":"smtp:x@evil.example"}"#)),
            ["forwarding_to_outside"]
        );
        assert!(
            names(&event("New-InboxRule", r#"{"Name":"x","ForwardTo":"b@house.example"}"#))
                .is_empty()
        );
        assert!(names(&event("Set-Mailbox", r#"{"ProhibitSendQuota":"99 GB"}"#)).is_empty());
        let google = Event {
            operation: "email_forwarding_out_of_domain".into(),
            detail: r#"{"parameters":{"email_forwarding_destination_address":"x@evil.example"}}"#
                .into(),
            ..event("", "{}")
        };
        assert_eq!(names(&google), ["forwarding_to_outside"]);
        let off = event("Set-Mailbox", r#"{"ForwardingSmtpAddress":""}"#);
        assert!(names(&off).is_empty() && removes(&off));
    }

    #[test]
    fn hides_and_has_no_name() {
        assert_eq!(
            names(&event("New-InboxRule", r#"{"Name":".","DeleteMessage":"True"}"#)),
            ["hiding_rule", "rule_without_a_name"]
        );
        assert!(
            names(&event("New-InboxRule", r#"{"Name":"News","MoveToFolder":"News"}"#)).is_empty()
        );
    }
}
