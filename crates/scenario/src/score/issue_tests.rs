//! Each figure of the tables on truths and rows small enough to count by hand.

use super::burst::{self, rolling};
use super::issue::{Scored, campaigns, intrusions};
use super::tables::{Campaign, Feature, Found, Intrusion, Link, Wave};
use super::{access, figures};
use crate::truth::{self, Line};

const DAY: &str = "2022-01-01T00:00:00Z";

fn world(control: bool) -> truth::World {
    truth::World {
        seed: 1,
        control,
        from: DAY.to_owned(),
        to: "2022-12-31T00:00:00Z".to_owned(),
        institution_years: 2.0,
        domains: vec!["x.de".to_owned(), "y.fr".to_owned()],
        user_years: 500.0,
        traps: vec!["shared_host".to_owned()],
        ..truth::World::default()
    }
}

fn strings(all: &[&str]) -> Vec<String> {
    all.iter().map(|s| (*s).to_owned()).collect()
}

/// A wave of the truth whose messages went to one recipient each.
fn wave(name: &str, operator: &str, group: &str, ids: &[&str]) -> Line {
    Line::Wave(truth::Wave {
        wave: name.to_owned(),
        operator: operator.to_owned(),
        group: group.to_owned(),
        message_ids: strings(ids),
        recipients: ids.iter().map(|i| format!("{i}@x.de")).collect(),
        ..truth::Wave::default()
    })
}

fn row(id: &str, campaign: &str, probability: f64, day: u32, ids: &[&str]) -> Wave {
    Wave {
        wave_id: id.to_owned(),
        campaign_id: Some(campaign.to_owned()),
        probability,
        message_ids: strings(ids),
        recipients: ids.iter().map(|i| format!("{i}@x.de")).collect(),
        first_seen: Some(format!("2022-01-{day:02}T00:00:00Z")),
        features: vec![Feature { name: "token".to_owned(), log_likelihood_ratio: 2.0 }],
    }
}

fn attacked() -> Scored {
    let lines = vec![
        Line::World(world(false)),
        wave("W1", "A", "committee:a", &["a1", "a2"]),
        wave("W2", "A", "committee:b", &["a3", "a4"]),
        wave("W3", "B", "cause:c", &["b1", "b2"]),
    ];
    let link = |a: &str, b: &str| Link { waves: strings(&[a, b]) };
    let found = Found {
        waves: vec![
            row("w1", "k1", 0.97, 3, &["a1", "a2"]),
            row("w2", "k1", 0.9, 4, &["a3"]),
            row("w3", "k1", 0.6, 5, &["b1", "b2"]),
            row("w4", "k2", 0.58, 6, &["h1", "h2"]),
            row("w5", "k3", 0.1, 7, &["a4"]),
        ],
        campaigns: vec![
            Campaign {
                campaign_id: "k1".to_owned(),
                wave_ids: strings(&["w1", "w2", "w3"]),
                links: vec![link("w1", "w2"), link("w2", "w3")],
                target_groups: strings(&["committee:b", "cause:c"]),
            },
            Campaign {
                campaign_id: "k2".to_owned(),
                wave_ids: strings(&["w4"]),
                ..Campaign::default()
            },
        ],
        ..Found::default()
    };
    Scored::new(lines, found).unwrap()
}

fn control() -> Scored {
    let found = Found {
        waves: vec![
            row("c1", "k9", 0.96, 3, &["h5", "h6"]),
            row("c2", "k8", 0.7, 3, &["h7"]),
            row("c3", "k7", 0.2, 3, &["h8"]),
        ],
        ..Found::default()
    };
    Scored::new(vec![Line::World(world(true))], found).unwrap()
}

#[test]
fn figures_of_waves_by_hand() {
    let one = attacked();
    let bursts = &one.figures.bursts;
    // Five of six recipients; `a4` lies in a row that is not likely.
    assert_eq!((bursts.reached.k, bursts.reached.n), (5.0, 6.0));
    // Of two links one joins A with A; of three pairs in the campaign, too.
    assert_eq!((bursts.links.k, bursts.links.n), (1.0, 2.0));
    assert_eq!((bursts.pairs.k, bursts.pairs.n), (1.0, 3.0));
    // The campaign holds three messages of A and two of B: it is nobody's.
    assert_eq!(bursts.groups_first.n, 0.0);
    assert_eq!(bursts.said.iter().filter(|s| s.1).count(), 4);
    // Two nats less: ln(.97/.03) - 2 = 1.48 and ln(.9/.1) - 2 = 0.2 stay at
    // .81 and .55, the third falls to .17.
    let (recall, wrong) = bursts.without["token"];
    assert_eq!((recall.k, wrong), (2.0, 0.0));
}

