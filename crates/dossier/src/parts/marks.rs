//! Marks that parts share: numbers in the margin, people, probabilities, weights.

use demarche_core::{MicroNats, Probability};
use maud::{Markup, html};

use crate::catalogue::{say, tr};
use crate::html::MAX_STATEMENTS;
use crate::inert::inert;
use crate::model::{Person, Statement};
use crate::words;

/// The number in the margin, leading to the appendix.
pub(crate) fn number(statement: &Statement) -> Markup {
    let id = statement.id;
    let listed = usize::try_from(id).is_ok_and(|id| id <= MAX_STATEMENTS);
    html! {
        @if listed {
            a.n id={ "r" (id) } href={ "#s" (id) } title=(tr("Evidence of this statement")) { (id) }
        } @else {
            span.n title=(tr("In records.jsonl")) { (id) }
        }
    }
}

/// A statement as a paragraph with its number beside it.
pub(crate) fn paragraph(statement: &Statement) -> Markup {
    html! { div.st { p { (text(statement)) } (number(statement)) } }
}

/// A statement that stands elsewhere too: its number leads to the appendix and is no target.
pub(crate) fn link(statement: &Statement) -> Markup {
    let id = statement.id;
    let listed = usize::try_from(id).is_ok_and(|id| id <= MAX_STATEMENTS);
    html! {
        @if listed { a.n href={ "#s" (id) } title=(tr("Evidence of this statement")) { (id) } }
        @else { span.n title=(tr("In records.jsonl")) { (id) } }
    }
}

/// A statement that stands elsewhere too, under a label.
pub(crate) fn line(statement: &Statement, label: &str) -> Markup {
    html! {
        div.st {
            p { a href={ "#" (label.to_lowercase()) } { (label) } " " (text(statement)) }
            (link(statement))
        }
    }
}

/// A statement's text, people in it blurred until asked for.
pub(crate) fn text(statement: &Statement) -> Markup {
    marked(&statement.text, &statement.people)
}

/// Text of a reader or rule, mail addresses in it blurred.
pub(crate) fn loose(text: &str, most: usize) -> Markup {
    let text = inert(text, most);
    marked(&text, &crate::inert::addresses(&text))
}

/// `text` with every occurrence of `people` marked, the longest first, and dates held
/// together at the end of a line.
fn marked(text: &str, people: &[String]) -> Markup {
    let mut pieces: Vec<(bool, &str)> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let next = people
            .iter()
            .filter(|name| !name.is_empty())
            .filter_map(|name| rest.find(name.as_str()).map(|at| (at, name.len())))
            .min_by_key(|(at, length)| (*at, usize::MAX - length));
        let Some((at, length)) = next else {
            pieces.push((false, rest));
            break;
        };
        pieces.push((false, &rest[..at]));
        pieces.push((true, &rest[at..at + length]));
        rest = &rest[at + length..];
    }
    html! {
        @for (person, piece) in pieces {
            @if person { span.p { (piece) } } @else { (dated(piece)) }
        }
    }
}

/// Dates of the form `2024-03-26` in elements that do not break.
fn dated(text: &str) -> Markup {
    html! {
        @for word in text.split_inclusive(|c: char| !(c.is_ascii_digit() || c == '-')) {
            @let bytes = word.as_bytes();
            @let date = bytes.len() >= 10
                && bytes[4] == b'-'
                && bytes[7] == b'-'
                && bytes[..10].iter().filter(|byte| byte.is_ascii_digit()).count() == 8;
            @if date { time { (word[..10]) } (word[10..]) } @else { (word) }
        }
    }
}

/// A mailbox or number, blurred until asked for, with the name where there is one.
pub(crate) fn person(mailbox: &str, people: &[Person]) -> Markup {
    let known = people.iter().find(|person| person.mailbox == mailbox && !person.name.is_empty());
    html! {
        @if let Some(person) = known { span.p { (inert(&person.name, 60)) } " " }
        span.p.id { (inert(mailbox, 80)) }
    }
}

/// A probability as word, number and bar, its prior as a tick on the bar and in words.
pub(crate) fn probability(value: Probability, prior: Option<Probability>) -> Markup {
    probability_as(&words::word(value), value, prior)
}

/// The same under another scale's word.
pub(crate) fn probability_as(word: &str, value: Probability, prior: Option<Probability>) -> Markup {
    let percent = |p: Probability| format!("{:.1}%", p.get() * 100.0);
    html! {
        span.prob {
            span.word { (word) }
            " " span.num { (words::percent(value)) }
            span.bar aria-hidden="true" {
                i style={ "width:" (percent(value)) } {}
                @if let Some(prior) = prior { b style={ "left:" (percent(prior)) } {} }
            }
            @if let Some(prior) = prior { span.prior { (tr("prior")) " " (words::percent(prior)) } }
        }
    }
}

