//! Archive-wide counts: what is rare, who is known, who was answered.
//!
//! Everything later asks "how unusual is this here?", so the archive is counted once,
//! in a few linear passes over mail sorted by event time. Hash maps are only asked,
//! never walked, so their order cannot reach a result.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use demarche_core::{UrlFeature, UrlPlace, UtcMicros};

use super::CampaignInput;
use crate::input::MailRow;

/// Index of an interned name, message or party.
pub(super) type Id = u32;

/// URLs of a message that are looked at; hostile mail can hold thousands.
const URLS_LOOKED_AT: usize = 60;

/// Names to dense numbers, in order of first sight.
#[derive(Debug, Default)]
pub(super) struct Interner<'a> {
    ids: HashMap<&'a str, Id>,
    names: Vec<&'a str>,
}

impl<'a> Interner<'a> {
    fn add(&mut self, name: &'a str) -> Id {
        let next = Id::try_from(self.names.len()).unwrap_or(Id::MAX);
        *self.ids.entry(name).or_insert_with(|| {
            self.names.push(name);
            next
        })
    }

    /// Number of a known name.
    pub(super) fn get(&self, name: &str) -> Option<Id> {
        self.ids.get(name).copied()
    }

    /// Name of a number.
    pub(super) fn name(&self, id: Id) -> &'a str {
        self.names.get(id as usize).copied().unwrap_or("")
    }
}

/// A message, all of its rows joined.
#[derive(Debug)]
pub(super) struct Message {
    /// First row of it, by mailbox.
    pub(super) row: usize,
    /// Event time in microseconds; 0 when none is known.
    pub(super) time: i64,
    /// Who sent it: a domain, or an address under a shared domain.
    pub(super) party: Id,
    /// From outside: the sender is not in the roster.
    pub(super) external: bool,
    /// Reached, sorted; people of the roster named in To or Cc are among them.
    pub(super) recipients: Vec<Id>,
    /// Copies of one sending (same sender, Message-ID and To) share it.
    pub(super) envelope: u64,
}

/// What the archive knows of a party.
#[derive(Debug, Default)]
pub(super) struct Party {
    /// Days (since the epoch) with mail from it, sorted.
    pub(super) days: Vec<i64>,
    /// Messages from it.
    pub(super) messages: u32,
    /// Those with bulk markers.
    pub(super) bulk: u32,
    /// Times at which somebody inside wrote to it, sorted; at most 64.
    pub(super) written_to: Vec<i64>,
    /// Whether it is one address under a shared domain.
    pub(super) shared: bool,
}

impl Party {
    /// Days with mail before `from` and after `to` (both days left out).
    pub(super) fn days_outside(&self, from: i64, to: i64) -> (usize, usize) {
        let before = self.days.partition_point(|&day| day < from);
        let after = self.days.len() - self.days.partition_point(|&day| day <= to);
        (before, after)
    }
}

/// What the archive knows of a token-bearing URL template.
#[derive(Debug, Default, Clone)]
pub(super) struct Template {
    /// Messages with it.
    pub(super) messages: u32,
    /// Parties that sent it.
    pub(super) parties: u32,
}

/// Kinds of values whose rarity among parties is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// URL grammar (template without host) that bears a token.
    Grammar,
    /// The same, whatever the tokens look like: what survives a change of token.
    Shape,
    /// HTML skeleton.
    Skeleton,
    /// Author-side header order.
    HeaderOrder,
    /// Message-ID shape.
    MessageId,
    /// Boundary shape.
    Boundary,
    /// Mailer.
    Mailer,
    /// Registrable domain of a URL.
    UrlDomain,
    /// Network (AS number or /24) that handed the mail over.
    Origin,
    /// Zone of the Date header.
    Zone,
    /// DKIM signing domain that is not the sender's.
    Signer,
    /// Persona word.
    Persona,
}

/// The archive, counted.
#[derive(Debug)]
pub(super) struct Archive<'a> {
    /// The rows.
    pub(super) mails: &'a [MailRow],
    /// Sorted by time, then uid.
    pub(super) messages: Vec<Message>,
    /// Mailboxes and addresses.
    pub(super) addresses: Interner<'a>,
    /// Parties by name.
    pub(super) party_names: Interner<'a>,
    /// Parties, by their number.
    pub(super) parties: Vec<Party>,
    /// Domains that are the institutions' own, sorted.
    pub(super) own_domains: Vec<&'a str>,
    /// External parties.
    pub(super) external_parties: u32,
    first_contact: HashMap<(Id, Id), i64>,
    answered: HashSet<u64>,
    templates: HashMap<u64, Template>,
    spread: HashMap<(Kind, u64), u32>,
    domain_days: HashMap<&'a str, (i64, i64, u32)>,
}

