//! How the probabilities are made, and what they cannot do.

use maud::{Markup, html};

use crate::html::Page;
use crate::inert::inert;

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let parameters = &page.report.parameters;
    html! {
        ol.method {
            li { b { "Reading. " } "Evidence is opened read-only and hashed. What cannot be read is \
                listed, not dropped. Copies of one record are counted once." }
            li { b { "Weighing. " } "A row starts at its prior, the share that would be true before \
                looking. Each feature moves the odds by a factor: \u{d7}25 makes the row 25 times as \
                likely against the alternative, \u{f7}4 a quarter. The product with the prior\u{2019}s \
                odds is the probability shown. Features that belong together are held to a common \
                limit, so that no single class of evidence can carry a link or a name alone." }
            li { b { "Words. " } "Probabilities are told in the words of ICD 203: almost no chance \
                (below 5\u{a0}%), very unlikely (to 20), unlikely (to 45), roughly even chance (to \
                55), likely (to 80), very likely (to 95), almost certain (above)." }
            li { b { "Time. " } "All times are UTC, as the logs state them. A bound is the range that \
                holds the true first or last access nine times in ten. A side that touches the edge \
                of the logs is open, and told so." }
            li { b { "Limits. " } "Factors were set on made-up worlds and public cases, not on this \
                institution. A loaded image may be a scanner\u{2019}s doing; known ones are left out. \
                Relay networks rent home routers, so an address is no proof of a place. Names of \
                intrusion sets rest on public reports, which share techniques and have gaps." }
            li { b { "Proof. " } "Every cited range is fixed by SHA-256. The folder is signed with \
                Ed25519. Check it offline with "
                code { "demarche verify DOSSIER --key FILE --evidence DIR" } "." }
        }
        @if !parameters.is_empty() {
            details {
                summary { "Parameters of the run (" (parameters.len()) ")" }
                dl.facts {
                    @for (name, value) in parameters.iter().take(200) {
                        dt { (inert(name, 80)) } dd.id { (inert(value, 200)) }
                    }
                }
            }
        }
    }
}
