//! Rows into columns by hand, for the tables with by far the most rows.
//!
//! `serde_arrow` does it for any struct, but by way of a call for each field of each row,
//! and of a text for each time, which it parses again: a third of the time of writing.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, ListArray, NullBufferBuilder, RecordBatch, StringArray, StructArray,
    TimestampMicrosecondArray, UInt64Array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, FieldRef, Fields, Schema};
use demarche_core::{Event, EvidenceRef, Observable, UtcMicros};

use crate::LakeError;
use crate::schema::Row;

/// The columns of a table, in its order.
fn batch<R: Row>(columns: Vec<ArrayRef>) -> Result<RecordBatch, LakeError> {
    RecordBatch::try_new(Schema::new(R::fields()).into(), columns)
        .map_err(|error| LakeError::row(R::TABLE, error))
}

fn text<'r, R>(rows: &'r [R], of: impl Fn(&'r R) -> &'r str) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(rows.iter().map(of)))
}

fn time<R>(rows: &[R], of: impl Fn(&R) -> Option<UtcMicros>) -> ArrayRef {
    let times = rows.iter().map(|row| of(row).map(UtcMicros::micros));
    Arc::new(times.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

/// A list of texts; `field` is the column's.
fn texts<'r, R>(
    field: &FieldRef,
    rows: &'r [R],
    of: impl Fn(&'r R) -> &'r [String],
) -> Result<ArrayRef, LakeError> {
    let DataType::List(item) = field.data_type() else {
        return Err(LakeError::row(field.name(), "no list"));
    };
    let values: StringArray =
        rows.iter().flat_map(|row| of(row).iter()).map(|text| Some(text.as_str())).collect();
    let offsets = OffsetBuffer::from_lengths(rows.iter().map(|row| of(row).len()));
    let list = ListArray::try_new(item.clone(), offsets, Arc::new(values), None);
    Ok(Arc::new(list.map_err(|error| LakeError::row(field.name(), error))?))
}

/// The reference of each row; `field` is the column's.
fn evidence<'r, R>(
    field: &FieldRef,
    rows: &'r [R],
    of: impl Fn(&'r R) -> &'r EvidenceRef + Copy,
) -> Result<ArrayRef, LakeError> {
    let wrong = |error: arrow::error::ArrowError| LakeError::row(field.name(), error);
    let parts = |field: &FieldRef| -> Result<Fields, LakeError> {
        match field.data_type() {
            DataType::Struct(parts) => Ok(parts.clone()),
            _ => Err(LakeError::row(field.name(), "no struct")),
        }
    };
    let fields = parts(field)?;
    let numbers = |of: &dyn Fn(&'r R) -> u64| -> ArrayRef {
        Arc::new(rows.iter().map(|row| Some(of(row))).collect::<UInt64Array>())
    };
    let locators = rows.iter().map(|row| of(row).locator.as_ref());
    let optional = |column: UInt64Array| -> ArrayRef { Arc::new(column) };
    let row = locators.clone().map(|locator| locator.and_then(|l| l.row)).collect();
    let node = locators.clone().map(|locator| locator.and_then(|l| l.pst_node)).collect();
    let mut there = NullBufferBuilder::new(rows.len());
    locators.for_each(|locator| there.append(locator.is_some()));
    let there: Option<NullBuffer> = there.finish();
    let locator = fields.iter().find(|part| part.name() == "locator");
    let locator = locator.ok_or_else(|| LakeError::row(field.name(), "no locator"))?;
    let locator = StructArray::try_new(parts(locator)?, vec![optional(row), optional(node)], there)
        .map_err(wrong)?;
    let columns: Vec<ArrayRef> = vec![
        text(rows, |row| of(row).source.as_str()),
        text(rows, |row| of(row).path.as_str()),
        numbers(&|row| of(row).offset),
        numbers(&|row| of(row).length),
        Arc::new(locator),
        text(rows, |row| of(row).sha256.as_str()),
    ];
    Ok(Arc::new(StructArray::try_new(fields, columns, None).map_err(wrong)?))
}

fn field<R: Row>(name: &str) -> Result<FieldRef, LakeError> {
    let found = R::fields().into_iter().find(|field| field.name() == name);
    found.ok_or_else(|| LakeError::row(R::TABLE, format!("no column `{name}`")))
}

pub(super) fn observables(rows: &[Observable]) -> Result<RecordBatch, LakeError> {
    batch::<Observable>(vec![
        text(rows, |row| row.kind.as_str()),
        text(rows, |row| &row.value),
        text(rows, |row| &row.uid),
        text(rows, |row| &row.place),
        text(rows, |row| &row.subject),
        time(rows, |row| row.time),
        evidence(&field::<Observable>("evidence")?, rows, |row| &row.evidence)?,
    ])
}

pub(super) fn events(rows: &[Event]) -> Result<RecordBatch, LakeError> {
    batch::<Event>(vec![
        text(rows, |row| &row.event_uid),
        text(rows, |row| &row.record_id),
        text(rows, |row| &row.provider),
        time(rows, |row| row.time),
        text(rows, |row| &row.workload),
        text(rows, |row| &row.operation),
        text(rows, |row| &row.account),
        text(rows, |row| &row.actor),
        text(rows, |row| &row.source_ip),
        text(rows, |row| &row.user_agent),
        text(rows, |row| &row.session),
        text(rows, |row| &row.app_id),
        text(rows, |row| &row.target),
        text(rows, |row| &row.outcome),
        texts(&field::<Event>("message_ids")?, rows, |row| &row.message_ids)?,
        texts(&field::<Event>("folders")?, rows, |row| &row.folders)?,
        text(rows, |row| &row.detail),
        evidence(&field::<Event>("evidence")?, rows, |row| &row.evidence)?,
    ])
}

#[cfg(test)]
mod tests {
    use demarche_core::{Locator, ObservableKind, SourceId};

    use super::*;

    /// The same columns as `serde_arrow` makes of the structs.
    fn same<R: Row>(rows: &[R]) {
        let generic = serde_arrow::to_record_batch(&R::fields(), &rows).unwrap();
        let own = R::batch(rows).unwrap();
        assert_eq!(own, generic);
        assert!(own.num_columns() > 0);
    }

    #[test]
    fn columns_are_those_of_the_structs() {
        let reference = |row| EvidenceRef {
            source: SourceId::from_stored("sha256:1"),
            path: "a.zip!/é".into(),
            offset: 7,
            length: u64::MAX,
            locator: row,
            sha256: "ff".into(),
        };
        let places = [
            None,
            Some(Locator { row: Some(3), pst_node: None }),
            Some(Locator::default()),
            Some(Locator { row: None, pst_node: Some(5) }),
        ];
        let times = [UtcMicros::parse("2024-03-26T10:11:12.345678Z").ok(), None];
        let mut observables = Vec::new();
        let mut events = Vec::new();
        for (n, place) in places.into_iter().enumerate() {
            observables.push(Observable {
                kind: ObservableKind::Ip,
                value: "192.0.2.1".into(),
                uid: format!("e1:{n}"),
                place: "source_ip".into(),
                subject: String::new(),
                time: times[n % 2],
                evidence: reference(place.clone()),
            });
            events.push(Event {
                event_uid: format!("e1:{n}"),
                time: times[n % 2],
                operation: "Send".into(),
                message_ids: vec!["x@y".into(); n],
                detail: "{}".into(),
                evidence: reference(place),
                ..Event::default()
            });
        }
        same(&observables);
        same(&events);
        same::<Event>(&[]);
    }
}
