//! What a case's own evidence says to a claim, part by part.
//!
//! Three answers, never "absent": *supported by* and *contradicted by* name the rows of the
//! case that say so; everything else is *outside coverage*, with what was covered. An
//! institution sees its own part of a campaign, so that fewer mails here than a state counts
//! over the world contradict nothing; more than "at most" do. A denial is set against
//! nothing: what it denies is checked where it was claimed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use demarche_core::terms::is_likely;
use demarche_core::{
    Act, Campaign, Claim, CoverageEntry, Exposure, Hypothesis, Intrusion, Quantity, Stance,
    UtcMicros, Wave,
};
use regex::Regex;

/// The answer that rows of the case give.
pub const SUPPORTED: &str = "supported by";
/// The answer of rows that cannot be true together with the claim.
pub const CONTRADICTED: &str = "contradicted by";
/// No row of the case bears on it.
pub const OUTSIDE: &str = "outside coverage";

/// Ids listed of each stance.
const MOST_RECORDS: usize = 50;
/// How far activity may lie outside a period before it speaks against it.
const SLACK: i64 = 45 * UtcMicros::DAY;

/// The rows of a case that claims are set against.
#[derive(Clone, Debug, Default)]
pub struct CaseRows {
    /// All waves; only likely ones count.
    pub waves: Vec<Wave>,
    /// All campaigns; only likely ones count.
    pub campaigns: Vec<Campaign>,
    /// Recipients in waves.
    pub exposures: Vec<Exposure>,
    /// All intrusions; only likely ones count.
    pub intrusions: Vec<Intrusion>,
    /// All hypotheses.
    pub hypotheses: Vec<Hypothesis>,
    /// What could have been seen.
    pub coverage: Vec<CoverageEntry>,
    /// Lower-case names and aliases of intrusion sets to the name that hypotheses use; names
    /// of several sets are left out.
    pub set_names: BTreeMap<String, String>,
}

static MAILS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(e-?mails?|mails?|messages?|e|nachrichten|courriels?|courriers?|mels?)$")
});
static PEOPLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"lawmaker|parliamentarian|politician|target|recipient|victim|individual|account|official|journalist|mps?$|meps?$|abgeordnet|politiker|konten|konto|ziele|opfer|empfänger|député|parlementaire|sénateur|compte|cible|victime|journaliste",
    )
});
static YEARS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(years?|jahren?|ans?|années?)$"));
static MAILBOX: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"e-?mail accounts?|mailbox|inbox|e-?mail-konten|postfäch|comptes? (de messagerie|e-?mail)|messagerie",
    )
});
static STORAGE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"cloud storage|cloud-?speicher|stockage (en nuage|cloud)"));
static CALLS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"call records?|call detail|phone records|telephone records|verbindungsdaten|relevés? (d'appels|téléphoniques)|données d'appel",
    )
});
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[a-z0-9_.+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+"));

fn pattern(text: &str) -> Regex {
    Regex::new(&format!("(?i){text}")).expect("invariant: constants that tests compile")
}

/// Fills `stance_of_evidence` of every claim that states facts about activity.
pub fn weigh(claims: &mut [Claim], case: &CaseRows) {
    let seen = Seen::new(case);
    for claim in claims {
        let states_facts = claim.act.blames() || matches!(claim.act, Act::Warn | Act::Confirm);
        claim.stance_of_evidence = if states_facts { seen.stances(claim) } else { Vec::new() };
    }
}

/// What was found, once for all claims.
struct Seen<'a> {
    case: &'a CaseRows,
    waves: Vec<&'a Wave>,
    intrusions: Vec<&'a Intrusion>,
    mails: usize,
    targets: BTreeSet<String>,
}

impl<'a> Seen<'a> {
    fn new(case: &'a CaseRows) -> Self {
        let waves: Vec<&Wave> = case.waves.iter().filter(|w| is_likely(w.probability)).collect();
        let intrusions: Vec<&Intrusion> =
            case.intrusions.iter().filter(|i| is_likely(i.probability)).collect();
        let mails: BTreeSet<&String> = waves.iter().flat_map(|wave| &wave.message_uids).collect();
        let ids: BTreeSet<&str> = waves.iter().map(|wave| wave.wave_id.as_str()).collect();
        let exposed = case.exposures.iter().filter(|e| ids.contains(e.wave_id.as_str()));
        let mut targets: BTreeSet<String> =
            exposed.map(|exposure| exposure.recipient.to_lowercase()).collect();
        targets.extend(intrusions.iter().map(|intrusion| intrusion.account.to_lowercase()));
        Self { case, mails: mails.len(), waves, intrusions, targets }
    }

