//! A document as Markdown (CommonMark with GitHub's tables), for systems that take text.
//!
//! Every character that could begin markup is escaped: strings from the evidence must not
//! become links, images or HTML in a viewer.

use crate::catalogue::tr;
use crate::document::{Block, Document};

/// The document's text, its TLP mark above and below.
pub(crate) fn render(document: &Document) -> String {
    let mark = format!("**TLP:{}**", document.tlp);
    let mut text =
        format!("{mark}  \n{}\n\n# {}\n\n", escape(&document.mark), escape(&document.title));
    let mut in_list = false;
    for block in &document.blocks {
        let is_item = matches!(block, Block::Item { .. });
        if in_list && !is_item {
            text.push('\n');
        }
        in_list = is_item;
        match block {
            Block::Heading(level, heading) => {
                let marks = "#".repeat(usize::from(*level) + 1);
                text.push_str(&format!("{marks} {}\n\n", escape(heading)));
            }
            Block::Paragraph { text: paragraph, number } => {
                text.push_str(&format!("{}{}\n\n", escape(paragraph), margin(*number)));
            }
            Block::Item { mark, text: item, number } => {
                text.push_str(&format!("- {} {}{}\n", escape(mark), escape(item), margin(*number)));
            }
            Block::Quiet(aside) => text.push_str(&format!("{}\n\n", escape(aside))),
            Block::Table { head, rows, .. } => {
                table_row(&mut text, head);
                text.push_str(&format!("|{}\n", " --- |".repeat(head.len())));
                rows.iter().for_each(|row| table_row(&mut text, row));
                text.push('\n');
            }
            Block::Chart(chart) => {
                let drawn = tr(
                    "The timeline is drawn on the page and in the PDF; its rows follow in words.",
                );
                text.push_str(&format!("{} {}\n\n", escape(&drawn), escape(&chart.caption)));
            }
        }
    }
    format!("{}\n\n{mark}\n", text.trim_end())
}

fn margin(number: Option<u32>) -> String {
    number.map_or_else(String::new, |number| format!(" \\[{number}\\]"))
}

fn table_row(text: &mut String, cells: &[String]) {
    text.push('|');
    for cell in cells {
        text.push_str(&format!(" {} |", escape(cell)));
    }
    text.push('\n');
}

/// Backslashes before all that CommonMark may read as markup.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '!' | '&' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    // A line must not begin as a list, a rule or a heading.
    if out.starts_with(['-', '+', '='])
        || out.starts_with(|c: char| c.is_ascii_digit()) && out.contains(". ")
    {
        let (digits, rest) = out.split_at(out.find(|c: char| !c.is_ascii_digit()).unwrap_or(0));
        return format!("{digits}\\{rest}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_cannot_become_markup() {
        let mut document = Document { title: "T".into(), tlp: "RED".into(), ..Document::default() };
        document.paragraph("![x](http://evil) <img src=x> [a](b) `c` | d\n# e");
        document.paragraph("- item");
        document.paragraph("1. item");
        let text = render(&document);
        assert!(
            text.contains("\\!\\[x\\](http://evil) \\<img src=x\\> \\[a\\](b) \\`c\\` \\| d \\# e"),
            "{text}"
        );
        assert!(text.contains("\n\\- item") && text.contains("\n1\\. item"), "{text}");
        assert!(text.starts_with("**TLP:RED**") && text.trim_end().ends_with("**TLP:RED**"));
    }
}
