//! Column makers with the names that schemas read well with.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, TimeUnit};

fn make(name: &str, data_type: DataType, nullable: bool) -> FieldRef {
    Arc::new(Field::new(name, data_type, nullable))
}

/// UTF-8, never null: what is absent is empty.
pub(super) fn text(name: &str) -> FieldRef {
    make(name, DataType::Utf8, false)
}

/// UTF-8 or null.
pub(super) fn optional_text(name: &str) -> FieldRef {
    make(name, DataType::Utf8, true)
}

/// List of UTF-8.
pub(super) fn texts(name: &str) -> FieldRef {
    list(name, text("item"))
}

/// Microseconds in UTC, or null.
pub(super) fn time(name: &str) -> FieldRef {
    make(name, time_type(), true)
}

fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// List of times.
pub(super) fn times(name: &str) -> FieldRef {
    list(name, make("item", time_type(), false))
}

/// Fixed-width columns.
pub(super) fn number(name: &str, data_type: DataType) -> FieldRef {
    make(name, data_type, false)
}

/// A fixed-width column or null.
pub(super) fn optional_number(name: &str, data_type: DataType) -> FieldRef {
    make(name, data_type, true)
}

/// True or false.
pub(super) fn flag(name: &str) -> FieldRef {
    make(name, DataType::Boolean, false)
}

/// List of anything.
pub(super) fn list(name: &str, item: FieldRef) -> FieldRef {
    make(name, DataType::List(item), false)
}

/// A struct, never null.
pub(super) fn group(name: &str, fields: Vec<FieldRef>) -> FieldRef {
    make(name, DataType::Struct(Fields::from(fields)), false)
}

/// A struct or null.
pub(super) fn optional_group(name: &str, fields: Vec<FieldRef>) -> FieldRef {
    make(name, DataType::Struct(Fields::from(fields)), true)
}

fn evidence_fields() -> Fields {
    Fields::from(vec![
        text("source"),
        text("path"),
        number("offset", DataType::UInt64),
        number("length", DataType::UInt64),
        make(
            "locator",
            DataType::Struct(Fields::from(vec![
                optional_number("row", DataType::UInt64),
                optional_number("pst_node", DataType::UInt64),
            ])),
            true,
        ),
        text("sha256"),
    ])
}

/// The reference that every record carries.
pub(super) fn evidence() -> FieldRef {
    make("evidence", DataType::Struct(evidence_fields()), false)
}

/// A reference or null.
pub(super) fn optional_evidence() -> FieldRef {
    make("evidence", DataType::Struct(evidence_fields()), true)
}

/// List of references.
pub(super) fn evidence_list() -> FieldRef {
    list("evidence", make("item", DataType::Struct(evidence_fields()), false))
}
