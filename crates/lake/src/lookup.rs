//! Looking values up among the observables: a merge of two sorted lists.
//!
//! Each unit's observables are sorted by type and value, in row groups of some thousands
//! whose bounds Parquet keeps. Groups with nothing wanted between their bounds are not
//! read; of the others only type and value are, and of the rows that match the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::ops::Bound;
use std::path::Path;

use arrow::array::{Array, BooleanArray, RecordBatch, StringArray};
use arrow::error::ArrowError;
use demarche_core::{Observable, ObservableKind};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ParquetRecordBatchReaderBuilder, RowFilter};
use parquet::file::metadata::RowGroupMetaData;

use crate::{Lake, LakeError, Row};

/// Rows looked at together.
const BATCH: usize = 8_192;

/// What is looked for: values by type, and types of which every value is wanted (what a
/// range of addresses or a pattern is to be held against).
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    exact: BTreeMap<&'static str, BTreeSet<String>>,
    whole: BTreeSet<&'static str>,
}

impl Wanted {
    /// Wants this value, spelt as the tables have it.
    pub fn value(&mut self, kind: ObservableKind, value: impl Into<String>) {
        self.exact.entry(kind.as_str()).or_default().insert(value.into());
    }

    /// Wants every value of a type.
    pub fn kind(&mut self, kind: ObservableKind) {
        self.whole.insert(kind.as_str());
    }

    /// Whether a value of `kind` between two is wanted.
    fn between(&self, kind: &str, first: &str, last: &str) -> bool {
        self.whole.contains(kind)
            || first <= last
                && self
                    .exact
                    .get(kind)
                    .is_some_and(|values| between(values, first, last).next().is_some())
    }

    /// Which rows are wanted. Sorted rows are merged with the values; unsorted ones (of a
    /// case that an older program made) are looked up one by one.
    fn matches(&self, kinds: &StringArray, values: &StringArray) -> BooleanArray {
        let mut out = vec![false; values.len()];
        let mut at = 0;
        while at < out.len() {
            let kind = kinds.value(at);
            let end = (at..out.len()).find(|row| kinds.value(*row) != kind).unwrap_or(out.len());
            if self.whole.contains(kind) {
                out[at..end].fill(true);
            } else if let Some(wanted) = self.exact.get(kind) {
                let run = at..end;
                if run.clone().skip(1).all(|row| values.value(row - 1) <= values.value(row)) {
                    let (first, last) = (values.value(at), values.value(end - 1));
                    let mut row = at;
                    for value in between(wanted, first, last) {
                        row += (row..end).take_while(|r| values.value(*r) < value.as_str()).count();
                        while row < end && values.value(row) == value {
                            out[row] = true;
                            row += 1;
                        }
                    }
                } else {
                    run.for_each(|row| out[row] = wanted.contains(values.value(row)));
                }
            }
            at = end;
        }
        BooleanArray::from(out)
    }
}

/// The values from `first` to `last`, which is not before it.
fn between<'v>(
    values: &'v BTreeSet<String>,
    first: &str,
    last: &str,
) -> impl Iterator<Item = &'v String> {
    values.range::<str, _>((Bound::Included(first), Bound::Included(last)))
}

