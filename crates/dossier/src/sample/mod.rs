//! A hand-made report for tests: two campaigns, four intrusions, hostile strings, gaps.

use demarche_core::{
    Anomaly, Campaign, CoverageEntry, EvidenceRef, Exposure, ExposureState, Finding, Gap,
    Hypothesis, Intrusion, IntrusionStatus, Link, MicroNats, Probability, ScoredFeature, SourceId,
    Support, UtcMicros, Wave,
};

use crate::model::{
    AnomalySummary, ClaimRow, ClaimStance, Decided, Hunt, Mandate, Person, Report, SourceFact,
    Totals,
};

mod judged;

pub(crate) fn time(text: &str) -> Option<UtcMicros> {
    let text = if text.len() == 10 { format!("{text}T09:30:00Z") } else { text.to_owned() };
    Some(UtcMicros::parse(&text).unwrap())
}

fn p(value: f64) -> Probability {
    Probability::new(value)
}

pub(crate) fn reference(file: &str, offset: u64) -> EvidenceRef {
    let sha256 = demarche_core::id::sha256_hex(file.as_bytes());
    EvidenceRef {
        source: SourceId::from_stored(format!("sha256:{sha256}")),
        path: file.to_owned(),
        offset,
        length: 2_048,
        locator: None,
        sha256: demarche_core::id::sha256_hex(&offset.to_le_bytes()),
    }
}

fn feature(name: &str, nats: f64, detail: &str, offset: u64) -> ScoredFeature {
    ScoredFeature {
        name: name.to_owned(),
        log_likelihood_ratio: MicroNats::from_nats(nats),
        detail: detail.to_owned(),
        evidence: vec![
            reference("mail/chamber.mbox", offset),
            reference("mail/chamber.mbox", offset + 4_096),
        ],
    }
}

const PEOPLE: [(&str, &str, &str, &[&str]); 9] = [
    (
        "a.petrov@chamber.example",
        "Ana Petrov",
        "Chamber of Deputies",
        &["Foreign Affairs Committee", "Delegation to the Assembly"],
    ),
    (
        "b.lindqvist@chamber.example",
        "Björn Lindqvist",
        "Chamber of Deputies",
        &["Foreign Affairs Committee"],
    ),
    ("c.okafor@chamber.example", "Chidi Okafor", "Chamber of Deputies", &["Human Rights Group"]),
    (
        "d.martin@chamber.example",
        "Delphine Martin",
        "Chamber of Deputies",
        &["Human Rights Group", "Foreign Affairs Committee"],
    ),
    ("e.rossi@board.example", "Elena Rossi", "Electoral Board", &["Registry"]),
    ("f.weber@board.example", "Friedrich Weber", "Electoral Board", &["Registry", "Board Office"]),
    ("g.novak@paper.example", "Greta Novak", "Morning Paper", &["Foreign Desk"]),
    ("family.petrov@mail.example", "Ivan Petrov", "", &["linked"]),
    ("+35312345678", "Ana Petrov", "Chamber of Deputies", &["Foreign Affairs Committee"]),
];

fn wave(
    number: usize,
    campaign: &str,
    day: &str,
    last: &str,
    subject: &str,
    who: &[usize],
    probability: f64,
) -> Wave {
    let offset = number as u64 * 100_000;
    Wave {
        wave_id: format!("w1:{number:032x}"),
        campaign_id: campaign.to_owned(),
        probability: p(probability),
        prior: p(0.02),
        first_seen: time(day),
        last_seen: time(last),
        message_uids: (0..who.len()).map(|n| format!("m1:{n:032x}")).collect(),
        message_ids: (0..who.len()).map(|n| format!("{n}@sender.example")).collect(),
        recipients: who.iter().map(|at| PEOPLE[*at].0.to_owned()).collect(),
        subject: subject.to_owned(),
        senders: vec![
            "editor@daily-bulletin.example".to_owned(),
            "news@worldbrief.example".to_owned(),
        ],
        templates: vec!["https://img.daily-bulletin.example/o/{token}/p.gif".to_owned()],
        target_groups: vec!["Foreign Affairs Committee".to_owned()],
        techniques: vec!["T1566.002".to_owned(), "T1598.003".to_owned()],
        features: vec![
            feature(
                "recipient_unique_token",
                3.4,
                &format!(
                    "{} of {} messages carry a token that no other recipient got, on a URL template seen nowhere else",
                    who.len(),
                    who.len()
                ),
                offset,
            ),
            feature(
                "persona_domain_mismatch",
                2.1,
                "the sender poses as an editor of a paper that does not use this domain",
                offset + 300,
            ),
            feature(
                "roster_group_lift",
                2.6,
                "4 of 5 recipients sit on one committee; chance would give 0.6",
                offset + 600,
            ),
            feature("first_contact", 0.9, "no mail to or from these senders before", offset + 900),
            feature(
                "bulk_headers",
                -1.2,
                "one of the messages carries List-Unsubscribe, as newsletters do",
                offset + 1_200,
            ),
        ],
    }
}

