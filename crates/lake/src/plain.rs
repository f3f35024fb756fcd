//! Tables made plain: what the contract's views answer, written out once in its order.
//!
//! A view of `messages` removes duplicates anew for every question, which is a sort of the
//! whole archive: seconds on a laptop, where a page of the workbench has a third of one. A
//! plain file holds the same rows, already without duplicates and in the table's order, so
//! that a filter is one scan and a first page a few row groups. Each is named by a digest of
//! all that its rows depend on; a session takes the file where there is one and the view
//! where there is none, and both give the same answer.
//!
//! They lie under `aggregates/plain/v1/`, can be deleted at any time, and go with every
//! source that is forgotten.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::{Lake, LakeError, Session};

/// Raised when the rows of a view change their meaning.
const VERSION: &str = "1";
/// Rows of a row group: small enough that bounds of time leave most groups unread.
const GROUP_ROWS: usize = 32 << 10;
/// Digits of a digest in a file's name.
const DIGITS: usize = 24;

/// A table that can be plain.
pub(crate) struct Plain {
    /// Its name.
    pub(crate) name: &'static str,
    /// Columns that the file is sorted by, ascending; empty where the order is of parts of
    /// columns.
    pub(crate) sorted: &'static [&'static str],
    /// Whether runs and hunts change its rows.
    of_run: bool,
}

/// The tables whose views are dear, and the counts behind the time line.
pub(crate) const PLAIN: [Plain; 6] = [
    Plain { name: "messages", sorted: &["date", "message_uid", "mailbox"], of_run: false },
    Plain { name: "events", sorted: &["time", "event_uid"], of_run: false },
    Plain { name: "fetches", sorted: &["time", "fetch_uid"], of_run: false },
    Plain { name: "findings", sorted: &["time", "rule", "finding_uid"], of_run: true },
    Plain { name: "anomalies", sorted: &[], of_run: true },
    Plain { name: CUBE, sorted: &["unit", "lane", "at"], of_run: true },
];

/// The table of counts by minute, hour and day: `unit, lane, at, n`.
pub(crate) const CUBE: &str = "timeline_cube";
/// What is counted: a table and its column of time.
const LANES: [(&str, &str); 5] = [
    ("messages", "date"),
    ("events", "time"),
    ("fetches", "time"),
    ("calls", "time"),
    ("findings", "time"),
];

/// The cube as a view over the contract's tables.
pub(crate) fn cube() -> String {
    let mut parts = Vec::new();
    for unit in ["minute", "hour", "day"] {
        for (table, time) in LANES {
            parts.push(format!(
                "SELECT '{unit}' AS unit, '{table}' AS lane, at, count(*) AS n FROM (SELECT \
                 date_trunc('{unit}', \"{time}\") AS at FROM {table} WHERE \"{time}\" IS NOT NULL) \
                 GROUP BY at"
            ));
        }
    }
    parts.join(" UNION ALL ")
}

impl Lake {
    /// Where a table's plain file is, or would be.
    fn plain_path(&self, table: &Plain) -> Result<PathBuf, LakeError> {
        let manifest = self.manifest();
        let of_run = (&manifest.base_run, &manifest.run, &manifest.hunts);
        let parts = (
            VERSION,
            table.name,
            &manifest.units,
            table.of_run.then_some(match of_run {
                // Decisions change other tables than these.
                (Some(base), _, hunts) => (Some(base), hunts),
                (None, run, hunts) => (run.as_ref(), hunts),
            }),
        );
        let bytes =
            serde_json::to_vec(&parts).map_err(|error| LakeError::row(table.name, error))?;
        let key = &blake3::hash(&bytes).to_hex()[..DIGITS];
        Ok(self.plain_folder().join(format!("{}-{key}.parquet", table.name)))
    }

    fn plain_folder(&self) -> PathBuf {
        self.dir().join("aggregates").join("plain").join("v1")
    }

