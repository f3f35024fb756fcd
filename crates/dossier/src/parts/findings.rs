//! Rules and indicators that matched: how often each, then the gravest one by one.

use std::collections::BTreeMap;

use demarche_core::{Finding, UtcMicros};
use maud::{Markup, html};

use super::marks;
use crate::catalogue::{say, tr};
use crate::html::Page;
use crate::inert::inert;
use crate::model::Statement;
use crate::words;

const MOST: usize = 100;
const MOST_RULES: usize = 40;

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let findings = &page.report.findings;
    html! {
        p.quiet {
            (tr("A match is a lead, not a verdict: an attacker can plant what a rule looks for, and \
             honest administration can look the same."))
        }
        @if findings.is_empty() {
            (marks::nothing(page, "finding", &tr("No rule and no indicator matched in what was read.")))
        } @else {
            (by_rule(findings))
            @for hunt in &page.report.hunts {
                p.quiet {
                    (say!("Later hunt {run}: {findings}.", run = inert(&hunt.run_id, 60),
                        findings = words::count(hunt.findings.len(), "finding", "findings")))
                }
            }
            div.wide tabindex="0" role="region" aria-label=(tr("Findings")) {
                table {
                    thead { tr { th { (tr("What matched")) } th { (tr("Techniques")) } th.r { (tr("No.")) } } }
                    tbody {
                        @for (row, statement) in worst_first(page).into_iter().take(MOST) {
                            tr {
                                td { (marks::text(statement)) div.quiet.id { (inert(&row.rule, 100)) } }
                                td { (marks::joined(&row.techniques, 6)) }
                                td.r { (marks::number(statement)) }
                            }
                        }
                    }
                }
            }
            (marks::cut(findings.len(), MOST, &tr("findings")))
        }
    }
}

/// How grave a finding is; unknown words stand last.
fn rank(severity: &str) -> usize {
    const ORDER: [&str; 5] = ["critical", "high", "medium", "low", "informational"];
    ORDER.iter().position(|known| *known == severity).unwrap_or(ORDER.len())
}

/// The gravest first, of one severity those of later hunts, then in their order of time.
fn worst_first<'a>(page: &'a Page<'_>) -> Vec<(&'a Finding, &'a Statement)> {
    let mut rows: Vec<_> = page.report.findings.iter().zip(&page.narrative.findings).collect();
    rows.sort_by_key(|(row, _)| {
        (rank(&row.severity), page.report.hunt_of(&row.finding_uid).is_none())
    });
    rows
}

/// How often a rule matched, and from when to when.
#[derive(Default)]
struct Matched {
    times: u64,
    from: Option<UtcMicros>,
    to: Option<UtcMicros>,
}

/// Every rule that matched, the gravest first.
fn by_rule(findings: &[Finding]) -> Markup {
    let mut rules: BTreeMap<(usize, &str, &str), Matched> = BTreeMap::new();
    for row in findings {
        let title = if row.title.is_empty() { &row.rule } else { &row.title };
        let rule = rules.entry((rank(&row.severity), &row.severity, title)).or_default();
        rule.times += 1;
        rule.from = rule.from.into_iter().chain(row.time).min();
        rule.to = rule.to.max(row.time);
    }
    html! {
        table.narrow {
            thead { tr {
                th { (tr("What matched")) } th { (tr("Severity")) } th.r { (tr("Times")) } th { (tr("When")) }
            } }
            tbody {
                @for ((_, severity, title), rule) in rules.iter().take(MOST_RULES) {
                    tr {
                        td.what { (inert(title, 160)) } td { (inert(severity, 20)) }
                        td.r { (words::thousands(rule.times)) } td { (words::span(rule.from, rule.to)) }
                    }
                }
            }
        }
        (marks::cut(rules.len(), MOST_RULES, &tr("rules")))
    }
}
