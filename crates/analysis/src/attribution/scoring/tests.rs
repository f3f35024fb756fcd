use super::*;
use crate::attribution::knowledge::tests::small;

fn profile(techniques: &[&str]) -> Profile {
    Profile {
        techniques: techniques.iter().map(|id| (*id).to_owned()).collect(),
        ..Profile::default()
    }
}

fn first_set(ranking: &Ranking) -> String {
    ranking.rows.iter().find_map(|row| row.id.clone()).unwrap()
}

#[test]
fn a_technique_points_to_its_user() {
    let known = small();
    let ranking = rank(&known, &profile(&["T1566.002", "T9999"]), &RankOptions::default());
    assert_eq!(first_set(&ranking), "G0001");
    assert_eq!(ranking.unrecognised, ["T9999"]);
    let sum: f64 = ranking.rows.iter().map(|row| row.probability.get()).sum();
    assert!((sum - 1.0).abs() < 1e-6);
    assert_eq!(ranking.rows.iter().filter(|row| row.id.is_none()).count(), 1);
}

#[test]
fn what_is_not_known_yet_does_not_count() {
    let known = small();
    let scorer = |before: Option<&str>, exclude: &[&str]| {
        Scorer::new(
            &known,
            &Known {
                before: before.map(|date| date.parse().unwrap()),
                exclude_references: exclude.iter().map(|name| (*name).to_owned()).collect(),
            },
        )
    };
    let link = known.technique("T1566.002").unwrap();
    let rule = known.technique("T1114.003").unwrap();
    assert_eq!(scorer(None, &[]).view.techniques[0][link], 2.0);
    assert_eq!(scorer(Some("2022-01-01"), &[]).view.techniques[0][link], 1.0);
    assert_eq!(scorer(Some("2021-05-03"), &[]).view.techniques[0][link], 0.0);
    assert_eq!(scorer(None, &["Other"]).view.techniques[0][link], 1.0);
    assert_eq!(scorer(None, &["Other", "Vendor 2021"]).view.techniques[0][link], 0.0);
    // Undated is never known before a day.
    assert_eq!(scorer(None, &[]).view.techniques[1][rule], 1.0);
    assert_eq!(scorer(Some("2090-01-01"), &[]).view.techniques[1][rule], 0.0);
}

#[test]
fn single_reports_obey_dates_and_exclusions() {
    let known = Knowledge::shipped().unwrap();
    let set = known.set("G0007").unwrap();
    let mut names: Vec<String> = Vec::new();
    for relation in &known.sets[set].techniques {
        names.extend(relation.citations.iter().map(|at| known.citations[*at].name.clone()));
    }
    let reports = |before: Option<&str>, exclude: &[String]| {
        let before = before.map(|date| date.parse().unwrap());
        let exclude_references = exclude.iter().cloned().collect();
        View::new(&known, &Known { before, exclude_references }).by_report[set].len()
    };
    let all = reports(None, &[]);
    assert!(all > 10, "{all}");
    assert!(reports(Some("2018-01-01"), &[]) < all);
    assert_eq!(reports(Some("1990-01-01"), &[]), 0);
    assert_eq!(reports(None, &names[..1]), all - 1);
}

#[test]
fn an_empty_profile_moves_nothing() {
    let ranking = rank(&small(), &Profile::default(), &RankOptions::default());
    for row in ranking.rows {
        assert!((row.probability.get() - row.prior.get()).abs() < 3e-6, "{row:?}");
    }
}

#[test]
fn the_line_follows_the_contract() {
    let known = small();
    let line = attribute_profile_line(
        &known,
        r#"{"techniques":["T1566.002"],"software":["S0013"],"before":null,"exclude_references":[]}"#,
    )
    .unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_str(&line).unwrap();
    assert_eq!(rows.len(), 3);
    let unknown = rows.iter().find(|row| row["name"] == "unknown").unwrap();
    assert!(unknown.get("id").is_none());
    assert!(
        attribute_profile_line(&known, "{\"techniques\":[\"T1\"],\"before\":\"soon\"}").is_err()
    );
    assert!(
        attribute_profile_line(&known, "{\"techniques\":[\"T1\"],\"before\":\"2022-01-01\"}")
            .is_ok()
    );
    assert!(attribute_profile_line(&known, "[1").is_err());
}
