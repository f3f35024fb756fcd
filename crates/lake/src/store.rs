//! The case folder: one writer, any number of readers of the last committed state.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use demarche_core::Probability;

use crate::{FinishedUnit, LakeError, Manifest, Row, UnitEntry, UnitWriter};

/// Bytes that the queries of a session may hold before they spill to disk or fail.
const QUERY_MEMORY: usize = 4 << 30;
/// Runs whose derived tables are kept, the one that holds among them.
const RUNS: usize = 3;

/// A case folder, for reading.
#[derive(Clone, Debug)]
pub struct Lake {
    dir: PathBuf,
    manifest: Manifest,
    query_memory: usize,
}

impl Lake {
    /// Opens the state that `CURRENT` names.
    ///
    /// # Errors
    /// [`LakeError::NoCase`] without `CURRENT`; else what is wrong with the files.
    pub fn open(dir: &Path) -> Result<Self, LakeError> {
        let current = dir.join("CURRENT");
        let name = match fs::read_to_string(&current) {
            Ok(name) => name.trim().to_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(LakeError::NoCase { path: dir.display().to_string() });
            }
            Err(error) => return Err(LakeError::io(&current)(error)),
        };
        if name.contains(['/', '\\']) || name.starts_with('.') {
            return Err(LakeError::damaged(&current, "does not name a manifest"));
        }
        let path = dir.join("manifests").join(name);
        let bytes = fs::read(&path).map_err(LakeError::io(&path))?;
        let manifest =
            serde_json::from_slice(&bytes).map_err(|error| LakeError::damaged(&path, error))?;
        Ok(Self { dir: dir.to_path_buf(), manifest, query_memory: QUERY_MEMORY })
    }

    /// The same, for sessions whose queries hold at most `bytes` together before they spill
    /// to disk or fail.
    #[must_use]
    pub fn with_query_memory(self, bytes: usize) -> Self {
        Self { query_memory: bytes, ..self }
    }

    pub(crate) fn query_memory(&self) -> usize {
        self.query_memory
    }

    /// The case folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What may be opened.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Files of a per-unit table.
    pub(crate) fn unit_files(&self, table: &str) -> Vec<PathBuf> {
        let units = self.manifest.units.iter();
        units
            .filter(|(_, unit)| unit.rows.get(table).is_some_and(|rows| *rows > 0))
            .map(|(id, _)| self.dir.join(table).join(format!("{id}.parquet")))
            .collect()
    }

    /// Files of a derived table: of the run that holds, and of every hunt.
    pub(crate) fn derived_files(&self, table: &str) -> Vec<PathBuf> {
        let run = self.manifest.run.iter().map(|run| (run, &self.manifest.derived));
        let with_rows = run
            .chain(&self.manifest.hunts)
            .filter(|(_, tables)| tables.get(table).is_some_and(|rows| *rows > 0));
        with_rows.map(|(run, _)| self.run_file(run, table)).collect()
    }

    /// File of a derived table of one hunt, or of the run that holds, when it has rows.
    pub(crate) fn one_run_file(&self, run: &str, table: &str) -> Option<PathBuf> {
        let tables = match self.manifest.run.as_deref() {
            Some(held) if held == run => &self.manifest.derived,
            _ => self.manifest.hunts.get(run)?,
        };
        tables.get(table).filter(|rows| **rows > 0)?;
        Some(self.run_file(run, table))
    }

    fn run_file(&self, run: &str, table: &str) -> PathBuf {
        self.dir.join("derived").join(run).join(format!("{table}.parquet"))
    }
}

/// A case folder, for writing: holds `case.lock` until dropped.
#[derive(Debug)]
pub struct Writer {
    dir: PathBuf,
    manifest: Manifest,
    _lock: File,
}

impl Writer {
    /// Opens a case for writing, making it when there is none, and clears away what a
    /// killed writer left half done.
    ///
    /// # Errors
    /// [`LakeError::Locked`] while another process writes; else what the files say.
    pub fn open(dir: &Path) -> Result<Self, LakeError> {
        fs::create_dir_all(dir.join("manifests")).map_err(LakeError::io(dir))?;
        let lock = lock(dir)?;
        let manifest = match Lake::open(dir) {
            Ok(lake) => lake.manifest,
            Err(LakeError::NoCase { .. }) => Manifest::default(),
            Err(error) => return Err(error),
        };
        let staging = dir.join("staging");
        if staging.exists() {
            fs::remove_dir_all(&staging).map_err(LakeError::io(&staging))?;
        }
        let mut writer = Self { dir: dir.to_path_buf(), manifest, _lock: lock };
        for table in ["records", "features", "observables"] {
            writer.remove_orphans(&dir.join(table))?;
        }
        writer.remove_orphaned_text()?;
        if writer.manifest.number == 0 {
            writer.commit()?;
        }
        Ok(writer)
    }

