//! URLs as they stood in a message: nothing is fetched, resolved or followed.

use std::collections::HashMap;

use demarche_core::{UrlPlace, UrlSeen};
use linkify::{LinkFinder, LinkKind};
use url::Url;

/// URLs kept of one message.
pub(super) const MAX_URLS: usize = 2_000;
/// URLs kept of the messages attached to one: who attaches many hides none of his own.
pub(super) const MAX_ATTACHED_URLS: usize = 500;
/// Bytes kept of one URL.
pub(super) const MAX_URL: usize = 4 << 10;
/// Characters kept of a link's shown text.
const MAX_SHOWN: usize = 200;

/// URLs in order, without repeats of the same URL in the same place.
#[derive(Default)]
pub(super) struct Urls {
    pub(super) seen: Vec<UrlSeen>,
    index: HashMap<(UrlPlace, String), usize>,
    base: Option<Url>,
    /// Whether what comes stands in an attached message.
    attached: bool,
    /// URLs left out because there were [`MAX_URLS`] already.
    pub(super) dropped: usize,
    /// Of attached messages: URLs kept, and left out.
    attached_kept: usize,
    pub(super) attached_dropped: usize,
    /// URLs cut to [`MAX_URL`].
    pub(super) cut: usize,
}

impl Urls {
    /// Says whether what comes stands in an attached message.
    pub(super) fn set_attached(&mut self, attached: bool) {
        self.attached = attached;
    }

    /// Sets what relative references of the present HTML part are relative to.
    pub(super) fn set_base(&mut self, base: Option<&str>) {
        self.base = base.and_then(|base| Url::parse(base.trim()).ok());
    }

    /// Takes an attribute's value, entities decoded. Returns the URL's index.
    pub(super) fn push(&mut self, raw: &str, place: UrlPlace) -> Option<usize> {
        let mut url = raw.trim().to_owned();
        if url.contains(['\t', '\n', '\r']) {
            // As browsers do (WHATWG URL, 4.4).
            url.retain(|c| !matches!(c, '\t' | '\n' | '\r'));
        }
        if !is_absolute(&url) {
            if let Some(rest) = url.strip_prefix("//").filter(|rest| rest.contains('.')) {
                url = format!("https://{rest}");
            } else {
                let base = self.base.as_ref()?;
                if url.is_empty() || url.starts_with('#') {
                    return None;
                }
                url = base.join(&url).ok()?.into();
                if !is_absolute(&url) {
                    return None;
                }
            }
        }
        if url.len() > MAX_URL {
            self.cut += 1;
            url.truncate(url.floor_char_boundary(MAX_URL));
        }
        let place = if self.attached { UrlPlace::Attached } else { place };
        let key = (place, url);
        if let Some(index) = self.index.get(&key) {
            return Some(*index);
        }
        if self.attached && self.attached_kept >= MAX_ATTACHED_URLS {
            self.attached_dropped += 1;
            return None;
        }
        if self.seen.len() >= MAX_URLS {
            self.dropped += 1;
            return None;
        }
        self.attached_kept += usize::from(self.attached);
        let index = self.seen.len();
        self.seen.push(UrlSeen { url: key.1.clone(), place, shown: String::new() });
        self.index.insert(key, index);
        Some(index)
    }

    /// Says what text a link showed; the first that is not empty stays.
    pub(super) fn show(&mut self, index: usize, text: &str) {
        let shown = &mut self.seen[index].shown;
        if shown.is_empty() {
            *shown = fold(text);
        }
    }

    /// Takes the URLs out of a plain text.
    pub(super) fn push_text(&mut self, text: &str) {
        if memchr::memmem::find(text.as_bytes(), b"://").is_none() {
            return;
        }
        let mut finder = LinkFinder::new();
        finder.kinds(&[LinkKind::Url]);
        for link in finder.links(text) {
            if is_absolute(link.as_str()) {
                self.push(link.as_str(), UrlPlace::Text);
            }
        }
    }

