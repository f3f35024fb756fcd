//! What the readers of server logs share: an event made of named fields.

use std::collections::BTreeMap;
use std::net::IpAddr;

use demarche_core::Event;
use demarche_core::id::short_hash;

/// The most bytes of [`Event::detail`].
const DETAIL: usize = 256 << 10;

/// The fields of a record by their own names, empty ones left out, and by their names in
/// lower case for looking up.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    named: BTreeMap<String, String>,
    lower: BTreeMap<String, String>,
}

impl Fields {
    /// Adds a field; of two of one name the first counts, and both are kept apart by
    /// their places.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let mut own = name.to_owned();
        while self.named.contains_key(&own) {
            own.push('\'');
        }
        self.lower.entry(name.to_lowercase()).or_insert_with(|| value.to_owned());
        self.named.insert(own, value.to_owned());
    }

    /// The field `name` (lower case); empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.lower.get(name).map_or("", String::as_str)
    }

    /// The first of `names` (lower case) that is there.
    pub(crate) fn first(&self, names: &[&str]) -> &str {
        names.iter().map(|name| self.get(name)).find(|text| !text.is_empty()).unwrap_or("")
    }

    /// All values, by name.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.named.values().map(String::as_str)
    }

    /// Puts the fields into `event.detail` and its uid on `parts`; the doubt, when they are
    /// too long to be kept.
    pub(crate) fn finish(&self, event: &mut Event, parts: &[&[u8]]) -> Option<&'static str> {
        event.event_uid = format!("e1:{}", short_hash(parts));
        // A map of texts is JSON whatever they hold.
        let detail = serde_json::to_string(&self.named).unwrap_or_default();
        if detail.len() > DETAIL {
            event.detail = "{}".to_owned();
            return Some("fields of more than 256 KiB, not kept beside the record");
        }
        event.detail = detail;
        None
    }
}

/// An address without port and zone in canonical form; anything else as it stands.
pub(crate) fn address(text: &str) -> String {
    let text = text.trim();
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => match text.rsplit_once(':') {
            Some((host, _)) if !host.contains(':') => host,
            _ => text,
        },
    };
    let bare = bare.split('%').next().unwrap_or(bare);
    bare.parse::<IpAddr>().map_or_else(|_| text.to_owned(), |ip| ip.to_canonical().to_string())
}

/// `succeeded` or `failed` by an HTTP status; empty without one.
pub(crate) fn outcome(status: &str) -> &'static str {
    match status.parse::<u16>() {
        Ok(100..=399) => "succeeded",
        Ok(400..=599) => "failed",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!(address("192.0.2.1:443"), "192.0.2.1");
        assert_eq!(address("[2001:DB8::1]:443"), "2001:db8::1");
        assert_eq!(address("fe80::1%3"), "fe80::1");
        assert_eq!(address("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(address("LOCAL"), "LOCAL");
    }

    #[test]
    fn a_name_twice_keeps_both() {
        let mut fields = Fields::default();
        fields.add("A", "1");
        fields.add("A", "2");
        let mut event = Event::default();
        assert_eq!(fields.finish(&mut event, &[b"x"]), None);
        assert_eq!((fields.get("a"), event.detail.as_str()), ("1", r#"{"A":"1","A'":"2"}"#));
    }
}
