//! A unit's table in the order of its rows, though they come in any: sorted in memory, in
//! runs on disk where they are many, which are merged when the unit is finished.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, File};
use std::path::PathBuf;

use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use crate::unit::write_file;
use crate::{LakeError, Row};

/// Rows held before they become a run.
const RUN: usize = 1 << 17;
/// Rows of each run held while runs are merged.
const BATCH: usize = 1_024;

/// Rows of one table, on their way into order.
pub(crate) struct Sorted<R> {
    folder: PathBuf,
    held: Vec<R>,
    runs: Vec<PathBuf>,
    most: usize,
}

impl<R: Row + Ord> Sorted<R> {
    /// Runs are written to `folder`.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, held: Vec::new(), runs: Vec::new(), most: RUN }
    }

    pub(crate) fn push(&mut self, mut rows: Vec<R>) -> Result<(), LakeError> {
        self.held.append(&mut rows);
        if self.held.len() >= self.most { self.close_run() } else { Ok(()) }
    }

    fn close_run(&mut self) -> Result<(), LakeError> {
        let path =
            self.folder.join(format!("{}.run{}", R::TABLE.replace('/', "~"), self.runs.len()));
        fs::create_dir_all(&self.folder).map_err(LakeError::io(&self.folder))?;
        self.held.sort_unstable();
        write_file(&path, &self.held)?;
        self.held.clear();
        self.runs.push(path);
        Ok(())
    }

    /// Hands on all rows in order, some thousands at a time, and removes the runs.
    pub(crate) fn finish(
        mut self,
        take: &mut dyn FnMut(&[R]) -> Result<(), LakeError>,
    ) -> Result<(), LakeError> {
        self.held.sort_unstable();
        if self.runs.is_empty() {
            return take(&self.held);
        }
        self.close_run()?;
        let mut runs =
            self.runs.iter().map(|path| Run::<R>::open(path)).collect::<Result<Vec<_>, _>>()?;
        let mut heap = BinaryHeap::new();
        for (index, run) in runs.iter_mut().enumerate() {
            if let Some(row) = run.next()? {
                heap.push(Reverse((row, index)));
            }
        }
        let mut out = Vec::new();
        while let Some(Reverse((row, index))) = heap.pop() {
            out.push(row);
            if out.len() == BATCH {
                take(&out)?;
                out.clear();
            }
            if let Some(row) = runs.get_mut(index).map(Run::next).transpose()?.flatten() {
                heap.push(Reverse((row, index)));
            }
        }
        take(&out)?;
        drop(runs);
        for path in &self.runs {
            fs::remove_file(path).map_err(LakeError::io(path))?;
        }
        Ok(())
    }
}

/// A run that is read back.
struct Run<R> {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
    rows: std::vec::IntoIter<R>,
}

impl<R: Row> Run<R> {
    fn open(path: &std::path::Path) -> Result<Self, LakeError> {
        let file = File::open(path).map_err(LakeError::io(path))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(|builder| builder.with_batch_size(BATCH).build())
            .map_err(|error| LakeError::damaged(path, error))?;
        Ok(Self { path: path.to_owned(), reader, rows: Vec::new().into_iter() })
    }

    fn next(&mut self) -> Result<Option<R>, LakeError> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            let Some(batch) = self.reader.next() else { return Ok(None) };
            let batch = batch.map_err(|error| LakeError::damaged(&self.path, error))?;
            let rows: Vec<R> = serde_arrow::from_record_batch(&batch)
                .map_err(|error| LakeError::row(R::TABLE, error))?;
            self.rows = rows.into_iter();
        }
    }
}

#[cfg(test)]
mod tests {
    use demarche_core::{Observable, ObservableKind};

    use super::*;

    #[test]
    fn runs_are_merged_into_one_order() {
        let dir = tempfile::tempdir().unwrap();
        let row = |n: u32| Observable {
            kind: ObservableKind::Domain,
            value: format!("{:08x}.example", n.wrapping_mul(2_654_435_761)),
            uid: format!("m1:{n}"),
            place: "from".into(),
            subject: String::new(),
            time: None,
            evidence: demarche_core::EvidenceRef::default(),
        };
        for most in [usize::MAX, 1_500] {
            let mut sorted =
                Sorted { most, ..Sorted::<Observable>::new(dir.path().join("staged")) };
            for part in 0..5 {
                sorted.push((part * 1_000..(part + 1) * 1_000).map(row).collect()).unwrap();
            }
            let mut out = Vec::new();
            sorted
                .finish(&mut |rows| {
                    out.extend_from_slice(rows);
                    Ok(())
                })
                .unwrap();
            let mut expected: Vec<_> = (0..5_000).map(row).collect();
            expected.sort();
            assert!(out == expected, "with runs of {most}");
        }
        assert_eq!(fs::read_dir(dir.path().join("staged")).unwrap().count(), 0);
    }
}