    /// Takes the `url(...)` and `@import` targets out of a style sheet.
    pub(super) fn push_css(&mut self, css: &str) {
        let mut rest = css;
        while let Some(at) = find_url_function(rest) {
            rest = rest[at..].trim_start();
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
            let inner = quote.map_or(rest, |q| &rest[q.len_utf8()..]);
            let end = match quote {
                Some(quote) => inner.find(quote),
                None => inner.find([')', ';', '}']),
            };
            let Some(end) = end else { break };
            self.push(&inner[..end], UrlPlace::Css);
            rest = &inner[end..];
        }
    }
}

/// Where the argument of the next `url(` or `@import ` begins.
fn find_url_function(css: &str) -> Option<usize> {
    let bytes = css.as_bytes();
    let ends = |at: usize, word: &[u8]| {
        at >= word.len() && bytes[at - word.len()..at].eq_ignore_ascii_case(word)
    };
    memchr::memchr2_iter(b'(', b' ', bytes).find_map(|at| {
        let hit = if bytes[at] == b'(' {
            ends(at, b"url")
        } else {
            ends(at, b"@import") && matches!(bytes.get(at + 1), Some(b'"' | b'\''))
        };
        hit.then_some(at + 1)
    })
}

fn is_absolute(url: &str) -> bool {
    let starts = |scheme: &str| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && url.len() > scheme.len()
    };
    starts("https://") || starts("http://") || starts("ftp://")
}

/// White space folded, at most [`MAX_SHOWN`] characters.
fn fold(text: &str) -> String {
    let mut out = String::new();
    let mut left = MAX_SHOWN;
    for word in text.split_whitespace() {
        if !out.is_empty() {
            if left == 0 {
                break;
            }
            out.push(' ');
            left -= 1;
        }
        for c in word.chars().take(left) {
            out.push(c);
            left -= 1;
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_bases_and_repeats() {
        let mut urls = Urls::default();
        assert_eq!(urls.push(" HTTP://a.org/x\n y", UrlPlace::Href), Some(0));
        assert_eq!(urls.push("//cdn.a.org/1", UrlPlace::Img), Some(1));
        assert_eq!(urls.push("mailto:x@y", UrlPlace::Href), None);
        assert_eq!(urls.push("rel/1.gif", UrlPlace::Img), None);
        urls.set_base(Some("https://b.org/d/"));
        urls.push("rel/1.gif", UrlPlace::Img);
        assert_eq!(urls.push("//cdn.a.org/1", UrlPlace::Img), Some(1));
        urls.push_text("see https://c.org/a_(b). Or <http://d.org>, not gopher://e.org");
        urls.push_css("a{background:URL( 'https://f.org/1.png' )} @import \"https://g.org/c\";");
        urls.push_css("b{background:url(https://h.org/2)}");
        let seen: Vec<_> = urls.seen.iter().map(|u| u.url.as_str()).collect();
        assert_eq!(
            seen,
            [
                "HTTP://a.org/x y",
                "https://cdn.a.org/1",
                "https://b.org/d/rel/1.gif",
                "https://c.org/a_(b)",
                "http://d.org",
                "https://f.org/1.png",
                "https://g.org/c",
                "https://h.org/2"
            ]
        );
    }

    #[test]
    fn attached_messages_leave_room() {
        let mut urls = Urls::default();
        urls.set_attached(true);
        for n in 0..MAX_URLS {
            urls.push(&format!("https://a/{n}"), UrlPlace::Href);
        }
        urls.set_attached(false);
        assert_eq!(urls.push("https://own.example/", UrlPlace::Href), Some(MAX_ATTACHED_URLS));
        assert_eq!((urls.attached_dropped, urls.dropped), (MAX_URLS - MAX_ATTACHED_URLS, 0));
    }

    #[test]
    fn bounds() {
        let mut urls = Urls::default();
        for n in 0..MAX_URLS + 5 {
            urls.push(&format!("https://a/{n}"), UrlPlace::Href);
        }
        assert_eq!((urls.seen.len(), urls.dropped), (MAX_URLS, 5));
        assert_eq!(fold(&"é ".repeat(300)).chars().count(), 199);
        let mut urls = Urls::default();
        urls.push(&format!("https://a/{}", "é".repeat(4000)), UrlPlace::Href);
        assert_eq!(urls.cut, 1);
        assert!(urls.seen[0].url.len() <= MAX_URL);
    }
}
