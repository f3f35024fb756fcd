//! Who may be behind it: for each campaign (or intrusion that none explains) and tier the
//! names by probability, the first ones with what speaks for and against, in the same size.

use demarche_core::{Hypothesis, Support};
use maud::{Markup, html};

use super::marks::{self, Weighed};
use crate::catalogue::tr;
use crate::html::Page;
use crate::inert::inert;
use crate::model::Statement;
use crate::narrative::Told;
use crate::words;

/// Names told with both sides in each campaign and tier.
const MOST_TOLD: usize = 3;
const MOST_NAMES: usize = 10;

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
                (table(group))
                @for (row, told) in group.iter().take(MOST_TOLD) { (both(row, told)) }
            }
        }
    }
}

fn table(group: &[(&Hypothesis, &Told)]) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label=(tr("Names by probability")) {
            table {
                thead { tr { th { (tr("Name")) } th { (tr("Probability")) } th { (tr("Scale")) } th.r { (tr("No.")) } } }
                tbody {
                    @for (row, told) in group.iter().take(MOST_NAMES) {
                        tr {
                            td { (inert(&row.name, 80)) }
                            td { (marks::probability_as(&word(row), row.probability, Some(row.prior))) }
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

/// The row's own word, which follows its scale; else that of ICD 203.
fn word(row: &Hypothesis) -> String {
    if row.term.is_empty() { words::word(row.probability) } else { inert(&tr(&row.term), 40) }
}

fn both(row: &Hypothesis, told: &Told) -> Markup {
    let pros = row.supporting.len().min(told.parts.len());
    html! {
        article.hypothesis {
            h4.name { (inert(&row.name, 80)) }
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
