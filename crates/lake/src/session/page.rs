//! One page of an answer, bounded in rows, bytes and time: what a server may hand out.

use std::time::Duration;

use arrow::json::writer::JsonArray;
use futures::StreamExt;

use super::{Session, output};
use crate::LakeError;

/// Bytes of JSON that one page may hold; a page ends at the batch that crosses it.
const PAGE_BYTES: usize = 16 << 20;

/// Bounds of one page.
#[derive(Clone, Copy, Debug)]
pub struct PageLimits {
    /// Rows at most.
    pub rows: usize,
    /// Time for the whole query.
    pub time: Duration,
}

/// A query's first rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Name and type of each column, in the query's order.
    pub columns: Vec<(String, String)>,
    /// A JSON array with one object a row.
    pub rows: String,
    /// How many rows that are.
    pub count: usize,
    /// The query had more.
    pub truncated: bool,
}

impl Session {
    /// The first rows of a reading query within `limits`. A query that does not end in
    /// time is dropped, and with it the work it had begun.
    ///
    /// # Errors
    /// [`LakeError::Query`], also for a query that took longer than it may.
    pub fn page(&self, sql: &str, limits: PageLimits) -> Result<Page, LakeError> {
        self.runtime.block_on(async {
            let slow = || {
                let seconds = limits.time.as_secs_f64();
                LakeError::Query(format!("the query took longer than {seconds} s"))
            };
            let answer = tokio::time::timeout(limits.time, self.first_rows(sql, limits.rows));
            answer.await.unwrap_or_else(|_| Err(slow()))
        })
    }

    async fn first_rows(&self, sql: &str, most: usize) -> Result<Page, LakeError> {
        let frame = self.plan(sql).await?;
        let columns = frame.schema().fields().iter();
        let columns =
            columns.map(|field| (field.name().clone(), field.data_type().to_string())).collect();
        let mut page = Page { columns, ..Page::default() };
        let mut bytes = Vec::new();
        let mut writer = output::json_writer::<_, JsonArray>(&mut bytes);
        let mut stream = frame.execute_stream().await?;
        let mut written = 0;
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            let room = most - page.count;
            if batch.num_rows() > room || written > PAGE_BYTES {
                page.truncated = true;
                let room = if written > PAGE_BYTES { 0 } else { room };
                writer.write(&batch.slice(0, room)).map_err(output::output_error)?;
                page.count += room;
                break;
            }
            writer.write(&batch).map_err(output::output_error)?;
            page.count += batch.num_rows();
            written += batch.get_array_memory_size();
        }
        writer.finish().map_err(output::output_error)?;
        drop(writer);
        page.rows = String::from_utf8(bytes).map_err(output::output_error)?;
        Ok(page)
    }
}
