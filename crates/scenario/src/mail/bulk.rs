//! Honest mass mail and the ordinary dishonest kind: everything that a wave
//! could be taken for.

use super::plan::{Kind, Plan, Scene, domain, working};
use crate::dice::Dice;
use crate::net::NetKind;
use crate::people::{ascii, invented};
use crate::text::{Lang, Register, TOPICS};
use crate::time::{DAY, HOUR, MINUTE};

const LANGS: [Lang; 3] = [Lang::En, Lang::De, Lang::Fr];

/// Topic of the `number`-th article of a day.
#[must_use]
pub fn article_topic(day: i64, number: usize) -> usize {
    (day.unsigned_abs() as usize * 7 + number * 13 + number * number) % TOPICS
}

/// Articles a day in each language.
pub const ARTICLES: usize = 6;

/// Draws all mass mail that is no attack.
pub fn draw(plan: &mut Plan, scene: &Scene<'_>) {
    newsletters(plan, scene);
    invites(plan, scene);
    journalists(plan, scene);
    outreach(plan, scene);
    notices(plan, scene);
    junk(plan, scene, Kind::Phish);
    junk(plan, scene, Kind::Spam);
}

/// A name for an organisation of that word.
pub fn org_name(dice: &mut Dice, word: &str, lang: Lang) -> String {
    let mut title = word.to_owned();
    title[..1].make_ascii_uppercase();
    let kinds: &[&str] = match lang {
        Lang::En => {
            &["Institute", "Forum", "Foundation", "Policy Centre", "Association", "Dialogue"]
        }
        Lang::De => &["Stiftung", "Forum", "Akademie", "Verband", "Institut", "Gesellschaft"],
        Lang::Fr => &["Institut", "Forum", "Fondation", "Cercle", "Association", "Rencontres"],
    };
    format!("{title} {}", dice.pick(kinds))
}

fn present(scene: &Scene<'_>, people: Vec<usize>, time: i64) -> Vec<usize> {
    people.into_iter().filter(|&p| scene.people.present(p, time)).collect()
}

fn newsletters(plan: &mut Plan, scene: &Scene<'_>) {
    let mut dice = Dice::new(scene.seed, "newsletters");
    let people = scene.people;
    let series = if scene.scale() < 0.5 { 12 } else { 34 };
    let reach = if scene.grown {
        // So many issues more in so many years; some subscribers are gone.
        let years = (people.to - people.from) as f64 / (365.0 * DAY as f64);
        (if scene.scale() < 0.5 { 0.5 } else { 0.8 }) * (scene.draws() / years * 2.0).max(0.3)
    } else {
        (people.staff as f64 / 200.0)
            * (if scene.scale() < 0.5 { 0.5 } else { 0.8 })
            * (scene.scale() / (people.staff as f64 / 200.0)).clamp(0.8, 2.5)
    };
    for nth in 0..series {
        let lang = LANGS[nth % 3];
        let news = nth < series / 2;
        let (org, home) = if news {
            let mine: Vec<usize> =
                (0..plan.outlets.len()).filter(|&o| plan.outlets[o].lang == lang).collect();
            let outlet = plan.outlets[*dice.of(&mine)].clone();
            (outlet.name, outlet.domain)
        } else {
            let word = invented(&mut dice);
            let home = domain(&mut dice, &word);
            (org_name(&mut dice, &word, lang), home)
        };
        // Many outlets send through a service, under a domain that is not theirs.
        let from_domain = if dice.chance(0.25) {
            let w = invented(&mut dice);
            format!("{w}mail.net")
        } else {
            home.clone()
        };
        let mut spec = scene.spec(&mut dice, Kind::Newsletter, lang, &org, &from_domain);
        spec.list = if dice.chance(0.82) { 1 + u8::from(dice.chance(0.5)) } else { 0 };
        spec.register = if news {
            Register::News
        } else {
            *dice.of(&[Register::News, Register::Office, Register::Sales])
        };
        spec.articles = news;
        let at = plan.specs.len();
        plan.specs.push(spec.clone());
        let every = if nth % 6 == 0 {
            3
        } else if nth % 3 == 1 {
            30
        } else {
            7
        };
        let base = match every {
            3 => 7.0,
            30 => 16.0,
            _ => 8.0,
        };
        let topic = dice.below(TOPICS);
        let mut subscribers: Vec<usize> = people
            .groups
            .iter()
            .filter(|g| g.topic == topic)
            .flat_map(|g| g.members.clone())
            .collect();
        subscribers.truncate((base * reach * 0.5) as usize);
        let want = (base * reach) as usize + dice.below(4) + 2;
        while subscribers.len() < want {
            subscribers.push(dice.below(people.people.len()));
        }
        subscribers.sort_unstable();
        subscribers.dedup();
        let hour = dice.range(3, 16);
        let begins = if dice.chance(0.25) {
            dice.range(0, (people.to - people.from) / DAY * 3 / 4)
        } else {
            0
        };
        let mut day = people.from / DAY + begins + dice.range(0, every);
        while day * DAY < people.to - DAY {
            let start = day * DAY + hour * HOUR + dice.range(0, 20 * MINUTE);
            let to = present(scene, subscribers.clone(), start);
            let burst = plan.burst(&mut dice, at, &to, start, 4.0);
            plan.bursts[burst].topic = topic;
            if news {
                plan.bursts[burst].article = Some((day, dice.below(ARTICLES)));
            } else if spec.register == Register::News && dice.chance(0.4) {
                plan.bursts[burst].article = Some((day - 1, dice.below(ARTICLES)));
            }
            day += if every == 30 { 28 + dice.range(0, 4) } else { every };
        }
    }
}

