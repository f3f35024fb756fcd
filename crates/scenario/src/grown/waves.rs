//! Waves of grown worlds.

use std::collections::BTreeSet;

use super::families::{FAMILIES, Naming, Persona};
use super::hands::{Habits, Hand, Hands, common, mix};
use crate::attack::{Attack, Wave, article};
use crate::dice::Dice;
use crate::mail::bulk::org_name;
use crate::mail::plan::{Burst, Item, Kind, Plan, Scene, Url, domain, host};
use crate::net::NetKind;
use crate::people::{ascii, draw_name, invented};
use crate::text::{Lang, Register};
use crate::time::{DAY, HOUR};

/// Probability that a wave keeps a habit of its operator.
pub const KEEP: f64 = 0.8;
/// Waves of a world at most.
const MOST: usize = 90;

/// How many recipients each wave is to have, by operator.
fn sizes(dice: &mut Dice, hands: &Hands) -> Vec<(usize, usize)> {
    let size = |dice: &mut Dice| (6.0_f64.ln() + dice.unit() * 7.0_f64.ln()).exp() as usize;
    let fair = (hands.targets / hands.all.len()).max(6);
    let mut out: Vec<(usize, usize)> =
        (0..hands.all.len()).map(|hand| (hand, size(dice).min(fair * 2))).collect();
    let more: Vec<usize> = (0..hands.all.len()).filter(|&h| !hands.all[h].single).collect();
    let mut sum: usize = out.iter().map(|o| o.1).sum();
    while sum < hands.targets && out.len() < MOST {
        let n = size(dice).min(hands.targets - sum).max(6);
        sum += n;
        out.push((*dice.of(&more), n));
    }
    out
}

/// Draws the waves into the plan.
pub fn draw(plan: &mut Plan, scene: &Scene<'_>, hands: &Hands) -> Attack {
    let mut dice = Dice::new(scene.seed, "grown-waves");
    let mut drawn: Vec<(i64, usize, usize)> = sizes(&mut dice, hands)
        .into_iter()
        .map(|(hand, size)| {
            let (from, to) = hands.all[hand].span;
            (dice.range(from, to), hand, size)
        })
        .collect();
    drawn.sort_unstable();
    let mut waves = vec![];
    for (number, (start, hand, size)) in drawn.into_iter().enumerate() {
        let (burst, group) = wave(plan, scene, &mut dice, hands, (number, hand, size), start);
        waves.push(Wave { operator: hand, burst, group });
    }
    Attack { operators: hands.all.iter().map(Hand::operator).collect(), waves }
}

/// A group of the operator's and its recipients: mostly of that group, some
/// who are near to it, and accounts linked to them.
fn recipients(
    scene: &Scene<'_>,
    dice: &mut Dice,
    hand: &Hand,
    size: usize,
    time: i64,
) -> (usize, Vec<usize>) {
    let people = scene.people;
    let members = |group: usize| -> Vec<usize> {
        let all = people.groups[group].members.iter().copied();
        all.filter(|&p| people.present(p, time)).collect()
    };
    let mut groups = hand.groups.clone();
    dice.shuffle(&mut groups);
    groups.sort_by_key(|&g| members(g).len() < size.min(6));
    let group = groups[0];
    let mut pool = members(group);
    dice.shuffle(&mut pool);
    pool.truncate(((size as f64) * (0.7 + 0.3 * dice.unit())).ceil() as usize);
    let topic = people.groups[group].topic;
    let mut near: Vec<usize> = (0..people.groups.len())
        .filter(|&g| g != group && (people.groups[g].topic == topic || hand.groups.contains(&g)))
        .flat_map(members)
        .collect();
    dice.shuffle(&mut near);
    let mut set: BTreeSet<usize> = pool.iter().copied().collect();
    for &person in &pool {
        if dice.chance(hand.aim.linked()) {
            set.extend(people.linked_to(person).into_iter().filter(|&l| people.present(l, time)));
        }
    }
    let others = near.into_iter().chain((0..people.staff).filter(|&p| people.present(p, time)));
    for person in others {
        if set.len() >= size.max(6) {
            break;
        }
        set.insert(person);
    }
    let mut out: Vec<usize> = set.into_iter().collect();
    dice.shuffle(&mut out);
    out.truncate(44);
    (group, out)
}

fn language(scene: &Scene<'_>, dice: &mut Dice, to: &[usize]) -> Lang {
    let mut by_lang = [0usize; 3];
    for &person in to {
        by_lang[scene.people.lang(person) as usize] += 1;
    }
    if by_lang.iter().filter(|&&n| n > 1).count() > 1 && dice.chance(0.5) {
        return Lang::En;
    }
    [Lang::En, Lang::De, Lang::Fr][(0..3).max_by_key(|&i| by_lang[i]).unwrap_or(0)]
}

