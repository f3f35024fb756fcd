//! One audit record, normalised.

use demarche_core::Event;

use super::owner;
use crate::audit::tree::{Map, Value};
use crate::audit::value::{address, at, first, list, text, time};
use crate::audit::{Made, detail, fold, no_time, uid};

/// What the row around an event says, for want of it in the event.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Around<'a> {
    /// `CreationDate`.
    pub(super) time: &'a str,
    /// `UserIds`.
    pub(super) user: &'a str,
}

/// The event of an audit record, without evidence, and what is doubtful in it.
///
/// * `account`: `MailboxOwnerUPN`; for cmdlets on a mailbox its owner; else the actor,
///   also in another's OneDrive and for directory operations on another's account
///   (`target` names those).
/// * `actor`: `UserId`; when that is no address, the UPN among `Actor`.
/// * `session`: the sign-in session, by which workloads join, before the mailbox's own.
/// * `app_id`: the client's id before the resource's.
pub(super) fn event(audit: Map, around: Around<'_>) -> Result<Made, &'static str> {
    let record_id = text(&audit, "Id").to_owned();
    let operation = text(&audit, "Operation").to_owned();
    if record_id.is_empty() && operation.is_empty() {
        return Err("not an audit record: neither Id nor Operation");
    }
    // Annotations of the interface that delivered the record are not of its content.
    let event_uid = uid("m365", &record_id, &audit, |key| !key.contains("@odata."));
    let map = fold::fold_map(audit);
    let mut doubts = Vec::new();

    let stated = text(&map, "CreationTime");
    let time = time(stated).or_else(|| time(around.time));
    if time.is_none() {
        doubts.push(no_time(stated));
    }
    let actor = actor(&map, around);
    let mut event = Event {
        event_uid,
        record_id,
        provider: "m365".into(),
        time,
        workload: text(&map, "Workload").to_owned(),
        account: account(&map, &operation, &actor),
        source_ip: source_ip(&map),
        user_agent: user_agent(&map),
        session: first(&map, SESSION).to_owned(),
        app_id: first(&map, APP).to_owned(),
        target: target(&map),
        outcome: outcome(&map, &operation).to_owned(),
        operation,
        actor,
        ..Event::default()
    };
    items(&map, &mut event);
    event.detail = detail(map, &mut doubts);
    Ok(Made { event, doubts })
}

const SESSION: &[&[&str]] = &[
    &["AppAccessContext", "AADSessionId"],
    &["AADSessionId"],
    &["DeviceProperties", "SessionId"],
    &["SessionId"],
];

const APP: &[&[&str]] = &[
    &["ClientAppId"],
    &["AppAccessContext", "ClientAppId"],
    &["ApplicationId"],
    &["AppId"],
    &["AadAppId"],
];

const ADDRESSES: &[&[&str]] = &[&["ClientIPAddress"], &["ClientIP"], &["ActorIpAddress"]];

fn actor(map: &Map, around: Around<'_>) -> String {
    let user = text(map, "UserId");
    if user.contains('@') {
        return user.to_lowercase();
    }
    // IdentityTypeValuePair: type 5 is a UPN.
    let upn = map.get("Actor").and_then(Value::as_array).into_iter().flatten().find_map(|pair| {
        let is_upn = pair.get("Type").and_then(Value::as_i64) == Some(5);
        pair.get("ID").and_then(Value::as_str).filter(|id| is_upn && id.contains('@'))
    });
    let stated = if user.is_empty() { around.user.trim() } else { user };
    upn.unwrap_or(stated).to_lowercase()
}

fn account(map: &Map, operation: &str, actor: &str) -> String {
    let owner = text(map, "MailboxOwnerUPN");
    if !owner.is_empty() {
        return owner.to_lowercase();
    }
    if owner::is_mailbox_cmdlet(operation) {
        let organization = text(map, "OrganizationName");
        // Services pass opaque identities; `ObjectId` is what they resolved to.
        let named = [&["Parameters", "Mailbox"][..], &["ObjectId"], &["Parameters", "Identity"]];
        let mut resolved =
            named.iter().map(|path| owner::resolve(at(map, path), actor, organization));
        if let Some(owner) = resolved.find(|owner| !owner.is_empty()) {
            return owner;
        }
    }
    actor.to_owned()
}

/// The first address that is one, not loopback if possible: Exchange writes `::1` where
/// its own front end stood between.
fn source_ip(map: &Map) -> String {
    let addresses = || ADDRESSES.iter().filter_map(|path| address(at(map, path)));
    let found = addresses().find(|ip| !ip.is_loopback()).or_else(|| addresses().next());
    found.map_or_else(String::new, |ip| ip.to_string())
}

fn user_agent(map: &Map) -> String {
    let stated = first(map, &[&["UserAgent"], &["ExtendedProperties", "UserAgent"]]);
    if !stated.is_empty() {
        return stated.to_owned();
    }
    // Directory operations keep it in JSON inside a property.
    let inner = at(map, &["ExtendedProperties", "additionalDetails"]);
    if inner.contains("User-Agent")
        && let Ok(Value::Object(details)) = serde_json::from_str(inner)
    {
        return text(&details, "User-Agent").to_owned();
    }
    first(map, &[&["ActorInfoString"], &["ClientInfoString"]]).to_owned()
}

/// What was acted on; of mailbox records that name no object the mailbox, of new rules
/// the rule.
fn target(map: &Map) -> String {
    const PATHS: &[&[&str]] =
        &[&["ObjectId"], &["Parameters", "Identity"], &["Parameters", "Name"], &["SiteUrl"]];
    let stated = first(map, PATHS);
    if stated.is_empty() { text(map, "MailboxOwnerUPN").to_lowercase() } else { stated.to_owned() }
}

/// A failed sign-in may say `"ResultStatus": "Success"` (of the request), so the
/// operation goes first. Partial success is success: something was done.
fn outcome(map: &Map, operation: &str) -> &'static str {
    if operation.eq_ignore_ascii_case("UserLoginFailed") {
        return "failed";
    }
    match text(map, "ResultStatus").to_ascii_lowercase().as_str() {
        "success" | "succeeded" | "true" | "partiallysucceeded" => "succeeded",
        "fail" | "failed" | "failure" | "false" | "error" => "failed",
        _ => "",
    }
}

