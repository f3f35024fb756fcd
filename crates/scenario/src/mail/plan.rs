//! Who writes what to whom and when: the plan of all mail, small enough for
//! memory; bytes are made later, one message at a time, in order of time.

use crate::dice::{Dice, key};
use crate::mail::engine;
use crate::net::{NetKind, Networks};
use crate::people::{People, Size, ascii, draw_name, invented};
use crate::text::{Lang, Register};
use crate::time::{DAY, HOUR, MINUTE};

/// Why a mass sender writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A newsletter.
    Newsletter,
    /// An invitation sent by mail merge.
    Invite,
    /// A journalist's questions to several people.
    Journalist,
    /// Sales.
    Outreach,
    /// Automatic notices.
    Notice,
    /// Bulk fraud.
    Phish,
    /// Advertising.
    Spam,
    /// A house's own phishing test.
    Simulation,
    /// An agency's mail to reporters.
    Press,
    /// A citizen's letter through a platform.
    Advocacy,
    /// A correspondent abroad.
    Diaspora,
    /// Fraud with a token for each recipient.
    Crime,
    /// A wave of the attack, by number.
    Wave(usize),
}

/// A remote address template of a sender.
#[derive(Clone, Debug)]
pub struct Url {
    /// TLS or not.
    pub https: bool,
    /// Host.
    pub host: String,
    /// Shape, see [`engine::PIXELS`] and [`engine::LINKS`].
    pub shape: &'static str,
}

/// A mass sender.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Why it writes.
    pub kind: Kind,
    /// Display name.
    pub from_name: String,
    /// Address.
    pub from: String,
    /// Reply-To, where it differs.
    pub reply_to: Option<String>,
    /// Name under the text.
    pub signature: String,
    /// Engine.
    pub engine: usize,
    /// Domain of the Message-ID.
    pub id_domain: String,
    /// HTML skeleton; none for plain text.
    pub skeleton: Option<usize>,
    /// Offset of the Date header, minutes.
    pub zone: i64,
    /// Sending host and address.
    pub host: (String, String),
    /// Image.
    pub pixel: Option<Url>,
    /// Link.
    pub link: Option<Url>,
    /// Token format.
    pub token: usize,
    /// Word in its URLs.
    pub word: String,
    /// 0 no list headers, 1 List-Unsubscribe, 2 also List-Id and Feedback-ID.
    pub list: u8,
    /// Language.
    pub lang: Lang,
    /// Register of its texts.
    pub register: Register,
    /// Whether it prints articles of the day.
    pub articles: bool,
    /// SPF and DKIM results.
    pub auth: (&'static str, &'static str),
}

/// One message of a burst.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// Seconds UTC.
    pub time: i64,
    /// First recipient, an index of people.
    pub to: u32,
    /// Second recipient.
    pub also: Option<u32>,
    /// Items with one number share a Message-ID.
    pub batch: u32,
}

/// One sending of a mass sender.
#[derive(Clone, Debug)]
pub struct Burst {
    /// Index of its [`Spec`].
    pub spec: usize,
    /// Number in its URLs.
    pub number: u64,
    /// Topic.
    pub topic: usize,
    /// Day and number of the article, where it prints one.
    pub article: Option<(i64, usize)>,
    /// Different subjects (and articles) within the burst.
    pub subjects: usize,
    /// Length of its text.
    pub bytes: usize,
    /// Key of a text that it shares with other bursts.
    pub text: Option<u64>,
    /// Its messages.
    pub items: Vec<Item>,
}

/// A correspondent outside.
#[derive(Clone, Debug)]
pub struct Contact {
    /// Full name.
    pub name: String,
    /// Organisation.
    pub org: String,
    /// Address.
    pub address: String,
    /// Language.
    pub lang: Lang,
    /// Engine.
    pub engine: usize,
    /// Offset of the Date header; none for the home zone.
    pub zone: Option<i64>,
    /// Sending host and address.
    pub host: (String, String),
    /// Image that a tracking add-on puts into single mails.
    pub pixel: Option<Url>,
}

/// Somebody in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// A person or linked account.
    Person(usize),
    /// A contact.
    Contact(usize),
    /// The sender of a burst, answered.
    Bulk(usize, usize),
}