    fn stances(&self, claim: &Claim) -> Vec<Stance> {
        let mut found = Vec::new();
        found.extend(claim.quantities.iter().filter_map(|quantity| self.quantity(quantity)));
        if !claim.period.text.is_empty() {
            found.push(self.period(claim));
        }
        let sets = claim
            .about
            .iter()
            .filter_map(|name| Some((name, self.case.set_names.get(&name.to_lowercase())?)));
        found.extend(sets.map(|(name, known)| self.set(name, known)));
        found.extend(self.kinds(claim));
        let addresses: BTreeSet<String> =
            ADDRESS.find_iter(&claim.text).map(|found| found.as_str().to_lowercase()).collect();
        found.extend(addresses.iter().take(MOST_RECORDS).map(|address| self.account(address)));
        found
    }

    fn wave_ids(&self) -> Vec<String> {
        self.waves.iter().map(|wave| wave.wave_id.clone()).collect()
    }

    fn all_ids(&self) -> Vec<String> {
        let intrusions = self.intrusions.iter().map(|intrusion| intrusion.intrusion_id.clone());
        self.wave_ids().into_iter().chain(intrusions).collect()
    }

    fn quantity(&self, quantity: &Quantity) -> Option<Stance> {
        let part = format!("quantity: {}", quantity.text);
        let (seen, what, records) = if MAILS.is_match(&quantity.unit) {
            (self.mails as u64, "mails in likely waves", self.wave_ids())
        } else if PEOPLE.is_match(&quantity.unit) {
            (
                self.targets.len() as u64,
                "mailboxes and accounts targeted or entered",
                self.all_ids(),
            )
        } else if YEARS.is_match(&quantity.unit) {
            let (first, last) = self.extent()?;
            let years = last.micros().saturating_sub(first.micros()) / (365 * UtcMicros::DAY);
            (
                years.unsigned_abs(),
                "whole years between the first and last activity",
                self.all_ids(),
            )
        } else {
            return None;
        };
        let detail = format!("{seen} {what} in this case; the claim counts more than this house");
        let enough = seen >= quantity.value
            && matches!(quantity.bound.as_str(), "more_than" | "at_least" | "about");
        let exceeds = match quantity.bound.as_str() {
            "exactly" | "at_most" => seen > quantity.value,
            "about" => seen > quantity.value.saturating_mul(2),
            _ => false,
        };
        let equal = seen == quantity.value && seen > 0;
        Some(if exceeds {
            stance(part, CONTRADICTED, records, detail)
        } else if enough || equal {
            stance(part, SUPPORTED, records, detail)
        } else {
            stance(part, OUTSIDE, Vec::new(), detail)
        })
    }

    /// First and last activity of likely waves and intrusions.
    fn extent(&self) -> Option<(UtcMicros, UtcMicros)> {
        let waves = self.waves.iter().flat_map(|wave| [wave.first_seen, wave.last_seen]);
        let intrusions = self.intrusions.iter().flat_map(|i| [i.first_access, i.last_access]);
        let times: Vec<UtcMicros> = waves.chain(intrusions).flatten().collect();
        Some((*times.iter().min()?, *times.iter().max()?))
    }

    fn period(&self, claim: &Claim) -> Stance {
        let part = format!("period: {}", claim.period.text);
        let day = |text: &str, end: bool| {
            let time = if end { "T23:59:59Z" } else { "T00:00:00Z" };
            UtcMicros::parse(&format!("{text}{time}")).ok()
        };
        let from = day(&claim.period.from, false);
        let to = day(&claim.period.to, true);
        let meets = |first: Option<UtcMicros>, last: Option<UtcMicros>| {
            let begins = first.or(last).is_none_or(|first| to.is_none_or(|to| first <= to));
            let ends = last.or(first).is_none_or(|last| from.is_none_or(|from| last >= from));
            begins && ends && (first.is_some() || last.is_some())
        };
        let waves = self.waves.iter().filter(|wave| meets(wave.first_seen, wave.last_seen));
        let intrusions = self.intrusions.iter().filter(|i| meets(i.first_access, i.last_access));
        let records: Vec<String> = waves
            .map(|wave| wave.wave_id.clone())
            .chain(intrusions.map(|intrusion| intrusion.intrusion_id.clone()))
            .collect();
        if !records.is_empty() {
            let detail = format!("activity of {} rows falls into it", records.len());
            return stance(part, SUPPORTED, records, detail);
        }
        // All activity well outside a closed period speaks against it.
        if let Some((first, last)) = self.extent() {
            let before = from.is_some_and(|from| last.saturating_add(SLACK) < from);
            let behind = to.is_some_and(|to| first > to.saturating_add(SLACK));
            if (before || behind) && self.covers(from, to) {
                let detail = format!(
                    "the activity found lies between {} and {}, and the period was covered",
                    first.date(),
                    last.date()
                );
                return stance(part, CONTRADICTED, self.all_ids(), detail);
            }
        }
        stance(part, OUTSIDE, Vec::new(), self.covered())
    }

