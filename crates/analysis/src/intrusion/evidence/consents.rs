//! Grants: consents to applications (ATT&CK T1528), mailbox permissions (T1098.002),
//! changes of credentials (T1098, T1556.006).

use demarche_core::Event;

use super::{Artefact, Class, detail};
use crate::input::Context;
use crate::intrusion::weights;

/// Scopes that open mail or files; names of the Microsoft Graph permissions reference.
const SCOPES: [&str; 12] = [
    "mail.read",
    "mail.readwrite",
    "mail.readbasic",
    "mailboxsettings.read",
    "full_access_as_app",
    "files.read",
    "files.readwrite",
    "sites.read",
    "sites.readwrite",
    "ews.accessasuser",
    "imap.accessasuser",
    "gmail",
];

/// A consent that opens mail or files to an application not approved by the house.
/// `users` is how many accounts consented to it, of `accounts` seen.
pub(crate) fn consent(
    event: &Event,
    access: usize,
    context: &Context,
    users: u32,
    accounts: u32,
) -> Option<Artefact> {
    if event.operation.starts_with("Remove") || event.outcome == "failed" {
        return None;
    }
    let lower = event.detail.to_lowercase();
    if !SCOPES.iter().any(|scope| lower.contains(scope)) {
        return None;
    }
    let app = application(event);
    if context.has_value(&["approved_app"], &app, event.time) {
        return None;
    }
    let common = users >= 4 && users * 20 >= accounts;
    let (name, nats, more) = if common {
        ("consent_of_many", weights::CONSENT_COMMON, 0.0)
    } else {
        ("consent_to_mail_or_files", weights::CONSENT_SCOPES, weights::CONSENT_MORE)
    };
    Some(Artefact {
        class: Class::Grants,
        name,
        nats,
        more,
        detail: format!("application {app} may read mail or files; {users} accounts consented"),
        access,
        technique: "T1528",
        object: app,
    })
}

/// The application that a consent event is about: its target when that is a plain id.
pub(crate) fn application(event: &Event) -> String {
    let target = event.target.trim().to_lowercase();
    if !target.is_empty() && !target.contains(['/', ';']) {
        return target;
    }
    let pairs = detail::pairs(&detail::parse(&event.detail));
    ["ServicePrincipal.AppId", "ServicePrincipal.ObjectID", "TargetId.ServicePrincipalNames"]
        .iter()
        .filter_map(|name| detail::get(&pairs, name))
        .map(|value| value.trim_matches(['"', '[', ']', ' ']).to_lowercase())
        .find(|value| !value.is_empty())
        .map_or(target, |value| value.chars().take(120).collect())
}

/// Whether the event states a consent as such, rather than one of the technical
/// grants that accompany it.
pub(crate) fn is_consent(event: &Event) -> bool {
    event.operation.starts_with("Consent to application")
        || event.operation.starts_with("Add OAuth2PermissionGrant")
        || event.operation.starts_with("Add delegated permission grant")
        || event.operation.starts_with("Add app role assignment")
}

/// Somebody was given a mailbox, or a folder of it, with a right to read.
pub(crate) fn grant(event: &Event, access: usize) -> Option<Artefact> {
    if event.operation.starts_with("Remove") || event.outcome == "failed" {
        return None;
    }
    let detail = detail::parse(&event.detail);
    let pairs = detail::pairs(&detail);
    let rights = detail::get(&pairs, "AccessRights").unwrap_or_default().to_lowercase();
    let whole = ["fullaccess", "sendas", "owner", "editor", "reviewer", "readpermission"]
        .iter()
        .any(|right| rights.contains(right));
    let folder =
        event.operation.starts_with("ModifyFolder") || event.operation.starts_with("AddFolder");
    // Folder changes name their rights inside the item; the server itself opens shared
    // calendars and free/busy folders all the time.
    let opened = folder
        && event.detail.contains("ReadAny")
        && !event.detail.contains("Calendar")
        && !event.detail.contains("FreeBusy");
    if !whole && !opened {
        return None;
    }
    let to = detail::get(&pairs, "User")
        .or_else(|| detail::get(&pairs, "Trustee"))
        .unwrap_or_default()
        .to_lowercase();
    let to = to.rsplit('/').next().unwrap_or_default().to_owned();
    Some(Artefact {
        class: Class::Grants,
        name: "mailbox_permission",
        nats: weights::GRANT,
        more: weights::GRANT_MORE,
        detail: format!("{} opened {} to {to}", event.operation, event.target),
        access,
        technique: "T1098.002",
        object: to,
    })
}

/// Password, MFA or recovery data changed.
pub(crate) fn credential(event: &Event, access: usize) -> Option<Artefact> {
    let security = event.operation.contains("security info")
        || event.operation.contains("Strong Authentication");
    (event.outcome != "failed").then(|| Artefact {
        class: Class::Entry,
        name: "credentials_changed",
        nats: weights::CREDENTIAL_CHANGE,
        more: 0.0,
        detail: format!("{} from within the period", event.operation.trim_end_matches('.')),
        access,
        technique: if security { "T1556.006" } else { "T1098" },
        object: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent_event(scope: &str) -> Event {
        Event {
            operation: "Consent to application.".into(),
            target: "app-1".into(),
            detail: format!(
                "{{\"ModifiedProperties\":{{\"P\":{{\"NewValue\":\"Scope: {scope}\"}}}}}}"
            ),
            ..Event::default()
        }
    }

    #[test]
    fn scopes_decide() {
        let none = Context::default();
        assert!(consent(&consent_event("User.Read openid"), 0, &none, 1, 10).is_none());
        assert!(consent(&consent_event("Mail.Read"), 0, &none, 1, 10).unwrap().nats > 1.0);
        assert!(consent(&consent_event("Mail.Read"), 0, &none, 9, 10).unwrap().nats < 0.0);
    }

    #[test]
    fn approved_applications_do_not_count() {
        let approved = Context::new(vec![demarche_core::ContextEntry {
            kind: "approved_app".into(),
            value: "app-1".into(),
            ..Default::default()
        }]);
        assert!(consent(&consent_event("Mail.Read"), 0, &approved, 1, 10).is_none());
    }

    #[test]
    fn full_access_is_a_grant_and_a_shared_calendar_is_not() {
        let event = |operation: &str, detail: &str| Event {
            operation: operation.into(),
            detail: detail.into(),
            ..Event::default()
        };
        let full = r#"{"Parameters":{"User":"x/ITCornpany","AccessRights":"FullAccess"}}"#;
        assert_eq!(grant(&event("Add-MailboxPermission", full), 0).unwrap().object, "itcornpany");
        let calendar =
            r#"{"Item":{"ParentFolder":{"MemberRights":"ReadAny","Path":"\\Calendar"}}}"#;
        assert!(grant(&event("ModifyFolderPermissions", calendar), 0).is_none());
    }
}
