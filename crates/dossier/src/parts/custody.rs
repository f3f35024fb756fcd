//! On whose authority, by what chain, and how a doubter can check it.

use maud::{Markup, html};

use crate::catalogue::tr;
use crate::html::Page;
use crate::inert::inert;

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let report = page.report;
    let or = |text: &str| {
        if text.is_empty() { tr("not stated").into_owned() } else { inert(text, 240) }
    };
    html! {
        @if report.redacted_by.is_empty() {
            @let none = crate::model::Mandate::default();
            @let mandate = report.mandate.as_ref().unwrap_or(&none);
            dl.facts {
                dt { (tr("Read by")) } dd { (or(&mandate.operator)) }
                dt { (tr("On the authority of")) } dd { (or(&mandate.authority)) }
                dt { (tr("Legal basis")) } dd { (or(&mandate.legal_basis)) }
                dt { (tr("Scope")) } dd { (or(&mandate.scope)) }
                dt { (tr("Until")) } dd { (or(&mandate.expires)) }
            }
        } @else {
            p {
                (tr("This is a redacted dossier. Names stand under pseudonyms that only the signer can resolve; withheld records are still proven by their hash in the signed log, and can be opened later one by one."))
                " " (tr("Policy:")) " " (inert(&report.redacted_by, 120))
            }
        }
        p { (tr("Every record of this dossier is a leaf of one Merkle log (RFC 6962). The signed root stands in the file \u{201c}checkpoint\u{201d}; the hash of this page is itself a record. Witnesses and time-stamping authorities (RFC 3161) can vouch for the root without seeing a word of it.")) }
        @if !report.changed_sources.is_empty() {
            h3 { (tr("Evidence that is no longer what was read")) }
            ul.plain-list { @for line in report.changed_sources.iter().take(50) { li { (inert(line, 200)) } } }
        }
    }
}
