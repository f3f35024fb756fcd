//! URLs taken apart into the template that a burst shares and the pieces that vary.
//!
//! A template keeps the registrable domain, fixed words of the path and the names of the
//! parameters, sorted; whatever [`token::classify`] holds for made-up becomes its class.
//! Values of parameters always become a class: a name says what a value is for, a value
//! says whom it is for.

use demarche_core::{UrlFeature, UrlPlace};
use url::Url;

use crate::{domain, token};

/// Pieces kept of one URL, and bytes kept of each.
const MAX_TOKENS: usize = 40;
const MAX_TOKEN: usize = 512;

/// Hosts whose URLs name a document type or a namespace and lead nowhere.
const NAMESPACES: [&str; 4] =
    ["www.w3.org", "schemas.microsoft.com", "schemas.openxmlformats.org", "schemas.live.com"];

/// The features of a URL; `None` when it is none, has no host, or names a namespace.
#[must_use]
pub fn url_feature(url: &str, place: UrlPlace) -> Option<UrlFeature> {
    let parsed = Url::parse(url.trim()).ok()?;
    let host = parsed.host_str()?.trim_end_matches('.').to_lowercase();
    if host.is_empty() || NAMESPACES.contains(&host.as_str()) {
        return None;
    }
    let domain = domain::registrable(&host);
    let mut tokens = Vec::new();
    let host_template = host_template(&host, &domain, &mut tokens);
    let mut grammar = String::new();
    path_template(parsed.path(), &mut grammar, &mut tokens);
    query_template(parsed.query().unwrap_or_default(), &mut grammar, &mut tokens);
    if let Some(fragment) = parsed.fragment().filter(|f| !f.is_empty()) {
        grammar.push('#');
        fragment_template(fragment, &mut grammar, &mut tokens);
    }
    tokens.truncate(MAX_TOKENS);
    Some(UrlFeature {
        url: url.to_owned(),
        place,
        template: format!("{host_template}{grammar}"),
        host,
        domain,
        grammar,
        tokens,
    })
}

/// Labels before the registrable domain are judged like pieces of a path.
fn host_template(host: &str, domain: &str, tokens: &mut Vec<String>) -> String {
    let Some(labels) = host.strip_suffix(domain).filter(|labels| !labels.is_empty()) else {
        return host.to_owned();
    };
    let labels = labels.split('.').map(|label| match token::classify(label) {
        Some(class) => {
            keep(tokens, &class, label);
            class
        }
        None => label.to_owned(),
    });
    format!("{}{domain}", labels.collect::<Vec<_>>().join("."))
}

fn path_template(path: &str, out: &mut String, tokens: &mut Vec<String>) {
    let segments: Vec<String> = path.split('/').skip(1).map(decode).collect();
    let mut at = 0;
    while at < segments.len() {
        out.push('/');
        let dated = date_segments(&segments[at..]);
        if dated > 0 {
            out.push_str("{date}");
            at += dated;
            continue;
        }
        segment_template(&segments[at], out, tokens);
        at += 1;
    }
}

/// How many segments make a date: `2024/03/26`, `2024/03`; a year alone is a word.
fn date_segments(segments: &[String]) -> usize {
    let number = |at: usize, most: u32| {
        segments.get(at).is_some_and(|text| {
            (1..=2).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_digit())
                && (1..=most).contains(&text.parse().unwrap_or(0))
        })
    };
    match segments.first() {
        Some(year) if token::is_year(year) && number(1, 12) => 2 + usize::from(number(2, 31)),
        _ => 0,
    }
}

