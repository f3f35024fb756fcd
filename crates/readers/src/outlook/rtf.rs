//! RTF bodies: decompression ([MS-OXRTFCP]) and the HTML or text that Outlook encapsulates
//! in RTF ([MS-OXRTFEX]).
//!
//! Not a word processor: styles, tables and pictures are passed over. Decompression is our
//! own because the crate `compressed-rtf` reserves as many bytes as the header claims
//! (an abort on hostile mail) and refuses a body whose checksum is wrong.

use std::collections::BTreeMap;

use super::codepage;

/// Bytes of a decompressed body that are read.
const MAX_RTF: usize = 16 << 20;
/// Bytes of text made of it.
const MAX_OUT: usize = 4 << 20;
/// Groups inside each other whose state is kept apart.
const MAX_GROUPS: usize = 256;

/// What the sliding window begins with.
const WINDOW: &[u8; 207] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \
\\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\
\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// Decompresses a body as far as it goes.
pub(super) fn decompress(packed: &[u8]) -> Result<Vec<u8>, &'static str> {
    let word = |at: usize| packed.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
    let (Some(_), Some(size), Some(kind)) = (word(0), word(4), word(8)) else {
        return Err("rtf body shorter than its header");
    };
    let Some(data) = packed.get(16..) else { return Err("rtf body shorter than its header") };
    let most = usize::try_from(size).unwrap_or(MAX_RTF).min(MAX_RTF);
    match &kind.to_le_bytes() {
        b"MELA" => Ok(data[..data.len().min(most)].to_vec()),
        b"LZFu" => Ok(unpack(data, most)),
        _ => Err("rtf body of an unknown compression"),
    }
}

fn unpack(data: &[u8], most: usize) -> Vec<u8> {
    let mut window = [0_u8; 4096];
    window[..WINDOW.len()].copy_from_slice(WINDOW);
    let mut at = WINDOW.len();
    let mut out = Vec::new();
    let mut bytes = data.iter().copied();
    'all: while let Some(control) = bytes.next() {
        for bit in 0..8 {
            if out.len() >= most {
                break 'all;
            }
            if control >> bit & 1 == 0 {
                let Some(byte) = bytes.next() else { break 'all };
                window[at] = byte;
                at = (at + 1) % window.len();
                out.push(byte);
                continue;
            }
            let (Some(high), Some(low)) = (bytes.next(), bytes.next()) else { break 'all };
            let reference = usize::from(u16::from_be_bytes([high, low]));
            let (offset, length) = (reference >> 4, (reference & 0xf) + 2);
            if offset == at {
                break 'all;
            }
            for n in 0..length {
                let byte = window[(offset + n) % window.len()];
                window[at] = byte;
                at = (at + 1) % window.len();
                out.push(byte);
            }
        }
    }
    out.truncate(most);
    out
}

/// What an RTF body says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// It encapsulated HTML.
    Html(String),
    /// It encapsulated plain text, or is RTF of its own.
    Plain(String),
}

/// Reads RTF; `page` is the message's code page, for a document that names none.
pub(super) fn read(rtf: &[u8], page: Option<i64>) -> Text {
    let mut reader = Reader {
        out: String::new(),
        pending: Vec::new(),
        pending_page: None,
        fonts: BTreeMap::new(),
        page: page.unwrap_or(1252),
        html: false,
        state: State::default(),
        stack: Vec::new(),
        lost_groups: 0,
        skip: 0,
    };
    reader.run(rtf);
    reader.flush();
    if reader.html { Text::Html(reader.out) } else { Text::Plain(reader.out) }
}

/// What a group inherits.
#[derive(Clone, Copy, Default)]
struct State {
    font: i64,
    /// Inside a destination that is not text.
    hidden: bool,
    /// Inside `\*\htmltag`: its text is the HTML.
    tag: bool,
    /// Between `\htmlrtf` and `\htmlrtf0`: for RTF readers only.
    rtf_only: bool,
    /// In the font table, whose fonts are told apart.
    font_table: bool,
    /// Characters behind a `\u` that stand for it in old readers.
    replacement: i64,
    seen_uc: bool,
}

struct Reader {
    out: String,
    /// Bytes of one code page that are not decoded yet.
    pending: Vec<u8>,
    pending_page: Option<i64>,
    fonts: BTreeMap<i64, i64>,
    page: i64,
    html: bool,
    state: State,
    stack: Vec<State>,
    /// Open groups beyond [`MAX_GROUPS`].
    lost_groups: usize,
    /// Replacement characters still to pass over.
    skip: i64,
}