    /// Whether some source's coverage holds the whole period.
    fn covers(&self, from: Option<UtcMicros>, to: Option<UtcMicros>) -> bool {
        let (Some(from), Some(to)) = (from, to) else { return false };
        self.case.coverage.iter().any(|entry| {
            entry.from.is_none_or(|begin| begin <= from) && entry.to.is_none_or(|end| end >= to)
        })
    }

    fn covered(&self) -> String {
        let sources: BTreeSet<&str> =
            self.case.coverage.iter().map(|c| c.source.as_str()).collect();
        if sources.is_empty() {
            return "nothing was covered".to_owned();
        }
        let first = self.case.coverage.iter().filter_map(|entry| entry.from).min();
        let last = self.case.coverage.iter().filter_map(|entry| entry.to).max();
        let day = |time: Option<UtcMicros>| time.map_or("open".to_owned(), UtcMicros::date);
        let sources: Vec<&str> = sources.into_iter().collect();
        format!("covered: {} from {} to {}", sources.join(", "), day(first), day(last))
    }

    /// A named intrusion set against the operator tier.
    fn set(&self, name: &str, known: &str) -> Stance {
        let part = format!("intrusion set: {name}");
        let operators = || self.case.hypotheses.iter().filter(|row| row.tier == "operator");
        let id = |row: &Hypothesis| format!("{}/operator/{}", row.campaign_id, row.name);
        let same: Vec<&Hypothesis> = operators().filter(|row| row.name == known).collect();
        let likely: Vec<&Hypothesis> =
            same.iter().copied().filter(|row| is_likely(row.probability)).collect();
        let others: Vec<&Hypothesis> = operators()
            .filter(|row| row.name != known && row.name != "unknown" && is_likely(row.probability))
            .collect();
        if !likely.is_empty() {
            let detail = format!("{known} is {} here", likely[0].term);
            return stance(part, SUPPORTED, likely.into_iter().map(id).collect(), detail);
        }
        if !others.is_empty() {
            let detail = format!("{} is {} here", others[0].name, others[0].term);
            return stance(part, CONTRADICTED, others.into_iter().map(id).collect(), detail);
        }
        let best = same.iter().map(|row| row.probability).max();
        let detail = match best {
            Some(p) => format!("{known} stands at {} here: evidence that does not decide", p.get()),
            None => format!("{known} is not among the names weighed first here"),
        };
        stance(part, OUTSIDE, Vec::new(), detail)
    }

    /// What is said to have been entered, against the kinds of intrusions.
    fn kinds(&self, claim: &Claim) -> Vec<Stance> {
        [(&*MAILBOX, "mailbox"), (&*STORAGE, "cloud_storage"), (&*CALLS, "call_records")]
            .into_iter()
            .filter_map(|(words, kind)| {
                let found = words.find(&claim.text)?;
                let part = format!("entered: {}", found.as_str());
                let records: Vec<String> = self
                    .intrusions
                    .iter()
                    .filter(|intrusion| intrusion.kinds.iter().any(|known| known == kind))
                    .map(|intrusion| intrusion.intrusion_id.clone())
                    .collect();
                Some(if records.is_empty() {
                    stance(part, OUTSIDE, records, self.covered())
                } else {
                    let detail = format!("{} likely intrusions of this kind", records.len());
                    stance(part, SUPPORTED, records, detail)
                })
            })
            .collect()
    }

