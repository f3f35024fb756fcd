//! Whose mailbox a copy of a message lay in.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result as EngineResult;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The delivery headers matched to the roster, else the folder, else the source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MailboxRule {
    addresses: Arc<BTreeSet<String>>,
}

impl MailboxRule {
    /// With the roster's addresses.
    #[must_use]
    pub fn new(addresses: impl IntoIterator<Item = String>) -> Self {
        let lower = addresses.into_iter().map(|address| address.trim().to_lowercase());
        Self { addresses: Arc::new(lower.filter(|address| !address.is_empty()).collect()) }
    }

    /// The mailbox, lower case. A folder or archive that is named after a roster address,
    /// at its end or in one of its parts, is that address.
    pub fn mailbox<'a>(
        &self,
        delivered_to: impl IntoIterator<Item = &'a str>,
        folder: &str,
        path: &str,
    ) -> String {
        let known = |text: &str| self.addresses.get(&text.trim().to_lowercase()).cloned();
        if let Some(found) = delivered_to.into_iter().find_map(known) {
            return found;
        }
        if let Some(found) = folder.split('/').rev().find_map(known) {
            return found;
        }
        // `ann@x.example.zip!/inbox.mbox`: the archive names the person.
        let parts = path.split(['/', '!']).rev();
        let mut stems = parts.flat_map(|part| part.match_indices('.').map(|(at, _)| &part[..at]));
        if let Some(found) = stems.find_map(known) {
            return found;
        }
        let name = if folder.is_empty() { path } else { folder };
        name.to_lowercase()
    }
}

/// `mailbox(delivered_to, folder, path)` for queries.
pub(super) fn udf(rule: MailboxRule) -> ScalarUDF {
    ScalarUDF::from(MailboxFunction {
        rule,
        signature: Signature::exact(
            vec![
                DataType::List(Arc::new(Field::new("item", DataType::Utf8, false))),
                DataType::Utf8,
                DataType::Utf8,
            ],
            Volatility::Immutable,
        ),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct MailboxFunction {
    rule: MailboxRule,
    signature: Signature,
}

impl ScalarUDFImpl for MailboxFunction {
    fn name(&self) -> &str {
        "mailbox"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> EngineResult<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> EngineResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [delivered, folder, path] = &arrays[..] else {
            return datafusion::common::plan_err!("mailbox takes three arguments");
        };
        let delivered = delivered.as_list::<i32>();
        let folder = folder.as_string::<i32>();
        let path = path.as_string::<i32>();
        let mailboxes: StringArray = (0..folder.len())
            .map(|row| {
                let item: ArrayRef = delivered.value(row);
                let item = item.as_string::<i32>();
                let headers = item.iter().flatten();
                Some(self.rule.mailbox(headers, folder.value(row), path.value(row)))
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(mailboxes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_then_folder_then_source() {
        let rule = MailboxRule::new(["Ann@x.example".to_owned()]);
        assert_eq!(rule.mailbox(["list@x.example", "ANN@x.example"], "f", "p"), "ann@x.example");
        assert_eq!(rule.mailbox([], "export/ann@x.example/Inbox", "p"), "ann@x.example");
        assert_eq!(rule.mailbox(["bob@x.example"], "Archive", "p"), "archive");
        assert_eq!(rule.mailbox([], "inbox", "ann@x.example.zip!/inbox.mbox"), "ann@x.example");
        assert_eq!(rule.mailbox([], "", "a.eml"), "a.eml");
    }
}