#[test]
fn a_week_has_one_review_for_each_institution() {
    let lines = attacked().lines;
    let Line::World(world) = &lines[0] else { unreachable!() };
    let mut rows: Vec<Wave> = (0..3).map(|n| row(&format!("f{n}"), "k", 0.9, 3, &["h"])).collect();
    rows.push(row("late", "k", 0.2, 3, &["a1"]));
    let order: Vec<&str> =
        rolling(world, &rows).unwrap().iter().map(|r| r.wave_id.as_str()).collect();
    assert_eq!(order.len(), 4, "there are weeks enough for all");
    let short = truth::World { to: "2022-01-15T00:00:00Z".to_owned(), ..world.clone() };
    let seen = rolling(&short, &rows).unwrap();
    assert_eq!(seen.len(), 3, "three Saturdays, the most probable first");
    assert!(seen.iter().all(|r| r.wave_id.starts_with('f')));
    // Another institution's review reaches it, too.
    rows[3].recipients.push("z@y.fr".to_owned());
    assert!(rolling(&short, &rows).unwrap().iter().any(|r| r.wave_id == "late"));
    assert!(rolling(&truth::World::default(), &rows).is_none());
}

#[test]
fn the_table_of_waves_names_each_figure_or_says_why_not() {
    let out = campaigns(&[attacked(), control()]);
    let close = |name: &str, value: f64| {
        let got = out[name].as_f64().unwrap();
        assert!((got - value).abs() < 1e-6, "{name}: {got}, not {value}");
    };
    close("targeted_recall_median", 5.0 / 6.0);
    close("targeted_recall_worst_world", 5.0 / 6.0);
    close("false_waves_per_institution_year_median", 0.5);
    close("rolling_queue_recall_median", 1.0);
    close("link_precision", 0.5);
    close("link_precision_false_flag", 0.5);
    close("control_waves_likely_per_institution_year", 1.0);
    close("control_waves_almost_certain", 1.0);
    close("candidate_bursts_n", 8.0);
    // One false wave in four institution-years is allowed: from .9 up there
    // is one, with the second at .7 two.
    close("targeted_recall_at_equal_false_rate", 0.5);
    for name in
        ["campaign_ari_withheld_median", "no_roster_recall_median", "roster_hidden_recall_median"]
    {
        assert!(out[name].is_null() && out["notes"][name].is_string(), "{name}");
    }
    let mut both = attacked();
    both.variants.insert("no-roster".to_owned(), both.figures.clone());
    let out = campaigns(&[both]);
    assert!((out["no_roster_recall_median"].as_f64().unwrap() - 5.0 / 6.0).abs() < 1e-6);
    assert!(out["control_waves_almost_certain_per_institution_year"].is_null());
    let text = super::issue::text(&out);
    assert!(text.contains("targeted_recall_median  0.833"), "{text}");
}

fn broken(name: &str, account: &str, method: &str, to: &str) -> truth::Intrusion {
    truth::Intrusion {
        intrusion: name.to_owned(),
        operator: "A".to_owned(),
        account: account.to_owned(),
        kinds: strings(&["mailbox"]),
        first_access: "2022-03-01T00:00:00Z".to_owned(),
        last_access: to.to_owned(),
        status: "ended".to_owned(),
        method: method.to_owned(),
        sessions: 20,
        usual_gap_days: 3.0,
        joined_wave: Some("W1".to_owned()),
        ..truth::Intrusion::default()
    }
}

fn access_row(account: &str, probability: f64, from: &str, to: &str) -> Intrusion {
    Intrusion {
        intrusion_id: account.to_owned(),
        account: account.to_owned(),
        probability,
        first_access: Some(from.to_owned()),
        last_access: Some(to.to_owned()),
        first_access_bounds: vec![Some("2022-02-27T00:00:00Z".to_owned()), Some(from.to_owned())],
        last_access_bounds: vec![Some(to.to_owned()), Some(to.to_owned())],
        kinds: strings(&["mailbox"]),
        campaign_id: Some("k1".to_owned()),
        ..Intrusion::default()
    }
}

