//! A document as PDF: A4, the TLP mark at the top and bottom of each page, an outline.
//!
//! Two passes: the blocks are laid out into pages first, so that each page can say of how
//! many it is one; then they are written. The font is DejaVu Sans, embedded and cut down to
//! the glyphs used: Latin, Cyrillic, Greek, Armenian, Georgian and many signs. Text of
//! scripts that need shaping or run from right to left (Arabic, Hebrew, Devanagari...), and
//! of those that the font lacks (Chinese...), stands as numbers, `⟨U+4E2D⟩`, never as an
//! empty box or in a wrong order; the last page says so where it happened, and the HTML page
//! shows the text itself.

mod font;
mod layout;
mod write;

use crate::bundle::BundleError;
use crate::catalogue::tr;
use crate::document::Document;
use font::Fonts;

/// A4 in points.
pub(crate) const WIDTH: f32 = 595.28;
pub(crate) const HEIGHT: f32 = 841.89;

/// The document's bytes; `day` (`YYYY-MM-DD`, or empty) is the only date in it.
pub(crate) fn render(document: &Document, day: &str) -> Result<Vec<u8>, BundleError> {
    let failed = |what: &str| BundleError::Pdf(what.to_owned());
    let fonts = Fonts::load().ok_or_else(|| failed("its font cannot be read"))?;
    let laid = layout::lay_out(document, &fonts);
    write::write(document, &fonts, &laid, day).ok_or_else(|| failed("its font cannot be cut down"))
}

/// What is said on the last page where a character was told by number.
fn lacking() -> String {
    tr("Characters that the font of this PDF lacks stand as their number in Unicode; the HTML page shows them.")
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::layout::Op;
    use super::*;

    #[test]
    fn pages_are_made_the_same_twice_and_bear_their_marks() {
        let mut document = Document {
            title: "Отчёт — Έκθεση".into(),
            language: "en",
            tlp: "AMBER".into(),
            mark: "run r-1".into(),
            blocks: Vec::new(),
        };
        document.heading(1, "One");
        for n in 0..200 {
            document.paragraph(format!("{n} ").repeat(80));
        }
        document.paragraph("中文 and שלום are told by number");
        let one = render(&document, "2024-11-03").unwrap();
        assert!(one.starts_with(b"%PDF-"));
        assert!(one == render(&document, "2024-11-03").unwrap());
        let fonts = Fonts::load().unwrap();
        let laid = layout::lay_out(&document, &fonts);
        assert!(laid.pages.len() > 5);
        let mut all = String::new();
        for op in laid.pages.iter().flatten() {
            if let Op::Text { text, x, size, .. } = op {
                assert!(*x >= layout::MARGIN && x + fonts.plain.width(text, *size) < WIDTH);
                all.push_str(text);
            }
        }
        assert!(all.contains("⟨U+4E2D⟩") && all.contains("⟨U+05E9⟩"), "told by number");
        assert!(all.contains("Unicode") && all.contains("Отчёт") && all.contains("Έκθεση"));
    }
}