/// One segment: `name=value` pairs, a piece with an ending, a slug with an id in it.
fn segment_template(segment: &str, out: &mut String, tokens: &mut Vec<String>) {
    if token::is_year(segment) {
        out.push_str(segment);
        return;
    }
    if let Some(class) = token::classify(segment) {
        keep(tokens, &class, segment);
        out.push_str(&class);
        return;
    }
    if segment.contains('=') && !segment.trim_end_matches('=').is_empty() {
        for (nth, pair) in segment.split([';', '&']).enumerate() {
            if nth > 0 {
                out.push(';');
            }
            match pair.split_once('=') {
                Some((name, value)) if !value.is_empty() => {
                    out.push_str(&name_template(name));
                    out.push('=');
                    out.push_str(&value_class(value, tokens));
                }
                _ => pieces_template(pair, out, tokens),
            }
        }
        return;
    }
    if let Some((stem, ending)) = segment.rsplit_once('.')
        && (1..=5).contains(&ending.len())
        && ending.bytes().all(|b| b.is_ascii_alphanumeric())
        && ending.bytes().any(|b| b.is_ascii_alphabetic())
    {
        match token::classify(stem) {
            Some(class) if !token::is_year(stem) => {
                keep(tokens, &class, stem);
                out.push_str(&class);
            }
            _ => pieces_template(stem, out, tokens),
        }
        out.push('.');
        out.push_str(ending);
        return;
    }
    pieces_template(segment, out, tokens);
}