/// Message-IDs and folder paths that the event names, in order, each once.
fn items(map: &Map, event: &mut Event) {
    let mut seen = Seen::default();
    for folder in list(map, "Folders").filter_map(Value::as_object) {
        seen.folder(text(folder, "Path"), event);
        for item in list(folder, "FolderItems") {
            seen.item(item, event);
        }
    }
    for item in list(map, "AffectedItems") {
        seen.item(item, event);
    }
    if let Some(item) = map.get("Item") {
        seen.item(item, event);
    }
    seen.message(text(map, "InternetMessageId"), event);
    for key in ["Folder", "DestFolder"] {
        seen.folder(at(map, &[key, "Path"]), event);
    }
}

/// What was taken already.
#[derive(Default)]
struct Seen {
    messages: std::collections::BTreeSet<String>,
    folders: std::collections::BTreeSet<String>,
}

impl Seen {
    fn item(&mut self, item: &Value, event: &mut Event) {
        let Some(item) = item.as_object() else { return };
        self.message(text(item, "InternetMessageId"), event);
        self.folder(at(item, &["ParentFolder", "Path"]), event);
    }

    fn message(&mut self, id: &str, event: &mut Event) {
        let id = id.trim_start_matches('<').trim_end_matches('>');
        if !id.is_empty() && self.messages.insert(id.to_owned()) {
            event.message_ids.push(id.to_owned());
        }
    }

    fn folder(&mut self, path: &str, event: &mut Event) {
        if !path.is_empty() && self.folders.insert(path.to_owned()) {
            event.folders.push(path.to_owned());
        }
    }
}
