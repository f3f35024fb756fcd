//! Changing stored messages by what was learnt since: bodies of mailboxes that a roster
//! has made privileged go, signatures are checked with keys that have come.
//!
//! A unit's file is replaced as a whole, with the same rows in the same order. A killed
//! run leaves the old policy (or digest of keys) in the manifest, so that the next one does
//! it again.

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
                stripped += self.amend_unit(id, &|message| {
                    let had = !message.text.is_empty() || !message.html.is_empty();
                    let strips = privileged(message);
                    if strips {
                        message.strip_body();
                    }
                    strips && had
                })?;
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

    /// Calls `check` for the messages of every unit whose signatures were checked with
    /// other keys than those of the digest `keys`; it says whether it changed a message.
    /// Returns how many messages it changed.
    ///
    /// # Errors
    /// What the files say; what was not checked yet is again next time.
    pub fn check_signatures(
        &mut self,
        keys: &str,
        check: &dyn Fn(&mut Message) -> bool,
    ) -> Result<u64, LakeError> {
        let other = self.manifest().units.iter().filter(|(_, unit)| unit.keys != keys);
        let units: Vec<(String, bool)> = other
            .map(|(id, unit)| (id.clone(), unit.rows.get(Message::TABLE).is_some_and(|n| *n > 0)))
            .collect();
        let mut changed = 0;
        for (id, has_messages) in &units {
            if *has_messages {
                changed += self.amend_unit(id, check)?;
            }
        }
        if !units.is_empty() {
            let ids: Vec<String> = units.into_iter().map(|(id, _)| id).collect();
            self.checked_with(&ids, keys)?;
        }
        Ok(changed)
    }

    /// Hands each message of a unit to `amend`, and keeps what it makes of them where it
    /// says of any that it has changed. Returns how many it changed.
    fn amend_unit(&self, id: &str, amend: &dyn Fn(&mut Message) -> bool) -> Result<u64, LakeError> {
        let from = self.dir().join(Message::TABLE).join(format!("{id}.parquet"));
        let damaged = |error: &dyn ToString| LakeError::damaged(&from, error.to_string());
        let file = File::open(&from).map_err(LakeError::io(&from))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| damaged(&e))?;
        let reader = reader.with_batch_size(ROWS).build().map_err(|e| damaged(&e))?;
        self.clear_staged(id)?;
        let mut unit = self.unit(id);
        let mut changed = 0;
        for batch in reader {
            let batch = batch.map_err(|e| damaged(&e))?;
            let mut rows: Vec<Message> =
                serde_arrow::from_record_batch(&batch).map_err(|e| damaged(&e))?;
            for message in &mut rows {
                changed += u64::from(amend(message));
            }
            unit.parts().0.push(&rows)?;
        }
        unit.finish()?;
        if changed > 0 {
            let to = self.dir().join("staging").join(id).join(Message::TABLE.replace('/', "~"));
            // The words go before the rows: killed in between, they are made again of what
            // is stored then.
            self.drop_text(id)?;
            fs::rename(&to, &from).map_err(LakeError::io(&from))?;
        }
        self.clear_staged(id)?;
        if changed > 0 {
            self.build_text(id)?;
        }
        Ok(changed)
    }
}
