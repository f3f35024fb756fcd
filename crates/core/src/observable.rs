//! Typed values and where they stood: what indicator lists are matched against.
//!
//! Extraction reads one record and knows no other; the tables sort what it returns by
//! type and value, so that hunting is a merge and not a scan.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{Deep, Event, EvidenceRef, Fetch, Message, UtcMicros};

/// Type of an observable. The order is that of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObservableKind {
    /// A host name as it stood (Unicode or punycode), lower case, without a final dot.
    Domain,
    /// A mail address, lower case.
    Email,
    /// An IPv4 or IPv6 address in its canonical form.
    Ip,
    /// Lower-case hex SHA-256 of an attachment's decoded bytes.
    Sha256,
    /// An absolute URL as it stood.
    Url,
}

impl ObservableKind {
    /// The name in tables: `domain`, `email`, `ip`, `sha256`, `url`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Email => "email",
            Self::Ip => "ip",
            Self::Sha256 => "sha256",
            Self::Url => "url",
        }
    }

    /// The kind that tables call so.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Domain, Self::Email, Self::Ip, Self::Sha256, Self::Url]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for ObservableKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A typed value and where it stood. Table `observables`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Observable {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ObservableKind,
    /// The value, in the form its kind states.
    pub value: String,
    /// Uid of the record it stood in.
    pub uid: String,
    /// Where in the record: `from`, `sender`, `reply_to`, `return_path`, `url`,
    /// `attachment`, `source_ip`, `target`, `host`, `client`; inside attachments `qr`,
    /// `pdf`, `office`, `macro`, `text`, `member`.
    #[serde(rename = "where")]
    pub place: String,
    /// Whom the record concerns: a message's first delivery address or recipient, an
    /// event's account, a fetch's account or client; may be empty.
    pub subject: String,
    /// Time of the record.
    pub time: Option<UtcMicros>,
    /// Where the record is.
    pub evidence: EvidenceRef,
}

/// A URL's host in the form of [`ObservableKind::Domain`] or [`ObservableKind::Ip`].
///
/// Cuts scheme, user, port, path, query and fragment; takes `host:port` and bare hosts
/// too. Nothing when no host is left.
#[must_use]
pub fn host_of(url: &str) -> Option<(ObservableKind, String)> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None if host.matches(':').count() == 1 => host.split(':').next().unwrap_or_default(),
        None => host,
    };
    if let Some(ip) = ip(host) {
        return Some((ObservableKind::Ip, ip));
    }
    domain(host).map(|domain| (ObservableKind::Domain, domain))
}

/// An address in canonical form; an IPv4 address mapped into IPv6 as IPv4.
#[must_use]
pub fn ip(text: &str) -> Option<String> {
    text.trim().parse::<IpAddr>().ok().map(|ip| ip.to_canonical().to_string())
}

/// A host name in lower case without a final dot; nothing for what cannot be one
/// (no dot, white space, over 253 bytes).
#[must_use]
pub fn domain(text: &str) -> Option<String> {
    let name = text.trim().trim_end_matches('.').to_lowercase();
    let good = name.len() <= 253
        && name.contains('.')
        && name.split('.').all(|label| !label.is_empty())
        && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '.' || c == '_');
    good.then_some(name)
}

/// A mail address in lower case; nothing for what cannot be one.
#[must_use]
pub fn email(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches('<').trim_end_matches('>').to_lowercase();
    let (local, host) = text.rsplit_once('@')?;
    (!local.is_empty() && !local.contains(char::is_whitespace) && domain(host).is_some())
        .then_some(text)
}

struct Record<'a> {
    uid: &'a str,
    subject: &'a str,
    time: Option<UtcMicros>,
    evidence: &'a EvidenceRef,
    seen: BTreeSet<(ObservableKind, String, &'static str)>,
}

