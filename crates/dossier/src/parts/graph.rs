//! The campaigns as a picture: waves as dots over time, links between them as arcs whose
//! weight is their width. No place means anything but time and campaign.

use demarche_core::Campaign;
use maud::{Markup, html};

use super::lanes::{LEFT, RIGHT, Scale};
use crate::catalogue::{say, tr};
use crate::html::Page;
use crate::words;

const MOST_CAMPAIGNS: usize = 12;
const LANE: f64 = 84.0;
const TOP: f64 = 28.0;

/// One lane a campaign of two waves or more; nothing where there is none.
pub(crate) fn part(page: &Page<'_>) -> Markup {
    let report = page.report;
    let rows: Vec<(usize, &Campaign)> = report
        .campaigns
        .iter()
        .enumerate()
        .filter(|(_, row)| row.wave_ids.len() > 1)
        .take(MOST_CAMPAIGNS)
        .collect();
    let Some(scale) = Scale::of(report).filter(|_| !rows.is_empty()) else { return html! {} };
    let height = TOP + LANE * f64::from(u32::try_from(rows.len()).unwrap_or(1)) + 8.0;
    html! {
        figure {
            div.wide tabindex="0" role="region" aria-label=(tr("Links between waves, scrolls sideways")) {
                svg.time role="group" aria-labelledby="graph-t graph-d"
                    viewBox={ "0 0 1000 " (px(height)) } xmlns="http://www.w3.org/2000/svg" {
                    title id="graph-t" { (tr("Which waves are held together, and by what")) }
                    desc id="graph-d" { (description(page, &rows)) }
                    @for (x, label) in scale.ticks() {
                        line.grid x1=(px(x)) x2=(px(x)) y1="18" y2=(px(height)) {}
                        text.tick x=(px(x + 3.0)) y="14" { (label) }
                    }
                    @for (n, (at, row)) in rows.iter().enumerate() {
                        (lane(page, scale, *at, row, TOP + LANE * f64::from(u32::try_from(n).unwrap_or(0))))
                    }
                }
            }
            figcaption.legend {
                span { (tr("dot: a wave; arc: a link, the wider the more it weighs; the classes of evidence stand in the list below")) }
            }
        }
    }
}

fn lane(page: &Page<'_>, scale: Scale, at: usize, row: &Campaign, y: f64) -> Markup {
    let base = y + LANE - 22.0;
    let place = |id: &str| -> Option<(usize, f64)> {
        let at = page.report.waves.iter().position(|wave| wave.wave_id == id)?;
        Some((at, scale.x(page.report.waves[at].first_seen?)))
    };
    let most =
        row.links.iter().map(|link| link.weight.0.saturating_abs()).max().unwrap_or(1).max(1);
    let mut labels: Vec<(f64, usize)> =
        row.wave_ids.iter().filter_map(|id| place(id).map(|(at, x)| (x, at))).collect();
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free = 0.0;
    let shown: Vec<(f64, usize, bool)> = labels
        .iter()
        .map(|(x, at)| {
            let fits = *x >= free;
            if fits {
                free = x + 26.0;
            }
            (*x, *at, fits)
        })
        .collect();
    html! {
        a href={ "#c" (at + 1) } { text.name x="0" y=(px(base + 4.0)) { "C" (at + 1) } }
        text.sub x="0" y=(px(base + 17.0)) { (words::count(row.wave_ids.len(), "wave", "waves")) }
        line.axis x1=(px(LEFT)) x2=(px(RIGHT)) y1=(px(base)) y2=(px(base)) {}
        @for link in row.links.iter().take(200) {
            @if let [a, b] = link.waves.as_slice()
                && let (Some((_, a)), Some((_, b))) = (place(a), place(b)) {
                @let (from, to) = (a.min(b), a.max(b));
                @let high = (8.0 + (to - from) * 0.22).min(LANE - 30.0);
                path.arc stroke-width=(px(width(link.weight.0, most)))
                    d={ "M" (px(from)) " " (px(base)) "Q" (px((from + to) / 2.0)) " " (px(base - 2.0 * high)) " " (px(to)) " " (px(base)) } {
                    title {
                        (words::list(&link.classes.iter().map(|class| words::link_class(class)).collect::<Vec<_>>(), 8))
                    }
                }
            }
        }
        @for (x, at, labelled) in shown {
            a href={ "#w" (at + 1) } {
                circle.dot cx=(px(x)) cy=(px(base)) r="5" { title { "W" (at + 1) } }
            }
            @if labelled { text.mark x=(px(x - 6.0)) y=(px(base + 18.0)) { "W" (at + 1) } }
        }
    }
}

#[allow(clippy::cast_precision_loss)] // a picture's precision
fn width(weight: i64, most: i64) -> f64 {
    0.8 + 2.7 * (weight.saturating_abs() as f64 / most as f64)
}

fn px(value: f64) -> String {
    format!("{value:.1}")
}

fn description(page: &Page<'_>, rows: &[(usize, &Campaign)]) -> String {
    let told: Vec<String> = rows
        .iter()
        .map(|(at, row)| {
            let waves: Vec<String> =
                row.wave_ids.iter().map(|id| page.narrative.wave_label(id)).collect();
            say!(
                "C{number}: {waves}, {links}",
                number = at + 1,
                waves = words::list(&waves, 12),
                links = words::count(row.links.len(), "link", "links")
            )
        })
        .collect();
    told.join(". ")
}