    /// The state as committed last.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The case folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A place to write a unit's tables; nothing is visible before
    /// [`commit_unit`](Self::commit_unit).
    #[must_use]
    pub fn unit(&self, id: &str) -> UnitWriter {
        UnitWriter::new(self.dir.join("staging").join(id))
    }

    /// Moves a finished unit's files into place and makes it visible.
    ///
    /// # Errors
    /// What the files say.
    pub fn commit_unit(
        &mut self,
        id: &str,
        unit: FinishedUnit,
        mut entry: UnitEntry,
    ) -> Result<(), LakeError> {
        let staged = self.dir.join("staging").join(id);
        self.move_text(id)?;
        for (table, rows) in unit.rows {
            let from = staged.join(table.replace('/', "~"));
            let folder = self.dir.join(&table);
            fs::create_dir_all(&folder).map_err(LakeError::io(&folder))?;
            let to = folder.join(format!("{id}.parquet"));
            fs::rename(&from, &to).map_err(LakeError::io(&to))?;
            entry.rows.insert(table, rows);
        }
        if staged.exists() {
            fs::remove_dir_all(&staged).map_err(LakeError::io(&staged))?;
        }
        self.manifest.units.insert(id.to_owned(), entry);
        self.commit()
    }

    /// Writes one derived table of a run; visible after [`commit_run`](Self::commit_run).
    ///
    /// # Errors
    /// What the files or rows say.
    pub fn write_derived<R: Row>(&self, run: &str, rows: &[R]) -> Result<(String, u64), LakeError> {
        let folder = self.dir.join("derived").join(run);
        fs::create_dir_all(&folder).map_err(LakeError::io(&folder))?;
        let path = folder.join(format!("{}.parquet", R::TABLE));
        crate::unit::write_file(&path, rows)?;
        Ok((R::TABLE.to_owned(), rows.len() as u64))
    }

    /// Makes a run's derived tables the ones that hold; `base` is the analysis without
    /// people's decisions, which the run stands on.
    ///
    /// # Errors
    /// What the files say.
    pub fn commit_run(
        &mut self,
        base: &str,
        run: &str,
        parameters: BTreeMap<String, Probability>,
        derived: impl IntoIterator<Item = (String, u64)>,
    ) -> Result<(), LakeError> {
        self.manifest.run = Some(run.to_owned());
        self.manifest.base_run = Some(base.to_owned());
        self.manifest.parameters = parameters;
        self.manifest.derived = derived.into_iter().collect();
        self.commit()?;
        self.drop_old_runs()
    }

    /// Removes the tables of all but the last [`RUNS`] runs. One that ends again counts as
    /// new.
    fn drop_old_runs(&self) -> Result<(), LakeError> {
        let folder = self.dir.join("derived");
        let mut runs = Vec::new();
        for entry in fs::read_dir(&folder).map_err(LakeError::io(&folder))?.flatten() {
            let path = entry.path();
            let current = self.manifest.run.as_deref().is_some_and(|run| entry.file_name() == *run);
            let written = entry.metadata().and_then(|meta| meta.modified());
            runs.push((current, written.map_err(LakeError::io(&path))?, path));
        }
        runs.sort();
        let old = runs.len().saturating_sub(RUNS);
        for (_, _, path) in runs.drain(..old) {
            fs::remove_dir_all(&path).map_err(LakeError::io(&path))?;
        }
        Ok(())
    }

    /// Makes `run` hold: the current run's derived tables with `tables`, which were written
    /// for `run`, in the place of theirs. `base` is the analysis both stand on.
    ///
    /// # Errors
    /// What the files say.
    pub fn commit_restated(
        &mut self,
        base: &str,
        run: &str,
        tables: impl IntoIterator<Item = (String, u64)>,
    ) -> Result<(), LakeError> {
        let mut derived = self.manifest.derived.clone();
        derived.extend(tables);
        if let Some(old) = self.manifest.run.clone().filter(|old| old != run) {
            let folder = |run: &str| self.dir.join("derived").join(run);
            for (table, _) in derived.iter().filter(|(_, rows)| **rows > 0) {
                let name = format!("{table}.parquet");
                let (from, to) = (folder(&old).join(&name), folder(run).join(&name));
                if !to.exists() && from.exists() {
                    fs::copy(&from, &to).map_err(LakeError::io(&to))?;
                }
            }
        }
        self.manifest.run = Some(run.to_owned());
        self.manifest.base_run = Some(base.to_owned());
        self.manifest.derived = derived;
        self.commit()
    }