/// A fixed-key hash: equal on every run and machine of one build.
pub(super) fn hash(parts: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

/// A URL that may carry a recipient's token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tracker<'a> {
    /// Hash of registrable domain and shape, see [`template_key`].
    pub(super) template: u64,
    /// The URL.
    pub(super) url: &'a UrlFeature,
}

/// Registrable domain and shape (number of path segments, ending, names of parameters):
/// what a burst's tracking URLs share even where a random token happens to look like a
/// word, or the host's labels vary by recipient.
pub(super) fn template_key(url: &UrlFeature) -> u64 {
    let grammar = url.grammar.split('#').next().unwrap_or("");
    let (path, query) = grammar.split_once('?').unwrap_or((grammar, ""));
    let last = path.rsplit('/').next().unwrap_or("");
    let ending = last.rsplit_once('.').map_or("", |(_, ending)| ending);
    let names: Vec<&str> =
        query.split('&').map(|pair| pair.split('=').next().unwrap_or("")).take(16).collect();
    let segments = path.split('/').count().to_string();
    hash(&[&url.domain, &segments, ending, &names.join("&")])
}

/// URLs of a message that may carry a token: with a variable piece, or loaded by showing
/// the mail.
pub(super) fn trackers(row: &MailRow) -> impl Iterator<Item = Tracker<'_>> {
    row.features
        .urls
        .iter()
        .take(URLS_LOOKED_AT)
        .filter(|url| !url.tokens.is_empty() || is_remote(url.place))
        .map(|url| Tracker { template: template_key(url), url })
}

/// Whether a place is loaded by showing the mail.
pub(super) fn is_remote(place: UrlPlace) -> bool {
    matches!(place, UrlPlace::Img | UrlPlace::Css)
}

impl<'a> Archive<'a> {
    /// Counts the archive.
    pub(super) fn new(input: &CampaignInput<'a>) -> Self {
        let mails = input.mails;
        let own_domains = own_domains(input);
        let shared = super::shared::domains(input, &own_domains);
        let mut order: Vec<usize> = (0..mails.len()).collect();
        order.sort_by(|&a, &b| {
            let key = |i: usize| mails.get(i).map(|m| (time(m), &m.message_uid, &m.mailbox));
            key(a).cmp(&key(b))
        });
        let mut archive = Self {
            mails,
            messages: Vec::new(),
            addresses: Interner::default(),
            party_names: Interner::default(),
            parties: Vec::new(),
            own_domains,
            external_parties: 0,
            first_contact: HashMap::new(),
            answered: HashSet::new(),
            templates: HashMap::new(),
            spread: HashMap::new(),
            domain_days: HashMap::new(),
        };
        archive.join_rows(input, &order, &shared);
        archive.count_parties(input);
        archive.count_values(input);
        archive
    }

    /// Joins the rows of each message; rows of one uid stand side by side in `order`
    /// because they share bytes and so `Received` and `Date`.
    fn join_rows(&mut self, input: &CampaignInput<'a>, order: &[usize], shared: &HashSet<&'a str>) {
        for &index in order {
            let row = &self.mails[index];
            let mut reached = reached(input, row, &mut self.addresses);
            let last_uid = self.messages.last().map(|m| &self.mails[m.row].message_uid);
            if last_uid == Some(&row.message_uid) {
                if let Some(last) = self.messages.last_mut() {
                    last.recipients.append(&mut reached);
                }
                continue;
            }
            let domain = row.features.from_domain.as_str();
            let is_shared = shared.contains(domain);
            let name = if is_shared || domain.is_empty() { row.from.as_str() } else { domain };
            let party = self.party_names.add(name);
            if self.parties.len() <= party as usize {
                self.parties.push(Party { shared: is_shared, ..Party::default() });
            }
            let to: Vec<&str> = row.to.iter().map(String::as_str).collect();
            let id = if row.message_id.is_empty() {
                row.message_uid.as_str()
            } else {
                row.message_id.as_str()
            };
            self.messages.push(Message {
                row: index,
                time: time(row),
                party,
                external: input.roster.by_address(&row.from, None).is_empty(),
                recipients: reached,
                envelope: hash(&[&row.from, id, &to.join(",")]),
            });
        }
        for message in &mut self.messages {
            message.recipients.sort_unstable();
            message.recipients.dedup();
        }
    }

