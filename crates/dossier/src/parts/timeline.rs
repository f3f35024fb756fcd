//! The timeline: campaigns and their waves, intrusions, coverage, over years, in UTC.
//!
//! Probability is lightness, kind is hue with a label. An end that is not known fades; a
//! censored end is an open bracket; what was not covered is hatched, never blank. Red is
//! kept for what is active now.

use demarche_core::{Intrusion, IntrusionStatus, Probability, UtcMicros};
use maud::{Markup, html};

use super::lanes::{LEFT, RIGHT, Scale, uncovered};
use super::marks;
use crate::catalogue::{say, tr};
use crate::html::Page;
use crate::inert::inert;
use crate::narrative::{Cover, covers};
use crate::words;

const MOST_CAMPAIGNS: usize = 14;
const MOST_INTRUSIONS: usize = 24;
const LANE: f64 = 32.0;
const STRIP: f64 = 16.0;
const TOP: f64 = 28.0;

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let report = page.report;
    let Some(scale) = Scale::of(report) else {
        return html! {
            p.none { (tr("Nothing here has a date: no wave, no intrusion and no coverage was recorded.")) }
        };
    };
    let all = covers(report, None);
    let campaigns = weightiest(report.campaigns.iter().map(|row| row.probability), MOST_CAMPAIGNS);
    let intrusions =
        weightiest(report.intrusions.iter().map(|row| row.probability), MOST_INTRUSIONS);
    let lanes = f64_of(campaigns.len() + intrusions.len());
    let strips = TOP + lanes * LANE + 20.0;
    let height = strips + f64_of(all.len()) * STRIP + 8.0;
    html! {
        figure {
            div.wide tabindex="0" role="region" aria-label=(tr("Timeline, scrolls sideways")) {
                svg.time viewBox={ "0 0 1000 " (height) } role="group" aria-labelledby="time-t time-d"
                    xmlns="http://www.w3.org/2000/svg" {
                    title id="time-t" { (tr("Timeline of waves, intrusions and coverage, UTC")) }
                    desc id="time-d" { (description(page)) }
                    (definitions(page))
                    (axis(scale, height))
                    @for (lane, at) in campaigns.iter().enumerate() {
                        (campaign(page, scale, &all, *at, TOP + f64_of(lane) * LANE))
                    }
                    @for (lane, at) in intrusions.iter().enumerate() {
                        @let lane = campaigns.len() + lane;
                        (intrusion(page, scale, *at, TOP + f64_of(lane) * LANE))
                    }
                    text.head x="0" y=(px(strips - 4.0)) { (tr("Covered by")) }
                    @for (at, cover) in all.iter().enumerate() {
                        (strip(scale, cover, strips + f64_of(at) * STRIP))
                    }
                }
            }
            (legend())
        }
        (marks::cut(report.campaigns.len(), MOST_CAMPAIGNS, &tr("campaigns in the picture, the most probable ones")))
        (marks::cut(report.intrusions.len(), MOST_INTRUSIONS, &tr("intrusions in the picture, the most probable ones")))
        details {
            summary { (tr("The picture in words")) }
            ul.words-of { @for line in lines(page) { li { (line) } } }
        }
    }
}

fn f64_of(number: usize) -> f64 {
    u32::try_from(number).map_or(0.0, f64::from)
}

/// One decimal is enough for a picture and keeps it the same on every machine.
fn px(value: f64) -> String {
    format!("{value:.1}")
}

fn opacity(probability: Probability) -> String {
    format!("{:.2}", 0.15 + 0.85 * probability.get())
}

fn description(page: &Page<'_>) -> String {
    let report = page.report;
    say!(
        "{waves}, {intrusions}; hatched stretches were not covered. The same follows in words below.",
        waves = words::count(report.waves.len(), "wave", "waves"),
        intrusions = words::count(report.intrusions.len(), "intrusion", "intrusions"),
    )
}

