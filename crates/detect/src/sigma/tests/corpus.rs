//! Over real data, where it is at hand: a Microsoft 365 export with account takeovers,
//! and the public Sigma rules. Without the corpus these tests say so and pass.

use std::time::Instant;

use demarche_core::SourceId;
use demarche_core::source::{Limits, walk};

use super::*;

pub(super) fn corpus(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("DEMARCHE_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        PathBuf::from,
    );
    let path = folder.join(file);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn m365_export() -> Option<Vec<Event>> {
    let path = corpus("cloud/m365-unified-audit-log.csv.xz")?;
    let mut unique = BTreeMap::new();
    walk(&path, "m365", &SourceId::default(), &Limits::default(), &mut |member| {
        let mut reader = csv::Reader::from_reader(member);
        let headers = reader.headers().expect("header").clone();
        let column = headers.iter().position(|name| name == "AuditData").expect("AuditData");
        for row in reader.records() {
            let row = row.expect("row");
            if let Ok(raw) = serde_json::from_str::<Value>(&row[column]) {
                unique.insert(row[column].to_owned(), m365(&raw));
            }
        }
    })
    .expect("corpus opens");
    Some(unique.into_values().collect())
}

#[test]
fn shipped_rules_find_the_takeovers_of_a_real_export() {
    let Some(events) = m365_export() else { return };
    assert_eq!(events.len(), 5_373);
    let set = RuleSet::shipped();
    let start = Instant::now();
    let findings = set.findings(&events);
    let took = start.elapsed().as_secs_f64();
    eprintln!(
        "{} events, {} rules, {took:.3} s: {:.0} events/s",
        events.len(),
        set.rules().count(),
        events.len() as f64 / took
    );
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let paths: BTreeMap<&str, &str> =
        set.rules().map(|r| (r.id.as_str(), r.path.as_str())).collect();
    for finding in &findings {
        *counts.entry(paths[finding.rule.as_str()]).or_default() += 1;
    }
    for (path, count) in &counts {
        eprintln!("{count:6} {path}");
    }
    let count = |path: &str| counts.get(format!("rules/{path}.yml").as_str()).copied().unwrap_or(0);
    assert_eq!(count("mailbox/inbox-rule-forwards-outside"), 1);
    assert_eq!(count("mailbox/mailbox-forwards-outside"), 1);
    assert_eq!(count("mailbox/mailbox-forwards-inside"), 2);
    assert_eq!(count("mailbox/inbox-rule-hides-mail"), 3);
    assert_eq!(count("mailbox/transport-rule-copies-mail"), 1);
    assert_eq!(count("mailbox/full-access-granted"), 4);
    // One Add-RecipientPermission and one Set-Mailbox GrantSendOnBehalfTo.
    assert_eq!(count("mailbox/send-as-granted"), 2);
    assert_eq!(count("applications/consent-given"), 30);
    assert_eq!(count("mailbox/folder-synchronised"), 30);
    assert_eq!(count("audit-logs/audit-switched-off"), 0);
    assert_eq!(count("identity/role-granted"), 36);
    let mut backwards = events;
    backwards.reverse();
    assert_eq!(set.findings(&backwards), findings);
}

/// The events of a corpus file, as their readers make them.
fn events_of(file: &str) -> Option<Vec<Event>> {
    let path = corpus(file)?;
    let mut events = Vec::new();
    walk(&path, file, &SourceId::default(), &Limits::default(), &mut |mut member| {
        demarche_readers::read_member(&mut member, &mut |record| {
            if let Record::Event(event) = record {
                events.push(*event);
            }
        });
    })
    .expect("corpus opens");
    Some(events)
}

/// How often each shipped rule matches, by its path without `rules/` and `.yml`.
fn matches(events: &[Event]) -> BTreeMap<String, usize> {
    let set = RuleSet::shipped();
    let mut counts = BTreeMap::new();
    for finding in set.findings(events) {
        let rule = set.rules().find(|rule| rule.id == finding.rule).expect("rule is loaded");
        let path = rule.path.trim_start_matches("rules/").trim_end_matches(".yml");
        *counts.entry(path.to_owned()).or_default() += 1;
    }
    for (path, count) in &counts {
        eprintln!("{count:6} {path}");
    }
    counts
}

/// Against counts of the same records made apart, with Python.
#[test]
fn shipped_rules_over_a_real_trail() {
    let Some(events) = events_of("cloud/aws-cloudtrail.tar.xz") else { return };
    assert_eq!(events.len(), 2_900);
    let counts = matches(&events);
    for (path, expected) in [
        ("aws/access-key-created", 2),
        ("aws/administrator-policy-attached", 2),
        ("aws/bucket-made-public", 0),
        ("aws/bucket-policy-set", 3),
        ("aws/console-password-set", 2),
        ("aws/console-sign-in-without-second-factor", 1),
        ("aws/detection-switched-off", 2),
        ("aws/role-trust-changed", 2),
        ("aws/root-signed-in", 0),
        ("aws/secret-read", 147),
        ("aws/snapshot-shared", 3),
        ("aws/trail-stopped", 4),
    ] {
        assert_eq!(counts.get(path).copied().unwrap_or(0), expected, "{path}");
    }
    assert!(counts.contains_key("aws/secrets-read-in-bulk"));
}

#[test]
fn shipped_rules_over_real_workspace_logs() {
    let Some(events) = events_of("cloud/google-workspace.tar.xz") else { return };
    assert_eq!(events.len(), 371);
    let counts = matches(&events);
    for (path, expected) in [
        ("google-workspace/administrator-role-granted", 1),
        ("google-workspace/application-acts-for-everybody", 1),
        ("google-workspace/document-downloaded", 1),
        ("google-workspace/document-made-public", 2),
        ("google-workspace/document-shared-outside", 2),
        ("google-workspace/mail-forwarded-out-of-domain", 6),
        ("google-workspace/mail-log-searched", 5),
        ("google-workspace/password-set-by-other", 1),
        ("google-workspace/second-factor-switched-off", 0),
        ("google-workspace/suspicious-sign-in", 1),
    ] {
        assert_eq!(counts.get(path).copied().unwrap_or(0), expected, "{path}");
    }
}

/// The public rules: path and text.
fn public_rules() -> Option<Vec<(String, String)>> {
    let path = corpus("rules/sigma.tar.xz")?;
    let mut documents = Vec::new();
    walk(&path, "sigma", &SourceId::default(), &Limits::default(), &mut |mut member| {
        let mut text = String::new();
        let path = member.path().to_owned();
        if path.ends_with(".yml") && std::io::Read::read_to_string(&mut member, &mut text).is_ok() {
            documents.push((path, text));
        }
    })
    .expect("corpus opens");
    Some(documents)
}

#[test]
fn public_cloud_and_identity_rules_load() {
    let Some(documents) = public_rules() else { return };
    let start = Instant::now();
    let set = RuleSet::load(&documents);
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for rejected in set.rejected() {
        *reasons.entry(&rejected.reason).or_default() += 1;
    }
    eprintln!(
        "{} documents, {} rules loaded in {:.3} s, {} rejected",
        documents.len(),
        set.rules().count(),
        start.elapsed().as_secs_f64(),
        set.rejected().len()
    );
    for (reason, count) in reasons {
        eprintln!("{count:6} {reason}");
    }
    let lost: Vec<&Rejected> = set
        .rejected()
        .iter()
        .filter(|rule| ["/cloud/", "/identity/"].iter().any(|p| rule.path.contains(p)))
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert_eq!(set.rules().count() + set.rejected().len(), documents.len());
    if let Some(events) = m365_export() {
        let start = Instant::now();
        let findings = set.findings(&events);
        let took = start.elapsed().as_secs_f64();
        let mut titles: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in &findings {
            *titles.entry(&finding.title).or_default() += 1;
        }
        eprintln!("{} findings, {:.0} events/s", findings.len(), events.len() as f64 / took);
        for (title, count) in titles {
            eprintln!("{count:6} {title}");
        }
    }
}

/// Rule by rule against the reference engine over the raw records: the same rules, as
/// they are, by `rsigma-eval` with nothing of ours between.
#[test]
fn hits_over_a_real_trail_equal_those_of_the_reference_engine() {
    use rsigma_eval::JsonEvent;
    let Some(events) = events_of("cloud/aws-cloudtrail.tar.xz") else { return };
    let Some(documents) = public_rules() else { return };
    let aws: Vec<(String, String)> =
        documents.into_iter().filter(|(path, _)| path.contains("/cloud/aws/")).collect();
    let set = RuleSet::load(&aws);
    assert_eq!(set.rejected(), &[]);
    let ids: BTreeMap<String, String> =
        events.iter().map(|event| (event.event_uid.clone(), event.record_id.clone())).collect();
    let mut ours: BTreeMap<String, std::collections::BTreeSet<String>> = BTreeMap::new();
    for finding in set.findings(&events) {
        ours.entry(finding.rule).or_default().insert(ids[&finding.record_uid].clone());
    }
    let mut reference = Engine::new();
    for (_, text) in &aws {
        let collection = rsigma_parser::parse_sigma_yaml(text).expect("a rule");
        reference.add_collection(&collection).expect("a rule");
    }
    let mut theirs: BTreeMap<String, std::collections::BTreeSet<String>> = BTreeMap::new();
    let mut raws = 0;
    for raw in raw_trail() {
        raws += 1;
        for result in reference.evaluate(&JsonEvent::borrow(&raw)) {
            let rule = result.header.rule_id.clone().unwrap_or_default();
            let id = raw["eventID"].as_str().unwrap_or_default().to_owned();
            theirs.entry(rule).or_default().insert(id);
        }
    }
    assert_eq!(raws, events.len());
    let hits = |all: &BTreeMap<String, std::collections::BTreeSet<String>>| {
        all.values().map(std::collections::BTreeSet::len).sum::<usize>()
    };
    eprintln!(
        "{} rules, {} match, {} hits; reference {} hits",
        aws.len(),
        ours.len(),
        hits(&ours),
        hits(&theirs)
    );
    assert_eq!(ours, theirs);
}

/// The records of the trail as they lie in its files.
fn raw_trail() -> Vec<Value> {
    let Some(path) = corpus("cloud/aws-cloudtrail.tar.xz") else { return Vec::new() };
    let mut raws = Vec::new();
    walk(&path, "aws", &SourceId::default(), &Limits::default(), &mut |mut member| {
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut member, &mut text).expect("member");
        match serde_json::from_slice::<Value>(&text) {
            Ok(Value::Array(all)) => raws.extend(all),
            Ok(mut file) if file["Records"].is_array() => {
                raws.append(file["Records"].as_array_mut().expect("an array"));
            }
            _ => raws.extend(
                text.split(|byte| *byte == b'\n')
                    .filter_map(|line| serde_json::from_slice(line).ok()),
            ),
        }
    })
    .expect("corpus opens");
    raws
}

/// What rules cannot match without, taken from them, leaves nothing out.
#[test]
fn events_that_no_rule_wants_match_no_rule() {
    let Some(documents) = public_rules() else { return };
    for set in [RuleSet::load(&documents), RuleSet::shipped()] {
        for file in [
            "cloud/aws-cloudtrail.tar.xz",
            "cloud/google-workspace.tar.xz",
            "cloud/m365-unified-audit-log.csv.xz",
        ] {
            let Some(events) = events_of(file) else { return };
            let wanted: Vec<Event> = events
                .iter()
                .filter(|event| match set.wanted(&event.provider) {
                    Wanted::All => true,
                    Wanted::Operations(these) => these.contains(&operation_key(&event.operation)),
                })
                .cloned()
                .collect();
            eprintln!("{file}: {} of {} events are wanted", wanted.len(), events.len());
            assert_eq!(set.findings(&wanted), set.findings(&events), "{file}");
        }
    }
}
