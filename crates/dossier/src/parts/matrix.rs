//! The matrix of competing hypotheses: items of evidence down, hypotheses across, the items
//! that tell most apart first; what people marked stands beside what is computed.

use std::collections::BTreeSet;

use demarche_core::{AchCell, Hypothesis};
use maud::{Markup, html};

use super::marks;
use crate::catalogue::{say, tr};
use crate::html::Page;
use crate::inert::inert;
use crate::narrative::Item;
use crate::narrative::judged::mark_words;

/// Hypotheses across and items down; `report.json` has all.
const MOST_COLUMNS: usize = 8;
pub(crate) const MOST_ITEMS: usize = 14;

/// The matrix of one campaign (or intrusion) and tier.
pub(crate) struct Matrix<'a> {
    /// Number (`H1` is the most probable) and name.
    pub(crate) columns: Vec<(usize, &'a str)>,
    pub(crate) items: Vec<&'a Item>,
    /// Hypotheses that there are.
    pub(crate) hypotheses: usize,
}

impl<'a> Matrix<'a> {
    /// Computed hypotheses in the order of `group`, then those that people added. Of many,
    /// the first ones, "unknown", and all that somebody marked.
    pub(crate) fn of(
        page: &Page<'a>,
        campaign: &str,
        tier: &str,
        group: &[&'a Hypothesis],
    ) -> Self {
        let items: Vec<&Item> = page
            .narrative
            .items
            .iter()
            .filter(|item| item.campaign_id == campaign && item.tier == tier)
            .collect();
        let mut names: Vec<&str> = group.iter().map(|row| row.name.as_str()).collect();
        let cells = || items.iter().flat_map(|item| &item.cells);
        let more: BTreeSet<&str> = cells()
            .map(|cell| cell.hypothesis.as_str())
            .filter(|name| !names.contains(name))
            .collect();
        names.extend(more);
        let marked: BTreeSet<&str> = cells()
            .filter(|cell| !cell.analyst_mark.is_empty())
            .map(|cell| cell.hypothesis.as_str())
            .collect();
        let hypotheses = names.len();
        let mut columns: Vec<(usize, &str)> =
            names.into_iter().enumerate().map(|(at, name)| (at + 1, name)).collect();
        let mut room = MOST_COLUMNS.saturating_sub(1);
        columns.retain(|(_, name)| {
            let kept = *name == "unknown" || room > 0 || marked.contains(name);
            if *name != "unknown" {
                room = room.saturating_sub(1);
            }
            kept
        });
        Self { columns, items, hypotheses }
    }

    /// One hypothesis and nothing to compare it with is no matrix.
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty() || self.columns.len() < 2
    }
}

/// A field in signs: what is computed, and what somebody marked where it differs in origin.
pub(crate) fn signs(cell: &AchCell) -> String {
    let sign = |mark: &str| match mark {
        "consistent" => "+",
        "inconsistent" => "\u{2212}",
        _ => "\u{b7}",
    };
    let computed = match cell.origin.as_str() {
        "analyst" => String::new(),
        _ if cell.log_likelihood_ratio.0 == 0 => sign(&cell.mark).to_owned(),
        _ => format!("{} {}", sign(&cell.mark), marks::factor(cell.log_likelihood_ratio)),
    };
    let judged = match cell.analyst_mark.as_str() {
        "" => String::new(),
        mark => format!("[{}]", sign(mark)),
    };
    format!("{computed} {judged}").trim().to_owned()
}

/// The field of a hypothesis, if there is one.
pub(crate) fn cell<'a>(item: &'a Item, hypothesis: &str) -> Option<&'a AchCell> {
    item.cells.iter().find(|cell| cell.hypothesis == hypothesis)
}

pub(crate) fn legend() -> String {
    tr("+ consistent, \u{2212} inconsistent, \u{b7} neither; the factor is the item\u{2019}s weight. \
        In brackets: an analyst\u{2019}s own mark. Items that tell hypotheses apart stand first; one \
        that fits all alike says nothing.")
    .into_owned()
}

pub(crate) fn table(page: &Page<'_>, campaign: &str, tier: &str, group: &[&Hypothesis]) -> Markup {
    let matrix = Matrix::of(page, campaign, tier, group);
    if matrix.is_empty() {
        return html! {};
    }
    let label = format!("{}, {}", page.narrative.subject_label(campaign), crate::words::tier(tier));
    html! {
        h4 { (tr("Hypotheses against evidence")) }
        div.wide tabindex="0" role="region"
            aria-label=(say!("Hypotheses against evidence: {label}", label = label)) {
            table.ach {
                thead {
                    tr {
                        th scope="col" { (tr("Evidence")) }
                        @for (number, name) in &matrix.columns {
                            th.mark scope="col" title=(inert(name, 80)) { "H" (number) }
                        }
                        th.r scope="col" { (tr("No.")) }
                    }
                }
                tbody {
                    @for item in matrix.items.iter().take(MOST_ITEMS) {
                        tr {
                            th scope="row" { (marks::text(&item.statement)) }
                            @for (_, name) in &matrix.columns { (field(cell(item, name))) }
                            td.r { (marks::number(&item.statement)) }
                        }
                    }
                }
            }
        }
        p.quiet { (legend()) }
        (marks::cut(matrix.items.len(), MOST_ITEMS, &tr("items of evidence")))
        (marks::cut(matrix.hypotheses, matrix.columns.len(), &tr("hypotheses")))
    }
}

fn field(cell: Option<&AchCell>) -> Markup {
    let Some(cell) = cell else { return html! { td.mark {} } };
    let mut words = Vec::new();
    if cell.origin != "analyst" {
        words.push(mark_words(&cell.mark));
    }
    if !cell.analyst_mark.is_empty() {
        words.push(say!(
            "{who}: {mark}",
            who = inert(&cell.judged_by, 60),
            mark = mark_words(&cell.analyst_mark)
        ));
    }
    html! {
        td.mark.(class(&cell.mark)) title=(words.join("; ")) {
            span aria-hidden="true" { (signs(cell)) }
            span.hide { (words.join("; ")) }
        }
    }
}

fn class(mark: &str) -> &'static str {
    match mark {
        "consistent" => "yes",
        "inconsistent" => "no",
        _ => "neither",
    }
}
