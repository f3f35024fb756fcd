//! A query's result as text, JSON, JSON lines or CSV.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::json::writer::{JsonArray, JsonFormat, LineDelimited};
use arrow::json::{Writer, WriterBuilder};
use comfy_table::{ContentArrangement, Table, presets};

use super::Session;
use crate::LakeError;

/// Rows that the text format prints at most.
const TEXT_ROWS: usize = 1_000;
/// RFC 3339 in UTC with microseconds, as the contract writes times.
const TIME: &str = "%Y-%m-%dT%H:%M:%S%.6fZ";

/// How a result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A table for people.
    #[default]
    Text,
    /// One array.
    Json,
    /// One object a line.
    Jsonl,
    /// RFC 4180 with a header; nested values as JSON.
    Csv,
}

pub(super) fn write(
    session: &Session,
    sql: &str,
    format: Format,
    width: usize,
    out: &mut dyn Write,
) -> Result<(), LakeError> {
    match format {
        Format::Jsonl => write_json::<LineDelimited>(session, sql, out),
        Format::Json => write_json::<JsonArray>(session, sql, out)
            .and_then(|()| out.write_all(b"\n").map_err(output_error)),
        Format::Csv => write_csv(session, sql, out),
        Format::Text => write_text(session, sql, width, out),
    }
}

pub(super) fn json_writer<W: Write, F: JsonFormat>(out: W) -> Writer<W, F> {
    WriterBuilder::new()
        .with_explicit_nulls(true)
        .with_timestamp_tz_format(TIME.to_owned())
        .with_timestamp_format(TIME.to_owned())
        .build::<W, F>(out)
}

fn write_json<F: JsonFormat>(
    session: &Session,
    sql: &str,
    out: &mut dyn Write,
) -> Result<(), LakeError> {
    let mut writer = json_writer::<_, F>(out);
    session.stream(sql, &mut |batch| writer.write(batch).map_err(output_error))?;
    writer.finish().map_err(output_error)
}

fn write_csv(session: &Session, sql: &str, out: &mut dyn Write) -> Result<(), LakeError> {
    let schema = session.runtime.block_on(session.schema(sql))?;
    let flat = flat_schema(&schema);
    let mut writer = arrow::csv::WriterBuilder::new()
        .with_header(true)
        .with_timestamp_tz_format(TIME.to_owned())
        .build(out);
    writer.write(&RecordBatch::new_empty(Arc::new(flat))).map_err(output_error)?;
    session.stream(sql, &mut |batch| writer.write(&flatten(batch)?).map_err(output_error))
}

fn flat_schema(schema: &Schema) -> Schema {
    let fields = schema.fields().iter().map(|field| {
        let kind =
            if nested(field.data_type()) { DataType::Utf8 } else { field.data_type().clone() };
        Field::new(field.name(), kind, true)
    });
    Schema::new(fields.collect::<Vec<_>>())
}

fn nested(kind: &DataType) -> bool {
    matches!(kind, DataType::List(_) | DataType::Struct(_) | DataType::LargeList(_))
}

/// Nested columns become JSON text, so that CSV and terminals can carry them.
fn flatten(batch: &RecordBatch) -> Result<RecordBatch, LakeError> {
    let schema = Arc::new(flat_schema(&batch.schema()));
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (column, field) in batch.columns().iter().zip(batch.schema().fields()) {
        if nested(field.data_type()) {
            columns.push(Arc::new(as_json(column, field)?));
        } else {
            columns.push(Arc::clone(column));
        }
    }
    RecordBatch::try_new(schema, columns).map_err(output_error)
}

fn as_json(column: &ArrayRef, field: &Field) -> Result<StringArray, LakeError> {
    let one = Schema::new(vec![Field::new("v", field.data_type().clone(), true)]);
    let batch =
        RecordBatch::try_new(Arc::new(one), vec![Arc::clone(column)]).map_err(output_error)?;
    let mut bytes = Vec::new();
    let mut writer = json_writer::<_, LineDelimited>(&mut bytes);
    writer.write(&batch).and_then(|()| writer.finish()).map_err(output_error)?;
    let lines = bytes.split(|&b| b == b'\n').filter(|line| !line.is_empty());
    let values = lines.map(|line| {
        // Each line is `{"v":...}`.
        let inner = line.get(5..line.len().saturating_sub(1)).unwrap_or_default();
        Some(String::from_utf8_lossy(inner).into_owned())
    });
    Ok(values.collect())
}

fn write_text(
    session: &Session,
    sql: &str,
    width: usize,
    out: &mut dyn Write,
) -> Result<(), LakeError> {
    let schema = session.runtime.block_on(session.schema(sql))?;
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(u16::MAX))
        .set_header(schema.fields().iter().map(|field| field.name().clone()));
    let mut total = 0_usize;
    session.stream(sql, &mut |batch| {
        let room = TEXT_ROWS.saturating_sub(total).min(batch.num_rows());
        total += batch.num_rows();
        if room == 0 {
            return Ok(());
        }
        let shown = flatten(&batch.slice(0, room))?;
        let cells =
            shown.columns().iter().map(cell_texts).collect::<Result<Vec<_>, LakeError>>()?;
        for row in 0..room {
            table.add_row(cells.iter().map(|column| column[row].clone()));
        }
        Ok(())
    })?;
    if total == 0 {
        return writeln!(out, "no rows").map_err(output_error);
    }
    writeln!(out, "{table}\n\n{} of {total} rows", total.min(TEXT_ROWS)).map_err(output_error)
}

fn cell_texts(column: &ArrayRef) -> Result<Vec<String>, LakeError> {
    let options = arrow::util::display::FormatOptions::default()
        .with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%SZ"));
    let formatter = arrow::util::display::ArrayFormatter::try_new(column.as_ref(), &options)
        .map_err(output_error)?;
    Ok((0..column.len()).map(|row| clean(&formatter.value(row).to_string())).collect())
}

/// Evidence is written by the adversary: no control or direction-changing characters
/// reach the terminal, and one cell never fills the screen.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            c if c.is_control() => '\u{fffd}',
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                '\u{fffd}'
            }
            c => c,
        })
        .take(300)
        .collect()
}

pub(super) fn output_error(error: impl ToString) -> LakeError {
    LakeError::Query(error.to_string())
}
