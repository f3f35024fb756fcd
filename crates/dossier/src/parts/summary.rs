//! Answers to the four questions, with a strip of figures above.

use std::collections::BTreeSet;

use demarche_core::IntrusionStatus;
use maud::{Markup, html};

use super::marks;
use crate::catalogue::{plural, tr};
use crate::html::Page;
use crate::narrative::QUESTIONS;
use crate::words::{self, is_likely};

pub(crate) fn part(page: &Page<'_>) -> Markup {
    html! {
        (figures(page))
        @for (question, answers) in QUESTIONS.iter().zip(&page.narrative.judgements) {
            div.question {
                h3 { (tr(question)) }
                @for answer in answers { (marks::paragraph(answer)) }
            }
        }
    }
}

fn figures(page: &Page<'_>) -> Markup {
    let report = page.report;
    let waves: Vec<_> = report.waves.iter().filter(|wave| is_likely(wave.probability)).collect();
    let reached: BTreeSet<&String> = waves.iter().flat_map(|wave| &wave.recipients).collect();
    let intrusions: Vec<_> =
        report.intrusions.iter().filter(|row| is_likely(row.probability)).collect();
    let active = intrusions.iter().filter(|row| row.status == IntrusionStatus::Active).count();
    let uncovered = page
        .narrative
        .coverage
        .iter()
        .filter(|statement| statement.derivation == "coverage: no entry of this kind")
        .count();
    let figure = |number: usize, name: String, live: bool| {
        html! {
            div.live[live] {
                b { (words::thousands(number as u64)) }
                span { (name) }
            }
        }
    };
    html! {
        div.figures {
            (figure(waves.len(), plural(waves.len(), "wave, likely or above", "waves, likely or above"), false))
            (figure(reached.len(), plural(reached.len(), "mailbox reached", "mailboxes reached"), false))
            (figure(intrusions.len(), plural(intrusions.len(), "intrusion, likely or above", "intrusions, likely or above"), false))
            (figure(active, tr("active at the end of the logs").into_owned(), active > 0))
            (figure(uncovered, plural(uncovered, "kind of evidence not handed in", "kinds of evidence not handed in"), false))
        }
    }
}
