//! The only module of this crate that touches files: our own output and keys, and
//! dossiers handed in to be verified. Evidence is never opened here.
#![allow(clippy::disallowed_methods)] // own output and keys, no evidence; see above

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use demarche_core::id::hex;
use sha2::{Digest, Sha256};

/// Keys and manifests are small; whatever is larger is not one.
const SMALL: u64 = 1 << 20;

/// Reads a text file of at most 1 MiB.
pub(crate) fn read_small(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?.take(SMALL + 1).read_to_string(&mut text)?;
    if read as u64 > SMALL {
        return Err(io::Error::other("larger than 1 MiB"));
    }
    Ok(text)
}

/// Reads at most `limit` bytes; a longer file is an error.
pub(crate) fn read_bounded(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if read as u64 > limit {
        return Err(io::Error::other(format!("larger than {limit} bytes")));
    }
    Ok(bytes)
}

/// SHA-256 (hex) and size of a file, without holding it.
pub(crate) fn hash(path: &Path) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((hex(&hasher.finalize()), size));
        }
        hasher.update(&buffer[..read]);
        size += read as u64;
    }
}

/// A buffered reader over a file.
pub(crate) fn lines(path: &Path) -> io::Result<impl BufRead + use<>> {
    Ok(BufReader::new(File::open(path)?))
}

/// At most so many files make up a dossier.
const MOST_FILES: usize = 10_000;

/// Relative paths of all files under a folder, `/` between parts, sorted. Names that are
/// not UTF-8 are shown with replacements; a symbolic link counts as a file.
pub(crate) fn tree(dir: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![(dir.to_owned(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                open.push((entry.path(), format!("{path}/")));
            } else {
                found.push(path);
            }
            if found.len() + open.len() > MOST_FILES {
                return Err(io::Error::other("too many files for a dossier"));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Writes a file under `dir` and its folders, by rename.
pub(crate) fn write_inside(dir: &Path, path: &str, bytes: &[u8]) -> io::Result<()> {
    let path = dir.join(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh = path.with_file_name(name);
    let mut file = File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(fresh, path)
}

/// Writes a new file readable by its owner only, and makes its folder.
pub(crate) fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Paths that a dossier may consist of, those of its first layout among them.
fn is_ours(path: &str) -> bool {
    const TAGS: [&str; 12] = [
        "bagit.txt",
        "bag-info.txt",
        "manifest-sha256.txt",
        "tagmanifest-sha256.txt",
        "checkpoint",
        "cosignatures",
        "report.html",
        "report.json",
        "records.jsonl",
        "custody.jsonl",
        "manifest.json",
        "manifest.sig",
    ];
    TAGS.contains(&path) || path.starts_with("data/") || path.starts_with("time/")
}

/// Writes `contents` into a folder beside `dir` and renames it to `dir`.
///
/// An earlier dossier at `dir` is moved aside first and removed last, so that a reader
/// sees the old one or the new one and never half of one. What witnesses and time stamps
/// added to it is carried over where `checkpoint` is still the same; else the earlier one
/// is kept beside the new one, and its place returned. A folder that holds anything but a
/// dossier is not ours and is left alone, with an error.
pub(crate) fn replace_dossier(
    dir: &Path,
    contents: &BTreeMap<String, Vec<u8>>,
    checkpoint: &[u8],
) -> io::Result<Option<PathBuf>> {
    let name = dir
        .file_name()
        .ok_or_else(|| io::Error::other("not a folder that can be made"))?
        .to_string_lossy();
    let parent = match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent)?;
    let mut vouched = Vec::new();
    if dir.exists() {
        let there = tree(dir)?;
        if let Some(foreign) = there.iter().find(|path| !is_ours(path)) {
            let reason = format!("holds `{foreign}`, which is no part of a dossier; not replaced");
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, reason));
        }
        vouched = there;
        vouched.retain(|path| path == "cosignatures" || path.starts_with("time/"));
    }
    let fresh = parent.join(format!(".{name}.new"));
    let old = parent.join(format!(".{name}.old"));
    remove(&fresh)?;
    remove(&old)?;
    fs::create_dir(&fresh)?;
    for (path, bytes) in contents {
        let path = fresh.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    let same = fs::read(dir.join("checkpoint")).is_ok_and(|before| before == checkpoint);
    let mut kept = None;
    if same && !vouched.is_empty() {
        // Nothing that the checkpoint covers differs: only the tag manifest is as it was.
        vouched.push("tagmanifest-sha256.txt".to_owned());
        for path in &vouched {
            let bytes = fs::read(dir.join(path))?;
            write_inside(&fresh, path, &bytes)?;
        }
    } else if !vouched.is_empty() {
        let digest = hex(&Sha256::digest(fs::read(dir.join("checkpoint"))?));
        let aside = parent.join(format!("{name}-{}", &digest[..12]));
        if !aside.exists() {
            fs::rename(dir, &aside)?;
            kept = Some(aside);
        }
    }
    if dir.exists() {
        fs::rename(dir, &old)?;
    }
    fs::rename(&fresh, dir)?;
    remove(&old)?;
    Ok(kept)
}

fn remove(dir: &PathBuf) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
