//! A day in the cloud: what people, services and intruders leave in the
//! audit log.
//!
//! Everything is simulated a day at a time, so that a large world needs no
//! more memory than a day. Honest life holds all that an intruder does, one
//! by one: new devices, foreign and rented addresses, old protocols, nights,
//! delegates, administrators, applications, forwarding rules.

pub mod agents;
pub mod audit;
mod intruder;
mod seat;

use std::collections::BTreeMap;

use crate::attack::intrusion::Intrusion;
use crate::dice::{Dice, key};
use crate::grown::{intruders, life};
use crate::net::{NetKind, Networks};
use crate::people::{People, Size, ascii};
use crate::time::{DAY, HOUR, MINUTE};
use audit::{Event, MOBILE, OUTLOOK, OWA, Op};
pub use seat::{App, apps};
pub(crate) use seat::{Device, Seat};
use seat::{device, seats};

/// Message ids of a mailbox with their times, in order of time.
pub type Mailboxes = Vec<Vec<(i64, String)>>;

/// What the simulation found to be the intruders' first and last records.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// First.
    pub first: i64,
    /// Last.
    pub last: i64,
    /// Records.
    pub records: usize,
    /// Sittings, [`SITTING`] or more apart.
    pub sittings: usize,
    /// Seconds of the longest pause.
    pub longest_gap: i64,
    /// Seconds between two sittings, the median.
    pub usual_gap: i64,
}

/// Seconds without a record after which a new sitting begins.
pub const SITTING: i64 = 6 * HOUR;

impl Seen {
    /// What the times of an intruder's records tell; none where there are none.
    #[must_use]
    pub fn of(mut times: Vec<i64>) -> Option<Self> {
        times.sort_unstable();
        let gaps: Vec<i64> = times.windows(2).map(|w| w[1] - w[0]).collect();
        let mut between: Vec<i64> = gaps.iter().copied().filter(|&g| g >= SITTING).collect();
        between.sort_unstable();
        Some(Self {
            first: *times.first()?,
            last: *times.last()?,
            records: times.len(),
            sittings: 1 + gaps.iter().filter(|g| **g >= SITTING).count(),
            longest_gap: gaps.into_iter().max().unwrap_or(0),
            usual_gap: between.get(between.len() / 2).copied().unwrap_or(0),
        })
    }
}

/// The house whose days are simulated.
pub struct House<'a> {
    /// Seed.
    pub seed: u64,
    /// Size.
    pub size: Size,
    /// People.
    pub people: &'a People,
    /// Networks.
    pub nets: &'a Networks,
    /// Institution.
    pub institution: usize,
    /// Messages a mailbox holds.
    pub mailboxes: &'a Mailboxes,
    /// Intrusions of the world.
    pub intrusions: &'a [Intrusion],
    /// Applications.
    pub apps: &'a [App],
    /// Whether people live as in grown worlds.
    pub grown: bool,
}

