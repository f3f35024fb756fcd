//! The only module of this crate that touches files: our own output and keys, and
//! dossiers handed in to be verified. Evidence is never opened here.
#![allow(clippy::disallowed_methods)] // own output and keys, no evidence; see above

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

/// Names in a folder, sorted; names that are not UTF-8 are shown with replacements.
pub(crate) fn names(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = fs::read_dir(dir)?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
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

/// Writes `contents` into a folder beside `dir` and renames it to `dir`.
///
/// An earlier dossier at `dir` is moved aside first and removed last, so that a reader
/// sees the old one or the new one and never half of one. A folder that holds anything
/// but files of these names is not ours and is left alone, with an error.
pub(crate) fn replace_folder(dir: &Path, contents: &[(&str, &[u8])]) -> io::Result<()> {
    let name = dir
        .file_name()
        .ok_or_else(|| io::Error::other("not a folder that can be made"))?
        .to_string_lossy();
    let parent = match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent)?;
    if dir.exists() {
        let foreign = names(dir)?.into_iter().find(|name| contents.iter().all(|c| c.0 != name));
        if let Some(foreign) = foreign {
            let reason = format!("holds `{foreign}`, which is no part of a dossier; not replaced");
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, reason));
        }
    }
    let fresh = parent.join(format!(".{name}.new"));
    let old = parent.join(format!(".{name}.old"));
    remove(&fresh)?;
    remove(&old)?;
    fs::create_dir(&fresh)?;
    for (file_name, bytes) in contents {
        let mut file = File::create(fresh.join(file_name))?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    if dir.exists() {
        fs::rename(dir, &old)?;
    }
    fs::rename(&fresh, dir)?;
    remove(&old)
}

fn remove(dir: &PathBuf) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
