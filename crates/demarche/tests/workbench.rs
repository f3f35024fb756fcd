//! The workbench's decisions and long work: recorded, undoable, guarded, stopped.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::serve::{Answer, Server};

/// A session that may change things.
struct Asker<'a> {
    server: &'a Server,
    cookie: String,
    token: String,
}

impl<'a> Asker<'a> {
    fn new(server: &'a Server) -> Self {
        let (cookie, token) = server.session();
        Self { server, cookie, token }
    }

    fn get(&self, path: &str) -> Answer {
        self.server.ask(&format!("GET /api{path}"), &[("Cookie", &self.cookie)], "")
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        let headers = [("Cookie", self.cookie.as_str()), ("x-demarche-token", &self.token)];
        self.server.ask(&format!("POST /api{path}"), &headers, &body.to_string())
    }

    /// The job when it has ended.
    fn ended(&self, begun: &Answer) -> Value {
        assert_eq!(begun.status, 202, "{}", begun.body);
        let number = begun.json()["job"].as_u64().unwrap();
        let since = Instant::now();
        loop {
            let jobs = self.get("/jobs").json();
            let job = jobs["jobs"].as_array().unwrap().iter().find(|job| job["job"] == number);
            let job = job.unwrap().clone();
            if job["status"]["state"] != "running" {
                return job;
            }
            assert!(since.elapsed() < Duration::from_secs(60), "{job}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn custody(&self) -> String {
        std::fs::read_to_string(self.server.case.join("custody.jsonl")).unwrap()
    }
}

#[test]
fn decisions_are_attributed_kept_and_undone() {
    let server = Server::start();
    let asker = Asker::new(&server);
    let made = asker.post("/decisions", &json!({"kind": "note", "subject": "x", "text": "look"}));
    assert_eq!(made.status, 200, "{}", made.body);
    let row = &made.json()["decisions"][0];
    assert_eq!((&row["kind"], &row["holds"]), (&json!("note"), &json!(true)));
    assert!(!row["decided_by"].as_str().unwrap().is_empty());
    // A note changes no table.
    assert_eq!(made.json()["pending"]["decisions"], 0);
    let mark = json!({"kind": "mark", "campaign": "k1:0", "tier": "operator", "item": "T1",
        "hypothesis": "H", "mark": "neutral"});
    assert_eq!(asker.post("/decisions", &mark).json()["pending"]["decisions"], 1);
    for wrong in [
        json!({"kind": "mark", "campaign": "k1:0", "tier": "operator", "item": "T1",
            "hypothesis": "H", "mark": "maybe"}),
        json!({"kind": "wave_join", "waves": ["w1:0", "w1:1"]}),
        json!({"kind": "wave_split", "wave": "w1:0", "from": []}),
        json!({"kind": "claim_confirm", "claims": ["c1:0"]}),
        json!({"kind": "claim_edit", "claims": ["c1:0"], "change": {}}),
        json!({"kind": "note", "subject": "x", "text": " "}),
        json!({"kind": "drop_tables"}),
    ] {
        assert_eq!(asker.post("/decisions", &wrong).status, 400, "{wrong}");
    }
    let undone = asker.post("/decisions/1/undo", &json!({})).json();
    assert_eq!(undone["decisions"][0]["holds"], false);
    assert_eq!(asker.post("/decisions/1/undo", &json!({})).status, 400);
    assert_eq!(asker.custody().matches("\"action\":\"decide\"").count(), 3);
    let ended = asker.ended(&asker.post("/jobs", &json!({"kind": "restate"})));
    assert_eq!(ended["status"]["state"], "done", "{ended}");
    assert_eq!(asker.get("/decisions").json()["pending"]["decisions"], 0);
    assert_eq!(asker.get("/custody").json()["broken"], Value::Null);
}

#[test]
fn whatever_changes_something_needs_the_token() {
    let server = Server::start();
    let asker = Asker::new(&server);
    let description = asker.get("/openapi.json").json();
    let cookie = ("Cookie", asker.cookie.as_str());
    let mut posts = 0;
    for (path, methods) in description["paths"].as_object().unwrap() {
        if methods.get("post").is_none() {
            continue;
        }
        posts += 1;
        let asked = format!("POST /api{}", path.replace("{number}", "1"));
        let foreign = ("Origin", "http://attacker.example");
        let token = ("x-demarche-token", asker.token.as_str());
        for headers in [
            &[cookie][..],
            &[cookie, ("x-demarche-token", "0")],
            &[cookie, token, foreign],
            &[cookie, token, ("Sec-Fetch-Site", "cross-site")],
            &[cookie, token, ("Host", "attacker.example")],
        ] {
            assert_eq!(server.ask(&asked, headers, "{}").status, 403, "{asked} {headers:?}");
        }
        assert_eq!(server.ask(&asked, &[token], "{}").status, 401, "{asked}");
    }
    assert!(posts >= 5, "{posts}");
    assert!(!asker.custody().contains("\"action\":\"decide\""));
}

#[test]
fn a_hunt_reads_files_and_fetches_nothing() {
    let server = Server::start();
    let asker = Asker::new(&server);
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let at = format!("http://{}", canary.local_addr().unwrap());
    // A list whose every line leads somewhere; one that lies in the case, by a relative path.
    std::fs::write(server.case.join("list.txt"), format!("{at}/a\n{at}/b.gif\nx.example\n"))
        .unwrap();
    let hunt = |list: &str| asker.post("/jobs", &json!({"kind": "hunt", "indicators": [list]}));
    let ended = asker.ended(&hunt("list.txt"));
    assert_eq!(ended["status"]["state"], "done", "{ended}");
    assert!(ended["status"]["result"]["findings"].as_u64().unwrap() > 0, "{ended}");
    let run = ended["status"]["result"]["run"].as_str().unwrap().to_owned();
    let hunts = asker.get("/hunts").json();
    assert_eq!(
        (&hunts["hunts"][0]["run"], &hunts["hunts"][0]["holds"]),
        (&json!(run), &json!(true))
    );
    let rows = asker.get(&format!("/hunts/{run}")).json();
    assert!(rows["rows"][0]["evidence"]["length"].is_u64(), "{rows}");
    // An address is no file: it is looked for on the disk, and nowhere else.
    let ended = asker.ended(&hunt(&format!("{at}/list.txt")));
    assert_eq!(ended["status"]["state"], "failed", "{ended}");
    let events = asker.get(&format!("/jobs/{}/events", ended["job"]));
    assert!(events.body.contains("data: ") && events.body.contains("failed"), "{}", events.body);
    // Where what was looked for stands is shown without going there.
    asker.get("/tables/findings");
    assert!(canary.accept().is_err(), "something went where an indicator leads");
}

#[test]
fn work_can_be_stopped_and_leaves_the_case_whole() {
    let server = Server::start();
    let asker = Asker::new(&server);
    let begun = asker.post("/jobs", &json!({"kind": "analyse"}));
    assert_eq!(begun.status, 202, "{}", begun.body);
    let number = begun.json()["job"].as_u64().unwrap();
    let told = asker.post(&format!("/jobs/{number}/cancel"), &json!({})).json();
    assert!(["cancelled", "done"].contains(&told["status"]["state"].as_str().unwrap()), "{told}");
    assert_eq!(asker.post("/jobs/999/cancel", &json!({})).status, 404);
    assert_eq!(asker.get("/tables/messages").json()["total"], 3);
    let again = asker.ended(&asker.post("/jobs", &json!({"kind": "analyse"})));
    assert_eq!(again["status"]["state"], "done", "{again}");
    let custody = asker.get("/custody").json();
    assert_eq!(custody["broken"], Value::Null);
    // The tables that were made plain for pages say what the views said.
    assert_eq!(asker.get("/tables/messages").json()["total"], 3);
    assert_eq!(asker.get("/tables/messages?search=plain").json()["total"], 1);
    let times = asker.get("/timeline?unit=day&counts_only=true").json();
    let counted: u64 = times["counts"]["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bin| bin["n"].as_u64().unwrap())
        .sum();
    assert_eq!(counted, 3, "{times}");
    assert_eq!(asker.get("/overview").status, 200);
}