impl Record<'_> {
    fn add(&mut self, kind: ObservableKind, value: Option<String>, place: &'static str) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.seen.insert((kind, value, place));
        }
    }

    /// An address and its domain.
    fn add_email(&mut self, text: &str, place: &'static str) {
        let Some(address) = email(text) else { return };
        let host = address.rsplit_once('@').and_then(|(_, host)| domain(host));
        self.add(ObservableKind::Domain, host, place);
        self.add(ObservableKind::Email, Some(address), place);
    }

    /// A URL and its host.
    fn add_url(&mut self, url: &str, place: &'static str) {
        self.add(ObservableKind::Url, Some(url.to_owned()), place);
        if let Some((kind, host)) = host_of(url) {
            self.add(kind, Some(host), place);
        }
    }

    /// Sorted by type, value and place.
    fn finish(self) -> Vec<Observable> {
        self.seen
            .into_iter()
            .map(|(kind, value, place)| Observable {
                kind,
                value,
                uid: self.uid.to_owned(),
                place: place.to_owned(),
                subject: self.subject.to_owned(),
                time: self.time,
                evidence: self.evidence.clone(),
            })
            .collect()
    }
}

/// The observables of a message: its sending addresses and their domains, every URL
/// and its host, every attachment. Sorted, each once for each place.
#[must_use]
pub fn of_message(message: &Message) -> Vec<Observable> {
    let recipient = message.delivered_to.first().or_else(|| message.to.first());
    let mut record = Record {
        uid: message.message_uid.as_str(),
        subject: recipient.map_or("", String::as_str),
        time: message.received.or(message.date),
        evidence: &message.evidence,
        seen: BTreeSet::new(),
    };
    record.add_email(&message.from, "from");
    record.add_email(&message.sender, "sender");
    record.add_email(&message.return_path, "return_path");
    for address in &message.reply_to {
        record.add_email(address, "reply_to");
    }
    for seen in &message.urls {
        record.add_url(&seen.url, "url");
    }
    for attachment in &message.attachments {
        let hash = attachment.sha256.to_ascii_lowercase();
        record.add(ObservableKind::Sha256, Some(hash), "attachment");
    }
    record.finish()
}

/// The observables inside an attachment of a message: URLs and their hosts by the place
/// they stood in, files in it as `member`, sources of macros as `macro`. Sorted.
#[must_use]
pub fn of_attachment(message: &Message, deep: &Deep) -> Vec<Observable> {
    let recipient = message.delivered_to.first().or_else(|| message.to.first());
    let mut record = Record {
        uid: message.message_uid.as_str(),
        subject: recipient.map_or("", String::as_str),
        time: message.received.or(message.date),
        evidence: &message.evidence,
        seen: BTreeSet::new(),
    };
    for seen in &deep.urls {
        record.add_url(&seen.url, seen.place.as_str());
    }
    for member in &deep.members {
        record.add(ObservableKind::Sha256, Some(member.sha256.clone()), "member");
    }
    for module in &deep.macros {
        record.add(ObservableKind::Sha256, Some(module.sha256.clone()), "macro");
    }
    record.finish()
}

/// The observables of an audit event: its client address, and its target where that
/// is a URL. Sorted.
#[must_use]
pub fn of_event(event: &Event) -> Vec<Observable> {
    let mut record = Record {
        uid: &event.event_uid,
        subject: if event.account.is_empty() { &event.actor } else { &event.account },
        time: event.time,
        evidence: &event.evidence,
        seen: BTreeSet::new(),
    };
    record.add(ObservableKind::Ip, ip(&event.source_ip), "source_ip");
    if event.target.starts_with("https://") || event.target.starts_with("http://") {
        record.add_url(&event.target, "target");
    }
    record.finish()
}