/// A conversation.
#[derive(Clone, Debug)]
pub struct Thread {
    /// Key of its draws.
    pub key: u64,
    /// Language.
    pub lang: Lang,
    /// Topic.
    pub topic: usize,
    /// Who takes part.
    pub parties: Vec<Party>,
    /// `(time, index of the sender in parties)`.
    pub turns: Vec<(i64, usize)>,
    /// Whether the first turn is a calendar request.
    pub calendar: bool,
}

/// A message to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    /// Thread and turn.
    Turn(u32, u32),
    /// Burst and item.
    Item(u32, u32),
}

/// A news outlet.
#[derive(Clone, Debug)]
pub struct Outlet {
    /// Name.
    pub name: String,
    /// Domain.
    pub domain: String,
    /// Language.
    pub lang: Lang,
}

/// All mail of a world.
pub struct Plan {
    /// Mass senders.
    pub specs: Vec<Spec>,
    /// Their sendings.
    pub bursts: Vec<Burst>,
    /// Correspondents.
    pub contacts: Vec<Contact>,
    /// Conversations.
    pub threads: Vec<Thread>,
    /// Outlets.
    pub outlets: Vec<Outlet>,
}

/// What drawing mail needs.
pub struct Scene<'a> {
    /// Seed of the world.
    pub seed: u64,
    /// Size.
    pub size: Size,
    /// People.
    pub people: &'a People,
    /// Networks.
    pub nets: &'a Networks,
    /// Whether the world is a grown one.
    pub grown: bool,
}

const OUTLET_WORDS: [[&str; 6]; 3] = [
    ["Courier", "Observer", "Dispatch", "Gazette", "Ledger", "Standard"],
    ["Tagblatt", "Rundschau", "Anzeiger", "Kurier", "Zeitung", "Bote"],
    ["Dépêche", "Gazette", "Tribune", "Courrier", "Écho", "Quotidien"],
];

/// Zones seen in Date headers of mass mail, minutes, with weights: most
/// services write UTC, the rest their own country's.
pub const ZONES: [(i64, f64); 8] = [
    (0, 0.42),
    (60, 0.2),
    (120, 0.1),
    (-300, 0.07),
    (-480, 0.05),
    (180, 0.06),
    (480, 0.06),
    (330, 0.04),
];

/// A zone drawn from [`ZONES`].
pub fn draw_zone(dice: &mut Dice) -> i64 {
    ZONES[dice.weighted(&ZONES.map(|z| z.1))].0
}

/// A second on a working day at working hours, or now and then at another
/// time, near `time`.
pub fn working(dice: &mut Dice, time: i64, lang: Lang) -> i64 {
    let mut day = time.div_euclid(DAY);
    while crate::time::weekday(day * DAY) >= 5 && !dice.chance(0.08) {
        day += 1;
    }
    let hour = if dice.chance(0.1) { dice.range(0, 23) } else { dice.range(7, 18) };
    let local = day * DAY + hour * HOUR + dice.range(0, HOUR - 1);
    local - crate::time::offset_at(local, lang.zone()) * 60
}

/// A sending host in a network of `kind`.
pub fn host(dice: &mut Dice, nets: &Networks, kind: NetKind, domain: &str) -> (String, String) {
    let net = *dice.of(&nets.of(kind, None));
    let prefix = dice.pick(&["mail", "mta", "smtp", "srv", "out", "mx"]);
    (format!("{prefix}{}.{domain}", dice.range(1, 40)), nets.address(dice, net, None))
}

/// An outlet's domain words and others, for domains of every naming style.
pub fn domain(dice: &mut Dice, base: &str) -> String {
    let tld = dice.pick(&["com", "org", "net", "eu", "info", "de", "fr", "co.uk", "io", "news"]);
    match dice.below(6) {
        0 => format!("{base}.{tld}"),
        1 => format!(
            "{base}-{}.{tld}",
            dice.pick(&["news", "mail", "media", "online", "press", "events", "info"])
        ),
        2 => format!("{}{base}.{tld}", dice.pick(&["my", "get", "the", "go", "e"])),
        3 => format!("{base}{}.{tld}", invented(dice)),
        4 => format!("{}.{base}.{tld}", dice.pick(&["news", "mail", "email", "info", "mg", "em"])),
        _ => {
            format!("{base}{}.{tld}", dice.pick(&["hub", "group", "daily", "post", "24", "world"]))
        }
    }
}

