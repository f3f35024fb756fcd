//! Telephone numbers as they may be shown: the roster's own, all others as they are
//! stored, hashed under the case's key.

use std::sync::Arc;

use arrow::array::{AsArray, StringArray};
use arrow::datatypes::DataType;
use datafusion::common::Result as EngineResult;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use demarche_core::number::Readable;

/// `phone_number(stored)` for the views of calls and look-ups.
pub(super) fn udf(readable: Readable) -> ScalarUDF {
    ScalarUDF::from(NumberFunction {
        readable,
        signature: Signature::exact(vec![DataType::Utf8], Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NumberFunction {
    readable: Readable,
    signature: Signature,
}

impl ScalarUDFImpl for NumberFunction {
    fn name(&self) -> &str {
        "phone_number"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> EngineResult<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> EngineResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [stored] = &arrays[..] else {
            return datafusion::common::plan_err!("phone_number takes one argument");
        };
        let stored = stored.as_string::<i32>();
        let shown: StringArray =
            stored.iter().map(|text| text.map(|text| self.readable.show(text))).collect();
        Ok(ColumnarValue::Array(Arc::new(shown)))
    }
}
