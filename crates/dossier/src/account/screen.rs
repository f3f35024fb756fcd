//! An account's life on one screen of a terminal, no colour.

use std::collections::BTreeMap;

use demarche_core::{Intrusion, IntrusionStatus, UtcMicros};

use super::{Lasting, Life};
use crate::inert::inert;
use crate::words::{self, likelihood};

/// Rows of a part that are shown.
const MOST: usize = 8;

/// Plain text that fits `width` columns, at least 60.
#[must_use]
pub fn screen(life: &Life, width: usize) -> String {
    let mut page = Page { text: String::new(), width: width.clamp(60, 160) };
    head(&mut page, life);
    coverage(&mut page, life);
    profiles(&mut page, life);
    lasting(&mut page, life);
    waves(&mut page, life);
    intrusions(&mut page, life);
    findings(&mut page, life);
    page.heading("What to do now");
    if life.steps.is_empty() {
        page.item("-", "nothing found that asks for a step; absence of a trace is no proof");
    }
    let mut told = false;
    for (at, step) in life.steps.iter().enumerate() {
        if step.noticeable && !told {
            page.line(2, "from here on an intruder can notice:");
            told = true;
        }
        page.item(&format!("[ ] {}.", at + 1), &inert(&step.text, 400));
    }
    page.text
}

fn head(page: &mut Page, life: &Life) {
    page.line(0, &inert(&life.account, 120));
    let kind = if life.kind == "linked" { "private or family account" } else { &life.kind };
    let groups = life.groups.join(", ");
    let parts = [&life.name, &life.institution, &groups, kind];
    let parts: Vec<String> =
        parts.iter().filter(|part| !part.is_empty()).map(|part| inert(part, 80)).collect();
    if !parts.is_empty() {
        page.line(0, &parts.join(" \u{b7} "));
    }
    for note in &life.notes {
        page.line(0, &format!("! {}", inert(note, 200)));
    }
    page.line(0, &format!("{} messages, {} events", life.messages, life.events));
}

fn coverage(page: &mut Page, life: &Life) {
    page.heading("What could be seen");
    if life.coverage.is_empty() {
        page.item("-", "nothing is known of what the logs covered");
    }
    for entry in life.coverage.iter().take(MOST) {
        let of = if entry.account.is_empty() { "" } else { " (this account)" };
        let inferred = if entry.inferred { ", inferred" } else { "" };
        page.item(
            "-",
            &format!(
                "{}{of}: {} to {}{inferred}",
                words::source_kind(&entry.source),
                words::day(entry.from),
                words::day(entry.to)
            ),
        );
    }
    page.more(life.coverage.len().saturating_sub(MOST));
}

fn profiles(page: &mut Page, life: &Life) {
    page.heading("Who used it");
    if life.profiles.is_empty() {
        page.item("-", "no event names an address or a program");
    }
    for profile in life.profiles.iter().take(MOST) {
        let named = |text: &str| if text.is_empty() { "?".to_owned() } else { inert(text, 40) };
        page.item(
            if profile.intruder { "!" } else { "-" },
            &format!(
                "{:<19} {:<16} {:>7} events {:>4} days {:>4} sessions  {} to {}",
                named(&profile.network),
                named(&profile.program),
                profile.events,
                profile.days,
                profile.sessions,
                words::day(profile.first),
                words::day(profile.last)
            ),
        );
    }
    let left = life.profiles.len().saturating_sub(MOST) + life.more_profiles;
    page.more(left);
}

fn lasting(page: &mut Page, life: &Life) {
    page.heading("Set up in it");
    if life.lasting.is_empty() {
        page.item("-", "no rule, consent, delegate or new way to sign in was seen set up");
    }
    let mut kinds: BTreeMap<(&str, &str), Vec<&Lasting>> = BTreeMap::new();
    for thing in &life.lasting {
        kinds.entry((&thing.what, &thing.title)).or_default().push(thing);
    }
    // What is still there first, then the gravest.
    let mut shown: Vec<Vec<&Lasting>> = kinds.into_values().collect();
    shown.sort_by_key(|things| {
        let first = things.first();
        (
            things.iter().all(|thing| thing.removed.is_some()),
            std::cmp::Reverse(first.map_or(0, |thing| super::gravity(&thing.severity))),
            first.and_then(|thing| thing.time),
        )
    });
    for things in shown.iter().take(MOST) {
        let Some(first) = things.first() else { continue };
        let last = things.iter().filter_map(|thing| thing.time).max();
        let when = match things.len() {
            1 => words::day(first.time),
            n => format!("{n} times, {} to {}", words::day(first.time), words::day(last)),
        };
        let left = things.iter().filter(|thing| thing.removed.is_none()).count();
        let end = match things.iter().filter_map(|thing| thing.removed).max() {
            Some(time) if left == 0 => {
                format!("something of the kind was taken away on {}", time.date())
            }
            _ => "no log says that it was taken away".to_owned(),
        };
        let (what, title) = (&first.what, inert(&first.title, 80));
        page.item("-", &format!("{what}: {title} ({}); {when}; {end}", first.severity));
    }
    page.more(shown.len().saturating_sub(MOST));
}

