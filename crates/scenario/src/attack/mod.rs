//! The attack: two operators who do not know each other, their waves and
//! their intrusions.
//!
//! An operator is a set of habits drawn from the pools that honest senders
//! draw from too. Each wave keeps each habit with probability [`KEEP`] and
//! else draws anew, so that waves of one operator share some marks, waves of
//! different operators share a few by chance, and no mark is theirs alone.

pub mod intrusion;

use crate::dice::Dice;
use crate::mail::bulk::{ARTICLES, article_topic};
use crate::mail::engine;
use crate::mail::plan::{Burst, Item, Kind, Plan, Scene, Url, domain, draw_zone, host};
use crate::net::NetKind;
use crate::people::{Size, ascii, invented};
use crate::text::{Lang, Register};
use crate::time::{DAY, HOUR};

/// Probability that a wave keeps a habit of its operator.
pub const KEEP: f64 = 0.75;

/// An operator's habits.
#[derive(Clone, Debug)]
pub struct Operator {
    /// Image shape.
    pub pixel: &'static str,
    /// Link shape.
    pub link: &'static str,
    /// Token format.
    pub token: usize,
    /// HTML skeleton.
    pub skeleton: usize,
    /// Engine.
    pub engine: usize,
    /// Zone written in Date headers, minutes.
    pub zone: i64,
    /// Offset of the working day, minutes.
    pub base: i64,
    /// Network of its servers.
    pub net: usize,
    /// Naming style: look-alike domains or not.
    pub alike: bool,
    /// "Name, Outlet" or the outlet alone.
    pub person: bool,
    /// Groups that interest it.
    pub groups: Vec<usize>,
}

/// A wave.
#[derive(Clone, Debug)]
pub struct Wave {
    /// Its operator, 0 or 1.
    pub operator: usize,
    /// Index of its burst.
    pub burst: usize,
    /// Its group.
    pub group: usize,
}

/// The attack of a world.
pub struct Attack {
    /// Both operators.
    pub operators: Vec<Operator>,
    /// All waves in order of time.
    pub waves: Vec<Wave>,
}

fn operators(scene: &Scene<'_>, dice: &mut Dice) -> Vec<Operator> {
    let mut pixels = engine::PIXELS.to_vec();
    let mut links = engine::LINKS.to_vec();
    let mut tokens: Vec<usize> = (0..engine::TOKENS).collect();
    let mut skeletons: Vec<usize> = (0..engine::SKELETONS).collect();
    let mut engines: Vec<usize> = (0..engine::ENGINES).collect();
    let mut bases = vec![480, 180, 330, -300, 120];
    let mut nets = scene.nets.of(NetKind::Hosting, None);
    nets.extend(scene.nets.of(NetKind::MailService, None));
    dice.shuffle(&mut pixels);
    dice.shuffle(&mut links);
    dice.shuffle(&mut tokens);
    dice.shuffle(&mut skeletons);
    dice.shuffle(&mut engines);
    dice.shuffle(&mut bases);
    dice.shuffle(&mut nets);
    let mut groups: Vec<usize> = (0..scene.people.groups.len())
        .filter(|&g| {
            scene.people.groups[g].cause
                || scene.people.groups[g].name.starts_with("committee:")
                || scene.people.groups[g].name.ends_with("candidates")
        })
        .collect();
    dice.shuffle(&mut groups);
    (0..2)
        .map(|at| Operator {
            pixel: pixels[at],
            link: links[at],
            token: tokens[at],
            skeleton: skeletons[at],
            engine: engines[at],
            zone: if dice.chance(0.5) { 0 } else { bases[at] },
            base: bases[at],
            net: nets[at],
            alike: dice.chance(0.5),
            person: dice.chance(0.5),
            groups: groups[at * 4..at * 4 + 4].to_vec(),
        })
        .collect()
}

