//! The skeleton of an HTML mail: its tags and their nesting, without text and values.
//!
//! Repeated runs are folded (a table of ten rows is a table of one), line breaks are
//! left out: they follow the text. What stays is the template that mails of one burst
//! share and mails of one author often do.

use demarche_core::id::short_hash;

/// Tags looked at.
const MAX_TAGS: usize = 20_000;
/// Longest run that is folded when it repeats.
const MAX_RUN: usize = 24;
/// Tags that come and go with the text.
const TEXT_TAGS: [&[u8]; 4] = [b"br", b"wbr", b"o:p", b"font"];

/// Hash of the skeleton and the number of elements in it; empty and 0 without tags.
pub(crate) fn skeleton(html: &str) -> (String, u32) {
    let mut tags: Vec<(&[u8], bool)> = Vec::new();
    let mut seen = 0;
    let bytes = html.as_bytes();
    let mut at = 0;
    while let Some(open) = bytes.get(at..).and_then(|rest| rest.iter().position(|b| *b == b'<')) {
        at += open + 1;
        let rest = &bytes[at..];
        if rest.starts_with(b"!--") {
            at += find(rest, b"-->").unwrap_or(rest.len());
            continue;
        }
        let close = rest.first() == Some(&b'/');
        let rest = &rest[usize::from(close)..];
        let good = |b: &u8| b.is_ascii_alphanumeric() || *b == b':';
        let name = &rest[..rest.iter().position(|b| !good(b)).unwrap_or(rest.len())];
        if name.is_empty() || name.len() > 20 || !name[0].is_ascii_alphabetic() {
            continue;
        }
        at += usize::from(close) + name.len();
        if !close && (name.eq_ignore_ascii_case(b"style") || name.eq_ignore_ascii_case(b"script")) {
            at += find(&bytes[at..], b"</").unwrap_or(bytes.len() - at);
        }
        if TEXT_TAGS.iter().any(|tag| name.eq_ignore_ascii_case(tag)) {
            continue;
        }
        seen += 1;
        if seen > MAX_TAGS {
            break;
        }
        tags.push((name, close));
        fold(&mut tags);
    }
    if tags.is_empty() {
        return (String::new(), 0);
    }
    let mut text = Vec::new();
    for (name, close) in &tags {
        text.extend_from_slice(if *close { b"</" } else { b"<" });
        text.extend(name.iter().map(u8::to_ascii_lowercase));
    }
    let opened = tags.iter().filter(|(_, close)| !close).count();
    (short_hash(&[&text]), u32::try_from(opened).unwrap_or(u32::MAX))
}

/// Drops the last run of tags when the same run stands right before it.
fn fold(tags: &mut Vec<(&[u8], bool)>) {
    let length = tags.len();
    let same = |a: (&[u8], bool), b: (&[u8], bool)| a.1 == b.1 && a.0.eq_ignore_ascii_case(b.0);
    for run in 1..=MAX_RUN.min(length / 2) {
        if (0..run).rev().all(|n| same(tags[length - run + n], tags[length - 2 * run + n])) {
            tags.truncate(length - run);
            return;
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_values_and_repeats_do_not_matter() {
        let a = "<html><style>a<b</style><!-- <i> --><TABLE><tr><td>1</td></tr></TABLE></html>";
        let b = "<html><style></style><table width=5><tr><td>x<br>y</td></tr>\
                 <tr><td>2</td></tr><tr><td>3</td></tr></table></html>";
        assert_eq!(skeleton(a), skeleton(b));
        assert_eq!(skeleton(a).1, 5);
        assert_ne!(skeleton(a).0, skeleton("<html><table><tr><th></th></tr></table></html>").0);
        assert_eq!(skeleton("1 < 2"), (String::new(), 0));
        assert_eq!(skeleton(""), (String::new(), 0));
    }

    proptest! {
        #[test]
        fn repeats_fold(n in 1_usize..30, m in 1_usize..30) {
            let html = |n: usize| format!("<ul>{}</ul>", "<li><a></a></li>".repeat(n));
            prop_assert_eq!(skeleton(&html(n)), skeleton(&html(m)));
        }

        #[test]
        fn never_panics(html in "(<|</|a|style|>|!--|-->| |é|\\PC){0,60}") {
            skeleton(&html);
        }
    }
}