    /// Adds a hunt's tables to those of the run that holds, or puts them in the place of
    /// an earlier hunt of the same id.
    ///
    /// # Errors
    /// What the files say.
    pub fn commit_hunt(
        &mut self,
        run: &str,
        derived: impl IntoIterator<Item = (String, u64)>,
    ) -> Result<(), LakeError> {
        self.manifest.hunts.insert(run.to_owned(), derived.into_iter().collect());
        self.commit()
    }

    /// Puts a unit whose files are in place into the next commit.
    pub(crate) fn insert_unit(&mut self, id: &str, entry: UnitEntry) {
        self.manifest.units.insert(id.to_owned(), entry);
    }

    /// Takes units out of the case, with their files and every derived table; manifests
    /// that named them go too, so that nothing of them stays behind.
    ///
    /// # Errors
    /// What the files say.
    pub fn remove_units(&mut self, ids: &[String]) -> Result<(), LakeError> {
        let mut files = Vec::new();
        for id in ids {
            // Words first: were the rest to fail, they can be made again and no more.
            self.drop_text(id)?;
            if let Some(unit) = self.manifest.units.remove(id) {
                let tables = unit.rows.into_keys();
                files
                    .extend(tables.map(|table| self.dir.join(table).join(format!("{id}.parquet"))));
            }
        }
        self.manifest.run = None;
        self.manifest.base_run = None;
        self.manifest.parameters.clear();
        self.manifest.derived.clear();
        self.manifest.hunts.clear();
        self.commit()?;
        for file in files {
            match fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(LakeError::io(&file)(error));
                }
                _ => {}
            }
        }
        for folder in ["derived", "aggregates"].map(|name| self.dir.join(name)) {
            if folder.exists() {
                fs::remove_dir_all(&folder).map_err(LakeError::io(&folder))?;
            }
        }
        self.drop_old_manifests(0)
    }

    /// Removes the files of units that no manifest names: a writer was killed after it
    /// had moved them into place and before it could say so.
    fn remove_orphans(&self, folder: &Path) -> Result<(), LakeError> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(LakeError::io(folder))?,
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.remove_orphans(&path)?;
            } else if path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .is_some_and(|unit| !self.manifest.units.contains_key(unit))
            {
                fs::remove_file(&path).map_err(LakeError::io(&path))?;
            }
        }
        Ok(())
    }

    /// Says that units comply with `policy` now.
    pub(crate) fn comply(&mut self, units: &[String], policy: &str) -> Result<(), LakeError> {
        for id in units {
            if let Some(unit) = self.manifest.units.get_mut(id) {
                policy.clone_into(&mut unit.policy);
            }
        }
        self.commit()
    }

    /// Says with which keys the signatures of units were checked.
    pub(crate) fn checked_with(&mut self, units: &[String], keys: &str) -> Result<(), LakeError> {
        for id in units {
            if let Some(unit) = self.manifest.units.get_mut(id) {
                keys.clone_into(&mut unit.keys);
            }
        }
        self.commit()
    }

    /// Writes the manifest under a new number and points `CURRENT` at it.
    fn commit(&mut self) -> Result<(), LakeError> {
        self.manifest.number += 1;
        let name = format!("{:08}.json", self.manifest.number);
        let path = self.dir.join("manifests").join(&name);
        let bytes =
            serde_json::to_vec(&self.manifest).map_err(|error| LakeError::damaged(&path, error))?;
        replace(&path, &bytes)?;
        replace(&self.dir.join("CURRENT"), name.as_bytes())?;
        // A reader that has read CURRENT must still find what it named.
        self.drop_old_manifests(2)
    }

    fn drop_old_manifests(&self, keep: u64) -> Result<(), LakeError> {
        let folder = self.dir.join("manifests");
        for entry in fs::read_dir(&folder).map_err(LakeError::io(&folder))?.flatten() {
            let number = entry.path().file_stem().and_then(|s| s.to_str()?.parse::<u64>().ok());
            if number.is_some_and(|number| number + keep < self.manifest.number) {
                let path = entry.path();
                fs::remove_file(&path).map_err(LakeError::io(&path))?;
            }
        }
        Ok(())
    }
}

/// Takes the case's one lock, held until the file is dropped.
pub(crate) fn lock(dir: &Path) -> Result<File, LakeError> {
    let path = dir.join("case.lock");
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(LakeError::io(&path))?;
    if fs4::FileExt::try_lock(&lock).is_err() {
        return Err(LakeError::Locked { path: dir.display().to_string() });
    }
    Ok(lock)
}

/// Writes a file whole or not at all: beside it, forced to disk, then renamed over it.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), LakeError> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside).map_err(LakeError::io(&beside))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(LakeError::io(&beside))?;
    fs::rename(&beside, path).map_err(LakeError::io(path))
}
