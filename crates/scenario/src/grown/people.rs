//! People of grown worlds: seats that change hands, elections, retention by
//! institution, causes of every aim.

use std::collections::BTreeSet;

use crate::dice::Dice;
use crate::people::{
    CloudForm, Group, Institution, MailForm, People, Person, Size, WebForm, ascii, calling_code,
    draw_name, invented,
};
use crate::text::{Lang, TOPICS};
use crate::time::DAY;

/// Causes across institutions, with their topics: the last three are what
/// the classic worlds lack.
const CAUSES: [(&str, usize); 9] = [
    ("sanctions", 0),
    ("minority-rights", 1),
    ("sea-cables", 2),
    ("election-integrity", 3),
    ("press-freedom", 4),
    ("export-controls", 16),
    ("diaspora-association", 13),
    ("foreign-investment", 12),
    ("port-security", 19),
];

/// Days between two elections.
const TERM: i64 = 4 * 365;

struct House {
    key: &'static str,
    share: f64,
    mail: MailForm,
    cloud: CloudForm,
    web: WebForm,
    /// Years of mail kept, where the world is longer.
    mail_years: i64,
    teams: &'static [&'static str],
    roles: &'static [&'static str],
    /// Whether seats change hands at elections.
    elected: bool,
}

const HOUSES: [House; 5] = [
    House {
        key: "parliament",
        share: 0.38,
        mail: MailForm::Mbox,
        cloud: CloudForm::Csv,
        web: WebForm::Squid,
        mail_years: 14,
        teams: &[
            "foreign-affairs",
            "defence",
            "budget",
            "digital",
            "home-affairs",
            "fisheries",
            "energy",
        ],
        roles: &["member", "member", "member", "aide", "adviser"],
        elected: true,
    },
    House {
        key: "board",
        share: 0.14,
        mail: MailForm::Maildir,
        cloud: CloudForm::Array,
        web: WebForm::ZeekJson,
        mail_years: 7,
        teams: &["registers", "it-operations", "legal", "field-offices"],
        roles: &["officer", "officer", "director", "analyst"],
        elected: false,
    },
    House {
        key: "newsroom",
        share: 0.18,
        mail: MailForm::Zip,
        cloud: CloudForm::Lines,
        web: WebForm::ZeekTsv,
        mail_years: 10,
        teams: &["politics-desk", "investigations", "foreign-desk", "web-desk"],
        roles: &["reporter", "reporter", "editor", "producer"],
        elected: false,
    },
    House {
        key: "party",
        share: 0.18,
        mail: MailForm::Tar,
        cloud: CloudForm::Csv,
        web: WebForm::Squid,
        mail_years: 12,
        teams: &["candidates", "campaign-team", "policy", "finance"],
        roles: &["candidate", "candidate", "campaigner", "adviser"],
        elected: true,
    },
    House {
        key: "firm",
        share: 0.12,
        mail: MailForm::Mbox,
        cloud: CloudForm::Csv,
        web: WebForm::None,
        mail_years: 5,
        teams: &["billing", "support", "network", "sales"],
        roles: &["clerk", "engineer", "agent", "manager"],
        elected: false,
    },
];

/// Staff and days of a size.
fn extent(size: Size) -> (usize, i64) {
    match size {
        Size::Xs => (60, 365),
        Size::S => (200, 730),
        Size::M => (2_000, 14 * 365),
        Size::L => (4_000, 14 * 365),
    }
}

/// Spans of one seat after another, `(from, to)` in seconds, open where they
/// reach beyond the world.
fn seat(
    dice: &mut Dice,
    (from, to): (i64, i64),
    elections: &[i64],
    elected: bool,
) -> Vec<(Option<i64>, Option<i64>)> {
    let mut out = vec![];
    let mut begin = from - dice.range(0, 3 * 365) * DAY;
    while begin < to {
        let next = elections.iter().copied().find(|&e| e > begin.max(from));
        let mut end = begin + (200 + dice.exponential(7.0 * 365.0) as i64) * DAY;
        // An election ends a third of the mandates that live to see it.
        let mut at = next;
        while let Some(day) = at.filter(|&d| elected && d < end) {
            if dice.chance(0.35) {
                end = day;
            }
            at = elections.iter().copied().find(|&e| e > day);
        }
        if end > from {
            out.push(((begin > from).then_some(begin), (end < to).then_some(end)));
        }
        begin = if elections.contains(&end) {
            end + dice.range(1, 20) * DAY
        } else {
            end + dice.range(5, 90) * DAY
        };
    }
    out
}

