use super::figures::score;
use super::tables::{self, Exposure, Found, Intrusion, Origin, Wave};
use crate::truth::{self, Line};

fn lines() -> Vec<Line> {
    let wave = |name: &str, operator: &str, ids: &[&str]| {
        Line::Wave(truth::Wave {
            wave: name.to_owned(),
            operator: operator.to_owned(),
            message_ids: ids.iter().map(|i| (*i).to_owned()).collect(),
            recipients: ids.iter().map(|i| format!("{i}@x.de")).collect(),
            ..truth::Wave::default()
        })
    };
    let intrusion = |name: &str, account: &str, secondary: bool| {
        Line::Intrusion(truth::Intrusion {
            intrusion: name.to_owned(),
            account: account.to_owned(),
            kinds: vec!["mailbox".to_owned()],
            first_access: "2022-01-01T00:00:00Z".to_owned(),
            last_access: "2022-01-11T00:00:00Z".to_owned(),
            secondary,
            ..truth::Intrusion::default()
        })
    };
    vec![
        Line::World(truth::World {
            seed: 1,
            to: "2022-12-31T00:00:00Z".to_owned(),
            institution_years: 10.0,
            ..truth::World::default()
        }),
        wave("W1", "A", &["a1", "a2", "a3", "a4"]),
        wave("W2", "B", &["b1", "b2"]),
        intrusion("I1", "V@x.de", false),
        intrusion("I2", "u@x.de", false),
        intrusion("I2", "w@x.de", true),
        Line::Exposure(truth::Exposure {
            wave: "W1".to_owned(),
            recipient: "a1@x.de".to_owned(),
            state: "clicked".to_owned(),
            true_state: "clicked".to_owned(),
        }),
    ]
}

fn wave(id: &str, campaign: &str, probability: f64, ids: &[&str]) -> Wave {
    Wave {
        wave_id: id.to_owned(),
        campaign_id: Some(campaign.to_owned()),
        probability,
        message_ids: ids.iter().map(|i| (*i).to_owned()).collect(),
        recipients: ids.iter().map(|i| format!("{i}@x.de")).collect(),
        ..Wave::default()
    }
}

fn intrusion(account: &str, from: &str, to: &str) -> Intrusion {
    Intrusion {
        intrusion_id: account.to_owned(),
        account: account.to_owned(),
        probability: 0.8,
        first_access: Some(from.to_owned()),
        last_access: Some(to.to_owned()),
        first_access_bounds: vec![None, Some("2022-01-02T00:00:00Z".to_owned())],
        last_access_bounds: vec![Some("2022-01-10T00:00:00Z".to_owned()), None],
        kinds: vec!["mailbox".to_owned()],
        ..Intrusion::default()
    }
}

#[test]
fn figures_by_hand() {
    let found = Found {
        waves: vec![
            wave("x", "c1", 0.9, &["a1", "a2", "a3", "h1"]),
            wave("y", "c2", 0.96, &["h2", "h3"]),
            wave("z", "c3", 0.4, &["b1", "b2"]),
        ],
        intrusions: vec![
            intrusion("v@x.de", "2022-01-01T12:00:00Z", "2022-01-11T00:00:00Z"),
            intrusion("w@x.de", "2022-01-01T00:00:00Z", "2022-01-11T00:00:00Z"),
            intrusion("u@x.de", "2022-01-10T00:00:00Z", "2022-02-11T00:00:00Z"),
        ],
        exposures: vec![Exposure {
            recipient: "A1@x.de".to_owned(),
            wave_id: "x".to_owned(),
            state: "clicked".to_owned(),
        }],
        ..Found::default()
    };
    let figures = score(&lines(), &found).unwrap();
    assert_eq!((figures.targeted_recall.k, figures.targeted_recall.n), (3.0, 6.0));
    assert_eq!((figures.wave_recall.k, figures.wave_recall.n), (1.0, 2.0));
    assert_eq!((figures.wave_precision.k, figures.wave_precision.n), (1.0, 2.0));
    assert_eq!((figures.false_waves, figures.waves_almost_certain_false), (1.0, 1.0));
    assert_eq!((figures.intrusion_recall.k, figures.intrusion_recall.n), (1.0, 2.0));
    // The secondary subject is no false alarm, the mistimed one is.
    assert_eq!(figures.false_intrusions, 1.0);
    assert_eq!((figures.start_bounds_coverage.k, figures.start_bounds_coverage.n), (2.0, 2.0));
    assert_eq!((figures.exposure_accuracy.k, figures.exposure_accuracy.n), (1.0, 1.0));
    let all = super::report::many(&[figures]);
    assert!(all["targeted_recall_lo"].as_f64().unwrap() < 0.5);
    assert_eq!(all["per_world"][0]["seed"], 1);
}

#[test]
fn a_perfect_answer_scores_one() {
    let found = Found {
        waves: vec![
            wave("x", "c1", 0.9, &["a1", "a2", "a3", "a4"]),
            wave("y", "c2", 0.9, &["b1", "b2"]),
        ],
        ..Found::default()
    };
    let figures = score(&lines(), &found).unwrap();
    assert_eq!(figures.targeted_recall.k, figures.targeted_recall.n);
    assert_eq!(figures.campaign_ari, Some(1.0));
    assert_eq!(figures.false_waves, 0.0);
}

#[test]
fn a_folder_may_lack_tables_but_rows_may_not_lack_fields() {
    let folder = tempfile::tempdir().unwrap();
    let origin = Origin::Folder(folder.path().to_owned());
    assert!(tables::found(&origin).unwrap().waves.is_empty());
    std::fs::write(folder.path().join("waves.jsonl"), "{\"wave_id\":\"x\"}\n").unwrap();
    assert!(
        tables::found(&origin).unwrap_err().to_string().starts_with("waves line 1: missing field")
    );
}