/// An honest sender's organisation and the stem of its domain.
fn sender(plan: &Plan, dice: &mut Dice, lang: Lang) -> Option<(String, String)> {
    let mine: Vec<usize> = (0..plan.specs.len())
        .filter(|&s| {
            let spec = &plan.specs[s];
            matches!(spec.kind, Kind::Newsletter | Kind::Invite | Kind::Outreach)
                && spec.lang == lang
                && spec.signature.contains('\n')
        })
        .collect();
    if mine.is_empty() {
        return None;
    }
    let spec = &plan.specs[*dice.of(&mine)];
    let org = spec.signature.split('\n').nth(1)?.to_owned();
    // The word of its name that its domain is made of.
    let word = crate::people::ascii(org.split(' ').next()?);
    Some((org, word.replace('-', "")))
}

/// Whom a wave claims to be: display name, organisation, and the stem of a
/// domain that would fit.
fn claim(
    plan: &Plan,
    scene: &Scene<'_>,
    dice: &mut Dice,
    persona: Persona,
    lang: Lang,
) -> (String, String, String) {
    let outlets: Vec<usize> =
        (0..plan.outlets.len()).filter(|&o| plan.outlets[o].lang == lang).collect();
    let outlet = plan.outlets[*dice.of(&outlets)].clone();
    let (first, last) = draw_name(dice, lang);
    let name = format!("{first} {last}");
    let stem = |d: &str| d.split('.').next().unwrap_or("news").replace('-', "");
    match persona {
        Persona::Outlet => (outlet.name.clone(), outlet.name, stem(&outlet.domain)),
        Persona::Journalist => {
            let shown =
                if dice.chance(0.5) { format!("{name}, {}", outlet.name) } else { name.clone() };
            (shown, outlet.name, stem(&outlet.domain))
        }
        Persona::Organisation | Persona::Host => {
            // Mostly a house that writes to these people itself.
            let known = dice.chance(0.65).then(|| sender(plan, dice, lang)).flatten();
            let (org, stem) = known.unwrap_or_else(|| {
                let word = invented(dice);
                (org_name(dice, &word, lang), word)
            });
            let shown = if dice.chance(0.4) { name } else { org.clone() };
            (shown, org, stem)
        }
        Persona::Service => {
            let house = dice.of(&scene.people.institutions);
            let what = dice.pick(&["Document Portal", "IT Helpdesk", "Shared Files", "Support"]);
            let shown =
                if dice.chance(0.5) { what.to_owned() } else { format!("{} {what}", house.name) };
            (shown, house.name.clone(), stem(&house.domain))
        }
        Persona::Person => {
            // Now and then somebody whom the house corresponds with.
            let known = dice.chance(0.6) && !plan.contacts.is_empty();
            if known {
                let contact = dice.of(&plan.contacts);
                let stem = stem(contact.address.split('@').next_back().unwrap_or("x"));
                (contact.name.clone(), contact.org.clone(), stem)
            } else {
                let word = invented(dice);
                (name, String::new(), word)
            }
        }
    }
}

fn register(dice: &mut Dice, persona: Persona) -> (Register, f64) {
    match persona {
        Persona::Outlet => (Register::News, 0.95),
        Persona::Journalist => (dice.pick(&[Register::News, Register::Query]), 0.6),
        Persona::Organisation => (dice.pick(&[Register::Invite, Register::News]), 0.4),
        Persona::Host => (Register::Invite, 0.05),
        Persona::Service => (dice.pick(&[Register::Notice, Register::Phish]), 0.0),
        Persona::Person => (dice.pick(&[Register::Query, Register::Invite, Register::News]), 0.4),
    }
}

fn shown(scene: &Scene<'_>, dice: &mut Dice, hands: &Hands, hand: usize, time: i64) -> Habits {
    let mut out = hands.all[hand].at(scene.seed, hand, time);
    let other = common(dice);
    mix(dice, &mut out, &other, 1.0 - KEEP);
    if let Some(flag) = hands.all[hand].flag {
        let theirs = hands.all[flag].at(scene.seed, flag, time);
        if dice.chance(0.5) {
            (out.engine, out.zone, out.link) = (theirs.engine, theirs.zone, theirs.link);
        }
    }
    out
}

