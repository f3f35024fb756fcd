//! The files for reading, all made from the one model.

use std::collections::BTreeMap;

use demarche_core::UtcMicros;

use crate::bundle::{self, BundleError};
use crate::catalogue::{self, Language};
use crate::document::{aide_memoire, report_document};
use crate::html::{self, Page};
use crate::model::Report;
use crate::narrative::Narrative;
use crate::{markdown, pdf, plain_page};

/// Path in the dossier and bytes of each.
pub(crate) fn all(report: &Report) -> Result<BTreeMap<String, Vec<u8>>, BundleError> {
    let day = report.generated_at.map(UtcMicros::date).unwrap_or_default();
    let narrative = Narrative::of(report);
    let page = Page::new(&narrative);
    catalogue::with(Language::of(&report.language), || {
        let (whole, aide) = (report_document(&page), aide_memoire(&page));
        let files = [
            ("data/report.html", html::whole(&page).into_bytes()),
            ("data/report.json", bundle::canonical_report(report)?.into_bytes()),
            ("data/report.md", markdown::render(&whole).into_bytes()),
            ("data/report.pdf", pdf::render(&whole, &day)?),
            ("data/aide-memoire.html", plain_page::render(&aide).into_bytes()),
            ("data/aide-memoire.pdf", pdf::render(&aide, &day)?),
        ];
        Ok(files.into_iter().map(|(path, bytes)| (path.to_owned(), bytes)).collect())
    })
}
