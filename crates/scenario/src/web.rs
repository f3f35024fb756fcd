//! Web logs: Squid's native log and Zeek's `http.log`, and what becomes of a
//! mail's image and link.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::cloud::agents;
use crate::dice::{Dice, key};
use crate::mail::plan::Kind;
use crate::net::Networks;
use crate::people::{People, WebForm};
use crate::time::{DAY, HOUR, MINUTE};

/// Who fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// A person at their desk.
    Person,
    /// The mail gateway that follows every link.
    Gateway,
    /// A proxy that loads images for the mail program.
    Proxy,
}

/// A fetch.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Seconds UTC.
    pub time: i64,
    /// Whose mail or screen.
    pub person: usize,
    /// URL.
    pub url: String,
    /// Who fetched.
    pub client: Client,
}

/// What a recipient did, whether or not a log shows it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Act {
    /// Time of opening.
    pub open: Option<i64>,
    /// Time of following the link.
    pub click: Option<i64>,
    /// Whether it happened behind the house's log.
    pub inside: bool,
}

/// What the recipient of a mass mail does; decided by `key` alone.
#[must_use]
pub fn act(key: u64, kind: Kind, time: i64) -> Act {
    let mut dice = Dice::keyed(key);
    let (open, click) = match kind {
        Kind::Newsletter => (0.35, 0.2),
        Kind::Invite => (0.65, 0.5),
        Kind::Journalist => (0.7, 0.4),
        Kind::Outreach => (0.3, 0.12),
        Kind::Notice => (0.6, 0.5),
        Kind::Phish => (0.25, 0.2),
        Kind::Spam => (0.1, 0.1),
        Kind::Simulation => (0.5, 0.35),
        Kind::Press => (0.5, 0.25),
        Kind::Advocacy => (0.4, 0.1),
        Kind::Diaspora => (0.7, 0.4),
        Kind::Crime => (0.25, 0.2),
        Kind::Wave(_) => (0.5, 0.35),
    };
    let inside = dice.chance(0.72);
    let delay = 2 * MINUTE + dice.exponential(5.0 * HOUR as f64) as i64;
    if !dice.chance(open) {
        return Act { inside, ..Act::default() };
    }
    let opened = time + delay;
    let follow = opened + dice.range(5, 200);
    Act { open: Some(opened), click: dice.chance(click).then_some(follow), inside }
}

/// Whether the house opens this person's TLS.
#[must_use]
pub fn inspected(seed: u64, person: usize) -> bool {
    key(seed, "tls", &[person as u64]) % 100 < 55
}

/// Begin of an institution's web log; none where it has none.
#[must_use]
pub fn begin(people: &People, institution: usize) -> Option<i64> {
    let house = &people.institutions[institution];
    (house.web != WebForm::None).then(|| (people.to - house.web_days * DAY).max(people.from))
}

/// What the log shows of a fetch by a person: nothing, the host, or the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Not in any log.
    Nothing,
    /// `CONNECT host:443`.
    Host,
    /// The whole URL.
    Url,
}

/// How much of `url` fetched by `person` the log shows.
#[must_use]
pub fn shown(seed: u64, people: &People, person: usize, url: &str) -> Shown {
    if person >= people.staff {
        return Shown::Nothing;
    }
    let https = url.starts_with("https:");
    match people.institutions[people.people[person].institution].web {
        WebForm::None => Shown::Nothing,
        WebForm::Squid if https && !inspected(seed, person) => Shown::Host,
        WebForm::Squid => Shown::Url,
        _ if https => Shown::Nothing,
        _ => Shown::Url,
    }
}

fn host_of(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |p| p.1);
    rest.find('/').map_or((rest, "/"), |at| rest.split_at(at))
}

/// Address of the gateway of a house.
#[must_use]
pub fn gateway(seed: u64, people: &People, nets: &Networks, institution: usize) -> String {
    let net = people.institutions[institution].net;
    nets.address(&mut Dice::keyed(key(seed, "gateway", &[institution as u64])), net, Some(9))
}

