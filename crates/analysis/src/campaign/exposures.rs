//! What became of each recipient of a wave, read from web logs.
//!
//! A recipient's token asked for is that recipient's opening or click, unless a machine
//! asked: gateways and privacy proxies fetch within a moment of delivery, from the same
//! few addresses, for nearly everybody. `CONNECT host:port` shows no path and so no
//! token: a hint only, and so is a resolver's record or a TLS handshake, whatever characters
//! the name has. Where no web log covers a recipient, nothing can be said.

use std::collections::{BTreeMap, HashMap};

use demarche_core::{EvidenceRef, Exposure, ExposureState, Fetch, UtcMicros, Wave};

use super::CampaignInput;
use super::counts::{Archive, Id, hash, is_remote, template_key};
use super::score::share;
use super::waves::Candidate;

/// A fetch this soon after delivery is a machine's, if its client does so for several.
const PREFETCH: i64 = 120 * UtcMicros::SECOND;
/// Recipients for whom a client must fetch to look like a machine.
const MACHINE_RECIPIENTS: usize = 3;
/// Share of its fetches that must be prompt.
const MACHINE_PROMPT: f64 = 0.7;
/// How long after a wave its URLs are asked for, for the question of coverage.
const ASKED_FOR: i64 = 14 * UtcMicros::DAY;
/// Shorter tokens are found in other URLs by chance.
const TOKEN_LEN: usize = 6;

/// A recipient's tracking URL.
#[derive(Clone, Copy, Debug)]
struct Target {
    wave: usize,
    recipient: Id,
    delivered: i64,
    loaded: bool,
    message: usize,
}

#[derive(Debug)]
struct Hit<'f> {
    target: Target,
    fetch: &'f Fetch,
}

/// Exposures of all recipients of all waves; by wave in the order of `waves`, then
/// recipient.
pub(super) fn find(
    input: &CampaignInput<'_>,
    archive: &Archive<'_>,
    candidates: &[Candidate<'_>],
    waves: &[Wave],
) -> Vec<Exposure> {
    let index = Index::new(archive, candidates);
    let mut hits: BTreeMap<(usize, Id), Vec<Hit<'_>>> = BTreeMap::new();
    let mut hints: BTreeMap<usize, Vec<&Fetch>> = BTreeMap::new();
    for fetch in input.fetches {
        index.look_up(fetch, &mut hits, &mut hints);
    }
    let machines = machines(&hits);
    let coverage = Coverage::new(input);
    let by_id: BTreeMap<&str, usize> =
        candidates.iter().enumerate().map(|(i, wave)| (wave.id.as_str(), i)).collect();
    let mut all = Vec::new();
    for wave in waves {
        let Some(&number) = by_id.get(wave.wave_id.as_str()) else { continue };
        let Some(candidate) = candidates.get(number) else { continue };
        let mut recipients: Vec<(&str, Id)> =
            candidate.burst.recipients.iter().map(|&id| (archive.addresses.name(id), id)).collect();
        recipients.sort_unstable();
        for (name, id) in recipients {
            let hits = hits.get(&(number, id)).map_or(&[][..], Vec::as_slice);
            let hints = hints.get(&number).map_or(&[][..], Vec::as_slice);
            let case = Case { input, archive, candidate, name, id, hits, hints };
            all.push(case.judge(&wave.wave_id, &machines, &coverage));
        }
    }
    all
}

/// Tracking URLs by what a log line shows of them.
struct Index {
    urls: HashMap<u64, Vec<Target>>,
    tokens: HashMap<(u64, u64), Vec<Target>>,
    domains: HashMap<u64, Vec<usize>>,
}

/// A URL without scheme, default port and fragment.
fn bare(url: &str) -> String {
    let url = url.split('#').next().unwrap_or(url);
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (host, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
    let host = host.trim_end_matches(":80").trim_end_matches(":443").to_lowercase();
    let path = if path.is_empty() { "/" } else { path };
    format!("{host}{path}")
}

/// Pieces of a URL between its separators, long enough to be a token.
fn pieces(url: &str) -> impl Iterator<Item = &str> {
    url.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '~'))
        .filter(|piece| piece.len() >= TOKEN_LEN)
}

