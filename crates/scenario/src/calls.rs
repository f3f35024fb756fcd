//! Telephone records: the houses' own call detail records (Asterisk CDR), and
//! the firm's log of who looked up whose call records.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::attack::intrusion::{Intrusion, Method};
use crate::cloud::Seen;
use crate::dice::{Dice, key};
use crate::net::{NetKind, Networks};
use crate::people::People;
use crate::time::{self, DAY, HOUR, MINUTE};

const COLUMNS: &str = "accountcode,src,dst,dcontext,clid,channel,dstchannel,lastapp,lastdata,start,answer,end,duration,billsec,disposition,amaflags,uniqueid,userfield";

/// Writes call detail records of an institution, with or without a header.
///
/// # Errors
///
/// Where the file cannot be written.
pub fn records(
    seed: u64,
    people: &People,
    institution: usize,
    header: bool,
    count: usize,
    path: &Path,
) -> io::Result<()> {
    let mut dice = Dice::keyed(key(seed, "calls", &[institution as u64]));
    let members = people.staff_of(institution);
    let begin = people.to - 300 * DAY;
    let mut times: Vec<i64> = (0..count)
        .map(|_| {
            let day = (begin / DAY) + dice.range(0, (people.to - begin) / DAY - 2);
            day * DAY + dice.range(7, 19) * HOUR + dice.range(0, 3599)
        })
        .collect();
    times.sort_unstable();
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    if header {
        writeln!(out, "{COLUMNS}")?;
    }
    for (nth, at) in times.into_iter().enumerate() {
        let person = &people.people[*dice.of(&members)];
        let other = if dice.chance(0.3) {
            people.people[dice.below(people.people.len())].phone.clone()
        } else {
            format!("{}{}", &person.phone[..4], dice.digits(8))
        };
        let (src, dst) = if dice.chance(0.5) {
            (person.phone.clone(), other)
        } else {
            (other, person.phone.clone())
        };
        let answered = dice.chance(0.72);
        let ring = dice.range(4, 30);
        let talk = if answered { 5 + dice.exponential(180.0) as i64 } else { 0 };
        let answer = if answered { time::spaced(at + ring) } else { String::new() };
        let state = if answered { "ANSWERED" } else { dice.pick(&["NO ANSWER", "BUSY"]) };
        writeln!(
            out,
            "\"\",\"{src}\",\"{dst}\",\"house\",\"\"\"{}\"\" <{src}>\",\"PJSIP/{}-{:08x}\",\"PJSIP/trunk-{:08x}\",\"Dial\",\"PJSIP/{dst}@trunk\",\"{}\",\"{answer}\",\"{}\",{},{talk},\"{state}\",\"DOCUMENTATION\",\"{at}.{nth}\",\"\"",
            person.name,
            dice.digits(4),
            nth * 2,
            nth * 2 + 1,
            time::spaced(at),
            time::spaced(at + ring + talk),
            ring + talk
        )?;
    }
    out.flush()
}

/// One subject whose records an intruder read.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Index of the intrusion.
    pub intrusion: usize,
    /// Number, E.164.
    pub phone: String,
    /// Whether it is the one that the intrusion is about.
    pub main: bool,
    /// First and last look-up.
    pub seen: Seen,
}

/// Days of look-ups that are kept.
pub const KEPT: i64 = 540;

