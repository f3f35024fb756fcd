//! Which language a text is in, or that one cannot tell.

use std::borrow::Cow;

use whatlang::Lang;

/// Bytes looked at.
const LOOK: usize = 4 << 10;
/// Letters below which nothing is said.
const FEWEST_LETTERS: usize = 40;
/// Below this, "unsure".
const CONFIDENCE: f64 = 0.8;

/// Two-letter code (ISO 639-1) of the text's language; empty when unsure.
pub(super) fn detect(text: &str) -> String {
    let look = &text[..text.floor_char_boundary(LOOK)];
    if look.chars().filter(|c| c.is_alphabetic()).take(FEWEST_LETTERS).count() < FEWEST_LETTERS {
        return String::new();
    }
    // Addresses and URLs say nothing of the language.
    let words: Vec<&str> = look
        .split_whitespace()
        .filter(|word| !word.contains(['/', '@', '=', '_']) && word.len() < 40)
        .collect();
    if let Some(code) = by_common_words(&words) {
        return code.to_owned();
    }
    match whatlang::detect(&words.join(" ")) {
        Some(info) if info.confidence() >= CONFIDENCE => code(info.lang()).to_owned(),
        _ => String::new(),
    }
}

/// The language whose commonest words make up a sixteenth of the text, eight different ones
/// at least, and of which those that another has not stand thrice as often as those that
/// only the other has. Comparing trigrams with each of 40 languages takes longer than
/// reading the whole mail; this settles nearly all mail in a few of them, also such as is
/// mostly code or figures.
fn by_common_words(words: &[&str]) -> Option<&'static str> {
    let look = &words[..words.len().min(250)];
    // Words by the languages they are common in, and which of them occurred.
    let mut by_mask = [0_usize; 256];
    let mut seen = [false; COMMON.len()];
    for word in look {
        let word = word.trim_matches(|c: char| !c.is_alphabetic());
        if let Some(at) = common(word) {
            by_mask[usize::from(COMMON[at].1)] += 1;
            seen[at] = true;
        }
    }
    let has = |mask: usize, language: usize| mask >> language & 1 == 1;
    let count = |of: &dyn Fn(usize) -> bool| -> usize {
        by_mask.iter().enumerate().filter(|(mask, _)| of(*mask)).map(|(_, n)| n).sum()
    };
    let hits: [usize; CODES.len()] = std::array::from_fn(|one| count(&|mask| has(mask, one)));
    let best = (0..CODES.len()).max_by_key(|nth| hits[*nth])?;
    let clear = (0..CODES.len()).filter(|other| *other != best).all(|other| {
        let own = count(&|mask| has(mask, best) && !has(mask, other));
        let foreign = count(&|mask| has(mask, other) && !has(mask, best));
        foreign * 3 <= own
    });
    let different =
        COMMON.iter().zip(seen).filter(|((_, mask), seen)| *seen && mask >> best & 1 == 1).count();
    let code = CODES[best];
    let enough = different >= 8 && hits[best] * 16 >= look.len();
    (clear && enough && !code.is_empty()).then_some(code)
}

/// Where in [`COMMON`] a word stands.
fn common(word: &str) -> Option<usize> {
    if word.is_empty() || word.len() > 8 {
        return None;
    }
    let mut short = [0_u8; 8];
    let lower = if word.is_ascii() {
        let short = &mut short[..word.len()];
        short.copy_from_slice(word.as_bytes());
        short.make_ascii_lowercase();
        Cow::Borrowed(&*short)
    } else {
        Cow::Owned(word.to_lowercase().into_bytes())
    };
    let first = lower.first()?;
    let from = usize::from(STARTS[usize::from(*first)]);
    let with_first = COMMON.get(from..)?.iter();
    with_first
        .take_while(|(known, _)| known.as_bytes().first() == Some(first))
        .position(|(known, _)| known.as_bytes() == &*lower)
        .map(|at| from + at)
}

/// Where in [`COMMON`] the words that begin with each byte begin.
const STARTS: [u16; 256] = starts();

const fn starts() -> [u16; 256] {
    let mut out = [COMMON.len() as u16; 256];
    let mut at = COMMON.len();
    while at > 0 {
        at -= 1;
        out[COMMON[at].0.as_bytes()[0] as usize] = at as u16;
    }
    out
}

/// Languages of the bits in [`COMMON`]; the last stands for others that share words with
/// these (Danish, Norwegian, Swedish, Catalan, Romanian, Afrikaans, Polish).
const CODES: [&str; 8] = ["de", "en", "es", "fr", "it", "nl", "pt", ""];

