//! The result on a terminal: under sixty lines, in plain words, no colour.

use demarche_core::{IntrusionStatus, UtcMicros};

use crate::inert::inert;
use crate::model::Report;
use crate::narrative::{Narrative, judgements};
use crate::words::{self, is_likely};

/// Rows shown in each part before "and n more".
const MOST: usize = 7;
/// Answers to who may be behind it: two for each campaign or intrusion.
const MOST_ANSWERS: usize = 6;

/// Plain text that fits `width` columns (at least 40), under sixty lines at 80 columns.
#[must_use]
pub fn summary(report: &Report, width: usize) -> String {
    // The terminal speaks English, whatever the dossier does.
    let english = Report { language: "en".to_owned(), ..report.clone() };
    let narrative = Narrative::of(&english);
    let mut page = Page { text: String::new(), width: width.max(40) };
    let report = &narrative.report;
    page.line(0, &format!("TLP:{}  {}", inert(&report.tlp, 20), inert(&report.title, 120)));
    let totals = &report.totals;
    let counts = [
        (totals.messages, "message", "messages"),
        (totals.events, "audit event", "audit events"),
        (totals.fetches, "web record", "web records"),
        (totals.calls, "call", "calls"),
        (totals.lookups, "record look-up", "record look-ups"),
    ];
    let read: Vec<String> = counts
        .into_iter()
        .filter(|(number, _, _)| *number > 0)
        .map(|(number, one, many)| words::count(size(number), one, many))
        .collect();
    let read = if read.is_empty() { "no records".to_owned() } else { words::list(&read, 5) };
    let copies = words::count(size(totals.duplicates), "further copy", "further copies");
    let unread = words::count(size(report.anomalies.total), "anomaly", "anomalies");
    page.line(0, &format!("Read: {read}; {copies} left out; {unread}."));
    waves(&mut page, &narrative);
    intrusions(&mut page, &narrative);
    hypotheses(&mut page, &narrative);
    page.heading("Not covered");
    for statement in narrative.coverage.iter().take(MOST) {
        let gap = statement.text.split_once(" Not covered: ").map(|(_, gap)| gap);
        let kind = statement.text.split(':').next().unwrap_or_default();
        match gap {
            Some(gap) => page.item("-", &format!("{kind}: {}", gap.trim_end_matches('.'))),
            None if statement.text.contains("nothing of it was handed in") => {
                page.item("-", &statement.text);
            }
            None => {}
        }
    }
    page.heading("Next steps");
    let mut titles: Vec<(String, usize)> = Vec::new();
    for action in &narrative.actions {
        match titles.iter_mut().find(|(title, _)| *title == action.title) {
            Some((_, count)) => *count += 1,
            None => titles.push((action.title.clone(), 1)),
        }
    }
    if titles.is_empty() {
        page.item("-", "hand in what is not covered above, and run again");
    }
    for (at, (title, count)) in titles.iter().take(MOST).enumerate() {
        let times = if *count > 1 { format!(" ({count} accounts)") } else { String::new() };
        page.item(&format!("{}.", at + 1), &format!("{title}{times}"));
    }
    page.text
}

fn waves(page: &mut Page, narrative: &Narrative) {
    let report = &narrative.report;
    page.heading("Who was targeted");
    let told: Vec<_> =
        report.waves.iter().enumerate().filter(|(_, wave)| is_likely(wave.probability)).collect();
    if told.is_empty() {
        page.item("-", "no wave was weighed as likely or higher in what was covered");
    }
    for (at, wave) in told.iter().take(MOST) {
        let text = format!(
            "{} \u{201c}{}\u{201d}, {}, {} [{}]",
            words::day(wave.first_seen),
            inert(&wave.subject, 48),
            words::count(wave.recipients.len(), "recipient", "recipients"),
            words::likelihood(wave.probability),
            narrative.campaign_label(&wave.campaign_id),
        );
        page.item(&format!("W{}", at + 1), &text);
    }
    more(page, told.len(), "waves");
    if told.len() < report.waves.len() {
        let weaker = report.waves.len() - told.len();
        page.item("-", &format!("{} below likely", words::count(weaker, "burst", "bursts")));
    }
}