/// Writes `record_lookups.csv` and returns what the intruders looked up.
///
/// # Errors
///
/// Where the file cannot be written.
pub fn lookups(
    seed: u64,
    people: &People,
    nets: &Networks,
    intrusions: &[Intrusion],
    count: usize,
    path: &Path,
) -> io::Result<Vec<Subject>> {
    let mut dice = Dice::new(seed, "lookups");
    let firm = people.institutions.len() - 1;
    let begin = (people.to - KEPT * DAY).max(people.from);
    let clerks = people.staff_of(firm);
    let office = people.institutions[firm].net;
    let mut rows: Vec<(i64, String)> = vec![];
    let subscriber = |dice: &mut Dice| -> String {
        if dice.chance(0.12) {
            people.people[dice.below(people.people.len())].phone.clone()
        } else {
            format!(
                "{}{}",
                dice.pick(&["+4477009", "+4915123", "+3363998"]),
                dice.range(20_000, 59_999)
            )
        }
    };
    let row = |at: i64, who: &str, ip: &str, number: &str, n: usize, purpose: &str| {
        format!("{},{who},{ip},{number},{n},{purpose}", time::rfc3339(at))
    };
    let purpose = |dice: &mut Dice| -> String {
        if dice.chance(0.14) {
            return String::new();
        }
        format!(
            "{} {}",
            dice.pick(&[
                "billing dispute",
                "fault ticket",
                "customer request",
                "number porting",
                "court order",
                "roaming credit"
            ]),
            dice.digits(6)
        )
    };
    // Each clerk has a pace; some work late shifts, one runs monthly lists.
    for nth in 0..count {
        let clerk = clerks[(dice.unit() * dice.unit() * clerks.len() as f64) as usize];
        let late = key(seed, "shift", &[clerk as u64]).is_multiple_of(6);
        let day = begin / DAY + (dice.unit() * ((people.to - begin) / DAY - 2) as f64) as i64;
        if time::weekday(day * DAY) >= 5 && dice.chance(0.8) {
            continue;
        }
        let hour = if late {
            dice.range(16, 27)
        } else if dice.chance(0.05) {
            dice.range(0, 23)
        } else {
            dice.range(7, 17)
        };
        let mut at = day * DAY + hour * HOUR + dice.range(0, 3599);
        let ip = if dice.chance(0.85) {
            nets.address(&mut Dice::keyed(key(seed, "clerk", &[clerk as u64])), office, None)
        } else {
            let home = nets.of(NetKind::Consumer, Some(people.lang(clerk).country()));
            nets.address(
                &mut Dice::keyed(key(seed, "clerk-home", &[clerk as u64, (day / 40) as u64])),
                home[clerk % home.len()],
                Some(people.people[clerk].city),
            )
        };
        let who = &people.people[clerk].address;
        let number = subscriber(&mut dice);
        let why = purpose(&mut dice);
        // A dispute keeps a clerk at one number for weeks; a family shares a
        // contract and is looked up together.
        let (repeats, step) = match dice.below(20) {
            0 => (2 + dice.below(6), DAY * dice.range(1, 6)),
            1 => (2 + dice.below(3), MINUTE),
            _ => (1, 0),
        };
        for again in 0..repeats {
            let number =
                if step == MINUTE && again > 0 { subscriber(&mut dice) } else { number.clone() };
            let n = 1 + dice.exponential(60.0) as usize;
            rows.push((at, row(at, who, &ip, &number, n, &why)));
            at += step + dice.range(0, 3 * HOUR) * i64::from(step > MINUTE) + dice.range(10, 50);
        }
        if nth % 400 == 0 {
            let list = format!("invoice run {}", &time::bare(day * DAY)[..7]);
            for _ in 0..30 + dice.below(40) {
                at += dice.range(2, 20);
                let number = subscriber(&mut dice);
                let n = 20 + dice.below(200);
                rows.push((
                    at,
                    row(
                        at,
                        &format!("svc-billing@{}", people.institutions[firm].domain),
                        &ip,
                        &number,
                        n,
                        &list,
                    ),
                ));
            }
        }
    }
    let mut looked: Vec<(usize, String, bool, Vec<i64>)> = vec![];
    for (index, intrusion) in intrusions.iter().enumerate() {
        if intrusion.method != Method::Records {
            continue;
        }
        let mut dice = Dice::keyed(intrusion.key);
        let clerk = *dice.of(&clerks);
        let mut numbers = vec![people.people[intrusion.person].phone.clone()];
        for linked in people.linked_to(intrusion.person) {
            let phone = people.people[linked].phone.clone();
            if !numbers.contains(&phone) {
                numbers.push(phone);
            }
        }
        let colleagues: Vec<usize> = people
            .groups
            .iter()
            .filter(|g| g.members.contains(&intrusion.person))
            .flat_map(|g| g.members.clone())
            .filter(|&p| p != intrusion.person)
            .collect();
        for _ in 0..1 + dice.below(2) {
            if !colleagues.is_empty() {
                let phone = people.people[*dice.of(&colleagues)].phone.clone();
                if !numbers.contains(&phone) {
                    numbers.push(phone);
                }
            }
        }
        if let Some(style) = &intrusion.style {
            // Inside the operator's own subnet, mostly with a purpose that
            // sounds right.
            for &start in style.sittings.iter().filter(|&&t| t >= begin && t < people.to) {
                let mut at = start;
                let ip = nets.address(&mut dice, office, None);
                for (nth, number) in numbers.iter().enumerate() {
                    if nth > 0 && dice.chance(0.4) {
                        continue;
                    }
                    let why = if dice.chance(0.1) { String::new() } else { purpose(&mut dice) };
                    let n = 5 + dice.exponential(80.0) as usize;
                    rows.push((at, row(at, &people.people[clerk].address, &ip, number, n, &why)));
                    match looked.iter_mut().find(|s| s.0 == index && s.1 == *number) {
                        Some(s) => s.3.push(at),
                        None => looked.push((index, number.clone(), nth == 0, vec![at])),
                    }
                    at += dice.range(15, 240);
                }
            }
            continue;
        }
        let mut day = intrusion.from / DAY;
        let mut visit = 0;
        while day * DAY <= intrusion.to && day * DAY < people.to - DAY {
            let mut at =
                day * DAY + dice.range(9, 17) * HOUR + dice.range(0, 3599) - intrusion.base * 60;
            let month = (day / 30) as u64;
            let (exits, city) = &intrusion.exits;
            let mut draw = Dice::keyed(key(intrusion.key, "exit", &[month]));
            let net = *draw.of(exits);
            let ip = nets.address(&mut draw, net, Some(*city));
            for (nth, number) in numbers.iter().enumerate() {
                if at < begin || nth > 0 && dice.chance(0.3) {
                    continue;
                }
                let why = if dice.chance(0.65) { String::new() } else { purpose(&mut dice) };
                let n = 10 + dice.exponential(120.0) as usize;
                rows.push((at, row(at, &people.people[clerk].address, &ip, number, n, &why)));
                match looked.iter_mut().find(|s| s.0 == index && s.1 == *number) {
                    Some(s) => s.3.push(at),
                    None => looked.push((index, number.clone(), nth == 0, vec![at])),
                }
                at += dice.range(15, 240);
            }
            visit += 1;
            day += if visit % 3 == 0 { dice.range(6, 12) } else { dice.range(2, 6) };
        }
    }
    rows.retain(|r| r.0 >= begin && r.0 < people.to);
    rows.sort();
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    writeln!(out, "time,operator,source_ip,subject_number,rows,purpose")?;
    for (_, line) in rows {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    let subject = |(intrusion, phone, main, times)| {
        Some(Subject { intrusion, phone, main, seen: Seen::of(times)? })
    };
    Ok(looked.into_iter().filter_map(subject).collect())
}
