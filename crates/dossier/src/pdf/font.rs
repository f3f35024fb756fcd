//! The font: measuring, and which characters are told by number.

use std::borrow::Cow;

use ttf_parser::{Face, GlyphId};

/// Plain and bold.
pub(super) struct Fonts {
    pub(super) plain: OneFont,
    pub(super) bold: OneFont,
}

pub(super) struct OneFont {
    pub(super) bytes: &'static [u8],
    pub(super) face: Face<'static>,
}

impl Fonts {
    /// `None` only if the crate's bytes were no font.
    pub(super) fn load() -> Option<Self> {
        let (plain, bold) = (dejavu::sans::regular(), dejavu::sans::bold());
        Some(Self { plain: OneFont::load(plain)?, bold: OneFont::load(bold)? })
    }
}

/// Scripts from right to left, and those whose letters join or move: they need shaping,
/// which is not done here.
fn needs_shaping(c: char) -> bool {
    matches!(u32::from(c),
        0x0300..=0x036f | 0x0590..=0x08ff | 0x0900..=0x0dff | 0x0e00..=0x0fff
        | 0x1000..=0x109f | 0x1780..=0x18af | 0xfb1d..=0xfdff | 0xfe70..=0xfeff
        | 0x10800..=0x10fff)
}

impl OneFont {
    fn load(bytes: &'static [u8]) -> Option<Self> {
        Some(Self { bytes, face: Face::parse(bytes, 0).ok()? })
    }

    /// The glyph of a character that can be drawn alone.
    pub(super) fn glyph(&self, c: char) -> Option<GlyphId> {
        self.face.glyph_index(c).filter(|_| !needs_shaping(c))
    }

    /// Width of a glyph in thousandths of the size.
    pub(super) fn advance(&self, glyph: GlyphId) -> f32 {
        let advance = self.face.glyph_hor_advance(glyph).unwrap_or_default();
        f32::from(advance) * 1000.0 / f32::from(self.face.units_per_em())
    }

    /// Width in points.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        let one = |c| self.glyph(c).map_or(600.0, |glyph| self.advance(glyph));
        text.chars().map(one).sum::<f32>() * size / 1000.0
    }

    /// Whether every character can be drawn.
    pub(super) fn has(&self, text: &str) -> bool {
        text.chars().all(|c| self.glyph(c).is_some())
    }

    /// The text with numbers in the place of characters that cannot be drawn.
    pub(super) fn visible<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.has(text) {
            return Cow::Borrowed(text);
        }
        let mut shown = String::with_capacity(text.len() * 2);
        for c in text.chars() {
            match self.glyph(c) {
                Some(_) => shown.push(c),
                None => shown.push_str(&format!("\u{27e8}U+{:04X}\u{27e9}", u32::from(c))),
            }
        }
        Cow::Owned(shown)
    }
}