impl House<'_> {
    /// An event of a person's device.
    pub(crate) fn base(&self, time: i64, person: usize, ip: String, device: &Device) -> Event {
        let address = self.people.people[person].address.clone();
        Event {
            time,
            op: Op::Sync,
            user: address.clone(),
            owner: address,
            ip,
            agent: agents::agent(device.agent, time, device.lag),
            device: device.agent,
            session: device.session.clone(),
            app: device.app.to_owned(),
            logon: 0,
            folder: "\\Inbox",
        }
    }

    /// Some of the last messages before a time.
    pub(crate) fn recent(
        &self,
        dice: &mut Dice,
        person: usize,
        time: i64,
        reach: usize,
        n: usize,
    ) -> Vec<String> {
        let all = &self.mailboxes[person];
        let end = all.partition_point(|m| m.0 < time);
        if end == 0 {
            return vec![];
        }
        let begin = end.saturating_sub(reach);
        (0..n)
            .map(|_| all[begin + dice.below(end - begin)].1.clone())
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    /// Runs the days that the log covers and hands each day's events, in
    /// order, to `sink`. Returns what was seen of each intrusion.
    ///
    /// # Errors
    ///
    /// What `sink` returns.
    pub fn run(
        &self,
        mut sink: impl FnMut(i64, Vec<Event>) -> std::io::Result<()>,
    ) -> std::io::Result<Vec<(usize, Seen)>> {
        let institution = &self.people.institutions[self.institution];
        let label = format!("cloud{}", self.institution);
        let mut seats = seats(self.seed, self.people, self.nets);
        let members = self.people.staff_of(self.institution);
        let begin = (self.people.to - institution.cloud_days * DAY).max(self.people.from);
        let mut seen: BTreeMap<usize, Vec<i64>> = BTreeMap::new();
        let mut day = begin / DAY;
        while day * DAY < self.people.to {
            let mut events = vec![];
            for &person in &members {
                let mut dice = Dice::keyed(key(self.seed, &label, &[day as u64, person as u64]));
                if self.people.present(person, day * DAY) {
                    self.person_day(&mut dice, person, &mut seats[person], day, &mut events);
                }
            }
            let mut dice = Dice::keyed(key(self.seed, &label, &[day as u64]));
            self.house_day(&mut dice, &members, day, &mut events);
            let honest = events.len();
            for (at, intrusion) in self.intrusions.iter().enumerate() {
                if self.people.people[intrusion.person].institution == self.institution {
                    let before = events.len();
                    let current = seats[intrusion.person].devices[0].session.clone();
                    match &intrusion.style {
                        Some(style) => {
                            intruders::day(self, intrusion, style, &seats, day, &mut events);
                        }
                        None => intruder::day(self, intrusion, day, &current, &mut events),
                    }
                    for event in &events[before..] {
                        if event.time >= begin && event.time < self.people.to {
                            seen.entry(at).or_default().push(event.time);
                        }
                    }
                }
            }
            debug_assert!(honest <= events.len());
            events.retain(|e| e.time >= begin && e.time < self.people.to);
            events.sort_by(|a, b| (a.time, &a.user, &a.ip).cmp(&(b.time, &b.user, &b.ip)));
            sink(day, events)?;
            day += 1;
        }
        Ok(seen.into_iter().filter_map(|(at, times)| Some((at, Seen::of(times)?))).collect())
    }

    fn person_day(
        &self,
        dice: &mut Dice,
        person: usize,
        seat: &mut Seat,
        day: i64,
        out: &mut Vec<Event>,
    ) {
        let lang = self.people.lang(person);
        let now = day * DAY;
        let weekend = crate::time::weekday(now) >= 5;
        // Draws of state come first and always, so that a day's activity
        // does not move the next one's state.
        if now >= seat.ip_until {
            seat.ip = self.nets.address(dice, seat.home, Some(self.people.people[person].city));
            seat.ip_until = now + dice.range(15, 90) * DAY;
        }
        let renew = seat.renewals.iter().any(|&r| r / DAY == day);
        if renew {
            let at = dice.below(seat.devices.len());
            let phone = seat.devices[at].app == MOBILE;
            seat.devices[at] = device(dice);
            if phone {
                seat.devices[at].agent = 6 + dice.below(2);
                seat.devices[at].app = MOBILE;
            }
        }
        let fresh = self.grown && (renew || self.new_program(dice, person, seat, day));
        let trip = seat.trips.iter().find(|t| (t.0..t.1).contains(&now)).map(|t| t.2);
        let active = if weekend { 0.22 } else { 0.86 };
        if !dice.chance(active) {
            return;
        }
        let volume = match self.size {
            Size::Xs => 0.35,
            _ => 0.45,
        };
        let mut synced = false;
        for _ in 0..1 + dice.count(volume) {
            let hour = if seat.owl && dice.chance(0.6) {
                dice.range(21, 27)
            } else if dice.chance(0.06) {
                dice.range(5, 23)
            } else {
                dice.range(8, 18)
            };
            let local = now + hour * HOUR + dice.range(0, HOUR - 1);
            let time = local - crate::time::offset_at(local, lang.zone()) * 60;
            let mut at = dice.weighted(&[0.62, 0.26, 0.12]).min(seat.devices.len() - 1);
            if seat.imap && dice.chance(0.5) {
                at = 0;
            }
            let phone = seat.devices[at].app == MOBILE;
            let institution_net = self.people.institutions[self.institution].net;
            let ip = match trip {
                Some(hotel) if phone || dice.chance(0.7) => self.nets.address(
                    &mut Dice::keyed(key(self.seed, "hotel", &[person as u64, (day / 3) as u64])),
                    hotel,
                    None,
                ),
                Some(_) => self.nets.address(dice, seat.mobile, None),
                None => {
                    if seat.vpn.is_some() && dice.chance(0.3) {
                        let vpn = seat.vpn.unwrap_or(seat.home);
                        self.nets.address(
                            &mut Dice::keyed(key(
                                self.seed,
                                "vpn",
                                &[person as u64, (day / 5) as u64],
                            )),
                            vpn,
                            None,
                        )
                    } else if phone && dice.chance(0.6) {
                        self.nets.address(
                            &mut Dice::keyed(key(self.seed, "cell", &[person as u64, day as u64])),
                            seat.mobile,
                            None,
                        )
                    } else if !weekend && dice.chance(0.66) {
                        self.nets.address(
                            &mut Dice::keyed(key(self.seed, "desk", &[(person % 3) as u64])),
                            institution_net,
                            None,
                        )
                    } else {
                        seat.ip.clone()
                    }
                }
            };
            let ip = if self.grown {
                let home = (lang.country(), self.people.people[person].city);
                let spot = life::Spot {
                    seed: self.seed,
                    nets: self.nets,
                    person,
                    home,
                    mobile: seat.mobile,
                    day,
                    phone,
                    away: trip.is_some(),
                };
                life::address(dice, &spot).unwrap_or(ip)
            } else {
                ip
            };
            let mut gear = seat.devices[at].clone();
            if seat.imap && at == 0 {
                gear.agent = 8;
            }
            if time >= gear.until {
                gear.session = dice.uuid();
                gear.until = time + dice.range(3, 35) * DAY;
                seat.devices[at].session = gear.session.clone();
                seat.devices[at].until = gear.until;
                if dice.chance(0.12) {
                    let mut failed = self.base(time - dice.range(5, 90), person, ip.clone(), &gear);
                    failed.op = Op::LoginFailed;
                    out.push(failed);
                }
                let mut event = self.base(time, person, ip.clone(), &gear);
                event.op = Op::LoggedIn;
                out.push(event);
            }
            if fresh && !synced {
                synced = true;
                let event = self.base(time, person, ip.clone(), &gear);
                let files = !phone && dice.chance(0.6);
                life::sync_burst(dice, &event, files, out);
            }
            self.activity(dice, person, seat, time, &ip, &gear, out);
        }
        let noon = now + 11 * HOUR + dice.range(0, 4 * HOUR);
        self.rare(dice, person, seat, noon, out);
    }

    /// Now and then somebody takes another mail program, with an id and an
    /// agent of its own.
    fn new_program(&self, dice: &mut Dice, person: usize, seat: &mut Seat, day: i64) -> bool {
        let every =
            life::ways(self.seed, self.nets, person, self.people.lang(person).country()).program;
        if (day + person as i64 * 37) % every != 0 {
            return false;
        }
        let at = dice.below(seat.devices.len());
        let phone = seat.devices[at].app == MOBILE;
        let mut gear = device(dice);
        if phone {
            gear.agent = 6 + dice.below(2);
        }
        gear.app = dice.pick(&[OUTLOOK, OWA, MOBILE]);
        seat.devices[at] = gear;
        true
    }

    #[allow(clippy::too_many_arguments)]
    fn activity(
        &self,
        dice: &mut Dice,
        person: usize,
        seat: &Seat,
        time: i64,
        ip: &str,
        gear: &Device,
        out: &mut Vec<Event>,
    ) {
        let mut event = self.base(time + dice.range(5, 600), person, ip.to_owned(), gear);
        let outlook = gear.app == OUTLOOK || gear.agent == 8;
        match dice.weighted(&[0.48, 0.17, 0.08, 0.22, 0.05]) {
            0 => {
                let n = 1 + dice.below(6);
                let reach = if dice.chance(0.1) { 400 } else { 30 };
                let items = self.recent(dice, person, event.time, reach, n);
                if outlook && dice.chance(0.4) || items.is_empty() {
                    event.op = Op::Sync;
                } else {
                    event.op = Op::Bind(items);
                }
                event.folder =
                    dice.pick(&["\\Inbox", "\\Inbox", "\\Inbox", "\\Sent Items", "\\Archive"]);
            }
            1 => {
                event.op = Op::Sync;
                event.folder = dice.pick(&["\\Inbox", "\\Inbox", "\\Sent Items", "\\Drafts"]);
            }
            2 => {
                let domain = self.people.institutions[self.institution].domain.as_str();
                event.op = Op::Send(format!("{}@{domain}", dice.uuid()));
            }
            3 => {
                let n = if dice.chance(0.06) { 6 + dice.below(30) } else { 1 + dice.below(3) };
                let owner = if dice.chance(0.3) {
                    *dice.of(&self.people.staff_of(self.institution))
                } else {
                    person
                };
                for nth in 0..n {
                    let mut file = event.clone();
                    file.time += nth as i64 * dice.range(2, 40);
                    let operation = dice.pick(&[
                        "FileAccessed",
                        "FileAccessed",
                        "FileDownloaded",
                        "FileModified",
                        "FileSyncDownloadedFull",
                        "FilePreviewed",
                    ]);
                    file.owner = self.people.people[owner].address.clone();
                    file.op = Op::File(operation, self.file(dice, owner));
                    out.push(file);
                }
                return;
            }
            _ => {
                let topic = dice.below(20);
                let lang = self.people.lang(person);
                event.op = Op::Search(crate::text::fill(dice, lang, topic, "{t}", ""));
            }
        }
        if let Some(boss) = seat.boss.filter(|_| dice.chance(0.3)) {
            let mut other = event.clone();
            other.time += 60;
            other.owner = self.people.people[boss].address.clone();
            other.logon = 2;
            let items = self.recent(dice, boss, other.time, 20, 3);
            if !items.is_empty() {
                other.op = Op::Bind(items);
                out.push(other);
            }
        }
        out.push(event);
    }

    /// Name of one of an owner's files.
    pub(crate) fn file(&self, dice: &mut Dice, owner: usize) -> String {
        let mut names = Dice::keyed(key(self.seed, "file", &[owner as u64, dice.below(60) as u64]));
        let stem = names.pick(&[
            "minutes", "draft", "budget", "briefing", "contacts", "agenda", "notes", "contract",
            "schedule", "speech",
        ]);
        let extension = names.pick(&["docx", "xlsx", "pdf", "pptx"]);
        format!("{stem}-{}-{}.{extension}", names.range(2018, 2025), names.hex(3))
    }

    fn rare(&self, dice: &mut Dice, person: usize, seat: &Seat, time: i64, out: &mut Vec<Event>) {
        let gear = &seat.devices[0];
        let address = &self.people.people[person].address;
        if dice.chance(0.0022) {
            let mut event = self.base(time, person, seat.ip.clone(), gear);
            let own =
                format!("{}.{}@gmail.com", ascii(&self.people.people[person].first), dice.hex(5));
            let colleague = self.people.people[*dice.of(&self.people.staff_of(self.institution))]
                .address
                .clone();
            let mut parameters = vec![(
                "Name",
                (dice.pick(&["Newsletter", "Archive", "Invoices", "Team", "."])).to_owned(),
            )];
            match dice.below(5) {
                0 => parameters.push(("ForwardTo", own)),
                1 => parameters.push(("ForwardTo", colleague)),
                _ => {
                    parameters.push((
                        "SubjectContainsWords",
                        (dice.pick(&["newsletter", "invoice", "minutes", "budget"])).to_owned(),
                    ));
                    parameters.push((
                        "MoveToFolder",
                        (dice.pick(&["Archive", "Newsletters", "RSS Feeds", "Finance"])).to_owned(),
                    ));
                }
            }
            event.op = Op::Cmdlet("New-InboxRule", parameters);
            out.push(event);
        }
        if dice.chance(0.0004) {
            let mut event = self.base(time, person, seat.ip.clone(), gear);
            event.op = Op::Cmdlet(
                "Set-Mailbox",
                vec![
                    ("Identity", address.clone()),
                    (
                        "ForwardingSmtpAddress",
                        format!(
                            "smtp:{}.{}@gmail.com",
                            ascii(&self.people.people[person].first),
                            dice.hex(5)
                        ),
                    ),
                    ("DeliverToMailboxAndForward", "True".to_owned()),
                ],
            );
            out.push(event);
        }
        if dice.chance(0.0016) {
            let app = dice.of(self.apps).clone();
            let mut event = self.base(time, person, seat.ip.clone(), gear);
            event.op = Op::Grant(app.id.clone(), app.name.clone(), app.scope.to_owned());
            out.push(event.clone());
            event.op = Op::Consent(app.id, app.name, app.scope.to_owned());
            event.time += 1;
            out.push(event);
        }
        if let Some(app) = seat.reader.filter(|_| dice.chance(0.8)) {
            let app = &self.apps[app];
            let server = *dice.of(&self.nets.of(NetKind::Hosting, None)[..1]);
            let ip = self.nets.address(
                &mut Dice::keyed(key(self.seed, &app.id, &[dice.below(3) as u64])),
                server,
                None,
            );
            let items = self.recent(dice, person, time, 12, 4);
            if !items.is_empty() {
                let mut event =
                    self.base(time - 7 * HOUR + dice.range(0, 14 * HOUR), person, ip, gear);
                event.app = app.id.clone();
                event.agent = String::new();
                event.device = 9;
                event.session = Dice::keyed(key(self.seed, &app.id, &[person as u64])).uuid();
                event.op = Op::Bind(items);
                out.push(event);
            }
        }
        if seat.admin && dice.chance(0.05) {
            let other = *dice.of(&self.people.staff_of(self.institution));
            let mut event = self.base(time, person, seat.ip.clone(), gear);
            event.logon = 1;
            event.owner = self.people.people[other].address.clone();
            let items = self.recent(dice, other, time, 50, 5);
            if dice.chance(0.4) || items.is_empty() {
                event.op = Op::Cmdlet(
                    "Add-MailboxPermission",
                    vec![
                        ("Identity", event.owner.clone()),
                        ("User", address.clone()),
                        ("AccessRights", "FullAccess".to_owned()),
                    ],
                );
            } else {
                event.op = Op::Bind(items);
            }
            out.push(event);
        }
    }

    /// The house's services, and the noise of the internet at its door.
    fn house_day(&self, dice: &mut Dice, members: &[usize], day: i64, out: &mut Vec<Event>) {
        let domain = &self.people.institutions[self.institution].domain;
        let server = self.nets.of(NetKind::Hosting, None)[1];
        let ip = self.nets.address(
            &mut Dice::keyed(key(self.seed, "backup", &[self.institution as u64])),
            server,
            None,
        );
        for nth in 0..dice.count(members.len() as f64 / 12.0) {
            let person = *dice.of(members);
            let gear = Device {
                agent: 9,
                lag: 0,
                app: OWA,
                session: Dice::keyed(key(self.seed, "backup", &[self.institution as u64, 1]))
                    .uuid(),
                until: 0,
            };
            let mut event = self.base(
                day * DAY + 2 * HOUR + nth as i64 * 7 * MINUTE,
                person,
                ip.clone(),
                &gear,
            );
            event.user = format!("svc-backup@{domain}");
            event.agent = String::new();
            event.app = Dice::new(self.seed, "backup-app").uuid();
            event.logon = 1;
            event.op = if dice.chance(0.5) {
                Op::Sync
            } else {
                Op::File("FileSyncDownloadedFull", self.file(dice, person))
            };
            out.push(event);
        }
        if dice.chance(0.08) {
            let net = *dice.of(&self.nets.of(NetKind::Hosting, None));
            let gear = device(dice);
            for nth in 0..3 + dice.below(8) {
                let person = *dice.of(members);
                let ip = self.nets.address(dice, net, None);
                let mut event =
                    self.base(day * DAY + dice.range(0, DAY - 900) + nth as i64, person, ip, &gear);
                event.op = Op::LoginFailed;
                event.session = dice.uuid();
                out.push(event);
            }
        }
    }
}
