//! The report as one self-contained HTML file.
use crate::model::Report;
use crate::narrative::Narrative;
use maud::{DOCTYPE, html};
/// The page of `report`.
#[must_use]
pub fn render(report: &Report) -> String {
    let narrative = Narrative::of(report);
    html! { (DOCTYPE) html lang="en" { head { title { (narrative.report.title) } } body {
        @for statement in narrative.statements() { p { (statement.id) " " (statement.text) } }
    } } }
    .into_string()
}