impl Scene<'_> {
    /// Scale of counts against S.
    #[must_use]
    pub fn scale(&self) -> f64 {
        match self.size {
            Size::Xs => 0.05,
            Size::S => 1.0,
            Size::M if self.grown => 7.7,
            Size::M => 10.0,
            Size::L => 77.0,
        }
    }

    /// Scale of what is drawn for people who may not be there at the time.
    #[must_use]
    pub fn draws(&self) -> f64 {
        self.scale() / self.people.presence
    }

    /// Whether messages are held short.
    #[must_use]
    pub fn lean(&self) -> bool {
        self.size == Size::L
    }

    fn any_time(&self, dice: &mut Dice, lang: Lang) -> i64 {
        let span = self.people.to - self.people.from - 4 * DAY;
        let time = self.people.from + dice.range(0, span);
        working(dice, time, lang)
    }

    /// A mass sender with marks drawn from the common pools.
    pub fn spec(&self, dice: &mut Dice, kind: Kind, lang: Lang, org: &str, domain: &str) -> Spec {
        let service = dice.chance(0.6);
        let (host_kind, host_domain) = if service {
            (NetKind::MailService, format!("{}mail.net", invented(dice)))
        } else {
            (NetKind::Hosting, domain.to_owned())
        };
        let (first, last) = draw_name(dice, lang);
        let local = dice.pick(&[
            "news",
            "info",
            "office",
            "kontakt",
            "contact",
            "hello",
            "redaktion",
            "team",
        ]);
        let media = dice.chance(0.4).then(|| {
            format!(
                "{}.{domain}",
                dice.pick(&["img", "cdn", "track", "links", "media", "t", "click"])
            )
        });
        let apart = if dice.chance(0.25) {
            let word = invented(dice);
            Some(crate::mail::plan::domain(dice, &word))
        } else {
            None
        };
        let web = apart.or(media).unwrap_or_else(|| domain.to_owned());
        let https = dice.chance(0.6);
        let personal = dice.chance(0.45);
        Spec {
            kind,
            from_name: if personal { format!("{first} {last}") } else { org.to_owned() },
            from: if personal && dice.chance(0.7) {
                format!("{}.{}@{domain}", ascii(&first), ascii(&last))
            } else {
                format!("{local}@{domain}")
            },
            reply_to: dice.chance(0.15).then(|| format!("reply@{domain}")),
            signature: format!("{first} {last}\n{org}"),
            engine: dice.below(engine::ENGINES),
            id_domain: if dice.chance(0.4) { host_domain.clone() } else { domain.to_owned() },
            skeleton: Some(dice.below(engine::SKELETONS)),
            zone: draw_zone(dice),
            host: host(dice, self.nets, host_kind, &host_domain),
            pixel: dice.chance(0.8).then(|| Url {
                https,
                host: web.clone(),
                shape: dice.pick(&engine::PIXELS),
            }),
            link: dice.chance(0.85).then(|| Url {
                https,
                host: web.clone(),
                shape: dice.pick(&engine::LINKS),
            }),
            token: dice.below(engine::TOKENS),
            word: invented(dice),
            list: 0,
            lang,
            register: Register::Notice,
            articles: false,
            auth: (
                dice.pick(&["pass", "pass", "pass", "pass", "softfail", "none"]),
                dice.pick(&["pass", "pass", "pass", "none", "fail"]),
            ),
        }
    }
}

impl Plan {
    /// Draws all honest mail, and the ordinary dishonest kind.
    #[must_use]
    pub fn draw(scene: &Scene<'_>) -> Self {
        let mut out = Self {
            specs: vec![],
            bursts: vec![],
            contacts: vec![],
            threads: vec![],
            outlets: vec![],
        };
        out.draw_outlets(scene);
        super::talk::draw(&mut out, scene);
        super::bulk::draw(&mut out, scene);
        out
    }

