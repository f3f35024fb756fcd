//! What else looks like a wave: kits in honest hands, phishing simulations,
//! press work, advocacy floods, diaspora correspondents, tokenised crime,
//! copied templates and planted indicators.

use super::families::FAMILIES;
use super::hands::Hands;
use crate::dice::{Dice, key};
use crate::mail::bulk::{ARTICLES, org_name};
use crate::mail::plan::{Kind, Plan, Scene, Url, domain, draw_zone, host, working};
use crate::net::NetKind;
use crate::people::{ascii, draw_name, invented};
use crate::text::{Lang, Register};
use crate::time::{DAY, HOUR};

const LANGS: [Lang; 3] = [Lang::En, Lang::De, Lang::Fr];

fn url(dice: &mut Dice, host: &str, shape: &'static str) -> Url {
    Url { https: dice.chance(0.7), host: host.to_owned(), shape }
}

/// Gives a sender the marks of a family's kit.
fn equip(dice: &mut Dice, plan: &mut Plan, spec: usize, family: usize) {
    let family = &FAMILIES[family];
    let it = &mut plan.specs[spec];
    it.engine = dice.pick(family.engines);
    it.token = dice.pick(family.tokens);
    if it.skeleton.is_some() {
        it.skeleton = Some(dice.pick(family.skeletons));
    }
    if dice.chance(0.7) {
        it.zone = dice.pick(family.zones);
    }
    if let Some(pixel) = &mut it.pixel {
        pixel.shape = dice.pick(family.pixels);
    }
    if let Some(link) = &mut it.link {
        link.shape = dice.pick(family.links);
    }
}

/// Two in five honest mass senders, and most agencies, work with a kit.
pub fn kits(plan: &mut Plan, scene: &Scene<'_>) {
    let mut dice = Dice::new(scene.seed, "kits");
    for spec in 0..plan.specs.len() {
        let share = match plan.specs[spec].kind {
            Kind::Notice | Kind::Spam => 0.2,
            Kind::Phish => 0.35,
            _ => 0.5,
        };
        if dice.chance(share) {
            let family = dice.below(FAMILIES.len());
            equip(&mut dice, plan, spec, family);
        }
    }
    answers(plan, scene, &mut dice);
}

/// Honest senders at first contact mostly correspond later.
fn answers(plan: &mut Plan, scene: &Scene<'_>, dice: &mut Dice) {
    for burst in 0..plan.bursts.len() {
        let kind = plan.specs[plan.bursts[burst].spec].kind;
        let share = match kind {
            Kind::Invite | Kind::Journalist => 0.55,
            Kind::Outreach => 0.15,
            _ => continue,
        };
        if dice.chance(share) {
            for _ in 0..1 + dice.below(2) {
                let item = dice.below(plan.bursts[burst].items.len());
                if item < plan.bursts[burst].items.len() {
                    plan.answer(scene, dice, burst, item);
                }
            }
        }
    }
}

/// Draws the decoys that no classic world has.
pub fn draw(plan: &mut Plan, scene: &Scene<'_>) {
    simulations(plan, scene);
    press(plan, scene);
    advocacy(plan, scene);
    diaspora(plan, scene);
    crime(plan, scene);
}

fn present(scene: &Scene<'_>, people: impl IntoIterator<Item = usize>, time: i64) -> Vec<usize> {
    people.into_iter().filter(|&p| scene.people.present(p, time)).collect()
}

fn count(scene: &Scene<'_>, of_s: f64) -> usize {
    (of_s * scene.scale()).max(1.0).min(of_s * 40.0) as usize
}

/// Houses that test their people, with the vendor's sending domains. The
/// first two say so in `context.csv`.
#[must_use]
pub fn vendors(scene: &Scene<'_>) -> Vec<(usize, String)> {
    let mut dice = Dice::new(scene.seed, "vendors");
    let mut houses: Vec<usize> = (0..scene.people.institutions.len()).collect();
    dice.shuffle(&mut houses);
    houses.truncate(3);
    houses
        .into_iter()
        .map(|house| {
            let word = invented(&mut dice);
            (house, domain(&mut dice, &word))
        })
        .collect()
}