fn invites(plan: &mut Plan, scene: &Scene<'_>) {
    let mut dice = Dice::new(scene.seed, "invites");
    let people = scene.people;
    let count = match scene.size {
        crate::people::Size::Xs => 16,
        crate::people::Size::S => 100,
        crate::people::Size::M => 400,
        crate::people::Size::L => 4_000,
    };
    let mut hosts: Vec<usize> = vec![];
    for _ in 0..count {
        let group = dice.below(people.groups.len());
        let members = people.groups[group].members.clone();
        let Some(&any) = members.first() else { continue };
        let lang = if people.groups[group].cause { *dice.of(&LANGS) } else { people.lang(any) };
        let again: Vec<usize> =
            hosts.iter().copied().filter(|&h| plan.specs[h].lang == lang).collect();
        let at = if !again.is_empty() && dice.chance(0.45) {
            *dice.of(&again)
        } else {
            let outlet = dice.chance(0.18);
            let word = invented(&mut dice);
            let (org, home) = if outlet {
                let mine: Vec<usize> =
                    (0..plan.outlets.len()).filter(|&o| plan.outlets[o].lang == lang).collect();
                let outlet = plan.outlets[*dice.of(&mine)].clone();
                (format!("{} Forum", outlet.name), outlet.domain)
            } else {
                let org = org_name(&mut dice, &word, lang);
                (org, domain(&mut dice, &word))
            };
            let platform = dice.chance(0.22);
            let from = if platform {
                let w = invented(&mut dice);
                domain(&mut dice, &w)
            } else {
                home
            };
            let mut spec = scene.spec(&mut dice, Kind::Invite, lang, &org, &from);
            spec.list = u8::from(dice.chance(0.35));
            spec.register = Register::Invite;
            if dice.chance(0.2) {
                spec.skeleton = None;
                spec.pixel = None;
            }
            hosts.push(plan.specs.len());
            plan.specs.push(spec);
            plan.specs.len() - 1
        };
        let start = Plan::time(scene, &mut dice, lang);
        let mut to = present(scene, members, start);
        let share = 0.55 + dice.unit() * 0.45;
        dice.shuffle(&mut to);
        to.truncate(((to.len() as f64) * share) as usize);
        // An organiser's list has some guests from elsewhere.
        for _ in 0..dice.below(4) {
            to.push(dice.below(people.staff));
        }
        for person in to.clone() {
            if dice.chance(0.1) {
                to.extend(
                    people
                        .linked_to(person)
                        .into_iter()
                        .filter(|&l| !people.people[l].linked.is_some_and(|x| x.1)),
                );
            }
        }
        let to: Vec<usize> =
            std::collections::BTreeSet::from_iter(present(scene, to, start)).into_iter().collect();
        let gap = *dice.of(&[3.0, 20.0, 300.0, 2500.0]);
        let burst = plan.burst(&mut dice, at, &to, start, gap);
        plan.bursts[burst].topic = people.groups[group].topic;
        plan.bursts[burst].subjects = if dice.chance(0.12) { 2 } else { 1 };
        let rate = if dice.chance(0.3) { 0.0 } else { 0.05 + dice.unit() * 0.3 };
        for item in 0..plan.bursts[burst].items.len() {
            if dice.chance(rate) {
                plan.answer(scene, &mut dice, burst, item);
            }
        }
        if dice.chance(0.3) {
            let again = start + dice.range(6, 15) * DAY;
            if again < people.to - 2 * DAY {
                let reminder = plan.burst(
                    &mut dice,
                    at,
                    &to,
                    working(&mut Dice::keyed(again as u64), again, lang),
                    gap,
                );
                plan.bursts[reminder].topic = people.groups[group].topic;
            }
        }
    }
}

