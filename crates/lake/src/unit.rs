//! Writing a unit: rows of any table into Parquet and words into the text index, with
//! bounded memory.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use demarche_core::Observable;

use crate::sorted::Sorted;
use crate::{LakeError, Row, TextWriter};

/// Rows of a batch at most; a batch is a slice of a row group.
const BATCH_ROWS: usize = 4_096;
/// A row group is closed when it has taken in about this many bytes.
const GROUP_BYTES: usize = 64 << 20;

/// One unit, while it is written: its tables, and the words of its messages.
pub struct UnitWriter {
    tables: Tables,
    text: TextWriter,
}

/// The tables of one unit, while they are written.
pub struct Tables {
    folder: PathBuf,
    open: BTreeMap<&'static str, TableWriter>,
    observables: Sorted<Observable>,
}

struct TableWriter {
    writer: ArrowWriter<File>,
    rows: u64,
}

/// A unit whose files are closed and on disk, ready to be moved into place.
#[derive(Debug)]
pub struct FinishedUnit {
    pub(crate) rows: BTreeMap<String, u64>,
}

/// Name of the folder of the words beside the tables of a staged unit.
pub(crate) const STAGED_TEXT: &str = "text";

impl UnitWriter {
    pub(crate) fn new(folder: PathBuf) -> Self {
        let text = TextWriter::new(folder.join(STAGED_TEXT));
        let observables = Sorted::new(folder.clone());
        Self { tables: Tables { folder, open: BTreeMap::new(), observables }, text }
    }

    /// Tables and words, to be written side by side.
    pub fn parts(&mut self) -> (&mut Tables, &mut TextWriter) {
        (&mut self.tables, &mut self.text)
    }

    /// Closes the files and forces them to disk.
    ///
    /// # Errors
    /// What the files say.
    pub fn finish(self) -> Result<FinishedUnit, LakeError> {
        let Self { mut tables, text } = self;
        text.finish()?;
        let observables = std::mem::replace(&mut tables.observables, Sorted::new(PathBuf::new()));
        observables.finish(&mut |rows| tables.push(rows))?;
        let mut rows = BTreeMap::new();
        for (name, table) in tables.open {
            close(name, table.writer)?;
            rows.insert(name.to_owned(), table.rows);
        }
        Ok(FinishedUnit { rows })
    }
}

impl Tables {
    /// Appends rows to their table.
    ///
    /// # Errors
    /// What the file says, or [`LakeError::Row`] for a row that does not fit.
    pub fn push<R: Row>(&mut self, rows: &[R]) -> Result<(), LakeError> {
        if rows.is_empty() {
            return Ok(());
        }
        let path = self.folder.join(R::TABLE.replace('/', "~"));
        if !self.open.contains_key(R::TABLE) {
            fs::create_dir_all(&self.folder).map_err(LakeError::io(&self.folder))?;
            self.open.insert(R::TABLE, TableWriter { writer: open::<R>(&path)?, rows: 0 });
        }
        let table = self.open.get_mut(R::TABLE).expect("invariant: inserted above");
        write(&mut table.writer, rows)?;
        table.rows += rows.len() as u64;
        Ok(())
    }

    /// Takes observables in any order; the unit's table has them sorted by type and value.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_observables(&mut self, rows: Vec<Observable>) -> Result<(), LakeError> {
        self.observables.push(rows)
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
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(R::GROUP_ROWS));
    for column in R::UNIQUE {
        let path = ColumnPath::new(column.split('.').map(str::to_owned).collect());
        properties = properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_statistics_enabled(path, EnabledStatistics::None);
    }
    let schema = arrow::datatypes::Schema::new(R::fields());
    ArrowWriter::try_new(file, schema.into(), Some(properties.build()))
        .map_err(|error| LakeError::row(R::TABLE, error))
}

fn write<R: Row>(writer: &mut ArrowWriter<File>, rows: &[R]) -> Result<(), LakeError> {
    for chunk in rows.chunks(BATCH_ROWS) {
        let batch = R::batch(chunk)?;
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
