//! What readers produce: one struct for each kind of record, all of them plain data.
//!
//! Text is what the evidence said, decoded to UTF-8; addresses and host names are
//! lower-cased; times are UTC with the original text beside them where it can differ.
//! Lists keep the order of the evidence.

use serde::{Deserialize, Serialize};

use crate::{Authentication, EvidenceRef, MessageUid, PassiveDns, Registration, UtcMicros};

/// Anything a reader can hand on.
#[derive(Clone, Debug)]
pub enum Record {
    /// A mail message, one copy.
    Message(Box<Message>),
    /// An identity, cloud, mailbox or server audit event.
    Event(Box<Event>),
    /// A proxy, web or DNS record.
    Fetch(Box<Fetch>),
    /// A telephone call.
    Call(Box<Call>),
    /// A look-up of somebody's call records.
    RecordLookup(Box<RecordLookup>),
    /// A line of `roster.csv`.
    Roster(Box<RosterEntry>),
    /// A line of `coverage.csv`.
    Coverage(Box<CoverageEntry>),
    /// A line of `context.csv`.
    Context(Box<ContextEntry>),
    /// A line of an IP-to-network table.
    Network(Box<Network>),
    /// What a name was seen to lead to.
    PassiveDns(Box<PassiveDns>),
    /// An answer of RDAP or WHOIS.
    Registration(Box<Registration>),
    /// Evidence that could not be read, or looks wrong.
    Anomaly(Box<Anomaly>),
}

impl Message {
    /// Takes out what a privileged mailbox must not leave in the lake: text, HTML and the
    /// texts of links.
    pub fn strip_body(&mut self) {
        self.text.clear();
        self.html.clear();
        self.urls.iter_mut().for_each(|url| url.shown.clear());
    }
}

impl Record {
    /// Where it stands; a coverage entry that nobody stated stands nowhere.
    #[must_use]
    pub fn evidence(&self) -> Option<&EvidenceRef> {
        Some(match self {
            Self::Message(row) => &row.evidence,
            Self::Event(row) => &row.evidence,
            Self::Fetch(row) => &row.evidence,
            Self::Call(row) => &row.evidence,
            Self::RecordLookup(row) => &row.evidence,
            Self::Roster(row) => &row.evidence,
            Self::Coverage(row) => return row.evidence.as_ref(),
            Self::Context(row) => &row.evidence,
            Self::Network(row) => &row.evidence,
            Self::PassiveDns(row) => &row.evidence,
            Self::Registration(row) => &row.evidence,
            Self::Anomaly(row) => &row.evidence,
        })
    }
}

/// Where a URL stood in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UrlPlace {
    /// The target of a link.
    Href,
    /// Loaded when the mail is shown: `img src`, `background`, `srcset`.
    Img,
    /// Loaded from a style sheet or `style` attribute.
    Css,
    /// Written out in a plain text part.
    Text,
    /// Anywhere in a message attached to this one. Who forwards a mail as an attachment
    /// did not write its links; who sends a lure as an attachment did.
    Attached,
}

/// What a message's uid is of, where it is not of the message's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Identity {
    /// The canonical record: the store (PST, MSG) kept properties and no RFC 5322 bytes,
    /// so that the same mail in an `.eml` has another uid.
    Derived,
}

/// A URL as it stood in a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UrlSeen {
    /// Absolute `http`, `https` or `ftp` URL, entities decoded, at most 4 KiB.
    pub url: String,
    /// Where it stood.
    pub place: UrlPlace,
    /// For links: the text the reader is shown, white space folded, at most 200 characters.
    pub shown: String,
}

/// A part of a message that is not its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Attachment {
    /// File name as stated, may be empty.
    pub name: String,
    /// Content type as stated, lower case.
    pub content_type: String,
    /// Decoded bytes.
    pub size: u64,
    /// Lower-case hex SHA-256 of the decoded bytes.
    pub sha256: String,
    /// The decoded bytes, where the reader was asked for them
    /// ([`Member::keep_content`](crate::source::Member::keep_content)); never stored.
    #[serde(skip)]
    pub content: Option<Vec<u8>>,
}

