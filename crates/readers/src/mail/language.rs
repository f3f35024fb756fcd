//! Which language a text is in, or that one cannot tell.

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
    match whatlang::detect(&words.join(" ")) {
        Some(info) if info.confidence() >= CONFIDENCE => code(info.lang()).to_owned(),
        _ => String::new(),
    }
}

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
        assert_eq!(detect("ok"), "");
        assert_eq!(detect(&"0123 4567 ".repeat(50)), "");
        assert!(detect(&"é".repeat(5_000)).len() <= 3);
    }
}