impl Index {
    fn new(archive: &Archive<'_>, candidates: &[Candidate<'_>]) -> Self {
        let mut index =
            Self { urls: HashMap::new(), tokens: HashMap::new(), domains: HashMap::new() };
        for (wave, candidate) in candidates.iter().enumerate() {
            // A URL that several sendings bear tells no recipient.
            let mut seen: HashMap<u64, (u64, bool)> = HashMap::new();
            let mut targets: Vec<(u64, Target, Vec<u64>, u64)> = Vec::new();
            for &message in &candidate.burst.messages {
                let Some(known) = archive.messages.get(message) else { continue };
                for url in archive.row(known).features.urls.iter().take(60) {
                    if candidate.scored.tracking.keys.binary_search(&template_key(url)).is_err() {
                        continue;
                    }
                    let domain = hash(&["domain", &url.domain]);
                    let whole = hash(&[&bare(&url.url)]);
                    let mut marks: Vec<u64> = vec![whole];
                    marks.extend(
                        url.tokens
                            .iter()
                            .filter(|t| t.len() >= TOKEN_LEN)
                            .map(|t| hash(&["token", t])),
                    );
                    for &mark in &marks {
                        let entry = seen.entry(mark).or_insert((known.envelope, true));
                        entry.1 &= entry.0 == known.envelope;
                    }
                    for &recipient in &known.recipients {
                        let target = Target {
                            wave,
                            recipient,
                            delivered: known.time,
                            loaded: is_remote(url.place),
                            message,
                        };
                        targets.push((
                            whole,
                            target,
                            marks.get(1..).unwrap_or_default().to_vec(),
                            domain,
                        ));
                    }
                }
            }
            let unique = |mark: &u64| seen.get(mark).is_some_and(|(_, unique)| *unique);
            for (whole, target, tokens, domain) in targets {
                let waves = index.domains.entry(domain).or_default();
                if waves.last() != Some(&wave) {
                    waves.push(wave);
                }
                if unique(&whole) {
                    index.urls.entry(whole).or_default().push(target);
                }
                for token in tokens.into_iter().filter(unique) {
                    index.tokens.entry((domain, token)).or_default().push(target);
                }
            }
        }
        index
    }

    fn look_up<'f>(
        &self,
        fetch: &'f Fetch,
        hits: &mut BTreeMap<(usize, Id), Vec<Hit<'f>>>,
        hints: &mut BTreeMap<usize, Vec<&'f Fetch>>,
    ) {
        let domain = hash(&["domain", super::counts::registrable(&fetch.host)]);
        let Some(waves) = self.domains.get(&domain) else { return };
        let no_path = fetch.is_name_only() || fetch.method.eq_ignore_ascii_case("CONNECT");
        if no_path || !fetch.url.contains(['/', '?']) {
            for &wave in waves {
                hints.entry(wave).or_default().push(fetch);
            }
            return;
        }
        let mut found: Vec<Target> =
            self.urls.get(&hash(&[&bare(&fetch.url)])).cloned().unwrap_or_default();
        if found.is_empty() {
            for piece in pieces(&fetch.url) {
                if let Some(targets) = self.tokens.get(&(domain, hash(&["token", piece]))) {
                    found.extend(targets);
                    break;
                }
            }
        }
        for target in found {
            hits.entry((target.wave, target.recipient)).or_default().push(Hit { target, fetch });
        }
    }
}

/// Whether a fetch follows delivery within a moment. Clocks differ by some seconds.
fn prompt(hit: &Hit<'_>) -> bool {
    hit.fetch.time.is_some_and(|time| {
        let delay = time.micros() - hit.target.delivered;
        (-PREFETCH..=PREFETCH).contains(&delay)
    })
}

