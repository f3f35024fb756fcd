//! HTML mail to text and URLs in one pass, without a tree.
//!
//! Not a browser: it follows the tokenizer of the HTML standard as far as mail needs
//! (13.2.5: comments, quoted attributes, raw text elements). Every pass over the input
//! goes forward, so the time is linear whatever is left open.

use demarche_core::UrlPlace;
use mail_parser::decoders::html::add_html_token;
use memchr::{memchr, memmem};

use super::urls::Urls;

/// Appends the text of `html` to `text` and its URLs to `urls`.
pub(super) fn read(html: &str, text: &mut String, urls: &mut Urls) {
    urls.set_base(None);
    let mut reader = Reader { text, urls, space: false, muted: false, link: None };
    reader.content(html);
    reader.end_link();
}

struct Reader<'r> {
    text: &'r mut String,
    urls: &'r mut Urls,
    /// White space is due before the next word.
    space: bool,
    /// Inside a conditional comment, which Outlook alone shows: URLs are taken (it
    /// loads them), text is not.
    muted: bool,
    /// The open link and where its shown text begins.
    link: Option<(usize, usize)>,
}

impl Reader<'_> {
    fn content(&mut self, html: &str) {
        let mut at = 0;
        while at < html.len() {
            let Some(open) = memchr(b'<', &html.as_bytes()[at..]) else {
                self.push(&html[at..]);
                break;
            };
            self.push(&html[at..at + open]);
            at += open;
            at += self.markup(&html[at..]);
        }
    }

    /// Handles what begins with `<`; returns its length, at least 1.
    fn markup(&mut self, rest: &str) -> usize {
        let bytes = rest.as_bytes();
        match bytes.get(1) {
            Some(b'!') => self.declaration(rest),
            Some(b'?') => memchr(b'>', bytes).map_or(rest.len(), |end| end + 1),
            Some(b'/') => {
                let end = memchr(b'>', bytes).map_or(rest.len(), |end| end + 1);
                let name = tag_name(&rest[2..]);
                if name.eq_ignore_ascii_case("a") {
                    self.end_link();
                }
                self.break_for(name);
                end
            }
            Some(c) if c.is_ascii_alphabetic() => self.element(rest),
            _ => {
                self.push("<");
                1
            }
        }
    }

    fn declaration(&mut self, rest: &str) -> usize {
        let bytes = rest.as_bytes();
        if !bytes.starts_with(b"<!--") {
            return memchr(b'>', bytes).map_or(rest.len(), |end| end + 1);
        }
        if self.muted {
            return 4;
        }
        if bytes.starts_with(b"<!-->") {
            return 5;
        }
        let end = memmem::find(&bytes[4..], b"-->").map_or(rest.len(), |end| 4 + end);
        if bytes.starts_with(b"<!--[if")
            && let Some(condition) = memmem::find(&bytes[..end], b"]>")
        {
            self.muted = true;
            self.content(&rest[condition + 2..end]);
            self.muted = false;
        }
        (end + 3).min(rest.len())
    }

    fn element(&mut self, rest: &str) -> usize {
        let name = tag_name(&rest[1..]);
        let mut attributes = Attributes { rest: &rest[1 + name.len()..], closed: false };
        let kind = Kind::of(name);
        let mut refresh = false;
        let mut content = "";
        for (attribute, value) in attributes.by_ref() {
            let is = |known: &str| attribute.eq_ignore_ascii_case(known);
            if is("style") {
                if memchr(b'(', value.as_bytes()).is_some() {
                    let decoded = decode(value);
                    self.urls.push_css(&decoded);
                }
            } else if is("href") {
                self.href(kind, value);
            } else if is("src") || is("background") || is("poster") || is("lowsrc") {
                self.urls.push(&decode(value), UrlPlace::Img);
            } else if is("srcset") {
                for candidate in decode(value).split(", ") {
                    if let Some(url) = candidate.split_whitespace().next() {
                        self.urls.push(url.trim_end_matches(','), UrlPlace::Img);
                    }
                }
            } else if is("action") || is("formaction") {
                self.urls.push(&decode(value), UrlPlace::Href);
            } else if is("http-equiv") {
                refresh = value.eq_ignore_ascii_case("refresh");
            } else if is("content") {
                content = value;
            }
        }
        if refresh && kind == Kind::Meta {
            let content = decode(content);
            let target = content.split_once('=').map(|(_, url)| url.trim_matches(['\'', '"', ' ']));
            if let Some(target) = target {
                self.urls.push(target, UrlPlace::Href);
            }
        }
        self.break_for(name);
        let end = rest.len() - attributes.rest.len();
        if kind == Kind::Raw { end + self.raw_text(name, &rest[end..]) } else { end }
    }

    fn href(&mut self, kind: Kind, value: &str) {
        let value = decode(value);
        match kind {
            Kind::Base => self.urls.set_base(Some(&value)),
            // A style sheet or icon: loaded when the mail is shown.
            Kind::Link => {
                self.urls.push(&value, UrlPlace::Css);
            }
            _ => {
                self.end_link();
                let index = self.urls.push(&value, UrlPlace::Href);
                self.link = index.map(|index| (index, self.text.len()));
            }
        }
    }

    fn end_link(&mut self) {
        if let Some((index, start)) = self.link.take() {
            self.urls.show(index, self.text.get(start..).unwrap_or_default());
        }
    }

    /// Passes the content of `script`, `style` and `title` by; takes the URLs of a style
    /// sheet. Returns the length up to the closing tag.
    fn raw_text(&mut self, name: &str, rest: &str) -> usize {
        let bytes = rest.as_bytes();
        let closes = |at: &usize| {
            bytes.get(at + 1) == Some(&b'/')
                && bytes
                    .get(at + 2..at + 2 + name.len())
                    .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        };
        let end = memchr::memchr_iter(b'<', bytes).find(closes).unwrap_or(rest.len());
        if name.eq_ignore_ascii_case("style") {
            self.urls.push_css(&rest[..end]);
        }
        end
    }

    fn break_for(&mut self, name: &str) {
        if self.muted {
            return;
        }
        match Kind::of(name) {
            Kind::Block => {
                self.space = false;
                if !self.text.is_empty() && !self.text.ends_with('\n') {
                    self.text.push('\n');
                }
            }
            Kind::Cell => self.space = true,
            _ => {}
        }
    }

    /// Appends text, white space folded and entities decoded.
    fn push(&mut self, mut chunk: &str) {
        if self.muted {
            return;
        }
        let stop = |b: &u8| b.is_ascii_whitespace() || *b == b'&' || *b == 0xc2;
        while let Some(first) = chunk.as_bytes().first() {
            if first.is_ascii_whitespace() {
                self.space = true;
                chunk = &chunk[1..];
            } else if let Some(rest) = chunk.strip_prefix('\u{a0}') {
                self.space = true;
                chunk = rest;
            } else if let Some(length) = entity_length(chunk) {
                let mut decoded = String::new();
                add_html_token(&mut decoded, &chunk.as_bytes()[..length], false);
                if decoded.trim().is_empty() {
                    self.space = true;
                } else {
                    self.word(&decoded);
                }
                chunk = &chunk[length..];
            } else {
                // At least one character, then up to the next that may need a look.
                let first = chunk.chars().next().map_or(1, char::len_utf8);
                let more = chunk.as_bytes()[first..].iter().position(stop);
                let end = more.map_or(chunk.len(), |more| first + more);
                self.word(&chunk[..end]);
                chunk = &chunk[end..];
            }
        }
    }

    fn word(&mut self, word: &str) {
        if self.space && !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push(' ');
        }
        self.space = false;
        self.text.push_str(word);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Inline,
    Block,
    Cell,
    Raw,
    Base,
    Link,
    Meta,
}