/// A slug as it stands, but with the ids in it classed: `story-68123456`. Numbers of up
/// to four digits are part of the text.
fn pieces_template(slug: &str, out: &mut String, tokens: &mut Vec<String>) {
    let separator =
        |c: char| matches!(c, '-' | '_' | '.' | ',' | '~' | ':' | '!' | '(' | ')' | ' ');
    let mut rest = slug;
    while !rest.is_empty() {
        let end = rest.find(separator).unwrap_or(rest.len());
        let piece = &rest[..end];
        let short_number = piece.len() <= 4 && piece.bytes().all(|b| b.is_ascii_digit());
        match token::classify(piece).filter(|_| !short_number) {
            Some(class) => {
                keep(tokens, &class, piece);
                out.push_str(&class);
            }
            None => out.push_str(piece),
        }
        rest = &rest[end..];
        if let Some(c) = rest.chars().next() {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
}

fn query_template(query: &str, out: &mut String, tokens: &mut Vec<String>) {
    if query.is_empty() {
        return;
    }
    let mut pairs: Vec<String> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        // A plain text part made from HTML source.
        let pair = pair.strip_prefix("amp;").unwrap_or(pair);
        pairs.push(match pair.split_once('=') {
            Some((name, value)) => {
                format!("{}={}", name_template(&decode(name)), value_class(&decode(value), tokens))
            }
            // `?token` without a name is a value.
            None => match token::classify(&decode(pair)) {
                Some(class) => {
                    keep(tokens, &class, &decode(pair));
                    class
                }
                None => decode(pair),
            },
        });
    }
    pairs.sort();
    out.push('?');
    out.push_str(&pairs.join("&"));
}

fn fragment_template(fragment: &str, out: &mut String, tokens: &mut Vec<String>) {
    for (nth, piece) in fragment.split('/').enumerate() {
        if nth > 0 {
            out.push('/');
        }
        segment_template(&decode(piece), out, tokens);
    }
}

/// A parameter's name, unless it is itself made up.
fn name_template(name: &str) -> String {
    token::classify(name).unwrap_or_else(|| name.to_owned())
}

/// A value's class; `{url}`, `{word}` and `{text}` for what is none of the token classes.
fn value_class(value: &str, tokens: &mut Vec<String>) -> String {
    if value.is_empty() {
        return String::new();
    }
    let class = token::classify(value).unwrap_or_else(|| {
        let class = if value.contains("://") || value.starts_with("www.") {
            "{url}"
        } else if value.contains(char::is_whitespace) {
            "{text}"
        } else {
            "{word}"
        };
        class.to_owned()
    });
    keep(tokens, &class, value);
    class
}

fn keep(tokens: &mut Vec<String>, class: &str, piece: &str) {
    if token::is_token(class) && tokens.len() < MAX_TOKENS {
        tokens.push(piece[..piece.floor_char_boundary(MAX_TOKEN)].to_owned());
    }
}

/// Percent-encoding undone; `+` stays.
fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |at: usize| bytes.get(at).and_then(|b| (*b as char).to_digit(16));
        match (bytes[at], hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high << 4 | low).unwrap_or(b'?'));
                at += 3;
            }
            (byte, _, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    let text = String::from_utf8_lossy(&out);
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn table() {
        for (url, template, tokens) in [
            (
                "https://t.Example.org/o/d41d8cd98f00b204e9800998ecf8427e.gif?u=17",
                "t.example.org/o/{hex32}.gif?u={num}",
                "d41d8cd98f00b204e9800998ecf8427e 17",
            ),
            (
                "https://n.org/news/2024/03/election-results",
                "n.org/news/{date}/election-results",
                "",
            ),
            ("https://n.org/2024/03/26/the-vote", "n.org/{date}/the-vote", ""),
            ("https://n.org/archive/2024", "n.org/archive/2024", ""),
            ("https://n.org/story-68123456", "n.org/story-{num}", "68123456"),
            ("https://n.org/open-3f2a9c01d4.png", "n.org/open-{hex10}.png", "3f2a9c01d4"),
            ("https://aB3xZ9.t.example.org/", "{id6}.t.example.org/", "ab3xz9"),
            ("https://x7k2m9q4.t.example.org/a", "{id8}.t.example.org/a", "x7k2m9q4"),
            ("https://e.org/c?z=1&a=word&b=", "e.org/c?a={word}&b=&z={num}", "1 word"),
            ("https://e.org/c?z=1&amp;a=2", "e.org/c?a={num}&z={num}", "1 2"),
            ("https://e.org/i/bg_232850.gif", "e.org/i/bg_{num}.gif", "232850"),
            ("https://e.org/u/ann%40house.example", "e.org/u/{email}", "ann@house.example"),
            ("https://e.org/?to=https%3A%2F%2Fa.org", "e.org/?to={url}", "https://a.org"),
            ("https://e.org/p;jsessionid=A1B2C3D4", "e.org/p;jsessionid={hex8}", "A1B2C3D4"),
            ("https://e.org/x#aB3xZ9kQ", "e.org/x#{id8}", "aB3xZ9kQ"),
            ("http://192.0.2.7/a", "192.0.2.7/a", ""),
            ("https://e.org/a?dQw4w9WgXcQ", "e.org/a?{id11}", "dQw4w9WgXcQ"),
        ] {
            let feature = url_feature(url, UrlPlace::Href).unwrap();
            assert_eq!(feature.template, template, "{url}");
            assert_eq!(feature.tokens.join(" "), tokens, "{url}");
            assert!(feature.template.ends_with(&feature.grammar));
        }
        assert!(url_feature("mailto:a@b", UrlPlace::Href).is_none());
        assert!(url_feature("http://www.w3.org/1999/xhtml", UrlPlace::Href).is_none());
    }

    proptest! {
        #[test]
        fn one_burst_one_template(a in "[0-9a-f]{31}[0-9]", b in "[0-9a-f]{31}[0-9]", n in 0_u32..10_000_000, m in 0_u32..10_000_000) {
            let url = |hex: &str, n: u32| format!("https://t.example.org/o/{hex}?c={n}&k=x");
            let one = url_feature(&url(&a, n), UrlPlace::Img).unwrap();
            let two = url_feature(&url(&b, m + 100_000_000), UrlPlace::Img).unwrap();
            prop_assert_eq!(&one.grammar, &two.grammar);
            prop_assert_eq!(&one.tokens[0], &a);
        }

        #[test]
        fn order_of_parameters_does_not_matter(names in proptest::collection::btree_set("[a-e]{1,3}", 1..5)) {
            let pairs: Vec<String> = names.iter().map(|n| format!("{n}=1")).collect();
            let there = format!("https://a.org/?{}", pairs.join("&"));
            let back = format!("https://a.org/?{}", pairs.iter().rev().cloned().collect::<Vec<_>>().join("&"));
            let template = |url: &str| url_feature(url, UrlPlace::Href).unwrap().template;
            prop_assert_eq!(template(&there), template(&back));
        }

        #[test]
        fn never_panics(rest in "\\PC{0,80}") {
            let _ = url_feature(&format!("https://a.org/{rest}"), UrlPlace::Text);
            let _ = url_feature(&rest, UrlPlace::Text);
        }
    }
}