fn recipients(
    scene: &Scene<'_>,
    dice: &mut Dice,
    group: usize,
    other: usize,
    time: i64,
) -> Vec<usize> {
    let people = scene.people;
    let members = |group: usize| -> Vec<usize> {
        let members = people.groups[group].members.iter().copied();
        members.filter(|&p| people.present(p, time)).collect()
    };
    let mut pool = members(group);
    dice.shuffle(&mut pool);
    let keep = ((pool.len() as f64) * (0.65 + 0.35 * dice.unit())) as usize;
    pool.truncate(keep.max(7));
    // Others who work on the same topic, or whom the operator wants as well.
    let near: Vec<usize> = (0..people.groups.len())
        .filter(|&g| g != group && people.groups[g].topic == people.groups[group].topic)
        .flat_map(members)
        .collect();
    if dice.chance(0.45) {
        let n = 1 + dice.below(10);
        pool.extend(dice.sample(&near, n));
    }
    let second = members(other);
    if dice.chance(0.3) {
        let n = second.len() * 3 / 4;
        pool.extend(dice.sample(&second, n));
    }
    for person in pool.clone() {
        if dice.chance(0.5) {
            pool.extend(people.linked_to(person));
        }
    }
    let mut set: std::collections::BTreeSet<usize> = pool.into_iter().collect();
    for person in second.into_iter().chain(near).chain(0..people.staff) {
        if set.len() >= 8 {
            break;
        }
        set.insert(person);
    }
    let mut out: Vec<usize> = set.into_iter().collect();
    dice.shuffle(&mut out);
    out.truncate(40);
    out
}

/// An article to wrap the lure in: mostly one that newsletters of these days
/// print too, of the group's topic where there is one.
pub(crate) fn article(
    plan: &Plan,
    dice: &mut Dice,
    lang: Lang,
    day: i64,
    topic: usize,
) -> (i64, usize) {
    let printed: Vec<(i64, usize)> = plan
        .bursts
        .iter()
        .filter(|b| plan.specs[b.spec].lang == lang)
        .filter_map(|b| b.article)
        .filter(|a| (day - 6..=day).contains(&a.0))
        .collect();
    let suits = |a: &(i64, usize)| article_topic(a.0, a.1) == topic;
    let near: Vec<(i64, usize)> = printed.iter().copied().filter(suits).collect();
    if !near.is_empty() {
        return *dice.of(&near);
    }
    if !printed.is_empty() && dice.chance(0.6) {
        return *dice.of(&printed);
    }
    let any = (0..6).flat_map(|back| (0..ARTICLES).map(move |n| (day - back, n)));
    any.into_iter().find(suits).unwrap_or((day - dice.range(0, 2), dice.below(ARTICLES)))
}

/// Draws operators and adds their waves to the plan.
pub fn draw(plan: &mut Plan, scene: &Scene<'_>) -> Attack {
    let mut dice = Dice::new(scene.seed, "attack");
    let operators = operators(scene, &mut dice);
    let first = if dice.chance(0.5) { 4 } else { 5 };
    let mut owners: Vec<usize> = (0..7).map(|n| usize::from(n >= first)).collect();
    dice.shuffle(&mut owners);
    let span = scene.people.to - scene.people.from;
    let mut waves = vec![];
    for (number, &owner) in owners.iter().enumerate() {
        let operator = &operators[owner];
        let share = 0.12 + 0.76 * (number as f64 + dice.unit() * 0.8) / 7.0;
        let start = scene.people.from + (span as f64 * share) as i64;
        let group = *dice.of(&operator.groups);
        let other = *dice.of(&operator.groups);
        let target = (group, other);
        let burst = wave(plan, scene, &mut dice, operator, number, target, start);
        waves.push(Wave { operator: owner, burst, group });
    }
    Attack { operators, waves }
}

