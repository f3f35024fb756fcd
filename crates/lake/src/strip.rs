//! Taking bodies out of units that were written before a roster said that their
//! mailbox is privileged.
//!
//! A unit's file is replaced as a whole, with the same rows in the same order. A killed
//! run leaves the old policy in the manifest, so that the next one does it again.

use std::fs::{self, File};

use demarche_core::Message;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::{LakeError, Row, Writer};

/// Rows held at once; each may carry a large body.
const ROWS: usize = 256;

impl Writer {
    /// Clears text, HTML and shown link texts of the messages for which `privileged` says
    /// yes, in every unit of another policy than `policy`, and notes that the units comply
    /// with `policy` now. Returns how many messages lost their body.
    ///
    /// # Errors
    /// What the files say; what was not stripped yet is again next time.
    pub fn strip_bodies(
        &mut self,
        policy: &str,
        privileged: &dyn Fn(&Message) -> bool,
    ) -> Result<u64, LakeError> {
        let other = |unit: &crate::UnitEntry| unit.policy != policy;
        let units: Vec<String> = self
            .manifest()
            .units
            .iter()
            .filter(|(_, u)| other(u))
            .map(|(id, _)| id.clone())
            .collect();
        let mut stripped = 0;
        for id in &units {
            let rows = self.manifest().units.get(id).and_then(|unit| unit.rows.get(Message::TABLE));
            if rows.is_some_and(|rows| *rows > 0) {
                stripped += self.strip_unit(id, privileged)?;
            }
        }
        // A source that was begun under another policy is read again from its beginning.
        let complete = self.manifest().complete();
        let of = |id: &String| self.manifest().units.get(id).into_iter().flat_map(|u| &u.sources);
        let whole: Vec<String> = units
            .iter()
            .filter(|id| of(id).all(|s| complete.contains(&(s.path.as_str(), s.id.as_str()))))
            .cloned()
            .collect();
        if !whole.is_empty() {
            self.comply(&whole, policy)?;
        }
        Ok(stripped)
    }

    fn strip_unit(
        &self,
        id: &str,
        privileged: &dyn Fn(&Message) -> bool,
    ) -> Result<u64, LakeError> {
        let from = self.dir().join(Message::TABLE).join(format!("{id}.parquet"));
        let damaged = |error: &dyn ToString| LakeError::damaged(&from, error.to_string());
        let file = File::open(&from).map_err(LakeError::io(&from))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| damaged(&e))?;
        let reader = reader.with_batch_size(ROWS).build().map_err(|e| damaged(&e))?;
        self.clear_staged(id)?;
        let mut unit = self.unit(id);
        let mut stripped = 0;
        for batch in reader {
            let batch = batch.map_err(|e| damaged(&e))?;
            let mut rows: Vec<Message> =
                serde_arrow::from_record_batch(&batch).map_err(|e| damaged(&e))?;
            for message in rows.iter_mut().filter(|message| privileged(message)) {
                stripped += u64::from(!message.text.is_empty() || !message.html.is_empty());
                message.strip_body();
            }
            unit.parts().0.push(&rows)?;
        }
        unit.finish()?;
        if stripped > 0 {
            let to = self.dir().join("staging").join(id).join(Message::TABLE.replace('/', "~"));
            // The words go before the rows: killed in between, they are made again of what
            // is stored then.
            self.drop_text(id)?;
            fs::rename(&to, &from).map_err(LakeError::io(&from))?;
        }
        self.clear_staged(id)?;
        if stripped > 0 {
            self.build_text(id)?;
        }
        Ok(stripped)
    }
}
