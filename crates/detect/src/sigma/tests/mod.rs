//! Loading, matching and correlating; that every shipped rule has its page, its cases
//! and its technique; and the shipped rules over a real export where one is at hand.
#![allow(clippy::disallowed_methods, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use demarche_core::source::Member;
use demarche_core::{Record, SourceId, UtcMicros};
use serde_json::{Map, Value, json};

use super::load::MAX_DOCUMENT_BYTES;
use super::*;

mod corpus;
mod oracle;
mod taxonomies;

fn rules_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules")
}

/// An event from a raw Microsoft 365 audit record, as the fields rules need have it.
fn m365(raw: &Value) -> Event {
    let field = |name: &str| raw[name].as_str().unwrap_or_default().to_owned();
    let actor = field("UserId").to_lowercase();
    let owner = field("MailboxOwnerUPN").to_lowercase();
    Event {
        event_uid: format!("e1:{}", short_hash(&[raw.to_string().as_bytes()])),
        record_id: field("Id"),
        provider: "m365".into(),
        time: UtcMicros::parse(&format!("{}Z", field("CreationTime"))).ok(),
        workload: field("Workload"),
        operation: field("Operation"),
        account: if owner.is_empty() { actor.clone() } else { owner },
        actor,
        outcome: match field("ResultStatus").as_str() {
            "" => "",
            "Failed" | "False" | "Failure" => "failed",
            _ => "succeeded",
        }
        .into(),
        detail: raw.to_string(),
        ..Event::default()
    }
}

/// Name/value arrays as objects: the form readers store.
fn folded(raw: &Value) -> Value {
    let Value::Object(map) = raw else { return raw.clone() };
    let fold = |value: &Value| -> Option<Value> {
        let mut object = Map::new();
        for item in value.as_array()?.iter() {
            let name = item.get("Name")?.as_str()?;
            let value = match item.get("Value") {
                Some(value) => value.clone(),
                None => {
                    json!({"NewValue": item.get("NewValue")?, "OldValue": item.get("OldValue")?})
                }
            };
            object.insert(name.to_owned(), value);
        }
        Some(Value::Object(object))
    };
    map.iter().map(|(k, v)| (k.clone(), fold(v).unwrap_or_else(|| v.clone()))).collect()
}

/// Events as their provider's reader makes them: records as JSON lines; texts (logs that
/// are no JSON, tables of CSV) each as a file of its own. `{"normalised": {...}}` is an
/// event whose log is binary.
fn read(raws: &[Value], path: &str) -> Vec<Event> {
    let mut files: Vec<String> = Vec::new();
    let mut lines = String::new();
    let mut events = Vec::new();
    for raw in raws {
        match raw {
            Value::String(text) => files.push(text.clone()),
            raw if raw.get("normalised").is_some() => events.push(normalised(raw)),
            raw => lines.push_str(&format!("{raw}\n")),
        }
    }
    files.extend(Some(lines).filter(|lines| !lines.is_empty()));
    let (mut lookups, mut roster) = (Vec::new(), Vec::new());
    for file in &files {
        let stream: Box<dyn std::io::Read> = Box::new(file.as_bytes());
        let mut member = Member::new(SourceId::default(), "case".into(), stream).expect("bytes");
        let (format, _) = demarche_readers::read_member(&mut member, &mut |record| match record {
            Record::Event(event) => events.push(*event),
            Record::Fetch(fetch) => events.extend(records::of_fetch(&fetch)),
            Record::RecordLookup(lookup) => lookups.push(*lookup),
            Record::Roster(entry) => roster.push(*entry),
            Record::Anomaly(_) => {}
            other => panic!("{path}: {other:?}"),
        });
        assert!(format.is_some(), "{path}: no reader takes {file}");
    }
    events.extend(records::of_lookups(&lookups, &roster));
    events
}

fn normalised(raw: &Value) -> Event {
    let mut event = serde_json::to_value(Event::default()).expect("an event");
    for (key, value) in raw["normalised"].as_object().expect("an object") {
        event[key] = match key.as_str() {
            "detail" => value.to_string().into(),
            "time" => {
                let time = UtcMicros::parse(value.as_str().expect("a time")).expect("a time");
                serde_json::to_value(time).expect("a time")
            }
            _ => value.clone(),
        };
    }
    event["event_uid"] = format!("e1:{}", short_hash(&[raw.to_string().as_bytes()])).into();
    serde_json::from_value(event).expect("an event")
}

fn rule_of(set: &RuleSet, path: &str) -> Rule {
    set.rules().find(|rule| rule.path == path).expect("rule is loaded").clone()
}

