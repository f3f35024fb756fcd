//! Which files an evidence argument means.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use super::SourceError;
use crate::UtcMicros;

/// A file to read, with the name it goes by in evidence references.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// Relative to the evidence argument when that is a folder, else the file's name;
    /// `/` between parts, control characters replaced.
    pub display: String,
    /// Where it is on this machine.
    pub path: PathBuf,
}

/// What the file system says of a file without its being read: by the same stamp at the
/// same path a file that was hashed before is taken for unchanged, as build tools and
/// version control do. Writing to a file changes `changed`, which no program can set back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileStamp {
    /// Its number in the file system.
    pub inode: u64,
    /// Its size.
    pub bytes: u64,
    /// Last change of its bytes, nanoseconds since the epoch.
    pub modified: i64,
    /// Last change of its bytes or its entry, nanoseconds since the epoch.
    pub changed: i64,
}

impl FileStamp {
    /// Coarsest clock of a file system in use (FAT).
    const TICK: i64 = 2_000_000_000;

    /// The stamp of the file at `path`; none where the system has no such numbers.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let meta = std::fs::metadata(path).ok()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let nanos =
                |seconds: i64, nanos: i64| seconds.checked_mul(1_000_000_000)?.checked_add(nanos);
            Some(Self {
                inode: meta.ino(),
                bytes: meta.len(),
                modified: nanos(meta.mtime(), meta.mtime_nsec())?,
                changed: nanos(meta.ctime(), meta.ctime_nsec())?,
            })
        }
        #[cfg(not(unix))]
        {
            drop(meta);
            None
        }
    }

    /// Whether the file lay unchanged for long enough before `now` that a later change
    /// cannot bear the same stamp.
    #[must_use]
    pub fn is_settled(&self, now: UtcMicros) -> bool {
        let latest = self.modified.max(self.changed);
        latest.saturating_add(Self::TICK) < now.micros().saturating_mul(1_000)
    }
}

/// All regular files under `argument`, sorted by display path. Symbolic links inside a
/// folder are not followed: evidence must not lead out of its folder. Folders that
/// cannot be entered are returned beside the files.
///
/// # Errors
/// When the argument itself cannot be opened or is neither file nor folder.
pub fn list(argument: &Path) -> Result<(Vec<SourceFile>, Vec<String>), SourceError> {
    let meta = std::fs::metadata(argument)
        .map_err(|error| SourceError::Io { path: argument.display().to_string(), error })?;
    if meta.is_file() {
        let name = argument.file_name().unwrap_or(argument.as_os_str());
        let file = SourceFile { display: clean(Path::new(name)), path: argument.to_path_buf() };
        return Ok((vec![file], Vec::new()));
    }
    if !meta.is_dir() {
        return Err(SourceError::NotAFile { path: argument.display().to_string() });
    }
    let mut files = Vec::new();
    let mut unreadable = Vec::new();
    for entry in WalkDir::new(argument).follow_links(false) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => {
                let inside = entry.path().strip_prefix(argument).unwrap_or(entry.path());
                files.push(SourceFile { display: clean(inside), path: entry.path().to_path_buf() });
            }
            Ok(entry) if entry.file_type().is_symlink() => {
                unreadable.push(format!("{}: symbolic link, not followed", clean(entry.path())));
            }
            Ok(_) => {}
            Err(error) => unreadable.push(error.to_string()),
        }
    }
    files.sort();
    Ok((files, unreadable))
}

fn clean(path: &Path) -> String {
    let parts = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    parts
        .collect::<Vec<_>>()
        .join("/")
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_the_same_size_changes_the_stamp() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, "1").unwrap();
        let before = FileStamp::of(&path).unwrap();
        assert_eq!(FileStamp::of(&path), Some(before));
        let now = UtcMicros::from_micros(before.changed / 1_000).unwrap();
        assert!(!before.is_settled(now));
        let later = UtcMicros::from_micros(now.micros() + 3_000_000).unwrap();
        assert!(before.is_settled(later));
        std::thread::sleep(std::time::Duration::from_millis(20));
        std::fs::write(&path, "2").unwrap();
        // As a sender of evidence might: the same time of modification again.
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        let modified =
            std::time::UNIX_EPOCH + std::time::Duration::from_nanos(before.modified.unsigned_abs());
        file.set_modified(modified).unwrap();
        let after = FileStamp::of(&path).unwrap();
        assert_eq!((after.bytes, after.modified), (before.bytes, before.modified));
        assert_ne!(after, before);
        assert!(FileStamp::of(&dir.path().join("none")).is_none());
    }

    #[test]
    fn lists_by_name_relative_to_the_argument() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("b")).unwrap();
        std::fs::write(dir.path().join("b/x"), "1").unwrap();
        std::fs::write(dir.path().join("a"), "2").unwrap();
        let (files, unreadable) = list(dir.path()).unwrap();
        let names: Vec<_> = files.iter().map(|f| f.display.as_str()).collect();
        assert_eq!(names, ["a", "b/x"]);
        assert!(unreadable.is_empty());
        assert!(list(&dir.path().join("nowhere")).is_err());
    }
}
