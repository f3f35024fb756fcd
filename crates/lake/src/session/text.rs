//! `text_search('words')` for queries: the uids of the messages that hold the words.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{DataFusionError, Result as EngineResult, ScalarValue, plan_err};
use datafusion::datasource::MemTable;
use datafusion::logical_expr::Expr;

use crate::Lake;
use crate::text::search;

/// Its name.
pub(super) const NAME: &str = "text_search";

/// A table of one column, `message_uid`, sorted, each once.
#[derive(Debug)]
pub(super) struct TextSearch {
    pub(super) lake: Lake,
}

impl TableFunctionImpl for TextSearch {
    fn call_with_args(
        &self,
        args: TableFunctionArgs<'_, '_>,
    ) -> EngineResult<Arc<dyn TableProvider>> {
        let [Expr::Literal(ScalarValue::Utf8(Some(words)), _)] = args.exprs() else {
            return plan_err!("{NAME} takes one text: {NAME}('words')");
        };
        let uids = search(&self.lake, words)
            .map_err(|error| DataFusionError::External(Box::new(error)))?;
        let schema = Arc::new(Schema::new(vec![Field::new("message_uid", DataType::Utf8, false)]));
        let column: ArrayRef = Arc::new(uids.into_iter().map(Some).collect::<StringArray>());
        let batch = RecordBatch::try_new(schema.clone(), vec![column])?;
        Ok(Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))
    }
}
