//! Where rules' fields are found in the events of each provider: the table
//! `fields.tsv`, which says how it is written.

use std::collections::BTreeMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("fields.tsv");

/// One of the places where a field may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A normalised or computed field.
    Normalised(&'static str),
    /// A member of the provider's record.
    Member(Path),
    /// A member of the provider's record as JSON text.
    Text(Path),
}

/// A dotted path; `*` and `^` stand for what the field's `*` stood for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Path(&'static str);

impl Path {
    /// The path with `rest` in its place, as it is or in capitals.
    pub(super) fn with(self, rest: &str) -> std::borrow::Cow<'static, str> {
        if let Some(before) = self.0.strip_suffix('*') {
            format!("{before}{rest}").into()
        } else if let Some(before) = self.0.strip_suffix('^') {
            format!("{before}{}", rest.to_ascii_uppercase()).into()
        } else {
            self.0.into()
        }
    }
}

/// The fields of one provider.
#[derive(Debug, Default)]
struct Fields {
    /// By name in lower case.
    exact: BTreeMap<String, Vec<Place>>,
    /// Beginnings in lower case, the longest first; the empty one is every field's.
    below: Vec<(String, Vec<Place>)>,
}

static FIELDS: LazyLock<BTreeMap<&'static str, Fields>> = LazyLock::new(|| {
    let mut fields: BTreeMap<&str, Fields> = BTreeMap::new();
    for (provider, field, places) in rows().flatten() {
        let fields = fields.entry(provider).or_default();
        match field.strip_suffix('*') {
            Some(beginning) => fields.below.push((beginning.to_lowercase(), places)),
            None => {
                fields.exact.insert(field.to_lowercase(), places);
            }
        }
    }
    for fields in fields.values_mut() {
        fields.below.sort_by_key(|(beginning, _)| std::cmp::Reverse(beginning.len()));
    }
    fields
});

/// The rows of the table; `None` for one that is not written as it must be.
fn rows() -> impl Iterator<Item = Option<(&'static str, &'static str, Vec<Place>)>> {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| {
        let mut columns = line.split('\t');
        let (provider, field, places) = (columns.next()?, columns.next()?, columns.next()?);
        let places: Vec<Place> = places.split(' ').map(place).collect();
        let whole = columns.next().is_none() && !provider.is_empty() && !field.is_empty();
        whole.then_some((provider, field, places))
    })
}

fn place(text: &'static str) -> Place {
    if let Some(name) = text.strip_prefix('@') {
        Place::Normalised(name)
    } else if let Some(path) = text.strip_prefix('%') {
        Place::Text(Path(path))
    } else {
        Place::Member(Path(text))
    }
}

/// Where the field `name` is in events of `provider`, and what its `*` stood for; `None`
/// when the table does not say.
pub(super) fn places<'n>(provider: &str, name: &'n str) -> Option<(&'static [Place], &'n str)> {
    let fields = FIELDS.get(provider)?;
    // Hardly any field is asked for in capitals throughout; most are in the table as
    // they are, and a short text is lowered without cost that shows.
    let lower = name.to_ascii_lowercase();
    if let Some(places) = fields.exact.get(&lower) {
        return Some((places, ""));
    }
    let (beginning, places) =
        fields.below.iter().find(|(beginning, _)| lower.starts_with(beginning.as_str()))?;
    Some((places, name.get(beginning.len()..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_whole_and_names_known_fields() {
        const KNOWN: [&str; 12] = [
            "operation",
            "workload",
            "source_ip",
            "user_agent",
            "actor",
            "account",
            "target",
            "outcome",
            "title",
            "status",
            "event_name",
            "service",
        ];
        for (n, row) in rows().enumerate() {
            let (_, field, places) = row.unwrap_or_else(|| panic!("row {n}"));
            for place in places {
                if let Place::Normalised(name) = place {
                    assert!(KNOWN.contains(&name), "{field}: @{name}");
                }
            }
        }
    }

    #[test]
    fn fields_are_found_in_any_case() {
        let at = |provider, name| {
            let (places, rest) = places(provider, name)?;
            Some(
                places
                    .iter()
                    .map(|place| match place {
                        Place::Normalised(name) => format!("@{name}"),
                        Place::Member(path) | Place::Text(path) => path.with(rest).into_owned(),
                    })
                    .collect::<Vec<_>>()
                    .join(" "),
            )
        };
        assert_eq!(at("m365", "operation").as_deref(), Some("@operation"));
        assert_eq!(at("entra", "properties.Message").as_deref(), Some("@title"));
        assert_eq!(at("entra", "properties.riskState").as_deref(), Some("riskState"));
        assert_eq!(
            at("google", "new_value").as_deref(),
            Some("new_value parameters.new_value parameters.NEW_VALUE")
        );
        assert_eq!(
            at("entra", "ModifiedProperties.Role.DisplayName.NewValue").as_deref(),
            Some("targetResources.modifiedProperties.Role.DisplayName.NewValue")
        );
        assert_eq!((at("aws", "errorCode"), at("nobody", "x")), (None, None));
    }
}
