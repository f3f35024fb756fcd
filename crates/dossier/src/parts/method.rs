//! How the probabilities are made, how often they were right, and what they cannot do.
//!
//! The error rates stand in `evaluation.json`, copied from the last `make eval`: from worlds
//! with ground truth that no weight was fitted on, each with its 95% interval.

use std::borrow::Cow;
use std::sync::LazyLock;

use maud::{Markup, html};
use serde::Deserialize;

use crate::catalogue::{say, tr};
use crate::document::Block;
use crate::html::Page;
use crate::inert::inert;
use crate::words;

#[derive(Deserialize)]
struct Evaluation {
    made: String,
    figures: Vec<Figure>,
}

#[derive(Deserialize)]
struct Figure {
    name: String,
    value: f64,
    low: f64,
    high: f64,
    n: u64,
}

static EVALUATION: LazyLock<Evaluation> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../evaluation.json"))
        .expect("invariant: a test reads the figures that are built in")
});

/// Heading and text of each paragraph, in the language of the scope.
pub(crate) fn paragraphs() -> [(Cow<'static, str>, Cow<'static, str>); 6] {
    [
        (
            tr("Reading."),
            tr(
                "Evidence is opened read-only and hashed. What cannot be read is listed, not dropped. Copies of one record are counted once.",
            ),
        ),
        (
            tr("Weighing."),
            tr(
                "A row starts at its prior, the share that would be true before looking. Each feature moves the odds by a factor: \u{d7}25 makes the row 25 times as likely against the alternative, \u{f7}4 a quarter. The product with the prior\u{2019}s odds is the probability shown. Features that belong together are held to a common limit, so that no single class of evidence can carry a link or a name alone.",
            ),
        ),
        (
            tr("Scale."),
            tr(
                "Probabilities are told in the words of ICD 203: almost no chance (below 5\u{a0}%), very unlikely (to 20), unlikely (to 45), roughly even chance (to 55), likely (to 80), very likely (to 95), almost certain (above).",
            ),
        ),
        (
            tr("Time."),
            tr(
                "All times are UTC, as the logs state them. A bound is the range that holds the true first or last access nine times in ten. A side that touches the edge of the logs is open, and told so.",
            ),
        ),
        (
            tr("Limits."),
            tr(
                "Factors were set on made-up worlds and public cases, not on this institution. A loaded image may be a scanner\u{2019}s doing; known ones are left out. Relay networks rent home routers, so an address is no proof of a place. Names of intrusion sets rest on public reports, which share techniques and have gaps. Details of single features stand in the analysis\u{2019}s own English words.",
            ),
        ),
        (
            tr("Proof."),
            tr(
                "Every cited range is fixed by SHA-256, every record is a leaf of one signed log. Check it offline with: demarche verify DOSSIER --key FILE --evidence DIR, or with the short independent program in docs/verify.",
            ),
        ),
    ]
}

/// A figure's name in words.
fn figure(name: &str) -> Option<Cow<'static, str>> {
    Some(match name {
        "targeted_recall" => tr("mailboxes reached by targeted mail that were found"),
        "wave_precision" => tr("waves called likely that were waves"),
        "wave_recall" => tr("waves that were found"),
        "campaign_ari" => tr("agreement of campaigns with the truth (adjusted Rand index)"),
        "intrusion_recall" => tr("intrusions that were found"),
        "start_bounds_coverage" => tr("90\u{a0}% bounds that held the true start"),
        "exposure_accuracy" => tr("states of recipients that were right"),
        "false_waves_per_institution_year" => tr("false likely waves in one institution and year"),
        "false_intrusions_per_world" => {
            tr("false likely intrusions in one world of five institutions")
        }
        "attribution_top1_recent" => tr("recent public reports whose set was named first"),
        "attribution_top5_recent" => tr("recent public reports whose set was among the first five"),
        _ => return None,
    })
}

fn rows() -> Vec<Vec<String>> {
    let number = |value: f64| {
        let text = format!("{value:.2}");
        if crate::catalogue::current() == crate::catalogue::Language::En {
            text
        } else {
            text.replace('.', ",")
        }
    };
    let rows = EVALUATION.figures.iter().filter_map(|row| {
        let range = format!("{} \u{2013} {}", number(row.low), number(row.high));
        Some(vec![
            figure(&row.name)?.into_owned(),
            number(row.value),
            range,
            words::thousands(row.n),
        ])
    });
    rows.collect()
}

fn head() -> Vec<String> {
    [tr("Measured"), tr("Figure"), tr("95\u{a0}% interval"), tr("Cases")]
        .map(Cow::into_owned)
        .to_vec()
}

/// The error rates as a table.
pub(crate) fn rates_block() -> Block {
    Block::Table { head: head(), rows: rows(), widths: vec![50.0, 90.0, 50.0] }
}

/// Where they come from.
pub(crate) fn rates_note() -> String {
    say!(
        "Measured on {day} on ten made worlds with attacks and three without, that nothing was fitted on; attribution on 66 public reports from 2022 on. Real operators, other languages\u{2019} press and years of drift are not in them: take the rates as the better case.",
        day = EVALUATION.made
    )
}

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let parameters = &page.report.parameters;
    html! {
        ol.method {
            @for (name, text) in paragraphs() { li { b { (name) } " " (text) } }
        }
        h3 { (tr("How often it was right")) }
        div.wide tabindex="0" role="region" aria-label=(tr("Error rates")) {
            table {
                thead { tr { @for name in head() { th { (name) } } } }
                tbody {
                    @for row in rows() { tr { @for cell in row { td { (cell) } } } }
                }
            }
        }
        p.quiet { (rates_note()) }
        @if !parameters.is_empty() {
            details {
                summary { (tr("Parameters of the run")) " (" (parameters.len()) ")" }
                dl.facts {
                    @for (name, value) in parameters.iter().take(200) {
                        dt { (inert(name, 80)) } dd.id { (inert(value, 200)) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_has_words_and_an_interval_around_it() {
        assert!(EVALUATION.figures.len() > 5);
        for row in &EVALUATION.figures {
            assert!(figure(&row.name).is_some(), "{}", row.name);
            assert!(row.low <= row.value && row.value <= row.high && row.n > 0, "{}", row.name);
        }
        assert_eq!(rows().len(), EVALUATION.figures.len());
    }
}
