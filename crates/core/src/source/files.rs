//! Which files an evidence argument means.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::SourceError;

/// A file to read, with the name it goes by in evidence references.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// Relative to the evidence argument when that is a folder, else the file's name;
    /// `/` between parts, control characters replaced.
    pub display: String,
    /// Where it is on this machine.
    pub path: PathBuf,
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