/// Indexes of the `most` most probable rows, in reading order.
fn weightiest(rows: impl Iterator<Item = Probability>, most: usize) -> Vec<usize> {
    let mut rows: Vec<(Probability, usize)> = rows.zip(0..).collect();
    rows.sort_by_key(|(probability, at)| (std::cmp::Reverse(*probability), *at));
    let mut chosen: Vec<usize> = rows.into_iter().take(most).map(|(_, at)| at).collect();
    chosen.sort_unstable();
    chosen
}

/// Every row of the picture as a line of text.
fn lines(page: &Page<'_>) -> Vec<Markup> {
    let report = page.report;
    let waves = report.waves.iter().enumerate().take(200).map(|(at, row)| {
        html! {
            "W" (at + 1) ", " (words::span(row.first_seen, row.last_seen)) ", "
            (page.narrative.campaign_label(&row.campaign_id)) ", "
            (words::likelihood(row.probability))
        }
    });
    let intrusions = report.intrusions.iter().enumerate().take(200).map(|(at, row)| {
        html! {
            "I" (at + 1) ", " span.p { (inert(&row.account, 80)) } ", "
            (crate::narrative::rows::access_span(row)) ", "
            (crate::narrative::rows::status_words(row.status)) ", "
            (words::likelihood(row.probability))
        }
    });
    let coverage = page.narrative.coverage.iter().map(|statement| html! { (statement.text) });
    waves.chain(intrusions).chain(coverage).collect()
}

/// Hatching, and the fades of intrusion bars by kind.
fn definitions(page: &Page<'_>) -> Markup {
    let mut kinds: Vec<&str> = page.report.intrusions.iter().map(kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    html! {
        defs {
            pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"
                patternTransform="rotate(45)" {
                line.hatch x1="0" y1="0" x2="0" y2="6" {}
            }
            @for kind in kinds {
                @for (side, first, last) in [("in", "0", "1"), ("out", "1", "0")] {
                    linearGradient id={ (side) "-" (kind) } {
                        stop.stop.{ "k-" (kind) } offset="0" stop-opacity=(first) {}
                        stop.stop.{ "k-" (kind) } offset="1" stop-opacity=(last) {}
                    }
                }
            }
        }
    }
}

fn axis(scale: Scale, height: f64) -> Markup {
    html! {
        text.head x="0" y="14" { (tr("UTC")) }
        @for (x, label) in scale.ticks() {
            line.grid x1=(px(x)) x2=(px(x)) y1="20" y2=(px(height)) {}
            text.tick x=(px(x + 3.0)) y="14" { (label) }
        }
        line.grid x1=(px(LEFT)) x2=(px(RIGHT)) y1="20" y2="20" {}
    }
}

/// Background of a lane: a hairline, its label, hatching where nothing covers it.
fn lane(scale: Scale, y: f64, covers: &[&Cover]) -> Markup {
    html! {
        @for (from, to) in uncovered(scale, covers) {
            rect x=(px(from)) y=(px(y + 1.0)) width=(px(to - from)) height=(px(LANE - 2.0))
                fill="url(#hatch)" {}
        }
        line.grid x1="0" x2=(px(RIGHT)) y1=(px(y + LANE)) y2=(px(y + LANE)) {}
    }
}

fn campaign(page: &Page<'_>, scale: Scale, all: &[Cover], at: usize, y: f64) -> Markup {
    let report = page.report;
    let row = &report.campaigns[at];
    let mail: Vec<&Cover> = all.iter().filter(|cover| cover.kind == "mail").collect();
    let middle = y + LANE / 2.0 + 4.0;
    // Labels stand above their markers; one that would touch the last is left out.
    let mut free = LEFT;
    let waves: Vec<_> = report
        .waves
        .iter()
        .enumerate()
        .filter(|(_, wave)| wave.campaign_id == row.campaign_id)
        .filter_map(|(n, wave)| {
            let from = scale.x(wave.first_seen?);
            let to = scale.x(wave.last_seen.or(wave.first_seen)?);
            let label = format!("W{}", n + 1);
            let shown = from >= free;
            if shown {
                free = from + 8.0 * f64_of(label.len()) + 4.0;
            }
            Some((n, wave, from, to, shown.then_some(label)))
        })
        .collect();
    html! {
        (lane(scale, y, &mail))
        text.name x="0" y=(px(y + 14.0)) {
            "C" (at + 1) ", " (words::count(row.wave_ids.len(), "wave", "waves"))
        }
        text.sub x="0" y=(px(y + 26.0)) { (words::word(row.probability)) }
        @if let (Some(first), Some(last)) = (waves.first(), waves.last()) {
            line.thread x1=(px(first.2)) x2=(px(last.3)) y1=(px(middle)) y2=(px(middle)) {}
        }
        @for (n, wave, from, to, label) in &waves {
            a href={ "#w" (n + 1) } {
                g {
                    title {
                        "W" (n + 1) ", " (words::span(wave.first_seen, wave.last_seen)) ", "
                        (words::count(wave.recipients.len(), "mailbox", "mailboxes")) ", "
                        (words::likelihood(wave.probability))
                    }
                    rect.paper x=(px(from - 5.0)) y=(px(middle - 5.0)) width=(px((to - from).max(0.0) + 10.0))
                        height="10" rx="5" {}
                    rect.wave x=(px(from - 5.0)) y=(px(middle - 5.0)) width=(px((to - from).max(0.0) + 10.0))
                        height="10" rx="5" fill-opacity=(opacity(wave.probability)) {}
                }
            }
            @if let Some(label) = label {
                text.mark x=(px(*from - 5.0)) y=(px(y + 12.0)) { (label) }
            }
        }
    }
}

/// The kind that gives an intrusion its hue; only kinds of the contract have one.
fn kind(row: &Intrusion) -> &'static str {
    ["mail_server", "call_records", "cloud_storage", "mailbox", "identity"]
        .into_iter()
        .find(|kind| row.kinds.iter().any(|own| own == kind))
        .unwrap_or("other")
}

