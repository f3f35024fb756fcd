//! Records as CSV rows, separated by commas, semicolons or tabs.

use demarche_core::source::Member;
use serde_json::{Map, Value};

use super::{Events, hand_on};
use crate::lines::{Header, Row, Rows, sniff_text};
use crate::registry::{ReadError, Sink};

/// What separates the fields of a member whose header is as `is` wants it.
pub(crate) fn delimiter(prefix: &[u8], is: fn(&Header) -> bool) -> Option<u8> {
    Header::find(&sniff_text(prefix), is)
}

/// Hands each data row of a member to `make` and what that makes of it to `sink`; returns
/// how many there were.
///
/// # Errors
/// The stream breaks, or there is no header that `is` wants.
pub(crate) fn read(
    member: &mut Member<'_>,
    sink: &mut Sink<'_>,
    is: fn(&Header) -> bool,
    make: &mut dyn FnMut(&Header, &Row<'_>) -> Events,
) -> Result<u64, ReadError> {
    let none = || ReadError::Malformed("no header line".into());
    let mut rows = Rows::separated(member, delimiter(member.prefix(), is).ok_or_else(none)?);
    let header = rows.header(member)?.ok_or_else(none)?;
    let mut number = 0;
    while let Some(row) = rows.next(member)? {
        let evidence = row.piece.cite_row(member, number);
        number += 1;
        match row.piece.fault {
            Some(fault) => sink.anomaly(evidence, fault),
            None => hand_on(make(&header, &row), evidence, sink),
        }
    }
    Ok(number)
}

/// A row as an object: its cells that are not empty under their columns' names (lower
/// case); cells without a column are left out.
pub(crate) fn object(header: &Header, row: &Row<'_>) -> Map<String, Value> {
    (0..row.len().min(header.len()))
        .filter_map(|index| Some((header.name(index)?.to_owned(), row.text(index).into_owned())))
        .filter(|(name, cell)| !name.is_empty() && !cell.is_empty())
        .map(|(name, cell)| (name, Value::String(cell)))
        .collect()
}
