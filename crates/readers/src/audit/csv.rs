//! Records as CSV rows, separated by commas, semicolons or tabs.

use super::Events;
use super::batch::Batch;
use super::tree::{Map, Value};
use crate::lines::{Header, KeptRow, Row, Rows, sniff_text, whole};
use crate::registry::{ReadError, Sink};
use demarche_core::source::Member;

/// What separates the fields of a member whose header is as `is` wants it.
pub(crate) fn delimiter(prefix: &[u8], is: fn(&Header) -> bool) -> Option<u8> {
    Header::find(&sniff_text(prefix), is)
}

/// Hands each data row of a member to `make` and what that makes of it to `sink`, in the
/// order of the member; returns how many there were.
///
/// # Errors
/// The stream breaks, or there is no header that `is` wants.
pub(crate) fn read(
    member: &mut Member<'_>,
    sink: &mut Sink<'_>,
    is: fn(&Header) -> bool,
    make: &(dyn Fn(&Header, &Row<'_>) -> Events + Sync),
) -> Result<u64, ReadError> {
    let none = || ReadError::Malformed("no header line".into());
    let mut rows = Rows::separated(member, delimiter(member.prefix(), is).ok_or_else(none)?);
    let header = rows.header(member)?.ok_or_else(none)?;
    let cite = whole(member);
    let read = |kept: &KeptRow, number: u64| {
        let row = kept.row();
        let events = match row.piece.fault {
            Some(fault) => Err(fault),
            None => make(&header, &row),
        };
        (row.piece.cite_like(&cite, number), events)
    };
    let mut batch = Batch::new(&read);
    let end = loop {
        match rows.next(member) {
            Ok(Some(row)) => batch.push(row.keep(), row.piece.bytes.len(), sink),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    // What was cut out before the stream broke is handed on, too.
    let records = batch.hand_on(sink);
    end?;
    Ok(records)
}

/// A row as an object: its cells that are not empty under their columns' names (lower
/// case); cells without a column are left out.
pub(crate) fn object(header: &Header, row: &Row<'_>) -> Map {
    (0..row.len().min(header.len()))
        .filter_map(|index| Some((header.name(index)?.to_owned(), row.text(index).into_owned())))
        .filter(|(name, cell)| !name.is_empty() && !cell.is_empty())
        .map(|(name, cell)| (name, Value::String(cell)))
        .collect()
}
