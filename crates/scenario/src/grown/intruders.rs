//! Intrusions of grown worlds: who is broken into, how, and on which days.
//!
//! Sittings are drawn ahead, one list an intrusion; [`day`] turns those of a
//! day into audit events. Intruders copy clients, go on in the victim's own
//! session, hold a consent or a delegation instead of signing in, leave by
//! exits that others leave by too, and read at gaps of a day to weeks.

use super::life;
use crate::attack::Attack;
use crate::attack::intrusion::{Intrusion, Method};
use crate::cloud::audit::{Event, OUTLOOK, OWA, Op};
use crate::cloud::{Device, House, Seat, agents};
use crate::dice::{Dice, key};
use crate::mail::plan::{Plan, Scene};
use crate::net::NetKind;
use crate::people::Size;
use crate::time::{DAY, HOUR, MINUTE};

/// How an intruder works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Signs in with a stolen password.
    Plain,
    /// Goes on in the victim's session with a stolen token.
    Replayed,
    /// Reads through an application that the victim consented to.
    Application,
    /// Signs in with the victim's agent, client and provider.
    Mimic,
    /// Reads through another account that was made a delegate.
    Delegate,
    /// Takes files.
    Files,
    /// Was there before the log begins.
    Older,
    /// Looks up call records through an operator's account.
    Records,
}

impl Way {
    /// Its name in the truth.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Replayed => "replayed_token",
            Self::Application => "application",
            Self::Mimic => "mimicked_client",
            Self::Delegate => "delegate",
            Self::Files => "files",
            Self::Older => "older_than_logs",
            Self::Records => "call_records",
        }
    }

    /// Contract kinds.
    #[must_use]
    pub fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Files => &["cloud_storage"],
            Self::Records => &["call_records"],
            Self::Older => &["mailbox", "cloud_storage"],
            _ => &["mailbox"],
        }
    }
}

/// How exits change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Another exit each sitting.
    Sitting,
    /// One for about a month.
    Month,
}

/// What distinguishes an intrusion of a grown world.
#[derive(Clone, Debug)]
pub struct Style {
    /// Way of working.
    pub way: Way,
    /// Begins of sittings, in order.
    pub sittings: Vec<i64>,
    /// How exits change.
    pub rotation: Rotation,
    /// Leaves by a VPN that staff uses as well, not by home routers.
    pub vpn: Option<usize>,
    /// Still there when the log ends.
    pub active: bool,
    /// The account that was made a delegate.
    pub delegate: Option<usize>,
    /// Sets a forwarding rule on an early day.
    pub rule: bool,
}

/// Begin of an account's audit log.
#[must_use]
pub fn log_begin(scene: &Scene<'_>, person: usize) -> i64 {
    let people = scene.people;
    let who = &people.people[person];
    let days = people.institutions[who.institution].cloud_days;
    (people.to - days * DAY).max(people.from).max(who.from.unwrap_or(people.from))
}

fn sittings(
    dice: &mut Dice,
    scene: &Scene<'_>,
    way: Way,
    base: i64,
    (from, to): (i64, i64),
) -> Vec<i64> {
    let (low, high) = match dice.weighted(&[0.3, 0.5, 0.2]) {
        0 => (0.3, 2.5),
        1 => (1.0, 10.0),
        _ => (8.0, 24.0),
    };
    let most = if scene.size == Size::Xs { 60 } else { 140 };
    let mut out = vec![from];
    let mut time = from;
    while out.len() < most {
        let mut gap = low + (high - low) * dice.unit();
        if dice.chance(0.04) {
            gap += 12.0 + 18.0 * dice.unit();
        }
        let mut day = (time + (gap * DAY as f64) as i64) / DAY;
        while crate::time::weekday(day * DAY) >= 5 && dice.chance(0.75) {
            day += 1;
        }
        // A copied client keeps its victim's hours, the others their own.
        let offset =
            if matches!(way, Way::Mimic | Way::Replayed | Way::Records) { 60 } else { base };
        time = (day * DAY + dice.range(8, 17) * HOUR + dice.range(0, 3599) - offset * 60)
            .max(time + HOUR);
        if time >= to {
            break;
        }
        out.push(time);
    }
    out
}

/// Whom a wave with a link reached, and when, within their log.
fn reached(plan: &Plan, scene: &Scene<'_>, attack: &Attack) -> Vec<(usize, usize, i64)> {
    let people = scene.people;
    let mut out = vec![];
    for (number, wave) in attack.waves.iter().enumerate() {
        let burst = &plan.bursts[wave.burst];
        if plan.specs[burst.spec].link.is_none() {
            continue;
        }
        for item in &burst.items {
            let person = item.to as usize;
            if person >= people.staff {
                continue;
            }
            let leaves = people.people[person].to.unwrap_or(people.to);
            if item.time > log_begin(scene, person) + 5 * DAY && item.time + 40 * DAY < leaves {
                out.push((number, person, item.time));
            }
        }
    }
    out
}

