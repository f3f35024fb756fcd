//! Who the sender claims to be: names, outlets and sites that the mail shows.

use std::collections::BTreeSet;
use std::net::IpAddr;

use demarche_core::{Message, UrlPlace};
use unicode_security::MixedScript;
use url::Url;

use crate::{domain, minhash, token};

/// Words kept of a persona.
const MAX_WORDS: usize = 40;
/// Domains kept.
const MAX_DOMAINS: usize = 20;
/// Lines of a signature that may claim an office.
const SIGNATURE_LINES: usize = 5;

/// Prefixes that mailers put before the subject of a reply or a forwarded mail.
const PREFIXES: [&str; 26] = [
    "re", "fw", "fwd", "aw", "wg", "sv", "vs", "vb", "antw", "antwort", "tr", "rif", "r", "i",
    "odp", "pd", "ynt", "ilt", "res", "enc", "rv", "ref", "doorst", "vl", "ha", "回复",
];

/// The subject without reply and forward prefixes, lower case, white space folded.
pub(crate) fn subject_key(subject: &str) -> String {
    let mut rest = subject.trim();
    while let Some((prefix, after)) = rest.split_once([':', '：']) {
        // `Re[2]:`, `Re (3):`, `RE^2:`
        let word = prefix.trim_end_matches(|c: char| {
            c.is_ascii_digit()
                || c.is_whitespace()
                || matches!(c, '[' | ']' | '(' | ')' | '^' | '*')
        });
        if !PREFIXES.contains(&word.to_lowercase().as_str()) {
            break;
        }
        rest = after.trim_start();
    }
    rest.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words of the display name and of the signature's first lines, in order, without
/// repeats. The signature stands after `-- `, or after a closing formula.
pub(crate) fn words(name: &str, text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let lines = std::iter::once(name).chain(signature(text));
    let words = lines.flat_map(|line| {
        line.split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().any(char::is_alphabetic) && word.chars().nth(1).is_some())
    });
    for word in words {
        let word: String = word.to_lowercase().chars().take(40).collect();
        if !out.contains(&word) {
            out.push(word);
            if out.len() == MAX_WORDS {
                break;
            }
        }
    }
    out
}

/// Beginnings of lines that close a letter, lower case.
const CLOSINGS: [&str; 26] = [
    "regards",
    "best regards",
    "kind regards",
    "warm regards",
    "many thanks",
    "best wishes",
    "best,",
    "sincerely",
    "yours sincerely",
    "yours faithfully",
    "yours truly",
    "cheers",
    "thanks,",
    "thank you,",
    "mit freundlichen",
    "freundliche gr",
    "viele gr",
    "beste gr",
    "cordialement",
    "bien cordialement",
    "bien à vous",
    "saludos",
    "un saludo",
    "atentamente",
    "cordiali saluti",
    "met vriendelijke",
];

fn signature(text: &str) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> =
        text.lines().filter(|line| !line.trim_start().starts_with('>')).take(5_000).collect();
    let closes = |line: &&str| {
        let line = line.trim();
        if line.len() > 60 {
            false
        } else if line.is_ascii() {
            let begins = |closing: &&str| {
                line.get(..closing.len()).is_some_and(|start| start.eq_ignore_ascii_case(closing))
            };
            CLOSINGS.iter().any(begins)
        } else {
            let lower = line.to_lowercase();
            CLOSINGS.iter().any(|closing| lower.starts_with(closing))
        }
    };
    let start = lines
        .iter()
        .position(|line| minhash::ends_the_letter(line))
        .or_else(|| lines.iter().rposition(closes))
        .map_or(lines.len(), |at| at + 1);
    let after = lines.into_iter().skip(start).map(str::trim).filter(|line| !line.is_empty());
    after.take(SIGNATURE_LINES).filter(|line| line.chars().count() <= 120)
}

/// Registrable domains that the mail shows and that are not the sender's: of texts on
/// links, and of addresses and sites written in the text. In order, without repeats.
pub(crate) fn claimed_domains(message: &Message, from_domain: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    let mut claim = |host: &str| {
        let domain = domain::registrable(host);
        let named = domain.parse::<IpAddr>().is_err() && !domain.starts_with('[');
        if named && out.len() < MAX_DOMAINS && domain != from_domain && seen.insert(domain.clone())
        {
            out.push(domain);
        }
    };
    for url in &message.urls {
        match url.place {
            UrlPlace::Href => shown_hosts(&url.shown, &mut claim),
            UrlPlace::Text => {
                if let Some(host) = Url::parse(&url.url).ok().as_ref().and_then(Url::host_str) {
                    claim(host);
                }
            }
            UrlPlace::Img | UrlPlace::Css | UrlPlace::Attached => {}
        }
    }
    for line in minhash::written(&message.text).into_iter().chain(signature(&message.text)) {
        if !line.contains('@') && !line.contains("www.") && !line.contains("WWW.") {
            continue;
        }
        for word in line.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';')) {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            if let Some((_, host)) = word.rsplit_once('@').filter(|_| token::is_email(word)) {
                claim(host);
            } else if let Some(host) = www_host(word) {
                claim(host);
            }
        }
    }
    out
}

