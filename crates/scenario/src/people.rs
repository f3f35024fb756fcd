//! Institutions, people, groups and linked accounts.

use crate::dice::Dice;
use crate::text::{Lang, TOPICS};
use crate::time::DAY;

/// Size of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// About 3,000 messages, one year: for tests.
    Xs,
    /// About 60,000 messages, two years.
    S,
    /// About ten times S; where grown, 2,000 people and 14 years.
    M,
    /// Five million short messages, 14 years; grown worlds only.
    L,
}

impl Size {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Xs => "XS",
            Self::S => "S",
            Self::M => "M",
            Self::L => "L",
        }
    }
}

/// How an institution's mail is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailForm {
    /// One mboxrd file a mailbox, some compressed.
    Mbox,
    /// One Maildir a mailbox.
    Maildir,
    /// One zip of `.eml` files.
    Zip,
    /// One tar of `.eml` files.
    Tar,
}

/// How its audit log is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloudForm {
    /// Purview CSV with `AuditData`, with repeated rows.
    Csv,
    /// A JSON array.
    Array,
    /// JSON lines.
    Lines,
}

/// How its web log is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebForm {
    /// Squid native log; TLS is opened for part of the clients.
    Squid,
    /// Zeek `http.log`, TSV.
    ZeekTsv,
    /// Zeek `http.log`, JSON lines.
    ZeekJson,
    /// None.
    None,
}

/// An institution.
#[derive(Clone, Debug)]
pub struct Institution {
    /// Its kind: `parliament`, `board`, `newsroom`, `party`, `firm`.
    pub key: &'static str,
    /// Name in the roster.
    pub name: String,
    /// Mail domain.
    pub domain: String,
    /// Language.
    pub lang: Lang,
    /// Mail form.
    pub mail: MailForm,
    /// Audit log form.
    pub cloud: CloudForm,
    /// Days of audit log kept before the end of the world.
    pub cloud_days: i64,
    /// Web log form.
    pub web: WebForm,
    /// Days of web log kept.
    pub web_days: i64,
    /// Index of its office network.
    pub net: usize,
    /// Days of mail kept before the end of the world.
    pub mail_days: i64,
}

/// A roster group: a committee, a team, or a cause across institutions.
#[derive(Clone, Debug)]
pub struct Group {
    /// Name in the roster.
    pub name: String,
    /// Topic index.
    pub topic: usize,
    /// Members, indexes of people.
    pub members: Vec<usize>,
    /// Whether it spans institutions.
    pub cause: bool,
}

/// A person or a linked account.
#[derive(Clone, Debug)]
pub struct Person {
    /// Roster id.
    pub id: String,
    /// Full name.
    pub name: String,
    /// First name.
    pub first: String,
    /// Mail address, lower case.
    pub address: String,
    /// Institution index.
    pub institution: usize,
    /// Role.
    pub role: String,
    /// Phone, E.164.
    pub phone: String,
    /// City index.
    pub city: usize,
    /// First day of the roster row, where not open.
    pub from: Option<i64>,
    /// Last day of the roster row, where not open.
    pub to: Option<i64>,
    /// The person a linked account belongs to, and whether it is a spouse's.
    pub linked: Option<(usize, bool)>,
    /// Consent reference of a linked account.
    pub consent: String,
    /// Privilege, empty mostly.
    pub privilege: &'static str,
}

/// The people of a world.
pub struct People {
    /// Institutions.
    pub institutions: Vec<Institution>,
    /// People; linked accounts after the staff.
    pub people: Vec<Person>,
    /// Groups.
    pub groups: Vec<Group>,
    /// Number of staff.
    pub staff: usize,
    /// First second of the world.
    pub from: i64,
    /// Last second of the world.
    pub to: i64,
    /// Share of the staff that is there at a time.
    pub presence: f64,
}