/// The observables of a fetch: what was asked for, and the client's address. For
/// `CONNECT` only the host was seen. Sorted.
#[must_use]
pub fn of_fetch(fetch: &Fetch) -> Vec<Observable> {
    let mut record = Record {
        uid: &fetch.fetch_uid,
        subject: if fetch.account.is_empty() { &fetch.client } else { &fetch.account },
        time: fetch.time,
        evidence: &fetch.evidence,
        seen: BTreeSet::new(),
    };
    record.add(ObservableKind::Ip, ip(&fetch.client), "client");
    if fetch.url.contains("://") {
        record.add_url(&fetch.url, "url");
    }
    if let Some((kind, host)) = host_of(&fetch.host) {
        record.add(kind, Some(host), "host");
    }
    record.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attachment, MessageUid, UrlPlace, UrlSeen};

    fn pairs(found: &[Observable]) -> Vec<(&'static str, &str, &str)> {
        found.iter().map(|o| (o.kind.as_str(), o.value.as_str(), o.place.as_str())).collect()
    }

    #[test]
    fn hosts() {
        let host = |url| host_of(url).map(|(kind, host)| format!("{kind} {host}"));
        assert_eq!(host("https://a@T.Example.:443/x?y#z").as_deref(), Some("domain t.example"));
        assert_eq!(host("t.example:443").as_deref(), Some("domain t.example"));
        assert_eq!(host("http://[2001:DB8::1]:80/").as_deref(), Some("ip 2001:db8::1"));
        assert_eq!(host("::ffff:192.0.2.1").as_deref(), Some("ip 192.0.2.1"));
        assert_eq!(host("https:///path"), None);
        assert_eq!(host("localhost"), None);
        assert_eq!(host(""), None);
    }

    #[test]
    fn a_message_gives_senders_urls_and_attachments() {
        let url =
            |url: &str| UrlSeen { url: url.into(), place: UrlPlace::Href, shown: String::new() };
        let message = Message {
            message_uid: MessageUid::from_stored("m1:1"),
            from: "desk@news.example".into(),
            reply_to: vec!["a@other.example".into(), "not an address".into()],
            return_path: String::new(),
            to: vec!["ann@parliament.example".into()],
            urls: vec![
                url("https://t.example/o/1"),
                url("http://192.0.2.9/x"),
                url("https://t.example/o/1"),
            ],
            attachments: vec![Attachment { sha256: "AB".into(), ..attachment() }],
            ..Message::default()
        };
        let found = of_message(&message);
        assert_eq!(
            pairs(&found),
            [
                ("domain", "news.example", "from"),
                ("domain", "other.example", "reply_to"),
                ("domain", "t.example", "url"),
                ("email", "a@other.example", "reply_to"),
                ("email", "desk@news.example", "from"),
                ("ip", "192.0.2.9", "url"),
                ("sha256", "ab", "attachment"),
                ("url", "http://192.0.2.9/x", "url"),
                ("url", "https://t.example/o/1", "url"),
            ]
        );
        assert_eq!(
            (found[0].uid.as_str(), found[0].subject.as_str()),
            ("m1:1", "ann@parliament.example")
        );
    }

    fn attachment() -> Attachment {
        Attachment {
            name: String::new(),
            content_type: String::new(),
            size: 0,
            sha256: String::new(),
            content: None,
        }
    }

    #[test]
    fn a_connect_shows_only_the_host() {
        let fetch = Fetch {
            client: "10.0.0.5".into(),
            url: "t.example:443".into(),
            host: "t.example".into(),
            method: "CONNECT".into(),
            ..Fetch::default()
        };
        let found = of_fetch(&fetch);
        assert_eq!(pairs(&found), [("domain", "t.example", "host"), ("ip", "10.0.0.5", "client")]);
    }

    #[test]
    fn an_event_gives_its_address_and_target() {
        let event = Event {
            source_ip: "2001:0db8::1".into(),
            target: "https://store.example/a b.docx".into(),
            actor: "ann@parliament.example".into(),
            ..Event::default()
        };
        let found = of_event(&event);
        assert_eq!(found.len(), 3);
        assert_eq!(found[1].value, "2001:db8::1");
        assert_eq!(found[0].subject, "ann@parliament.example");
        assert!(of_event(&Event { source_ip: "unknown".into(), ..Event::default() }).is_empty());
    }
}
