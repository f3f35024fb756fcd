//! One audit record, normalised.

use std::net::IpAddr;

use demarche_core::id::short_hash;
use demarche_core::{Event, UtcMicros};
use serde_json::{Map, Value};

use super::{canonical, fold, owner};

/// The most bytes of [`Event::detail`].
const DETAIL: usize = 256 << 10;

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
pub(super) fn event(
    audit: Map<String, Value>,
    around: Around<'_>,
) -> Result<(Event, Vec<String>), &'static str> {
    let record_id = text(&audit, "Id").to_owned();
    let operation = text(&audit, "Operation").to_owned();
    if record_id.is_empty() && operation.is_empty() {
        return Err("not an audit record: neither Id nor Operation");
    }
    let mut content = Vec::with_capacity(1024);
    // Annotations of the interface that delivered the record are not of its content.
    canonical::object(&audit, |key| !key.contains("@odata."), &mut content);
    let event_uid = format!("e1:{}", short_hash(&[b"m365", record_id.as_bytes(), &content]));
    let map = fold::fold_map(audit);
    let mut doubts = Vec::new();

    let stated = text(&map, "CreationTime");
    let time = time(stated).or_else(|| time(around.time));
    if time.is_none() {
        doubts.push(format!("no readable time: `{}`", stated.chars().take(40).collect::<String>()));
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
    Ok((event, doubts))
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

fn text<'m>(map: &'m Map<String, Value>, key: &str) -> &'m str {
    map.get(key).and_then(Value::as_str).map_or("", str::trim)
}

fn at<'m>(map: &'m Map<String, Value>, path: &[&str]) -> &'m str {
    match path {
        [] => "",
        [key] => text(map, key),
        [key, rest @ ..] => map.get(*key).and_then(Value::as_object).map_or("", |m| at(m, rest)),
    }
}

/// The first of `paths` that is not empty.
fn first<'m>(map: &'m Map<String, Value>, paths: &[&[&str]]) -> &'m str {
    paths.iter().map(|path| at(map, path)).find(|text| !text.is_empty()).unwrap_or("")
}

/// `2021-05-18T21:13:33`, UTC by the schema; or `5/18/2021 9:13:33 PM`, month first, as
/// `CreationDate` columns have it.
fn time(text: &str) -> Option<UtcMicros> {
    if let Ok(time) = UtcMicros::parse(text) {
        return Some(time);
    }
    let mut words = text.split_ascii_whitespace();
    let (date, clock, half) = (words.next()?, words.next()?, words.next());
    let mut parts = date.split('/').map(|part| part.parse::<u32>().ok());
    let (month, day, year) = (parts.next()??, parts.next()??, parts.next()??);
    let mut parts = clock.split(':').map(|part| part.parse::<u32>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    let hour = match half {
        Some("PM") if hour < 12 => hour + 12,
        Some("AM") if hour == 12 => 0,
        _ => hour,
    };
    let iso = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
    UtcMicros::parse(&iso).ok()
}

fn actor(map: &Map<String, Value>, around: Around<'_>) -> String {
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

fn account(map: &Map<String, Value>, operation: &str, actor: &str) -> String {
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
fn source_ip(map: &Map<String, Value>) -> String {
    let addresses = || ADDRESSES.iter().filter_map(|path| address(at(map, path)));
    let found = addresses().find(|ip| !ip.is_loopback()).or_else(|| addresses().next());
    found.map_or_else(String::new, |ip| ip.to_string())
}

/// The address of `1.2.3.4`, `1.2.3.4:555`, `[::1]:555`, `::ffff:1.2.3.4`; of a list the
/// first.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.split([',', ';']).next()?.trim();
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None => match text.rsplit_once(':') {
            Some((host, _)) if !host.contains(':') => host,
            _ => text,
        },
    };
    let bare = bare.split('%').next()?;
    bare.parse().ok().map(|ip: IpAddr| ip.to_canonical())
}

fn user_agent(map: &Map<String, Value>) -> String {
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
fn target(map: &Map<String, Value>) -> String {
    const PATHS: &[&[&str]] =
        &[&["ObjectId"], &["Parameters", "Identity"], &["Parameters", "Name"], &["SiteUrl"]];
    let stated = first(map, PATHS);
    if stated.is_empty() { text(map, "MailboxOwnerUPN").to_lowercase() } else { stated.to_owned() }
}

/// A failed sign-in may say `"ResultStatus": "Success"` (of the request), so the
/// operation goes first. Partial success is success: something was done.
fn outcome(map: &Map<String, Value>, operation: &str) -> &'static str {
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
fn items(map: &Map<String, Value>, event: &mut Event) {
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

fn list<'m>(map: &'m Map<String, Value>, key: &str) -> impl Iterator<Item = &'m Value> {
    map.get(key).and_then(Value::as_array).into_iter().flatten()
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

/// The event as canonical JSON. Over [`DETAIL`] bytes its largest members are replaced
/// by a note of their size, largest first, until it fits; the evidence has them whole.
fn detail(mut map: Map<String, Value>, doubts: &mut Vec<String>) -> String {
    let mut out = Vec::with_capacity(1024);
    canonical::object(&map, |_| true, &mut out);
    if out.len() > DETAIL {
        let mut sizes: Vec<_> = map
            .iter()
            .map(|(key, value)| {
                let mut bytes = Vec::new();
                canonical::write(value, &mut bytes);
                (bytes.len() + key.len(), key.clone())
            })
            .collect();
        sizes.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut left = out.len();
        let mut cut = Vec::new();
        for (size, key) in sizes {
            if left <= DETAIL {
                break;
            }
            map.remove(&key);
            left -= size;
            // An event of very many or very long keys loses them too.
            if key.len() <= 64 && cut.len() < 64 {
                let note = format!("{size} bytes, see the evidence");
                left += key.len() + note.len();
                map.insert(key.clone(), Value::String(note));
                cut.push(key);
            }
        }
        doubts.push(format!("event of more than 256 KiB: detail without {}", cut.join(", ")));
        out.clear();
        canonical::object(&map, |_| true, &mut out);
    }
    String::from_utf8(out).unwrap_or_default()
}