    fn count_parties(&mut self, input: &CampaignInput<'a>) {
        for message in &self.messages {
            let row = &self.mails[message.row];
            let day = message.time.div_euclid(UtcMicros::DAY);
            if message.external {
                let Some(party) = self.parties.get_mut(message.party as usize) else { continue };
                party.messages += 1;
                party.bulk += u32::from(!row.features.bulk_markers.is_empty());
                if party.days.last() != Some(&day) {
                    party.days.push(day);
                }
                let days =
                    self.domain_days.entry(&row.features.from_domain).or_insert((day, i64::MIN, 0));
                if days.1 != day {
                    *days = (days.0, day, days.2 + 1);
                }
                for &recipient in &message.recipients {
                    self.first_contact.entry((recipient, message.party)).or_insert(message.time);
                }
            } else if !row.features.bulk_markers.iter().any(|m| m == "auto-submitted") {
                self.answered.extend(row.in_reply_to.iter().map(|id| hash(&[id])));
            }
        }
        let internal: Vec<(i64, usize)> =
            self.messages.iter().filter(|m| !m.external).map(|m| (m.time, m.row)).collect();
        for (time, row) in internal {
            let row = &self.mails[row];
            if row.features.bulk_markers.iter().any(|m| m == "auto-submitted") {
                continue;
            }
            for address in row.to.iter().chain(&row.cc).take(200) {
                if !input.roster.by_address(address, None).is_empty() {
                    continue;
                }
                let domain = address.rsplit('@').next().unwrap_or("");
                let found = self
                    .party_names
                    .get(address)
                    .or_else(|| self.party_names.get(domain))
                    .or_else(|| self.party_names.get(registrable(domain)));
                if let Some(party) = found.and_then(|id| self.parties.get_mut(id as usize))
                    && party.written_to.len() < 64
                {
                    party.written_to.push(time);
                }
            }
        }
        self.external_parties =
            u32::try_from(self.parties.iter().filter(|party| party.messages > 0).count())
                .unwrap_or(u32::MAX);
    }

    fn count_values(&mut self, input: &CampaignInput<'a>) {
        let mut seen: HashSet<(Kind, u64, Id)> = HashSet::new();
        let mut template_parties: HashSet<(u64, Id)> = HashSet::new();
        for message in self.messages.iter().filter(|m| m.external) {
            let row = &self.mails[message.row];
            let mut here: Vec<u64> = Vec::new();
            for tracker in trackers(row) {
                if !here.contains(&tracker.template) {
                    here.push(tracker.template);
                }
            }
            for key in here {
                let template = self.templates.entry(key).or_default();
                template.messages += 1;
                template.parties += u32::from(template_parties.insert((key, message.party)));
            }
            for (kind, value) in values(input, row) {
                if seen.insert((kind, value, message.party)) {
                    *self.spread.entry((kind, value)).or_insert(0) += 1;
                }
            }
        }
    }

    /// Row of a message.
    pub(super) fn row(&self, message: &Message) -> &'a MailRow {
        &self.mails[message.row]
    }

    /// First mail of a party to a recipient.
    pub(super) fn first_contact(&self, recipient: Id, party: Id) -> Option<i64> {
        self.first_contact.get(&(recipient, party)).copied()
    }

    /// Whether somebody inside answered a message.
    pub(super) fn is_answered(&self, row: &MailRow) -> bool {
        !row.message_id.is_empty() && self.answered.contains(&hash(&[&row.message_id]))
    }

    /// Counts of a template.
    pub(super) fn template(&self, key: u64) -> Template {
        self.templates.get(&key).cloned().unwrap_or_default()
    }

    /// Parties from outside that show a value.
    pub(super) fn spread(&self, kind: Kind, value: u64) -> u32 {
        self.spread.get(&(kind, value)).copied().unwrap_or(0)
    }

    /// First day, last day and number of days with mail from a domain.
    pub(super) fn domain_days(&self, domain: &str) -> Option<(i64, i64, u32)> {
        self.domain_days.get(domain).copied()
    }

    /// Domains with mail from outside, sorted.
    pub(super) fn domains(&self) -> Vec<&'a str> {
        let mut all: Vec<&'a str> = self.domain_days.keys().copied().collect();
        all.sort_unstable();
        all
    }
}

/// Event time in microseconds; 0 when unknown.
fn time(row: &MailRow) -> i64 {
    row.time().map_or(0, UtcMicros::micros)
}

/// Registrable domain by the public suffix list, else the domain itself.
pub(super) fn registrable(domain: &str) -> &str {
    psl::domain_str(domain).unwrap_or(domain)
}

/// How a message was made, by kind; texts may be empty.
pub(super) fn make(row: &MailRow) -> [(Kind, String); 5] {
    let features = &row.features;
    [
        (Kind::Skeleton, features.skeleton.clone()),
        (Kind::HeaderOrder, features.header_order.clone()),
        (Kind::MessageId, folded_shape(&features.message_id_shape)),
        (Kind::Boundary, folded_shape(&features.boundary_shape)),
        (Kind::Mailer, features.mailer.clone()),
    ]
}