fn exposures(waves: &[Wave]) -> Vec<Exposure> {
    let states = [
        ExposureState::Targeted,
        ExposureState::Fetched,
        ExposureState::Unknown,
        ExposureState::Clicked,
        ExposureState::Targeted,
    ];
    let mut all = Vec::new();
    for (n, wave) in waves.iter().enumerate() {
        for (m, recipient) in wave.recipients.iter().enumerate() {
            let state = states[(n * 2 + m) % states.len()];
            all.push(Exposure {
                recipient: recipient.clone(),
                wave_id: wave.wave_id.clone(),
                state,
                time: (state >= ExposureState::Fetched).then_some(wave.last_seen).flatten(),
                detail: match state {
                    ExposureState::Fetched => {
                        "a prefetch by the house's gateway was left out".to_owned()
                    }
                    _ => String::new(),
                },
                evidence: vec![reference("web/access.log", (n * 10 + m) as u64 * 180)],
            });
        }
    }
    all
}

fn intrusions() -> Vec<Intrusion> {
    let base = |n: u64, account: &str, status, probability: f64| Intrusion {
        intrusion_id: format!("i1:{n:032x}"),
        account: account.to_owned(),
        status,
        probability: p(probability),
        prior: p(0.01),
        evidence: (0..5).map(|k| reference("cloud/audit.jsonl", n * 50_000 + k * 900)).collect(),
        ..Intrusion::default()
    };
    let bounds = |a: &str, b: &str| vec![time(a).unwrap(), time(b).unwrap()];
    vec![
        Intrusion {
            actor: "sessions from 3 home networks with one mail client never used by the account"
                .to_owned(),
            first_access: time("2024-03-28"),
            last_access: time("2024-10-30"),
            first_access_bounds: bounds("2024-03-26", "2024-03-28"),
            last_access_bounds: bounds("2024-10-30", "2024-11-02"),
            end_censored: true,
            kinds: vec!["identity".to_owned(), "mailbox".to_owned()],
            gaps: vec![Gap {
                from: time("2024-06-10"),
                to: time("2024-07-01"),
                reason: "export cut at 50,000 rows".to_owned(),
            }],
            campaign_id: Some("k1:a".to_owned()),
            sessions: vec!["8f0c2f55-aaaa-4bbb-8ccc-0123456789ab".to_owned()],
            read: vec!["messages 412".to_owned(), "folders 6".to_owned()],
            techniques: vec!["T1114.002".to_owned(), "T1564.008".to_owned()],
            features: vec![
                feature(
                    "inbox_rule",
                    3.0,
                    "rule \u{201c}.\u{201d} moves mail with \u{201c}embassy\u{201d} to RSS Feeds",
                    11,
                ),
                feature(
                    "new_session_profile",
                    2.4,
                    "client, network and hours never seen for a.petrov@chamber.example in 400 days",
                    21,
                ),
                feature(
                    "follows_click",
                    2.2,
                    "2 days after the link of a wave was followed by the same account",
                    31,
                ),
                feature("travel", -0.7, "the account travelled in the same week", 41),
            ],
            ..base(1, "a.petrov@chamber.example", IntrusionStatus::Active, 0.97)
        },
        Intrusion {
            first_access: time("2022-11-03"),
            last_access: time("2023-02-14"),
            first_access_bounds: bounds("2022-07-01", "2022-11-03"),
            last_access_bounds: bounds("2023-02-14", "2023-03-20"),
            start_censored: true,
            kinds: vec!["cloud_storage".to_owned()],
            read: vec!["files 130".to_owned()],
            features: vec![
                feature(
                    "oauth_consent",
                    2.8,
                    "consent to application \u{201c}Mail Sync Pro\u{201d} with offline access",
                    51,
                ),
                feature(
                    "approved_app",
                    -1.1,
                    "an application of a like name is approved by the house",
                    61,
                ),
            ],
            ..base(2, "f.weber@board.example", IntrusionStatus::Ended, 0.83)
        },
        Intrusion {
            actor: "operator login op-114".to_owned(),
            first_access: time("2023-05-02"),
            last_access: time("2023-05-30"),
            first_access_bounds: bounds("2023-05-02", "2023-05-02"),
            last_access_bounds: bounds("2023-05-30", "2023-06-10"),
            kinds: vec!["call_records".to_owned()],
            read: vec!["rows 2,140".to_owned()],
            features: vec![feature(
                "lookup_without_purpose",
                2.0,
                "14 look-ups at night without a stated purpose",
                71,
            )],
            ..base(3, "+35312345678", IntrusionStatus::Unknown, 0.71)
        },
        Intrusion {
            first_access: time("2024-01-15"),
            last_access: time("2024-01-15"),
            kinds: vec!["identity".to_owned()],
            features: vec![feature(
                "new_session_profile",
                0.8,
                "one session from an unknown network",
                81,
            )],
            ..base(4, "g.novak@paper.example", IntrusionStatus::Ended, 0.21)
        },
    ]
}

