//! Message catalogues: what a dossier says, in English, German and French.
//!
//! As with gettext, the English sentence is the key and `catalogue/de.json` and `fr.json`
//! hold the others; a sentence that a catalogue lacks stays English. Placeholders are named,
//! `{count}`, so that a language can order them its own way. A key with a plural holds both
//! forms, `one|many`; what follows `#` in a key tells uses of one word apart (German cases)
//! and is never shown. A test holds both catalogues to every key in the sources.
//!
//! The language is that of the scope ([`with`]): sentences are put together in hundreds of
//! places that have no other need to know it. Each output opens one scope at its entry, on
//! its own thread.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Languages that dossiers speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    #[default]
    En,
    De,
    Fr,
}

impl Language {
    /// By its code; English for any other.
    pub(crate) fn of(code: &str) -> Self {
        match code {
            "de" => Self::De,
            "fr" => Self::Fr,
            _ => Self::En,
        }
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
        }
    }
}

type Messages = BTreeMap<String, String>;

static DE: LazyLock<Messages> = LazyLock::new(|| read(include_str!("../catalogue/de.json")));
static FR: LazyLock<Messages> = LazyLock::new(|| read(include_str!("../catalogue/fr.json")));

fn read(text: &str) -> Messages {
    serde_json::from_str(text).expect("invariant: a test reads the catalogues that are built in")
}

thread_local! {
    static CURRENT: Cell<Language> = const { Cell::new(Language::En) };
}

/// Runs `make` in `language`.
pub(crate) fn with<T>(language: Language, make: impl FnOnce() -> T) -> T {
    struct Restore(Language);
    impl Drop for Restore {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }
    let _restore = Restore(CURRENT.replace(language));
    make()
}

/// The language of the scope.
pub(crate) fn current() -> Language {
    CURRENT.get()
}

fn messages() -> Option<&'static Messages> {
    match current() {
        Language::En => None,
        Language::De => Some(&DE),
        Language::Fr => Some(&FR),
    }
}

/// A message in the language of the scope.
pub(crate) fn tr(key: &str) -> Cow<'_, str> {
    match messages().and_then(|messages| messages.get(key)) {
        Some(message) => Cow::Borrowed(message.as_str()),
        None => Cow::Borrowed(key.split('#').next().unwrap_or(key)),
    }
}

/// A message of one or of many, by the language's own rule.
pub(crate) fn plural(number: usize, one: &str, many: &str) -> String {
    let key = format!("{one}|{many}");
    // Not through `tr`, which would cut both forms at the first form's `#`.
    let message = messages().and_then(|messages| messages.get(&key)).unwrap_or(&key);
    let singular = match current() {
        Language::Fr => number < 2,
        Language::En | Language::De => number == 1,
    };
    let (one, many) = message.split_once('|').unwrap_or((message, message));
    let form = if singular { one } else { many };
    form.split('#').next().unwrap_or(form).to_owned()
}

