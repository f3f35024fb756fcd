//! A parliament of sixty with a year of ordinary mail, to which tests add bursts.

use demarche_core::{
    ContextEntry, CoverageEntry, EvidenceRef, Fetch, MailFeatures, MessageUid, RosterEntry,
    UrlFeature, UrlPlace, UtcMicros,
};

use super::super::{CampaignInput, CampaignOutput, Parameters, find};
use crate::input::{Context, MailRow, Networks, Roster};

/// A mailing, with the traits that tests vary.
#[derive(Clone)]
pub(super) struct Mailing {
    pub(super) from: String,
    pub(super) name: String,
    pub(super) subject: String,
    pub(super) to: Vec<String>,
    pub(super) day: i64,
    pub(super) host: String,
    pub(super) grammar: String,
    /// One token for each message, else one for all.
    pub(super) unique: bool,
    pub(super) text: u32,
    pub(super) skeleton: String,
    pub(super) header_order: String,
    pub(super) bulk: bool,
    /// Every n-th recipient answers; 0 nobody.
    pub(super) answered: usize,
    pub(super) place: UrlPlace,
}

impl Mailing {
    pub(super) fn new(from: &str, to: Vec<String>, day: i64) -> Self {
        let domain = from.rsplit('@').next().unwrap_or("").to_owned();
        Self {
            from: from.to_owned(),
            name: domain.split('.').next().unwrap_or("").replace('-', " "),
            subject: format!("an announcement of {domain} on day {day}"),
            to,
            day,
            host: format!("t.{domain}"),
            grammar: "/r/{hex32}".to_owned(),
            unique: true,
            text: u32::try_from(domain.len() * 1000).unwrap_or(0) + u32::try_from(day).unwrap_or(0),
            skeleton: format!("skeleton of {domain}"),
            header_order: "from to subject date message-id".to_owned(),
            bulk: false,
            answered: 0,
            place: UrlPlace::Img,
        }
    }
}

#[derive(Default)]
pub(super) struct World {
    pub(super) mails: Vec<MailRow>,
    pub(super) roster: Vec<RosterEntry>,
    pub(super) context: Vec<ContextEntry>,
    pub(super) fetches: Vec<Fetch>,
    pub(super) coverage: Vec<CoverageEntry>,
    serial: u64,
}

pub(super) fn person(n: usize) -> String {
    format!("member{n}@parliament.example")
}

/// 64 MinHash values of a text; texts of different numbers share none.
pub(super) fn text(number: u32) -> Vec<u32> {
    (0..64).map(|i| number.wrapping_mul(64).wrapping_add(i)).collect()
}

pub(super) fn day(day: i64, hour: i64) -> UtcMicros {
    UtcMicros::from_micros((19_000 + day) * UtcMicros::DAY + hour * UtcMicros::HOUR).unwrap()
}

impl World {
    /// Sixty members in six committees of ten, newsletters of two outlets, letters, and
    /// sixty honest mailings, most of them answered, a fifth to one committee, some from
    /// societies that write again.
    pub(super) fn new() -> Self {
        let mut world = Self::default();
        for n in 0..60 {
            world.roster.push(RosterEntry {
                person_id: format!("p{n}"),
                name: format!("Member {n}"),
                addresses: vec![person(n)],
                groups: vec![format!("committee {}", n / 10)],
                institution: "Parliament".into(),
                kind: "staff".into(),
                ..RosterEntry::default()
            });
        }
        world.roster.push(RosterEntry {
            person_id: "p3s".into(),
            addresses: vec!["spouse3@postbox.example".into()],
            institution: "Parliament".into(),
            kind: "linked".into(),
            ..RosterEntry::default()
        });
        for week in 0..50 {
            for (outlet, readers) in [("harbourpost.example", 40), ("morningherald.example", 30)] {
                let to = (0..readers).map(|n| person((n * 7 + week) % 60)).collect();
                let mut mailing =
                    Mailing::new(&format!("news@{outlet}"), to, i64::try_from(week).unwrap() * 7);
                mailing.bulk = true;
                world.send(&mailing);
            }
        }
        for n in 0..60_usize {
            let days = i64::try_from(n).unwrap() * 5 + 5;
            let to = if n.is_multiple_of(5) {
                (0..8).map(|i| person((n / 5 % 6) * 10 + i)).collect()
            } else {
                (0..8).map(|i| person((n * 5 + i * 7) % 60)).collect()
            };
            let mut mailing = Mailing::new(&format!("office@society{}.example", n % 45), to, days);
            mailing.answered = if n.is_multiple_of(3) { 0 } else { 4 };
            mailing.header_order = format!("order {}", n % 4);
            world.send(&mailing);
        }
        world
    }