fn hypotheses() -> Vec<Hypothesis> {
    let support = |what: &str, nats: f64, technique: &str| Support {
        what: what.to_owned(),
        techniques: vec![technique.to_owned()],
        log_likelihood_ratio: MicroNats::from_nats(nats),
        evidence: vec![reference("mail/chamber.mbox", 100_000)],
    };
    let base = |name: &str, probability: f64, term: &str| Hypothesis {
        campaign_id: "k1:a".to_owned(),
        tier: "operator".to_owned(),
        name: name.to_owned(),
        probability: p(probability),
        prior: p(0.006),
        term: term.to_owned(),
        term_scale: "ICD203".to_owned(),
        snapshot: "attack 17.1, sha256:0f0f".to_owned(),
        alternatives: vec!["APT40".to_owned(), "unknown".to_owned()],
        ..Hypothesis::default()
    };
    vec![
        Hypothesis {
            supporting: vec![
                support(
                    "tracking links with one token a recipient, as reported of this set",
                    1.6,
                    "T1598.003",
                ),
                support(
                    "assessed by a national cyber centre in 2024 for like targets; not found here",
                    0.0,
                    "T1566.002",
                ),
            ],
            contradicting: vec![
                support("no malware of the set was seen in any attachment", -0.4, "T1204.002"),
                support("the same technique is reported of 31 other sets", -0.9, "T1566.002"),
            ],
            ..base("APT31", 0.31, "unlikely")
        },
        Hypothesis {
            prior: p(0.4),
            supporting: vec![support(
                "most sets reported with these techniques have nothing else in common with this one",
                0.3,
                "T1566.002",
            )],
            ..base("unknown", 0.52, "roughly even chance")
        },
        Hypothesis {
            supporting: vec![support("cloud consent abuse, as reported of this set", 0.7, "T1528")],
            contradicting: vec![support(
                "targets of this set are reported elsewhere",
                -0.8,
                "T1591",
            )],
            ..base("APT40", 0.09, "very unlikely")
        },
    ]
}

fn coverage() -> Vec<CoverageEntry> {
    let entry = |source: &str, from: &str, to: &str, inferred: bool| CoverageEntry {
        source: source.to_owned(),
        from: time(from),
        to: time(to),
        inferred,
        evidence: (!inferred).then(|| reference("coverage.csv", 40)),
        ..CoverageEntry::default()
    };
    vec![
        entry("mail", "2021-01-10", "2024-11-02", false),
        entry("identity", "2022-11-01", "2024-11-02", false),
        entry("cloud", "2022-11-01", "2023-08-01", false),
        entry("cloud", "2023-12-01", "2024-11-02", false),
        entry("web", "2024-01-01", "2024-11-02", true),
        entry("record_lookups", "2023-01-01", "2023-06-10", false),
    ]
}

