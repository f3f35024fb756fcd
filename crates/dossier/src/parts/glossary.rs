//! The field's own words.

use std::borrow::Cow;

use maud::{Markup, html};

use crate::catalogue::tr;

/// Word and meaning, in the language of the scope.
pub(crate) fn words() -> [(Cow<'static, str>, Cow<'static, str>); 14] {
    [
        (tr("Wave"), tr("One burst of targeted mail with one lure.")),
        (tr("Campaign"), tr("Waves held to be one operator\u{2019}s work.")),
        (tr("Intrusion"), tr("A period of unauthorised access to one account, server or number.")),
        (
            tr("Exposure"),
            tr("What became of one recipient in a wave: targeted, fetched, clicked or unknown."),
        ),
        (
            tr("Tracking image"),
            tr("A remote picture in a mail whose address is unique to the recipient; \
        loading it reports address, device and place."),
        ),
        (tr("Coverage"), tr("What could have been seen in the logs at hand.")),
        (tr("Censored"), tr("Of a period whose true start or end may lie outside the logs.")),
        (tr("Bounds"), tr("The range that holds the true time nine times in ten.")),
        (tr("Prior"), tr("How probable a row is before looking at its evidence.")),
        (
            tr("Factor"),
            tr("By how much a piece of evidence moves the odds: \u{d7} for, \u{f7} against."),
        ),
        (tr("Intrusion set"), tr("An actor as ATT&CK and STIX name it.")),
        (
            tr("Hypothesis"),
            tr("Who may be behind a campaign, weighed against others and \u{201c}unknown\u{201d}."),
        ),
        (tr("Anomaly"), tr("Evidence that could not be read, or looks wrong.")),
        (tr("TLP"), tr("Traffic Light Protocol 2.0 of FIRST: with whom this may be shared.")),
    ]
}

pub(crate) fn part() -> Markup {
    html! {
        dl.facts.words {
            @for (word, meaning) in words() { dt { (word) } dd { (meaning) } }
        }
    }
}
