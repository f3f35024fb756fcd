//! Who may be behind it: for each campaign (or intrusion that none explains) and tier the
//! names by probability with what people judged beside it, the matrix of hypotheses and
//! evidence, and of the first names what speaks for and against, in the same size.

use demarche_core::{Hypothesis, Judgement, Support};
use maud::{Markup, html};

use super::marks::{self, Weighed};
use super::matrix;
use crate::catalogue::{say, tr};
use crate::html::Page;
use crate::inert::inert;
use crate::model::Statement;
use crate::narrative::Told;
use crate::words;

/// Names told with both sides in each campaign and tier.
const MOST_TOLD: usize = 3;
const MOST_NAMES: usize = 10;
const MOST_JUDGED: usize = 100;

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let rows: Vec<(&Hypothesis, &Told)> =
        page.report.hypotheses.iter().zip(&page.narrative.hypotheses).collect();
    let groups = rows.chunk_by(|(a, _), (b, _)| a.campaign_id == b.campaign_id && a.tier == b.tier);
    html! {
        p.quiet {
            (tr("Names are intrusion sets of public knowledge. A name says that what was seen here is \
             like what was reported of it; techniques are shared and flags can be false. \
             \u{201c}Unknown\u{201d} is always among the answers."))
        }
        @if rows.is_empty() { (marks::nothing(page, "hypothesis", &tr("No hypothesis was formed."))) }
        @for group in groups {
            @if let Some((first, _)) = group.first() {
                @let label = page.narrative.subject_label(&first.campaign_id);
                h3 {
                    a href={ "#" (label.to_lowercase()) } { (label) } ", "
                    (words::tier(&first.tier))
                }
                (table(page, group, &label))
                @let rows: Vec<&Hypothesis> = group.iter().map(|(row, _)| *row).collect();
                (matrix::table(page, &first.campaign_id, &first.tier, &rows))
                @for (row, told) in group.iter().take(MOST_TOLD) { (both(row, told, &label)) }
            }
        }
        (judged(page))
    }
}

fn table(page: &Page<'_>, group: &[(&Hypothesis, &Told)], label: &str) -> Markup {
    let tier = group.first().map(|(row, _)| words::tier(&row.tier)).unwrap_or_default();
    let place = format!("{label}, {tier}");
    let people = group.iter().any(|(row, _)| judged_of(page, row).next().is_some());
    html! {
        div.wide tabindex="0" role="region" aria-label=(say!("Names by probability: {place}", place = place)) {
            table.names {
                thead { tr {
                    td {}
                    th scope="col" { (tr("Name")) }
                    th scope="col" { (tr("Probability")) }
                    @if people { th scope="col" { (tr("Analysts")) } }
                    th scope="col" { (tr("Scale")) }
                    th.r scope="col" { (tr("No.")) }
                } }
                tbody {
                    @for (at, (row, told)) in group.iter().enumerate().take(MOST_NAMES) {
                        tr {
                            td.quiet { "H" (at + 1) }
                            td { (named(row, label)) }
                            td { (marks::probability_as(&word(row), row.probability, Some(row.prior))) }
                            @if people {
                                td { @for judgement in judged_of(page, row) {
                                    div { (inert(&tr(&judgement.term), 40)) " " (words::percent(judgement.probability))
                                        " " span.quiet { (inert(&judgement.judged_by, 60)) } }
                                } }
                            }
                            td.quiet { (inert(&row.term_scale, 20)) }
                            td.r { (marks::number(&told.head)) }
                        }
                    }
                }
            }
        }
        (marks::cut(group.len(), MOST_NAMES, &tr("names")))
    }
}

/// A cluster goes by the campaign's own id, which says nothing to a reader.
fn named(row: &Hypothesis, label: &str) -> String {
    if row.name == row.campaign_id { label.to_owned() } else { inert(&row.name, 80) }
}

/// What people judged of this hypothesis.
fn judged_of<'a>(page: &'a Page<'_>, row: &'a Hypothesis) -> impl Iterator<Item = &'a Judgement> {
    page.report.judgements.iter().filter(move |judgement| {
        !judgement.term.is_empty()
            && judgement.campaign_id == row.campaign_id
            && judgement.tier == row.tier
            && judgement.name == row.name
    })
}

/// Everything that people judged, in their order.
fn judged(page: &Page<'_>) -> Markup {
    html! {
        @if page.report.withholds("judgement") || !page.narrative.judged.is_empty() {
            h3 { (tr("What people judged")) }
            p.quiet { (tr("Beside what is computed, never in its place: each with name and day, from the case\u{2019}s append-only record of decisions.")) }
        }
        @if page.report.withholds("judgement") {
            (marks::nothing(page, "judgement", ""))
        }
        @for statement in page.narrative.judged.iter().take(MOST_JUDGED) { (marks::paragraph(statement)) }
        (marks::cut(page.narrative.judged.len(), MOST_JUDGED, &tr("judgements")))
    }
}

/// The row's own word, which follows its scale; else that of ICD 203.
fn word(row: &Hypothesis) -> String {
    if row.term.is_empty() { words::word(row.probability) } else { inert(&tr(&row.term), 40) }
}

fn both(row: &Hypothesis, told: &Told, label: &str) -> Markup {
    let pros = row.supporting.len().min(told.parts.len());
    html! {
        article.hypothesis {
            h4.name { (named(row, label)) }
            (marks::for_and_against(
                &weighed(&row.supporting, &told.parts[..pros]),
                &weighed(&row.contradicting, &told.parts[pros..]),
            ))
        }
    }
}

fn weighed<'a>(supports: &[Support], parts: &'a [Statement]) -> Vec<Weighed<'a>> {
    supports
        .iter()
        .zip(parts)
        .map(|(support, statement)| Weighed { statement, ratio: support.log_likelihood_ratio })
        .collect()
}
