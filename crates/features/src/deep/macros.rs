//! VBA macros (MS-OVBA): modules of a project, their source, what runs by itself.
//!
//! Our own and not `ovba`: that wants the project at a file's root, where Word and Excel
//! keep theirs deeper, and unpacks source without a bound (a kilobyte may become one
//! mebibyte).

use std::io::{Cursor, Read, Seek};
use std::path::{Path, PathBuf};

use cfb::CompoundFile;
use demarche_core::id::sha256_hex;

use super::{MacroModule, Place, Reader, text};

/// Bytes of one module's source, and of the list of modules.
const MAX_SOURCE: usize = 8 << 20;
/// Modules of a project.
const MAX_MODULES: usize = 500;

/// Procedures that Office runs by itself when a file is opened, made, closed or shown
/// (as oletools' olevba lists them), lower case.
const RUNS: [&str; 24] = [
    "autoexec",
    "autoopen",
    "autoclose",
    "autoexit",
    "autonew",
    "auto_open",
    "auto_close",
    "auto_exec",
    "document_open",
    "document_close",
    "document_new",
    "document_beforeclose",
    "documentopen",
    "documentchange",
    "workbook_open",
    "workbook_activate",
    "workbook_close",
    "workbook_beforeclose",
    "newdocument",
    "presentation_open",
    "slideshowbegin",
    "onslideshowpagechange",
    "inkpicture1_painted",
    "userform_initialize",
];

/// Reads a `vbaProject.bin`.
pub(super) fn read(reader: &mut Reader, bytes: &[u8], member: &str) {
    match CompoundFile::open(Cursor::new(bytes)) {
        Ok(mut file) => read_file(reader, &mut file, member),
        Err(error) => reader.problem(member, format!("macros: {error}")),
    }
}

/// Reads every project of a compound file: a `dir` stream in a storage `VBA`.
pub(super) fn read_file<F: Read + Seek>(
    reader: &mut Reader,
    file: &mut CompoundFile<F>,
    member: &str,
) {
    let projects: Vec<PathBuf> = file
        .walk()
        .filter(|entry| entry.is_stream() && entry.name().eq_ignore_ascii_case("dir"))
        .filter_map(|entry| entry.path().parent().map(Path::to_path_buf))
        .filter(|folder| folder.file_name().is_some_and(|name| name.eq_ignore_ascii_case("VBA")))
        .take(20)
        .collect();
    for project in projects {
        if let Err(problem) = read_project(reader, file, &project, member) {
            reader.problem(member, format!("macros: {problem}"));
        }
    }
}

fn read_project<F: Read + Seek>(
    reader: &mut Reader,
    file: &mut CompoundFile<F>,
    folder: &Path,
    member: &str,
) -> Result<(), String> {
    let packed = stream(file, &folder.join("dir"))?;
    let list = decompress(&packed)?;
    for module in modules(&list) {
        let packed = stream(file, &folder.join(&module.stream))?;
        let source = packed.get(module.offset..).ok_or("a module without source")?;
        let source = match decompress(source) {
            Ok(source) => source,
            Err(problem) => {
                reader.problem(member, format!("macro module `{:.100}`: {problem}", module.name));
                continue;
            }
        };
        reader.left = reader.left.saturating_sub(source.len() as u64);
        let lower = String::from_utf8_lossy(&source).to_lowercase();
        let mut words: Vec<&str> =
            lower.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        words.sort_unstable();
        let runs = RUNS.iter().filter(|name| words.binary_search(name).is_ok());
        let mut runs: Vec<String> = runs.map(|&name| name.to_owned()).collect();
        runs.sort();
        reader.module(MacroModule {
            name: module.name,
            member: member.to_owned(),
            sha256: sha256_hex(&source),
            runs,
        });
        text::read(reader, &source, Place::Macro, member);
    }
    Ok(())
}

