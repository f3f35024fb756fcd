//! What an intruder leaves in the log, on the days when it works.

use super::audit::{Event, OUTLOOK, OWA, Op};
use super::{Device, House};
use crate::attack::intrusion::{Intrusion, Method};
use crate::dice::{Dice, key};
use crate::net::NetKind;
use crate::time::{DAY, HOUR, MINUTE};

/// An exit in the victim's city; one serves about a month, and rarely a
/// rented or commercial one stands in.
fn exit(house: &House<'_>, intrusion: &Intrusion, day: i64, dice: &mut Dice) -> String {
    let month = ((day + (intrusion.key % 30) as i64) / 30) as u64;
    let slot = u64::from(dice.chance(0.3));
    let mut draw = Dice::keyed(key(intrusion.key, "exit", &[month, slot]));
    let (nets, city) = &intrusion.exits;
    if draw.chance(0.08) {
        let vpn = house.nets.of(NetKind::Vpn, None);
        return house.nets.address(&mut draw, *dice.of(&vpn[..1]), None);
    }
    let net = *draw.of(nets);
    house.nets.address(&mut draw, net, Some(*city))
}

/// Adds the intruder's events of a day. `session` is the victim's own
/// session, which a stolen token continues.
pub(super) fn day(
    house: &House<'_>,
    intrusion: &Intrusion,
    day: i64,
    session: &str,
    out: &mut Vec<Event>,
) {
    let now = day * DAY;
    if intrusion.method == Method::Records || now + DAY <= intrusion.from || now > intrusion.to {
        return;
    }
    let mut dice = Dice::keyed(key(intrusion.key, "day", &[day as u64]));
    let first = intrusion.from / DAY == day;
    let final_day = intrusion.to / DAY == day
        || intrusion.method == Method::Consent && intrusion.to - now <= 2 * DAY;
    let weekend = crate::time::weekday(now) >= 5;
    let rate = match intrusion.method {
        Method::Token => 0.42,
        Method::Consent => 0.8,
        Method::Cloud => 0.6,
        _ => 0.3,
    };
    let early = now - intrusion.from < 4 * DAY;
    let active = first
        || final_day
        || dice.chance(if early { 0.85 } else { rate }) && (!weekend || dice.chance(0.15));
    if !active {
        return;
    }
    let start = if first {
        intrusion.from
    } else {
        (now + dice.range(9, 17) * HOUR + dice.range(0, 3599) - intrusion.base * 60)
            .max(intrusion.from + MINUTE)
    };
    let person = intrusion.person;
    let mut ids = Dice::keyed(intrusion.key);
    let stolen = ids.chance(0.5);
    let own = Dice::keyed(key(intrusion.key, "session", &[(day / 12) as u64])).uuid();
    let gear = Device {
        agent: intrusion.agent,
        lag: (intrusion.key % 40) as i64,
        app: if ids.chance(0.5) { OWA } else { OUTLOOK },
        session: if stolen && early && intrusion.method != Method::Consent {
            session.to_owned()
        } else {
            own
        },
        until: 0,
    };
    let ip = exit(house, intrusion, day, &mut dice);
    let mut time = start;
    let push = |time: i64, op: Op, folder: &'static str, out: &mut Vec<Event>| {
        let mut event = house.base(time, person, ip.clone(), &gear);
        event.op = op;
        event.folder = folder;
        if time <= intrusion.to.max(intrusion.from + 2 * HOUR) {
            out.push(event);
        }
    };
    if intrusion.method == Method::Consent {
        let app = Dice::keyed(key(intrusion.key, "app", &[])).uuid();
        if first {
            // The victim consents, with their own browser and from their own
            // place; the application then reads from a rented server.
            let mut word = crate::people::invented(&mut ids);
            word[..1].make_ascii_uppercase();
            let name = format!("{word} {}", ids.pick(&["Reader", "Docs", "Viewer", "Sync"]));
            let scope = "Mail.Read offline_access User.Read".to_owned();
            let office = house.people.institutions[house.institution].net;
            let mut event =
                house.base(time, person, house.nets.address(&mut dice, office, None), &gear);
            event.session = session.to_owned();
            event.op = Op::Grant(app.clone(), name.clone(), scope.clone());
            out.push(event.clone());
            event.op = Op::Consent(app.clone(), name, scope);
            event.time += 1;
            out.push(event);
            time += 10 * MINUTE;
        }
        let server = *Dice::keyed(key(intrusion.key, "server", &[]))
            .of(&house.nets.of(NetKind::Hosting, None));
        let ip = house.nets.address(
            &mut Dice::keyed(key(intrusion.key, "server", &[(day / 45) as u64])),
            server,
            None,
        );
        for _ in 0..1 + dice.below(3) {
            let items = house.recent(
                &mut dice,
                person,
                time,
                if early { 300 } else { 15 },
                if early { 25 } else { 5 },
            );
            let mut event = house.base(time, person, ip.clone(), &gear);
            event.app.clone_from(&app);
            event.agent = String::new();
            event.device = 9;
            event.session = Dice::keyed(key(intrusion.key, "session", &[])).uuid();
            if !items.is_empty() && time <= intrusion.to {
                event.op = Op::Bind(items);
                out.push(event);
            }
            time += dice.range(20 * MINUTE, 5 * HOUR);
        }
        return;
    }
    let fresh = first || (day % 12 == 0) || early && !stolen;
    if fresh || dice.chance(0.1) {
        push(time, Op::LoggedIn, "\\Inbox", out);
        time += dice.range(20, 400);
    }
    let mail = matches!(intrusion.method, Method::Token | Method::Long);
    let files = match intrusion.method {
        Method::Cloud => true,
        Method::Long => dice.chance(0.4),
        _ => false,
    };
    if mail {
        let (reach, n) = if early { (800, 40) } else { (40, 12) };
        for nth in 0..2 + dice.below(4) {
            let items = house.recent(&mut dice, person, time, reach, 3 + n / (nth + 1));
            let folder = dice.pick(&["\\Inbox", "\\Inbox", "\\Sent Items", "\\Archive"]);
            if items.is_empty() || dice.chance(0.3) {
                push(time, Op::Sync, folder, out);
            } else {
                push(time, Op::Bind(items), folder, out);
            }
            time += dice.range(30, 25 * MINUTE);
        }
        if dice.chance(0.15) {
            let topic = dice.below(20);
            let lang = house.people.lang(person);
            let words = crate::text::fill(&mut dice, lang, topic, "{t}", "");
            push(time, Op::Search(words), "\\Inbox", out);
        }
        let rule_day = intrusion.from / DAY + (intrusion.key % 3) as i64;
        if intrusion.method == Method::Token && day == rule_day {
            let to = format!(
                "{}.{}@{}",
                crate::people::invented(&mut ids),
                ids.hex(4),
                ids.pick(&["gmail.com", "proton.me", "outlook.com"])
            );
            let mut parameters = vec![
                ("Name", (ids.pick(&["Archive", ".", "Team", "Newsletter"])).to_owned()),
                ("ForwardTo", to),
            ];
            if ids.chance(0.5) {
                parameters.push(("SubjectOrBodyContainsWords", "budget;minutes;draft".to_owned()));
            }
            push(time + 90, Op::Cmdlet("New-InboxRule", parameters), "\\Inbox", out);
        }
    }
    if files {
        let n =
            if intrusion.method == Method::Cloud { 8 + dice.below(50) } else { 3 + dice.below(14) };
        for _ in 0..n {
            let operation = dice.pick(&[
                "FileAccessed",
                "FileDownloaded",
                "FileDownloaded",
                "FileSyncDownloadedFull",
            ]);
            let name = house.file(&mut dice, person);
            push(time, Op::File(operation, name), "\\Inbox", out);
            time += dice.range(1, 50);
        }
    }
}
