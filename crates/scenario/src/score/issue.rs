//! The two tables of figures that the measurements print: each figure by
//! name with its 95% interval from a bootstrap over worlds, and `null` with
//! a note where what was given cannot tell it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::figures::{Figures, Share};
use super::stats::{bootstrap, brier_skill, calibration_slope, median, poisson, quantile};
use super::tables::{self, Found, Origin};
use super::{Error, access, burst, figures};
use crate::truth::{self, Line};

/// Resamplings of the worlds.
const ROUNDS: usize = 1_000;
/// Resamplings where each costs a regression.
const FEW_ROUNDS: usize = 200;
/// False waves per institution-year at which methods are compared.
pub const OWED_RATE: f64 = 0.3;
/// Thresholds tried at most where a simpler method is cut.
const CUTS: usize = 80;

/// A world with what was found in it.
#[derive(Debug, Default)]
pub struct Scored {
    /// The truth.
    pub lines: Vec<Line>,
    /// What the case says.
    pub found: Found,
    /// Its figures.
    pub figures: Figures,
    /// Figures of further cases of the same world by name: `withheld`,
    /// `roster-hidden`, `no-roster`.
    pub variants: BTreeMap<String, Figures>,
    /// What simpler methods say, by name.
    pub baselines: BTreeMap<String, Found>,
}

impl Scored {
    /// Scores a world.
    ///
    /// # Errors
    ///
    /// Where the truth has no world line.
    pub fn new(lines: Vec<Line>, found: Found) -> Result<Self, Error> {
        let figures = figures::score(&lines, &found)?;
        Ok(Self { lines, found, figures, ..Self::default() })
    }

    fn waves(&self) -> Vec<&truth::Wave> {
        self.lines
            .iter()
            .filter_map(|line| if let Line::Wave(wave) = line { Some(wave) } else { None })
            .collect()
    }
}

/// Further cases of a world that the tables know.
const VARIANTS: [&str; 3] = ["withheld", "roster-hidden", "no-roster"];

/// A case, or a folder of its tables as JSON lines.
fn origin(path: PathBuf) -> Origin {
    if path.join("waves.jsonl").is_file() { Origin::Folder(path) } else { Origin::Case(path) }
}

/// Loads a world folder: `truth.jsonl` and `case/`, and where they are,
/// `case-NAME/` and `baselines/NAME/`.
///
/// # Errors
///
/// Where a table cannot be read.
pub fn load(folder: &Path) -> Result<Scored, Error> {
    let lines = tables::truth(&folder.join("truth.jsonl"))?;
    let mut out = Scored::new(lines, tables::found(&origin(folder.join("case")))?)?;
    for name in VARIANTS {
        let case = folder.join(format!("case-{name}"));
        if case.is_dir() {
            let found = tables::found(&origin(case))?;
            out.variants.insert(name.to_owned(), figures::score(&out.lines, &found)?);
        }
    }
    let methods = folder.join("baselines");
    if methods.is_dir() {
        let failed = |source| Error::Read { path: methods.clone(), source };
        for entry in std::fs::read_dir(&methods).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if let Some(name) = path.file_name().and_then(|n| n.to_str()) {
                let found = tables::found(&Origin::Folder(path.clone()))?;
                out.baselines.insert(name.to_owned(), found);
            }
        }
    }
    Ok(out)
}

type Interval = Option<(f64, f64, f64)>;

fn round(value: f64) -> Value {
    json!((value * 1e6).round() / 1e6)
}

/// A table in the making.
struct Table {
    map: Map<String, Value>,
    notes: Map<String, Value>,
}

impl Table {
    fn new() -> Self {
        Self { map: Map::new(), notes: Map::new() }
    }

    fn put(&mut self, name: &str, value: Interval, why_not: &str) {
        if value.is_none() {
            self.notes.insert(name.to_owned(), json!(why_not));
        }
        let part = |at: fn((f64, f64, f64)) -> f64| value.map_or(Value::Null, |v| round(at(v)));
        self.map.insert(name.to_owned(), part(|v| v.0));
        self.map.insert(format!("{name}_lo"), part(|v| v.1));
        self.map.insert(format!("{name}_hi"), part(|v| v.2));
    }

