//! Office files: OOXML (ECMA-376) and OpenDocument packages, and the compound files of
//! Word, Excel and PowerPoint up to 2003 (MS-DOC, MS-XLS, MS-PPT).
//!
//! Of a package the relationships count most: a hyperlink's target, and a template that
//! Word loads by itself (T1221), lie there and not in the text.

use std::io::{Cursor, Read as _};

use quick_xml::events::Event;

use super::{Place, Reader, kind, macros, text};

/// Entries of a package that are looked at.
const MAX_ENTRIES: usize = 4_000;
/// Bytes of one entry.
const MAX_ENTRY: u64 = 32 << 20;
/// Bytes of a compound file's stream.
const MAX_STREAM: u64 = 32 << 20;

pub(super) fn read_zip(reader: &mut Reader, bytes: &[u8], member: &str, depth: usize) {
    let mut package = match zip::ZipArchive::new(Cursor::new(bytes)) {
        Ok(package) => package,
        Err(error) => return reader.problem(member, format!("office package: {error}")),
    };
    if package.len() > MAX_ENTRIES {
        reader.cut.insert("an office file of more than 4000 parts: the rest is not read");
    }
    for index in 0..package.len().min(MAX_ENTRIES) {
        let mut entry = match package.by_index(index) {
            Ok(entry) => entry,
            Err(error) => {
                reader.problem(member, format!("part {index}: {error}"));
                continue;
            }
        };
        if !entry.is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let most = MAX_ENTRY.min(reader.left);
        let mut content = Vec::new();
        let result = entry.by_ref().take(most + 1).read_to_end(&mut content);
        reader.left = reader.left.saturating_sub(content.len() as u64);
        if let Err(error) = result {
            reader.problem(member, format!("part `{name:.100}`: {error}"));
        } else if content.len() as u64 > most {
            reader.problem(member, format!("part `{name:.100}`: over {most} bytes, not read"));
        } else {
            part(reader, &name, &content, member, depth);
        }
    }
}

fn part(reader: &mut Reader, name: &str, content: &[u8], member: &str, depth: usize) {
    let lower = name.to_ascii_lowercase();
    if lower.ends_with(".rels") || lower.ends_with(".xml") {
        if let Err(error) = xml(reader, content, member) {
            reader.problem(member, format!("part `{name:.100}`: {error}"));
        }
    } else if lower.ends_with("vbaproject.bin") {
        macros::read(reader, content, member);
    } else if kind::family(content) == kind::Family::Picture {
        reader.picture(content, member);
    } else if kind::family(content) != kind::Family::Other {
        // Embedded objects.
        let path = format!("{member}!/{name}");
        reader.member(path.trim_start_matches("!/"), content, depth);
    }
}

/// Targets outside of the package, and the text, whose runs are put together: a link's text
/// is often in several.
fn xml(reader: &mut Reader, content: &[u8], member: &str) -> Result<(), quick_xml::Error> {
    let content = String::from_utf8_lossy(content);
    let mut source = quick_xml::Reader::from_str(&content);
    source.config_mut().check_end_names = false;
    let mut shown = String::new();
    let flush = |shown: &mut String, reader: &mut Reader| {
        text::urls(shown, &mut |url| reader.url(url, Place::Office, member));
        shown.clear();
    };
    loop {
        match source.read_event()? {
            Event::Start(tag) | Event::Empty(tag) => {
                for attribute in tag.attributes().with_checks(false).flatten() {
                    let local = attribute.key.local_name();
                    if matches!(local.as_ref(), "Target" | "href" | "instr" | "location") {
                        let value = unescape(&attribute.value);
                        text::urls(&value, &mut |url| reader.url(url, Place::Office, member));
                    }
                }
            }
            Event::Text(piece) => shown.push_str(&piece),
            Event::GeneralRef(name) => {
                shown.push_str(&unescape(&format!("&{};", &*name)));
            }
            Event::CData(piece) => shown.push_str(&piece),
            // The end of a paragraph, a cell, a shared string.
            Event::End(tag) if matches!(tag.local_name().as_ref(), "p" | "si" | "c" | "is") => {
                flush(&mut shown, reader);
            }
            Event::Eof => {
                flush(&mut shown, reader);
                return Ok(());
            }
            _ => {}
        }
        if shown.len() > 1 << 20 {
            flush(&mut shown, reader);
        }
    }
}

fn unescape(text: &str) -> String {
    quick_xml::escape::unescape(text).map_or_else(|_| text.to_owned(), |t| t.into_owned())
}

/// A compound file: URLs in its streams, macros. One that holds neither shows nothing.
pub(super) fn read_ole(reader: &mut Reader, bytes: &[u8], member: &str) {
    let mut file = match cfb::CompoundFile::open(Cursor::new(bytes)) {
        Ok(file) => file,
        Err(error) => {
            text::read(reader, bytes, Place::Office, member);
            return reader.problem(member, format!("compound file: {error}"));
        }
    };
    let streams: Vec<_> = file
        .walk()
        .filter(cfb::Entry::is_stream)
        .take(MAX_ENTRIES)
        .map(|entry| entry.path().to_path_buf())
        .collect();
    for path in streams {
        let Ok(stream) = file.open_stream(&path) else { continue };
        let most = MAX_STREAM.min(reader.left);
        let mut content = Vec::new();
        if stream.take(most).read_to_end(&mut content).is_err() {
            reader.problem(member, format!("stream `{}` broken off", path.display()));
        }
        if content.len() as u64 == most {
            reader.cut.insert("a stream of over 32 MiB: the rest is not looked through");
        }
        reader.left = reader.left.saturating_sub(content.len() as u64);
        text::read(reader, &content, Place::Office, member);
    }
    macros::read_file(reader, &mut file, member);
}