fn stream<F: Read + Seek>(file: &mut CompoundFile<F>, path: &Path) -> Result<Vec<u8>, String> {
    let stream = file.open_stream(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    stream.take(MAX_SOURCE as u64).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

#[derive(Default)]
struct Module {
    name: String,
    stream: String,
    offset: usize,
}

/// The modules that a `dir` stream lists (MS-OVBA 2.3.4.2): records of id, size and data.
fn modules(list: &[u8]) -> Vec<Module> {
    let mut out: Vec<Module> = Vec::new();
    let mut rest = list;
    while let Some((head, after)) = rest.split_at_checked(6) {
        let id = u16::from_le_bytes([head[0], head[1]]);
        let mut size = u32::from_le_bytes([head[2], head[3], head[4], head[5]]) as usize;
        if id == 0x0009 {
            // Of the version record the size leaves the minor version out.
            size = 6;
        }
        let Some((data, after)) = after.split_at_checked(size) else { break };
        rest = after;
        let wide = || {
            let units = data.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
            String::from_utf16_lossy(&units.collect::<Vec<_>>())
        };
        let narrow = || String::from_utf8_lossy(data).into_owned();
        let room = out.len() < MAX_MODULES;
        match (id, out.last_mut()) {
            (0x0019, _) if room => {
                out.push(Module { name: narrow(), ..Module::default() });
            }
            (0x0047, Some(module)) => module.name = wide(),
            (0x001a, Some(module)) => module.stream = narrow(),
            (0x0032, Some(module)) => module.stream = wide(),
            (0x0031, Some(module)) => {
                let bytes = data.get(..4).and_then(|bytes| bytes.try_into().ok());
                module.offset = bytes.map_or(0, |bytes| u32::from_le_bytes(bytes) as usize);
            }
            _ => {}
        }
    }
    out.retain(|module| !module.stream.is_empty());
    out
}

/// Unpacks a compressed container (MS-OVBA 2.4.1) to at most [`MAX_SOURCE`] bytes; one that
/// breaks off gives what came before.
pub(super) fn decompress(packed: &[u8]) -> Result<Vec<u8>, String> {
    let mut rest = packed.strip_prefix(&[1]).ok_or("not compressed as macros are")?;
    let mut out = Vec::new();
    while let Some((head, after)) = rest.split_at_checked(2) {
        let header = u16::from_le_bytes([head[0], head[1]]);
        let size = usize::from(header & 0x0fff) + 1;
        let (chunk, after) = after.split_at(size.min(after.len()));
        rest = after;
        let start = out.len();
        if header & 0x8000 == 0 {
            out.extend_from_slice(chunk);
        } else {
            unpack(chunk, start, &mut out)?;
        }
        if out.len() > MAX_SOURCE {
            return Err("more than 8 MiB: not read".to_owned());
        }
    }
    Ok(out)
}

/// Unpacks one chunk, which is at most 4,096 bytes behind `start`.
fn unpack(chunk: &[u8], start: usize, out: &mut Vec<u8>) -> Result<(), String> {
    let mut at = 0;
    while let Some(&flags) = chunk.get(at) {
        at += 1;
        for bit in 0..8 {
            let Some(&byte) = chunk.get(at) else { return Ok(()) };
            if flags >> bit & 1 == 0 {
                out.push(byte);
                at += 1;
                continue;
            }
            let Some(&high) = chunk.get(at + 1) else { return Ok(()) };
            at += 2;
            let token = u16::from_le_bytes([byte, high]);
            let done = out.len() - start;
            // The more was unpacked, the more bits say how far back to copy from.
            let bits = done.next_power_of_two().trailing_zeros().max(4);
            let length_mask = 0xffff_u16.checked_shr(bits).unwrap_or(0);
            let length = usize::from(token & length_mask) + 3;
            let back = usize::from(token.checked_shr(16 - bits).unwrap_or(0)) + 1;
            if back > done || done + length > 4_096 + 8 {
                return Err("damaged source".to_owned());
            }
            for _ in 0..length {
                out.push(out[out.len() - back]);
            }
        }
    }
    Ok(())
}
