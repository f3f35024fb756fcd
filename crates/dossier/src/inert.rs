//! Strings from evidence made inert: subjects, names, addresses and URLs are written by
//! the attacker.
//!
//! Markup is escaped by the HTML templates. What escaping does not touch is done here:
//! control, bidirectional and invisible characters are made visible (Unicode TR 36 and
//! "Trojan Source", CVE-2021-42574), long text is cut and says so, and URLs are defanged
//! (`hxxps://host[.]example`) so that no viewer, PDF reader or chat turns them into a
//! link: opening one tells the attacker.

/// Text of at most `most` characters, every character visible, URLs defanged.
#[must_use]
pub fn inert(text: &str, most: usize) -> String {
    cut(&defang(&visible(text)), most)
}

/// Like [`inert`] for an address or host name: its dots cannot be linked either.
#[must_use]
pub fn host(text: &str, most: usize) -> String {
    cut(&visible(text).replace('.', "[.]"), most)
}

/// Mail addresses in a text, sorted: somebody's, whoever it is.
pub(crate) fn addresses(text: &str) -> Vec<String> {
    let inside = |c: char| c.is_alphanumeric() || "._%+-@".contains(c);
    let mut found: Vec<String> = text
        .split(|c: char| !inside(c))
        .map(|word| word.trim_matches(['.', '-']))
        .filter(|word| word.split_once('@').is_some_and(|(a, b)| !a.is_empty() && b.contains('.')))
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    found
}

fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => shown.push(' '),
            c if hidden(c) => shown.push_str(&format!("\u{27e8}U+{:04X}\u{27e9}", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown
}

/// Control characters, bidirectional controls, and characters without a glyph.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0x00ad | 0x034f | 0x061c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f
            | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164
            | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb
            | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
}

/// Schemes that a viewer may act on, and what they become.
const SCHEMES: [(&str, &str); 8] = [
    ("https:", "hxxps:"),
    ("http:", "hxxp:"),
    ("ftps:", "fxps:"),
    ("ftp:", "fxp:"),
    ("javascript:", "javascript[:]"),
    ("vbscript:", "vbscript[:]"),
    ("data:", "data[:]"),
    ("file:", "file[:]"),
];

fn defang(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    let mut host = false;
    let mut inside_word = false;
    while let Some(c) = rest.chars().next() {
        let scheme = SCHEMES.iter().find(|(scheme, _)| {
            let here = rest.get(..scheme.len()).is_some_and(|h| h.eq_ignore_ascii_case(scheme));
            // "metadata:" is a word; "xhttp:" may still be linked from the h on.
            here && (scheme.starts_with(['h', 'f']) && *scheme != "file:" || !inside_word)
        });
        inside_word = c.is_alphanumeric();
        if let Some((scheme, replaced)) = scheme {
            safe.push_str(replaced);
            rest = &rest[scheme.len()..];
            if let Some(after) = rest.strip_prefix("//") {
                safe.push_str("//");
                rest = after;
                host = true;
            }
            continue;
        }
        if rest.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("www.")) {
            host = true;
        }
        if host && (c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '<' | '>' | ')')) {
            host = false;
        }
        if host && c == '.' {
            safe.push_str("[.]");
        } else {
            safe.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    safe
}

fn cut(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most).collect();
    format!("{}\u{2026} [cut, {length} characters]", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_show() {
        assert_eq!(inert("a\u{202e}b\0c\u{200b}", 99), "a⟨U+202E⟩b⟨U+0000⟩c⟨U+200B⟩");
        assert_eq!(inert("line\r\nbreak", 99), "line  break");
        assert_eq!(inert("Ünïcode ست", 99), "Ünïcode ست");
    }

    #[test]
    fn urls_cannot_be_followed() {
        assert_eq!(
            inert("see HTTPS://a.evil.example/x.gif now", 99),
            "see hxxps://a[.]evil[.]example/x.gif now"
        );
        assert_eq!(inert("JavaScript:alert(1)", 99), "javascript[:]alert(1)");
        assert_eq!(inert("metadata: none", 99), "metadata: none");
        assert_eq!(inert("www.evil.example/a.b", 99), "www[.]evil[.]example/a.b");
        assert_eq!(inert("the end. http:", 99), "the end. hxxp:");
        assert_eq!(host("x@evil.example", 99), "x@evil[.]example");
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        let text = inert(&"ä".repeat(500), 10);
        assert!(text.starts_with("ääääääääää…") && text.contains("500"), "{text}");
    }
}
