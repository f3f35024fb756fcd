//! Folding name/value arrays into objects.
//!
//! The audit log writes cmdlet parameters and changed properties as
//! `[{"Name": "ForwardTo", "Value": "x"}, ...]`, which no rule language can ask for by
//! name; here it becomes `{"ForwardTo": "x"}`. A name that occurs twice keeps both
//! values in an array. `NewValue`/`OldValue` pairs stay together in an object.

use super::tree::{Map, Value};

/// Fields that are such arrays by the schema; they become objects also when empty.
const FOLDED: [&str; 6] = [
    "Parameters",
    "ModifiedProperties",
    "ExtendedProperties",
    "OperationProperties",
    "DeviceProperties",
    "NonPIIParameters",
];

/// Folds every name/value array in `value`, however deep.
fn fold(value: &mut Value) {
    match value {
        Value::Array(values) if !values.is_empty() && values.iter().all(is_pair) => {
            *value = Value::Object(pairs(std::mem::take(values)));
        }
        Value::Array(values) => values.iter_mut().for_each(fold),
        Value::Object(map) => map.values_mut().for_each(fold),
        _ => {}
    }
}

/// Folds the members of an event.
pub(crate) fn fold_map(mut map: Map) -> Map {
    for (key, value) in map.iter_mut() {
        let empty = value.as_array().is_some_and(Vec::is_empty);
        if empty && FOLDED.contains(&key) {
            *value = Value::Object(Map::new());
        } else {
            fold(value);
        }
    }
    map
}

fn is_pair(value: &Value) -> bool {
    value.as_object().is_some_and(|map| {
        map.get("Name").is_some_and(Value::is_string)
            && map.len() > 1
            && map.keys().all(|k| matches!(k.as_str(), "Name" | "Value" | "NewValue" | "OldValue"))
    })
}

fn pairs(values: Vec<Value>) -> Map {
    let mut folded = Map::new();
    // A name's value may be an array itself, so which names were repeated is counted.
    let mut repeated: Vec<String> = Vec::new();
    for value in values {
        let Value::Object(mut map) = value else { continue };
        let Some(Value::String(name)) = map.remove("Name") else { continue };
        let mut value = match map.remove("Value") {
            Some(value) if map.is_empty() => value,
            Some(value) => {
                map.insert("Value".into(), value);
                Value::Object(map)
            }
            None => Value::Object(map),
        };
        fold(&mut value);
        match folded.get_mut(&name) {
            None => {
                folded.insert(name, value);
            }
            Some(Value::Array(earlier)) if repeated.contains(&name) => earlier.push(value),
            Some(earlier) => {
                *earlier = Value::Array(vec![earlier.take(), value]);
                repeated.push(name);
            }
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn folds_by_shape() {
        let event = json!({
            "Parameters": [{"Name": "A", "Value": "1"}, {"Name": "A", "Value": "2"},
                           {"Name": "A", "Value": "3"}, {"Name": "B", "Value": ["x"]}],
            "ModifiedProperties": [{"Name": "C", "NewValue": "n", "OldValue": "o"}],
            "ExtendedProperties": [],
            "Folders": [{"Path": "\\Inbox"}],
            "Named": [{"Name": "alone"}],
        });
        let Value::Object(map) = Value::from(event) else { panic!() };
        assert_eq!(
            Value::Object(fold_map(map)),
            json!({
                "Parameters": {"A": ["1", "2", "3"], "B": ["x"]},
                "ModifiedProperties": {"C": {"NewValue": "n", "OldValue": "o"}},
                "ExtendedProperties": {},
                "Folders": [{"Path": "\\Inbox"}],
                "Named": [{"Name": "alone"}],
            })
            .into()
        );
    }
}