/// One copy of a mail message (RFC 5322).
///
/// Table `records/messages`. `message_uid` is of the bytes; see [`MessageUid`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Identity of the canonical bytes.
    pub message_uid: MessageUid,
    /// `Message-ID` without `<>`; empty when absent.
    pub message_id: String,
    /// First `From` address, lower case; empty when absent.
    pub from: String,
    /// Display name of `from`, decoded.
    pub from_name: String,
    /// `Sender` address, lower case.
    pub sender: String,
    /// `Reply-To` addresses, lower case.
    pub reply_to: Vec<String>,
    /// `Return-Path` address, lower case; empty when absent.
    pub return_path: String,
    /// `To` addresses, lower case.
    pub to: Vec<String>,
    /// `Cc` and `Bcc` addresses, lower case.
    pub cc: Vec<String>,
    /// Delivery addresses, lower case: `Delivered-To`, `X-Original-To`,
    /// `Envelope-To`, `X-Envelope-To`, `X-Delivered-To`, in that order.
    pub delivered_to: Vec<String>,
    /// Name of the folder or file the copy lay in, for want of delivery headers:
    /// the path without its ending and without archive parts.
    pub folder: String,
    /// The `Date` header, UTC; absent when it cannot be read.
    pub date: Option<UtcMicros>,
    /// The `Date` header as written.
    pub date_text: String,
    /// Zone of the `Date` header, minutes east of UTC.
    pub date_offset_minutes: Option<i32>,
    /// Time of the topmost `Received` header: when the institution took the mail in.
    pub received: Option<UtcMicros>,
    /// Decoded `Subject`.
    pub subject: String,
    /// `In-Reply-To` ids without `<>`.
    pub in_reply_to: Vec<String>,
    /// `References` ids without `<>`.
    pub references: Vec<String>,
    /// The header block as it stood, bytes not UTF-8 replaced, at most 256 KiB.
    pub headers: String,
    /// Decoded text: the plain parts, or the HTML parts as text; at most 1 MiB. Text of
    /// attached messages comes last, each behind a line `-----Original Message-----` and
    /// its sender, recipients, date and subject, as mailers quote it.
    pub text: String,
    /// Decoded HTML parts, joined; empty when there are none; at most 2 MiB.
    pub html: String,
    /// Every URL with where it stood, in order, without repeats, at most 2,000.
    pub urls: Vec<UrlSeen>,
    /// Parts that are not text.
    pub attachments: Vec<Attachment>,
    /// Two-letter or three-letter code of the text's language; empty when unsure.
    pub language: String,
    /// Bytes of the message in its source, without any mbox `From ` line.
    pub size: u64,
    /// Set where the uid is not of the message's bytes.
    #[serde(default)]
    pub identity: Option<Identity>,
    /// Signatures and servers' stamps; absent when it has none.
    #[serde(default)]
    pub authentication: Option<Box<Authentication>>,
    /// Where it is.
    pub evidence: EvidenceRef,
}

/// An identity, cloud, mailbox or server audit event, normalised.
///
/// Table `records/events`. `detail` keeps the whole event with name/value arrays
/// folded into objects; the rest are the fields that joins and rules ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// `e1:` + hash of provider, provider's record id and content.
    pub event_uid: String,
    /// The provider's record id; empty when it gives none.
    pub record_id: String,
    /// `m365`, later `google`, `aws`...; for servers one of
    /// [`SERVER_PROVIDERS`](Self::SERVER_PROVIDERS).
    pub provider: String,
    /// When it happened.
    pub time: Option<UtcMicros>,
    /// The provider's service: `Exchange`, `AzureActiveDirectory`, `OneDrive`...
    pub workload: String,
    /// The provider's name of the operation.
    pub operation: String,
    /// Whose account, mailbox or file store was used, lower case.
    pub account: String,
    /// Who did it, lower case; often the same as `account`.
    pub actor: String,
    /// Client address without port; empty when absent.
    pub source_ip: String,
    /// User agent or client info string.
    pub user_agent: String,
    /// Session id of the provider (`AADSessionId`, `SessionId`), case kept.
    pub session: String,
    /// Application id.
    pub app_id: String,
    /// Object acted on: file URL, mailbox, application, rule.
    pub target: String,
    /// `succeeded`, `failed` or empty when not stated.
    pub outcome: String,
    /// Message-IDs (without `<>`) that the event says were read, or of a mail server's
    /// event, carried.
    pub message_ids: Vec<String>,
    /// Folder paths that the event names.
    pub folders: Vec<String>,
    /// The whole event as canonical JSON, name/value arrays folded into objects.
    pub detail: String,
    /// Where it is.
    pub evidence: EvidenceRef,
}

