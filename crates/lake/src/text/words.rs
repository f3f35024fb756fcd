//! What counts as a word: the same for what is stored and for what is asked.
//!
//! * A run of letters and digits is a word, in lower case and without accents (NFKD, the
//!   marks left out; `ß`, `æ`, `ø`, `ł`... by a table): `Müller` is `muller`.
//! * Scripts that put no space between words (Han, kana, Hangul, Thai, Lao, Khmer, Burmese)
//!   become overlapping pairs of characters, as Lucene's CJK analyser makes them: a search
//!   for a word of two characters and more is a phrase of its pairs. The last character of a
//!   run stands alone as well, so that every character begins a token.
//! * A word of more than 64 bytes counts by its first 64.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Bytes of a word that count.
const MAX_WORD: usize = 64;

/// Cuts text into tokens for the index.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    token: Token,
}

impl Tokenizer for Words {
    type TokenStream<'a> = Stream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream<'a> {
        self.token.reset();
        Stream { rest: text, at: 0, before: None, token: &mut self.token }
    }
}

/// The tokens of a text.
pub(super) struct Stream<'a> {
    rest: &'a str,
    /// Bytes before `rest`.
    at: usize,
    /// The character of a script without spaces that stood right before `rest` and has
    /// begun no token yet.
    before: Option<char>,
    token: &'a mut Token,
}

impl TokenStream for Stream<'_> {
    fn advance(&mut self) -> bool {
        self.token.text.clear();
        loop {
            if let Some(first) = self.before.take() {
                return self.pair(first);
            }
            self.skip_between();
            let Some(first) = self.rest.chars().next() else { return false };
            if is_unspaced(first) {
                self.eat(first.len_utf8());
                self.before = Some(first);
                continue;
            }
            let from = self.at;
            self.word();
            // A run of marks alone leaves nothing.
            if !self.token.text.is_empty() {
                return self.emit(from);
            }
        }
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

impl Stream<'_> {
    fn eat(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
        self.at += bytes;
    }

    /// Goes to the next letter or digit.
    fn skip_between(&mut self) {
        let bytes = self.rest.as_bytes();
        let ascii = bytes.iter().take_while(|b| b.is_ascii() && !b.is_ascii_alphanumeric()).count();
        self.eat(ascii);
        if !matches!(self.rest.as_bytes().first(), None | Some(0..=127)) {
            let other = self.rest.find(char::is_alphanumeric).unwrap_or(self.rest.len());
            self.eat(other);
        }
    }

    /// Takes a word up to what is no part of one.
    fn word(&mut self) {
        loop {
            let bytes = self.rest.as_bytes();
            let ascii = bytes.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
            if ascii > 0 {
                let room = MAX_WORD.saturating_sub(self.token.text.len()).min(ascii);
                let start = self.token.text.len();
                self.token.text.push_str(&self.rest[..room]);
                self.token.text[start..].make_ascii_lowercase();
                self.eat(ascii);
            }
            match self.rest.chars().next() {
                Some(c) if !c.is_ascii() && is_part(c) => {
                    if self.token.text.len() < MAX_WORD {
                        fold(c, &mut self.token.text);
                    }
                    self.eat(c.len_utf8());
                }
                _ => return,
            }
        }
    }

    /// The token that begins with a character of a script without spaces.
    fn pair(&mut self, first: char) -> bool {
        let from = self.at - first.len_utf8();
        self.token.text.push(first);
        if let Some(second) = self.rest.chars().next().filter(|c| is_unspaced(*c)) {
            self.token.text.push(second);
            self.eat(second.len_utf8());
            self.before = Some(second);
        }
        self.emit(from)
    }

    fn emit(&mut self, from: usize) -> bool {
        self.token.position = self.token.position.wrapping_add(1);
        self.token.offset_from = from;
        self.token.offset_to = self.at;
        true
    }
}

