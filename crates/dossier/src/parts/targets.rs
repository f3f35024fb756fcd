//! Who was reached by which wave, and what became of it.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::{Exposure, ExposureState};
use maud::{Markup, html};

use super::marks;
use crate::catalogue::tr;
use crate::html::Page;
use crate::inert::inert;
use crate::model::Statement;
use crate::narrative::rows::state_words;
use crate::words;

const MOST_ROWS: usize = 200;
/// What fits a page of paper; the more probable waves stand in the table.
const MOST_WAVES: usize = 16;

const STATES: [ExposureState; 4] = [
    ExposureState::Clicked,
    ExposureState::Fetched,
    ExposureState::Targeted,
    ExposureState::Unknown,
];

type Cell<'a> = (&'a Exposure, &'a Statement);

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let report = page.report;
    let mut rows: BTreeMap<&str, BTreeMap<&str, Cell<'_>>> = BTreeMap::new();
    for (row, statement) in report.exposures.iter().zip(&page.narrative.exposures) {
        rows.entry(&row.recipient).or_default().insert(&row.wave_id, (row, statement));
    }
    if rows.is_empty() {
        return html! {
            (marks::nothing(page, "exposure", &tr("No recipient stands in any wave that was weighed.")))
        };
    }
    let mut sorted: Vec<_> = rows.iter().collect();
    sorted.sort_by_key(|(mailbox, cells)| {
        let worst = cells.values().map(|(row, _)| row.state).max().unwrap_or_default();
        (std::cmp::Reverse((worst, cells.len())), **mailbox)
    });
    let mut waves: Vec<_> = report
        .waves
        .iter()
        .enumerate()
        .filter(|(_, wave)| report.exposures.iter().any(|row| row.wave_id == wave.wave_id))
        .collect();
    let all = (sorted.len(), waves.len());
    waves.sort_by_key(|(at, wave)| (std::cmp::Reverse(wave.probability), *at));
    waves.truncate(MOST_WAVES);
    waves.sort_by_key(|(at, _)| *at);
    sorted.retain(|(_, cells)| {
        waves.iter().any(|(_, wave)| cells.contains_key(wave.wave_id.as_str()))
    });
    sorted.truncate(MOST_ROWS);
    html! {
        (symbols())
        p.legend {
            @for state in STATES { span { (mark(state)) " " (state_words(state)) } }
        }
        div.wide tabindex="0" role="region" aria-label=(tr("Matrix of mailboxes and waves")) {
            table.matrix {
                thead {
                    tr {
                        th scope="col" { (tr("Mailbox")) }
                        th scope="col" { (tr("Groups")) }
                        @for (at, wave) in &waves {
                            th.wave scope="col" {
                                a href={ "#w" (at + 1) } title=(words::day(wave.first_seen)) { "W" (at + 1) }
                            }
                        }
                    }
                }
                tbody {
                    @for (mailbox, cells) in &sorted {
                        tr {
                            th scope="row" { (marks::person(mailbox, &report.people)) }
                            td.groups { (groups(page, mailbox)) }
                            @for (_, wave) in &waves {
                                td.cell { @if let Some(cell) = cells.get(wave.wave_id.as_str()) { (linked(cell)) } }
                            }
                        }
                    }
                }
            }
        }
        (marks::cut(all.0, sorted.len(), &tr("mailboxes")))
        (marks::cut(all.1, waves.len(), &tr("waves, the most probable ones")))
        (by_group(page))
    }
}

fn groups(page: &Page<'_>, mailbox: &str) -> String {
    page.report
        .people
        .iter()
        .find(|person| person.mailbox == mailbox)
        .map(|person| marks::joined(&person.groups, 3))
        .unwrap_or_default()
}

/// Mailboxes reached by group, most first.
fn by_group(page: &Page<'_>) -> Markup {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let recipients: BTreeSet<&String> =
        page.report.exposures.iter().map(|row| &row.recipient).collect();
    for person in &page.report.people {
        let reached = recipients.contains(&person.mailbox);
        for group in &person.groups {
            let count = counts.entry(group).or_default();
            count.1 += 1;
            count.0 += usize::from(reached);
        }
    }
    let mut counts: Vec<_> = counts.into_iter().filter(|(_, (reached, _))| *reached > 0).collect();
    counts.sort_by_key(|(group, (reached, _))| (std::cmp::Reverse(*reached), *group));
    html! {
        @if !counts.is_empty() {
            h3 { (tr("By group")) }
            table.narrow {
                thead { tr { th { (tr("Group")) } th.r { (tr("Mailboxes reached")) } th.r { (tr("of those known")) } } }
                tbody {
                    @for (group, (reached, all)) in counts.iter().take(20) {
                        tr { td { (inert(group, 80)) } td.r { (reached) } td.r { (all) } }
                    }
                }
            }
            (marks::cut(counts.len(), 20, &tr("groups")))
        }
    }
}

fn linked((row, statement): &Cell<'_>) -> Markup {
    html! {
        a href={ "#s" (statement.id) } title={ (statement.id) ": " (state_words(row.state)) } {
            (mark(row.state))
            span.hide { (state_words(row.state)) }
        }
    }
}

fn state_name(state: ExposureState) -> &'static str {
    match state {
        ExposureState::Unknown => "unknown",
        ExposureState::Targeted => "targeted",
        ExposureState::Fetched => "fetched",
        ExposureState::Clicked => "clicked",
    }
}

/// Shape and colour say the same: square clicked, half disc fetched, ring targeted,
/// question mark unknown.
fn mark(state: ExposureState) -> Markup {
    let name = state_name(state);
    html! {
        svg.state viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" {
            use href={ "#st-" (name) } {}
        }
    }
}

fn symbols() -> Markup {
    html! {
        svg.hide width="0" height="0" aria-hidden="true" {
            symbol id="st-clicked" viewBox="0 0 16 16" {
                rect.s-clicked x="2" y="2" width="12" height="12" {}
            }
            symbol id="st-fetched" viewBox="0 0 16 16" {
                circle.s-ring cx="8" cy="8" r="5.5" {}
                path.s-fetched d="M8 2.5a5.5 5.5 0 0 1 0 11z" {}
            }
            symbol id="st-targeted" viewBox="0 0 16 16" { circle.s-ring cx="8" cy="8" r="5.5" {} }
            symbol id="st-unknown" viewBox="0 0 16 16" {
                text.s-unknown x="8" y="12.5" text-anchor="middle" { "?" }
            }
        }
    }
}