/// Draws the intrusions of a grown world.
#[must_use]
pub fn draw(plan: &Plan, scene: &Scene<'_>, attack: &Attack) -> Vec<Intrusion> {
    let mut dice = Dice::new(scene.seed, "grown-intrusions");
    let count = match scene.size {
        Size::Xs => 4,
        Size::S => 7 + dice.below(4),
        Size::M => 22 + dice.below(8),
        Size::L => 40,
    };
    let reached = reached(plan, scene, attack);
    let weights = [0.24, 0.15, 0.12, 0.15, 0.07, 0.08, 0.09, 0.1];
    let ways = [
        Way::Plain,
        Way::Replayed,
        Way::Application,
        Way::Mimic,
        Way::Delegate,
        Way::Files,
        Way::Older,
        Way::Records,
    ];
    let mut busy: Vec<(usize, i64, i64)> = vec![];
    let mut out: Vec<Intrusion> = vec![];
    for _ in 0..count * 12 {
        if out.len() >= count {
            break;
        }
        let way = ways[dice.weighted(&weights)];
        let Some(it) = one(scene, &mut dice, attack, &reached, way, &busy) else { continue };
        busy.push((it.person, it.from, it.to));
        if let Some(delegate) = it.style.as_ref().and_then(|s| s.delegate) {
            busy.push((delegate, it.from, it.to));
        }
        out.push(it);
    }
    out
}

fn one(
    scene: &Scene<'_>,
    dice: &mut Dice,
    attack: &Attack,
    reached: &[(usize, usize, i64)],
    way: Way,
    busy: &[(usize, i64, i64)],
) -> Option<Intrusion> {
    let people = scene.people;
    let entered = matches!(way, Way::Plain | Way::Replayed | Way::Application | Way::Mimic);
    // Now and then the same account again, weeks or months later.
    let again = dice.chance(0.2) && !busy.is_empty();
    let (person, mut from, joined) = if again && way != Way::Records {
        let (person, _, until) = *dice.of(busy);
        (person, until + dice.range(25, 120) * DAY, None)
    } else if entered && dice.chance(0.65) && !reached.is_empty() {
        let (wave, person, sent) = *dice.of(reached);
        let click = sent + 2 * MINUTE + dice.exponential(4.0 * HOUR as f64) as i64;
        (person, click + dice.range(1, 30) * MINUTE, Some((wave, click)))
    } else {
        let person = dice.below(people.staff);
        let begin = log_begin(scene, person);
        let until = people.people[person].to.unwrap_or(people.to);
        if until - begin < 60 * DAY {
            return None;
        }
        let share = (((until - begin) as f64) * (0.05 + 0.7 * dice.unit())) as i64;
        (person, begin + 3 * DAY + share, None)
    };
    if person >= people.staff {
        return None;
    }
    let key_of = people.institutions[people.people[person].institution].key;
    if way == Way::Records && !matches!(key_of, "parliament" | "newsroom" | "party") {
        return None;
    }
    let begin = log_begin(scene, person);
    let until = people.people[person].to.unwrap_or(people.to);
    if way == Way::Older {
        if people.people[person].from.is_some_and(|f| f > begin - 60 * DAY)
            || people.people[person].from.is_none()
                && begin - people.from < 40 * DAY
                && scene.size != Size::Xs
        {
            return None;
        }
        from = begin - dice.range(20, 150) * DAY;
    }
    let longest = if scene.size == Size::Xs { 120 } else { 260 };
    let mut to = from + dice.range(12, longest) * DAY;
    if way == Way::Older {
        to = begin + dice.range(15, longest) * DAY;
    }
    let lasting =
        matches!(way, Way::Application | Way::Delegate | Way::Replayed | Way::Mimic | Way::Plain);
    let active = lasting && until >= people.to && (dice.chance(0.22) || to >= people.to - 8 * DAY);
    to = if active { people.to - 1 } else { to.min(until - 6 * DAY).min(people.to - 8 * DAY) };
    let records_begin = people.to - crate::calls::KEPT * DAY;
    if way == Way::Records && from < records_begin + 5 * DAY {
        return None;
    }
    let taken =
        |p: usize| busy.iter().any(|b| b.0 == p && b.1 - 20 * DAY < to && from < b.2 + 20 * DAY);
    if to - from < 10 * DAY || taken(person) || way != Way::Older && from < begin {
        return None;
    }
    let operator = joined.map_or_else(
        || dice.below(attack.operators.len()),
        |(wave, _)| attack.waves[wave].operator,
    );
    let base = attack.operators[operator].base;
    let mut all = sittings(dice, scene, way, base, (from, to));
    if active {
        // The last sitting stands near the end of the log.
        while all.last().is_some_and(|&l| l < people.to - 5 * DAY) {
            let next =
                all.last().map_or(from, |l| l + dice.range(1, 4) * DAY + dice.range(0, 7_000));
            all.push(next.min(people.to - 1));
        }
    }
    let delegate = if way == Way::Delegate {
        let institution = people.people[person].institution;
        let others: Vec<usize> = people
            .staff_of(institution)
            .into_iter()
            .filter(|&p| {
                p != person && !taken(p) && people.present(p, from) && people.present(p, to)
            })
            .collect();
        if others.is_empty() {
            return None;
        }
        Some(*dice.of(&others))
    } else {
        None
    };
    let vpns = scene.nets.of(NetKind::Vpn, None);
    let country = people.lang(person).country();
    Some(Intrusion {
        method: match way {
            Way::Records => Method::Records,
            Way::Application => Method::Consent,
            Way::Files => Method::Cloud,
            Way::Older => Method::Long,
            _ => Method::Token,
        },
        operator,
        person,
        joined,
        from,
        to: all.last().copied().unwrap_or(to) + 2 * HOUR,
        exits: (scene.nets.of(NetKind::Consumer, Some(country)), people.people[person].city),
        agent: agents::draw(dice),
        base,
        key: dice.draw(),
        style: Some(Style {
            way,
            sittings: all,
            rotation: if dice.chance(0.5) { Rotation::Sitting } else { Rotation::Month },
            vpn: dice.chance(0.2).then(|| *dice.of(&vpns)),
            active,
            delegate,
            rule: matches!(way, Way::Plain | Way::Mimic) && dice.chance(0.3),
        }),
    })
}

