//! Pages laid out into the bytes of a PDF (ISO 32000-1): one content stream a page, each
//! font as a CID font cut down to its glyphs with a map back to Unicode, so that text can be
//! searched and copied.

use std::collections::BTreeMap;
use std::io::Write as _;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Date, Filter, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};
use subsetter::GlyphRemapper;

use super::font::{Fonts, OneFont};
use super::layout::{Ink, Laid, MARGIN, Op};
use super::{HEIGHT, WIDTH};
use crate::catalogue::say;
use crate::document::Document;

const PLAIN: Name<'static> = Name(b"F0");
const BOLD: Name<'static> = Name(b"F1");
const ADOBE_IDENTITY: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// Glyphs used of a font: their new numbers and what each stands for.
#[derive(Default)]
struct Used {
    remapper: GlyphRemapper,
    meanings: BTreeMap<u16, char>,
    widths: BTreeMap<u16, f32>,
}

struct Numbers(i32);

impl Numbers {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

/// `None` when a font cannot be cut down.
pub(super) fn write(document: &Document, fonts: &Fonts, laid: &Laid, day: &str) -> Option<Vec<u8>> {
    let mut pdf = Pdf::new();
    let mut numbers = Numbers(0);
    let (catalog, tree, info) = (numbers.next(), numbers.next(), numbers.next());
    let (plain_font, bold_font) = (numbers.next(), numbers.next());
    let (mut plain, mut bold) = (Used::default(), Used::default());
    let pages: Vec<Ref> = laid.pages.iter().map(|_| numbers.next()).collect();
    for (at, (ops, id)) in laid.pages.iter().zip(&pages).enumerate() {
        let mut content = Content::new();
        let mut page = Drawing { content: &mut content, fonts, plain: &mut plain, bold: &mut bold };
        ops.iter().for_each(|op| page.draw(op));
        page.frame(document, at + 1, pages.len());
        let content_id = numbers.next();
        let packed = deflate(content.finish().as_slice());
        pdf.stream(content_id, &packed).filter(Filter::FlateDecode);
        let mut page = pdf.page(*id);
        page.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).parent(tree).contents(content_id);
        page.resources().fonts().pair(PLAIN, plain_font).pair(BOLD, bold_font);
        page.finish();
    }
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(pages.iter().copied()).count(count);
    embed(&mut pdf, &mut numbers, plain_font, &fonts.plain, &plain, b"DEMARC+DejaVuSans")?;
    embed(&mut pdf, &mut numbers, bold_font, &fonts.bold, &bold, b"DEMARB+DejaVuSans-Bold")?;
    let outline = outline(&mut pdf, &mut numbers, laid, &pages);
    let mut root = pdf.catalog(catalog);
    root.pages(tree).lang(TextStr(document.language));
    if let Some(outline) = outline {
        root.outlines(outline);
    }
    root.viewer_preferences().display_doc_title(true);
    root.finish();
    let mut about = pdf.document_info(info);
    about.title(TextStr(&document.title)).creator(TextStr("demarche"));
    if let Some(date) = date(day) {
        about.creation_date(date);
    }
    about.finish();
    Some(pdf.finish())
}

fn date(day: &str) -> Option<Date> {
    let mut parts = day.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Date::new(year.parse().ok()?).month(month.parse().ok()?).day(day.parse().ok()?))
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing to memory does not fail.
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

/// Flat: the headings of the first level.
fn outline(pdf: &mut Pdf, numbers: &mut Numbers, laid: &Laid, pages: &[Ref]) -> Option<Ref> {
    let root = numbers.next();
    let items: Vec<Ref> = laid.outline.iter().map(|_| numbers.next()).collect();
    let (first, last) = (*items.first()?, *items.last()?);
    let count = i32::try_from(items.len()).unwrap_or(i32::MAX);
    pdf.outline(root).first(first).last(last).count(count);
    for (at, entry) in laid.outline.iter().enumerate() {
        let mut item = pdf.outline_item(items[at]);
        item.title(TextStr(&entry.text)).parent(root);
        if at > 0 {
            item.prev(items[at - 1]);
        }
        if let Some(next) = items.get(at + 1) {
            item.next(*next);
        }
        if let Some(page) = pages.get(entry.page) {
            item.dest().page(*page).xyz(0.0, HEIGHT - entry.y, None);
        }
    }
    Some(root)
}

struct Drawing<'a> {
    content: &'a mut Content,
    fonts: &'a Fonts,
    plain: &'a mut Used,
    bold: &'a mut Used,
}