const FIRST: [&[&str]; 3] = [
    &[
        "Alice", "Edmund", "Harriet", "Owen", "Priya", "Callum", "Imogen", "Rhys", "Nadia", "Toby",
        "Fiona", "Gareth", "Leila", "Marcus", "Bridget", "Hugo", "Anwen", "Desmond", "Yusuf",
        "Clara", "Sheila", "Angus", "Verity", "Kofi", "Maeve", "Rupert", "Tamsin", "Idris",
    ],
    &[
        "Anke", "Bernd", "Carola", "Dirk", "Elif", "Falk", "Greta", "Hannes", "Ines", "Jonas",
        "Katrin", "Lothar", "Mirjam", "Nils", "Olga", "Peter", "Renate", "Sven", "Tilda", "Uwe",
        "Vera", "Wolf", "Yasemin", "Arne", "Birte", "Emre", "Gisela", "Henning",
    ],
    &[
        "Aurélie",
        "Benoît",
        "Camille",
        "Damien",
        "Élodie",
        "Fabrice",
        "Gaëlle",
        "Hervé",
        "Inès",
        "Julien",
        "Karima",
        "Laurent",
        "Maëlle",
        "Nicolas",
        "Océane",
        "Pascal",
        "Rachida",
        "Simon",
        "Thérèse",
        "Ugo",
        "Violette",
        "Yann",
        "Zoé",
        "Armand",
        "Brigitte",
        "Cyril",
        "Delphine",
        "Étienne",
    ],
];
const LAST: [&[&str]; 3] = [
    &[
        "Ashdown",
        "Birtwell",
        "Carrowe",
        "Denholm",
        "Eastlake",
        "Farthing",
        "Greaves",
        "Hollins",
        "Inchbald",
        "Jessop",
        "Kilbride",
        "Lockyer",
        "Marchmont",
        "Nuttall",
        "Oakshott",
        "Pemberley",
        "Quarrell",
        "Rushworth",
        "Sallow",
        "Thackery",
        "Underhill",
        "Venning",
        "Wexcombe",
        "Yarrow",
        "Blythe",
        "Crosland",
        "Dunster",
        "Fairlie",
    ],
    &[
        "Ahrendt",
        "Brennecke",
        "Clasen",
        "Dettmer",
        "Eberlein",
        "Freiberg",
        "Gellert",
        "Hartwig",
        "Isenberg",
        "Jessen",
        "Kolbe",
        "Lindqvist",
        "Mahlow",
        "Niehaus",
        "Ossietz",
        "Petzold",
        "Quast",
        "Riemann",
        "Söllner",
        "Trautwein",
        "Uhland",
        "Vossler",
        "Wendland",
        "Zierow",
        "Bachmeier",
        "Dornheim",
        "Faßbender",
        "Grünwald",
    ],
    &[
        "Aubertin",
        "Besson",
        "Carlier",
        "Delmas",
        "Escoffier",
        "Fauvel",
        "Garnier",
        "Hamelin",
        "Imbert",
        "Jourdan",
        "Kervella",
        "Lemoine",
        "Mercadier",
        "Noblet",
        "Ollivier",
        "Pasquier",
        "Quesnel",
        "Rivoire",
        "Sabatier",
        "Tessier",
        "Urbain",
        "Vasseur",
        "Wattel",
        "Ybert",
        "Barreau",
        "Chastain",
        "Duhamel",
        "Ferrand",
    ],
];

/// A name of the language, first and last.
pub fn draw_name(dice: &mut Dice, lang: Lang) -> (String, String) {
    let at = lang as usize;
    ((dice.pick(FIRST[at])).to_owned(), (dice.pick(LAST[at])).to_owned())
}

/// Lower-case ASCII of a name, for addresses.
#[must_use]
pub fn ascii(name: &str) -> String {
    let mut out = String::new();
    for letter in name.to_lowercase().chars() {
        match letter {
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'é' | 'è' | 'ê' | 'ë' => out.push('e'),
            'î' | 'ï' => out.push('i'),
            'ç' => out.push('c'),
            'à' | 'â' => out.push('a'),
            'ô' => out.push('o'),
            l if l.is_ascii_alphanumeric() => out.push(l),
            _ => out.push('-'),
        }
    }
    out
}

const SYLLABLES: [&str; 28] = [
    "vel", "nor", "tas", "mir", "kel", "dan", "ros", "bel", "lin", "gar", "sol", "wes", "tor",
    "ana", "brin", "cal", "dor", "eri", "fen", "hal", "jor", "lum", "mar", "ost", "pra", "quin",
    "ser", "ulm",
];

/// An invented word of two or three syllables.
pub fn invented(dice: &mut Dice) -> String {
    let n = 2 + dice.below(2);
    (0..n).map(|_| dice.pick(&SYLLABLES)).collect()
}

pub(crate) fn calling_code(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "+4477009",
        Lang::De => "+4915123",
        Lang::Fr => "+3363998",
    }
}

