//! Writing a unit: rows of any table into Parquet, with bounded memory.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::FieldRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::{LakeError, Row};

/// Rows of a batch at most; a batch is a slice of a row group.
const BATCH_ROWS: usize = 4_096;
/// A row group is closed when it has taken in about this many bytes.
const GROUP_BYTES: usize = 64 << 20;

/// The tables of one unit, while they are written.
pub struct UnitWriter {
    folder: PathBuf,
    tables: BTreeMap<&'static str, TableWriter>,
}

struct TableWriter {
    writer: ArrowWriter<File>,
    rows: u64,
}

impl UnitWriter {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, tables: BTreeMap::new() }
    }

    /// Appends rows to their table.
    ///
    /// # Errors
    /// What the file says, or [`LakeError::Row`] for a row that does not fit.
    pub fn push<R: Row>(&mut self, rows: &[R]) -> Result<(), LakeError> {
        if rows.is_empty() {
            return Ok(());
        }
        let path = self.folder.join(R::TABLE.replace('/', "~"));
        if !self.tables.contains_key(R::TABLE) {
            fs::create_dir_all(&self.folder).map_err(LakeError::io(&self.folder))?;
            self.tables.insert(R::TABLE, TableWriter { writer: open::<R>(&path)?, rows: 0 });
        }
        let table = self.tables.get_mut(R::TABLE).expect("invariant: inserted above");
        write(&mut table.writer, rows)?;
        table.rows += rows.len() as u64;
        Ok(())
    }

    /// Closes the files and forces them to disk; rows by table.
    pub(crate) fn finish(self) -> Result<BTreeMap<String, u64>, LakeError> {
        let mut rows = BTreeMap::new();
        for (name, table) in self.tables {
            close(name, table.writer)?;
            rows.insert(name.to_owned(), table.rows);
        }
        Ok(rows)
    }
}

/// Writes a whole table into one file.
pub(crate) fn write_file<R: Row>(path: &Path, rows: &[R]) -> Result<(), LakeError> {
    let mut writer = open::<R>(path)?;
    write(&mut writer, rows)?;
    close(R::TABLE, writer)
}

fn open<R: Row>(path: &Path) -> Result<ArrowWriter<File>, LakeError> {
    let file = File::create(path).map_err(LakeError::io(path))?;
    let level = ZstdLevel::try_new(1).map_err(|error| LakeError::row(R::TABLE, error))?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
    let schema = arrow::datatypes::Schema::new(R::fields());
    ArrowWriter::try_new(file, schema.into(), Some(properties))
        .map_err(|error| LakeError::row(R::TABLE, error))
}

fn write<R: Row>(writer: &mut ArrowWriter<File>, rows: &[R]) -> Result<(), LakeError> {
    let fields: Vec<FieldRef> = R::fields();
    for chunk in rows.chunks(BATCH_ROWS) {
        let batch: RecordBatch = serde_arrow::to_record_batch(&fields, &chunk)
            .map_err(|error| LakeError::row(R::TABLE, error))?;
        writer.write(&batch).map_err(|error| LakeError::row(R::TABLE, error))?;
        if writer.in_progress_size() > GROUP_BYTES {
            writer.flush().map_err(|error| LakeError::row(R::TABLE, error))?;
        }
    }
    Ok(())
}

fn close(table: &str, writer: ArrowWriter<File>) -> Result<(), LakeError> {
    let file = writer.into_inner().map_err(|error| LakeError::row(table, error))?;
    file.sync_all().map_err(|error| LakeError::row(table, error))
}
