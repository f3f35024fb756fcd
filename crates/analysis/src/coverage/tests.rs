use demarche_core::{CoverageEntry, EvidenceRef, UtcMicros};
use proptest::prelude::*;

use super::{Hole, Lack, Series, cut, of_account, of_house};

/// Numbers that only look random: the same every time.
struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        #[allow(clippy::cast_precision_loss)]
        let unit = (self.0 >> 33) as f64 / (1_u64 << 31) as f64;
        unit
    }

    fn poisson(&mut self, mean: f64) -> u64 {
        if mean > 50.0 {
            let normal: f64 = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let rounded = (mean + normal * mean.sqrt()).max(0.0).round() as u64;
            return rounded;
        }
        let (limit, mut product, mut n) = ((-mean).exp(), self.unit(), 0);
        while product > limit {
            product *= self.unit();
            n += 1;
        }
        n
    }
}

/// An honest house: office hours, nights, weekends, single holidays, the days around New
/// Year, a slow summer. Shares are of a busy hour's sittings.
#[derive(Clone, Copy, Debug)]
struct House {
    busy: f64,
    night: f64,
    weekend: f64,
    /// What a holiday is like against a weekend: a closed house is quieter still.
    holiday: f64,
}

const WEEKS: i64 = 40;
/// A Monday, 2023-08-28.
const START: i64 = 19_597 * 24;

impl House {
    fn is_holiday(day: i64) -> bool {
        // Days since the start: a Thursday and a Friday, a Monday, 24 December to 1 January.
        matches!(day, 38 | 39 | 63) || (118..=126).contains(&day)
    }

    fn rate(self, hour: i64) -> f64 {
        let (day, of_day) = (hour.div_euclid(24), hour.rem_euclid(24));
        let weekend = day.rem_euclid(7) >= 5;
        let by_day = match (Self::is_holiday(day), weekend) {
            (true, _) => self.weekend * self.holiday,
            (false, true) => self.weekend,
            (false, false) => 1.0,
        };
        let by_hour = if (7..18).contains(&of_day) { 1.0 } else { self.night };
        let season = if day >= 210 { 0.4 } else { 1.0 };
        self.busy * by_day * by_hour * season
    }

    fn series(self, seed: u64) -> Series {
        let mut dice = Dice(seed.wrapping_mul(7_919).wrapping_add(13));
        for _ in 0..8 {
            dice.unit();
        }
        let mut hours = Vec::new();
        for hour in 0..WEEKS * 168 {
            let sittings = dice.poisson(self.rate(hour));
            // A sitting is a burst of events.
            let events: u64 = (0..sittings.min(200)).map(|_| 1 + dice.poisson(8.0)).sum();
            hours.push((START + hour, events));
        }
        Series::new(hours)
    }
}

fn houses() -> Vec<House> {
    let mut all = Vec::new();
    for busy in [0.3, 3.0, 30.0, 300.0] {
        for night in [0.0, 0.01, 0.2] {
            for weekend in [0.0, 0.03, 0.4] {
                for holiday in [0.0, 0.6] {
                    // Somebody, or some machine, is at work on holidays where on Sundays several
                    // are at any hour.
                    if holiday > 0.0 || weekend * busy <= 1.0 {
                        all.push(House { busy, night, weekend, holiday });
                    }
                }
            }
        }
    }
    all
}

fn without(series: &Series, from: i64, to: i64) -> Series {
    Series::new(series.hours().filter(|(hour, _)| !(from..to).contains(hour)))
}

#[test]
fn honest_rhythms_have_no_gaps() {
    let (mut looked, mut told) = (0, Vec::new());
    for house in houses() {
        for seed in 0..3 {
            let series = house.series(seed);
            // Another log of the same house keeps the same holidays.
            let other = House { busy: house.busy * 0.7, ..house }.series(seed + 1_000);
            for silence in of_house(&series, &[&other]) {
                told.push((house, seed, silence));
            }
            looked += 1;
        }
    }
    assert!(told.is_empty(), "{} of {looked}: {:#?}", told.len(), &told[..told.len().min(5)]);
}

#[test]
fn honest_accounts_have_no_gaps() {
    let mut told = Vec::new();
    for (night, weekend) in [(0.0, 0.0), (0.02, 0.1), (0.3, 0.5), (1.0, 1.0)] {
        for seed in 0..20 {
            let house = House { busy: 1.5, night, weekend, holiday: 1.0 };
            let series = house.series(seed);
            // A fortnight's leave, in which the telephone stays at home.
            let away = without(&series, START + 70 * 24, START + 84 * 24);
            told.extend(of_account(&series).into_iter().map(|s| (house, seed, s)));
            if night < 0.1 {
                told.extend(of_account(&away).into_iter().map(|s| (house, seed, s)));
            }
        }
    }
    assert!(told.is_empty(), "{told:#?}");
}

#[test]
fn gaps_in_a_log_that_never_sleeps_are_told() {
    let house = House { busy: 30.0, night: 0.2, weekend: 0.4, holiday: 0.6 };
    for seed in 0..20 {
        let (from, to) = (START + 30 * 24 + 9, START + 31 * 24 + 9);
        let found = of_house(&without(&house.series(seed), from, to), &[]);
        assert_eq!(found.len(), 1, "seed {seed}: {found:?}");
        assert!(found[0].from <= from && found[0].to >= to);
        assert!(found[0].to - found[0].from <= 26);
        assert!(found[0].expected > 100.0);
    }
}