fn intrusions(page: &mut Page, narrative: &Narrative) {
    let report = &narrative.report;
    page.heading("Who was broken into");
    let told: Vec<_> = report
        .intrusions
        .iter()
        .enumerate()
        .filter(|(_, row)| is_likely(row.probability))
        .collect();
    if told.is_empty() {
        page.item(
            "-",
            "no access was weighed as likely unauthorised or higher in what was covered",
        );
    }
    for (at, row) in told.iter().take(MOST) {
        let mark = |open: bool, bounds: &[UtcMicros]| match (open, bounds) {
            (true, _) => " or beyond the logs",
            (false, [low, high]) if low.date() != high.date() => " (about)",
            _ => "",
        };
        let status = match row.status {
            IntrusionStatus::Active => "ACTIVE",
            IntrusionStatus::Ended => "ended",
            IntrusionStatus::Unknown => "status unknown",
        };
        let read = if row.read.is_empty() {
            "what was read is unknown".to_owned()
        } else {
            format!("read {}", inert(&words::list(&words::amounts(&row.read), 4), 80))
        };
        let kinds: Vec<String> = row.kinds.iter().map(|kind| words::intrusion_kind(kind)).collect();
        let text = format!(
            "{status}: {} ({}), from {}{} to {}{}; {}; {read}",
            inert(&row.account, 60),
            words::list(&kinds, 4),
            words::day(row.first_access),
            mark(row.start_censored, &row.first_access_bounds),
            words::day(row.last_access),
            mark(row.end_censored, &row.last_access_bounds),
            words::likelihood(row.probability),
        );
        page.item(&format!("I{}", at + 1), &text);
    }
    more(page, told.len(), "intrusions");
}

fn hypotheses(page: &mut Page, narrative: &Narrative) {
    page.heading("Who may be behind it");
    let leading = judgements::leading(&narrative.report);
    if leading.is_empty() {
        page.item("-", "no hypothesis was formed");
    }
    for row in leading.iter().take(MOST_ANSWERS) {
        let against = judgements::strongest_against(row).map_or_else(
            || "nothing at hand speaks against it".to_owned(),
            |part| format!("against: {}", inert(&part.what, 90)),
        );
        let text = format!(
            "{} ({}) {}, prior {}; {against}",
            inert(&row.name, 60),
            inert(&row.tier, 20),
            words::likelihood(row.probability),
            words::percent(row.prior),
        );
        page.item(&narrative.subject_label(&row.campaign_id), &text);
    }
    if leading.len() > MOST_ANSWERS {
        let more = leading.len() - MOST_ANSWERS;
        page.item("-", &format!("and {more} more answers; the report has all"));
    }
}

fn more(page: &mut Page, all: usize, what: &str) {
    if all > MOST {
        page.item("-", &format!("and {} more {what}; the report has all", all - MOST));
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

struct Page {
    text: String,
    width: usize,
}

impl Page {
    fn heading(&mut self, text: &str) {
        self.text.push('\n');
        self.line(0, text);
    }

    fn item(&mut self, mark: &str, text: &str) {
        self.line(5, &format!("{mark:<5}{text}"));
    }

    /// Wraps at spaces; words longer than the line are broken.
    fn line(&mut self, indent: usize, text: &str) {
        let mut column = 0;
        let text = text.replace('\u{a0}', " ");
        for word in text.split_inclusive(' ') {
            let length = word.trim_end().chars().count();
            if column > indent && column + length > self.width {
                self.wrap(indent, &mut column);
            }
            for c in word.chars() {
                if column >= self.width && c != ' ' {
                    self.wrap(indent, &mut column);
                }
                if column < self.width {
                    self.text.push(c);
                    column += 1;
                }
            }
        }
        self.trim();
        self.text.push('\n');
    }

    fn wrap(&mut self, indent: usize, column: &mut usize) {
        self.trim();
        self.text.push('\n');
        self.text.push_str(&" ".repeat(indent));
        *column = indent;
    }

    fn trim(&mut self) {
        let kept = self.text.trim_end_matches(' ').len();
        self.text.truncate(kept);
    }
}