/// Common words and the languages they are common in, sorted.
#[rustfmt::skip]
const COMMON: &[(&str, u8)] = &[
    ("a", 0x40), ("aan", 0x20), ("af", 0x80), ("al", 0x94), ("all", 0x02),
    ("alla", 0x10), ("als", 0x20), ("amb", 0x80), ("an", 0x02), ("and", 0x02),
    ("ao", 0x40), ("are", 0x02), ("as", 0x42), ("at", 0x02), ("att", 0x80),
    ("au", 0x08), ("auch", 0x01), ("auf", 0x01), ("aux", 0x08), ("av", 0x80),
    ("avec", 0x08), ("be", 0x02), ("been", 0x02), ("bei", 0x01), ("bij", 0x20),
    ("but", 0x02), ("by", 0x02), ("can", 0x02), ("ce", 0x08), ("cette", 0x08),
    ("che", 0x10), ("com", 0x40), ("come", 0x10), ("como", 0x44), ("con", 0x14),
    ("cu", 0x80), ("da", 0x50), ("dans", 0x08), ("das", 0x01), ("dass", 0x01),
    ("dat", 0x20), ("de", 0x6c), ("dei", 0x10), ("del", 0x14), ("della", 0x10),
    ("dem", 0x01), ("den", 0x81), ("der", 0x01), ("des", 0x09), ("det", 0x80),
    ("deze", 0x20), ("di", 0x10), ("die", 0x81), ("din", 0x80), ("do", 0xc0),
    ("dos", 0x40), ("du", 0x08), ("e", 0x50), ("een", 0x20), ("ein", 0x01),
    ("eine", 0x01), ("einen", 0x01), ("el", 0x04), ("els", 0x80), ("em", 0x40),
    ("en", 0xac), ("er", 0xa0), ("es", 0x04), ("est", 0x08), ("esta", 0x04),
    ("este", 0x84), ("et", 0x08), ("foi", 0x40), ("for", 0x82), ("fra", 0x80),
    ("from", 0x02), ("für", 0x01), ("gli", 0x10), ("ha", 0x14), ("haben", 0x01),
    ("har", 0x80), ("has", 0x02), ("have", 0x02), ("heeft", 0x20), ("het", 0xa0),
    ("i", 0x90), ("ich", 0x01), ("if", 0x02), ("ihre", 0x01), ("ikke", 0x80),
    ("il", 0x18), ("im", 0x01), ("in", 0x32), ("inte", 0x80), ("is", 0x22),
    ("ist", 0x01), ("it", 0x02), ("jak", 0x80), ("jeg", 0x80), ("jest", 0x80),
    ("la", 0x9c), ("las", 0x04), ("le", 0x1c), ("les", 0x88), ("lo", 0x14),
    ("los", 0x04), ("mais", 0x40), ("med", 0x80), ("met", 0x20), ("mit", 0x01),
    ("más", 0x04), ("na", 0xc0), ("naar", 0x20), ("ne", 0x08), ("nel", 0x10),
    ("nicht", 0x01), ("nie", 0x80), ("niet", 0x20), ("no", 0x44), ("non", 0x10),
    ("not", 0x02), ("nous", 0x08), ("nu", 0x80), ("não", 0x40), ("o", 0x44),
    ("och", 0x80), ("oder", 0x01), ("of", 0x22), ("og", 0x80), ("om", 0xa0),
    ("on", 0x02), ("ook", 0x20), ("op", 0x20), ("or", 0x02), ("os", 0x40),
    ("ou", 0x48), ("our", 0x02), ("par", 0x08), ("para", 0x44), ("pas", 0x08),
    ("pe", 0x80), ("pela", 0x40), ("pentru", 0x80), ("per", 0x90), ("più", 0x10),
    ("plus", 0x08), ("por", 0x44), ("pour", 0x08), ("på", 0x80), ("que", 0x4c),
    ("questo", 0x10), ("qui", 0x08), ("sal", 0x80), ("se", 0x4c), ("seu", 0x40),
    ("si", 0x94), ("sich", 0x01), ("sie", 0x01), ("sind", 0x01), ("się", 0x80),
    ("som", 0x80), ("son", 0x04), ("sono", 0x10), ("sont", 0x08), ("su", 0x04),
    ("sua", 0x40), ("sur", 0x08), ("sus", 0x04), ("te", 0x20), ("that", 0x02),
    ("the", 0x02), ("their", 0x02), ("they", 0x02), ("this", 0x02), ("til", 0x80),
    ("to", 0x82), ("u", 0x20), ("um", 0x40), ("uma", 0x40), ("un", 0x1c),
    ("una", 0x14), ("und", 0x01), ("une", 0x08), ("uns", 0x01), ("uw", 0x20),
    ("van", 0xa0), ("vir", 0x80), ("von", 0x01), ("voor", 0x20), ("vos", 0x08),
    ("votre", 0x08), ("vous", 0x08), ("w", 0x80), ("was", 0x02), ("wat", 0x80),
    ("we", 0x22), ("wenn", 0x01), ("werden", 0x01), ("which", 0x02), ("wij", 0x20),
    ("will", 0x02), ("wir", 0x01), ("wird", 0x01), ("with", 0x02), ("worden", 0x20),
    ("would", 0x02), ("y", 0x04), ("you", 0x02), ("your", 0x02), ("z", 0x80),
    ("zijn", 0x20), ("zu", 0x01), ("zum", 0x01), ("zur", 0x01), ("à", 0x08),
    ("är", 0x80), ("è", 0x10), ("és", 0x80), ("în", 0x80), ("że", 0x80),
    ("și", 0x80),
];

/// ISO 639-1 where there is one, else ISO 639-3.
fn code(lang: Lang) -> &'static str {
    match lang {
        Lang::Epo => "eo",
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "nb",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        other => other.code(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_so_or_nothing() {
        let english = "The committee will meet again on Thursday to discuss the report that was \
                       published last week by the electoral commission and its findings.";
        let german = "Der Ausschuss wird am Donnerstag erneut zusammenkommen, um über den Bericht \
                      zu sprechen, den die Kommission in der letzten Woche veröffentlicht hat.";
        assert_eq!(detect(english), "en");
        assert_eq!(detect(german), "de");
        assert_eq!(by_common_words(&english.split(' ').collect::<Vec<_>>()), Some("en"));
        assert_eq!(detect("ok"), "");
        assert_eq!(detect(&"0123 4567 ".repeat(50)), "");
        assert!(COMMON.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let danish = "Udvalget mødes igen på torsdag for at drøfte den rapport, som kommissionen \
                      har offentliggjort i sidste uge, og det er ikke alt, hvad der er sket.";
        assert_eq!(detect(danish), "da");
        assert!(detect(&"é".repeat(5_000)).len() <= 3);
    }
}
