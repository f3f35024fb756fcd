//! Windows code page numbers as labels of the Encoding Standard.

use std::borrow::Cow;

use crate::mail::charset;

/// Decodes `bytes` of a code page; without one, or with one that is not known, UTF-8
/// where it is valid and Windows-1252 else.
pub(super) fn decode(bytes: &[u8], page: Option<i64>) -> Cow<'_, str> {
    let label = page.and_then(label);
    charset::decode(bytes, label.as_deref())
}

/// The label of a code page (learn.microsoft.com, "Code Page Identifiers").
fn label(page: i64) -> Option<String> {
    let fixed = match page {
        65001 => "utf-8",
        65000 => "utf-7",
        1200 => "utf-16le",
        1201 => "utf-16be",
        874 => "windows-874",
        932 | 943 | 10001 => "shift_jis",
        936 | 20936 | 51936 => "gbk",
        949 | 1361 | 51949 => "euc-kr",
        950 | 10002 => "big5",
        54936 => "gb18030",
        20866 => "koi8-r",
        21866 => "koi8-u",
        20932 | 51932 => "euc-jp",
        50220..=50222 => "iso-2022-jp",
        38598 => "iso-8859-8-i",
        10000 => "macintosh",
        10007 => "x-mac-cyrillic",
        866 => "ibm866",
        20127 => "us-ascii",
        1250..=1258 => return Some(format!("windows-{page}")),
        28591..=28606 => return Some(format!("iso-8859-{}", page - 28590)),
        437..=869 => return Some(format!("cp{page}")),
        _ => return None,
    };
    Some(fixed.to_owned())
}

/// The code page of a font's character set in RTF (`\\fcharsetN`).
pub(super) fn of_font_charset(charset: i64) -> Option<i64> {
    Some(match charset {
        0 => 1252,
        77 => 10000,
        128 => 932,
        129 => 949,
        130 => 1361,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    })
}

/// The ANSI code page of a locale (MS-LCID; learn.microsoft.com, "Language Identifier
/// Constants").
pub(super) fn of_locale(locale: i64) -> Option<i64> {
    Some(match (locale & 0x3ff, locale & 0xffff) {
        (0, _) => return None,
        (0x04, 0x0804 | 0x1004) => 936,
        (0x04, _) => 950,
        (0x11, _) => 932,
        (0x12, _) => 949,
        (0x1e, _) => 874,
        (0x1a, 0x0c1a | 0x1c1a | 0x201a | 0x281a | 0x301a)
        | (0x2c, 0x082c)
        | (0x43, 0x0843)
        | (0x02 | 0x19 | 0x22 | 0x23 | 0x2f | 0x3f | 0x40 | 0x44 | 0x50, _) => 1251,
        (0x05 | 0x0e | 0x15 | 0x18 | 0x1a | 0x1b | 0x1c | 0x24, _) => 1250,
        (0x08, _) => 1253,
        (0x1f | 0x2c | 0x43, _) => 1254,
        (0x0d, _) => 1255,
        (0x01 | 0x20 | 0x29, _) => 1256,
        (0x25..=0x27, _) => 1257,
        (0x2a, _) => 1258,
        _ => 1252,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        assert_eq!(decode(b"\xcf\xf0\xe8", Some(1251)), "При");
        assert_eq!(decode(b"\x82\xa0", Some(932)), "あ");
        assert_eq!(decode(b"\xa7A", Some(950)), "你");
        assert_eq!(decode("é".as_bytes(), Some(99_999)), "é");
        assert_eq!(decode(b"\xe9", None), "é");
        let pages: Vec<_> = [1049, 1031, 1028, 2052, 2074, 3098, 0].map(of_locale).to_vec();
        let want = [Some(1251), Some(1252), Some(950), Some(936), Some(1250), Some(1251), None];
        assert_eq!(pages, want);
    }
}