impl Drawing<'_> {
    fn ink(&mut self, ink: Ink) {
        let (r, g, b) = rgb(ink);
        self.content.set_fill_rgb(r, g, b);
    }

    fn draw(&mut self, op: &Op) {
        match op {
            Op::Text { x, y, size, bold, ink, text } => {
                self.ink(*ink);
                let (font, used, name) = if *bold {
                    (&self.fonts.bold, &mut *self.bold, BOLD)
                } else {
                    (&self.fonts.plain, &mut *self.plain, PLAIN)
                };
                let mut encoded = Vec::with_capacity(text.len() * 2);
                for c in text.chars() {
                    let Some(glyph) = font.glyph(c) else { continue };
                    let new = used.remapper.remap(glyph.0);
                    used.meanings.entry(new).or_insert(c);
                    used.widths.entry(new).or_insert_with(|| font.advance(glyph));
                    encoded.extend_from_slice(&new.to_be_bytes());
                }
                self.content.begin_text().set_font(name, *size);
                self.content.next_line(*x, HEIGHT - y).show(Str(&encoded)).end_text();
            }
            Op::Box { x, y, width, height, ink } => {
                self.ink(*ink);
                let height = height.max(0.3);
                self.content.rect(*x, HEIGHT - y - height, width.max(0.3), height).fill_nonzero();
            }
        }
    }

    /// The TLP mark at top and bottom, the run, the page's number.
    fn frame(&mut self, document: &Document, at: usize, total: usize) {
        let label = format!("TLP:{}", document.tlp);
        let wide = self.fonts.bold.width(&label, 9.0);
        for top in [26.0, HEIGHT - 40.0] {
            let x = WIDTH - MARGIN - wide - 8.0;
            let (width, ink) = (wide + 8.0, Ink::Tlp(0, 0, 0));
            self.draw(&Op::Box { x, y: top, width, height: 14.0, ink });
            let (y, text) = (top + 10.3, label.clone());
            let ink = tlp_ink(&document.tlp);
            self.draw(&Op::Text { x: x + 4.0, y, size: 9.0, bold: true, ink, text });
            let left = if top < 100.0 {
                self.fonts.plain.visible(&document.mark).into_owned()
            } else {
                say!("page {page} of {pages}", page = at, pages = total)
            };
            let (x, ink) = (MARGIN, Ink::Soft);
            self.draw(&Op::Text { x, y, size: 8.0, bold: false, ink, text: left });
        }
    }
}

/// The label's own colours on black, as FIRST asks.
fn tlp_ink(label: &str) -> Ink {
    match label {
        "AMBER" | "AMBER+STRICT" => Ink::Tlp(0xff, 0xc0, 0x00),
        "GREEN" => Ink::Tlp(0x33, 0xff, 0x00),
        "CLEAR" => Ink::Tlp(0xff, 0xff, 0xff),
        _ => Ink::Tlp(0xff, 0x2b, 0x2b),
    }
}

fn rgb(ink: Ink) -> (f32, f32, f32) {
    let (r, g, b) = match ink {
        Ink::Black => (0x17, 0x19, 0x1c),
        Ink::Soft => (0x56, 0x5d, 0x66),
        Ink::Line => (0xd5, 0xd9, 0xde),
        Ink::Grey => (0xe4, 0xe7, 0xea),
        Ink::Wave(shade) => return mix((0x00, 0x72, 0xb2), shade),
        Ink::Access(shade) => return mix((0xb0, 0x55, 0x8c), shade),
        Ink::Bounds => (0xe6, 0xc7, 0xd9),
        Ink::Tlp(r, g, b) => (r, g, b),
    };
    (channel(r), channel(g), channel(b))
}

fn channel(value: u8) -> f32 {
    (f32::from(value) / 255.0 * 1000.0).round() / 1000.0
}

/// Paler, the less probable.
#[allow(clippy::cast_possible_truncation)] // a picture's precision
fn mix((r, g, b): (u8, u8, u8), shade: f64) -> (f32, f32, f32) {
    let share = (0.25 + 0.75 * shade).clamp(0.0, 1.0) as f32;
    let one = |c: u8| ((1.0 - (1.0 - channel(c)) * share) * 1000.0).round() / 1000.0;
    (one(r), one(g), one(b))
}

/// Writes a font, cut down to what was used.
fn embed(
    pdf: &mut Pdf,
    numbers: &mut Numbers,
    id: Ref,
    font: &OneFont,
    used: &Used,
    name: &[u8],
) -> Option<()> {
    let subset = subsetter::subset(font.bytes, 0, &used.remapper).ok()?;
    let (cid, descriptor, file, map) =
        (numbers.next(), numbers.next(), numbers.next(), numbers.next());
    let name = Name(name);
    pdf.type0_font(id)
        .base_font(name)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(cid)
        .to_unicode(map);
    let mut written = pdf.cid_font(cid);
    written
        .subtype(CidFontType::Type2)
        .base_font(name)
        .system_info(ADOBE_IDENTITY)
        .font_descriptor(descriptor)
        .default_width(0.0)
        .cid_to_gid_map_predefined(Name(b"Identity"));
    let mut widths = written.widths();
    for (glyph, width) in &used.widths {
        widths.consecutive(*glyph, [*width]);
    }
    widths.finish();
    written.finish();
    let face = &font.face;
    let scale = |value: i16| f32::from(value) * 1000.0 / f32::from(face.units_per_em());
    let bounds = face.global_bounding_box();
    pdf.font_descriptor(descriptor)
        .name(name)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(
            scale(bounds.x_min),
            scale(bounds.y_min),
            scale(bounds.x_max),
            scale(bounds.y_max),
        ))
        .italic_angle(0.0)
        .ascent(scale(face.ascender()))
        .descent(scale(face.descender()))
        .cap_height(scale(face.capital_height().unwrap_or(face.ascender())))
        .stem_v(80.0)
        .font_file2(file);
    let packed = deflate(&subset);
    let length = i32::try_from(subset.len()).unwrap_or(i32::MAX);
    let mut stream = pdf.stream(file, &packed);
    stream.filter(Filter::FlateDecode);
    stream.pair(Name(b"Length1"), length);
    stream.finish();
    let mut cmap = UnicodeCmap::new(Name(b"demarche"), ADOBE_IDENTITY);
    for (glyph, meaning) in &used.meanings {
        cmap.pair(*glyph, *meaning);
    }
    let packed = deflate(cmap.finish().as_slice());
    pdf.stream(map, &packed).filter(Filter::FlateDecode);
    Some(())
}