    fn count(&mut self, name: &str, value: f64) {
        self.map.insert(name.to_owned(), round(value));
    }

    fn done(mut self) -> Map<String, Value> {
        self.map.insert("notes".to_owned(), Value::Object(self.notes));
        self.map
    }
}

fn ratio(share: Share) -> Option<f64> {
    (share.n > 0.0).then(|| share.k / share.n)
}

fn sum(shares: impl Iterator<Item = Share>) -> Share {
    shares.fold(Share::default(), |a, b| Share { k: a.k + b.k, n: a.n + b.n })
}

/// The median over worlds of what each world says.
fn over<T>(worlds: &[T], figure: impl Fn(&T) -> Option<f64>) -> Interval {
    let each: Vec<f64> = worlds.iter().filter_map(figure).collect();
    let pick = |at: &[usize]| at.iter().map(|&i| each[i]).collect::<Vec<_>>();
    bootstrap(each.len(), ROUNDS, |at| median(&pick(at)))
}

/// A share pooled over worlds.
fn pooled<T>(worlds: &[T], share: impl Fn(&T) -> Share) -> Interval {
    let each: Vec<Share> = worlds.iter().map(share).collect();
    bootstrap(each.len(), ROUNDS, |at| ratio(sum(at.iter().map(|&i| each[i]))))
}

type Said<'a> = &'a [(f64, bool)];