/// Puts values into the placeholders of a message; one that is not named stays.
pub(crate) fn fill(message: &str, values: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(message.len() + 64);
    let mut rest = message;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let value = after.find('}').and_then(|end| {
            let found = values.iter().find(|(name, _)| *name == &after[..end]);
            found.map(|(_, value)| (value, end))
        });
        match value {
            Some((value, end)) => {
                out.push_str(value);
                rest = &after[end + 1..];
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// A message with its placeholders filled: `say!("{count} of {all}", count = 1, all = 2)`.
macro_rules! say {
    ($key:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::catalogue::fill(
            &$crate::catalogue::tr($key),
            &[$((stringify!($name), $value.to_string())),*],
        )
    };
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys as the sources have them: the first literal of `tr(`, `say!(`, and both of
    /// `plural(` and `words::count(`.
    fn keys() -> Vec<String> {
        let mut keys = Vec::new();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for path in crate::files::tree(&root).unwrap() {
            let skipped = ["tests.rs", "sample.rs", "tamper.rs", "catalogue.rs"];
            if !path.ends_with(".rs") || skipped.iter().any(|name| path.ends_with(name)) {
                continue;
            }
            let bytes = crate::files::read_bounded(&root.join(&path), 1 << 22).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            for (call, literals) in [("tr(", 1), ("say!(", 1), ("plural(", 2), ("count(", 2)] {
                for (at, _) in text.match_indices(call) {
                    let before = text[..at].chars().next_back().unwrap_or(' ');
                    if before.is_alphanumeric() || before == '_' {
                        continue;
                    }
                    let found = strings(&text[at + call.len()..], literals);
                    if found.len() == literals {
                        keys.push(found.join("|"));
                    }
                }
            }
        }
        keys.sort();
        keys.dedup();
        keys
    }

    /// The first `n` string literals before the call ends, escapes resolved.
    fn strings(text: &str, n: usize) -> Vec<String> {
        let (mut found, mut depth, mut rest) = (Vec::new(), 1_i32, text);
        while found.len() < n && depth > 0 && !rest.is_empty() {
            let c = rest.chars().next().unwrap();
            rest = &rest[c.len_utf8()..];
            match c {
                '(' | '{' | '[' => depth += 1,
                ')' | '}' | ']' | ';' => depth -= 1,
                '"' => {
                    let (literal, after) = literal(rest);
                    found.push(literal);
                    rest = after;
                }
                _ => {}
            }
        }
        found
    }

    fn literal(text: &str) -> (String, &str) {
        let mut out = String::new();
        let mut chars = text.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => return (out, &text[at + 1..]),
                '\\' => match chars.next().unwrap().1 {
                    '\n' => {
                        let rest = chars.as_str();
                        let trimmed = rest.trim_start();
                        for _ in 0..rest.chars().count() - trimmed.chars().count() {
                            chars.next();
                        }
                    }
                    'n' => out.push('\n'),
                    'u' => {
                        let hex: String =
                            chars.by_ref().map(|(_, c)| c).take_while(|c| *c != '}').collect();
                        let code = u32::from_str_radix(hex.trim_start_matches('{'), 16).unwrap();
                        out.push(char::from_u32(code).unwrap());
                    }
                    other => out.push(other),
                },
                c => out.push(c),
            }
        }
        (out, "")
    }

    #[test]
    fn both_catalogues_hold_every_message() {
        let keys = keys();
        assert!(keys.len() > 150, "{}", keys.len());
        for (language, messages) in [("de", &*DE), ("fr", &*FR)] {
            let missing: Vec<_> = keys.iter().filter(|key| !messages.contains_key(*key)).collect();
            assert!(missing.is_empty(), "{language} lacks {}: {missing:#?}", missing.len());
            for (key, message) in messages {
                let holes = |text: &str| -> std::collections::BTreeSet<String> {
                    text.split('{')
                        .skip(1)
                        .filter_map(|p| p.split_once('}'))
                        .map(|p| p.0.to_owned())
                        .collect()
                };
                assert_eq!(holes(key), holes(message), "{language}: {key}");
                assert_eq!(key.contains('|'), message.contains('|'), "{language}: {key}");
            }
        }
    }

    #[test]
    fn a_scope_ends_where_it_ends() {
        assert_eq!(with(Language::De, || tr("and").into_owned()), "und");
        assert_eq!(tr("and"), "and");
        assert_eq!(with(Language::Fr, || plural(0, "wave", "waves")), "vague");
        assert_eq!(plural(0, "wave", "waves"), "waves");
        assert_eq!(plural(2, "account#to", "accounts#to"), "accounts");
        assert_eq!(plural(1, "account#to", "accounts#to"), "account");
        assert_eq!(tr("mailboxes#in"), "mailboxes");
        assert_eq!(fill("{a} of {b} {", &[("a", "1".into())]), "1 of {b} {");
    }
}
