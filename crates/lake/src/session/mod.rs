//! Asking the tables: a query session over one state of a case, reading only.

mod guard;
mod listed;
mod mailbox;
mod number;
mod output;
mod page;
mod text;
mod views;

pub use guard::{CallGuard, WITHHELD};
pub use listed::Lists;
pub use mailbox::MailboxRule;
pub use output::Format;
pub use page::{Page, PageLimits};
pub use views::{TABLES, Table};

use std::io::Write;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::datasource::{MemTable, TableProvider};
use datafusion::execution::context::SQLOptions;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext, ident};
use futures::StreamExt;

use crate::schema::SourceRow;
use crate::{Lake, LakeError, Row, SourceEntry, derived_tables};
use demarche_core::number::Readable;
use demarche_core::{
    Anomaly, Call, ContextEntry, CoverageEntry, DeepAttachment, Event, Fetch, Finding,
    MailFeatures, Message, Network, Observable, PassiveDns, RecordLookup, Registration,
    RosterEntry,
};

/// A session over one state of a case.
pub struct Session {
    runtime: tokio::runtime::Runtime,
    context: SessionContext,
    /// Look-ups of call records with nobody withheld; no query can name them.
    lookups: Arc<dyn TableProvider>,
    /// Numbers that may be shown.
    numbers: Readable,
}

impl Session {
    /// Opens every table of the case and the contract's views over them; mailboxes are
    /// told by `rule`.
    ///
    /// # Errors
    /// What the engine says of the case's files.
    pub fn open(lake: &Lake, rule: MailboxRule) -> Result<Self, LakeError> {
        Self::open_showing(lake, rule, Readable::default(), &CallGuard::default())
    }