fn exit(house: &House<'_>, it: &Intrusion, style: &Style, day: i64, dice: &mut Dice) -> String {
    let slot = match style.rotation {
        Rotation::Sitting => dice.draw(),
        Rotation::Month => key(it.key, "slot", &[(day / 30) as u64]),
    };
    if let Some(vpn) = style.vpn {
        return life::egress(house.seed, house.nets, vpn, slot);
    }
    let country = house.people.lang(it.person).country();
    life::relay(house.seed, house.nets, country, it.exits.1, day, slot)
}

/// Adds the events of an intrusion's sittings on a day.
pub(crate) fn day(
    house: &House<'_>,
    it: &Intrusion,
    style: &Style,
    seats: &[Seat],
    day: i64,
    out: &mut Vec<Event>,
) {
    if style.way == Way::Records {
        return;
    }
    let first = style.sittings.partition_point(|&t| t < day * DAY);
    for (nth, &start) in style.sittings.iter().enumerate().skip(first) {
        if start >= (day + 1) * DAY {
            break;
        }
        sitting(house, it, style, seats, (nth, start), out);
    }
}

fn gear(it: &Intrusion, style: &Style, seat: &Seat, day: i64) -> Device {
    let own = &seat.devices[0];
    let mut lot = Dice::keyed(key(it.key, "gear", &[]));
    let copied = match style.way {
        Way::Mimic => true,
        Way::Replayed => lot.chance(0.7),
        _ => lot.chance(0.25),
    };
    let period = if style.rotation == Rotation::Sitting { 3 } else { 12 };
    let session = Dice::keyed(key(it.key, "session", &[(day / period) as u64])).uuid();
    Device {
        agent: if copied { own.agent } else { it.agent },
        lag: if copied { own.lag } else { (it.key % 40) as i64 },
        app: if copied {
            own.app
        } else if lot.chance(0.5) {
            OWA
        } else {
            OUTLOOK
        },
        session: if style.way == Way::Replayed { own.session.clone() } else { session },
        until: 0,
    }
}