impl Kind {
    fn of(name: &str) -> Self {
        let mut lower = [0; 10];
        let Some(lower) = lower.get_mut(..name.len()) else { return Self::Inline };
        lower.copy_from_slice(name.as_bytes());
        lower.make_ascii_lowercase();
        match &*lower {
            b"p" | b"div" | b"br" | b"tr" | b"li" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5"
            | b"h6" | b"table" | b"ul" | b"ol" | b"hr" | b"blockquote" | b"section"
            | b"article" | b"header" | b"footer" | b"pre" | b"center" | b"dl" | b"dt" | b"dd"
            | b"option" | b"body" | b"form" => Self::Block,
            b"td" | b"th" => Self::Cell,
            b"base" => Self::Base,
            b"link" => Self::Link,
            b"meta" => Self::Meta,
            b"script" | b"style" | b"title" => Self::Raw,
            _ => Self::Inline,
        }
    }
}

fn tag_name(rest: &str) -> &str {
    let good = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-');
    &rest[..rest.as_bytes().iter().position(|b| !good(b)).unwrap_or(rest.len())]
}

/// Name and raw value of each attribute, up to and with the tag's `>`.
struct Attributes<'h> {
    rest: &'h str,
    closed: bool,
}

impl<'h> Iterator for Attributes<'h> {
    type Item = (&'h str, &'h str);

