//! The field's own words.

use maud::{Markup, html};

const WORDS: [(&str, &str); 14] = [
    ("Wave", "One burst of targeted mail with one lure."),
    ("Campaign", "Waves held to be one operator\u{2019}s work."),
    ("Intrusion", "A period of unauthorised access to one account, server or number."),
    ("Exposure", "What became of one recipient in a wave: targeted, fetched, clicked or unknown."),
    (
        "Tracking image",
        "A remote picture in a mail whose address is unique to the recipient; \
        loading it reports address, device and place.",
    ),
    ("Coverage", "What could have been seen in the logs at hand."),
    ("Censored", "Of a period whose true start or end may lie outside the logs."),
    ("Bounds", "The range that holds the true time nine times in ten."),
    ("Prior", "How probable a row is before looking at its evidence."),
    ("Factor", "By how much a piece of evidence moves the odds: \u{d7} for, \u{f7} against."),
    ("Intrusion set", "An actor as ATT&CK and STIX name it."),
    (
        "Hypothesis",
        "Who may be behind a campaign, weighed against others and \u{201c}unknown\u{201d}.",
    ),
    ("Anomaly", "Evidence that could not be read, or looks wrong."),
    ("TLP", "Traffic Light Protocol 2.0 of FIRST: with whom this may be shared."),
];

pub(crate) fn part() -> Markup {
    html! {
        dl.facts.words {
            @for (word, meaning) in WORDS { dt { (word) } dd { (meaning) } }
        }
    }
}
