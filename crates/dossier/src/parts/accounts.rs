//! Person by person: what was aimed at a mailbox or number and what became of it, in one
//! place. What was found about somebody can be handed over alone by these.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::{Exposure, Intrusion};
use maud::{Markup, html};

use super::marks;
use crate::catalogue::{say, tr};
use crate::html::Page;
use crate::inert::inert;
use crate::narrative::rows::state_words;
use crate::words::{self, is_likely};

const MOST: usize = 120;
const MOST_WAVES: usize = 20;

#[derive(Default)]
struct Account<'a> {
    exposures: Vec<(usize, &'a Exposure)>,
    intrusions: Vec<(usize, &'a Intrusion)>,
}

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let report = page.report;
    let mut accounts: BTreeMap<&str, Account<'_>> = BTreeMap::new();
    let likely: BTreeSet<&str> = report
        .waves
        .iter()
        .filter(|wave| is_likely(wave.probability))
        .map(|wave| wave.wave_id.as_str())
        .collect();
    for (at, row) in report.exposures.iter().enumerate() {
        if likely.contains(row.wave_id.as_str()) {
            accounts.entry(&row.recipient).or_default().exposures.push((at, row));
        }
    }
    for (at, row) in report.intrusions.iter().enumerate() {
        if is_likely(row.probability) {
            accounts.entry(&row.account).or_default().intrusions.push((at, row));
        }
    }
    let mut sorted: Vec<_> = accounts.iter().collect();
    sorted.sort_by_key(|(name, account)| {
        (std::cmp::Reverse((account.intrusions.len(), account.exposures.len())), **name)
    });
    html! {
        p.quiet {
            (tr("Mailboxes, accounts and numbers with at least one likely wave or intrusion, those broken into first. That somebody is not listed says nothing."))
        }
        @if sorted.is_empty() {
            (marks::nothing(page, "exposure", &tr("No account stands in a likely wave or intrusion.")))
        }
        @for (at, (name, account)) in sorted.iter().enumerate().take(MOST) {
            (one(page, at, name, account))
        }
        (marks::cut(sorted.len(), MOST, &tr("accounts")))
    }
}

fn one(page: &Page<'_>, at: usize, name: &str, account: &Account<'_>) -> Markup {
    let person = page.report.people.iter().find(|person| person.mailbox == name);
    html! {
        details.account id={ "p" (at + 1) } {
            summary {
                (marks::person(name, &page.report.people)) " "
                span.quiet {
                    (words::count(account.exposures.len(), "wave", "waves")) ", "
                    (words::count(account.intrusions.len(), "intrusion", "intrusions"))
                }
            }
            @if let Some(person) = person {
                p.quiet.p {
                    (inert(&person.institution, 120))
                    @if !person.groups.is_empty() { "; " (marks::joined(&person.groups, 8)) }
                    @if person.kind == "linked" { "; " (tr("a private or family account")) }
                }
            }
            @for (row, _) in &account.intrusions {
                (marks::line(&page.narrative.intrusions[*row].head, &say!("I{number}", number = row + 1)))
            }
            @for (row, exposure) in account.exposures.iter().take(MOST_WAVES) {
                @let label = page.narrative.wave_label(&exposure.wave_id);
                p.one-wave {
                    a href={ "#" (label.to_lowercase()) } { (label) } " "
                    @if let Some(wave) = page.report.waves.iter().find(|wave| wave.wave_id == exposure.wave_id) {
                        (words::span(wave.first_seen, wave.last_seen)) ": \u{201c}" (inert(&wave.subject, 90)) "\u{201d}; "
                    }
                    (state_words(exposure.state))
                    " " (marks::link(&page.narrative.exposures[*row]))
                }
            }
            (marks::cut(account.exposures.len(), MOST_WAVES, &tr("waves")))
        }
    }
}