/// A weight as a factor on the odds, with a bar that grows from the middle outward.
pub(crate) fn weight(ratio: MicroNats, largest: i64) -> Markup {
    let share = if largest > 0 {
        ratio.0.unsigned_abs().saturating_mul(100) / largest.unsigned_abs()
    } else {
        0
    };
    html! {
        span.weight {
            span.num title={ (format!("{:+.2} nats", ratio.nats())) } { (factor(ratio)) }
            span.bar aria-hidden="true" { i style={ "width:" (share.min(100)) "%" } {} }
        }
    }
}

/// `×25` for evidence that makes a row 25 times as likely, `÷4` for the contrary.
pub(crate) fn factor(ratio: MicroNats) -> String {
    let nats = ratio.nats();
    let size = nats.abs().exp();
    let digits = match size {
        s if s > 10_000.0 => "10,000+".to_owned(),
        s if s >= 10.0 => format!("{s:.0}"),
        s => format!("{s:.1}"),
    };
    match nats {
        0.0 => tr("no weight").into_owned(),
        n if n > 0.0 => format!("\u{d7}{digits}"),
        _ => format!("\u{f7}{digits}"),
    }
}

/// One line of a for-and-against table.
pub(crate) struct Weighed<'a> {
    pub(crate) statement: &'a Statement,
    pub(crate) ratio: MicroNats,
}

/// What speaks for and what speaks against, side by side and of the same size.
pub(crate) fn for_and_against(pros: &[Weighed<'_>], cons: &[Weighed<'_>]) -> Markup {
    let largest =
        pros.iter().chain(cons).map(|line| line.ratio.0.saturating_abs()).max().unwrap_or(0);
    html! {
        div.sides {
            (side(&tr("Speaks for"), "pro", pros, largest, &tr("Nothing at hand speaks for it beyond its prior.")))
            (side(&tr("Speaks against"), "con", cons, largest,
                &tr("Nothing at hand speaks against it. That may only mean that little was looked at.")))
        }
    }
}

const MOST_LINES: usize = 14;

fn side(title: &str, class: &str, lines: &[Weighed<'_>], largest: i64, empty: &str) -> Markup {
    html! {
        div class=(class) {
            h4 { (title) }
            @if lines.is_empty() { p.none { (empty) } } @else {
                ul {
                    @for line in lines.iter().take(MOST_LINES) {
                        li {
                            span.what { (text(line.statement)) }
                            (weight(line.ratio, largest))
                            (number(line.statement))
                        }
                    }
                }
                (cut(lines.len(), MOST_LINES, &tr("parts")))
            }
        }
    }
}

/// `40 of 312 rows; all are in report.json`, where a table was cut.
pub(crate) fn cut(all: usize, most: usize, what: &str) -> Markup {
    html! {
        @if all > most {
            p.cut {
                (say!(
                    "{shown} of {all} {what}; report.json has all.",
                    shown = words::thousands(most as u64),
                    all = words::thousands(all as u64),
                    what = what
                ))
            }
        }
    }
}

/// What stands where no row does: that nothing was found in what was looked at, or that a
/// redaction withholds it.
pub(crate) fn nothing(page: &crate::html::Page<'_>, kind: &str, found: &str) -> Markup {
    html! {
        p.none {
            @if page.report.withholds(kind) {
                (say!(
                    "Rows of this kind are withheld under the policy \u{201c}{policy}\u{201d}: that \
                     none is shown says nothing.",
                    policy = inert(&page.report.redacted_by, 80)
                ))
            } @else {
                (found) " " (tr("See")) " " a href="#uncovered" { (tr("what was not covered")) } "."
            }
        }
    }
}

/// A count as words take it; saturates where it cannot matter.
pub(crate) fn size(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Technique ids, each cut.
pub(crate) fn joined(items: &[String], most: usize) -> String {
    let items: Vec<String> = items.iter().map(|item| inert(item, 80)).collect();
    words::list(&items, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_marked_longest_first_and_text_is_kept() {
        let people = ["Ana".to_owned(), "Ana Petrov".to_owned(), "a@x.example".to_owned()];
        let html = marked("Ana Petrov (a@x.example) & Ana", &people).into_string();
        let want = "<span class=\"p\">Ana Petrov</span> (<span class=\"p\">a@x.example</span>) \
                    &amp; <span class=\"p\">Ana</span>";
        assert_eq!(html, want);
    }

    #[test]
    fn dates_do_not_break() {
        let html = marked("from 2024-03-26; 1-2 of 10", &[]).into_string();
        assert_eq!(html, "from <time>2024-03-26</time>; 1-2 of 10");
    }

    #[test]
    fn weights_are_factors() {
        assert_eq!(factor(MicroNats::from_nats(3.2)), "×25");
        assert_eq!(factor(MicroNats::from_nats(-1.4)), "÷4.1");
        assert_eq!(factor(MicroNats(0)), "no weight");
    }
}