/// Clients that fetch promptly for several recipients, sorted.
fn machines(hits: &BTreeMap<(usize, Id), Vec<Hit<'_>>>) -> Vec<String> {
    #[derive(Default)]
    struct Client {
        recipients: std::collections::BTreeSet<Id>,
        prompt: usize,
        all: usize,
    }
    let mut clients: BTreeMap<&str, Client> = BTreeMap::new();
    for ((_, recipient), hits) in hits {
        for hit in hits {
            let client = clients.entry(&hit.fetch.client).or_default();
            client.all += 1;
            if prompt(hit) {
                client.prompt += 1;
                client.recipients.insert(*recipient);
            }
        }
    }
    clients
        .into_iter()
        .filter(|(_, client)| {
            client.recipients.len() >= MACHINE_RECIPIENTS
                && share(client.prompt, client.all) >= MACHINE_PROMPT
        })
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// Whom web logs cover, when.
struct Coverage<'a> {
    stated: Vec<(&'a str, Option<UtcMicros>, Option<UtcMicros>)>,
    /// First and last fetch, when nothing is stated.
    seen: Option<(UtcMicros, UtcMicros)>,
    /// Accounts named by fetches, sorted, also without their domain.
    accounts: Vec<&'a str>,
}

impl<'a> Coverage<'a> {
    fn new(input: &CampaignInput<'a>) -> Self {
        let stated = input
            .coverage
            .iter()
            .filter(|entry| entry.source == "web")
            .map(|entry| (entry.account.as_str(), entry.from, entry.to))
            .collect();
        // A resolver's log would not show a request: it covers nobody.
        let requests = || input.fetches.iter().filter(|fetch| !fetch.is_name_only());
        let times = || requests().filter_map(|fetch| fetch.time);
        let mut accounts: Vec<&str> = requests()
            .map(|fetch| fetch.account.as_str())
            .filter(|account| !account.is_empty() && *account != "-")
            .collect();
        accounts.sort_unstable();
        accounts.dedup();
        Self { stated, seen: times().min().zip(times().max()), accounts }
    }

    fn covers(&self, input: &CampaignInput<'_>, recipient: &str, at: Option<UtcMicros>) -> bool {
        let Some(at) = at else { return false };
        let linked = input.roster.by_address(recipient, Some(at));
        let private = !linked.is_empty() && linked.iter().all(|entry| entry.kind == "linked");
        let until = at.saturating_add(ASKED_FOR);
        if !self.stated.is_empty() {
            return self.stated.iter().any(|(account, from, to)| {
                let whose = *account == recipient || (account.is_empty() && !private);
                whose && from.is_none_or(|from| from <= at) && to.is_none_or(|to| to >= at)
            });
        }
        let Some((first, last)) = self.seen else { return false };
        if private || first > until || last < at {
            return false;
        }
        let local = recipient.split('@').next().unwrap_or(recipient);
        self.accounts.is_empty()
            || self.accounts.binary_search(&recipient).is_ok()
            || self.accounts.binary_search(&local).is_ok()
    }
}

struct Case<'x, 'a, 'f> {
    input: &'x CampaignInput<'a>,
    archive: &'x Archive<'a>,
    candidate: &'x Candidate<'x>,
    name: &'x str,
    id: Id,
    hits: &'x [Hit<'f>],
    hints: &'x [&'f Fetch],
}