impl Event {
    /// Providers whose events are of servers: web and mail server logs, operating systems.
    pub const SERVER_PROVIDERS: [&str; 4] = ["iis", "w3c", "exchange", "windows"];

    /// Whether a server logged it and not the service that holds the account. Its address
    /// may be the one that handed a mail over, and one visit is many requests: such events
    /// are asked by rules, indicators and queries, not weighed as accesses to an account.
    #[must_use]
    pub fn is_of_server(&self) -> bool {
        Self::SERVER_PROVIDERS.contains(&self.provider.as_str())
    }

    /// Providers of delivery logs: one event a message and recipient, `account` the
    /// recipient, `actor` the sender, `message_ids` what was handed over, not read.
    pub const DELIVERIES: [&str; 3] = ["exchange_trace", "exchange_tracking", "gmail_log"];

    /// Whether it says that a message was handed over, and nothing of who used a mailbox.
    #[must_use]
    pub fn is_delivery(&self) -> bool {
        Self::DELIVERIES.contains(&self.provider.as_str())
    }

    /// Whether the service that holds an account says what was done with it.
    #[must_use]
    pub fn is_of_account(&self) -> bool {
        !self.is_of_server() && !self.is_delivery()
    }
}

/// A request seen by a proxy, web server, network sensor or resolver.
///
/// Table `records/fetches`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// `f1:` + hash of the line.
    pub fetch_uid: String,
    /// `squid`, `combined`, `zeek-http`, or one of [`NAME_KINDS`](Self::NAME_KINDS).
    pub kind: String,
    /// When.
    pub time: Option<UtcMicros>,
    /// Client address.
    pub client: String,
    /// Authenticated user, lower case; empty when none.
    pub account: String,
    /// Request method; `CONNECT` means that no path was seen. `DNS` for a look-up and
    /// `TLS` for a handshake, which are no requests.
    pub method: String,
    /// Absolute URL where one was seen; for `CONNECT` `https://host:port/` is NOT
    /// made up: only `host` is set and `url` is `host:port` as logged.
    pub url: String,
    /// Host name or address asked for, lower case.
    pub host: String,
    /// HTTP status; 0 when absent.
    pub status: u16,
    /// User agent; empty when not logged.
    pub user_agent: String,
    /// Referrer; empty when not logged.
    pub referrer: String,
    /// Where it is.
    pub evidence: EvidenceRef,
}

impl Fetch {
    /// Kinds of records that show a name and nothing more: resolvers' query logs and the
    /// beginnings of encrypted connections.
    pub const NAME_KINDS: [&str; 5] = ["dnsmasq", "unbound", "bind", "zeek-dns", "zeek-ssl"];

    /// Whether only a name was seen. Such a record is a hint: a name is looked up by link
    /// scanners and prefetching browsers too, and from a cache without any look-up. It
    /// never shows that a page or picture was fetched, nor, by its absence, that none was.
    #[must_use]
    pub fn is_name_only(&self) -> bool {
        Self::NAME_KINDS.contains(&self.kind.as_str())
    }
}

/// A telephone call (call detail record). Table `records/calls`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// `c1:` + hash of the row's fields.
    pub call_uid: String,
    /// When it began.
    pub time: Option<UtcMicros>,
    /// Calling number as logged.
    pub caller: String,
    /// Called number as logged.
    pub callee: String,
    /// Seconds from start to end.
    pub duration_seconds: i64,
    /// Seconds from answer to end.
    pub billed_seconds: i64,
    /// `ANSWERED`, `NO ANSWER`, `BUSY`, `FAILED`...
    pub disposition: String,
    /// The exchange's own call id; empty when absent.
    pub unique_id: String,
    /// Where it is.
    pub evidence: EvidenceRef,
}

/// Who read whose call records. Table `records/record_lookups`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordLookup {
    /// `l1:` + hash of the row's fields.
    pub lookup_uid: String,
    /// When.
    pub time: Option<UtcMicros>,
    /// The operator's login.
    pub operator: String,
    /// From which address.
    pub source_ip: String,
    /// Whose number was looked up, as logged (E.164 where the system does so).
    pub subject_number: String,
    /// Rows returned.
    pub rows: i64,
    /// Stated purpose; empty when none was given.
    pub purpose: String,
    /// Where it is.
    pub evidence: EvidenceRef,
}