fn waves(page: &mut Page, life: &Life) {
    page.heading("Aimed at it");
    if life.waves.is_empty() {
        page.item("-", "no wave reached it in what was covered");
    }
    for wave in life.waves.iter().take(MOST) {
        let state = match wave.state {
            demarche_core::ExposureState::Clicked => "CLICKED",
            demarche_core::ExposureState::Fetched => "picture fetched",
            demarche_core::ExposureState::Targeted => "targeted, no fetch seen",
            demarche_core::ExposureState::Unknown => "what became of it is unknown",
        };
        let when = wave.time.map(|time| format!(" {}", moment(time))).unwrap_or_default();
        page.item(
            "-",
            &format!(
                "{} \u{201c}{}\u{201d}: {state}{when}; {} [{}]",
                words::day(wave.first_seen),
                inert(&wave.subject, 48),
                likelihood(wave.probability),
                wave.wave_id
            ),
        );
    }
    page.more(life.waves.len().saturating_sub(MOST));
}

fn intrusions(page: &mut Page, life: &Life) {
    page.heading("Broken into");
    if life.intrusions.is_empty() {
        page.item("-", "no intrusion was found in what was covered");
    }
    for row in life.intrusions.iter().take(MOST) {
        intrusion(page, row);
    }
    page.more(life.intrusions.len().saturating_sub(MOST));
}

fn intrusion(page: &mut Page, row: &Intrusion) {
    let status = match row.status {
        IntrusionStatus::Active => "ACTIVE",
        IntrusionStatus::Ended => "ended",
        IntrusionStatus::Unknown => "status unknown",
    };
    let kinds: Vec<String> = row.kinds.iter().map(|kind| words::intrusion_kind(kind)).collect();
    page.item(
        if row.status == IntrusionStatus::Active { "!" } else { "-" },
        &format!(
            "{status}, {}: {}, by {}",
            likelihood(row.probability),
            words::list(&kinds, 4),
            if row.actor.is_empty() { "unknown".to_owned() } else { inert(&row.actor, 80) }
        ),
    );
    let end = |at: Option<UtcMicros>, bounds: &[UtcMicros], open: bool| {
        let bounds = match bounds {
            [low, high] if low.date() != high.date() => {
                format!(" (between {} and {})", low.date(), high.date())
            }
            _ => String::new(),
        };
        let open = if open { " or beyond the logs" } else { "" };
        format!("{}{bounds}{open}", words::day(at))
    };
    page.line(
        6,
        &format!(
            "from {} to {}",
            end(row.first_access, &row.first_access_bounds, row.start_censored),
            end(row.last_access, &row.last_access_bounds, row.end_censored)
        ),
    );
    for gap in row.gaps.iter().take(3) {
        let (from, to) = (words::day(gap.from), words::day(gap.to));
        page.line(6, &format!("not seen: {from} to {to}: {}", inert(&gap.reason, 120)));
    }
    if row.gaps.len() > 3 {
        page.line(6, &format!("and {} more gaps", row.gaps.len() - 3));
    }
    let read = match row.read.is_empty() {
        true => "what was read is unknown".to_owned(),
        false => format!("read: {}", inert(&words::list(&words::amounts(&row.read), 6), 160)),
    };
    page.line(6, &read);
}

fn findings(page: &mut Page, life: &Life) {
    let grave: Vec<_> =
        life.findings.iter().filter(|count| super::gravity(&count.severity) >= 2).collect();
    if grave.is_empty() {
        return;
    }
    page.heading("Rules and lists that matched besides");
    for count in grave.iter().take(MOST) {
        page.item(
            "-",
            &format!(
                "{} ({}): {} times, {} to {}",
                inert(&count.title, 90),
                count.severity,
                count.count,
                words::day(count.first),
                words::day(count.last)
            ),
        );
    }
    page.more(grave.len().saturating_sub(MOST));
}

/// Date and minute, UTC.
fn moment(time: UtcMicros) -> String {
    let text = time.to_string();
    format!("{}Z", text.get(..16).unwrap_or(&text).replace('T', " "))
}

struct Page {
    text: String,
    width: usize,
}

impl Page {
    fn heading(&mut self, text: &str) {
        self.text.push_str(&format!("\n{}\n", text.to_uppercase()));
    }

    fn item(&mut self, mark: &str, text: &str) {
        let lead = format!("  {mark} ");
        self.wrapped(&lead, lead.chars().count(), text);
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.wrapped(&" ".repeat(indent), indent, text);
    }

    fn more(&mut self, left: usize) {
        if left > 0 {
            self.line(2, &format!("and {left} more"));
        }
    }

    /// Words in lines of at most `width` columns; runs of spaces in a line that fits stay.
    fn wrapped(&mut self, lead: &str, indent: usize, text: &str) {
        let mut line = lead.to_owned();
        let mut used = lead.chars().count();
        if used + text.chars().count() <= self.width {
            self.text.push_str(&format!("{line}{text}\n"));
            return;
        }
        let mut empty = true;
        for word in text.split_whitespace() {
            let mut word: Vec<char> = word.chars().collect();
            loop {
                let room = self.width.saturating_sub(used + usize::from(!empty));
                if word.len() <= room {
                    break;
                }
                if !empty {
                    self.text.push_str(&format!("{line}\n"));
                    (line, used, empty) = (" ".repeat(indent), indent, true);
                } else {
                    let rest = word.split_off(room.max(1));
                    line.extend(word);
                    self.text.push_str(&format!("{line}\n"));
                    (line, used) = (" ".repeat(indent), indent);
                    word = rest;
                }
            }
            if !empty {
                line.push(' ');
                used += 1;
            }
            used += word.len();
            line.extend(word);
            empty = false;
        }
        self.text.push_str(&format!("{line}\n"));
    }
}