/// Evidence kinds in which such an intrusion would show.
fn shows_in(row: &Intrusion, cover: &Cover) -> bool {
    row.kinds.iter().any(|kind| match kind.as_str() {
        "identity" => cover.kind == "identity",
        "call_records" => cover.kind == "record_lookups",
        "mail_server" => cover.kind == "web",
        _ => cover.kind == "cloud",
    })
}

fn intrusion(page: &Page<'_>, scale: Scale, at: usize, y: f64) -> Markup {
    let row = &page.report.intrusions[at];
    let own = covers(page.report, Some(&row.account));
    let covers: Vec<&Cover> = own.iter().filter(|cover| shows_in(row, cover)).collect();
    let name: String = inert(&row.account, 80).chars().take(19).collect();
    let kinds: Vec<String> = row.kinds.iter().map(|kind| words::intrusion_kind(kind)).collect();
    html! {
        (lane(scale, y, &covers))
        a href={ "#i" (at + 1) } {
            text.name x="0" y=(px(y + 14.0)) { "I" (at + 1) " " tspan.p { (name) } }
        }
        text.sub x="0" y=(px(y + 26.0)) { (words::list(&kinds, 2)) }
        @if let (Some(first), Some(last)) = (row.first_access, row.last_access) {
            (bar(row, scale, y, first, last.max(first)))
        }
    }
}

