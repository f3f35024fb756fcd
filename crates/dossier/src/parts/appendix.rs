//! The evidence appendix: for each number in the margin how the statement was arrived at
//! and which bytes it stands on; for each range of bytes file, place and hashes.

use demarche_core::EvidenceRef;
use maud::{Markup, html};

use crate::catalogue::{say, tr};
use crate::html::{MAX_EVIDENCE, MAX_STATEMENTS, Page};
use crate::inert::inert;
use crate::model::Statement;
use crate::words;

/// Evidence numbers shown beside one statement.
const MOST_NUMBERS: usize = 20;

pub(crate) fn part(page: &Page<'_>) -> Markup {
    html! {
        p.quiet {
            (tr("First the statements by their number, then the ranges of bytes that they cite. Offsets \
             count bytes in the unpacked file. Nothing cited here is shown or opened: it may be \
             harmful."))
        }
        h3 { (tr("Statements")) }
        ol.statements {
            @for statement in page.statements.iter().take(MAX_STATEMENTS) { (entry(page, statement)) }
        }
        (cut(page.statements.len(), MAX_STATEMENTS, &tr("statements")))
        h3 { (tr("Ranges of bytes")) }
        @if page.evidence.is_empty() { p.none { (tr("No statement cites evidence.")) } }
        ol.ranges {
            @for (at, evidence) in page.evidence.iter().enumerate().take(MAX_EVIDENCE) {
                (range(at + 1, evidence))
            }
        }
        (cut(page.evidence.len(), MAX_EVIDENCE, &tr("ranges")))
    }
}

fn entry(page: &Page<'_>, statement: &Statement) -> Markup {
    let numbers: Vec<usize> =
        statement.evidence.iter().filter_map(|evidence| page.number(evidence)).collect();
    html! {
        li id={ "s" (statement.id) } {
            a.n href={ "#r" (statement.id) } title=(tr("Back to the statement")) { (statement.id) }
            div {
                span.how { (inert(&statement.derivation, 160)) }
                " " span.id.quiet.p { (inert(&statement.about, 120)) }
                div.refs {
                    @if numbers.is_empty() { (tr("no bytes cited: advice, or about what was not covered")) }
                    @for number in numbers.iter().take(MOST_NUMBERS) {
                        @if *number <= MAX_EVIDENCE { a href={ "#e" (number) } { "e" (number) } }
                        @else { span { "e" (number) } }
                        " "
                    }
                    @if numbers.len() > MOST_NUMBERS {
                        (say!("and {count} more in records.jsonl", count = numbers.len() - MOST_NUMBERS))
                    }
                }
            }
        }
    }
}

fn range(number: usize, evidence: &EvidenceRef) -> Markup {
    let end = evidence.offset.saturating_add(evidence.length);
    let row = evidence.locator.as_ref().and_then(|locator| locator.row);
    html! {
        li id={ "e" (number) } {
            b { "e" (number) }
            div {
                span.path { (inert(&evidence.path, 200)) }
                " " (tr("bytes")) " " (words::thousands(evidence.offset)) "\u{2013}" (words::thousands(end))
                @if let Some(row) = row { ", " (tr("row")) " " (words::thousands(row)) }
                div.id.quiet { (tr("file")) " " (inert(evidence.source.as_str(), 80)) }
                div.id.quiet { (tr("excerpt")) " sha256:" (inert(&evidence.sha256, 80)) }
            }
        }
    }
}

fn cut(all: usize, most: usize, what: &str) -> Markup {
    html! {
        @if all > most {
            p.cut {
                (say!(
                    "{shown} of {all} {what}; records.jsonl has all.",
                    shown = words::thousands(most as u64),
                    all = words::thousands(all as u64),
                    what = what
                ))
            }
        }
    }
}