impl Case<'_, '_, '_> {
    fn judge(&self, wave_id: &str, machines: &[String], coverage: &Coverage<'_>) -> Exposure {
        let (mut by_machine, mut by_others, mut human) = (0_usize, 0_usize, Vec::new());
        for hit in self.hits {
            if self.is_anothers(&hit.fetch.account) {
                by_others += 1;
            } else if self.is_machine(hit, machines) {
                by_machine += 1;
            } else {
                human.push(hit);
            }
        }
        human.sort_by_key(|hit| (hit.fetch.time, &hit.fetch.fetch_uid));
        let mut notes = Vec::new();
        let state = if human.iter().any(|hit| !hit.target.loaded) {
            ExposureState::Clicked
        } else if !human.is_empty() {
            ExposureState::Fetched
        } else if coverage.covers(self.input, self.name, self.delivered()) {
            ExposureState::Targeted
        } else {
            ExposureState::Unknown
        };
        match human.first() {
            Some(hit) => notes.push(format!(
                "the recipient's token was asked for {} times, first by {} {}",
                human.len(),
                hit.fetch.client,
                hit.fetch.user_agent.chars().take(120).collect::<String>()
            )),
            None if state == ExposureState::Targeted => {
                notes.push("web logs cover the recipient; they show no request".to_owned());
            }
            None => notes.push("no web log covers the recipient".to_owned()),
        }
        if by_machine > 0 {
            notes.push(format!("{by_machine} requests by gateways or proxies left out"));
        }
        if by_others > 0 {
            notes.push(format!("{by_others} requests under another person's account"));
        }
        let hints = self.hints();
        if !hints.is_empty() && human.is_empty() {
            notes.push(format!(
                "{} connections to the tracking host without a visible path: a hint only",
                hints.len()
            ));
        }
        let mut evidence = self.mail();
        let cited = human.iter().map(|hit| &hit.fetch.evidence);
        evidence.extend(cited.chain(hints.iter().map(|fetch| &fetch.evidence)).take(15).cloned());
        Exposure {
            recipient: self.name.to_owned(),
            wave_id: wave_id.to_owned(),
            state,
            time: human.first().and_then(|hit| hit.fetch.time),
            detail: notes.join("; "),
            evidence,
        }
    }

    /// Whether context names the client, or it behaves as a machine; somebody logged on
    /// under the recipient's own name is none.
    fn is_machine(&self, hit: &Hit<'_>, machines: &[String]) -> bool {
        let fetch = hit.fetch;
        let kinds = &["gateway", "privacy_proxy"];
        if self.input.context.has_ip(kinds, &fetch.client, fetch.time)
            || self.input.context.has_value(kinds, &fetch.account, fetch.time)
        {
            return true;
        }
        if self.is_own(&fetch.account) && !prompt(hit) {
            return false;
        }
        machines.binary_search(&fetch.client).is_ok()
    }

    /// Whether an account is that of somebody else on the roster: one message may have
    /// two recipients, and its token then tells only that one of them opened it.
    fn is_anothers(&self, account: &str) -> bool {
        if account.is_empty() || self.is_own(account) {
            return false;
        }
        let people = |address: &str| -> Vec<&str> {
            let entries = self.input.roster.by_address(address, None);
            entries.into_iter().map(|entry| entry.person_id.as_str()).collect()
        };
        let (theirs, own) = (people(account), people(self.name));
        !theirs.is_empty() && !theirs.iter().any(|person| own.contains(person))
    }

    fn is_own(&self, account: &str) -> bool {
        !account.is_empty()
            && (account == self.name || self.name.split('@').next() == Some(account))
    }

    /// Connections to a tracking host by the recipient's own account after delivery.
    fn hints(&self) -> Vec<&Fetch> {
        let delivered = self.delivered();
        self.hints
            .iter()
            .copied()
            .filter(|fetch| self.is_own(&fetch.account))
            .filter(|fetch| {
                fetch.time.zip(delivered).is_some_and(|(time, delivered)| {
                    time >= delivered && time <= delivered.saturating_add(ASKED_FOR)
                })
            })
            .take(10)
            .collect()
    }

    fn delivered(&self) -> Option<UtcMicros> {
        self.messages()
            .filter_map(|index| self.archive.row(&self.archive.messages[index]).time())
            .min()
    }

    fn messages(&self) -> impl Iterator<Item = usize> {
        let hit = self.hits.iter().map(|hit| hit.target.message);
        let own = self.candidate.burst.messages.iter().copied().filter(|&index| {
            self.archive
                .messages
                .get(index)
                .is_some_and(|message| message.recipients.binary_search(&self.id).is_ok())
        });
        hit.chain(own)
    }

    fn mail(&self) -> Vec<EvidenceRef> {
        let mut all: Vec<EvidenceRef> = self
            .messages()
            .map(|index| self.archive.row(&self.archive.messages[index]).evidence.clone())
            .collect();
        all.sort_unstable();
        all.dedup();
        all.truncate(5);
        all
    }
}
