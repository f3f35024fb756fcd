//! Three simpler ways of finding waves: a remote image from a new domain;
//! exactly shared indicators; near-duplicate texts (MinHash, A. Broder 1997)
//! clustered by density (DBSCAN, M. Ester et al. 1996).
//!
//! All three are given a head start: only mail without list headers, from
//! addresses that wrote for the first time in the last week, counts.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::score;
use crate::dice::key;
use crate::mail::write::Message;
use crate::time::{self, DAY};

const HASHES: usize = 64;
const ROWS: usize = 4;
/// Estimated Jaccard index from which two texts are neighbours.
const NEAR: f64 = 0.6;
/// Neighbours, itself among them, that make a text a core of a cluster.
const CORE: usize = 3;
/// Recipients that a wave has at least.
const LEAST: usize = 3;
/// Recipients at which a score is one half.
const HALF: f64 = 4.0;
/// Days that a sending lasts at most.
const SENDING: i64 = 3;
/// Senders that may share an indicator; more, and it is common property.
const COMMON: usize = 20;

struct Seen {
    time: i64,
    id: String,
    recipient: String,
    sender: String,
    address: String,
    hosts: Vec<String>,
    image: Option<String>,
    signature: [u32; HASHES],
}

/// Collects what the methods need of each copy.
#[derive(Default)]
pub struct Collector {
    rows: Vec<Seen>,
    senders: BTreeMap<String, i64>,
    domains: BTreeMap<String, i64>,
}

fn domain_of(host: &str) -> String {
    let labels: Vec<&str> = host.rsplit('.').collect();
    let n = if labels.get(1).is_some_and(|l| matches!(*l, "co" | "org")) { 3 } else { 2 };
    labels.iter().take(n).rev().copied().collect::<Vec<_>>().join(".")
}

fn host(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    Some(rest.split('/').next().unwrap_or(rest).to_lowercase())
}

