//! Who sits where with what: the state of people that their days in the
//! cloud start from, and the applications that houses know.

use super::agents;
use super::audit::{MOBILE, OUTLOOK, OWA};
use crate::dice::Dice;
use crate::net::{NetKind, Networks};
use crate::people::People;
use crate::time::DAY;

/// An application known to a house.
#[derive(Clone, Debug)]
pub struct App {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Scope.
    pub scope: &'static str,
    /// Whether the house approved it.
    pub approved: bool,
}

/// Applications of the honest world.
#[must_use]
pub fn apps(seed: u64) -> Vec<App> {
    let mut dice = Dice::new(seed, "apps");
    let scopes = [
        "User.Read",
        "Mail.Read offline_access User.Read",
        "Calendars.ReadWrite offline_access",
        "Files.Read.All offline_access",
        "Mail.ReadWrite Mail.Send offline_access",
        "User.Read openid profile",
        "Mail.Read Contacts.Read offline_access",
        "Files.ReadWrite.All",
        "User.Read email",
        "Calendars.Read",
        "Mail.Read User.Read",
    ];
    scopes
        .iter()
        .enumerate()
        .map(|(at, scope)| {
            let mut word = crate::people::invented(&mut dice);
            word[..1].make_ascii_uppercase();
            let what = dice.pick(&[
                "Sync",
                "Notes",
                "Planner",
                "CRM",
                "Scheduler",
                "Reader",
                "Drive",
                "Assistant",
            ]);
            App { id: dice.uuid(), name: format!("{word} {what}"), scope, approved: at < 8 }
        })
        .collect()
}

/// A device or client.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) agent: usize,
    pub(crate) lag: i64,
    pub(crate) app: &'static str,
    pub(crate) session: String,
    pub(crate) until: i64,
}

/// Where somebody sits, with what.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) home: usize,
    pub(crate) ip: String,
    pub(crate) ip_until: i64,
    pub(crate) devices: Vec<Device>,
    pub(crate) trips: Vec<(i64, i64, usize)>,
    pub(crate) vpn: Option<usize>,
    pub(crate) owl: bool,
    pub(crate) imap: bool,
    pub(crate) boss: Option<usize>,
    pub(crate) admin: bool,
    pub(crate) reader: Option<usize>,
    pub(crate) mobile: usize,
    pub(crate) renewals: Vec<i64>,
}

pub(crate) fn device(dice: &mut Dice) -> Device {
    Device {
        agent: agents::draw(dice),
        lag: dice.range(0, 60),
        app: if dice.chance(0.5) { OUTLOOK } else { OWA },
        session: dice.uuid(),
        until: 0,
    }
}

pub(super) fn seats(seed: u64, people: &People, nets: &Networks) -> Vec<Seat> {
    let mut dice = Dice::new(seed, "seats");
    let abroad = nets.of(NetKind::Hotel, None);
    let vpns = nets.of(NetKind::Vpn, None);
    (0..people.staff)
        .map(|person| {
            let country = people.lang(person).country();
            let span = people.to - people.from;
            let trips = (0..dice.count(span as f64 / DAY as f64 / 150.0))
                .map(|_| {
                    let from = people.from + dice.range(0, span);
                    (from, from + dice.range(1, 9) * DAY, *dice.of(&abroad))
                })
                .collect();
            let renewals = (0..dice.count(span as f64 / DAY as f64 / 330.0))
                .map(|_| people.from + dice.range(0, span))
                .collect();
            let mut phone = device(&mut dice);
            phone.agent = 6 + dice.below(2);
            phone.app = MOBILE;
            let mut devices = vec![device(&mut dice), phone];
            if dice.chance(0.35) {
                devices.push(device(&mut dice));
            }
            let colleagues = people.staff_of(people.people[person].institution);
            Seat {
                home: *dice.of(&nets.of(NetKind::Consumer, Some(country))),
                ip: String::new(),
                ip_until: 0,
                devices,
                trips,
                vpn: if dice.chance(0.12) { Some(*dice.of(&vpns)) } else { None },
                owl: dice.chance(0.06),
                imap: dice.chance(0.05),
                boss: dice.chance(0.1).then(|| *dice.of(&colleagues)).filter(|&b| b != person),
                admin: people.people[person].role == "engineer" || dice.chance(0.025),
                reader: dice.chance(0.09).then(|| [1usize, 1, 4, 4, 6, 6, 10][dice.below(7)]),
                mobile: *dice.of(&nets.of(NetKind::Mobile, Some(country))),
                renewals,
            }
        })
        .collect()
}
