//! Taking a source out of the lake: its rows go, those of other sources in the same
//! unit stay.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use demarche_core::id::short_hash;
use demarche_core::{Message, SourceId};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::{LakeError, Row, SourceEntry, UnitEntry, Writer};

impl Writer {
    /// Removes every source whose id is in `ids`, with all its rows and every derived
    /// table. Units that held other sources too are written anew without them. Returns
    /// the sources that went.
    ///
    /// # Errors
    /// What the files say; the case is unchanged then.
    pub fn forget(&mut self, ids: &BTreeSet<String>) -> Result<Vec<SourceEntry>, LakeError> {
        let units: Vec<(String, UnitEntry)> = self
            .manifest()
            .units
            .iter()
            .filter(|(_, unit)| unit.sources.iter().any(|source| ids.contains(&source.id)))
            .map(|(id, unit)| (id.clone(), unit.clone()))
            .collect();
        let mut gone = Vec::new();
        for (id, unit) in &units {
            let (out, kept): (Vec<_>, Vec<_>) =
                unit.sources.iter().cloned().partition(|source| ids.contains(&source.id));
            gone.extend(out);
            if !kept.is_empty() {
                self.rewrite(id, unit, kept, ids)?;
            }
        }
        self.remove_units(&units.into_iter().map(|(id, _)| id).collect::<Vec<_>>())?;
        Ok(gone)
    }

    /// Writes a unit anew with the rows of its kept sources.
    fn rewrite(
        &mut self,
        id: &str,
        unit: &UnitEntry,
        kept: Vec<SourceEntry>,
        ids: &BTreeSet<String>,
    ) -> Result<(), LakeError> {
        let parts: Vec<&[u8]> =
            std::iter::once(id).chain(ids.iter().map(String::as_str)).map(str::as_bytes).collect();
        let new_id = format!("u-{}", short_hash(&parts));
        let mut entry =
            UnitEntry { sources: kept, rows: BTreeMap::new(), shard: None, ..unit.clone() };
        let mut uids = BTreeSet::new();
        // Messages first: features and observables follow the records they are of.
        let mut tables: Vec<&String> = unit.rows.keys().collect();
        tables.sort_by_key(|table| (!table.starts_with("records/"), table.as_str()));
        for table in tables {
            let from = self.dir().join(table).join(format!("{id}.parquet"));
            let to = self.dir().join(table).join(format!("{new_id}.parquet"));
            let rows = filter_file(&from, &to, &mut |batch| {
                let mask = mask(batch, ids, &uids)?;
                let kept = filter_record_batch(batch, &mask)?;
                if table == Message::TABLE || table.starts_with("records/") {
                    collect_uids(&kept, &mut uids);
                }
                Ok(kept)
            })?;
            entry.rows.insert(table.clone(), rows);
        }
        if entry.rows.get(Message::TABLE).is_some_and(|rows| *rows > 0) {
            self.build_text(&new_id)?;
        }
        self.insert_unit(&new_id, entry);
        Ok(())
    }
}

type ArrowResult<T> = Result<T, arrow::error::ArrowError>;

/// Rows whose evidence is not of a forgotten source; rows without evidence of their own
/// whose record is still there.
fn mask(
    batch: &RecordBatch,
    ids: &BTreeSet<String>,
    uids: &BTreeSet<String>,
) -> ArrowResult<BooleanArray> {
    if let Some(evidence) = batch.column_by_name("evidence") {
        let evidence = evidence.as_struct();
        let source = evidence.column_by_name("source").ok_or_else(|| no_column("source"))?;
        let source = source.as_string::<i32>();
        return Ok((0..batch.num_rows())
            .map(|row| Some(evidence.is_null(row) || !ids.contains(source.value(row))))
            .collect());
    }
    let uid = uid_column(batch).ok_or_else(|| no_column("message_uid"))?.as_string::<i32>();
    Ok((0..batch.num_rows()).map(|row| Some(uids.contains(uid.value(row)))).collect())
}

fn uid_column(batch: &RecordBatch) -> Option<&arrow::array::ArrayRef> {
    ["message_uid", "event_uid", "fetch_uid", "uid"]
        .iter()
        .find_map(|name| batch.column_by_name(name))
}

fn collect_uids(batch: &RecordBatch, uids: &mut BTreeSet<String>) {
    if let Some(column) = uid_column(batch) {
        uids.extend(column.as_string::<i32>().iter().flatten().map(str::to_owned));
    }
}

fn no_column(name: &str) -> arrow::error::ArrowError {
    arrow::error::ArrowError::SchemaError(format!("no column `{name}`"))
}

fn filter_file(
    from: &Path,
    to: &Path,
    keep: &mut dyn FnMut(&RecordBatch) -> ArrowResult<RecordBatch>,
) -> Result<u64, LakeError> {
    let damaged = |error: &dyn ToString| LakeError::damaged(from, error.to_string());
    let file = File::open(from).map_err(LakeError::io(from))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| damaged(&e))?;
    let schema = reader.schema().clone();
    let out = File::create(to).map_err(LakeError::io(to))?;
    let mut writer = ArrowWriter::try_new(out, schema, None).map_err(|e| damaged(&e))?;
    let mut rows = 0;
    for batch in reader.build().map_err(|e| damaged(&e))? {
        let batch = batch.and_then(|batch| keep(&batch)).map_err(|e| damaged(&e))?;
        rows += batch.num_rows() as u64;
        writer.write(&batch).map_err(|e| damaged(&e))?;
    }
    let file = writer.into_inner().map_err(|e| damaged(&e))?;
    file.sync_all().map_err(LakeError::io(to))?;
    if rows == 0 {
        fs::remove_file(to).map_err(LakeError::io(to))?;
    }
    Ok(rows)
}

/// The id a user typed: whole, without its prefix, or its first eight digits and more.
#[must_use]
pub fn source_matches(entry: &SourceEntry, asked: &str) -> bool {
    let id = SourceId::from_stored(entry.id.clone());
    let hex = id.as_str().trim_start_matches("sha256:");
    let asked_hex = asked.trim_start_matches("sha256:");
    entry.path == asked || hex == asked_hex || (asked_hex.len() >= 8 && hex.starts_with(asked_hex))
}