#[test]
fn working_days_without_a_log_are_told_where_others_went_on() {
    let house = House { busy: 20.0, night: 0.0, weekend: 0.0, holiday: 0.0 };
    for seed in 0..20 {
        // From a Tuesday's morning to Thursday's: two working days, and nights.
        let (from, to) = (START + 22 * 24 + 6, START + 24 * 24 + 6);
        let series = without(&house.series(seed), from, to);
        let other = House { busy: 10.0, ..house }.series(seed + 1_000);
        assert_eq!(of_house(&series, &[&other]).len(), 1, "seed {seed}");
        assert!(of_house(&series, &[]).is_empty(), "seed {seed}: may be a holiday");
        let long = without(&series, START + 140 * 24, START + 161 * 24);
        assert_eq!(of_house(&long, &[]).len(), 1, "seed {seed}: three weeks are none");
    }
}

#[test]
fn an_account_that_never_sleeps_is_told() {
    let house = House { busy: 6.0, night: 1.0, weekend: 1.0, holiday: 1.0 };
    for seed in 0..20 {
        let series = without(&house.series(seed), START + 50 * 24, START + 55 * 24);
        assert_eq!(of_account(&series).len(), 1, "seed {seed}");
    }
}

fn at(day: i64) -> UtcMicros {
    UtcMicros::from_micros(day * UtcMicros::DAY).unwrap()
}

fn row(account: &str, from: Option<i64>, to: Option<i64>) -> CoverageEntry {
    CoverageEntry {
        source: "cloud".into(),
        account: account.into(),
        from: from.map(at),
        to: to.map(at),
        inferred: true,
        ..CoverageEntry::default()
    }
}

fn hole(account: &str, from: i64, to: i64) -> Hole {
    Hole {
        source: "cloud".into(),
        account: account.into(),
        from: at(from),
        to: at(to),
        reason: "nothing".into(),
        evidence: EvidenceRef::default(),
    }
}

fn spans(rows: &[CoverageEntry]) -> Vec<(&str, Option<i64>, Option<i64>)> {
    rows.iter()
        .map(|r| (r.account.as_str(), r.from.map(UtcMicros::day), r.to.map(UtcMicros::day)))
        .collect()
}

#[test]
fn a_hole_makes_two_rows_of_one() {
    let rows = cut(vec![row("", Some(0), Some(100))], &[hole("", 40, 50)], &[]);
    assert_eq!(spans(&rows), [("", Some(0), Some(40)), ("", Some(50), Some(100))]);
    assert!(rows.iter().all(|row| row.note == "nothing"));
    // Of one account: the rows for all stay whole.
    let rows = cut(vec![row("", None, None)], &[hole("a@x", 40, 50)], &[]);
    assert_eq!(spans(&rows), [("", None, None), ("a@x", None, Some(40)), ("a@x", Some(50), None)]);
    // At the beginning: the row begins later.
    let rows = cut(vec![row("", Some(0), Some(100))], &[hole("a@x", 0, 50)], &[]);
    assert_eq!(spans(&rows)[1..], [("a@x", Some(50), Some(100))]);
}

#[test]
fn a_stated_row_is_split_and_still_rests_on_its_statement() {
    let stated = CoverageEntry {
        inferred: false,
        evidence: Some(EvidenceRef { path: "coverage.csv".into(), ..EvidenceRef::default() }),
        ..row("", Some(0), Some(100))
    };
    let rows = cut(vec![stated.clone()], &[hole("", 40, 50)], &[]);
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.inferred && row.evidence.is_some()));
    // A copy for an account is no part of it.
    let rows = cut(vec![stated], &[hole("a@x", 40, 50)], &[]);
    assert!(!rows[0].inferred && rows[0].evidence.is_some());
    assert!(rows[1..].iter().all(|row| row.inferred && row.evidence.is_none()));
}

#[test]
fn what_is_lacking_is_noted_for_the_account() {
    let lack = Lack { source: "cloud".into(), account: "a@x".into(), note: "no reads".into() };
    let rows = cut(vec![row("", Some(0), Some(100))], &[], &[lack]);
    assert_eq!(spans(&rows), [("", Some(0), Some(100)), ("a@x", Some(0), Some(100))]);
    assert_eq!((rows[0].note.as_str(), rows[1].note.as_str()), ("", "no reads"));
}

proptest! {
    #[test]
    fn cutting_only_takes_away(
        holes in prop::collection::vec((0_i64..100, 1_i64..30), 0..8),
        day in 0_i64..100,
    ) {
        let holes: Vec<Hole> = holes.iter().map(|(from, n)| hole("", *from, from + n)).collect();
        let rows = cut(vec![row("", Some(0), Some(100))], &holes, &[]);
        let mut last = at(0);
        for row in &rows {
            prop_assert!(row.from.unwrap() >= last && row.to.unwrap() >= row.from.unwrap());
            last = row.to.unwrap();
        }
        prop_assert!(last <= at(100));
        let noon = at(day).saturating_add(12 * UtcMicros::HOUR);
        let covered = rows.iter().any(|r| r.from.unwrap() <= noon && noon <= r.to.unwrap());
        let in_hole = holes.iter().any(|h| h.from < noon && noon < h.to);
        let swallowed = rows.len() == 1 && rows[0].note.is_empty();
        prop_assert!(covered != in_hole || swallowed);
    }

    #[test]
    fn any_hours_are_looked_at(
        hours in prop::collection::vec((-2_000_000_000_i64..2_000_000_000, 0_u64..5), 0..50),
    ) {
        let series = Series::new(hours);
        let _ = of_house(&series, &[&series]);
        let _ = of_account(&series);
    }
}
