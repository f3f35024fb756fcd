use demarche_core::{CoverageEntry, Exposure, ExposureState, Fetch, UrlPlace, UtcMicros};

use super::world::{World, person};

const DOMAIN: &str = "harbourpost-news.test";

/// A wave on day 150 with links, and its rows.
fn world(place: UrlPlace) -> (World, Vec<usize>) {
    let mut world = World::new();
    let mut wave = World::attack(0, 150, DOMAIN);
    wave.place = place;
    let rows = world.send(&wave);
    (world, rows)
}

fn fetch(world: &mut World, row: usize, after_seconds: i64, client: &str) {
    let mail = &world.mails[row];
    let url = mail.features.urls[0].url.clone();
    let time = mail.received.map(|t| t.saturating_add(after_seconds * UtcMicros::SECOND));
    world.fetches.push(Fetch {
        fetch_uid: format!("f1:{}", world.fetches.len()),
        time,
        client: client.into(),
        method: "GET".into(),
        host: mail.features.urls[0].host.clone(),
        url,
        ..Fetch::default()
    });
}

fn of(world: &World, recipient: usize) -> Exposure {
    let output = world.find();
    let wave = output.waves.iter().find(|w| w.senders[0].ends_with(DOMAIN)).unwrap();
    let of_wave = output.exposures.iter().filter(|e| e.wave_id == wave.wave_id);
    of_wave.into_iter().find(|e| e.recipient == person(recipient)).unwrap().clone()
}

#[test]
fn image_fetched_link_clicked_rest_targeted() {
    let (mut world, rows) = world(UrlPlace::Img);
    fetch(&mut world, rows[1], 4_000, "192.0.2.11");
    let seen = of(&world, 1);
    assert_eq!(seen.state, ExposureState::Fetched);
    assert!(seen.time.is_some() && seen.evidence.len() >= 2);
    assert_eq!(of(&world, 2).state, ExposureState::Targeted);

    let (mut world, rows) = self::world(UrlPlace::Href);
    fetch(&mut world, rows[1], 4_000, "192.0.2.11");
    assert_eq!(of(&world, 1).state, ExposureState::Clicked);
}

#[test]
fn a_gateways_prefetch_is_no_opening() {
    let (mut world, rows) = world(UrlPlace::Img);
    for &row in &rows {
        fetch(&mut world, row, 8, "198.51.100.9");
    }
    fetch(&mut world, rows[2], 7_000, "192.0.2.12");
    let gateway_only = of(&world, 1);
    assert_eq!(gateway_only.state, ExposureState::Targeted);
    assert!(gateway_only.detail.contains("gateways"), "{}", gateway_only.detail);
    assert_eq!(of(&world, 2).state, ExposureState::Fetched);
}

#[test]
fn without_web_logs_nothing_is_known() {
    let (world, _) = world(UrlPlace::Img);
    assert_eq!(of(&world, 1).state, ExposureState::Unknown);
}

#[test]
fn stated_coverage_counts_and_private_accounts_are_outside_it() {
    let (mut world, _) = world(UrlPlace::Img);
    world.coverage.push(CoverageEntry { source: "web".into(), ..CoverageEntry::default() });
    let state = |who: &str| {
        let output = world.find();
        let wave = output.waves.iter().find(|w| w.senders[0].ends_with(DOMAIN)).unwrap();
        let found =
            output.exposures.iter().find(|e| e.recipient == who && e.wave_id == wave.wave_id);
        found.unwrap().state
    };
    assert_eq!(state(&person(3)), ExposureState::Targeted);
    assert_eq!(state("spouse3@postbox.example"), ExposureState::Unknown);
}

#[test]
fn a_connect_is_a_hint_only() {
    let (mut world, rows) = world(UrlPlace::Img);
    let mail = &world.mails[rows[1]];
    world.fetches.push(Fetch {
        fetch_uid: "f1:c".into(),
        time: mail.received.map(|t| t.saturating_add(UtcMicros::HOUR)),
        client: "192.0.2.11".into(),
        account: person(1),
        method: "CONNECT".into(),
        host: mail.features.urls[0].host.clone(),
        url: format!("{}:443", mail.features.urls[0].host),
        ..Fetch::default()
    });
    let hint = of(&world, 1);
    assert_eq!(hint.state, ExposureState::Targeted);
    assert!(hint.detail.contains("hint"), "{}", hint.detail);
}

#[test]
fn a_name_looked_up_is_never_a_fetch_and_covers_nobody() {
    let (mut world, rows) = world(UrlPlace::Img);
    let mail = &world.mails[rows[1]];
    for kind in Fetch::NAME_KINDS {
        world.fetches.push(Fetch {
            fetch_uid: format!("f1:{kind}"),
            time: mail.received.map(|t| t.saturating_add(UtcMicros::HOUR)),
            client: "192.0.2.11".into(),
            account: person(1),
            method: "DNS".into(),
            host: mail.features.urls[0].host.clone(),
            // A resolver logs whatever name it was asked for.
            url: mail.features.urls[0].url.clone(),
            kind: kind.into(),
            ..Fetch::default()
        });
    }
    let hint = of(&world, 1);
    assert_eq!(hint.state, ExposureState::Unknown);
    assert!(hint.detail.contains("hint"), "{}", hint.detail);
}

#[test]
fn a_wrapped_url_is_told_by_its_token() {
    // A rewriting proxy adds its own parameters; the token stays.
    let (mut world, rows) = world(UrlPlace::Href);
    fetch(&mut world, rows[1], 4_000, "192.0.2.11");
    let last = world.fetches.last_mut().unwrap();
    last.url.push_str("?via=proxy&x=1");
    assert_eq!(of(&world, 1).state, ExposureState::Clicked);
}