impl People {
    /// Draws everyone.
    #[must_use]
    pub fn draw(seed: u64, size: Size) -> Self {
        let mut dice = Dice::new(seed, "people");
        let days = if size == Size::Xs { 365 } else { 730 };
        let last_start = if size == Size::Xs { 4 * 365 } else { 3 * 365 };
        let from = (crate::time::days_of(2021, 1, 1) + dice.range(0, last_start - 2)) * DAY;
        let to = from + days * DAY;
        let scale = match size {
            Size::Xs => 0.3,
            Size::S => 1.0,
            Size::M | Size::L => 4.0,
        };
        let mut langs = [Lang::En, Lang::De, Lang::Fr];
        dice.shuffle(&mut langs);
        let mut out = Self {
            institutions: vec![],
            people: vec![],
            groups: vec![],
            staff: 0,
            from,
            to,
            presence: 1.0,
        };
        let cloud_days: Vec<i64> = if size == Size::Xs {
            vec![365, 250, 180, 300, 330]
        } else {
            vec![730, 400, 365, 300, 540]
        };
        let plan: [(&str, f64, usize, MailForm, CloudForm, WebForm); 5] = [
            ("parliament", 76.0, 0, MailForm::Mbox, CloudForm::Csv, WebForm::Squid),
            ("board", 28.0, 1, MailForm::Maildir, CloudForm::Array, WebForm::ZeekJson),
            ("newsroom", 36.0, 2, MailForm::Zip, CloudForm::Lines, WebForm::ZeekTsv),
            ("party", 36.0, dice.below(3), MailForm::Tar, CloudForm::Csv, WebForm::Squid),
            ("firm", 24.0, dice.below(3), MailForm::Mbox, CloudForm::Csv, WebForm::None),
        ];
        let mut taken = std::collections::BTreeSet::new();
        for (index, (key, n, lang, mail, cloud, web)) in plan.into_iter().enumerate() {
            let lang = langs[lang];
            let word = invented(&mut dice);
            let tld = if key == "firm" { "com" } else { ["org.uk", "de", "fr"][lang as usize] };
            let domain = match key {
                "newsroom" => format!("{word}-courier.{tld}"),
                "firm" => format!("{word}tel.{tld}"),
                _ => format!("{key}-{word}.{tld}"),
            };
            let mut title = word.clone();
            title[..1].make_ascii_uppercase();
            out.institutions.push(Institution {
                key,
                name: format!("{title} {key}"),
                domain: domain.clone(),
                lang,
                mail,
                cloud,
                cloud_days: cloud_days[index],
                web,
                web_days: if size == Size::Xs { 300 } else { [500, 365, 300, 420, 0][index] },
                net: 0,
                mail_days: days,
            });
            let count = (n * scale).round() as usize;
            let mut teams: Vec<Group> = vec![];
            let (names, roles): (&[&str], &[&str]) = match key {
                "parliament" => (
                    &[
                        "foreign-affairs",
                        "defence",
                        "budget",
                        "digital",
                        "home-affairs",
                        "fisheries",
                        "energy",
                    ],
                    &["member", "member", "member", "aide", "adviser"],
                ),
                "board" => (
                    &["registers", "it-operations", "legal", "field-offices"],
                    &["officer", "officer", "director", "analyst"],
                ),
                "newsroom" => (
                    &["politics-desk", "investigations", "foreign-desk", "web-desk"],
                    &["reporter", "reporter", "editor", "producer"],
                ),
                "party" => (
                    &["candidates", "campaign-team", "policy", "finance"],
                    &["candidate", "candidate", "campaigner", "adviser"],
                ),
                _ => (
                    &["billing", "support", "network", "sales"],
                    &["clerk", "engineer", "agent", "manager"],
                ),
            };
            for team in names {
                let prefix = if key == "parliament" { "committee" } else { key };
                teams.push(Group {
                    name: format!("{prefix}:{team}"),
                    topic: dice.below(TOPICS),
                    members: vec![],
                    cause: false,
                });
            }
            for nth in 0..count {
                let (first, last) = draw_name(&mut dice, lang);
                let mut local = format!("{}.{}", ascii(&first), ascii(&last));
                while !taken.insert(format!("{local}@{domain}")) {
                    local.push_str(&dice.below(9).to_string());
                }
                let at = out.people.len();
                teams[nth % names.len()].members.push(at);
                if key == "parliament" && dice.chance(0.35) {
                    let other = dice.below(names.len());
                    if other != nth % names.len() {
                        teams[other].members.push(at);
                    }
                }
                let joined = dice.chance(0.12).then(|| from + dice.range(30, days * 6 / 10) * DAY);
                let left = (joined.is_none() && dice.chance(0.1))
                    .then(|| to - dice.range(20, days * 4 / 10) * DAY);
                out.people.push(Person {
                    id: format!("P{:04}", at + 1),
                    name: format!("{first} {last}"),
                    first,
                    address: format!("{local}@{domain}"),
                    institution: index,
                    role: (dice.pick(roles)).to_owned(),
                    phone: format!("{}{:05}", calling_code(lang), 10_000 + at * 7),
                    city: dice.below(6),
                    from: joined,
                    to: left,
                    linked: None,
                    consent: String::new(),
                    privilege: "",
                });
            }
            out.groups.extend(teams);
        }
        out.staff = out.people.len();
        out.causes(&mut dice);
        out.links(&mut dice, size);
        out
    }

