//! Keeping the index in step with the manifest.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use demarche_core::Message;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{FOLDER, TextWriter, folder};
use crate::unit::STAGED_TEXT;
use crate::{Lake, LakeError, Manifest, Row, Writer};

/// Rows held at once; each may carry a large body.
const ROWS: usize = 256;

impl Lake {
    /// Units whose messages are not in the text index: it was deleted, or an older program
    /// made the case. [`Writer::complete_text`] makes it whole.
    #[must_use]
    pub fn units_without_text(&self) -> Vec<String> {
        without_text(self.dir(), self.manifest())
    }
}

fn without_text(case: &Path, manifest: &Manifest) -> Vec<String> {
    let units = manifest.units.iter();
    units
        .filter(|(_, unit)| unit.rows.get(Message::TABLE).is_some_and(|rows| *rows > 0))
        .filter(|(id, _)| !folder(case, id).exists())
        .map(|(id, _)| id.clone())
        .collect()
}

impl Writer {
    /// Makes the text index of every unit that has none from its stored rows. Returns how
    /// many there were.
    ///
    /// # Errors
    /// What the files say.
    pub fn complete_text(&self) -> Result<usize, LakeError> {
        let missing = without_text(self.dir(), self.manifest());
        for id in &missing {
            self.build_text(id)?;
        }
        Ok(missing.len())
    }

    /// Makes a unit's text index from its stored messages.
    pub(crate) fn build_text(&self, id: &str) -> Result<(), LakeError> {
        let from = self.dir().join(Message::TABLE).join(format!("{id}.parquet"));
        let damaged = |error: &dyn ToString| LakeError::damaged(&from, error.to_string());
        let file = File::open(&from).map_err(LakeError::io(&from))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| damaged(&e))?;
        let reader = reader.with_batch_size(ROWS).build().map_err(|e| damaged(&e))?;
        self.clear_staged(id)?;
        let mut text = TextWriter::new(self.staged(id).join(STAGED_TEXT));
        for batch in reader {
            let batch = batch.map_err(|e| damaged(&e))?;
            let rows: Vec<Message> =
                serde_arrow::from_record_batch(&batch).map_err(|e| damaged(&e))?;
            text.add(&rows)?;
        }
        text.finish()?;
        self.move_text(id)?;
        self.clear_staged(id)
    }

    /// Moves the staged words of a unit into place.
    pub(crate) fn move_text(&self, id: &str) -> Result<(), LakeError> {
        let from = self.staged(id).join(STAGED_TEXT);
        if !from.exists() {
            return Ok(());
        }
        self.drop_text(id)?;
        let to = folder(self.dir(), id);
        let parent = self.dir().join(FOLDER);
        fs::create_dir_all(&parent).map_err(LakeError::io(&parent))?;
        fs::rename(&from, &to).map_err(LakeError::io(&to))
    }

    /// Removes the words of a unit from disk.
    pub(crate) fn drop_text(&self, id: &str) -> Result<(), LakeError> {
        let folder = folder(self.dir(), id);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(LakeError::io(&folder)(error))
            }
            _ => Ok(()),
        }
    }

    /// Removes the words of units that no manifest names, and indexes of another version.
    pub(crate) fn remove_orphaned_text(&self) -> Result<(), LakeError> {
        let current = self.dir().join(FOLDER);
        let versions = self.dir().join("index/text");
        let orphaned = |path: &Path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_none_or(|name| !self.manifest().units.contains_key(name))
        };
        let entries = |folder: &Path| match fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(LakeError::io(folder)(error)),
            Ok(entries) => Ok(entries.flatten().map(|entry| entry.path()).collect()),
        };
        let others = entries(&versions)?.into_iter().filter(|path| *path != current);
        let orphans = entries(&current)?.into_iter().filter(|path| orphaned(path));
        for path in others.chain(orphans) {
            fs::remove_dir_all(&path).map_err(LakeError::io(&path))?;
        }
        Ok(())
    }

    /// Where a unit is written before it is moved into place.
    pub(crate) fn staged(&self, id: &str) -> PathBuf {
        self.dir().join("staging").join(id)
    }

    /// Removes what is staged of a unit.
    pub(crate) fn clear_staged(&self, id: &str) -> Result<(), LakeError> {
        let staged = self.staged(id);
        match fs::remove_dir_all(&staged) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(LakeError::io(&staged)(error))
            }
            _ => Ok(()),
        }
    }
}