fn signature(text: &str) -> [u32; HASHES] {
    let words: Vec<&str> = text.split_whitespace().filter(|w| !w.contains("://")).collect();
    let mut out = [u32::MAX; HASHES];
    for three in words.windows(3) {
        let base = key(0, &three.join(" "), &[]);
        for (at, least) in out.iter_mut().enumerate() {
            let mixed = (base ^ (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
                .wrapping_mul(0xff51_afd7_ed55_8ccd);
            *least = (*least).min((mixed >> 32) as u32);
        }
    }
    out
}

fn alike(a: &[u32; HASHES], b: &[u32; HASHES]) -> f64 {
    a.iter().zip(b).filter(|(a, b)| a == b).count() as f64 / HASHES as f64
}

impl Collector {
    /// Takes a copy of a message from outside, in order of time.
    pub fn see(
        &mut self,
        message: &Message,
        recipient: &str,
        image: Option<&str>,
        link: Option<&str>,
    ) {
        let sender = message.from.to_lowercase();
        let first = *self.senders.entry(sender.clone()).or_insert(message.time);
        let hosts: Vec<String> = image.into_iter().chain(link).filter_map(host).collect();
        for name in &hosts {
            self.domains.entry(domain_of(name)).or_insert(message.time);
        }
        let mailing = message.extra.iter().all(|(name, _)| name != "In-Reply-To");
        if !message.list.is_empty() || message.time - first > 7 * DAY || !mailing {
            return;
        }
        self.rows.push(Seen {
            time: message.time,
            id: message.id.clone(),
            recipient: recipient.to_owned(),
            sender,
            address: message.host.1.clone(),
            image: image.and_then(host),
            hosts,
            signature: signature(&message.text),
        });
    }

    /// Writes the waves of each method below `root`.
    ///
    /// # Errors
    ///
    /// Where a file cannot be written.
    pub fn write(&self, root: &Path) -> io::Result<()> {
        for (method, waves) in [
            ("remote_pixel_new_domain", self.pixels()),
            ("exact_shared_indicator", self.indicators()),
            ("minhash_dbscan", self.texts()),
        ] {
            super::write(root, method, "campaigns", &campaigns(&waves))?;
            super::write(root, method, "waves", &waves)?;
        }
        Ok(())
    }

    fn wave(&self, name: &str, campaign: &str, value: f64, rows: &[usize]) -> Value {
        let of = |field: fn(&Seen) -> &str| -> BTreeSet<&str> {
            rows.iter().map(|&r| field(&self.rows[r])).collect()
        };
        let first = rows.iter().map(|&r| self.rows[r].time).min().unwrap_or(0);
        json!({
            "wave_id": name, "campaign_id": campaign, "probability": value,
            "message_ids": of(|r| &r.id), "recipients": of(|r| &r.recipient),
            "first_seen": time::rfc3339(first),
        })
    }

    fn reached(&self, rows: &[usize]) -> usize {
        rows.iter().map(|&r| &self.rows[r].recipient).collect::<BTreeSet<_>>().len()
    }

    /// Rows of one name, cut where more than [`SENDING`] days lie between.
    fn sendings(&self, name: impl Fn(&Seen) -> Option<String>) -> Vec<(String, Vec<usize>)> {
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, row) in self.rows.iter().enumerate() {
            if let Some(name) = name(row) {
                by_name.entry(name).or_default().push(at);
            }
        }
        let mut out: Vec<(String, Vec<usize>)> = vec![];
        for (name, rows) in by_name {
            let mut last = i64::MIN;
            for at in rows {
                let time = self.rows[at].time;
                if last == i64::MIN || time - last > SENDING * DAY {
                    out.push((name.clone(), vec![]));
                }
                if let Some((_, rows)) = out.last_mut() {
                    rows.push(at);
                }
                last = time;
            }
        }
        out.retain(|(_, rows)| self.reached(rows) >= LEAST);
        out
    }

    fn pixels(&self) -> Vec<Value> {
        let new = |row: &Seen| {
            let name = domain_of(row.image.as_deref()?);
            let first = self.domains.get(&name).copied().unwrap_or(row.time);
            (row.time - first <= 7 * DAY).then_some(name)
        };
        let sendings = self.sendings(new);
        sendings
            .iter()
            .enumerate()
            .map(|(n, (name, rows))| {
                self.wave(&format!("p{n}"), name, score(self.reached(rows), HALF), rows)
            })
            .collect()
    }

    fn indicators(&self) -> Vec<Value> {
        let sendings = self.sendings(|row| Some(row.sender.clone()));
        let marks = |rows: &[usize]| -> BTreeSet<String> {
            let mut out = BTreeSet::new();
            for &at in rows {
                let row = &self.rows[at];
                out.insert(row.address.clone());
                out.extend(row.hosts.iter().map(|h| domain_of(h)));
                out.extend(row.sender.split('@').next_back().map(domain_of));
            }
            out
        };
        let mut holders: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (n, (_, rows)) in sendings.iter().enumerate() {
            for mark in marks(rows) {
                holders.entry(mark).or_default().insert(n);
            }
        }
        let mut group: Vec<usize> = (0..sendings.len()).collect();
        let mut shared = vec![false; sendings.len()];
        for all in holders.values().filter(|all| (2..=COMMON).contains(&all.len())) {
            let names: BTreeSet<&str> = all.iter().map(|&n| sendings[n].0.as_str()).collect();
            let least = all.iter().map(|&n| root(&group, n)).min().unwrap_or(0);
            for &n in all {
                let of = root(&group, n);
                group[of] = least;
                shared[n] |= names.len() > 1;
            }
        }
        sendings
            .iter()
            .enumerate()
            .map(|(n, (_, rows))| {
                let value = score(self.reached(rows), HALF) * if shared[n] { 1.0 } else { 0.6 };
                self.wave(&format!("x{n}"), &format!("xk{}", root(&group, n)), value, rows)
            })
            .collect()
    }

    /// Near texts of the week around, by bands of equal hashes.
    fn neighbours(&self) -> Vec<Vec<usize>> {
        let mut bands: BTreeMap<(usize, u64, i64), Vec<usize>> = BTreeMap::new();
        for (at, row) in self.rows.iter().enumerate() {
            for (band, hashes) in row.signature.chunks(ROWS).enumerate() {
                let parts: Vec<u64> = hashes.iter().map(|&h| u64::from(h)).collect();
                for week in [row.time / (7 * DAY), row.time / (7 * DAY) + 1] {
                    bands.entry((band, key(0, "band", &parts), week)).or_default().push(at);
                }
            }
        }
        let mut out: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.rows.len()];
        for same in bands.into_values() {
            for (nth, &a) in same.iter().enumerate() {
                for &b in same[nth + 1..].iter().take(200) {
                    if !out[a].contains(&b)
                        && alike(&self.rows[a].signature, &self.rows[b].signature) >= NEAR
                    {
                        out[a].insert(b);
                        out[b].insert(a);
                    }
                }
            }
        }
        out.into_iter().map(|set| set.into_iter().collect()).collect()
    }

    fn texts(&self) -> Vec<Value> {
        let near = self.neighbours();
        let mut label: Vec<Option<usize>> = vec![None; self.rows.len()];
        let mut clusters: Vec<Vec<usize>> = vec![];
        for at in 0..self.rows.len() {
            if label[at].is_some() || near[at].len() + 1 < CORE {
                continue;
            }
            let name = clusters.len();
            clusters.push(vec![]);
            let mut todo = vec![at];
            while let Some(next) = todo.pop() {
                if label[next].is_some() {
                    continue;
                }
                label[next] = Some(name);
                clusters[name].push(next);
                if near[next].len() + 1 >= CORE {
                    todo.extend(near[next].iter().copied().filter(|&n| label[n].is_none()));
                }
            }
        }
        clusters
            .iter()
            .enumerate()
            .filter(|(_, rows)| self.reached(rows) >= LEAST)
            .map(|(n, rows)| {
                let value = score(self.reached(rows), HALF);
                self.wave(&format!("t{n}"), &format!("tk{n}"), value, rows)
            })
            .collect()
    }
}