/// Draws everyone.
#[must_use]
pub fn draw(seed: u64, size: Size) -> People {
    let mut dice = Dice::new(seed, "grown-people");
    let (staff, days) = extent(size);
    let last = crate::time::days_of(2024, 6, 1) - days;
    let from = (last - dice.range(0, 2 * 365)) * DAY;
    let to = from + days * DAY;
    let first_election = from + dice.range(100, TERM) * DAY;
    let elections: Vec<i64> =
        (0..5).map(|n| first_election + n * TERM * DAY).filter(|&e| e < to - 30 * DAY).collect();
    let mut langs = [Lang::En, Lang::De, Lang::Fr];
    dice.shuffle(&mut langs);
    let own = [langs[0], langs[1], langs[2], *dice.of(&langs), *dice.of(&langs)];
    let year = size == Size::Xs;
    let mut out = People {
        institutions: vec![],
        people: vec![],
        groups: vec![],
        staff: 0,
        from,
        to,
        presence: 1.0,
    };
    let mut taken = BTreeSet::new();
    for (index, house) in HOUSES.iter().enumerate() {
        let lang = own[index];
        let word = invented(&mut dice);
        let tld = if house.key == "firm" { "com" } else { ["org.uk", "de", "fr"][lang as usize] };
        let domain = match house.key {
            "newsroom" => format!("{word}-courier.{tld}"),
            "firm" => format!("{word}tel.{tld}"),
            key => format!("{key}-{word}.{tld}"),
        };
        let mut title = word.clone();
        title[..1].make_ascii_uppercase();
        let kept = [365, 300, 540, 730, 400];
        out.institutions.push(Institution {
            key: house.key,
            name: format!("{title} {}", house.key),
            domain: domain.clone(),
            lang,
            // A Maildir of millions of files is nobody's export.
            mail: if size == Size::L && house.mail == MailForm::Maildir {
                MailForm::Mbox
            } else {
                house.mail
            },
            cloud: house.cloud,
            cloud_days: dice.pick(&kept).min(days),
            web: house.web,
            web_days: if house.web == WebForm::None { 0 } else { dice.range(200, 500).min(days) },
            net: 0,
            mail_days: (house.mail_years * 365).min(days),
        });
        let want = (staff as f64 * house.share).round() as usize;
        let mut teams: Vec<Group> = house
            .teams
            .iter()
            .map(|team| {
                let prefix = if house.key == "parliament" { "committee" } else { house.key };
                Group {
                    name: format!("{prefix}:{team}"),
                    topic: dice.below(TOPICS),
                    members: vec![],
                    cause: false,
                }
            })
            .collect();
        let mut spans = vec![];
        let mut seats = 0;
        while spans.len() < want {
            let team = seats % teams.len();
            seats += 1;
            let of = seat(&mut dice, (from, to), &elections, house.elected);
            spans.extend(of.into_iter().map(|span| (team, span)));
        }
        spans.truncate(want);
        for (team, (joined, left)) in spans {
            let (first, last) = draw_name(&mut dice, lang);
            let mut local = format!("{}.{}", ascii(&first), ascii(&last));
            while !taken.insert(format!("{local}@{domain}")) {
                local.push_str(&dice.below(9).to_string());
            }
            let at = out.people.len();
            teams[team].members.push(at);
            if house.key == "parliament" && dice.chance(0.35) {
                let other = dice.below(teams.len());
                if other != team {
                    teams[other].members.push(at);
                }
            }
            out.people.push(Person {
                id: format!("P{:04}", at + 1),
                name: format!("{first} {last}"),
                first,
                address: format!("{local}@{domain}"),
                institution: index,
                role: dice.pick(house.roles).to_owned(),
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
    let lived: i64 = out
        .people
        .iter()
        .map(|p| p.to.unwrap_or(to).min(to) - p.from.unwrap_or(from).max(from))
        .sum();
    out.presence = (lived as f64 / (out.staff as f64 * (to - from) as f64)).clamp(0.05, 1.0);
    causes(&mut out, &mut dice, year);
    out.links(&mut dice, size);
    out
}

fn causes(people: &mut People, dice: &mut Dice, few: bool) {
    let there = people.staff as f64 * people.presence;
    let count = if few { 7 } else { CAUSES.len() };
    for (name, topic) in CAUSES.into_iter().take(count) {
        // So many at a time; with turnover, more over the years.
        let at_a_time = (there as usize / 11).clamp(9, 22) + dice.below(6);
        let n = (at_a_time as f64 / people.presence) as usize;
        let pool: Vec<usize> = (0..people.staff)
            .filter(|&p| people.institutions[people.people[p].institution].key != "firm")
            .collect();
        let mut members = dice.sample(&pool, n);
        members.sort_unstable();
        people.groups.push(Group { name: format!("cause:{name}"), topic, members, cause: true });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_change_hands_and_elections_do_most_of_it() {
        let people = draw(5, Size::M);
        assert_eq!(people.staff, 2_000);
        assert_eq!((people.to - people.from) / DAY, 14 * 365);
        assert!((0.2..0.8).contains(&people.presence), "{}", people.presence);
        let mut ends = std::collections::BTreeMap::new();
        for person in &people.people[..people.staff] {
            let key = people.institutions[person.institution].key;
            assert!(person.from.is_none_or(|f| person.to.is_none_or(|t| f < t)));
            if let Some(end) = person.to.filter(|_| key == "parliament") {
                *ends.entry(end / DAY).or_insert(0) += 1;
            }
        }
        let mut days: Vec<i32> = ends.into_values().collect();
        days.sort_unstable();
        assert!(days.iter().rev().take(3).sum::<i32>() > 60, "elections end many mandates");
        let kept: BTreeSet<i64> = people.institutions.iter().map(|i| i.mail_days).collect();
        assert!(kept.len() > 2, "retention differs");
    }

    #[test]
    fn small_worlds_have_everybody() {
        for seed in 0..6 {
            let people = draw(seed, Size::Xs);
            assert_eq!(people.staff, 60);
            assert!(people.groups.iter().any(|g| g.name == "cause:diaspora-association"));
            assert!(people.groups.iter().filter(|g| g.cause).all(|g| g.members.len() >= 9));
            let addresses: BTreeSet<&str> =
                people.people.iter().map(|p| p.address.as_str()).collect();
            assert_eq!(addresses.len(), people.people.len());
        }
    }
}