    fn next(&mut self) -> Option<(&'h str, &'h str)> {
        if self.closed {
            return None;
        }
        let skip = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'/' | b'"' | b'\'' | b'=');
        let bytes = self.rest.as_bytes();
        let start = bytes.iter().position(|b| !skip(b)).unwrap_or(bytes.len());
        let end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'=' | b'>' | b'/');
        let length = bytes[start..].iter().position(end).unwrap_or(bytes.len() - start);
        if length == 0 {
            // `>` or the end.
            self.rest = self.rest.get(start + 1..).unwrap_or("");
            self.closed = true;
            return None;
        }
        let name = &self.rest[start..start + length];
        let after = self.rest[start + length..].trim_ascii_start();
        let Some(value) = after.strip_prefix('=') else {
            self.rest = after;
            return Some((name, ""));
        };
        let value = value.trim_ascii_start();
        let (value, rest) = match value.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => {
                let inner = &value[1..];
                match memchr(*quote, inner.as_bytes()) {
                    Some(end) => (&inner[..end], &inner[end + 1..]),
                    None => (inner, ""),
                }
            }
            _ => {
                let stop = |b: &u8| b.is_ascii_whitespace() || *b == b'>';
                let end = value.as_bytes().iter().position(stop).unwrap_or(value.len());
                value.split_at(end)
            }
        };
        self.rest = rest;
        Some((name, value))
    }
}

/// Length of the entity that `text` begins with, `;` included.
fn entity_length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('&')?.as_bytes();
    let end = inner.iter().take(32).position(|b| *b == b';')?;
    let good = |b: &u8| b.is_ascii_alphanumeric() || *b == b'#';
    (end > 0 && inner[..end].iter().all(good)).then_some(end + 2)
}

/// Entities of an attribute's value decoded.
fn decode(value: &str) -> std::borrow::Cow<'_, str> {
    if memchr(b'&', value.as_bytes()).is_none() {
        return value.into();
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = entity_length(rest).unwrap_or(1);
        add_html_token(&mut out, &rest.as_bytes()[..length], false);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(html: &str) -> (String, Vec<String>) {
        let mut text = String::new();
        let mut urls = Urls::default();
        read(html, &mut text, &mut urls);
        let urls = urls.seen.iter().map(|u| format!("{:?} {} {}", u.place, u.url, u.shown));
        (text, urls.collect())
    }

    #[test]
    fn text() {
        for (html, want) in [
            ("<p>a  b<br>c</p><p>d &amp; e&nbsp;f", "a b\nc\nd & e f"),
            ("<style>x{}</style><title>t</title>y<script>a<b</script>z", "yz"),
            ("a<!-- b > c -->d", "ad"),
            ("1 < 2 &unknown; &#233;&#x41;", "1 < 2 &unknown; éA"),
            ("<td>a</td><td>b</td>", "a b"),
            ("<!--[if mso]><p>only outlook</p><![endif]-->all", "all"),
            ("<!--[if !mso]><!-->all<!--<![endif]-->", "all"),
            ("<!--[if !gte mso 9]><!---->all<!--<![endif]-->", "all"),
            ("<!--[if a]><!--[if b]>c--> all <![endif]-->", "all"),
            ("<a title='x > y'>z</a>", "z"),
            ("x<", "x<"),
            ("é\u{a0}ü", "é ü"),
            ("<", "<"),
        ] {
            assert_eq!(run(html).0, want, "{html}");
        }
    }

    #[test]
    fn urls() {
        let (_, urls) = run("<a href='https://a.org/?x=1&amp;y=2'>Read\n <b>more</b></a>\
             <img src=https://b.org/p.gif width=1><table background=\"http://c.org/b\">\
             <img srcset='https://d.org/1 1x, https://d.org/2 2x'>\
             <div style=\"background:url('https://e.org/i')\">\
             <style>@import url(https://f.org/s);</style>\
             <meta http-equiv=refresh content='0; url=https://g.org/r'>\
             <form action=https://h.org/f><a href=https://a.org/?x=1&amp;y=2>again</a>\
             <!--[if mso]><v:fill src='https://i.org/o'/><![endif]--><a href=\"https://open.org");
        assert_eq!(
            urls,
            [
                "Href https://a.org/?x=1&y=2 Read more",
                "Img https://b.org/p.gif ",
                "Img http://c.org/b ",
                "Img https://d.org/1 ",
                "Img https://d.org/2 ",
                "Css https://e.org/i ",
                "Css https://f.org/s ",
                "Href https://g.org/r ",
                "Href https://h.org/f ",
                "Img https://i.org/o ",
                "Href https://open.org "
            ]
        );
    }

    proptest! {
        #[test]
        fn never_panics(html in "(<a href=|<img src='|https://x/|>|<!--|-->|\"|&amp;|&#|;|<style>|url\\(|é|\u{a0}|</| |\n|<!--\\[if|\\]>){0,60}") {
            run(&html);
        }

        #[test]
        fn never_panics_on_text(html in "\\PC{0,200}") {
            run(&html);
        }
    }
}
