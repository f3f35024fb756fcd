//! Dated facts about infrastructure that somebody else observed: names and what they led
//! to, registrations. They say what was so between two times; outside of them nothing.

use serde::{Deserialize, Serialize};

use crate::{EvidenceRef, UtcMicros};

/// What a name was seen to lead to: a record of passive DNS. Table `records/passive_dns`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassiveDns {
    /// `d1:` + hash of name, kind, data and times.
    pub dns_uid: String,
    /// The name asked for, lower case, without its last dot.
    pub name: String,
    /// Type of the record: `A`, `AAAA`, `CNAME`, `NS`...
    pub kind: String,
    /// What it led to: an address in canonical form, a name in lower case without its last
    /// dot, other data as given.
    pub data: String,
    /// First time it was seen so; absent when not stated.
    pub first_seen: Option<UtcMicros>,
    /// Last time it was seen so.
    pub last_seen: Option<UtcMicros>,
    /// How often; 0 when not stated.
    pub count: u64,
    /// Whether the times are those of a zone file and not of answers to somebody.
    pub from_zone: bool,
    /// Who saw it, where stated.
    pub sensor: String,
    /// Where it is.
    pub evidence: EvidenceRef,
}

/// Who registered a domain, a range of addresses or an autonomous system, and when: an
/// answer of RDAP or WHOIS. Table `records/registrations`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// `g1:` + hash of the answer.
    pub registration_uid: String,
    /// `domain`, `network` or `autnum`.
    pub kind: String,
    /// Domain in lower case; of networks and systems their name; may be empty.
    pub name: String,
    /// The registry's handle.
    pub handle: String,
    /// First address or number of a range; empty for domains.
    pub start: String,
    /// Last address or number of a range.
    pub end: String,
    /// Registrar; empty when not stated.
    pub registrar: String,
    /// Registrant's organisation, else name, as disclosed.
    pub registrant: String,
    /// Two-letter country code in upper case.
    pub country: String,
    /// When it was registered.
    pub registered: Option<UtcMicros>,
    /// When it was last changed.
    pub changed: Option<UtcMicros>,
    /// Until when it is registered.
    pub expires: Option<UtcMicros>,
    /// As of when the registry answered so.
    pub observed: Option<UtcMicros>,
    /// Name servers, lower case, in the order of the answer.
    pub name_servers: Vec<String>,
    /// Status values, in the order of the answer.
    pub status: Vec<String>,
    /// Where it is.
    pub evidence: EvidenceRef,
}