fn simulations(plan: &mut Plan, scene: &Scene<'_>) {
    let mut dice = Dice::new(scene.seed, "simulations");
    let people = scene.people;
    for (house, home) in vendors(scene) {
        let lang = people.institutions[house].lang;
        let family = dice.below(FAMILIES.len());
        let mut day = people.from / DAY + dice.range(10, 120);
        while day * DAY < people.to - 10 * DAY {
            let outlet = dice.of(&plan.outlets).clone();
            let word = invented(&mut dice);
            let (name, org) = match dice.below(3) {
                0 => (outlet.name.clone(), outlet.name),
                1 => ("Document Portal".to_owned(), people.institutions[house].name.clone()),
                _ => {
                    let org = org_name(&mut dice, &word, lang);
                    (org.clone(), org)
                }
            };
            let mut spec = scene.spec(&mut dice, Kind::Simulation, lang, &org, &home);
            spec.from_name = name;
            spec.register = dice.pick(&[Register::Phish, Register::Invite, Register::News]);
            spec.articles = spec.register == Register::News;
            spec.link = Some(url(&mut dice, &home, "/r/{k}"));
            let at = plan.specs.len();
            plan.specs.push(spec);
            equip(&mut dice, plan, at, family);
            let start = working(&mut dice, day * DAY, lang);
            let pool = present(scene, people.staff_of(house), start);
            // Some programmes test one team at a time.
            let pool = if dice.chance(0.4) {
                let groups: Vec<usize> = (0..people.groups.len())
                    .filter(|&g| {
                        let members = &people.groups[g].members;
                        !people.groups[g].cause
                            && members
                                .first()
                                .is_some_and(|&m| people.people[m].institution == house)
                    })
                    .collect();
                present(scene, people.groups[*dice.of(&groups)].members.clone(), start)
            } else {
                pool
            };
            let n = (6 + dice.below(30)).min(pool.len());
            let to = dice.sample(&pool, n);
            let burst = plan.burst(&mut dice, at, &to, start, 400.0);
            if plan.specs[at].articles {
                plan.bursts[burst].article = Some((start / DAY - 1, dice.below(ARTICLES)));
            }
            day += dice.range(60, 150);
        }
    }
}

/// Agencies that write to reporters for several clients, list after list.
fn press(plan: &mut Plan, scene: &Scene<'_>) {
    let mut dice = Dice::new(scene.seed, "press");
    let people = scene.people;
    let desks: Vec<usize> = (0..people.groups.len())
        .filter(|&g| {
            let name = &people.groups[g].name;
            name.starts_with("newsroom:") || name == "cause:press-freedom"
        })
        .collect();
    let mut agencies = vec![];
    for _ in 0..count(scene, 5.0).max(2) {
        let word = invented(&mut dice);
        agencies.push((domain(&mut dice, &word), dice.below(FAMILIES.len())));
    }
    for _ in 0..count(scene, 45.0) {
        let lang = *dice.of(&LANGS);
        let (agency, family) = dice.of(&agencies).clone();
        let word = invented(&mut dice);
        let client = org_name(&mut dice, &word, lang);
        let own = dice.chance(0.6);
        let home = if own { domain(&mut dice, &word) } else { agency.clone() };
        let mut spec = scene.spec(&mut dice, Kind::Press, lang, &client, &home);
        spec.register = dice.pick(&[Register::News, Register::Invite, Register::Sales]);
        spec.list = u8::from(dice.chance(0.3));
        let web = if dice.chance(0.5) { format!("t.{agency}") } else { format!("links.{home}") };
        spec.pixel = dice.chance(0.8).then(|| url(&mut dice, &web, "/o/{k}.gif"));
        spec.link = Some(url(&mut dice, &web, "/r/{k}"));
        let at = plan.specs.len();
        plan.specs.push(spec);
        equip(&mut dice, plan, at, family);
        let start = Plan::time(scene, &mut dice, lang);
        let members = people.groups[*dice.of(&desks)].members.clone();
        let n = 4 + dice.below(14);
        let to = dice.sample(&present(scene, members, start), n);
        if to.is_empty() {
            continue;
        }
        let gap = *dice.of(&[8.0, 45.0, 600.0]);
        let burst = plan.burst(&mut dice, at, &to, start, gap);
        if dice.chance(0.3) {
            plan.bursts[burst].article = Some((start / DAY - 1, dice.below(ARTICLES)));
        }
        if dice.chance(0.4) {
            let item = dice.below(to.len().min(plan.bursts[burst].items.len()));
            plan.answer(scene, &mut dice, burst, item);
        }
    }
}