impl Lake {
    /// The observables that are wanted, over everything stored, sorted, each once.
    ///
    /// # Errors
    /// What the files say.
    pub fn observables(&self, wanted: &Wanted) -> Result<Vec<Observable>, LakeError> {
        let mut found = Vec::new();
        for path in self.unit_files(Observable::TABLE) {
            look_up(&path, wanted, &mut found)?;
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

fn look_up(path: &Path, wanted: &Wanted, found: &mut Vec<Observable>) -> Result<(), LakeError> {
    let damaged = |error: &dyn ToString| LakeError::damaged(path, error.to_string());
    let file = File::open(path).map_err(LakeError::io(path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| damaged(&e))?;
    let schema = builder.parquet_schema();
    // Columns 0 and 1 are type and value: the schema of the table begins with them.
    let mask = ProjectionMask::leaves(schema, [0, 1]);
    let groups: Vec<usize> = (0..builder.metadata().num_row_groups())
        .filter(|group| may_hold(builder.metadata().row_group(*group), wanted))
        .collect();
    if groups.is_empty() {
        return Ok(());
    }
    let filter = wanted.clone();
    let predicate = ArrowPredicateFn::new(mask, move |batch: RecordBatch| {
        let text = |column: usize| {
            let array = batch.column(column).as_any().downcast_ref();
            array.ok_or_else(|| ArrowError::SchemaError("type and value are text".into()))
        };
        Ok(filter.matches(text(0)?, text(1)?))
    });
    let reader = builder
        .with_row_groups(groups)
        .with_batch_size(BATCH)
        .with_row_filter(RowFilter::new(vec![Box::new(predicate)]))
        .build()
        .map_err(|e| damaged(&e))?;
    for batch in reader {
        let batch = batch.map_err(|e| damaged(&e))?;
        let rows: Vec<Observable> = serde_arrow::from_record_batch(&batch)
            .map_err(|error| LakeError::row(Observable::TABLE, error))?;
        found.extend(rows);
    }
    Ok(())
}

/// Whether a row group can hold anything wanted, by the bounds of its columns. Bounds may
/// be cut short, so a last value counts up to all that begin with it.
fn may_hold(group: &RowGroupMetaData, wanted: &Wanted) -> bool {
    let bounds = |column: usize| {
        let statistics = group.columns().get(column)?.statistics()?;
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
        Some((text(statistics.min_bytes_opt()?)?, text(statistics.max_bytes_opt()?)?))
    };
    let (Some((kind, last_kind)), Some((first, last))) = (bounds(0), bounds(1)) else {
        return true;
    };
    if kind != last_kind {
        let between = |known: &&str| (kind.as_str()..=last_kind.as_str()).contains(known);
        return wanted.exact.keys().chain(&wanted.whole).any(between);
    }
    wanted.between(&kind, &first, &format!("{last}\u{10ffff}"))
}

#[cfg(test)]
mod tests {
    use demarche_core::EvidenceRef;

    use super::*;
    use crate::{UnitEntry, Writer};

    fn row(kind: ObservableKind, value: String) -> Observable {
        Observable {
            kind,
            uid: format!("m1:{value}"),
            value,
            place: "from".into(),
            subject: String::new(),
            time: None,
            evidence: EvidenceRef::default(),
        }
    }

    #[test]
    fn ten_thousand_values_are_found_in_every_unit() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(dir.path()).unwrap();
        for unit in 0..2 {
            let mut open = writer.unit(&format!("u-{unit}"));
            let rows = (0..40_000).map(|n| match n % 4 {
                0 => row(ObservableKind::Ip, format!("192.0.{}.{unit}", n / 4)),
                1 => row(ObservableKind::Url, format!("https://{n}.example/{unit}")),
                _ => row(ObservableKind::Domain, format!("{n}.example")),
            });
            open.parts().0.push_observables(rows.rev().collect()).unwrap();
            let finished = open.finish().unwrap();
            writer.commit_unit(&format!("u-{unit}"), finished, UnitEntry::default()).unwrap();
        }
        let lake = Lake::open(dir.path()).unwrap();
        let mut wanted = Wanted::default();
        for n in 0..10_000 {
            wanted.value(ObservableKind::Domain, format!("{}.example", n * 7));
        }
        let found = lake.observables(&wanted).unwrap();
        let there = (0..10_000).filter(|n| n * 7 < 40_000 && (n * 7) % 4 > 1).count();
        // Both units hold the same rows, which count once.
        assert_eq!(found.len(), there);
        assert!(found.iter().all(|o| o.kind == ObservableKind::Domain));
        wanted.kind(ObservableKind::Ip);
        wanted.value(ObservableKind::Url, "https://1.example/1");
        assert_eq!(lake.observables(&wanted).unwrap().len(), there + 20_000 + 1);
        let mut one = Wanted::default();
        one.value(ObservableKind::Sha256, "ab");
        assert!(lake.observables(&one).unwrap().is_empty());
    }
}