fn journalists(plan: &mut Plan, scene: &Scene<'_>) {
    let mut dice = Dice::new(scene.seed, "journalists");
    let people = scene.people;
    let most = if scene.lean() { 9_000.0 } else { 900.0 };
    let count = (170.0 * scene.scale()).clamp(14.0, most) as usize;
    let mut known: Vec<usize> = vec![];
    for _ in 0..count {
        let lang = *dice.of(&LANGS);
        let mine: Vec<usize> =
            known.iter().copied().filter(|&h| plan.specs[h].lang == lang).collect();
        let at = if !mine.is_empty() && dice.chance(0.55) {
            *dice.of(&mine)
        } else {
            let of: Vec<usize> =
                (0..plan.outlets.len()).filter(|&o| plan.outlets[o].lang == lang).collect();
            let outlet = plan.outlets[*dice.of(&of)].clone();
            // Free-lances write from private or own domains.
            let free = dice.chance(0.25);
            let home = if free {
                let w = invented(&mut dice);
                let own = domain(&mut dice, &w);
                (dice.pick(&["gmail.com", "proton.me", "gmx.net", own.as_str()])).to_owned()
            } else {
                outlet.domain.clone()
            };
            let mut spec = scene.spec(&mut dice, Kind::Journalist, lang, &outlet.name, &home);
            let name = spec.signature.split('\n').next().unwrap_or("x").to_owned();
            let local = ascii(&name).replace("--", "-").replace('-', ".");
            spec.from = if free {
                format!("{local}.{}@{home}", dice.hex(4))
            } else {
                format!("{local}@{home}")
            };
            spec.from_name =
                if dice.chance(0.35) { format!("{name}, {}", outlet.name) } else { name };
            spec.register = Register::Query;
            spec.host = super::plan::host(
                &mut dice,
                scene.nets,
                if free { NetKind::Cloud } else { NetKind::Hosting },
                &home,
            );
            spec.id_domain = home;
            let tracked = dice.chance(0.3);
            if !tracked {
                spec.pixel = None;
            }
            if dice.chance(0.6) {
                spec.link = None;
            }
            if !tracked && dice.chance(0.5) {
                spec.skeleton = None;
            }
            known.push(plan.specs.len());
            plan.specs.push(spec);
            plan.specs.len() - 1
        };
        let group = dice.below(people.groups.len());
        let start = Plan::time(scene, &mut dice, lang);
        let members = present(scene, people.groups[group].members.clone(), start);
        let n = 2 + dice.below(9);
        let to = dice.sample(&members, n);
        let burst = plan.burst(&mut dice, at, &to, start, 900.0);
        plan.bursts[burst].topic = people.groups[group].topic;
        if dice.chance(0.35) {
            plan.bursts[burst].article =
                Some((start / DAY - dice.range(0, 2), dice.below(ARTICLES)));
            plan.bursts[burst].subjects = 1 + dice.below(2);
        }
        let rate = if dice.chance(0.35) { 0.0 } else { 0.3 };
        for item in 0..plan.bursts[burst].items.len() {
            if dice.chance(rate) {
                plan.answer(scene, &mut dice, burst, item);
            }
        }
    }
}