    /// As [`open`](Self::open); the telephone numbers that `numbers` knows are shown, and
    /// in call records whom `guard` names is withheld.
    ///
    /// # Errors
    /// What the engine says of the case's files.
    pub fn open_showing(
        lake: &Lake,
        rule: MailboxRule,
        numbers: Readable,
        guard: &CallGuard,
    ) -> Result<Self, LakeError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(LakeError::io(lake.dir()))?;
        let config = SessionConfig::new()
            .with_information_schema(true)
            // Our row structs are written for plain strings.
            .set_bool("datafusion.execution.parquet.schema_force_view_types", false)
            .set_bool("datafusion.sql_parser.map_string_types_to_utf8view", false)
            .set_bool("datafusion.sql_parser.enable_ident_normalization", true);
        let environment = RuntimeEnvBuilder::new()
            .with_memory_limit(lake.query_memory(), 1.0)
            .build_arc()
            .map_err(LakeError::from)?;
        let context = SessionContext::new_with_config_rt(config, environment);
        context.register_udf(mailbox::udf(rule));
        context.register_udf(number::udf(numbers.clone()));
        context.register_udtf(text::NAME, Arc::new(text::TextSearch { lake: lake.clone() }));
        let lookups = provider(
            Schema::new(RecordLookup::fields()).into(),
            lake.unit_files(RecordLookup::TABLE),
        )?;
        let session = Self { runtime, context, lookups, numbers };
        session.register_files(lake)?;
        session.register_calls(lake, guard)?;
        let plain = session.register_plain(lake)?;
        let cube = (crate::plain::CUBE, crate::plain::cube());
        for (name, sql) in views::definitions().into_iter().chain([cube]) {
            if plain.contains(&name) {
                continue;
            }
            let statement = format!("CREATE VIEW {name} AS {sql}");
            session.runtime.block_on(session.context.sql(&statement))?;
        }
        Ok(session)
    }

    fn register_files(&self, lake: &Lake) -> Result<(), LakeError> {
        self.register_units::<Message>(lake)?;
        self.register_units::<crate::Occurrence>(lake)?;
        self.register_units::<MailFeatures>(lake)?;
        self.register_units::<DeepAttachment>(lake)?;
        self.register_units::<Event>(lake)?;
        self.register_units::<Fetch>(lake)?;
        self.register_units::<RosterEntry>(lake)?;
        self.register_units::<CoverageEntry>(lake)?;
        self.register_units::<ContextEntry>(lake)?;
        self.register_units::<Network>(lake)?;
        self.register_units::<PassiveDns>(lake)?;
        self.register_units::<Registration>(lake)?;
        self.register_units::<Anomaly>(lake)?;
        self.register_units::<Observable>(lake)?;
        self.register_sources(&lake.manifest().sources())?;
        for (name, fields) in derived_tables() {
            let files = lake.derived_files(name);
            let name = format!("derived_{name}");
            self.register(&name, Schema::new(fields).into(), files)?;
        }
        Ok(())
    }

    /// Call records, as queries may see them.
    fn register_calls(&self, lake: &Lake, guard: &CallGuard) -> Result<(), LakeError> {
        let calls = provider(Schema::new(Call::fields()).into(), lake.unit_files(Call::TABLE))?;
        for (name, records, parties, columns) in [
            ("records_calls", calls, ["caller", "callee"], &["caller", "callee", "unique_id"][..]),
            (
                "records_record_lookups",
                Arc::clone(&self.lookups),
                ["subject_number", "subject_number"],
                &["subject_number"][..],
            ),
        ] {
            let records = self.context.read_table(records)?;
            let shown = guard::guarded(records, guard, &self.numbers, parties, columns)?;
            self.context.register_table(name, shown.into_view())?;
        }
        Ok(())
    }

    /// Every look-up of call records once, ordered by time and uid, with nobody withheld:
    /// for the analysis, which tells an institution whose records were read.
    ///
    /// # Errors
    /// As [`rows`](Self::rows).
    pub fn lookups(&self) -> Result<Vec<RecordLookup>, LakeError> {
        let batches = self.runtime.block_on(async {
            self.context.read_table(Arc::clone(&self.lookups))?.collect().await
        })?;
        let mut lookups: Vec<RecordLookup> = Vec::new();
        for batch in &batches {
            let more: Vec<RecordLookup> = serde_arrow::from_record_batch(batch)
                .map_err(|error| LakeError::row("record_lookups", error))?;
            lookups.extend(more);
        }
        for lookup in &mut lookups {
            lookup.subject_number = self.numbers.show(&lookup.subject_number).to_owned();
        }
        lookups.sort_by(|a, b| {
            (a.time, &a.lookup_uid, &a.evidence).cmp(&(b.time, &b.lookup_uid, &b.evidence))
        });
        lookups.dedup_by(|a, b| a.lookup_uid == b.lookup_uid);
        Ok(lookups)
    }

    /// Puts documents that the case keeps beside its evidence among `sources`.
    ///
    /// # Errors
    /// What the engine says.
    pub fn add_sources(&self, lake: &Lake, documents: &[SourceEntry]) -> Result<(), LakeError> {
        if documents.is_empty() {
            return Ok(());
        }
        self.context.deregister_table(SourceRow::TABLE)?;
        let mut all = lake.manifest().sources();
        all.extend_from_slice(documents);
        self.register_sources(&all)
    }

    fn register_sources(&self, sources: &[SourceEntry]) -> Result<(), LakeError> {
        let rows: Vec<SourceRow> = sources
            .iter()
            .map(|source| SourceRow {
                path: source.path.clone(),
                source: source.id.clone(),
                bytes: source.bytes,
                formats: source.formats.clone(),
                records: source.read.values().sum(),
            })
            .collect();
        let fields = SourceRow::fields();
        let batch = serde_arrow::to_record_batch(&fields, &rows)
            .map_err(|error| LakeError::row(SourceRow::TABLE, error))?;
        let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
        self.context.register_table(SourceRow::TABLE, Arc::new(table))?;
        Ok(())
    }

    /// Registers tables that were made plain under their own names; returns these.
    fn register_plain(&self, lake: &Lake) -> Result<Vec<&'static str>, LakeError> {
        let mut names = Vec::new();
        for (table, file) in lake.plain_files()? {
            self.context.register_table(table.name, self.sorted_file(&file, table.sorted)?)?;
            names.push(table.name);
        }
        Ok(names)
    }

    /// A table over one file that is sorted by `columns`.
    fn sorted_file(
        &self,
        file: &std::path::Path,
        columns: &[&str],
    ) -> Result<Arc<dyn TableProvider>, LakeError> {
        let file = std::path::absolute(file).map_err(LakeError::io(file))?;
        let url = ListingTableUrl::parse(file.to_string_lossy())?;
        let order: Vec<_> = columns.iter().map(|c| ident(*c).sort(true, false)).collect();
        let mut options = ListingOptions::new(Arc::new(ParquetFormat::default()));
        if !order.is_empty() {
            options = options.with_file_sort_order(vec![order]);
        }
        let state = self.context.state();
        let schema = self.runtime.block_on(options.infer_schema(&state, &url))?;
        let config = ListingTableConfig::new(url).with_listing_options(options).with_schema(schema);
        Ok(Arc::new(ListingTable::try_new(config)?))
    }

    fn register_units<R: Row>(&self, lake: &Lake) -> Result<(), LakeError> {
        // `records/messages/v1` is asked for as `records_messages`.
        let name = R::TABLE.trim_end_matches("/v1").replace('/', "_");
        let name = if name == Observable::TABLE { "observables_rows".to_owned() } else { name };
        self.register(&name, Schema::new(R::fields()).into(), lake.unit_files(R::TABLE))
    }

    fn register(
        &self,
        name: &str,
        schema: SchemaRef,
        files: Vec<std::path::PathBuf>,
    ) -> Result<(), LakeError> {
        self.context.register_table(name, provider(schema, files)?)?;
        Ok(())
    }

    /// Relations of a query that are not tables of the case: `select ... from 'a.mbox'`.
    ///
    /// # Errors
    /// A query that cannot be parsed.
    pub fn unknown_relations(&self, sql: &str) -> Result<Vec<String>, LakeError> {
        let state = self.context.state();
        let dialect = state.config_options().sql_parser.dialect;
        let statement = state.sql_to_statement(sql, &dialect)?;
        let mut unknown = Vec::new();
        for reference in state.resolve_table_references(&statement)? {
            let known = self.context.table_exist(reference.clone())?
                || state.table_functions().contains_key(reference.table())
                || reference.schema() == Some("information_schema");
            if !known {
                unknown.push(reference.to_string());
            }
        }
        Ok(unknown)
    }

    /// Tables that a query names, case of names folded as the engine does.
    ///
    /// # Errors
    /// A query that cannot be parsed.
    pub fn relations(&self, sql: &str) -> Result<Vec<String>, LakeError> {
        let state = self.context.state();
        let dialect = state.config_options().sql_parser.dialect;
        let statement = state.sql_to_statement(sql, &dialect)?;
        let references = state.resolve_table_references(&statement)?;
        Ok(references.iter().map(|reference| reference.table().to_owned()).collect())
    }

    /// Makes a table of another session (over evidence read for this query alone)
    /// visible here as `name`.
    ///
    /// # Errors
    /// What the engine says.
    pub fn attach(&self, name: &str, other: &Self, table: &str) -> Result<(), LakeError> {
        let provider = other.runtime.block_on(other.context.table_provider(table))?;
        self.context.register_table(datafusion::common::TableReference::bare(name), provider)?;
        Ok(())
    }

    /// Gives queries `listed(type, value)`: whether an observable is looked for.
    pub fn look_for(&self, lists: Lists) {
        self.context.register_udf(listed::udf(lists));
    }

    /// Makes the findings of one hunt a table of their own, `hunt_findings`, or those of the
    /// run that holds.
    ///
    /// # Errors
    /// What the engine says.
    pub fn attach_hunt(&self, lake: &Lake, run: &str) -> Result<(), LakeError> {
        let file = lake.one_run_file(run, Finding::TABLE);
        let schema = Schema::new(Finding::fields()).into();
        self.context.deregister_table("hunt_findings")?;
        self.register("hunt_findings", schema, file.into_iter().collect())
    }

    async fn plan(&self, sql: &str) -> Result<datafusion::dataframe::DataFrame, LakeError> {
        let reads_only = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        Ok(self.context.sql_with_options(sql, reads_only).await?)
    }

    /// Runs a query and hands on its batches in order.
    ///
    /// # Errors
    /// [`LakeError::Query`], also for anything that is not a reading query.
    pub fn stream(
        &self,
        sql: &str,
        batch: &mut dyn FnMut(&RecordBatch) -> Result<(), LakeError>,
    ) -> Result<(), LakeError> {
        self.runtime.block_on(async {
            let mut stream = self.plan(sql).await?.execute_stream().await?;
            while let Some(next) = stream.next().await {
                batch(&next?)?;
            }
            Ok(())
        })
    }

    /// A query's rows as structs whose fields are its columns.
    ///
    /// # Errors
    /// [`LakeError::Query`]; [`LakeError::Row`] when a row does not fit `T`.
    pub fn rows<T: serde::de::DeserializeOwned>(&self, sql: &str) -> Result<Vec<T>, LakeError> {
        let mut rows = Vec::new();
        self.stream(sql, &mut |batch| {
            let more: Vec<T> = serde_arrow::from_record_batch(batch)
                .map_err(|error| LakeError::row("query", error))?;
            rows.extend(more);
            Ok(())
        })?;
        Ok(rows)
    }

    /// A query of one whole number.
    ///
    /// # Errors
    /// As [`rows`](Self::rows).
    pub fn count(&self, sql: &str) -> Result<u64, LakeError> {
        let rows: Vec<Count> = self.rows(&format!("SELECT count(*) AS n FROM ({sql})"))?;
        Ok(rows.first().map_or(0, |row| u64::try_from(row.n).unwrap_or(0)))
    }

    /// Writes a query's result; text is cut to `width` columns, with `n of N` below.
    ///
    /// # Errors
    /// [`LakeError::Query`], or what the output says.
    pub fn write(
        &self,
        sql: &str,
        format: Format,
        width: usize,
        out: &mut dyn Write,
    ) -> Result<(), LakeError> {
        output::write(self, sql, format, width, out)
    }

    /// The columns of a query.
    pub(crate) fn schema_of(&self, sql: &str) -> Result<SchemaRef, LakeError> {
        self.runtime.block_on(self.schema(sql))
    }

    async fn schema(&self, sql: &str) -> Result<SchemaRef, LakeError> {
        Ok(Arc::new(self.plan(sql).await?.schema().as_arrow().clone()))
    }
}

/// A table over Parquet files; an empty one over none.
fn provider(
    schema: SchemaRef,
    files: Vec<std::path::PathBuf>,
) -> Result<Arc<dyn TableProvider>, LakeError> {
    if files.is_empty() {
        return Ok(Arc::new(MemTable::try_new(schema, vec![vec![]])?));
    }
    let urls = files
        .iter()
        .map(|file| {
            let file = std::path::absolute(file).map_err(LakeError::io(file))?;
            ListingTableUrl::parse(file.to_string_lossy()).map_err(LakeError::from)
        })
        .collect::<Result<Vec<_>, LakeError>>()?;
    let options = ListingOptions::new(Arc::new(ParquetFormat::default()));
    let config = ListingTableConfig::new_with_multi_paths(urls)
        .with_listing_options(options)
        .with_schema(schema);
    Ok(Arc::new(ListingTable::try_new(config)?))
}

#[derive(serde::Deserialize)]
struct Count {
    n: i64,
}