fn sitting(
    house: &House<'_>,
    it: &Intrusion,
    style: &Style,
    seats: &[Seat],
    (nth, start): (usize, i64),
    out: &mut Vec<Event>,
) {
    let day = start / DAY;
    let mut dice = Dice::keyed(key(it.key, "sitting", &[nth as u64]));
    let ip = exit(house, it, style, day, &mut dice);
    let actor = style.delegate.unwrap_or(it.person);
    let device = gear(it, style, &seats[actor], day);
    let mut ids = Dice::keyed(key(it.key, "ids", &[]));
    let early = nth < 3;
    let mut time = start;
    if style.way == Way::Application {
        application(house, it, &device, seats, (nth, start), &mut dice, out);
        return;
    }
    if let Some(delegate) = style.delegate.filter(|_| nth == 0) {
        let mut event = house.base(time, it.person, ip.clone(), &device);
        event.op = Op::Cmdlet(
            "Add-MailboxPermission",
            vec![
                ("Identity", house.people.people[it.person].address.clone()),
                ("User", house.people.people[delegate].address.clone()),
                ("AccessRights", "FullAccess".to_owned()),
            ],
        );
        out.push(event);
        time += 3 * MINUTE;
    }
    let signs_in = style.way != Way::Replayed
        && (nth == 0 || style.rotation == Rotation::Sitting || dice.chance(0.15));
    if signs_in {
        let mut event = house.base(time, actor, ip.clone(), &device);
        event.op = Op::LoggedIn;
        out.push(event);
        time += dice.range(10, 200);
    }
    let owner = &house.people.people[it.person].address;
    let mut push = |time: i64, op: Op, folder: &'static str| {
        let mut event = house.base(time, actor, ip.clone(), &device);
        event.owner.clone_from(owner);
        event.logon = if style.delegate.is_some() { 2 } else { 0 };
        event.op = op;
        event.folder = folder;
        out.push(event);
    };
    let files = match style.way {
        Way::Files => true,
        Way::Older => dice.chance(0.4),
        _ => false,
    };
    if style.way != Way::Files {
        let (reach, n) = if early { (500, 25) } else { (40, 8) };
        for part in 0..1 + dice.below(4) {
            let items = house.recent(&mut dice, it.person, time, reach, 2 + n / (part + 1));
            let folder = dice.pick(&["\\Inbox", "\\Inbox", "\\Sent Items", "\\Archive"]);
            if items.is_empty() || dice.chance(0.3) {
                push(time, Op::Sync, folder);
            } else {
                push(time, Op::Bind(items), folder);
            }
            time += dice.range(20, 12 * MINUTE);
        }
    }
    if style.rule && nth == 1 {
        let to = format!(
            "{}.{}@{}",
            crate::people::invented(&mut ids),
            ids.hex(4),
            ids.pick(&["gmail.com", "proton.me", "outlook.com"])
        );
        let name = ids.pick(&["Archive", ".", "Team", "Newsletter"]);
        push(
            time + 60,
            Op::Cmdlet("New-InboxRule", vec![("Name", name.to_owned()), ("ForwardTo", to)]),
            "\\Inbox",
        );
    }
    if files {
        for _ in 0..3 + dice.below(if style.way == Way::Files { 25 } else { 10 }) {
            let operation =
                dice.pick(&["FileAccessed", "FileDownloaded", "FileDownloaded", "FilePreviewed"]);
            let name = house.file(&mut dice, it.person);
            push(time, Op::File(operation, name), "\\Inbox");
            time += dice.range(2, 60);
        }
    }
}

/// The victim consents at its own desk; the application then reads from a
/// rented server.
fn application(
    house: &House<'_>,
    it: &Intrusion,
    device: &Device,
    seats: &[Seat],
    (nth, start): (usize, i64),
    dice: &mut Dice,
    out: &mut Vec<Event>,
) {
    let app = Dice::keyed(key(it.key, "app", &[])).uuid();
    let mut time = start;
    if nth == 0 {
        let own = &seats[it.person].devices[0];
        let mut ids = Dice::keyed(key(it.key, "name", &[]));
        let mut word = crate::people::invented(&mut ids);
        word[..1].make_ascii_uppercase();
        let name = format!("{word} {}", ids.pick(&["Reader", "Docs", "Scheduler", "Sync"]));
        let scope = "Mail.Read offline_access User.Read".to_owned();
        let office = house.people.institutions[house.institution].net;
        let desk = house.nets.address(dice, office, None);
        let mut event = house.base(time, it.person, desk, own);
        event.op = Op::Grant(app.clone(), name.clone(), scope.clone());
        out.push(event.clone());
        event.op = Op::Consent(app.clone(), name, scope);
        event.time += 1;
        out.push(event);
        time += 10 * MINUTE;
    }
    let servers = house.nets.of(NetKind::Hosting, None);
    let server = *Dice::keyed(key(it.key, "server", &[])).of(&servers);
    let mut lease = Dice::keyed(key(it.key, "server", &[(start / DAY / 45) as u64]));
    let ip = house.nets.address(&mut lease, server, None);
    for _ in 0..1 + dice.below(3) {
        let reach = if nth < 3 { 200 } else { 20 };
        let items = house.recent(dice, it.person, time, reach, if nth < 3 { 15 } else { 5 });
        if !items.is_empty() {
            let mut event = house.base(time, it.person, ip.clone(), device);
            event.app.clone_from(&app);
            event.agent = String::new();
            event.device = 9;
            event.session = Dice::keyed(key(it.key, "app-session", &[])).uuid();
            event.op = Op::Bind(items);
            out.push(event);
        }
        time += dice.range(5 * MINUTE, 90 * MINUTE);
    }
}
