//! The mark of the Traffic Light Protocol, title, run, and the foot.

use maud::{Markup, html};

use crate::catalogue::{say, tr};
use crate::html::Page;
use crate::inert::inert;
use crate::words;

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
    let label = words::tlp(&page.report.tlp);
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
        header.top {
            (tlp(page))
            span.run { (tr("run")) " " (short(&page.report.run_id)) }
            label.veil {
                input type="checkbox" id="names";
                span { (tr("Show names")) }
            }
        }
    }
}

pub(crate) fn part(page: &Page<'_>, title: &str) -> Markup {
    let report = page.report;
    let handling = match report.tlp.to_uppercase().as_str() {
        "AMBER+STRICT" => {
            tr("For those in the recipients\u{2019} own organisation who need to know.")
        }
        "AMBER" => tr(
            "For those in the recipients\u{2019} own organisation, and its clients, who need to know.",
        ),
        "GREEN" => tr("May be passed on within the community, not published."),
        "CLEAR" => tr("May be passed on freely."),
        _ => tr("For the eyes of its named recipients only. Not to be passed on."),
    };
    html! {
        div.front {
            div.paper { (tlp(page)) }
            h1 { (title) }
            @if !report.generated_for.is_empty() { p.for { (say!("For {institution}", institution = inert(&report.generated_for, 160))) } }
            p.lead {
                (handling) " "
                (tr("Names of people are blurred on the screen until \u{201c}Show names\u{201d} is ticked at the top; on paper they stand."))
            }
            dl.facts {
                dt { (tr("Run")) } dd.id { (inert(&report.run_id, 120)) }
                dt { (tr("Program")) } dd { "demarche " (inert(&report.tool_version, 60)) }
                dt { (tr("Knowledge")) } dd {
                    @if report.knowledge_snapshot.is_empty() { (tr("none was used")) }
                    @else { (inert(&report.knowledge_snapshot, 160)) }
                }
                dt { (tr("Margin")) } dd { (tr("Each number leads to the bytes that its statement stands on.")) }
            }
        }
    }
}

pub(crate) fn foot(page: &Page<'_>) -> Markup {
    html! {
        footer {
            (tlp(page))
            " " (tr("Times are UTC. Probabilities follow the words of ICD 203. Absence of a trace is never \
             stated here as absence of an attack."))
            @if !page.report.knowledge_notice.is_empty() {
                p { (inert(&page.report.knowledge_notice, 2_000)) }
            }
        }
    }
}

fn short(run: &str) -> String {
    inert(run, 400).chars().take(16).collect()
}
