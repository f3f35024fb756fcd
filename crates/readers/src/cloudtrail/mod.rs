//! AWS CloudTrail, in the shapes it is kept in: log files (`{"Records": [...]}`, as the
//! service writes them to S3, gzip undone by the container), one event a line, the
//! answers of `aws cloudtrail lookup-events` (the event as text under
//! `CloudTrailEvent`), and `EventBridge` messages (the event under `detail`).
//!
//! Fields: docs.aws.amazon.com/awscloudtrail, "CloudTrail record contents" and
//! "`userIdentity` element".

use demarche_core::Event;
use demarche_core::source::Member;

use crate::audit::tree::{Map, Value};
use crate::audit::value::{address, at, first, list, text, time};
use crate::audit::{self, Events, Made, detail, no_time, uid};
use crate::registry::{Format, ReadError, Sink};

/// CloudTrail events.
pub const JSON: Format = Format { name: "cloudtrail", sniff, read };

fn sniff(prefix: &[u8]) -> bool {
    audit::json::sniff(prefix, |first| {
        first.has_all(&["eventVersion", "eventSource", "eventName", "awsRegion"])
            || first.has_all(&["CloudTrailEvent", "EventId", "EventName"])
    })
}

fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    audit::json::read(member, sink, &record)?;
    Ok(())
}

fn record(mut map: Map) -> Events {
    if let Some(carried) = map.remove("CloudTrailEvent") {
        let carried = carried.as_str().ok_or("CloudTrailEvent is not text")?;
        map = audit::json::object(carried.as_bytes())
            .map_err(|_| "CloudTrailEvent is not JSON (cut off or damaged)")?;
    } else if map.contains_key("detail-type")
        && let Some(Value::Object(carried)) = map.remove("detail")
    {
        map = carried;
    }
    Ok(vec![event(map)?])
}

/// The event of a record.
///
/// * `account`, `actor`: who called, see [`who`].
/// * `session`: the access key, which is one session's where it is a temporary one.
/// * `source_ip`: empty where the caller was an AWS service and named itself.
/// * `outcome`: failed where an error is named; console sign-ins say it themselves.
fn event(map: Map) -> Result<Made, &'static str> {
    let (record_id, operation) = (text(&map, "eventID"), text(&map, "eventName"));
    if record_id.is_empty() && operation.is_empty() {
        return Err("not a CloudTrail event: neither eventID nor eventName");
    }
    let mut doubts = Vec::new();
    let stated = text(&map, "eventTime");
    let time = time(stated);
    if time.is_none() {
        doubts.push(no_time(stated));
    }
    let who = who(&map);
    let mut event = Event {
        event_uid: uid("aws", record_id, &map, |_| true),
        record_id: record_id.to_owned(),
        provider: "aws".into(),
        time,
        workload: text(&map, "eventSource").to_owned(),
        operation: operation.to_owned(),
        account: who.clone(),
        actor: who,
        source_ip: address(text(&map, "sourceIPAddress"))
            .map_or_else(String::new, |ip| ip.to_string()),
        user_agent: text(&map, "userAgent").to_owned(),
        session: at(&map, &["userIdentity", "accessKeyId"]).to_owned(),
        target: target(&map),
        outcome: outcome(&map).to_owned(),
        ..Event::default()
    };
    event.detail = detail(map, &mut doubts);
    Ok(Made { event, doubts })
}

/// Who called, lower case: the person where a role's session is named after an address
/// (IAM Identity Center names it so), else the ARN, else what else is said.
fn who(map: &Map) -> String {
    let arn = at(map, &["userIdentity", "arn"]);
    let session = arn.rsplit('/').next().unwrap_or_default();
    if arn.contains(":assumed-role/") && session.contains('@') {
        return session.to_lowercase();
    }
    const ELSE: &[&[&str]] = &[
        &["userIdentity", "arn"],
        &["userIdentity", "userName"],
        &["userIdentity", "onBehalfOf", "userId"],
        &["userIdentity", "principalId"],
        &["userIdentity", "invokedBy"],
        &["userIdentity", "accountId"],
    ];
    first(map, ELSE).to_lowercase()
}

/// The object acted on: of S3 bucket and key, else the ARN that the event lists, else
/// the parameter that names one.
fn target(map: &Map) -> String {
    let bucket = at(map, &["requestParameters", "bucketName"]);
    if !bucket.is_empty() {
        let key = at(map, &["requestParameters", "key"]);
        let slash = if key.is_empty() { "" } else { "/" };
        return format!("arn:aws:s3:::{bucket}{slash}{key}");
    }
    let listed = list(map, "resources").filter_map(Value::as_object);
    if let Some(arn) = listed.map(|r| first(r, &[&["ARN"], &["arn"]])).find(|a| !a.is_empty()) {
        return arn.to_owned();
    }
    const NAMES: [&str; 16] = [
        "userName",
        "roleName",
        "roleArn",
        "groupName",
        "policyArn",
        "secretId",
        "name",
        "instanceId",
        "functionName",
        "keyId",
        "trailName",
        "snapshotId",
        "accessKeyId",
        "serialNumber",
        "dBInstanceIdentifier",
        "resourceArn",
    ];
    NAMES
        .iter()
        .map(|name| at(map, &["requestParameters", name]))
        .find(|text| !text.is_empty())
        .unwrap_or_default()
        .to_owned()
}

fn outcome(map: &Map) -> &'static str {
    if !text(map, "errorCode").is_empty() {
        return "failed";
    }
    match at(map, &["responseElements", "ConsoleLogin"]) {
        "Failure" => "failed",
        _ => "succeeded",
    }
}

#[cfg(test)]
mod tests;