/// Citizens who send one text through a platform, each under their own name.
fn advocacy(plan: &mut Plan, scene: &Scene<'_>) {
    let mut dice = Dice::new(scene.seed, "advocacy");
    let people = scene.people;
    let bodies: Vec<usize> = (0..people.groups.len())
        .filter(|&g| {
            let name = &people.groups[g].name;
            name.starts_with("committee:") || name.starts_with("party:")
        })
        .collect();
    for flood in 0..count(scene, 6.0) {
        let group = *dice.of(&bodies);
        let Some(&any) = people.groups[group].members.first() else { continue };
        let lang = people.lang(any);
        let word = invented(&mut dice);
        let platform = domain(&mut dice, &word);
        let family = dice.below(FAMILIES.len());
        let start = Plan::time(scene, &mut dice, lang);
        let to = present(scene, people.groups[group].members.clone(), start);
        if to.is_empty() {
            continue;
        }
        let server = host(&mut dice, scene.nets, NetKind::MailService, &platform);
        let text = key(scene.seed, "flood", &[flood as u64]);
        for _ in 0..15 + dice.below(45) {
            let (first, last) = draw_name(&mut dice, lang);
            let provider = dice.pick(&["gmail.com", "gmx.net", "orange.fr", "outlook.com"]);
            let home = if dice.chance(0.5) { provider } else { platform.as_str() };
            let mut spec = scene.spec(&mut dice, Kind::Advocacy, lang, "", home);
            spec.from_name = format!("{first} {last}");
            spec.from = format!("{}.{}.{}@{home}", ascii(&first), ascii(&last), dice.hex(4));
            spec.signature = spec.from_name.clone();
            spec.register = Register::Query;
            spec.host = server.clone();
            spec.pixel = None;
            spec.link = Some(url(&mut dice, &platform, "/sign/{k}"));
            let at = plan.specs.len();
            plan.specs.push(spec);
            equip(&mut dice, plan, at, family);
            let time = start + dice.exponential(2.5 * DAY as f64) as i64;
            if time >= people.to - DAY {
                continue;
            }
            let n = 1 + dice.below(to.len().min(5));
            let to = dice.sample(&to, n);
            let burst = plan.burst(&mut dice, at, &to, time, 2.0);
            plan.bursts[burst].topic = people.groups[group].topic;
            plan.bursts[burst].text = Some(text);
        }
    }
}

/// People abroad who write to those who speak for them, from odd places.
fn diaspora(plan: &mut Plan, scene: &Scene<'_>) {
    let mut dice = Dice::new(scene.seed, "diaspora");
    let people = scene.people;
    let circles: Vec<usize> = (0..people.groups.len())
        .filter(|&g| {
            let name = people.groups[g].name.as_str();
            matches!(
                name,
                "cause:diaspora-association" | "cause:minority-rights" | "newsroom:foreign-desk"
            )
        })
        .collect();
    for _ in 0..count(scene, 22.0).max(3) {
        let lang = *dice.of(&LANGS);
        let (first, last) = draw_name(&mut dice, lang);
        let provider = dice.pick(&["proton.me", "gmail.com", "gmx.net"]);
        let mut spec = scene.spec(&mut dice, Kind::Diaspora, lang, "", provider);
        spec.from_name = format!("{first} {last}");
        spec.from = format!("{}.{}.{}@{provider}", ascii(&first), ascii(&last), dice.hex(4));
        spec.signature = spec.from_name.clone();
        spec.register = dice.pick(&[Register::Query, Register::News]);
        let net = dice.pick(&[NetKind::Vpn, NetKind::Hosting, NetKind::Hotel]);
        spec.host = host(&mut dice, scene.nets, net, provider);
        spec.zone = draw_zone(&mut dice);
        if dice.chance(0.5) {
            let word = invented(&mut dice);
            let track = format!("{word}track.com");
            spec.pixel = Some(url(&mut dice, &track, "/e/{n}/{k}"));
        } else {
            spec.pixel = None;
        }
        spec.link = dice.chance(0.5).then(|| {
            let word = invented(&mut dice);
            let site = domain(&mut dice, &word);
            url(&mut dice, &site, "/letter/{k}")
        });
        let at = plan.specs.len();
        plan.specs.push(spec);
        let group = *dice.of(&circles);
        let mut time = Plan::time(scene, &mut dice, lang);
        for letter in 0..1 + dice.below(5) {
            if time >= people.to - 2 * DAY {
                break;
            }
            let to = present(scene, people.groups[group].members.clone(), time);
            let n = 1 + dice.below(6);
            let to = dice.sample(&to, n);
            if !to.is_empty() {
                let burst = plan.burst(&mut dice, at, &to, time, 900.0);
                plan.bursts[burst].topic = people.groups[group].topic;
                if dice.chance(if letter == 0 { 0.35 } else { 0.6 }) {
                    plan.answer(scene, &mut dice, burst, 0);
                }
            }
            time += dice.range(3, 90) * DAY + dice.range(0, 20) * HOUR;
        }
    }
}