/// Destinations whose text is no text of the body.
const HIDDEN: &[&str] = &[
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "header",
    "footer",
    "pntext",
    "listtable",
    "listoverridetable",
    "generator",
    "themedata",
    "datastore",
    "fldinst",
];

impl Reader {
    fn run(&mut self, rtf: &[u8]) {
        let mut at = 0;
        // `\*`: what follows may be passed over by who does not know it.
        let mut optional = false;
        while at < rtf.len() && self.out.len() < MAX_OUT {
            let byte = rtf[at];
            at += 1;
            match byte {
                b'{' => {
                    if self.stack.len() < MAX_GROUPS {
                        self.stack.push(self.state);
                    } else {
                        self.lost_groups += 1;
                    }
                    self.skip = 0;
                }
                b'}' => {
                    if self.lost_groups > 0 {
                        self.lost_groups -= 1;
                    } else if let Some(state) = self.stack.pop() {
                        self.state = state;
                    }
                    self.skip = 0;
                }
                b'\r' | b'\n' => {}
                b'\\' => {
                    let (word, number, length) = control(&rtf[at..]);
                    at += length;
                    match word {
                        b"*" => {
                            optional = true;
                            continue;
                        }
                        b"'" => self.byte(number.unwrap_or(0).to_le_bytes()[0]),
                        b"bin" => {
                            let skip = usize::try_from(number.unwrap_or(0)).unwrap_or(0);
                            at = at.saturating_add(skip).min(rtf.len());
                        }
                        word => {
                            let word = std::str::from_utf8(word).unwrap_or("");
                            self.word(word, number, optional);
                        }
                    }
                }
                byte => self.byte(byte),
            }
            optional = false;
        }
    }

    fn word(&mut self, word: &str, number: Option<i64>, optional: bool) {
        match word {
            "fromhtml" => self.html = number.unwrap_or(1) != 0,
            "htmltag" => {
                self.state.tag = true;
                self.state.hidden = false;
            }
            "htmlrtf" => self.state.rtf_only = number.unwrap_or(1) != 0,
            "mhtmltag" => self.state.hidden = true,
            "ansicpg" => self.page = number.filter(|page| *page > 0).unwrap_or(self.page),
            "fonttbl" => {
                self.state.font_table = true;
                self.state.hidden = true;
            }
            "f" => self.state.font = number.unwrap_or(0),
            "fcharset" if self.state.font_table => {
                if let Some(page) = number.and_then(codepage::of_font_charset)
                    && self.fonts.len() < 1_000
                {
                    self.fonts.insert(self.state.font, page);
                }
            }
            "uc" => {
                self.state.replacement = number.unwrap_or(1).clamp(0, 16);
                self.state.seen_uc = true;
            }
            "u" => self.unicode(number.unwrap_or(0)),
            "par" | "line" | "row" => self.text("\n"),
            "sect" | "page" => self.text("\n\n"),
            "tab" | "cell" => self.text("\t"),
            "lquote" => self.text("\u{2018}"),
            "rquote" => self.text("\u{2019}"),
            "ldblquote" => self.text("\u{201c}"),
            "rdblquote" => self.text("\u{201d}"),
            "bullet" => self.text("\u{2022}"),
            "endash" => self.text("\u{2013}"),
            "emdash" => self.text("\u{2014}"),
            "~" => self.text("\u{a0}"),
            "_" => self.text("-"),
            "\\" | "{" | "}" => self.byte(word.as_bytes()[0]),
            "" | "-" | ":" | "|" => {}
            // The rest is passed over: words of style, and destinations not known here.
            known => self.state.hidden |= optional || HIDDEN.contains(&known),
        }
    }

    /// Whether text counts now.
    fn shown(&self) -> bool {
        !self.state.hidden && !self.state.rtf_only
    }

    fn byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        if !self.shown() {
            return;
        }
        // A tag's bytes are of the document's page whatever font is set.
        let font = self.fonts.get(&self.state.font).copied().filter(|_| !self.state.tag);
        let page = Some(font.unwrap_or(self.page));
        if self.pending_page != page {
            self.flush();
            self.pending_page = page;
        }
        self.pending.push(byte);
    }

    fn text(&mut self, text: &str) {
        if self.shown() {
            self.flush();
            self.out.push_str(text);
        }
    }

    fn unicode(&mut self, number: i64) {
        if self.shown() {
            self.flush();
            // Code units above 32767 are written as negative numbers.
            let unit = u32::try_from(number.rem_euclid(65_536)).unwrap_or(0xfffd);
            match (unit, self.out.chars().next_back()) {
                (0xdc00..=0xdfff, Some(last @ '\u{f0000}'..='\u{f03ff}')) => {
                    // The first half of a pair waits as a private character.
                    self.out.pop();
                    let high = u32::from(last) - 0xf_0000;
                    let code = 0x1_0000 + (high << 10) + (unit - 0xdc00);
                    self.out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                (0xd800..=0xdbff, _) => {
                    self.out.push(char::from_u32(0xf_0000 + unit - 0xd800).unwrap_or('\u{fffd}'));
                }
                _ => self.out.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)),
            }
        }
        self.skip = if self.state.seen_uc { self.state.replacement } else { 1 };
    }

    fn flush(&mut self) {
        if !self.pending.is_empty() {
            let text = codepage::decode(&self.pending, self.pending_page).replace('\0', "\u{fffd}");
            self.out.push_str(&text);
            self.pending.clear();
        }
    }
}

