//! Features of records.
