//! Correlation counts against a sliding window written apart: events sorted by second and
//! uid, for each the ones of its group in the seconds before it, itself among them.

use super::*;

/// A sequence that looks random and is always the same (Knuth's MMIX generator).
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Events in bursts and pauses, with several in one second and copies.
fn events(seed: u64) -> Vec<Event> {
    let mut sequence = Sequence(seed);
    let mut events = Vec::new();
    let mut second = 0;
    for n in 0..600 {
        second += [0, 0, 1, 7, 40, 300, 2_000][usize::try_from(sequence.below(7)).unwrap_or(0)];
        let operation = ["UserLoggedIn", "New-InboxRule", "FileAccessed"]
            [usize::try_from(sequence.below(3)).unwrap_or(0)];
        let raw = json!({"CreationTime": "x", "Operation": operation, "Workload": "x",
            "Id": format!("{seed}-{n}")});
        let event = Event {
            time: UtcMicros::from_seconds(1_700_000_000 + second),
            actor: format!("user{}@p.example", sequence.below(3)),
            source_ip: format!("192.0.2.{}", sequence.below(6)),
            ..m365(&raw)
        };
        events.push(event);
    }
    let copies: Vec<Event> = events.iter().step_by(17).cloned().collect();
    events.extend(copies);
    let turn = usize::try_from(sequence.below(500)).unwrap_or(0);
    events.rotate_left(turn);
    events
}

fn rules(kind: &str, names: &str, timespan: &str, condition: &str) -> RuleSet {
    let base = |name: &str, operation: &str| {
        format!(
            "title: {name}\nid: {name}-1\nname: {name}\nlogsource: {{product: m365}}\n\
             detection: {{s: {{Operation: {operation}}}, condition: s}}\n"
        )
    };
    let correlation = format!(
        "title: C\nid: correlation\ncorrelation:\n    type: {kind}\n    rules: {names}\n    \
         group-by: [actor]\n    timespan: {timespan}\n{condition}"
    );
    let documents = [
        ("a.yml", base("sign_in", "UserLoggedIn")),
        ("b.yml", base("rule", "New-InboxRule")),
        ("c.yml", correlation),
    ];
    let set = RuleSet::load(&documents);
    assert_eq!(set.rejected(), &[]);
    set
}

/// Uids of the events at which the window holds enough.
fn oracle(
    events: &[Event],
    operations: &[&str],
    seconds: i64,
    enough: &dyn Fn(&[&Event]) -> bool,
) -> Vec<String> {
    let mut unique: BTreeMap<&str, &Event> = BTreeMap::new();
    for event in events.iter().filter(|event| operations.contains(&event.operation.as_str())) {
        unique.insert(&event.event_uid, event);
    }
    let mut sorted: Vec<&Event> = unique.into_values().collect();
    sorted.sort_by_key(|event| (event.time, event.event_uid.clone()));
    let second = |event: &Event| event.time.map_or(0, UtcMicros::seconds);
    let mut fired = Vec::new();
    for (at, event) in sorted.iter().enumerate() {
        let window: Vec<&Event> = sorted[..=at]
            .iter()
            .filter(|other| other.actor == event.actor && second(other) >= second(event) - seconds)
            .copied()
            .collect();
        if enough(&window) {
            fired.push(event.event_uid.clone());
        }
    }
    fired.sort();
    fired
}

fn found(set: &RuleSet, events: &[Event]) -> Vec<String> {
    let findings = set.findings(events);
    let mut uids: Vec<String> = findings
        .into_iter()
        .filter(|finding| finding.rule == "correlation")
        .map(|finding| finding.record_uid)
        .collect();
    uids.sort();
    uids
}

#[test]
fn counts_equal_those_of_a_sorted_window() {
    let mut fired = [0_usize; 4];
    for seed in 0..20 {
        let events = events(seed);
        for (timespan, seconds) in [("10s", 10), ("5m", 300), ("1h", 3_600)] {
            let gte = |n: u32| format!("    condition: {{gte: {n}}}\n");
            let set = rules("event_count", "[sign_in]", timespan, &gte(4));
            let expected = oracle(&events, &["UserLoggedIn"], seconds, &|w| w.len() >= 4);
            assert_eq!(found(&set, &events), expected, "event_count {timespan} {seed}");
            fired[0] += expected.len();

            let condition = "    condition: {field: source_ip, gte: 3}\n";
            let set = rules("value_count", "[sign_in]", timespan, condition);
            let distinct = |window: &[&Event]| {
                window.iter().map(|e| &e.source_ip).collect::<std::collections::BTreeSet<_>>().len()
            };
            let expected = oracle(&events, &["UserLoggedIn"], seconds, &|w| distinct(w) >= 3);
            assert_eq!(found(&set, &events), expected, "value_count {timespan} {seed}");
            fired[1] += expected.len();

            let both = ["UserLoggedIn", "New-InboxRule"];
            let has = |w: &[&Event], name: &str| w.iter().any(|e| e.operation == name);
            let set = rules("temporal", "[sign_in, rule]", timespan, "");
            let expected =
                oracle(&events, &both, seconds, &|w| both.iter().all(|name| has(w, name)));
            assert_eq!(found(&set, &events), expected, "temporal {timespan} {seed}");
            fired[2] += expected.len();

            let set = rules("temporal_ordered", "[sign_in, rule]", timespan, "");
            let time = |e: &Event| e.time.map_or(0, UtcMicros::seconds);
            let ordered = |w: &[&Event]| {
                let of = |name: &str| {
                    w.iter().filter(|e| e.operation == name).map(|e| time(e)).collect::<Vec<_>>()
                };
                let (first, second) = (of("UserLoggedIn"), of("New-InboxRule"));
                first.iter().any(|a| second.iter().any(|b| a <= b))
            };
            let expected = oracle(&events, &both, seconds, &ordered);
            assert_eq!(found(&set, &events), expected, "temporal_ordered {timespan} {seed}");
            fired[3] += expected.len();
        }
    }
    assert!(fired.iter().all(|n| *n > 500), "{fired:?}");
}