/// A shape of runs (`H8-d4`) with their classes folded (`x8-x4`): a run of random hex
/// digits may chance to hold digits only.
fn folded_shape(shape: &str) -> String {
    let mut folded = String::with_capacity(shape.len());
    let mut chars = shape.chars().peekable();
    while let Some(c) = chars.next() {
        let run = c.is_ascii_alphabetic() && chars.peek().is_some_and(char::is_ascii_digit);
        folded.push(if run { 'x' } else { c });
    }
    folded
}

/// A grammar with the classes of its variable pieces folded: `/o/{hex32}` to `/o/{}`.
pub(super) fn folded_grammar(grammar: &str) -> String {
    let mut folded = String::with_capacity(grammar.len());
    let mut inside = false;
    for c in grammar.chars() {
        match c {
            '{' => {
                inside = true;
                folded.push_str("{}");
            }
            '}' => inside = false,
            c if !inside => folded.push(c),
            _ => {}
        }
    }
    folded
}

/// Values of a message by kind, for rarity.
pub(super) fn values(input: &CampaignInput<'_>, row: &MailRow) -> Vec<(Kind, u64)> {
    let features = &row.features;
    let mut all = Vec::with_capacity(16);
    for (kind, text) in make(row) {
        if !text.is_empty() {
            all.push((kind, hash(&[&text])));
        }
    }
    for url in features.urls.iter().take(URLS_LOOKED_AT) {
        all.push((Kind::UrlDomain, hash(&[&url.domain])));
        if !url.tokens.is_empty() {
            all.push((Kind::Grammar, hash(&[&url.grammar])));
            all.push((Kind::Shape, hash(&[&folded_grammar(&url.grammar)])));
        }
    }
    if let Some(origin) = origin(input, row) {
        all.push((Kind::Origin, hash(&[&origin])));
    }
    if let Some(zone) = row.date_offset_minutes {
        all.push((Kind::Zone, hash(&[&zone.to_string()])));
    }
    for domain in features.dkim_domains.iter().take(5) {
        if *domain != features.from_domain {
            all.push((Kind::Signer, hash(&[domain])));
        }
    }
    for word in features.persona_words.iter().take(40) {
        all.push((Kind::Persona, hash(&[word])));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The network that handed a message over: AS number where known, else /24 or /48.
pub(super) fn origin(input: &CampaignInput<'_>, row: &MailRow) -> Option<String> {
    let ip: std::net::IpAddr = row.features.origin_ip.parse().ok()?;
    if let Some(network) = input.networks.find(&row.features.origin_ip) {
        return Some(format!("AS{}", network.asn));
    }
    Some(match ip {
        std::net::IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        std::net::IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    })
}

/// Whom a row reached: its mailbox and people of the roster named in To or Cc who are
/// not just another address of the mailbox's owner. A mailbox that is no address
/// (a folder's name) gives way to the roster's people.
fn reached<'a>(input: &CampaignInput<'a>, row: &'a MailRow, names: &mut Interner<'a>) -> Vec<Id> {
    let owners = input.roster.by_address(&row.mailbox, row.time());
    let mut all = Vec::new();
    for address in row.to.iter().chain(&row.cc).take(500) {
        let known = !input.roster.by_address(address, None).is_empty();
        let alias = owners
            .iter()
            .any(|owner| owner.addresses.iter().any(|a| a.eq_ignore_ascii_case(address)));
        if known && !alias && *address != row.from {
            all.push(names.add(address));
        }
    }
    if !owners.is_empty() || all.is_empty() || row.mailbox.contains('@') {
        all.push(names.add(&row.mailbox));
    }
    all
}

/// Registrable domains that hold at least a fifth of an institution's staff, or without
/// a roster a fifth of the mailboxes.
fn own_domains<'a>(input: &CampaignInput<'a>) -> Vec<&'a str> {
    let mut pairs: Vec<(&str, &str, &str)> = Vec::new();
    for entry in input.roster.entries().iter().filter(|entry| entry.kind != "linked") {
        // The first address is the office's; others may be private.
        for address in entry.addresses.iter().take(1) {
            let domain = registrable(address.rsplit('@').next().unwrap_or(""));
            pairs.push((&entry.institution, domain, &entry.person_id));
        }
    }
    if pairs.is_empty() {
        for row in input.mails.iter().filter(|row| row.mailbox.contains('@')) {
            let domain = registrable(row.mailbox.rsplit('@').next().unwrap_or(""));
            pairs.push(("", domain, &row.mailbox));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    let mut own = Vec::new();
    for house in pairs.chunk_by(|a, b| a.0 == b.0) {
        for domain in house.chunk_by(|a, b| a.1 == b.1) {
            if domain.len() * 5 >= house.len() && !domain[0].1.is_empty() {
                own.push(domain[0].1);
            }
        }
    }
    own.sort_unstable();
    own.dedup();
    own
}
