//! Reading an event's `detail`: name/value arrays folded into objects, or not yet.

use serde_json::Value;

/// Parses a detail; anything unreadable is an empty object.
pub(crate) fn parse(detail: &str) -> Value {
    serde_json::from_str(detail).unwrap_or(Value::Null)
}

/// Where providers put name/value pairs: Microsoft's four, and Google's `parameters`.
const FIELDS: [&str; 5] =
    ["Parameters", "OperationProperties", "ModifiedProperties", "ExtendedProperties", "parameters"];

/// Name and text pairs of all [`FIELDS`], at most 200 each, whichever shape they have.
pub(crate) fn pairs(detail: &Value) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for field in FIELDS {
        match detail.get(field) {
            Some(Value::Object(map)) => {
                pairs.extend(map.iter().take(200).map(|(name, value)| (name.clone(), text(value))));
            }
            Some(Value::Array(list)) => {
                for item in list.iter().take(200) {
                    let name = item.get("Name").map(text).unwrap_or_default();
                    let value = item.get("Value").or_else(|| item.get("NewValue"));
                    pairs.push((name, value.map(text).unwrap_or_default()));
                }
            }
            _ => {}
        }
    }
    pairs
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(map) => match map.get("NewValue") {
            Some(new) => text(new),
            None => value.to_string(),
        },
        other => other.to_string(),
    }
}

/// The value of the first pair of that name, letter case ignored.
pub(crate) fn get<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
}

/// Mail addresses that stand in a text, lower case, in order.
pub(crate) fn addresses(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '@');
    text.split(|c: char| !is_part(c))
        .filter_map(|word| {
            let word = word.trim_matches('.');
            let (local, domain) = word.split_once('@')?;
            (!local.is_empty() && domain.contains('.') && !domain.contains('@'))
                .then(|| word.to_lowercase())
        })
        .take(50)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_and_unfolded_give_the_same_pairs() {
        let folded = parse(r#"{"Parameters":{"ForwardTo":"a@b.example"}}"#);
        let array = parse(r#"{"Parameters":[{"Name":"ForwardTo","Value":"a@b.example"}]}"#);
        assert_eq!(pairs(&folded), pairs(&array));
        assert_eq!(get(&pairs(&array), "forwardto"), Some("a@b.example"));
        assert!(pairs(&parse("not json")).is_empty());
    }

    #[test]
    fn modified_properties_give_their_new_value() {
        let detail =
            parse(r#"{"ModifiedProperties":{"Scope":{"NewValue":"Mail.Read","OldValue":""}}}"#);
        assert_eq!(get(&pairs(&detail), "Scope"), Some("Mail.Read"));
    }

    #[test]
    fn addresses_in_text() {
        assert_eq!(
            addresses("smtp:Ex@Exdigy.net; [x] <b@c.example>."),
            ["ex@exdigy.net", "b@c.example"]
        );
    }
}