    fn draw_outlets(&mut self, scene: &Scene<'_>) {
        let mut dice = Dice::new(scene.seed, "outlets");
        for lang in [Lang::En, Lang::De, Lang::Fr] {
            for word in OUTLET_WORDS[lang as usize] {
                let place = invented(&mut dice);
                let mut title = place.clone();
                title[..1].make_ascii_uppercase();
                let tld = dice.pick(&["com", ["co.uk", "de", "fr"][lang as usize], "news", "eu"]);
                self.outlets.push(Outlet {
                    name: if lang == Lang::Fr {
                        format!("{word} de {title}")
                    } else {
                        format!("{title}er {word}")
                    },
                    domain: format!("{place}-{}.{tld}", ascii(word)),
                    lang,
                });
            }
        }
    }

    /// Adds a burst to `people` from `start` on: one message each, now and
    /// then one for two, and with some senders several under one Message-ID,
    /// as merging programs do.
    pub fn burst(
        &mut self,
        dice: &mut Dice,
        spec: usize,
        to: &[usize],
        start: i64,
        gap: f64,
    ) -> usize {
        let kind = self.specs[spec].kind;
        let pairs = match kind {
            Kind::Newsletter | Kind::Notice => 0.0,
            Kind::Journalist => 0.14,
            _ => 0.1,
        };
        let pairs = if dice.chance(0.4) { pairs * 4.0 } else { 0.0 };
        // Whether a sender's program repeats Message-IDs is a matter of the
        // program, so it is the same in all its sendings.
        let repeats = key(spec as u64, "repeats", &[]) % 100 < 14;
        let batch = if repeats { 2 + spec % 4 } else { 1 };
        let mut time = start;
        let mut items: Vec<Item> = vec![];
        let mut next = to.iter();
        while let Some(&person) = next.next() {
            time += 1 + dice.exponential(gap) as i64;
            let also = if dice.chance(pairs) { next.next().map(|&p| p as u32) } else { None };
            let batch = (items.len() / batch) as u32;
            items.push(Item { time, to: person as u32, also, batch });
        }
        self.bursts.push(Burst {
            spec,
            number: 1000 + dice.below(90_000) as u64,
            topic: dice.below(crate::text::TOPICS),
            article: None,
            subjects: 1,
            bytes: 1100 + dice.below(2200),
            text: None,
            items,
        });
        self.bursts.len() - 1
    }

    /// All messages in order of time.
    #[must_use]
    pub fn entries(&self) -> Vec<(i64, Entry)> {
        let mut out = vec![];
        for (at, thread) in self.threads.iter().enumerate() {
            for (turn, (time, _)) in thread.turns.iter().enumerate() {
                out.push((*time, Entry::Turn(at as u32, turn as u32)));
            }
        }
        for (at, burst) in self.bursts.iter().enumerate() {
            for (nth, item) in burst.items.iter().enumerate() {
                out.push((item.time, Entry::Item(at as u32, nth as u32)));
            }
        }
        out.sort_unstable();
        out
    }

    /// Adds answers of `people` to a burst's messages, as `(item, person)`.
    pub fn answer(&mut self, scene: &Scene<'_>, dice: &mut Dice, burst: usize, item: usize) {
        let it = self.bursts[burst].items[item];
        let lang = scene.people.lang(it.to as usize);
        let time = it.time + 10 * MINUTE + dice.exponential(9.0 * HOUR as f64) as i64;
        if time >= scene.people.to {
            return;
        }
        let back = dice
            .chance(0.35)
            .then(|| (time + dice.exponential(10.0 * HOUR as f64) as i64 + 300, 1));
        let mut turns = vec![(time, 0)];
        turns.extend(back.filter(|b| b.0 < scene.people.to));
        self.threads.push(Thread {
            key: key(scene.seed, "answer", &[burst as u64, item as u64]),
            lang,
            topic: self.bursts[burst].topic,
            parties: vec![Party::Person(it.to as usize), Party::Bulk(burst, item)],
            turns,
            calendar: false,
        });
    }

    /// A time in the world, for other modules' draws.
    pub fn time(scene: &Scene<'_>, dice: &mut Dice, lang: Lang) -> i64 {
        scene.any_time(dice, lang)
    }
}