    fn account(&self, address: &str) -> Stance {
        let part = format!("account: {address}");
        let waves = self
            .waves
            .iter()
            .filter(|wave| wave.recipients.iter().any(|r| r.eq_ignore_ascii_case(address)));
        let intrusions = self.intrusions.iter().filter(|i| i.account.eq_ignore_ascii_case(address));
        let records: Vec<String> = waves
            .map(|wave| wave.wave_id.clone())
            .chain(intrusions.map(|intrusion| intrusion.intrusion_id.clone()))
            .collect();
        if records.is_empty() {
            stance(part, OUTSIDE, records, self.covered())
        } else {
            let detail = format!("in {} rows", records.len());
            stance(part, SUPPORTED, records, detail)
        }
    }
}

fn stance(part: String, stance: &str, mut records: Vec<String>, detail: String) -> Stance {
    records.sort();
    records.dedup();
    records.truncate(MOST_RECORDS);
    Stance { part, stance: stance.to_owned(), records, detail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use demarche_core::{Period, Probability};

    fn time(text: &str) -> Option<UtcMicros> {
        UtcMicros::parse(text).ok()
    }

    fn case() -> CaseRows {
        let wave = Wave {
            wave_id: "w1:a".into(),
            probability: Probability::new(0.95),
            first_seen: time("2021-03-01T00:00:00Z"),
            last_seen: time("2021-03-02T00:00:00Z"),
            message_uids: (0..12).map(|n| format!("m1:{n}")).collect(),
            recipients: vec!["a@b.example".into()],
            ..Wave::default()
        };
        let coverage = CoverageEntry {
            source: "mail".into(),
            from: time("2010-01-01T00:00:00Z"),
            to: time("2024-01-01T00:00:00Z"),
            ..CoverageEntry::default()
        };
        CaseRows {
            waves: vec![wave],
            coverage: vec![coverage],
            set_names: BTreeMap::from([("apt31".into(), "ZIRCONIUM".into())]),
            ..CaseRows::default()
        }
    }

    fn claim(bound: &str, value: u64, from: &str, to: &str) -> Claim {
        Claim {
            act: Act::Attribute,
            about: vec!["APT31".into(), "China".into()],
            quantities: vec![Quantity {
                text: "emails".into(),
                value,
                bound: bound.into(),
                unit: "emails".into(),
            }],
            period: Period { from: from.into(), to: to.into(), text: "then".into() },
            text: "sent to a@b.example and took telephone call records".into(),
            ..Claim::default()
        }
    }

    fn stances(claim: Claim, case: &CaseRows) -> Vec<(String, String)> {
        let mut claims = vec![claim];
        weigh(&mut claims, case);
        let all = claims.remove(0).stance_of_evidence;
        all.into_iter().map(|s| (s.part.split(':').next().unwrap().to_owned(), s.stance)).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn each_part_is_set_against_the_case() {
        assert_eq!(
            stances(claim("more_than", 10_000, "2021-01-01", "2022-12-31"), &case()),
            pairs(&[
                ("quantity", OUTSIDE),
                ("period", SUPPORTED),
                ("intrusion set", OUTSIDE),
                ("entered", OUTSIDE),
                ("account", SUPPORTED),
            ])
        );
        let found = stances(claim("at_most", 5, "2015-01-01", "2015-12-31"), &case());
        assert_eq!(found[..2], pairs(&[("quantity", CONTRADICTED), ("period", CONTRADICTED)]));
        assert_eq!(stances(claim("at_least", 10, "", ""), &case())[0].1, SUPPORTED);
    }

    #[test]
    fn an_empty_case_contradicts_nothing() {
        let found = stances(claim("exactly", 3, "2021-01-01", ""), &CaseRows::default());
        assert!(found.iter().all(|(_, stance)| stance == OUTSIDE), "{found:?}");
        let deny = Claim { act: Act::Deny, ..claim("exactly", 3, "", "") };
        assert!(stances(deny, &case()).is_empty());
    }

    #[test]
    fn another_set_that_is_likely_contradicts() {
        let mut rows = case();
        rows.hypotheses.push(Hypothesis {
            tier: "operator".into(),
            name: "Leviathan".into(),
            probability: Probability::new(0.8),
            term: "likely".into(),
            ..Hypothesis::default()
        });
        let found = stances(claim("more_than", 1, "", ""), &rows);
        assert!(found.contains(&("intrusion set".to_owned(), CONTRADICTED.to_owned())));
    }
}