fn outreach(plan: &mut Plan, scene: &Scene<'_>) {
    let mut dice = Dice::new(scene.seed, "outreach");
    let people = scene.people;
    let most = if scene.lean() { 9_000.0 } else { 900.0 };
    let count = (180.0 * scene.scale()).clamp(14.0, most) as usize;
    for _ in 0..count {
        let lang = *dice.of(&LANGS);
        let word = invented(&mut dice);
        let home = domain(&mut dice, &word);
        let org = org_name(&mut dice, &word, lang);
        let mut spec = scene.spec(&mut dice, Kind::Outreach, lang, &org, &home);
        spec.register = Register::Sales;
        spec.list = u8::from(dice.chance(0.3));
        let at = plan.specs.len();
        plan.specs.push(spec);
        let start = Plan::time(scene, &mut dice, lang);
        let pool: Vec<usize> = if dice.chance(0.45) {
            people.groups[dice.below(people.groups.len())].members.clone()
        } else {
            (0..people.staff).filter(|&p| people.lang(p) == lang).collect()
        };
        let n = 3 + dice.below(8);
        let to = dice.sample(&present(scene, pool, start), n);
        let mut time = start;
        for _ in 0..1 + dice.below(3) {
            if time < people.to - 3 * DAY {
                let burst = plan.burst(&mut dice, at, &to, time, 600.0);
                plan.bursts[burst].subjects = 1 + dice.below(3);
                if dice.chance(0.1) {
                    plan.bursts[burst].article = Some((time / DAY - 1, dice.below(ARTICLES)));
                }
            }
            time = working(&mut dice, time + 4 * DAY, lang);
        }
    }
}

fn notices(plan: &mut Plan, scene: &Scene<'_>) {
    let mut dice = Dice::new(scene.seed, "notices");
    let people = scene.people;
    let mut services = vec![];
    for nth in 0..30 {
        let lang = LANGS[nth % 3];
        let word = invented(&mut dice);
        let home = domain(&mut dice, &word);
        let mut title = word.clone();
        title[..1].make_ascii_uppercase();
        let mut spec = scene.spec(&mut dice, Kind::Notice, lang, &title, &home);
        spec.from_name = title;
        spec.from =
            format!("{}@{home}", dice.pick(&["no-reply", "notifications", "service", "noreply"]));
        spec.list = u8::from(dice.chance(0.2));
        spec.auth = ("pass", "pass");
        services.push(plan.specs.len());
        plan.specs.push(spec);
    }
    let count = (5_200.0 * scene.draws()) as usize;
    for _ in 0..count {
        let person = dice.below(people.people.len());
        let lang = people.lang(person);
        let mine: Vec<usize> =
            services.iter().copied().filter(|&s| plan.specs[s].lang == lang).collect();
        let spec = *dice.of(&mine);
        let time = Plan::time(scene, &mut dice, lang);
        if people.present(person, time) {
            plan.burst(&mut dice, spec, &[person], time, 1.0);
        }
    }
}

fn junk(plan: &mut Plan, scene: &Scene<'_>, kind: Kind) {
    let mut dice = Dice::new(scene.seed, if kind == Kind::Phish { "phish" } else { "spam" });
    let people = scene.people;
    let count =
        (if kind == Kind::Phish { 260.0 } else { 150.0 } * scene.scale()).max(16.0) as usize;
    for _ in 0..count {
        let lang = *dice.of(&LANGS);
        let word = invented(&mut dice);
        let home = domain(&mut dice, &word);
        let org = org_name(&mut dice, &word, lang);
        let mut spec = scene.spec(&mut dice, kind, lang, &org, &home);
        if kind == Kind::Phish {
            spec.register = Register::Phish;
            if !dice.chance(0.5) {
                spec.pixel = None;
            }
            spec.from_name = (dice.pick(&[
                "IT Helpdesk",
                "Mail Administrator",
                "Parcel Service",
                "Customer Care",
                "Document Portal",
                "Support",
            ]))
            .to_owned();
            // Some use the day's news too.
            if dice.chance(0.12) {
                let outlet = dice.of(&plan.outlets).clone();
                spec.from_name = outlet.name;
                spec.register = Register::News;
            }
        } else {
            spec.register = Register::Sales;
            spec.list = u8::from(dice.chance(0.5));
        }
        let news = spec.register == Register::News;
        let at = plan.specs.len();
        plan.specs.push(spec);
        let start = people.from + dice.range(0, people.to - people.from - 3 * DAY);
        let n = 3 + dice.below(10);
        let everyone: Vec<usize> = (0..people.people.len()).collect();
        let to = dice.sample(&present(scene, everyone, start), n);
        let gap = *dice.of(&[2.0, 60.0, 1500.0]);
        let burst = plan.burst(&mut dice, at, &to, start, gap);
        plan.bursts[burst].subjects = 1 + dice.below(3);
        if news {
            plan.bursts[burst].article = Some((start / DAY, dice.below(ARTICLES)));
        }
    }
}