/// A report with something in every section.
pub(crate) fn report() -> Report {
    let waves = vec![
        wave(
            1,
            "k1:a",
            "2021-04-12",
            "2021-04-12",
            "Ministers meet over border rules",
            &[0, 1, 3],
            0.88,
        ),
        wave(
            2,
            "k1:a",
            "2021-09-20",
            "2021-09-22",
            "Interview request: sanctions vote",
            &[0, 1, 2, 3],
            0.93,
        ),
        wave(
            3,
            "k1:a",
            "2022-10-28",
            "2022-10-29",
            "Electoral roll: questions from our readers",
            &[4, 5],
            0.81,
        ),
        wave(
            4,
            "k1:a",
            "2024-03-26",
            "2024-03-26",
            "<script>alert('x')</script> \u{202e}gpj.exe javascript:alert(1)",
            &[0, 1, 3, 6, 7],
            0.97,
        ),
        wave(
            5,
            "k1:b",
            "2023-06-14",
            "2023-06-15",
            "Invitation: round table on rights",
            &[2, 3],
            0.58,
        ),
        wave(6, "k1:c", "2024-05-02", "2024-05-02", "Spring newsletter", &[1, 6], 0.12),
    ];
    let campaign = |id: &str, probability: f64| {
        let own: Vec<&Wave> = waves.iter().filter(|wave| wave.campaign_id == id).collect();
        let mut recipients: Vec<String> =
            own.iter().flat_map(|wave| wave.recipients.clone()).collect();
        recipients.sort();
        recipients.dedup();
        Campaign {
            campaign_id: id.to_owned(),
            probability: p(probability),
            wave_ids: own.iter().map(|wave| wave.wave_id.clone()).collect(),
            recipients,
            links: own
                .windows(2)
                .map(|pair| Link {
                    waves: pair.iter().map(|wave| wave.wave_id.clone()).collect(),
                    classes: vec!["skeleton".to_owned(), "url_grammar".to_owned()],
                    weight: MicroNats::from_nats(4.2),
                    detail: vec![
                        "same HTML skeleton but for the text".to_owned(),
                        "token of 22 letters in the same place of the path".to_owned(),
                    ],
                    evidence: vec![
                        reference("mail/chamber.mbox", 7),
                        reference("mail/board.zip", 9),
                    ],
                })
                .collect(),
            target_groups: vec!["Foreign Affairs Committee".to_owned(), "Registry".to_owned()],
            first_seen: own.iter().filter_map(|wave| wave.first_seen).min(),
            last_seen: own.iter().filter_map(|wave| wave.last_seen).max(),
        }
    };
    let campaigns = vec![campaign("k1:a", 0.95), campaign("k1:b", 0.56), campaign("k1:c", 0.1)];
    let anomalies: Vec<Anomaly> = (0..64)
        .map(|n| Anomaly {
            evidence: reference("mail/board.zip", n * 10),
            reader: if n % 3 == 0 { "zip" } else { "mbox" }.to_owned(),
            reason: if n % 3 == 0 { "truncated member" } else { "no blank line after headers" }
                .to_owned(),
        })
        .collect();
    let file = |path: &str, bytes, format: &str, records, anomalies| SourceFact {
        id: reference(path, 0).source.to_string(),
        path: path.to_owned(),
        bytes,
        format: format.to_owned(),
        records,
        anomalies,
    };
    Report {
        title: "Targeting of the Chamber and the Electoral Board, 2021\u{2013}2024".to_owned(),
        run_id: "b7d1f6c05a9e4a7d8d2d9c0b7f11e2a3b7d1f6c05a9e4a7d8d2d9c0b7f11e2a3".to_owned(),
        generated_for: "Chamber of Deputies, Office of the Secretary-General".to_owned(),
        tool_version: "0.1.0".to_owned(),
        knowledge_snapshot: "attack 17.1, sha256:0f0f".to_owned(),
        knowledge_notice:
            "This work is reproduced and distributed with the permission of its owners.".to_owned(),
        parameters: [("wave_prior", "0.02"), ("intrusion_prior", "0.01")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        sources: vec![
            file("mail/chamber.mbox", 812_000_333, "mbox", 48_210, 2),
            file("mail/board.zip", 90_112_000, "zip, mbox, eml", 12_004, 62),
            file("cloud/audit.jsonl", 1_200_400_100, "m365-jsonl", 402_117, 0),
            file("web/access.log", 3_300_900, "squid", 18_201, 0),
            file("coverage.csv", 611, "coverage-table", 5, 0),
        ],
        people: PEOPLE
            .iter()
            .map(|(mailbox, name, institution, groups)| Person {
                mailbox: (*mailbox).to_owned(),
                person_id: String::new(),
                name: (*name).to_owned(),
                institution: (*institution).to_owned(),
                kind: "staff".to_owned(),
                groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            })
            .collect(),
        totals: Totals {
            messages: 58_911,
            mailboxes: 203,
            events: 402_110,
            fetches: 18_201,
            calls: 0,
            lookups: 318,
            duplicates: 1_303,
        },
        coverage: coverage(),
        exposures: exposures(&waves),
        waves,
        campaigns,
        intrusions: intrusions(),
        hypotheses: hypotheses(),
        findings: vec![
            Finding {
                finding_uid: "n1:1".to_owned(),
                rule: "m365_inbox_rule_hides_mail".to_owned(),
                title: "Inbox rule moves mail out of sight".to_owned(),
                severity: "high".to_owned(),
                time: time("2024-03-29"),
                subject: "a.petrov@chamber.example".to_owned(),
                techniques: vec!["T1564.008".to_owned()],
                record_uid: "e1:1".to_owned(),
                evidence: reference("cloud/audit.jsonl", 50_000),
            },
            Finding {
                finding_uid: "n1:2".to_owned(),
                rule: "\"><img src=x onerror=alert(1)>".to_owned(),
                title: String::new(),
                severity: "low".to_owned(),
                time: time("2024-04-02"),
                subject: "https://evil.example/x".to_owned(),
                techniques: vec![],
                record_uid: "e1:2".to_owned(),
                evidence: reference("cloud/audit.jsonl", 51_000),
            },
        ],
        anomalies: AnomalySummary::of(&anomalies),
        claims: claims(),
        ach: judged::matrix(),
        judgements: judged::judgements(),
        designations: judged::designations(),
        hunts: vec![Hunt { run_id: "r-later".to_owned(), findings: ["n1:2".to_owned()].into() }],
        decided: Decided { count: 3, head: "ab".repeat(32) },
        generated_at: time("2024-11-03"),
        mandate: Some(Mandate {
            operator: "Security office".to_owned(),
            authority: "Bureau of the Chamber".to_owned(),
            legal_basis: "Rules of Procedure, rule 12a".to_owned(),
            scope: "mail and logs of members who agreed, 2021 to 2024".to_owned(),
            expires: "2025-06-30".to_owned(),
        }),
        ..Report::default()
    }
}

fn claims() -> Vec<ClaimRow> {
    let claim = |id: &str, speaker: &str, act: &str, text: &str, reply: Option<&str>| ClaimRow {
        claim_id: id.to_owned(),
        speaker: speaker.to_owned(),
        authority: "Ministry of Foreign Affairs".to_owned(),
        act: act.to_owned(),
        about: vec!["APT31".to_owned()],
        replies_to: reply.map(str::to_owned),
        said_on: "2024-03-26".to_owned(),
        reported_by: "press release".to_owned(),
        text: text.to_owned(),
        status: "confirmed".to_owned(),
        evidence: reference("statements/release.txt", 120),
        stance_of_evidence: vec![ClaimStance {
            part: "quantity: 43 members".to_owned(),
            stance: "outside coverage".to_owned(),
            detail: "mail of nine members was read".to_owned(),
        }],
        ..ClaimRow::default()
    };
    vec![
        claim("s1:1", "Freedonia", "attribute", "the set known as APT31 is almost certain", None),
        claim("s1:2", "Sylvania", "deny", "groundless and fabricated", Some("s1:1")),
    ]
}

/// Much was read and nothing was found.
pub(crate) fn empty() -> Report {
    let full = report();
    Report {
        title: "Findings".to_owned(),
        run_id: full.run_id,
        tool_version: full.tool_version,
        sources: full.sources,
        totals: full.totals,
        coverage: full.coverage,
        ..Report::default()
    }
}
