//! The mark of the Traffic Light Protocol, title, run, and the foot.

use maud::{Markup, html};

use crate::html::Page;
use crate::inert::inert;

fn tlp(page: &Page<'_>) -> Markup {
    let label = inert(&page.report.tlp, 24).to_uppercase();
    let class = match label.as_str() {
        "AMBER" | "AMBER+STRICT" => "amber",
        "GREEN" => "green",
        "CLEAR" => "clear",
        _ => "red",
    };
    html! { span.tlp.(class) { "TLP:" (label) } }
}

/// The label in the margin of every printed page: a style, since only page margin boxes
/// (CSS Paged Media) repeat without covering text. Known labels only; another one is
/// printed as the strictest.
pub(crate) fn print_style(page: &Page<'_>) -> String {
    let label = match page.report.tlp.to_uppercase().as_str() {
        "AMBER" => "AMBER",
        "AMBER+STRICT" => "AMBER+STRICT",
        "GREEN" => "GREEN",
        "CLEAR" => "CLEAR",
        _ => "RED",
    };
    let run: String =
        page.report.run_id.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    format!(
        "@page{{@top-left{{content:\"TLP:{label}\";font:700 9pt sans-serif}}\
         @top-right{{content:\"run {run}\";font:8pt sans-serif}}\
         @bottom-right{{content:counter(page) \" of \" counter(pages);font:8pt sans-serif}}}}"
    )
}

/// Stays at the top of the screen.
pub(crate) fn top(page: &Page<'_>) -> Markup {
    html! {
        div.top {
            (tlp(page))
            span.run { "run " (short(&page.report.run_id)) }
            label.veil {
                input type="checkbox" id="names";
                span { "Show names" }
            }
        }
    }
}

pub(crate) fn part(page: &Page<'_>, title: &str) -> Markup {
    let report = page.report;
    let handling = match report.tlp.to_uppercase().as_str() {
        "AMBER" | "AMBER+STRICT" => {
            "For the recipients\u{2019} own organisation on a need-to-know basis."
        }
        "GREEN" => "May be passed on within the community, not published.",
        "CLEAR" => "May be passed on freely.",
        _ => "For the eyes of its named recipients only. Not to be passed on.",
    };
    html! {
        header {
            div.paper { (tlp(page)) }
            h1 { (title) }
            @if !report.generated_for.is_empty() { p.for { "For " (inert(&report.generated_for, 160)) } }
            p.lead {
                (handling) " Names of people are blurred on the screen until "
                b { "Show names" } " is ticked at the top; on paper they stand."
            }
            dl.facts {
                dt { "Run" } dd.id { (inert(&report.run_id, 120)) }
                dt { "Program" } dd { "demarche " (inert(&report.tool_version, 60)) }
                dt { "Knowledge" } dd {
                    @if report.knowledge_snapshot.is_empty() { "none was used" }
                    @else { (inert(&report.knowledge_snapshot, 160)) }
                }
                dt { "Margin" } dd { "Each number leads to the bytes that its statement stands on." }
            }
        }
    }
}

pub(crate) fn foot(page: &Page<'_>) -> Markup {
    html! {
        footer {
            (tlp(page))
            " Times are UTC. Probabilities follow the words of ICD 203. Absence of a trace is never \
             stated here as absence of an attack."
            @if !page.report.knowledge_notice.is_empty() {
                p { (inert(&page.report.knowledge_notice, 2_000)) }
            }
        }
    }
}

fn short(run: &str) -> String {
    inert(run, 400).chars().take(16).collect()
}