/// Campaign rows for `waves`, so that pairs can be scored.
fn campaigns(waves: &[Value]) -> Vec<Value> {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for wave in waves {
        if let (Some(name), Some(id)) = (wave["campaign_id"].as_str(), wave["wave_id"].as_str()) {
            by_name.entry(name).or_default().push(id);
        }
    }
    by_name.into_iter().map(|(name, ids)| json!({"campaign_id": name, "wave_ids": ids})).collect()
}

fn root(group: &[usize], mut at: usize) -> usize {
    while group[at] != at {
        at = group[at];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, from: &str, time: i64, text: &str) -> Message {
        Message {
            time,
            id: id.to_owned(),
            from: from.to_owned(),
            host: ("mail".to_owned(), "1.2.3.4".to_owned()),
            text: text.to_owned(),
            ..Message::default()
        }
    }

    fn sent(from: &str, day: i64, host: &str, ip: &str, text: &str, all: &mut Collector) {
        for n in 0..4 {
            let mut mail = message(&format!("{from}{day}{n}"), from, day * DAY + n, text);
            mail.host.1 = ip.to_owned();
            let image = format!("http://{host}/o/{n}.gif");
            all.see(&mail, &format!("p{n}@x.de"), Some(&image), None);
        }
    }

    #[test]
    fn each_method_groups_by_its_own_mark() {
        let mut all = Collector::default();
        let text = "the committee will meet on the budget of the port next week in the hall";
        sent("a@new.com", 100, "img.one.net", "9.9.9.9", text, &mut all);
        sent("b@other.com", 150, "img.two.net", "9.9.9.9", text, &mut all);
        sent(
            "c@third.com",
            151,
            "img.one.net",
            "8.8.8.8",
            "quite another text of few words here",
            &mut all,
        );
        // A new image domain twice; the third sends from one known for weeks.
        let pixels = all.pixels();
        assert_eq!(pixels.len(), 2);
        assert_eq!(pixels[0]["recipients"].as_array().unwrap().len(), 4);
        // One address, one image host: all three hang together.
        let exact = all.indicators();
        let names: BTreeSet<&str> =
            exact.iter().filter_map(|w| w["campaign_id"].as_str()).collect();
        assert_eq!((exact.len(), names.len()), (3, 1));
        assert_eq!(campaigns(&exact)[0]["wave_ids"].as_array().unwrap().len(), 3);
        // Texts: two sendings of one text, seven weeks apart, and another.
        assert_eq!(all.texts().len(), 3);
    }

    #[test]
    fn lists_answers_and_old_senders_do_not_count() {
        let mut all = Collector::default();
        let mut listed = message("l", "a@b.de", 0, "x y z");
        listed.list.push(("List-Id".to_owned(), "<l>".to_owned()));
        all.see(&listed, "p@x.de", None, None);
        all.see(&message("o", "a@b.de", 30 * DAY, "x y z"), "p@x.de", None, None);
        let mut answer = message("r", "c@b.de", 0, "x y z");
        answer.extra.push(("In-Reply-To".to_owned(), "<q>".to_owned()));
        all.see(&answer, "p@x.de", None, None);
        assert!(all.rows.is_empty());
        assert_eq!(domain_of("img.news.co.uk"), "news.co.uk");
        assert_eq!(domain_of("a.b.de"), "b.de");
    }

    #[test]
    fn signatures_tell_near_texts() {
        let text: String = (0..200).map(|n| format!("word{n} ")).collect();
        let near = text.replace("word7 ", "other ");
        assert!(alike(&signature(&text), &signature(&near)) > 0.8);
        assert!(alike(&signature(&text), &signature("some quite different words")) < 0.2);
    }
}
