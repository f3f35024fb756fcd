//! Client programs as audit logs and proxies name them.

use crate::dice::Dice;

/// Templates of agent strings; `{v}` is a browser version that grows with
/// time.
pub const AGENTS: [&str; 9] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 15_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36",
    "BAV2ROPC",
];

const WEIGHTS: [f64; 9] = [0.3, 0.26, 0.1, 0.07, 0.1, 0.05, 0.0, 0.0, 0.0];

/// Index of a desktop agent, drawn by use.
pub fn draw(dice: &mut Dice) -> usize {
    dice.weighted(&WEIGHTS)
}

/// The agent string at a time: browsers renew themselves every six weeks,
/// some people's later.
#[must_use]
pub fn agent(index: usize, time: i64, lag: i64) -> String {
    let version =
        88 + (time - lag * crate::time::DAY - 1_609_459_200).max(0) / (42 * crate::time::DAY);
    AGENTS[index % AGENTS.len()].replace("{v}", &version.to_string())
}

/// Operating system and browser, as sign-in records name them.
#[must_use]
pub fn platform(index: usize) -> (&'static str, &'static str) {
    match index {
        0 => ("Windows 10", "Chrome"),
        1 => ("Windows 10", "Edge"),
        2 => ("MacOs", "Chrome"),
        3 => ("MacOs", "Safari"),
        4 => ("Windows 10", "Firefox"),
        5 => ("Linux", "Chrome"),
        6 => ("Ios", "Safari"),
        7 => ("Android", "Chrome"),
        _ => ("", "Other"),
    }
}