    /// Tables with a plain file, and the file.
    pub(crate) fn plain_files(&self) -> Result<Vec<(&'static Plain, PathBuf)>, LakeError> {
        let mut files = Vec::new();
        for table in &PLAIN {
            let path = self.plain_path(table)?;
            if path.exists() {
                files.push((table, path));
            }
        }
        Ok(files)
    }

    /// Whether every table that can be plain is.
    ///
    /// # Errors
    /// A manifest that cannot be written as JSON: a defect.
    pub fn is_plain(&self) -> Result<bool, LakeError> {
        Ok(self.plain_files()?.len() == PLAIN.len())
    }

    /// Makes the tables plain that are not; `open` opens a session over this state, `told`
    /// is called before each table. Returns false where somebody else changed the case
    /// meanwhile, so that what was made is of no use.
    ///
    /// # Errors
    /// What the case's files say, or [`LakeError::Locked`] while another process writes.
    pub fn make_plain<E: From<LakeError>>(
        &self,
        open: &dyn Fn() -> Result<Session, E>,
        told: &dyn Fn(&str),
    ) -> Result<bool, E> {
        let mut session = open()?;
        for table in &PLAIN {
            let path = self.plain_path(table)?;
            if path.exists() {
                continue;
            }
            told(table.name);
            if table.name == CUBE {
                // Over the plain tables made before it.
                session = open()?;
            }
            let order = match table.sorted {
                [] => crate::TABLES.iter().find(|t| t.name == table.name).map_or("1", |t| t.order),
                sorted => &sorted.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(", "),
            };
            // Inside `aggregates`, which goes whole when a source is forgotten.
            let folder = self.plain_folder();
            fs::create_dir_all(&folder).map_err(LakeError::io(&folder))?;
            let part = folder.join(format!("{}.part", std::process::id()));
            let sql = format!("SELECT * FROM {} ORDER BY {order}", table.name);
            let kept = write(&session, &sql, &part).and_then(|()| self.keep(&part, &path));
            if !matches!(kept, Ok(true)) {
                let _ = fs::remove_file(&part);
                return Ok(kept?);
            }
        }
        self.drop_other_plain().map_err(E::from)?;
        Ok(true)
    }

    /// Moves a finished file of this state to `path` inside the case, unless the case has
    /// changed since: what was forgotten must not come back by a file made before.
    ///
    /// # Errors
    /// [`LakeError::Locked`] while another process writes; what the files say.
    pub fn keep(&self, part: &Path, path: &Path) -> Result<bool, LakeError> {
        let _lock = crate::store::lock(self.dir())?;
        if Self::open(self.dir())?.manifest() != self.manifest() {
            return Ok(false);
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(LakeError::io(folder))?;
        }
        fs::rename(part, path).map_err(LakeError::io(path))?;
        Ok(true)
    }

    /// Removes plain files of other states.
    fn drop_other_plain(&self) -> Result<(), LakeError> {
        let folder = self.plain_folder();
        let current: Vec<PathBuf> = self.plain_files()?.into_iter().map(|(_, path)| path).collect();
        for entry in fs::read_dir(&folder).map_err(LakeError::io(&folder))?.flatten() {
            if !current.contains(&entry.path()) {
                fs::remove_file(entry.path()).map_err(LakeError::io(&folder))?;
            }
        }
        Ok(())
    }
}

/// Writes a query's rows into one file.
fn write(session: &Session, sql: &str, path: &Path) -> Result<(), LakeError> {
    let bad = |error: parquet::errors::ParquetError| LakeError::row("plain", error);
    let file = File::create(path).map_err(LakeError::io(path))?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).map_err(bad)?))
        .set_max_row_group_row_count(Some(GROUP_ROWS));
    let schema = session.schema_of(sql)?;
    let mut writer = ArrowWriter::try_new(file, schema, Some(properties.build())).map_err(bad)?;
    session.stream(sql, &mut |batch| writer.write(batch).map_err(bad))?;
    let file = writer.into_inner().map_err(bad)?;
    file.sync_all().map_err(LakeError::io(path))
}
