//! Who is withheld from queries over call records.
//!
//! A person whom the roster marks `source` (a reporter, whose sources are at stake) must
//! not be found beside another person in any row of call records. In such a row both
//! parties are withheld, and the exchange's own call id by which its legs could be
//! joined: with one of them shown, whoever knows that few people are marked could name
//! the other. Of a look-up of call records the subject is withheld.
//!
//! The tables that queries can name are views over the records with this applied; the
//! records themselves have no name. Analysis, which must tell an institution whose
//! records were read, reads the look-ups through [`Session::lookups`](super::Session::lookups).

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray};
use arrow::datatypes::DataType;
use datafusion::common::Result as EngineResult;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, when,
};
use datafusion::prelude::{col, lit};
use demarche_core::number::{HIDDEN, Readable};

/// What stands in the place of a withheld number.
pub const WITHHELD: &str = "withheld";

/// Digits that two spellings of a number have in common at their ends: with and without
/// the country's and the area's code.
const COMMON: usize = 7;

/// The numbers of people whom the roster marks `source`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CallGuard {
    numbers: Arc<BTreeSet<String>>,
}

impl CallGuard {
    /// With the numbers of marked people, in any spelling.
    #[must_use]
    pub fn new<S: AsRef<str>>(numbers: impl IntoIterator<Item = S>) -> Self {
        let digits = numbers.into_iter().map(|number| digits(number.as_ref()));
        Self { numbers: Arc::new(digits.filter(|number| !number.is_empty()).collect()) }
    }

    /// With the numbers of both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self { numbers: Arc::new(self.numbers.union(&other.numbers).cloned().collect()) }
    }

    /// Whether a number as logged may be one of theirs. In doubt it is: a local number
    /// that ends like a marked one is withheld, too.
    #[must_use]
    pub fn withholds(&self, number: &str) -> bool {
        if self.numbers.is_empty() || number.starts_with(HIDDEN) {
            return false;
        }
        let number = digits(number);
        self.numbers.contains(&number)
            || self.numbers.iter().any(|marked| {
                let (long, short) =
                    if marked.len() > number.len() { (marked, &number) } else { (&number, marked) };
                short.len() >= COMMON && long.ends_with(short.as_str())
            })
    }
}

/// Digits without an international prefix; of an address (`sip:+32...@host`) its user.
fn digits(number: &str) -> String {
    let number = number.trim();
    let number = number.split_once(':').map_or(number, |(_, rest)| rest);
    let number = number.split('@').next().unwrap_or(number);
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').to_owned()
}

/// The rows of `records` with `columns` withheld where one of `parties` is guarded.
pub(super) fn guarded(
    records: DataFrame,
    guard: &CallGuard,
    numbers: &Readable,
    parties: [&str; 2],
    columns: &[&str],
) -> EngineResult<DataFrame> {
    let private = ScalarUDF::from(Private {
        guard: guard.clone(),
        numbers: numbers.clone(),
        signature: Signature::exact(vec![DataType::Utf8, DataType::Utf8], Volatility::Immutable),
    });
    let names: Vec<String> =
        records.schema().fields().iter().map(|field| field.name().clone()).collect();
    let shown = names.iter().map(|name| {
        if !columns.contains(&name.as_str()) {
            return Ok(col(name));
        }
        let is_private = private.call(parties.map(col).to_vec());
        Ok(when(is_private, lit(WITHHELD)).otherwise(col(name))?.alias(name))
    });
    records.select(shown.collect::<EngineResult<Vec<_>>>()?)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Private {
    guard: CallGuard,
    /// Most numbers are stored hidden.
    numbers: Readable,
    signature: Signature,
}

impl ScalarUDFImpl for Private {
    fn name(&self) -> &str {
        "private_party"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> EngineResult<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> EngineResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [one, other] = &arrays[..] else {
            return datafusion::common::plan_err!("private_party takes two arguments");
        };
        let (one, other) = (one.as_string::<i32>(), other.as_string::<i32>());
        let shown = |number: &str| self.guard.withholds(self.numbers.show(number));
        let is = |number: Option<&str>| number.is_some_and(shown);
        let private: BooleanArray =
            one.iter().zip(other.iter()).map(|(one, other)| Some(is(one) || is(other))).collect();
        Ok(ColumnarValue::Array(Arc::new(private)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_known_in_every_spelling() {
        let guard = CallGuard::new(["+32 2 555 01 01"]);
        for number in
            ["+3225550101", "003225550101", "025550101", "25550101", "sip:+3225550101@pbx.example"]
        {
            assert!(guard.withholds(number), "{number}");
        }
        for number in ["+3225550102", "101", "", "anonymous"] {
            assert!(!guard.withholds(number), "{number}");
        }
        assert!(!CallGuard::default().withholds("+3225550101"));
        assert!(CallGuard::default().and(&guard).withholds("+3225550101"));
    }
}