fn matched(set: &RuleSet, event: Event) -> Vec<String> {
    set.findings(&[event]).into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn every_shipped_rule_loads() {
    let set = RuleSet::shipped();
    assert_eq!(set.rejected(), &[]);
    assert_eq!(set.rules().count(), SHIPPED_DOCUMENTS.len());
}

#[test]
fn every_rule_file_is_listed_and_has_page_cases_and_technique() {
    let set = RuleSet::shipped();
    let mut faults = Vec::new();
    let mut files = 0;
    for topic in std::fs::read_dir(rules_folder()).expect("rules folder").flatten() {
        if !topic.path().is_dir() {
            continue;
        }
        for file in std::fs::read_dir(topic.path()).expect("topic folder").flatten() {
            let file = file.path();
            if file.extension().is_none_or(|ending| ending != "yml") {
                continue;
            }
            files += 1;
            let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let name = format!("rules/{}/{stem}", topic.file_name().to_string_lossy());
            match set.rules().find(|rule| rule.path == format!("{name}.yml")) {
                None => {
                    faults.push(format!("{name}: not listed in crates/detect/src/sigma/shipped.rs"))
                }
                Some(rule) if rule.techniques.is_empty() => {
                    faults.push(format!("{name}: no attack.tNNNN tag"))
                }
                Some(_) => {}
            }
            let page = std::fs::read_to_string(file.with_extension("md")).unwrap_or_default();
            for part in
                ["# ", "## What", "## Why", "## Example", "## False positives", "## References"]
            {
                if !page.lines().any(|line| line.starts_with(part)) {
                    faults.push(format!("{name}.md: no line {part:?}"));
                }
            }
            if !file.with_extension("cases.json").exists() {
                faults.push(format!("{name}.cases.json: missing"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(files, SHIPPED_DOCUMENTS.len(), "a listed rule has no file");
}

#[test]
fn cases_of_every_rule_hold() {
    let set = RuleSet::shipped();
    let mut faults = Vec::new();
    for (path, _) in SHIPPED_DOCUMENTS {
        let id = rule_of(&set, path).id;
        let file = rules_folder().join("..").join(path).with_extension("cases.json");
        let text = std::fs::read_to_string(&file).expect("cases file");
        let cases: BTreeMap<String, Vec<Value>> =
            serde_json::from_str(&text).expect("cases are JSON");
        for (kind, expected) in [("match", true), ("pass", false)] {
            let events = cases.get(kind).map(Vec::as_slice).unwrap_or_default();
            if events.is_empty() {
                faults.push(format!("{path}: no case under {kind:?}"));
            }
            for (n, case) in events.iter().enumerate() {
                let mut check = |form: &str, events: &[Event]| {
                    if set.matches(events).iter().any(|f| f.rule == id) != expected {
                        faults.push(format!("{path}: {kind} {n} ({form}) does not hold"));
                    }
                };
                // A correlation's case is a list of events.
                let raws = case.as_array().map_or(std::slice::from_ref(case), Vec::as_slice);
                if raws.iter().all(|raw| raw.get("Operation").is_some()) {
                    let events = |of: &dyn Fn(&Value) -> Value| -> Vec<Event> {
                        raws.iter().map(|raw| m365(&of(raw))).collect()
                    };
                    check("raw", &events(&Value::clone));
                    check("folded", &events(&folded));
                } else {
                    check("read", &read(raws, path));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

const SIGN_IN: &str = "title: Sign-in
id: base-1
name: sign_in
logsource: {product: m365, service: audit}
detection:
    selection: {Operation: UserLoggedIn}
    condition: selection
level: low
tags: [attack.t1078.004, attack.initial-access, attack.g0016, attack.t99]
";

const BURST: &str = "title: Many sign-ins
id: burst-1
correlation:
    type: event_count
    rules: [sign_in]
    group-by: [actor]
    timespan: 10m
    condition: {gte: 3}
level: high
tags: [attack.t1110]
";

fn sign_in(minute: u32, actor: &str) -> Event {
    m365(
        &json!({"CreationTime": format!("2026-03-01T10:{minute:02}:00"), "Operation": "UserLoggedIn",
        "Workload": "AzureActiveDirectory", "UserId": actor, "Id": format!("{minute}{actor}")}),
    )
}

#[test]
fn a_finding_cites_its_event_and_is_stable() {
    let set = RuleSet::load(&[("a.yml", SIGN_IN)]);
    let event = sign_in(1, "Ann@parliament.example");
    let findings = set.findings(&[event.clone(), event.clone()]);
    assert_eq!(findings.len(), 1);
    let finding = &findings[0];
    let uid = short_hash(&[b"base-1", event.event_uid.as_bytes()]);
    assert_eq!(finding.finding_uid, format!("n1:{uid}"));
    assert_eq!(finding.subject, "ann@parliament.example");
    assert_eq!((finding.severity.as_str(), &finding.record_uid), ("low", &event.event_uid));
    assert_eq!(finding.techniques, ["T1078.004"]);
}

#[test]
fn correlations_count_in_event_time_whatever_the_order() {
    let set = RuleSet::load(&[("c.yml", BURST), ("a.yml", SIGN_IN)]);
    assert_eq!(set.rejected(), &[]);
    let mut events: Vec<Event> = [1, 4, 9, 30, 45].map(|m| sign_in(m, "ann@p.example")).into();
    events.push(sign_in(5, "bob@p.example"));
    events.push(events[0].clone());
    events.push(sign_in(46, "ann@p.example"));
    events.push(sign_in(46, "ann@p.example"));
    events.push(Event { time: None, ..sign_in(6, "ann@p.example") });
    let forward = set.findings(&events);
    events.reverse();
    assert_eq!(set.findings(&events), forward);
    let bursts: Vec<&Finding> = forward.iter().filter(|f| f.rule == "burst-1").collect();
    assert_eq!(bursts.len(), 1);
    assert_eq!(bursts[0].subject, "ann@p.example");
    assert_eq!(bursts[0].time, sign_in(9, "x").time);
}

#[test]
fn filters_take_matches_away() {
    let filter = "title: Not the robot
logsource: {product: m365}
filter:
    rules: [sign_in]
    robot: {UserId: robot@p.example}
    condition: not robot
";
    let set = RuleSet::load(&[("f.yml", filter), ("a.yml", SIGN_IN)]);
    assert_eq!(set.rejected(), &[]);
    assert!(matched(&set, sign_in(1, "robot@p.example")).is_empty());
    assert_eq!(matched(&set, sign_in(1, "ann@p.example")), ["base-1"]);
}

#[test]
fn what_cannot_work_is_listed_with_why() {
    let other = SIGN_IN.replace("base-1", "x").replace("m365", "linux");
    let category = "title: P
logsource: {category: antivirus}
detection: {s: {c-uri: x}, condition: s}
";
    let condition =
        SIGN_IN.replace("base-1", "y").replace("condition: selection", "condition: nothing");
    let long = "#".repeat(MAX_DOCUMENT_BYTES + 1);
    let documents: Vec<(&str, &str)> = vec![
        ("a.yml", SIGN_IN),
        ("b.yml", SIGN_IN),
        ("c.yml", &other),
        ("d.yml", category),
        ("e.yml", &condition),
        ("f.yml", ": : not yaml ["),
        ("g.yml", BURST.split_once("rules").map_or("", |_| "title: C\ncorrelation: {type: event_count, rules: [gone], group-by: [actor], timespan: 1m, condition: {gte: 2}}\n")),
        ("h.yml", ""),
        ("i.yml", &long),
    ];
    let set = RuleSet::load(&documents);
    let paths: Vec<&str> = set.rejected().iter().map(|r| r.path.as_str()).collect();
    assert_eq!(paths, ["b.yml", "c.yml", "d.yml", "e.yml", "f.yml", "g.yml", "h.yml", "i.yml"]);
    assert!(set.rejected()[0].reason.contains("taken by a.yml"));
    assert!(set.rejected()[1].reason.contains("linux"));
    assert!(set.rejected()[5].reason.contains("gone"), "{:?}", set.rejected()[5]);
    assert_eq!(set.rules().count(), 1);
}

#[test]
fn rules_of_another_provider_are_not_asked() {
    let set = RuleSet::load(&[("a.yml", &SIGN_IN.replace("m365", "aws"))]);
    assert!(matched(&set, sign_in(1, "a@p.example")).is_empty());
    let aws = Event {
        provider: "aws".into(),
        detail: r#"{"Operation":"UserLoggedIn"}"#.into(),
        ..Event::default()
    };
    assert_eq!(set.findings(&[aws]).len(), 1);
}

#[test]
fn fingerprint_is_of_texts_in_any_order() {
    let both = RuleSet::load(&[("a.yml", SIGN_IN), ("b.yml", BURST)]);
    let swapped = RuleSet::load(&[("x.yml", BURST), ("y.yml", SIGN_IN)]);
    assert_eq!(both.fingerprint(), swapped.fingerprint());
    assert_ne!(both.fingerprint(), RuleSet::load(&[("a.yml", SIGN_IN)]).fingerprint());
}