fn bar(row: &Intrusion, scale: Scale, y: f64, first: UtcMicros, last: UtcMicros) -> Markup {
    let kind = kind(row);
    let (top, high) = (y + 15.0, 11.0);
    let (from, to) = (scale.x(first), scale.x(last));
    let to = to.max(from + 3.0);
    let earliest = row.first_access_bounds.first().map_or(from, |time| scale.x(*time)).min(from);
    let latest = row.last_access_bounds.last().map_or(to, |time| scale.x(*time)).max(to);
    let opaque = opacity(row.probability);
    let active = row.status == IntrusionStatus::Active;
    let status = crate::narrative::rows::status_words(row.status);
    let label = format!("{status}, {}", words::percent(row.probability));
    // The label stands over the bar, from its start, or ends at the edge of the picture.
    let room = 6.0 * f64_of(label.chars().count());
    let label_at = from.min(RIGHT - room).max(LEFT);
    html! {
        g {
            title {
                (crate::narrative::rows::access_span(row)) "; " (status) "; "
                (words::likelihood(row.probability))
            }
            @if from - earliest > 0.5 {
                rect x=(px(earliest)) y=(px(top)) width=(px(from - earliest)) height=(px(high))
                    fill={ "url(#in-" (kind) ")" } fill-opacity=(opaque) {}
            }
            @if latest - to > 0.5 {
                rect x=(px(to)) y=(px(top)) width=(px(latest - to)) height=(px(high))
                    fill={ "url(#out-" (kind) ")" } fill-opacity=(opaque) {}
            }
            rect.paper x=(px(from)) y=(px(top)) width=(px(to - from)) height=(px(high)) {}
            rect.bar.{ "k-" (kind) } x=(px(from)) y=(px(top)) width=(px(to - from))
                height=(px(high)) fill-opacity=(opaque) {}
            @for gap in row.gaps.iter().take(50) {
                @if let (Some(a), Some(b)) = (gap.from, gap.to) {
                    @let (a, b) = (scale.x(a).max(from), scale.x(b).min(to));
                    @if b - a > 0.5 {
                        rect.paper x=(px(a)) y=(px(top)) width=(px(b - a)) height=(px(high)) {}
                        rect x=(px(a)) y=(px(top)) width=(px(b - a)) height=(px(high))
                            fill="url(#hatch)" {}
                    }
                }
            }
            @if row.start_censored { (bracket(earliest, top, high, -1.0)) }
            @if row.end_censored { (bracket(latest, top, high, 1.0)) }
            @if active {
                path.now d={ "M" (px(latest)) " " (px(top - 1.0)) "l9 6.5l-9 6.5z" } {}
            }
            text.mark.active[active] x=(px(label_at)) y=(px(y + 12.0)) { (label) }
        }
    }
}

/// `[` drawn open toward the side where the logs end.
fn bracket(x: f64, top: f64, high: f64, side: f64) -> Markup {
    let (top, bottom) = (top - 3.0, top + high + 3.0);
    let tip = px(x + side * 5.0);
    html! {
        path.bracket d={
            "M" (tip) " " (px(top)) "H" (px(x)) "V" (px(bottom)) "H" (tip)
        } {}
    }
}

fn strip(scale: Scale, cover: &Cover, y: f64) -> Markup {
    html! {
        text.sub x="0" y=(px(y + 11.0)) {
            (words::source_kind(&cover.kind).chars().take(28).collect::<String>())
        }
        rect.covered x=(px(LEFT)) y=(px(y + 4.0)) width=(px(RIGHT - LEFT)) height="8" {}
        @for (from, to) in uncovered(scale, &[cover]) {
            rect.paper x=(px(from)) y=(px(y + 3.0)) width=(px(to - from)) height="10" {}
            rect x=(px(from)) y=(px(y + 3.0)) width=(px(to - from)) height="10" fill="url(#hatch)" {}
        }
    }
}

fn legend() -> Markup {
    html! {
        figcaption.legend {
            span { svg viewBox="0 0 24 12" width="24" height="12" aria-hidden="true" {
                rect.wave x="2" y="1" width="20" height="10" rx="5" {}
            } " " (tr("wave; the paler, the less probable")) }
            span { svg viewBox="0 0 24 12" width="24" height="12" aria-hidden="true" {
                rect.bar.k-mailbox x="0" y="1" width="24" height="10" {}
            } " " (tr("access; fading: 90\u{a0}% bounds")) }
            span { svg viewBox="0 0 24 12" width="24" height="12" aria-hidden="true" {
                path.bracket d="M18 1H10V11H18" {}
            } " " (tr("open: the logs end here")) }
            span { svg viewBox="0 0 24 12" width="24" height="12" aria-hidden="true" {
                path.now d="M8 0l9 6l-9 6z" {}
            } " " (tr("active now")) }
            span { svg viewBox="0 0 24 12" width="24" height="12" aria-hidden="true" {
                rect x="0" y="0" width="24" height="12" fill="url(#hatch)" {}
            } " " (tr("not covered")) }
        }
    }
}