    pub(super) fn send(&mut self, mailing: &Mailing) -> Vec<usize> {
        let mut rows = Vec::new();
        for (n, recipients) in mailing.to.iter().enumerate() {
            self.serial += 1;
            let serial = self.serial;
            let to: Vec<String> = recipients.split(' ').map(str::to_owned).collect();
            let token = format!("{:032x}", blake3::hash(&[u8::from(mailing.unique)]).as_bytes()[0])
                .replace("00000000", &format!("{:08x}", if mailing.unique { serial } else { 7 }));
            let path = mailing.grammar.replace("{hex32}", &token);
            let domain = mailing.from.rsplit('@').next().unwrap_or("").to_owned();
            let at = day(mailing.day, 9)
                .saturating_add(i64::try_from(n).unwrap() * 60 * UtcMicros::SECOND);
            let id = format!("{serial}@{domain}");
            let registrable = mailing
                .host
                .rsplitn(3, '.')
                .take(2)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect::<Vec<_>>()
                .join(".");
            rows.push(self.mails.len());
            self.mails.push(MailRow {
                message_uid: MessageUid::of_canonical(id.as_bytes()),
                mailbox: to[0].clone(),
                message_id: id.clone(),
                from: mailing.from.clone(),
                from_name: mailing.name.clone(),
                to: to.clone(),
                date: Some(at),
                received: Some(at),
                subject: mailing.subject.clone(),
                evidence: EvidenceRef {
                    path: "archive.mbox".into(),
                    offset: serial * 1000,
                    length: 999,
                    ..EvidenceRef::default()
                },
                features: MailFeatures {
                    from_domain: domain.clone(),
                    urls: vec![UrlFeature {
                        url: format!("https://{}{path}", mailing.host),
                        place: mailing.place,
                        host: mailing.host.clone(),
                        domain: registrable,
                        template: format!("{}{}", mailing.host, mailing.grammar),
                        grammar: mailing.grammar.clone(),
                        tokens: vec![token],
                    }],
                    minhash: text(mailing.text),
                    words: 200,
                    skeleton: mailing.skeleton.clone(),
                    skeleton_tags: 30,
                    header_order: mailing.header_order.clone(),
                    message_id_shape: "d@".into(),
                    bulk_markers: if mailing.bulk { vec!["list-id".into()] } else { vec![] },
                    subject_key: mailing.subject.to_lowercase(),
                    persona_words: mailing
                        .name
                        .to_lowercase()
                        .split_whitespace()
                        .map(str::to_owned)
                        .collect(),
                    ..MailFeatures::default()
                },
                ..MailRow::default()
            });
            if mailing.answered > 0 && n.is_multiple_of(mailing.answered) {
                self.answer(&to[0], &mailing.from, &id, at.saturating_add(5 * UtcMicros::HOUR));
            }
        }
        rows
    }

    fn answer(&mut self, from: &str, to: &str, id: &str, at: UtcMicros) {
        self.serial += 1;
        let own = format!("{}@parliament.example", self.serial);
        self.mails.push(MailRow {
            message_uid: MessageUid::of_canonical(own.as_bytes()),
            mailbox: from.to_owned(),
            message_id: own,
            from: from.to_owned(),
            to: vec![to.to_owned()],
            date: Some(at),
            received: Some(at),
            in_reply_to: vec![id.to_owned()],
            features: MailFeatures {
                from_domain: "parliament.example".into(),
                is_reply: true,
                ..MailFeatures::default()
            },
            ..MailRow::default()
        });
    }

    /// A wave as the public record tells it: an outlet's text under its headline, from a
    /// domain like the outlet's, to one committee, one of them with a spouse.
    pub(super) fn attack(committee: usize, at: i64, domain: &str) -> Mailing {
        let mut to: Vec<String> = (0..8).map(|i| person(committee * 10 + i)).collect();
        if committee == 0 {
            to[3].push_str(" spouse3@postbox.example");
        }
        let mut mailing = Mailing::new(&format!("desk@{domain}"), to, at);
        let week = at / 7 * 7;
        mailing.name = "Anna Berg Harbour Post".into();
        mailing.subject = format!("an announcement of harbourpost.example on day {week}");
        mailing.text = Mailing::new("news@harbourpost.example", vec![], week).text;
        mailing.host = format!("img.{domain}");
        mailing.grammar = "/v/{hex32}/open.gif".into();
        mailing.skeleton = "thin skeleton".into();
        mailing.header_order = "subject from to date".into();
        mailing
    }

    pub(super) fn find(&self) -> CampaignOutput {
        self.find_with(&Parameters::default())
    }

    pub(super) fn find_with(&self, parameters: &Parameters) -> CampaignOutput {
        let roster = Roster::new(self.roster.clone());
        let context = Context::new(self.context.clone());
        let input = CampaignInput {
            mails: &self.mails,
            roster: &roster,
            context: &context,
            networks: &Networks::default(),
            fetches: &self.fetches,
            coverage: &self.coverage,
        };
        find(&input, parameters)
    }

    /// Highest probability of a wave with a sender of `domain`.
    pub(super) fn probability(&self, domain: &str) -> f64 {
        let parameters = Parameters {
            floor: demarche_core::Probability::new(0.0),
            budget: 9999,
            ..Parameters::default()
        };
        let output = self.find_with(&parameters);
        let of = output.waves.iter().filter(|w| w.senders.iter().any(|s| s.ends_with(domain)));
        for wave in of.clone() {
            print_parts(wave);
        }
        of.map(|wave| wave.probability.get()).fold(0.0, f64::max)
    }
}

/// Shown when a test fails.
#[allow(clippy::print_stdout)]
pub(super) fn print_parts(wave: &demarche_core::Wave) {
    println!("{:?} {}", wave.senders, wave.probability.get());
    for part in &wave.features {
        println!("  {:+.2} {}: {}", part.log_likelihood_ratio.nats(), part.name, part.detail);
    }
}