/// Who is who, when: a line of `roster.csv`. An empty `from` or `to` is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterEntry {
    /// The house's own id of the person.
    pub person_id: String,
    /// Name.
    pub name: String,
    /// Mail addresses and account names, lower case.
    pub addresses: Vec<String>,
    /// E.164 numbers.
    pub phones: Vec<String>,
    /// Roles.
    pub roles: Vec<String>,
    /// Committees, delegations, desks, causes.
    pub groups: Vec<String>,
    /// Institution.
    pub institution: String,
    /// `staff` or `linked`.
    pub kind: String,
    /// Valid from.
    pub from: Option<UtcMicros>,
    /// Valid to.
    pub to: Option<UtcMicros>,
    /// Empty or a reason: bodies stay out of the lake.
    pub privilege: String,
    /// Consent on file.
    pub consent_ref: String,
    /// Consent valid until.
    pub consent_until: Option<UtcMicros>,
    /// Where it is.
    pub evidence: EvidenceRef,
}

impl RosterEntry {
    /// Whether the line is valid at `time`.
    #[must_use]
    pub fn valid_at(&self, time: UtcMicros) -> bool {
        self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time < to)
    }
}

/// What a source of logs could have seen: a line of `coverage.csv`, or inferred.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageEntry {
    /// Evidence kind: `mail`, `identity`, `cloud`, `web`, `calls`, `record_lookups`.
    pub source: String,
    /// Account, lower case; empty means all.
    pub account: String,
    /// First time covered.
    pub from: Option<UtcMicros>,
    /// Last time covered.
    pub to: Option<UtcMicros>,
    /// Whether it was inferred from the records and not stated.
    pub inferred: bool,
    /// The collector's note.
    pub note: String,
    /// Where it is; absent when inferred.
    pub evidence: Option<EvidenceRef>,
}

/// The house's own: a line of `context.csv`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextEntry {
    /// `own_egress`, `vpn`, `gateway`, `privacy_proxy`, `simulation_vendor`,
    /// `service_account`, `approved_app`, `lookup_portal`.
    pub kind: String,
    /// Address, CIDR range, domain, account, application id, or a portal's shape.
    pub value: String,
    /// Valid from.
    pub from: Option<UtcMicros>,
    /// Valid to.
    pub to: Option<UtcMicros>,
    /// Note.
    pub note: String,
    /// Where it is.
    pub evidence: EvidenceRef,
}

/// A range of addresses and who runs it: a line of an IP-to-network table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// First address.
    pub start: String,
    /// Last address.
    pub end: String,
    /// Autonomous system number.
    pub asn: u32,
    /// Two-letter country code.
    pub country: String,
    /// Name of the network.
    pub name: String,
    /// Where it is.
    pub evidence: EvidenceRef,
}

/// Evidence that could not be read, or looks wrong, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Anomaly {
    /// Where; length 0 when the whole member is meant.
    pub evidence: EvidenceRef,
    /// Which reader said so: `mbox`, `zip`, `sniff`...
    pub reader: String,
    /// What is wrong, lower case.
    pub reason: String,
}

impl Anomaly {
    /// What readers begin a reason with that says that an export may not be whole.
    pub const CUT_EXPORT: [&str; 4] = [
        "export may be cut",
        "export may lack",
        "export is one page of several",
        "the array of events is cut off",
    ];

    /// Whether it says that an export may not be whole.
    #[must_use]
    pub fn is_of_cut_export(&self) -> bool {
        Self::CUT_EXPORT.iter().any(|beginning| self.reason.starts_with(beginning))
    }
}

/// A rule or indicator that matched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// `n1:` + hash of rule and what it matched.
    pub finding_uid: String,
    /// The rule's id or the indicator list and value.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// `informational`, `low`, `medium`, `high`, `critical`.
    pub severity: String,
    /// Time of what matched.
    pub time: Option<UtcMicros>,
    /// Account, mailbox or message concerned.
    pub subject: String,
    /// ATT&CK technique ids.
    pub techniques: Vec<String>,
    /// Uid of the record that matched.
    pub record_uid: String,
    /// Where it is.
    pub evidence: EvidenceRef,
}