fn over_said(
    each: &[Said<'_>],
    rounds: usize,
    figure: fn(&[(f64, bool)]) -> Option<f64>,
) -> Interval {
    bootstrap(each.len(), rounds, |at| {
        let all: Vec<(f64, bool)> = at.iter().flat_map(|&i| each[i].iter().copied()).collect();
        figure(&all)
    })
}

/// A count per unit over all worlds, with Byar's interval.
fn rate(count: f64, units: f64) -> Interval {
    let (low, high) = poisson(count);
    (units > 0.0).then(|| (count / units, low / units, high / units))
}

/// What was found with every row at `cut` or above held likely, and no other.
fn cut(found: &Found, at: f64) -> Found {
    let held = |p: f64| if p >= at { 0.9 } else { 0.0 };
    let mut out = found.clone();
    for wave in &mut out.waves {
        wave.probability = held(wave.probability);
    }
    for row in &mut out.intrusions {
        row.probability = held(row.probability);
    }
    out
}

/// Distinct scores, the highest first, at most [`CUTS`] of them.
fn thresholds(scores: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut all: Vec<f64> = scores.collect();
    all.sort_by(|a, b| b.total_cmp(a));
    all.dedup();
    let step = all.len().div_ceil(CUTS).max(1);
    all.into_iter().step_by(step).collect()
}

/// The lowest threshold at which no more than `most` rows are false.
fn lowest(scores: Vec<f64>, most: f64, wrong: impl Fn(f64) -> f64) -> Option<f64> {
    scores.into_iter().take_while(|&at| wrong(at) <= most).last()
}

fn hostile_rows(world: &Scored, found: &Found) -> Vec<(f64, bool)> {
    burst::of(&truth::World::default(), &world.waves(), found).said
}

/// Waves of a method over all worlds at a false rate: recall by world.
fn at_rate(worlds: &[&Scored], most: f64, of: impl Fn(&Scored) -> Option<Found>) -> Interval {
    let found: Vec<Found> = worlds.iter().map(|w| of(w)).collect::<Option<Vec<_>>>()?;
    let years: f64 = worlds.iter().map(|w| w.figures.institution_years).sum();
    let rows: Vec<(f64, bool)> =
        worlds.iter().zip(&found).flat_map(|(w, f)| hostile_rows(w, f)).collect();
    let wrong = |at: f64| rows.iter().filter(|r| r.0 >= at && !r.1).count() as f64;
    let at = lowest(thresholds(rows.iter().map(|r| r.0)), most * years, wrong);
    let recall: Vec<f64> = worlds
        .iter()
        .zip(&found)
        .filter(|(w, _)| !w.figures.control)
        .filter_map(|(w, f)| {
            let rows: Vec<_> =
                f.waves.iter().filter(|r| at.is_some_and(|at| r.probability >= at)).collect();
            ratio(burst::reached(&w.waves(), &rows))
        })
        .collect();
    over(&recall, |r| Some(*r))
}

const NO_WORLD: &str = "no attacked world was given";
const NO_CONTROL: &str = "no control world was given";
const NO_ROWS: &str = "nothing was found that it could be counted on";

/// The table of waves and campaigns, keys as the documentation names them.
#[must_use]
pub fn campaigns(worlds: &[Scored]) -> Map<String, Value> {
    let mut out = Table::new();
    let all: Vec<&Scored> = worlds.iter().collect();
    let attacked: Vec<&Scored> = worlds.iter().filter(|w| !w.figures.control).collect();
    let controls: Vec<&Scored> = worlds.iter().filter(|w| w.figures.control).collect();
    let years = |list: &[&Scored]| list.iter().map(|w| w.figures.institution_years).sum::<f64>();
    out.count("worlds_attacked", attacked.len() as f64);
    out.count("worlds_control", controls.len() as f64);
    let recall = |w: &&Scored| ratio(w.figures.bursts.reached);
    out.put("targeted_recall_median", over(&attacked, recall), NO_WORLD);
    let each: Vec<f64> = attacked.iter().filter_map(recall).collect();
    let least = |at: &[usize]| at.iter().map(|&i| each[i]).reduce(f64::min);
    out.put("targeted_recall_worst_world", bootstrap(each.len(), ROUNDS, least), NO_WORLD);
    let wrong = |w: &&Scored| Some(w.figures.false_waves / w.figures.institution_years.max(1e-9));
    out.put("false_waves_per_institution_year_median", over(&attacked, wrong), NO_WORLD);
    out.put(
        "rolling_queue_recall_median",
        over(&attacked, |w| w.figures.bursts.reviewed.and_then(ratio)),
        "the truth names no mail domains, or no row says when it was first seen",
    );
    out.put("campaign_ari_median", over(&attacked, |w| w.figures.campaign_ari), NO_WORLD);
    let variant = |name: &str, figure: fn(&Figures) -> Option<f64>| {
        let of: Vec<&Figures> = attacked.iter().filter_map(|w| w.variants.get(name)).collect();
        over(&of, |f| figure(f))
    };
    let reached: fn(&Figures) -> Option<f64> = |f| ratio(f.bursts.reached);
    out.put(
        "campaign_ari_withheld_median",
        variant("withheld", |f| f.campaign_ari),
        "no case without sending hours and header profile: `investigate` must be told to leave classes of links out",
    );
    out.put("link_precision", pooled(&attacked, |w| w.figures.bursts.links), NO_ROWS);
    out.put("campaign_pair_precision", pooled(&attacked, |w| w.figures.bursts.pairs), NO_ROWS);
    let misled: Vec<&Scored> =
        attacked.iter().copied().filter(|w| w.figures.bursts.misled).collect();
    let none = "no world with false flags, shared hosts or templates, or no links in them";
    out.put("link_precision_false_flag", pooled(&misled, |w| w.figures.bursts.links), none);
    out.put(
        "campaign_pair_precision_false_flag",
        pooled(&misled, |w| w.figures.bursts.pairs),
        none,
    );
    let count = |list: &[&Scored], of: fn(&Figures) -> f64| {
        list.iter().map(|w| of(&w.figures)).sum::<f64>()
    };
    out.put(
        "control_waves_likely_per_institution_year",
        rate(count(&controls, |f| f.false_waves), years(&controls)),
        NO_CONTROL,
    );
    out.put(
        "control_waves_almost_certain_per_institution_year",
        rate(count(&controls, |f| f.waves_almost_certain_false), years(&controls)),
        NO_CONTROL,
    );
    out.count("control_waves_almost_certain", count(&controls, |f| f.waves_almost_certain_false));
    let said: Vec<Said<'_>> = all.iter().map(|w| w.figures.bursts.said.as_slice()).collect();
    let flat = "all candidate bursts are of one kind";
    out.put("brier_skill", over_said(&said, FEW_ROUNDS, brier_skill), flat);
    out.put("calibration_slope", over_said(&said, FEW_ROUNDS, calibration_slope), flat);
    out.count("candidate_bursts_n", said.iter().map(|s| s.len()).sum::<usize>() as f64);
    out.put(
        "roster_hidden_recall_median",
        variant("roster-hidden", reached),
        "no case with a roster that hides the group",
    );
    out.put("no_roster_recall_median", variant("no-roster", reached), "no case without a roster");
    out.put("target_group_first", pooled(&attacked, |w| w.figures.bursts.groups_first), NO_ROWS);
    let same = at_rate(&all, OWED_RATE, |w| Some(w.found.clone()));
    out.put("targeted_recall_at_equal_false_rate", same, NO_WORLD);
    out.map.insert("simpler_methods".to_owned(), simpler(&all));
    out.map.insert("without_evidence".to_owned(), without(&all));
    out.done()
}

/// Methods that say something about waves.
fn wave_methods(worlds: &[&Scored]) -> BTreeSet<String> {
    let all = worlds.iter().flat_map(|w| w.baselines.iter());
    all.filter(|(_, found)| !found.waves.is_empty()).map(|(name, _)| name.clone()).collect()
}

/// The same figures for the simpler methods.
fn simpler(worlds: &[&Scored]) -> Value {
    let mut methods = Map::new();
    for name in wave_methods(worlds) {
        let mut out = Table::new();
        let scored: Vec<(bool, Figures)> = worlds
            .iter()
            .filter_map(|w| {
                let figures = figures::score(&w.lines, w.baselines.get(&name)?).ok()?;
                Some((w.figures.control, figures))
            })
            .collect();
        let part = |control: bool| -> Vec<&Figures> {
            scored.iter().filter(|s| s.0 == control).map(|s| &s.1).collect()
        };
        let (attacked, controls) = (part(false), part(true));
        let each: Vec<f64> = attacked.iter().filter_map(|f| ratio(f.bursts.reached)).collect();
        out.put("targeted_recall_median", over(&each, |r| Some(*r)), NO_WORLD);
        let least = |at: &[usize]| at.iter().map(|&i| each[i]).reduce(f64::min);
        out.put("targeted_recall_worst_world", bootstrap(each.len(), ROUNDS, least), NO_WORLD);
        let wrong = |f: &&Figures| Some(f.false_waves / f.institution_years.max(1e-9));
        out.put("false_waves_per_institution_year_median", over(&attacked, wrong), NO_WORLD);
        out.put("campaign_ari_median", over(&attacked, |f| f.campaign_ari), NO_WORLD);
        out.put("campaign_pair_precision", pooled(&attacked, |f| f.bursts.pairs), NO_ROWS);
        let false_waves: f64 = controls.iter().map(|f| f.false_waves).sum();
        let years: f64 = controls.iter().map(|f| f.institution_years).sum();
        out.put("control_waves_likely_per_institution_year", rate(false_waves, years), NO_CONTROL);
        out.put(
            "rolling_queue_recall_median",
            over(&attacked, |f| f.bursts.reviewed.and_then(ratio)),
            NO_ROWS,
        );
        let same = at_rate(worlds, OWED_RATE, |w| w.baselines.get(&name).cloned());
        out.put("targeted_recall_at_equal_false_rate", same, "not run on every world");
        methods.insert(name, Value::Object(out.done()));
    }
    Value::Object(methods)
}

/// Recall and false waves with one part of the evidence taken off again,
/// weights and calibration as they are.
fn without(worlds: &[&Scored]) -> Value {
    let parts: BTreeSet<&str> =
        worlds.iter().flat_map(|w| w.figures.bursts.without.keys().map(String::as_str)).collect();
    let years: f64 = worlds.iter().map(|w| w.figures.institution_years).sum();
    let mut out = Map::new();
    for part in parts {
        let of = |w: &&Scored| match w.figures.bursts.without.get(part) {
            Some(known) => *known,
            // Nothing there to take off.
            None => (w.figures.bursts.reached, w.figures.false_waves),
        };
        let recall = ratio(sum(worlds.iter().map(|w| of(w).0)));
        let wrong: f64 = worlds.iter().map(|w| of(w).1).sum();
        out.insert(
            part.to_owned(),
            json!({
                "targeted_recall": recall.map(round),
                "false_waves_per_institution_year": round(wrong / years.max(1e-9)),
            }),
        );
    }
    Value::Object(out)
}

/// Recall over the intrusions that `of` picks.
fn recall(worlds: &[&Scored], of: impl Fn(&access::Case) -> bool) -> (Interval, f64) {
    let share = |w: &&Scored| {
        let picked: Vec<_> = w.figures.access.cases.iter().filter(|c| of(c)).collect();
        Share { k: picked.iter().filter(|c| c.found).count() as f64, n: picked.len() as f64 }
    };
    (pooled(worlds, share), sum(worlds.iter().map(share)).n)
}

/// A figure of all ends of the intervals.
fn ends(worlds: &[&Scored], figure: impl Fn(&[access::End]) -> Option<f64>) -> Interval {
    bootstrap(worlds.len(), ROUNDS, |at| {
        let all = at.iter().flat_map(|&i| worlds[i].figures.access.ends.iter().copied());
        figure(&all.collect::<Vec<_>>())
    })
}

/// Methods of intruders that are named apart in the table.
const HARD: [&str; 3] = ["replayed_token", "application", "mimicked_client"];

/// The table of intrusions, keys as the documentation names them.
#[must_use]
pub fn intrusions(worlds: &[Scored]) -> Map<String, Value> {
    let mut out = Table::new();
    let all: Vec<&Scored> = worlds.iter().collect();
    let mut recalled = |name: &str, of: &dyn Fn(&access::Case) -> bool| {
        let (value, n) = recall(&all, of);
        out.put(name, value, "no such intrusion in these worlds");
        out.count(&format!("{name}_n"), n);
    };
    recalled("recall_all", &|_| true);
    recalled("recall_plain", &|c| c.method == "plain" && !c.sparse);
    recalled("recall_hard", &|c| HARD.contains(&c.method.as_str()) && !c.sparse);
    recalled("recall_sparse", &|c| c.sparse && c.method != "call_records");
    let methods: BTreeSet<&str> =
        all.iter().flat_map(|w| w.figures.access.cases.iter().map(|c| c.method.as_str())).collect();
    for method in methods.iter().filter(|m| !m.is_empty() && **m != "plain") {
        recalled(&format!("recall_{method}"), &|c| c.method == *method && !c.sparse);
    }
    let of = |figure: fn(&access::Access) -> f64| {
        all.iter().map(|w| figure(&w.figures.access)).sum::<f64>()
    };
    let years = of(|a| a.user_years);
    out.count("user_years", years);
    out.put(
        "false_intrusions_per_1000_user_years",
        rate(of(|a| a.false_on_clean), years / 1_000.0),
        "the truth does not say how many years its accounts are covered",
    );
    out.count("false_intrusions_on_clean_accounts", of(|a| a.false_on_clean));
    out.count("false_intrusions_on_numbers", of(|a| a.false_on_numbers));
    let mean = |values: Vec<f64>| {
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let errors = |e: &[access::End]| e.iter().map(|e| e.error).collect::<Vec<_>>();
    let missing = "no matched intrusion has an end within the log";
    out.put("end_error_days_median", ends(&all, |e| median(&errors(e))), missing);
    out.put("end_error_days_p90", ends(&all, |e| quantile(&errors(e), 0.9)), missing);
    out.put(
        "bounds_coverage",
        ends(&all, |e| mean(e.iter().map(|e| f64::from(u8::from(e.within))).collect())),
        missing,
    );
    out.put(
        "bounds_interval_score_days",
        ends(&all, |e| mean(e.iter().map(|e| e.score).collect())),
        missing,
    );
    out.put(
        "fixed_7_days_interval_score_days",
        ends(&all, |e| mean(e.iter().map(|e| e.fixed).collect())),
        missing,
    );
    out.count("ends_n", all.iter().map(|w| w.figures.access.ends.len()).sum::<usize>() as f64);
    for (at, name) in
        ["start_censored", "start_seen", "end_censored", "end_seen"].iter().enumerate()
    {
        let share = |w: &&Scored| w.figures.access.censoring[at];
        out.put(&format!("censoring_right_{name}"), pooled(&all, share), NO_ROWS);
    }
    out.put("kinds_right", pooled(&all, |w| w.figures.access.kinds), NO_ROWS);
    out.put("joined_to_right_campaign", pooled(&all, |w| w.figures.access.joined), NO_ROWS);
    let said: Vec<Said<'_>> = all.iter().map(|w| w.figures.access.said.as_slice()).collect();
    let flat = "all candidates are of one kind";
    out.put("brier_skill", over_said(&said, FEW_ROUNDS, brier_skill), flat);
    out.put("calibration_slope", over_said(&said, FEW_ROUNDS, calibration_slope), flat);
    out.count("candidate_intrusions_n", said.iter().map(|s| s.len()).sum::<usize>() as f64);
    compare(&all, &mut out);
    out.done()
}

/// Simpler methods cut at our own number of false alarms, on what audit logs
/// can show.
fn compare(worlds: &[&Scored], out: &mut Table) {
    let audit = |c: &access::Case| c.method != "call_records";
    let most: f64 = worlds.iter().map(|w| w.figures.access.false_on_clean).sum();
    let ours = recall(worlds, audit).0;
    for name in ["persistence_only", "geography_only", "rules_only"] {
        let found: Option<Vec<&Found>> = worlds.iter().map(|w| w.baselines.get(name)).collect();
        let scored = |at: f64| -> Option<Vec<access::Access>> {
            let each = worlds.iter().zip(found.as_ref()?);
            each.map(|(w, f)| Some(figures::score(&w.lines, &cut(f, at)).ok()?.access)).collect()
        };
        let scores = found.iter().flatten().flat_map(|f| f.intrusions.iter());
        let at = lowest(thresholds(scores.map(|i| i.probability)), most, |at| {
            scored(at).map_or(f64::MAX, |all| all.iter().map(|a| a.false_on_clean).sum())
        });
        let share = |a: &access::Access| Share {
            k: a.cases.iter().filter(|c| audit(c) && c.found).count() as f64,
            n: a.cases.iter().filter(|c| audit(c)).count() as f64,
        };
        // Where no threshold keeps so few false alarms, it finds nothing.
        let theirs = found.as_ref().and_then(|_| scored(at.unwrap_or(f64::INFINITY)));
        let own: Vec<Share> = worlds.iter().map(|w| share(&w.figures.access)).collect();
        let above = theirs.as_ref().and_then(|all| {
            let each: Vec<Share> = all.iter().map(share).collect();
            bootstrap(own.len(), ROUNDS, |at| {
                let of = |list: &[Share]| ratio(sum(at.iter().map(|&i| list[i])));
                Some(of(&own)? - of(&each)?)
            })
        });
        let value = theirs.as_ref().and_then(|all| pooled(all, share));
        let why = "the method was not run on every world, or there was nothing to find";
        out.put(&format!("recall_{name}_at_equal_false_rate"), value, why);
        out.put(&format!("recall_above_{name}"), above, why);
    }
    out.put("recall_in_audit_logs", ours, "no such intrusion in these worlds");
}

/// A table of figures for people: `name value [low, high]`.
#[must_use]
pub fn text(map: &Map<String, Value>) -> String {
    let mut out = String::new();
    for (name, value) in map {
        if name.ends_with("_lo") || name.ends_with("_hi") || value.is_object() {
            continue;
        }
        let number = |value: Option<&Value>| {
            value.and_then(Value::as_f64).map_or("-".to_owned(), |v| format!("{v:.3}"))
        };
        let bounds = match (map.get(&format!("{name}_lo")), map.get(&format!("{name}_hi"))) {
            (Some(low), Some(high)) => format!("  [{}, {}]", number(Some(low)), number(Some(high))),
            _ => String::new(),
        };
        out.push_str(&format!("{name:>52}  {}{bounds}\n", number(Some(value))));
    }
    for (method, figures) in
        map.get("simpler_methods").and_then(Value::as_object).into_iter().flatten()
    {
        out.push_str(&format!("simpler method {method}:\n"));
        out.push_str(&figures.as_object().map(text).unwrap_or_default());
    }
    out
}
