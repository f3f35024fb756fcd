//! A life from rows, and that its screen fits and says it.

use demarche_core::{IntrusionStatus, Probability};

use super::*;

fn at(text: &str) -> Option<UtcMicros> {
    UtcMicros::parse(text).ok()
}

fn event(time: &str, operation: &str, ip: &str, session: &str) -> Event {
    Event {
        time: at(time),
        provider: "m365".into(),
        operation: operation.into(),
        account: "ann@house.example".into(),
        source_ip: ip.into(),
        user_agent: "Mozilla/5.0 Chrome/120".into(),
        session: session.into(),
        ..Event::default()
    }
}

fn finding(time: &str, title: &str, technique: &str, severity: &str) -> Finding {
    Finding {
        finding_uid: format!("n1:{title}{time}"),
        rule: title.into(),
        title: title.into(),
        severity: severity.into(),
        time: at(time),
        subject: "ann@house.example".into(),
        techniques: vec![technique.into()],
        ..Finding::default()
    }
}

type Tables = (Vec<Event>, Vec<Finding>, Vec<Wave>, Vec<Exposure>, Vec<Intrusion>);

fn rows() -> Tables {
    let events = vec![
        event("2024-03-01T08:00:00Z", "UserLoggedIn", "192.0.2.1", "own"),
        event("2024-03-02T08:00:00Z", "UserLoggedIn", "192.0.2.9", "own-2"),
        event("2024-03-05T02:00:00Z", "MailItemsAccessed", "198.51.100.7", "theirs"),
        event("2024-03-09T09:00:00Z", "Remove-InboxRule", "192.0.2.1", "own-3"),
    ];
    let findings = vec![
        finding("2024-03-05T02:10:00Z", "A rule forwards outside", "T1114.003", "high"),
        finding("2024-03-05T02:20:00Z", "Consent given", "T1528", "medium"),
        finding("2024-03-05T02:30:00Z", "Old protocol", "T1078.004", "medium"),
    ];
    let wave = Wave {
        wave_id: "w1:1".into(),
        first_seen: at("2024-03-04T10:00:00Z"),
        subject: "Agenda\u{202e} of the day".into(),
        probability: Probability::new(0.97),
        ..Wave::default()
    };
    let exposure = |state| Exposure {
        recipient: "ann@house.example".into(),
        wave_id: "w1:1".into(),
        state,
        time: at("2024-03-04T11:00:00Z"),
        ..Exposure::default()
    };
    let intrusion = Intrusion {
        intrusion_id: "i1:1".into(),
        account: "ann@house.example".into(),
        status: IntrusionStatus::Active,
        probability: Probability::new(0.96),
        first_access: at("2024-03-05T02:00:00Z"),
        last_access: at("2024-03-08T02:00:00Z"),
        first_access_bounds: vec![
            at("2024-03-04T00:00:00Z").unwrap(),
            at("2024-03-05T02:00:00Z").unwrap(),
        ],
        start_censored: true,
        kinds: vec!["mailbox".into()],
        sessions: vec!["theirs".into()],
        read: vec!["messages 12".into()],
        campaign_id: Some("k1:1".into()),
        ..Intrusion::default()
    };
    let exposures = vec![exposure(ExposureState::Fetched), exposure(ExposureState::Clicked)];
    (events, findings, vec![wave], exposures, vec![intrusion])
}

fn life(kind: &str) -> Life {
    let (events, findings, waves, exposures, intrusions) = rows();
    let roster = RosterEntry {
        name: "Ann Weber".into(),
        institution: "House".into(),
        kind: kind.into(),
        consent_ref: "C-7".into(),
        ..RosterEntry::default()
    };
    Life::of(&Input {
        account: "ann@house.example",
        roster: &[roster],
        events: &events,
        messages: 5,
        coverage: &[CoverageEntry { source: "identity".into(), ..CoverageEntry::default() }],
        findings: &findings,
        waves: &waves,
        exposures: &exposures,
        intrusions: &intrusions,
    })
}

#[test]
fn what_lasts_is_kept_apart_and_its_end_is_seen() {
    let life = life("staff");
    let lasting: Vec<(&str, bool)> =
        life.lasting.iter().map(|thing| (thing.what.as_str(), thing.removed.is_some())).collect();
    assert_eq!(lasting, [("forwarding", true), ("consent", false)]);
    assert_eq!(life.findings.len(), 1);
    assert_eq!(life.waves[0].state, ExposureState::Clicked);
    assert_eq!(
        (life.profiles[0].network.as_str(), life.profiles[0].intruder),
        ("198.51.100.0/24", true)
    );
    assert_eq!((life.profiles[1].events, life.profiles[1].sessions), (3, 3));
}

#[test]
fn nothing_that_warns_comes_before_what_does_not() {
    let steps = life("staff").steps;
    let cut = steps.iter().position(|step| step.text.contains("revoke every session")).unwrap();
    let password = steps.iter().position(|step| step.text.contains("new password and")).unwrap();
    let talk = steps.iter().position(|step| step.text.contains("never through")).unwrap();
    let others = steps.iter().position(|step| step.text.contains("other accounts")).unwrap();
    assert!(talk < cut && others < cut && cut < password);
    assert!(steps[..cut].iter().all(|step| !step.noticeable));
    assert!(steps.iter().any(|step| step.text.contains("Remove: consent.")));
}

#[test]
fn the_screen_fits_and_hides_nothing() {
    for width in [60, 80, 120] {
        let text = screen(&life("staff"), width);
        assert!(text.lines().all(|line| line.chars().count() <= width), "{width}\n{text}");
        for word in [
            "ACTIVE",
            "CLICKED",
            "beyond the logs",
            "messages",
            "[ ] 1.",
            "Ann Weber",
            "can notice",
        ] {
            assert!(text.contains(word), "{word}\n{text}");
        }
        assert!(!text.contains('\u{202e}'));
        assert!(text.lines().count() <= 70, "{text}");
    }
}

#[test]
fn a_private_account_says_so_and_whom_to_ask() {
    let text = screen(&life("linked"), 100);
    assert!(text.contains("private or family account") && text.contains("consent `C-7`"), "{text}");
    assert!(text.contains("only he can ask his provider"), "{text}");
}

#[test]
fn an_account_nothing_is_known_of_is_not_called_safe() {
    let life = Life::of(&Input {
        account: "x@house.example",
        roster: &[],
        events: &[],
        messages: 0,
        coverage: &[],
        findings: &[],
        waves: &[],
        exposures: &[],
        intrusions: &[],
    });
    let text = screen(&life, 80);
    assert!(text.contains("on no roster") && text.contains("absence of a trace is no proof"));
}
