//! PDF (ISO 32000): URLs of links and actions, of scripts and of the text; files attached
//! to it; codes in its pictures.

use image::{DynamicImage, GrayImage, RgbImage};
use lopdf::{Dictionary, Document, LoadOptions, Object, Stream};

use super::{Place, Reader, qr, text};

/// Bytes of a PDF that is looked into.
const MAX_PDF: usize = 64 << 20;
/// Bytes that its compressed objects may come to, all of them.
const MAX_OBJECTS: usize = 128 << 20;
/// Bytes of one stream of it.
const MAX_STREAM: usize = 32 << 20;
/// Pages whose text is read.
const MAX_PAGES: usize = 30;
/// Objects inside objects.
const MAX_NESTED: usize = 40;

pub(super) fn read(reader: &mut Reader, bytes: &[u8], member: &str, depth: usize) {
    if bytes.len() > MAX_PDF {
        return reader.problem(member, "a pdf of over 64 MiB: not looked into");
    }
    // Written out URLs of what cannot be parsed, of scripts and of older versions.
    text::read(reader, bytes, Place::Pdf, member);
    // The library bounds each compressed stream of objects, not their sum.
    let streams = memchr::memmem::find_iter(bytes, b"ObjStm").count().max(1);
    let each = (MAX_OBJECTS / streams).min(MAX_STREAM);
    let options = LoadOptions { max_decompressed_size: Some(each), ..LoadOptions::default() };
    let document = match Document::load_mem_with_options(bytes, options) {
        Ok(document) => document,
        Err(error) => return reader.problem(member, format!("pdf: {error}")),
    };
    if document.is_encrypted() {
        reader.problem(member, "an encrypted pdf: password required");
    }
    for object in document.objects.values() {
        walk(reader, object, member, 0);
        if let Object::Stream(stream) = object {
            content(reader, &document, stream, member, depth);
        }
    }
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    if pages.len() > MAX_PAGES {
        reader.cut.insert("a pdf of more than 30 pages: text of the rest is not read");
    }
    for page in pages.into_iter().take(MAX_PAGES) {
        if let Ok(shown) = document.extract_text_with_limit(&[page], MAX_STREAM) {
            text::urls(&shown, &mut |url| reader.url(url, Place::Pdf, member));
        }
    }
}

/// Strings in an object: what a link leads to, what a script says.
fn walk(reader: &mut Reader, object: &Object, member: &str, nested: usize) {
    if nested > MAX_NESTED {
        reader.cut.insert("pdf objects nested deeper than is read");
        return;
    }
    match object {
        Object::String(bytes, _) => {
            text::read(reader, bytes, Place::Pdf, member);
        }
        Object::Array(objects) => {
            for object in objects {
                walk(reader, object, member, nested + 1);
            }
        }
        Object::Dictionary(dictionary) => {
            link(reader, dictionary, member);
            for (_, object) in dictionary {
                walk(reader, object, member, nested + 1);
            }
        }
        Object::Stream(stream) => {
            for (_, object) in &stream.dict {
                walk(reader, object, member, nested + 1);
            }
        }
        _ => {}
    }
}

/// A link need not name a scheme: viewers take `www.example.com` for one.
fn link(reader: &mut Reader, dictionary: &Dictionary, member: &str) {
    let Ok(uri) = dictionary.get(b"URI").and_then(Object::as_str) else { return };
    let uri = String::from_utf8_lossy(uri);
    let uri = uri.trim();
    if uri.to_ascii_lowercase().starts_with("www.") {
        reader.url(&format!("http://{uri}"), Place::Pdf, member);
    }
}

fn content(reader: &mut Reader, document: &Document, stream: &Stream, member: &str, depth: usize) {
    let is = |key: &[u8], name: &[u8]| {
        stream.dict.get(key).and_then(Object::as_name).is_ok_and(|value| value == name)
    };
    if is(b"Subtype", b"Image") {
        reader.pictures += 1;
        if reader.pictures > super::MAX_PICTURES {
            reader.cut.insert("more than 60 pictures: the rest is not searched for codes");
            return;
        }
        match picture(document, stream) {
            Some(Ok(texts)) => reader.codes(texts, member),
            Some(Err(problem)) => reader.problem(member, problem),
            None => {}
        }
    } else if is(b"Type", b"EmbeddedFile") {
        let most = MAX_STREAM.min(usize::try_from(reader.left).unwrap_or(usize::MAX));
        match stream.get_plain_content_with_limit(most) {
            Ok(content) => {
                reader.left = reader.left.saturating_sub(content.len() as u64);
                let number = reader.out.members.len();
                let path = format!("{member}!/embedded {number}");
                reader.member(path.trim_start_matches("!/"), &content, depth);
            }
            Err(error) => reader.problem(member, format!("embedded file: {error}")),
        }
    } else if stream.dict.get(b"Type").is_err() && stream.dict.get(b"Subtype").is_err() {
        // Contents of pages, and scripts. A link's text may be drawn piece by piece; what
        // stands in one piece is found.
        if let Ok(content) = stream.get_plain_content_with_limit(MAX_STREAM.min(4 << 20)) {
            text::read(reader, &content, Place::Pdf, member);
        }
    }
}

/// The codes in a picture: JPEG, or plain grey or RGB of 8 bits, or black and white of one.
fn picture(document: &Document, stream: &Stream) -> Option<Result<Vec<String>, String>> {
    let filters = stream.filters().unwrap_or_default();
    if filters.last().is_some_and(|filter| *filter == b"DCTDecode") {
        return (filters.len() == 1).then(|| qr::read(&stream.content));
    }
    if filters.iter().any(|filter| *filter != b"FlateDecode") {
        return None;
    }
    let number = |key: &[u8]| {
        let value = stream.dict.get_deref(key, document).ok()?;
        u32::try_from(value.as_i64().ok()?).ok()
    };
    let (width, height) = (number(b"Width")?, number(b"Height")?);
    let bits = number(b"BitsPerComponent").unwrap_or(1);
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > (MAX_STREAM / 3) as u64 {
        return None;
    }
    let content = stream.get_plain_content_with_limit(MAX_STREAM).ok()?;
    let pixels = usize::try_from(pixels).ok()?;
    let picture = match (bits, content.len()) {
        (8, length) if length >= pixels * 3 => DynamicImage::ImageRgb8(RgbImage::from_raw(
            width,
            height,
            content[..pixels * 3].into(),
        )?),
        (8, length) if length >= pixels => {
            DynamicImage::ImageLuma8(GrayImage::from_raw(width, height, content[..pixels].into())?)
        }
        (1, length) => {
            let row = width.div_ceil(8) as usize;
            if length < row * height as usize {
                return None;
            }
            DynamicImage::ImageLuma8(GrayImage::from_fn(width, height, |x, y| {
                let byte = content[y as usize * row + x as usize / 8];
                image::Luma([if byte >> (7 - x % 8) & 1 == 1 { 255 } else { 0 }])
            }))
        }
        _ => return None,
    };
    Some(qr::of_picture(picture))
}
