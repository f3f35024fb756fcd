//! The report as one self-contained HTML file.
//!
//! No script, no external reference, no link but to its own parts; the policy in the
//! head forbids the rest, should a string from the evidence ever get past the templates'
//! escaping. Readable on paper, on a telephone, in light and dark. The parts stand in
//! [`crate::parts`], one file each.

use std::borrow::Cow;
use std::collections::BTreeMap;

use demarche_core::EvidenceRef;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::catalogue::{self, Language, tr};
use crate::inert::inert;
use crate::model::{Report, Statement};
use crate::narrative::Narrative;
use crate::parts;

/// Statements and evidence entries in the appendix; `records.jsonl` has all.
pub(crate) const MAX_STATEMENTS: usize = 4_000;
pub(crate) const MAX_EVIDENCE: usize = 2_000;

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
const STYLE: &str = include_str!("style.css");

/// What every part needs: the narrative, and the numbers of its evidence.
pub(crate) struct Page<'a> {
    pub(crate) narrative: &'a Narrative,
    pub(crate) report: &'a Report,
    /// Every statement, by number.
    pub(crate) statements: Vec<&'a Statement>,
    /// Evidence entries in the order in which statements first cite them, from 1.
    pub(crate) evidence: Vec<&'a EvidenceRef>,
    numbers: BTreeMap<&'a EvidenceRef, usize>,
}

impl<'a> Page<'a> {
    pub(crate) fn new(narrative: &'a Narrative) -> Self {
        let statements = narrative.statements();
        let mut evidence = Vec::new();
        let mut numbers = BTreeMap::new();
        for reference in statements.iter().flat_map(|statement| &statement.evidence) {
            numbers.entry(reference).or_insert_with(|| {
                evidence.push(reference);
                evidence.len()
            });
        }
        Self { narrative, report: &narrative.report, statements, evidence, numbers }
    }

    /// The number of an evidence entry.
    pub(crate) fn number(&self, reference: &EvidenceRef) -> Option<usize> {
        self.numbers.get(reference).copied()
    }
}

/// The page of `report`: the same report gives the same bytes.
#[must_use]
pub fn render(report: &Report) -> String {
    let narrative = Narrative::of(report);
    catalogue::with(Language::of(&report.language), || whole(&Page::new(&narrative)))
}

/// In the scope of the report's language.
pub(crate) fn whole(page: &Page<'_>) -> String {
    let language = catalogue::current();
    let title = inert(&tr(&page.report.title), 160);
    let sections: [(&str, Cow<'_, str>, Markup); 17] = [
        ("summary", tr("Summary"), parts::summary::part(page)),
        ("now", tr("What to do now"), parts::actions::part(page)),
        ("time", tr("Timeline"), parts::timeline::part(page)),
        ("targets", tr("Targets"), parts::targets::part(page)),
        ("campaigns", tr("Campaigns"), parts::campaigns::part(page)),
        ("waves", tr("Waves"), parts::waves::part(page)),
        ("intrusions", tr("Intrusions"), parts::intrusions::part(page)),
        ("accounts", tr("Person by person"), parts::accounts::part(page)),
        ("who", tr("Who may be behind it"), parts::hypotheses::part(page)),
        ("claims", tr("What others said"), parts::claims::part(page)),
        ("uncovered", tr("What was not covered"), parts::coverage::part(page)),
        ("findings", tr("Rules and indicators"), parts::findings::part(page)),
        ("read", tr("What was read, and what could not be"), parts::sources::part(page)),
        ("method", tr("Method and error rates"), parts::method::part(page)),
        ("custody", tr("Custody and proof"), parts::custody::part(page)),
        ("glossary", tr("Words"), parts::glossary::part()),
        ("evidence", tr("Evidence"), parts::appendix::part(page)),
    ];
    html! {
        (DOCTYPE)
        html lang=(language.code()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(parts::header::print_style(page))) }
            }
            body {
                (parts::header::top(page))
                main {
                    (parts::header::part(page, &title))
                    nav aria-label=(tr("Contents")) {
                        ol { @for (id, name, _) in &sections { li { a href={ "#" (id) } { (name) } } } }
                    }
                    @for (id, name, part) in &sections {
                        section id=(id) aria-labelledby={ "h-" (id) } {
                            h2 id={ "h-" (id) } { (name) }
                            (part)
                        }
                    }
                }
                (parts::header::foot(page))
            }
        }
    }
    .into_string()
        + "\n"
}