fn intruded() -> Scored {
    let mut lines = attacked().lines;
    lines.push(Line::Intrusion(broken("I1", "v@x.de", "plain", "2022-03-21T00:00:00Z")));
    let mut sparse = broken("I2", "s@x.de", "application", "2022-03-21T00:00:00Z");
    sparse.sessions = 3;
    lines.push(Line::Intrusion(sparse));
    let mut open = broken("I3", "o@x.de", "application", "2022-12-30T00:00:00Z");
    open.end_censored = true;
    open.joined_wave = None;
    lines.push(Line::Intrusion(open));
    let mut found = attacked().found;
    found.waves.truncate(2);
    let mut open = access_row("o@x.de", 0.7, "2022-03-02T00:00:00Z", "2022-12-30T00:00:00Z");
    open.kinds = strings(&["mailbox", "identity"]);
    open.end_censored = true;
    found.intrusions = vec![
        access_row("v@x.de", 0.9, "2022-03-03T00:00:00Z", "2022-03-20T00:00:00Z"),
        open,
        access_row("n@x.de", 0.6, "2022-03-03T00:00:00Z", "2022-03-20T00:00:00Z"),
        access_row("m@x.de", 0.2, "2022-03-03T00:00:00Z", "2022-03-20T00:00:00Z"),
    ];
    Scored::new(lines, found).unwrap()
}

#[test]
fn figures_of_intrusions_by_hand() {
    let world = intruded();
    let access = &world.figures.access;
    assert_eq!(access.cases.iter().filter(|c| c.found).count(), 2);
    assert_eq!((access.false_on_clean, access.false_on_numbers), (1.0, 0.0));
    // Begins two days and one day late, an end a day early; the open end is
    // not asked for.
    let mut errors: Vec<f64> = access.ends.iter().map(|e| e.error).collect();
    errors.sort_by(f64::total_cmp);
    assert_eq!(errors, [1.0, 1.0, 2.0]);
    assert_eq!(access.ends.iter().filter(|e| e.within).count(), 2);
    // Bounds of four days that hold the begin score four.
    assert!(
        access.ends.iter().any(|e| (e.score - 4.0).abs() < 1e-9 && (e.fixed - 14.0).abs() < 1e-9)
    );
    assert_eq!(access::interval_score(1.0, 3.0, 4.0), 22.0);
    let shares: Vec<(f64, f64)> = access.censoring.iter().map(|s| (s.k, s.n)).collect();
    assert_eq!(shares, [(0.0, 0.0), (2.0, 2.0), (1.0, 1.0), (1.0, 1.0)]);
    assert_eq!((access.kinds.k, access.kinds.n), (1.0, 2.0));
    assert_eq!((access.joined.k, access.joined.n), (1.0, 1.0));
}

#[test]
fn the_table_of_intrusions_compares_at_equal_false_rate() {
    let mut world = intruded();
    // Finds the second, at the price of none; a lower cut would cost two.
    let rules = Found {
        intrusions: vec![
            access_row("s@x.de", 0.95, "2022-03-01T00:00:00Z", "2022-03-20T00:00:00Z"),
            access_row("p@x.de", 0.5, "2022-03-01T00:00:00Z", "2022-03-20T00:00:00Z"),
            access_row("q@x.de", 0.5, "2022-03-01T00:00:00Z", "2022-03-20T00:00:00Z"),
            access_row("v@x.de", 0.4, "2022-03-01T00:00:00Z", "2022-03-20T00:00:00Z"),
        ],
        ..Found::default()
    };
    world.baselines.insert("rules_only".to_owned(), rules);
    let out = intrusions(&[world]);
    let close = |name: &str, value: f64| {
        let got = out[name].as_f64().unwrap();
        assert!((got - value).abs() < 1e-6, "{name}: {got}, not {value}");
    };
    close("recall_all", 2.0 / 3.0);
    close("recall_plain", 1.0);
    close("recall_hard", 1.0);
    close("recall_sparse", 0.0);
    close("recall_application_n", 1.0);
    close("false_intrusions_per_1000_user_years", 2.0);
    assert!(out["false_intrusions_per_1000_user_years_hi"].as_f64().unwrap() > 5.0);
    close("user_years", 500.0);
    close("end_error_days_median", 1.0);
    close("bounds_coverage", 2.0 / 3.0);
    close("censoring_right_end_censored", 1.0);
    assert!(out["censoring_right_start_censored"].is_null());
    close("recall_rules_only_at_equal_false_rate", 1.0 / 3.0);
    close("recall_above_rules_only", 1.0 / 3.0);
    assert!(out["recall_above_geography_only"].is_null());
}

#[test]
fn a_campaign_of_one_operator_is_asked_for_its_first_group() {
    let mut found = attacked().found;
    found.waves.truncate(2);
    let lines = attacked().lines;
    let figures = figures::score(&lines, &found).unwrap();
    let share = figures.bursts.groups_first;
    assert_eq!((share.k, share.n), (1.0, 1.0));
    found.campaigns[0].target_groups = strings(&["cause:c", "committee:b"]);
    let waves: Vec<&truth::Wave> =
        lines.iter().filter_map(|l| if let Line::Wave(w) = l { Some(w) } else { None }).collect();
    let share = burst::of(&truth::World::default(), &waves, &found).groups_first;
    assert_eq!((share.k, share.n), (0.0, 1.0));
}