/// `www.example.org/x` to its host.
fn www_host(word: &str) -> Option<&str> {
    let start = word.get(..4).filter(|start| start.eq_ignore_ascii_case("www."))?;
    let host = word.split(['/', '?', '#', ':']).next()?;
    (host.len() > start.len() && domain::is_host(host)).then_some(host)
}

/// Hosts in a link's text: URLs, addresses, and bare names when the public suffix list
/// knows their ending or nothing else is shown.
fn shown_hosts(shown: &str, claim: &mut dyn FnMut(&str)) {
    let alone = !shown.trim().contains(char::is_whitespace);
    for word in shown.split_whitespace() {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let after_scheme = word.split_once("://").map(|(_, rest)| rest);
        let rest = after_scheme.unwrap_or(word);
        let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        if !domain::is_host(host) {
            continue;
        }
        let address = rest.contains('@');
        let www = www_host(host).is_some();
        if after_scheme.is_some() || address || www || alone || domain::has_known_suffix(host) {
            claim(host);
        }
    }
}

/// Whether a name imitates another (UTS 39): a word that mixes scripts, a word in another
/// script beside Latin ones that looks all Latin, letters from the mathematical or
/// full-width blocks, or characters that are not seen.
pub(crate) fn is_confusable(name: &str) -> bool {
    if name.is_ascii() {
        return false;
    }
    let odd = |c: char| {
        matches!(c,
            '\u{1d400}'..='\u{1d7ff}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}' | '\u{00ad}' | '\u{feff}')
    };
    if name.chars().any(odd) {
        return true;
    }
    // Joiners belong to Arabic and Indic scripts and to emoji, not behind letters of ours.
    let european = |c: char| c.is_alphabetic() && c < '\u{590}';
    let joined = |(c, next): (char, char)| european(c) && matches!(next, '\u{200c}' | '\u{200d}');
    if name.chars().zip(name.chars().skip(1)).any(joined) {
        return true;
    }
    let words = || name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    if words().any(|word| !word.is_single_script()) {
        return true;
    }
    let latin = words().any(|word| word.chars().any(|c| c.is_ascii_alphabetic()));
    latin
        && words().any(|word| {
            word.chars().count() >= 3
                && word.chars().all(|c| !c.is_ascii() && c.is_alphabetic())
                && unicode_security::skeleton(word).all(|c| c.is_ascii_alphabetic())
        })
}

#[cfg(test)]
mod tests {
    use demarche_core::UrlSeen;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn subjects() {
        for (subject, want) in [
            ("Re: AW: Fwd:  The  Vote ", "the vote"),
            ("RE[2]: x", "x"),
            ("Reform: what next", "reform: what next"),
            ("re:", ""),
            ("", ""),
        ] {
            assert_eq!(subject_key(subject), want, "{subject}");
        }
    }

    #[test]
    fn persona() {
        let text = "Dear all,\nwords\n\nKind regards,\nJane Doe\nCorrespondent, The Daily Paper\n";
        assert_eq!(
            words("Jane Doe", text),
            ["jane", "doe", "correspondent", "the", "daily", "paper"]
        );
        assert_eq!(words("", "hi\n-- \nBob\n> quoted"), ["bob"]);
        assert_eq!(words("", "no signature here"), Vec::<String>::new());
    }

    #[test]
    fn domains() {
        let seen =
            |url: &str, place, shown: &str| UrlSeen { url: url.into(), place, shown: shown.into() };
        let message = Message {
            urls: vec![
                seen("https://t.org/1", UrlPlace::Href, "https://www.bank.example/login"),
                seen("https://t.org/2", UrlPlace::Href, "read more. Then go"),
                seen("https://t.org/3", UrlPlace::Href, "paper.co.uk"),
                seen("https://own.org/x", UrlPlace::Text, ""),
                seen("https://t.org/p.gif", UrlPlace::Img, ""),
                seen("https://a.press.org/x", UrlPlace::Text, ""),
            ],
            text: "write to desk@news.example, or see WWW.Site.org/x\n> old@quoted.org\n".into(),
            ..Message::default()
        };
        assert_eq!(
            claimed_domains(&message, "own.org"),
            ["bank.example", "paper.co.uk", "press.org", "news.example", "site.org"]
        );
    }

    #[test]
    fn confusables() {
        for (name, want) in [
            ("Jane Doe", false),
            ("Jürgen Müller", false),
            ("Иван Петров", false),
            ("山田 太郎", false),
            ("Иван Petrov", false),
            ("Pаypal", true),
            ("аррӏе Support", true),
            ("𝐁ank", true),
            ("Ba\u{200b}nk", true),
            ("Ba\u{200d}nk", true),
            ("Diet 🤸\u{200d}♂\u{fe0f}", false),
            ("می\u{200c}خواهم", false),
        ] {
            assert_eq!(is_confusable(name), want, "{name}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(name in "\\PC{0,40}", text in "(\\PC{0,20}\n){0,6}") {
            let _ = (subject_key(&name), words(&name, &text), is_confusable(&name));
            let message = Message { text, ..Message::default() };
            let _ = claimed_domains(&message, "a.org");
        }
    }
}