fn wave(
    plan: &mut Plan,
    scene: &Scene<'_>,
    dice: &mut Dice,
    hands: &Hands,
    (number, at, size): (usize, usize, usize),
    start: i64,
) -> (usize, usize) {
    let hand = &hands.all[at];
    let family = &FAMILIES[hand.family];
    let mut day = start.div_euclid(DAY);
    while crate::time::weekday(day * DAY) >= 5 {
        day += 1;
    }
    let (group, to) = recipients(scene, dice, hand, size, day * DAY);
    let lang = language(scene, dice, &to);
    let habits = shown(scene, dice, hands, at, start);
    let (name, org, stem) = claim(plan, scene, dice, habits.persona, lang);
    let word = invented(dice);
    let free = dice.pick(&["gmail.com", "proton.me", "gmx.net", "outlook.com"]);
    let home = match habits.naming {
        Naming::Alike => domain(dice, &stem),
        Naming::Invented => domain(dice, &word),
        Naming::Free => free.to_owned(),
        Naming::Service => format!("{word}mail.net"),
    };
    let mut spec = scene.spec(dice, Kind::Wave(number), lang, &org, &home);
    let person = matches!(habits.persona, Persona::Person | Persona::Journalist);
    if person || habits.naming == Naming::Free {
        let plain = name.split(',').next().unwrap_or("x");
        let local = ascii(plain).replace("--", "-").replace('-', ".");
        let more =
            if habits.naming == Naming::Free { format!(".{}", dice.hex(4)) } else { String::new() };
        spec.from = format!("{local}{more}@{home}");
        spec.signature = if org.is_empty() { plain.to_owned() } else { format!("{plain}\n{org}") };
    }
    spec.from_name = name;
    spec.engine = habits.engine;
    spec.skeleton = Some(habits.skeleton);
    spec.token = habits.token;
    spec.zone = habits.zone;
    if dice.chance(KEEP) {
        spec.host.1 = match hand.address.as_ref().filter(|_| dice.chance(0.7)) {
            Some(address) => address.clone(),
            None => scene.nets.address(dice, hand.net, None),
        };
    } else {
        spec.host = host(dice, scene.nets, NetKind::Hosting, &home);
    }
    let own = match hand.web.as_ref().filter(|_| dice.chance(0.6)) {
        Some(web) => web.clone(),
        None if habits.naming == Naming::Free || dice.chance(0.35) => {
            let other = invented(dice);
            domain(dice, &other)
        }
        None => home.clone(),
    };
    let web = if dice.chance(0.6) {
        format!("{}.{own}", dice.pick(&["img", "cdn", "track", "links", "media", "t", "click"]))
    } else {
        own
    };
    let https = dice.chance(family.tls);
    let image = dice.chance(family.image);
    let url = |shape| Url { https, host: web.clone(), shape };
    spec.pixel = image.then(|| url(habits.pixel));
    spec.link = (!image || dice.chance(0.75)).then(|| url(habits.link));
    spec.auth =
        (dice.pick(&["pass", "pass", "pass", "softfail"]), dice.pick(&["pass", "pass", "none"]));
    spec.list = u8::from(dice.chance(family.listed));
    let (register, article_share) = register(dice, habits.persona);
    spec.register = register;
    spec.articles = dice.chance(article_share);
    let with_article = spec.articles;
    let plan_at = plan.specs.len();
    plan.specs.push(spec);
    let items = items(scene, dice, hand, family.pairs, &habits, (day, &to));
    let topic = scene.people.groups[group].topic;
    let first = items.first().map_or(start, |i| i.time).div_euclid(DAY);
    let article = with_article.then(|| article(plan, dice, lang, first, topic));
    plan.bursts.push(Burst {
        spec: plan_at,
        number: 1000 + dice.below(90_000) as u64,
        topic,
        article,
        subjects: 1 + dice.below(family.subjects),
        bytes: 900 + dice.below(2000),
        text: None,
        items,
    });
    let burst = plan.bursts.len() - 1;
    if dice.chance(0.25) {
        let item = dice.below(plan.bursts[burst].items.len());
        plan.answer(scene, dice, burst, item);
    }
    (burst, group)
}

fn items(
    scene: &Scene<'_>,
    dice: &mut Dice,
    hand: &Hand,
    pairs: f64,
    habits: &Habits,
    (mut day, to): (i64, &[usize]),
) -> Vec<Item> {
    let hour = |dice: &mut Dice, day: i64| {
        day * DAY + dice.range(8, 16) * HOUR + dice.range(0, 3599) - hand.base * 60
    };
    let closes = |time: i64| (time + hand.base * 60).rem_euclid(DAY) > 18 * HOUR;
    let batch = if pairs == 0.0 && dice.chance(0.2) { 2 + dice.below(2) } else { 1 };
    let mut time = hour(dice, day);
    let mut out: Vec<Item> = vec![];
    let mut next = to.iter();
    while let Some(&person) = next.next() {
        let also = if dice.chance(pairs) { next.next().map(|&p| p as u32) } else { None };
        out.push(Item { time, to: person as u32, also, batch: (out.len() / batch) as u32 });
        time += 1 + dice.exponential(habits.gap) as i64;
        if closes(time) {
            day += 1;
            while crate::time::weekday(day * DAY) >= 5 {
                day += 1;
            }
            time = hour(dice, day);
        }
    }
    let end = scene.people.to - 1;
    out.iter_mut().for_each(|item| item.time = item.time.min(end));
    out
}
