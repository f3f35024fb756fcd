//! Campaigns: which waves are held together, and by what.

use maud::{Markup, html};

use super::marks;
use crate::catalogue::tr;
use crate::html::Page;
use crate::words;

const MOST: usize = 20;
const MOST_LINKS: usize = 15;

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let report = page.report;
    html! {
        (super::graph::part(page))
        @if report.campaigns.is_empty() {
            (marks::nothing(page, "campaign", &tr("No waves were held together as a campaign.")))
        }
        @for (at, row) in report.campaigns.iter().enumerate().take(MOST) {
            @let told = &page.narrative.campaigns[at];
            article id={ "c" (at + 1) } {
                h3 { "C" (at + 1) " " span.quiet { (words::span(row.first_seen, row.last_seen)) } }
                (marks::probability(row.probability, None))
                (marks::paragraph(&told.head))
                dl.facts {
                    dt { (tr("Waves")) }
                    dd {
                        @for (n, id) in row.wave_ids.iter().enumerate().take(40) {
                            @let label = page.narrative.wave_label(id);
                            @if n > 0 { ", " }
                            a href={ "#" (label.to_lowercase()) } { (label) }
                        }
                    }
                    dt { (tr("Groups chosen")) }
                    dd {
                        @if row.target_groups.is_empty() { (tr("none beyond chance")) }
                        @else { (marks::joined(&row.target_groups, 10)) }
                    }
                }
                @if row.wave_ids.len() > 1 {
                    h4 { (tr("Why these waves are held together")) }
                    @if row.links.is_empty() { p.none { (tr("No link was recorded.")) } } @else {
                        ul.plain {
                            @for (link, part) in row.links.iter().zip(&told.parts).take(MOST_LINKS) {
                                li {
                                    span.what { (marks::text(part)) }
                                    (marks::weight(link.weight, largest(row)))
                                    (marks::number(part))
                                }
                            }
                        }
                        (marks::cut(row.links.len(), MOST_LINKS, &tr("links")))
                    }
                } @else {
                    p.none { (tr("A single wave: nothing at hand ties it to another.")) }
                }
            }
        }
        (marks::cut(report.campaigns.len(), MOST, &tr("campaigns")))
    }
}

fn largest(row: &demarche_core::Campaign) -> i64 {
    row.links.iter().map(|link| link.weight.0.saturating_abs()).max().unwrap_or(0)
}