/// Address of the image proxy of a house.
#[must_use]
pub fn proxy(seed: u64, people: &People, nets: &Networks, institution: usize) -> String {
    let net = people.institutions[institution].net;
    nets.address(&mut Dice::keyed(key(seed, "proxy", &[institution as u64])), net, Some(11))
}

/// Writes the web log of an institution.
pub struct Logger<'a> {
    /// Seed.
    pub seed: u64,
    /// People.
    pub people: &'a People,
    /// Networks.
    pub nets: &'a Networks,
    /// Domains of outlets, which people also read.
    pub sites: &'a [String],
}

impl Logger<'_> {
    fn browse(&self, institution: usize, out: &mut Vec<Hit>) {
        let Some(begin) = begin(self.people, institution) else { return };
        let members = self.people.staff_of(institution);
        let mut names = Dice::new(self.seed, "sites");
        let mut sites: Vec<String> = self.sites.to_vec();
        for _ in 0..120 {
            let word = crate::people::invented(&mut names);
            sites.push(crate::mail::plan::domain(&mut names, &word));
        }
        let squid = self.people.institutions[institution].web == WebForm::Squid;
        let days = (self.people.to - begin) / DAY;
        for day in 0..days {
            for &person in &members {
                let mut dice = Dice::keyed(key(self.seed, "browse", &[day as u64, person as u64]));
                let now = begin + day * DAY;
                if !self.people.present(person, now)
                    || crate::time::weekday(now) >= 5 && dice.chance(0.9)
                {
                    continue;
                }
                for _ in 0..dice.count(if squid { 1.6 } else { 0.7 }) {
                    let site = dice.of(&sites[..]).clone();
                    let https = squid && dice.chance(0.7);
                    let (word, number) =
                        (crate::people::invented(&mut dice), dice.below(90_000) as u64);
                    let format = dice.below(crate::mail::engine::TOKENS);
                    let token = crate::mail::engine::token(&mut dice, format);
                    let shape = if dice.chance(0.5) {
                        "/{w}/{n}"
                    } else {
                        *dice.of(&crate::mail::engine::LINKS)
                    };
                    let url = crate::mail::engine::url(https, &site, shape, &word, number, &token);
                    let local = now + dice.range(7, 18) * HOUR + dice.range(0, 3599);
                    out.push(Hit { time: local, person, url, client: Client::Person });
                }
            }
        }
    }

    /// Writes the log of `institution` below `root`, `hits` being the
    /// fetches that its mail brought.
    ///
    /// # Errors
    ///
    /// Where a file cannot be written.
    pub fn write(&self, root: &Path, institution: usize, mut hits: Vec<Hit>) -> io::Result<u64> {
        let house = &self.people.institutions[institution];
        let Some(begin) = begin(self.people, institution) else { return Ok(0) };
        self.browse(institution, &mut hits);
        hits.retain(|h| h.time >= begin && h.time < self.people.to);
        hits.sort_by(|a, b| (a.time, a.person, &a.url).cmp(&(b.time, b.person, &b.url)));
        let folder = root.join("web");
        std::fs::create_dir_all(&folder)?;
        let name = match house.web {
            WebForm::Squid => format!("{}-access.log", house.key),
            _ => format!("{}-http.log", house.key),
        };
        let mut out = BufWriter::new(std::fs::File::create(folder.join(name))?);
        if house.web == WebForm::ZeekTsv {
            out.write_all(ZEEK.as_bytes())?;
        }
        let mut lines = 0;
        for hit in &hits {
            let mut dice = Dice::keyed(key(self.seed, &hit.url, &[hit.time as u64]));
            let full = hit.client != Client::Person
                || shown(self.seed, self.people, hit.person, &hit.url) == Shown::Url;
            let agent_index = key(self.seed, "browser", &[hit.person as u64]) as usize % 6;
            let agent = match hit.client {
                Client::Gateway => agents::agent(0, hit.time, 200),
                Client::Proxy => "Mozilla/5.0".to_owned(),
                Client::Person => agents::agent(agent_index, hit.time, 20),
            };
            let client = match hit.client {
                Client::Gateway => gateway(self.seed, self.people, self.nets, institution),
                Client::Proxy => proxy(self.seed, self.people, self.nets, institution),
                Client::Person => format!(
                    "10.{}.{}.{}",
                    20 + institution,
                    hit.person / 200,
                    10 + hit.person % 200
                ),
            };
            let (host, path) = host_of(&hit.url);
            let size = 300 + dice.below(40_000);
            let server = {
                let mut site = Dice::keyed(key(self.seed, host, &[]));
                let nets = self.nets.of(crate::net::NetKind::Hosting, None);
                let net = *site.of(&nets);
                self.nets.address(&mut site, net, None)
            };
            let millis = dice.below(1000);
            match house.web {
                WebForm::Squid => {
                    let user = if hit.client == Client::Person && dice.chance(0.96) {
                        self.people.people[hit.person].address.as_str()
                    } else {
                        "-"
                    };
                    if full {
                        writeln!(
                            out,
                            "{}.{millis:03} {:6} {client} TCP_MISS/200 {size} GET {} {user} HIER_DIRECT/{server} {}",
                            hit.time,
                            20 + dice.below(900),
                            hit.url,
                            if path.contains(".png") || path.contains(".gif") {
                                "image/gif"
                            } else {
                                "text/html"
                            }
                        )?;
                    } else {
                        writeln!(
                            out,
                            "{}.{millis:03} {:6} {client} TCP_TUNNEL/200 {size} CONNECT {host}:443 {user} HIER_DIRECT/{server} -",
                            hit.time,
                            200 + dice.below(90_000)
                        )?;
                    }
                    lines += 1;
                }
                _ if !full || hit.url.starts_with("https:") => {}
                WebForm::ZeekTsv => {
                    writeln!(
                        out,
                        "{}.{millis:03}000\tC{}\t{client}\t{}\t{server}\t80\t1\tGET\t{host}\t{path}\t-\t1.1\t{agent}\t-\t0\t{size}\t200\tOK\t-\t-\t(empty)\t-\t-\t-\t-\t-\t-\t-\t-\ttext/html",
                        hit.time,
                        dice.word("ABCDEFGHIJKLMNPQRSTUVWXYZabcdefghijk0123456789", 17),
                        dice.range(30_000, 65_000)
                    )?;
                    lines += 1;
                }
                _ => {
                    let row = serde_json::json!({
                        "ts": hit.time as f64 + millis as f64 / 1000.0, "uid": format!("C{}", dice.word("ABCDEFGHIJKLMNPQRSTUVWXYZabcdefghijk0123456789", 17)),
                        "id.orig_h": client, "id.orig_p": dice.range(30_000, 65_000), "id.resp_h": server, "id.resp_p": 80, "trans_depth": 1,
                        "method": "GET", "host": host, "uri": path, "version": "1.1", "user_agent": agent, "request_body_len": 0,
                        "response_body_len": size, "status_code": 200, "status_msg": "OK", "tags": [],
                    });
                    writeln!(out, "{row}")?;
                    lines += 1;
                }
            }
        }
        if house.web == WebForm::ZeekTsv {
            writeln!(
                out,
                "#close\t{}",
                crate::time::bare(self.people.to).replace(['T', ':'], "-")
            )?;
        }
        out.flush()?;
        Ok(lines)
    }
}

const ZEEK: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\thttp\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\ttrans_depth\tmethod\thost\turi\treferrer\tversion\tuser_agent\torigin\trequest_body_len\tresponse_body_len\tstatus_code\tstatus_msg\tinfo_code\tinfo_msg\ttags\tusername\tpassword\tproxied\torig_fuids\torig_filenames\torig_mime_types\tresp_fuids\tresp_filenames\tresp_mime_types\n#types\ttime\tstring\taddr\tport\taddr\tport\tcount\tstring\tstring\tstring\tstring\tstring\tstring\tstring\tcount\tcount\tcount\tstring\tcount\tstring\tset[enum]\tstring\tstring\tset[string]\tvector[string]\tvector[string]\tvector[string]\tvector[string]\tvector[string]\tvector[string]\n";