/// Whether `c` goes on a word: a letter, a digit, or a mark upon one.
fn is_part(c: char) -> bool {
    !is_unspaced(c) && (c.is_alphanumeric() || is_combining_mark(c) || c == '\u{ad}')
}

/// Whether `c` is of a script that puts no space between words, or, as Korean does, joins
/// words and endings so that a word is rarely written alone.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' // Thai, Lao
        | '\u{1000}'..='\u{109f}' // Burmese
        | '\u{1780}'..='\u{17ff}' // Khmer
        | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' // kana
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' // Han
        | '\u{ac00}'..='\u{d7a3}' // Hangul
        | '\u{20000}'..='\u{323af}')
        && c.is_alphanumeric()
}

/// Appends `c` in lower case and without accents.
fn fold(c: char, out: &mut String) {
    decompose_compatible(c, |part| {
        for lower in part.to_lowercase() {
            match table(lower) {
                Some(letters) => out.push_str(letters),
                None if is_accent(lower) => {}
                None if lower.is_alphanumeric() || is_combining_mark(lower) => out.push(lower),
                None => {}
            }
        }
    });
}

/// Marks that are often left out: accents of Latin, Greek and Cyrillic, vowel points of
/// Hebrew and Arabic. Marks of other scripts (the vowels of Hindi) are letters to them.
fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}')
}

/// Letters that have no decomposition.
fn table(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'þ' => "th",
        'ı' => "i",
        'ς' => "σ",
        _ => return None,
    })
}

/// The words of `text` as they are stored. A run of a script without spaces gives its
/// pairs only, unless it is one character.
pub(super) fn asked(text: &str) -> Vec<String> {
    let mut words = Words::default();
    let mut stream = words.token_stream(text);
    let mut out: Vec<String> = Vec::new();
    let mut pair = false;
    while stream.advance() {
        let token = &stream.token().text;
        let mut chars = token.chars();
        let unspaced = chars.next().is_some_and(is_unspaced);
        // The last character of a run, alone behind the pair that it ended.
        let tail = unspaced && pair && chars.next().is_none();
        pair = unspaced && token.chars().count() == 2;
        if !tail {
            out.push(token.clone());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stored(text: &str) -> String {
        let mut words = Words::default();
        let mut stream = words.token_stream(text);
        let mut out = Vec::new();
        while stream.advance() {
            out.push(stream.token().text.clone());
        }
        out.join(" ")
    }

    #[test]
    fn words_of_many_scripts() {
        for (text, want) in [
            ("Hello, WORLD-wide 42!", "hello world wide 42"),
            (
                "Straße Müller E\u{301}lection l'été œuvre Łódź",
                "strasse muller election l ete oeuvre lodz",
            ),
            ("Выборы Ёлка", "выборы елка"),
            ("ﬁle ｆｕｌｌ", "file full"),
            ("选举委员会", "选举 举委 委员 员会 会"),
            ("A选B", "a 选 b"),
            ("선거", "선거 거"),
            ("الانتِخابات", "الانتخابات"),
            ("co\u{ad}operate", "cooperate"),
            ("", ""),
            ("--- \u{301} ---", ""),
        ] {
            assert_eq!(stored(text), want, "{text}");
        }
        assert_eq!(asked("选举委员会 x 党").join(" "), "选举 举委 委员 员会 x 党");
        assert_eq!(stored(&"x".repeat(100)).len(), MAX_WORD);
    }

    proptest! {
        #[test]
        fn any_text_has_words(text in "\\PC{0,40}") {
            let words = stored(&text);
            prop_assert!(words.split(' ').all(|word| word.len() < 2 * MAX_WORD));
        }

        #[test]
        fn folding_twice_changes_nothing(text in "[a-zA-ZÀ-ÿŁøß\\u{300}\\u{301}а-яЁ 0-9.-]{0,40}") {
            let once = stored(&text);
            prop_assert_eq!(stored(&once), once);
        }
    }
}