    fn causes(&mut self, dice: &mut Dice) {
        let names = [
            "sanctions",
            "minority-rights",
            "sea-cables",
            "election-integrity",
            "press-freedom",
            "export-controls",
        ];
        for (topic, name) in names.into_iter().enumerate() {
            let size = (self.staff / 11).clamp(10, 22);
            let pool: Vec<usize> = (0..self.staff)
                .filter(|&p| self.institutions[self.people[p].institution].key != "firm")
                .collect();
            let mut members = {
                let n = size + dice.below(4);
                dice.sample(&pool, n)
            };
            members.sort_unstable();
            self.groups.push(Group {
                name: format!("cause:{name}"),
                topic: if topic == 5 { 16 } else { topic },
                members,
                cause: true,
            });
        }
    }

    /// Adds spouses' and private accounts, and marks some staff privileged.
    pub(crate) fn links(&mut self, dice: &mut Dice, size: Size) {
        let count = match size {
            Size::Xs => 6,
            Size::S => 14,
            Size::M | Size::L => 50,
        };
        let causes: Vec<usize> =
            self.groups.iter().filter(|g| g.cause).flat_map(|g| g.members.clone()).collect();
        let mut seen = std::collections::BTreeSet::new();
        while seen.len() < count {
            let of = *dice.of(&causes);
            if !seen.insert(of) {
                continue;
            }
            let owner = self.people[of].clone();
            let lang = self.institutions[owner.institution].lang;
            let spouse = dice.chance(0.5);
            let (first, _) = draw_name(dice, lang);
            let first = if spouse { first } else { owner.first.clone() };
            let last = owner.name.split(' ').next_back().unwrap_or("x").to_owned();
            let provider =
                dice.pick(&["gmail.com", "outlook.com", "gmx.net", "proton.me", "orange.fr"]);
            let at = self.people.len();
            let consent =
                if seen.len() == count { String::new() } else { format!("C-{:03}", seen.len()) };
            self.people.push(Person {
                id: format!("L{:04}", seen.len()),
                name: format!("{first} {last}"),
                first: first.clone(),
                address: format!("{}.{}.{}@{provider}", ascii(&first), ascii(&last), dice.hex(5)),
                institution: owner.institution,
                role: if spouse { "spouse" } else { "private account" }.to_owned(),
                phone: if spouse {
                    format!("{}{:05}", calling_code(lang), 60_000 + at)
                } else {
                    owner.phone.clone()
                },
                city: owner.city,
                from: None,
                to: None,
                linked: Some((of, spouse)),
                consent,
                privilege: "",
            });
        }
        for person in &mut self.people[..self.staff] {
            if dice.chance(0.01) {
                person.privilege = "source";
            }
        }
    }

    /// Language of a person.
    #[must_use]
    pub fn lang(&self, person: usize) -> Lang {
        self.institutions[self.people[person].institution].lang
    }

    /// Whether the person is on the roster at a time.
    #[must_use]
    pub fn present(&self, person: usize, time: i64) -> bool {
        let p = &self.people[person];
        p.from.is_none_or(|f| f <= time) && p.to.is_none_or(|t| time < t)
    }

    /// Staff of an institution.
    #[must_use]
    pub fn staff_of(&self, institution: usize) -> Vec<usize> {
        (0..self.staff).filter(|&p| self.people[p].institution == institution).collect()
    }

    /// The linked accounts of a person, without the one that has no consent.
    #[must_use]
    pub fn linked_to(&self, person: usize) -> Vec<usize> {
        (self.staff..self.people.len())
            .filter(|&l| {
                self.people[l].linked.is_some_and(|(of, _)| of == person)
                    && !self.people[l].consent.is_empty()
            })
            .collect()
    }

    /// Names of the groups a person is in.
    #[must_use]
    pub fn groups_of(&self, person: usize) -> Vec<&str> {
        let of = match self.people[person].linked {
            Some((of, false)) => of,
            _ => person,
        };
        self.groups.iter().filter(|g| g.members.contains(&of)).map(|g| g.name.as_str()).collect()
    }
}
