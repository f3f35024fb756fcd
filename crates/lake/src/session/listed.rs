//! `listed(type, value)`: whether a value is on the lists that a hunt looks for.
//!
//! Asked inside the scan, so that of all observables only the hits are read whole. The
//! tables are sorted by type and value within a unit: a value that stands in a thousand
//! records is looked up once.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray};
use arrow::datatypes::DataType;
use datafusion::common::Result as EngineResult;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// Says of an observable's type and value whether it is looked for.
pub type Lists = Arc<dyn Fn(&str, &str) -> bool + Send + Sync>;

/// `listed(type, value)` for queries.
pub(super) fn udf(lists: Lists) -> ScalarUDF {
    ScalarUDF::from(Listed {
        lists,
        signature: Signature::exact(vec![DataType::Utf8, DataType::Utf8], Volatility::Immutable),
    })
}

struct Listed {
    lists: Lists,
    signature: Signature,
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("listed")
    }
}

// A session has one set of lists, so the function is equal to itself alone.
impl PartialEq for Listed {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.lists, &other.lists)
    }
}

impl Eq for Listed {}

impl Hash for Listed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl ScalarUDFImpl for Listed {
    fn name(&self) -> &str {
        "listed"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> EngineResult<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> EngineResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [kinds, values] = &arrays[..] else {
            return datafusion::common::plan_err!("listed takes two arguments");
        };
        let (kinds, values) = (kinds.as_string::<i32>(), values.as_string::<i32>());
        let mut last: Option<(&str, &str, bool)> = None;
        let listed: BooleanArray = kinds
            .iter()
            .zip(values.iter())
            .map(|(kind, value)| {
                let (kind, value) = (kind.unwrap_or_default(), value.unwrap_or_default());
                let known = last.filter(|(k, v, _)| *k == kind && *v == value);
                let listed = known.map_or_else(|| (self.lists)(kind, value), |(_, _, is)| is);
                last = Some((kind, value, listed));
                Some(listed)
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(listed)))
    }
}