/// A control word or symbol behind a `\`: its name, its number, and the bytes it takes,
/// the blank behind a word included.
fn control(rest: &[u8]) -> (&[u8], Option<i64>, usize) {
    let letters = rest.iter().take(64).take_while(|b| b.is_ascii_alphabetic()).count();
    if letters == 0 {
        let hex = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16));
        return match (rest.first(), hex(rest.get(1)), hex(rest.get(2))) {
            (None, ..) => (b"", None, 0),
            (Some(b'\''), Some(high), Some(low)) => (b"'", Some(i64::from(high * 16 + low)), 3),
            (Some(b'\''), ..) => (b"", None, 1),
            (Some(b'\r' | b'\n'), ..) => (b"par", None, 1),
            _ => (&rest[..1], None, 1),
        };
    }
    let minus = usize::from(rest.get(letters) == Some(&b'-'));
    let digits = &rest[letters + minus..];
    let digits = digits.iter().take(10).take_while(|b| b.is_ascii_digit()).count();
    let end = if digits > 0 { letters + minus + digits } else { letters };
    let number = std::str::from_utf8(&rest[letters..end]).ok().and_then(|text| text.parse().ok());
    (&rest[..letters], number, end + usize::from(rest.get(end) == Some(&b' ')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_specifications_examples() {
        // MS-OXRTFCP 4.1.1 and 4.2.1.
        let packed = [
            0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 3, 0,
            0x0a, 0, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68,
            0x65, 0x6c, 9, 0, 0x20, 0x62, 0x77, 5, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
        ];
        let rtf = decompress(&packed).unwrap();
        assert_eq!(rtf, b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        assert_eq!(read(&rtf, None), Text::Plain("hello world".to_owned()));
        let repeated = [
            0x1a, 0, 0, 0, 0x1c, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xe2, 0xd4, 0x4b, 0x51, 0x41, 0,
            4, 0x20, 0x57, 0x58, 0x59, 0x5a, 0x0d, 0x6e, 0x7d, 1, 0x0e, 0xb0,
        ];
        assert_eq!(decompress(&repeated).unwrap(), b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
        assert!(decompress(&packed[..15]).is_err());
    }

    #[test]
    fn html_comes_out_as_it_was() {
        let rtf = br"{\rtf1\ansi\ansicpg1251\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}{\f1\fcharset128 X;}}
{\*\htmltag64 <p>}\htmlrtf {\b\htmlrtf0 \'cf\'f0\u8364?{\*\htmltag148 <a href=\'22https://a.example/x\'22>}{\*\mhtmltag148 <a href=y>}\{z\}{\f1 \'82\'a0}
{\*\htmltag72 </p>}\htmlrtf \par }\htmlrtf0 }";
        assert_eq!(
            read(rtf, None),
            Text::Html("<p>Пр€<a href=\"https://a.example/x\">{z}あ</p>".to_owned())
        );
    }

    #[test]
    fn plain_rtf_is_its_text() {
        let rtf = br"{\rtf1\ansi\uc1{\info{\author x}}a\par b\tab c {\*\unknown y}\u-10179?\u-8704?{\field{\*\fldinst HYPERLINK}{\fldrslt d}}}";
        assert_eq!(read(rtf, None), Text::Plain("a\nb\tc \u{1f600}d".to_owned()));
    }

    proptest! {
        #[test]
        fn never_panics(rtf in "(\\{|\\}|\\\\u-?[0-9]{0,6}|\\\\'[0-9a-f]{0,2}|\\\\htmlrtf0?|\\\\\\*|\\\\bin9|\\\\f1|[a-z ]){0,60}",
            packed in proptest::collection::vec(any::<u8>(), 0..200)) {
            read(rtf.as_bytes(), None);
            if let Ok(rtf) = decompress(&packed) {
                read(&rtf, Some(932));
            }
            read(&unpack(&packed, 1000), None);
        }
    }
}