/// Fraud with a token for each recipient, from new domains, to anybody.
fn crime(plan: &mut Plan, scene: &Scene<'_>) {
    let mut dice = Dice::new(scene.seed, "crime");
    let people = scene.people;
    for _ in 0..count(scene, 40.0) {
        let lang = *dice.of(&LANGS);
        let word = invented(&mut dice);
        let outlet = dice.of(&plan.outlets).clone();
        let stem = outlet.domain.split('.').next().unwrap_or("news").replace('-', "");
        let alike = dice.chance(0.35);
        let home = domain(&mut dice, if alike { &stem } else { &word });
        let org = if alike { outlet.name } else { org_name(&mut dice, &word, lang) };
        let mut spec = scene.spec(&mut dice, Kind::Crime, lang, &org, &home);
        spec.from_name = if dice.chance(0.5) {
            org
        } else {
            (dice.pick(&["Parcel Service", "Document Portal", "Customer Care"])).to_owned()
        };
        spec.register = dice.pick(&[Register::Phish, Register::Sales, Register::News]);
        spec.pixel = dice.chance(0.6).then(|| url(&mut dice, &home, "/o/{k}.gif"));
        spec.link = Some(url(&mut dice, &home, "/r/{k}"));
        spec.host = host(&mut dice, scene.nets, NetKind::Hosting, &home);
        let at = plan.specs.len();
        plan.specs.push(spec);
        if dice.chance(0.7) {
            let family = dice.below(FAMILIES.len());
            equip(&mut dice, plan, at, family);
        }
        let start = Plan::time(scene, &mut dice, lang);
        let everyone = present(scene, 0..people.people.len(), start);
        let n = 4 + dice.below(22);
        let to = dice.sample(&everyone, n);
        let gap = *dice.of(&[2.0, 45.0, 600.0]);
        let burst = plan.burst(&mut dice, at, &to, start, gap);
        plan.bursts[burst].subjects = 1 + dice.below(4);
        if plan.specs[at].register == Register::News {
            plan.bursts[burst].article = Some((start / DAY - 1, dice.below(ARTICLES)));
        }
    }
}

/// Templates that others copied from operators, and indicators that were
/// planted: in control worlds, too.
pub fn copies(plan: &mut Plan, scene: &Scene<'_>, hands: &Hands) {
    let mut dice = Dice::new(scene.seed, "copies");
    let mail: Vec<usize> = (0..plan.specs.len())
        .filter(|&s| {
            let kind = plan.specs[s].kind;
            matches!(kind, Kind::Newsletter | Kind::Invite | Kind::Press | Kind::Outreach)
        })
        .collect();
    if hands.traps.contains(&"copied_template") {
        for _ in 0..3 {
            let hand = dice.of(&hands.all);
            let it = &mut plan.specs[*dice.of(&mail)];
            it.skeleton = it.skeleton.map(|_| hand.habits.skeleton);
            it.token = hand.habits.token;
            it.engine = hand.habits.engine;
            if let Some(pixel) = &mut it.pixel {
                pixel.shape = hand.habits.pixel;
            }
            if let Some(link) = &mut it.link {
                link.shape = hand.habits.link;
            }
        }
    }
    if hands.traps.contains(&"planted_indicator") {
        let junk: Vec<usize> = (0..plan.specs.len())
            .filter(|&s| matches!(plan.specs[s].kind, Kind::Crime | Kind::Phish | Kind::Spam))
            .collect();
        for _ in 0..3 {
            let hand = dice.of(&hands.all).clone();
            let it = &mut plan.specs[*dice.of(&junk)];
            if let Some(address) = hand.address {
                it.host.1 = address;
            }
            if let (Some(web), Some(link)) = (hand.web, &mut it.link) {
                link.host = web;
            }
        }
    }
    // A host is mostly let to more than one: honest senders stand beside.
    for hand in &hands.all {
        if let Some(address) = hand.address.as_ref().filter(|_| dice.chance(0.5)) {
            for _ in 0..1 + dice.below(3) {
                plan.specs[*dice.of(&mail)].host.1.clone_from(address);
            }
        }
    }
}
