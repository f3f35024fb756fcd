//! Answers to the four questions, with a strip of figures above.

use std::collections::BTreeSet;

use demarche_core::IntrusionStatus;
use maud::{Markup, html};

use super::marks;
use crate::html::Page;
use crate::narrative::QUESTIONS;
use crate::words::{self, is_likely};

pub(crate) fn part(page: &Page<'_>) -> Markup {
    html! {
        (figures(page))
        @for (question, answers) in QUESTIONS.iter().zip(&page.narrative.judgements) {
            div.question {
                h3 { (question) }
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
        .filter(|statement| statement.text.starts_with("No "))
        .count();
    let figure = |number: usize, name: &str, live: bool| {
        html! {
            div.live[live] {
                b { (words::thousands(number as u64)) }
                span { (name) }
            }
        }
    };
    html! {
        div.figures {
            (figure(waves.len(), if waves.len() == 1 { "wave, likely or above" } else { "waves, likely or above" }, false))
            (figure(reached.len(), if reached.len() == 1 { "mailbox reached" } else { "mailboxes reached" }, false))
            (figure(intrusions.len(), if intrusions.len() == 1 { "intrusion, likely or above" } else { "intrusions, likely or above" }, false))
            (figure(active, "active at the end of the logs", active > 0))
            (figure(uncovered, "kinds of evidence not handed in", false))
        }
    }
}
