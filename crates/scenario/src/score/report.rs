//! Figures for people and for programs.

use serde_json::{Map, Value, json};

use super::figures::{Figures, Share};
use super::stats::{mean, poisson, wilson};

/// Name and value of each share, in order.
#[must_use]
pub fn shares(f: &Figures) -> [(&'static str, Share); 8] {
    [
        ("targeted_recall", f.targeted_recall),
        ("recipient_recall", f.recipient_recall),
        ("wave_precision", f.wave_precision),
        ("wave_recall", f.wave_recall),
        ("intrusion_recall", f.intrusion_recall),
        ("start_bounds_coverage", f.start_bounds_coverage),
        ("end_bounds_coverage", f.end_bounds_coverage),
        ("exposure_accuracy", f.exposure_accuracy),
    ]
}

fn round(value: f64) -> Value {
    json!((value * 1e6).round() / 1e6)
}

fn put(map: &mut Map<String, Value>, name: &str, value: Option<f64>, lo: f64, hi: f64, n: f64) {
    map.insert(name.to_owned(), value.map_or(Value::Null, round));
    map.insert(format!("{name}_lo"), round(lo));
    map.insert(format!("{name}_hi"), round(hi));
    map.insert(format!("{name}_n"), round(n));
}

/// The figures of one or more worlds as one object. Shares and counts are
/// pooled over worlds; `campaign_ari` is the mean over worlds with an attack.
#[must_use]
pub fn object(worlds: &[Figures]) -> Value {
    let mut map = Map::new();
    map.insert("worlds".to_owned(), json!(worlds.len()));
    let years: f64 = worlds.iter().map(|w| w.institution_years).sum();
    map.insert("institution_years".to_owned(), round(years));
    let names: Vec<&str> =
        worlds.first().map(|w| shares(w).iter().map(|s| s.0).collect()).unwrap_or_default();
    for (at, name) in names.into_iter().enumerate() {
        let k: f64 = worlds.iter().map(|w| shares(w)[at].1.k).sum();
        let n: f64 = worlds.iter().map(|w| shares(w)[at].1.n).sum();
        let (lo, hi) = wilson(k, n);
        put(&mut map, name, (n > 0.0).then(|| k / n), lo, hi, n);
    }
    let per = |count: f64| {
        let (lo, hi) = poisson(count);
        let by = years.max(1e-9);
        (count / by, lo / by, hi / by)
    };
    let false_waves: f64 = worlds.iter().map(|w| w.false_waves).sum();
    map.insert("false_waves".to_owned(), round(false_waves));
    let (value, lo, hi) = per(false_waves);
    put(&mut map, "false_waves_per_institution_year", Some(value), lo, hi, years);
    let certain: f64 = worlds.iter().map(|w| w.waves_almost_certain_false).sum();
    map.insert("waves_almost_certain_false".to_owned(), round(certain));
    let false_intrusions: f64 = worlds.iter().map(|w| w.false_intrusions).sum();
    map.insert("false_intrusions".to_owned(), round(false_intrusions));
    let n = worlds.len().max(1) as f64;
    let (lo, hi) = poisson(false_intrusions);
    put(&mut map, "false_intrusions_per_world", Some(false_intrusions / n), lo / n, hi / n, n);
    let ari: Vec<f64> = worlds.iter().filter_map(|w| w.campaign_ari).collect();
    match mean(&ari) {
        Some((value, lo, hi)) => {
            put(&mut map, "campaign_ari", Some(value), lo, hi, ari.len() as f64)
        }
        None => put(&mut map, "campaign_ari", None, -1.0, 1.0, 0.0),
    }
    Value::Object(map)
}

/// The object of several worlds with each world's own object in `per_world`.
#[must_use]
pub fn many(worlds: &[Figures]) -> Value {
    let mut all = object(worlds);
    let each: Vec<Value> = worlds
        .iter()
        .map(|w| {
            let mut one = object(std::slice::from_ref(w));
            one["seed"] = json!(w.seed);
            one["control"] = json!(w.control);
            one
        })
        .collect();
    all["per_world"] = Value::Array(each);
    all
}

/// A table for people, one row a world and one for all.
#[must_use]
pub fn table(worlds: &[Figures]) -> String {
    let mut out = format!(
        "{:>8} {:>8} {:>8} {:>8} {:>8} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8}\n",
        "seed",
        "targets",
        "w.prec",
        "w.rec",
        "false/iy",
        "certain",
        "ari",
        "i.rec",
        "i.false",
        "bounds",
        "exposure"
    );
    let share = |s: Share| if s.n > 0.0 { format!("{:.3}", s.k / s.n) } else { "-".to_owned() };
    for w in worlds {
        let name = if w.control { format!("{}c", w.seed) } else { w.seed.to_string() };
        out.push_str(&format!(
            "{name:>8} {:>8} {:>8} {:>8} {:>8.3} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8}\n",
            share(w.targeted_recall),
            share(w.wave_precision),
            share(w.wave_recall),
            w.false_waves / w.institution_years.max(1e-9),
            w.waves_almost_certain_false,
            w.campaign_ari.map_or("-".to_owned(), |a| format!("{a:.3}")),
            share(w.intrusion_recall),
            w.false_intrusions,
            share(w.start_bounds_coverage),
            share(w.exposure_accuracy)
        ));
    }
    let all = object(worlds);
    for name in [
        "targeted_recall",
        "wave_precision",
        "wave_recall",
        "false_waves_per_institution_year",
        "campaign_ari",
        "intrusion_recall",
        "false_intrusions_per_world",
        "start_bounds_coverage",
        "exposure_accuracy",
    ] {
        let value = |suffix: &str| {
            all[format!("{name}{suffix}")].as_f64().map_or("-".to_owned(), |v| format!("{v:.3}"))
        };
        out.push_str(&format!(
            "{name:>34}  {}  [{}, {}]  n = {}\n",
            value(""),
            value("_lo"),
            value("_hi"),
            value("_n")
        ));
    }
    for w in worlds {
        notes(w, &mut out);
    }
    out
}

/// Notes of one kind (`false wave`, `missed intrusion`...) that a world prints.
const MOST_NOTES: usize = 12;

/// The first notes of each kind, in the order they were made, and how many more.
fn notes(world: &Figures, out: &mut String) {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for note in &world.notes {
        let kind = note.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let at = kinds.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
            kinds.push((kind, 0));
            kinds.len() - 1
        });
        kinds[at].1 += 1;
        if kinds[at].1 <= MOST_NOTES {
            out.push_str(&format!("  world {}: {note}\n", world.seed));
        }
    }
    for (kind, all) in kinds {
        if all > MOST_NOTES {
            let more = all - MOST_NOTES;
            out.push_str(&format!("  world {}: {kind}: {more} more\n", world.seed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_of_one_kind_is_cut_and_counted() {
        let false_waves = (0..30).map(|n| format!("false wave w{n} at 0.60"));
        let notes = false_waves.chain(["missed wave a of b".to_owned()]).collect();
        let text = table(&[Figures { notes, ..Figures::default() }]);
        assert_eq!(text.matches("false wave w").count(), MOST_NOTES);
        assert!(text.contains("false wave: 18 more") && text.contains("missed wave a"), "{text}");
    }
}