fn wave(
    plan: &mut Plan,
    scene: &Scene<'_>,
    dice: &mut Dice,
    operator: &Operator,
    number: usize,
    (group, other): (usize, usize),
    start: i64,
) -> usize {
    let people = scene.people;
    let mut day = start.div_euclid(DAY);
    while crate::time::weekday(day * DAY) >= 5 {
        day += 1;
    }
    let to = recipients(scene, dice, group, other, day * DAY);
    let mut by_lang = [0usize; 3];
    for &person in &to {
        by_lang[people.lang(person) as usize] += 1;
    }
    let lang = if by_lang.iter().filter(|&&n| n > 2).count() > 1 && dice.chance(0.5) {
        Lang::En
    } else {
        [Lang::En, Lang::De, Lang::Fr][(0..3).max_by_key(|&i| by_lang[i]).unwrap_or(0)]
    };
    let outlets: Vec<usize> =
        (0..plan.outlets.len()).filter(|&o| plan.outlets[o].lang == lang).collect();
    let outlet = plan.outlets[*dice.of(&outlets)].clone();
    let alike = if dice.chance(KEEP) { operator.alike } else { dice.chance(0.5) };
    let stem = outlet.domain.split('.').next().unwrap_or("news").replace('-', "");
    let word = invented(dice);
    let home = domain(dice, if alike { &stem } else { &word });
    let mut spec = scene.spec(dice, Kind::Wave(number), lang, &outlet.name, &home);
    let name = spec.signature.split('\n').next().unwrap_or("x").to_owned();
    let person = if dice.chance(KEEP) { operator.person } else { dice.chance(0.5) };
    spec.from_name = match (person, dice.below(2)) {
        (true, 0) => format!("{name}, {}", outlet.name),
        (true, _) => name.clone(),
        _ => outlet.name.clone(),
    };
    if person {
        spec.from = format!("{}@{home}", ascii(&name).replace('-', "."));
    }
    if dice.chance(KEEP) {
        spec.engine = operator.engine;
    }
    if dice.chance(KEEP) {
        spec.skeleton = Some(operator.skeleton);
    }
    if dice.chance(KEEP) {
        spec.token = operator.token;
    }
    spec.zone = if dice.chance(KEEP) { operator.zone } else { draw_zone(dice) };
    if dice.chance(KEEP) {
        spec.host.1 = scene.nets.address(dice, operator.net, None);
    } else {
        spec.host = host(dice, scene.nets, NetKind::Hosting, &home);
    }
    let web = if dice.chance(0.4) {
        let w = invented(dice);
        domain(dice, &w)
    } else {
        format!("{}.{home}", dice.pick(&["img", "cdn", "track", "links", "media", "t", "click"]))
    };
    let https = dice.chance(0.5);
    let pixel = if dice.chance(KEEP) { operator.pixel } else { *dice.of(&engine::PIXELS) };
    let link = if dice.chance(KEEP) { operator.link } else { *dice.of(&engine::LINKS) };
    spec.pixel = Some(Url { https, host: web.clone(), shape: pixel });
    spec.link = if dice.chance(0.75) { Some(Url { https, host: web, shape: link }) } else { None };
    spec.auth =
        (dice.pick(&["pass", "pass", "pass", "softfail"]), dice.pick(&["pass", "pass", "none"]));
    spec.list = u8::from(dice.chance(0.08));
    spec.register = Register::News;
    spec.articles = true;
    let at = plan.specs.len();
    plan.specs.push(spec);
    let hour = |dice: &mut Dice, day: i64| {
        day * DAY + dice.range(9, 16) * HOUR + dice.range(0, 3599) - operator.base * 60
    };
    let slow = dice.chance(0.35);
    let gap = if slow { 2400.0 } else { *dice.of(&[8.0, 45.0, 240.0]) };
    let mut time = hour(dice, day);
    let closes = |time: i64| (time + operator.base * 60).rem_euclid(DAY) > 18 * HOUR;
    let pairs = dice.chance(0.3);
    let batch = if !pairs && dice.chance(0.25) { 2 + dice.below(2) } else { 1 };
    let mut items = vec![];
    let mut next = to.iter().peekable();
    while let Some(&person) = next.next() {
        let also = if pairs && dice.chance(0.6) { next.next().map(|&p| p as u32) } else { None };
        items.push(Item { time, to: person as u32, also, batch: (items.len() / batch) as u32 });
        time += 1 + dice.exponential(gap) as i64;
        if closes(time) {
            day += 1;
            while crate::time::weekday(day * DAY) >= 5 {
                day += 1;
            }
            time = hour(dice, day);
        }
    }
    let topic = people.groups[group].topic;
    let article = article(plan, dice, lang, items[0].time.div_euclid(DAY), topic);
    plan.bursts.push(Burst {
        spec: at,
        number: 1000 + dice.below(90_000) as u64,
        topic,
        article: Some(article),
        subjects: if dice.chance(0.45) { 2 + dice.below(3) } else { 1 },
        bytes: 1100 + dice.below(1800),
        text: None,
        items,
    });
    let burst = plan.bursts.len() - 1;
    // Now and then somebody writes back.
    if scene.size != Size::Xs && dice.chance(0.3) {
        let item = dice.below(plan.bursts[burst].items.len());
        plan.answer(scene, dice, burst, item);
    }
    burst
}
