//! PDF to text, page by page.
//!
//! The parser meets hostile files: its panics are caught, and pages and text are bounded.
//! The positions of glyphs are not looked at, so columns may run together; a claim's span
//! counts characters of the text as extracted here.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The most pages that are read.
const MOST_PAGES: usize = 200;
/// The most text that is taken.
const MOST_TEXT: usize = 2 << 20;
/// The most bytes that a stream may unfold to in the text of one page.
const MOST_OBJECTS: usize = 200_000;

/// The text of a PDF, a blank line between pages.
pub(crate) fn text(bytes: &[u8]) -> Result<String, String> {
    catch_unwind(AssertUnwindSafe(|| extract(bytes)))
        .unwrap_or_else(|_| Err("the parser failed on it".to_owned()))
}

fn extract(bytes: &[u8]) -> Result<String, String> {
    let document = lopdf::Document::load_mem(bytes).map_err(|error| error.to_string())?;
    if document.objects.len() > MOST_OBJECTS {
        return Err(format!("more than {MOST_OBJECTS} objects"));
    }
    let mut text = String::new();
    for page in document.get_pages().keys().take(MOST_PAGES) {
        // A page that cannot be read leaves the others.
        if let Ok(words) = document.extract_text(&[*page]) {
            text.push_str(words.trim());
            text.push_str("\n\n");
        }
        if text.len() > MOST_TEXT {
            break;
        }
    }
    if text.trim().is_empty() {
        return Err("no text in it: is it a scan?".to_owned());
    }
    Ok(text)
}
