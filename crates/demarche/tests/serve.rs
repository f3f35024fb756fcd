//! The workbench's server: who may ask, what they may ask, and what never leaves it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::common::{Bench, mail, mbox};

const ROSTER: &str = "person_id,name,addresses,phones,roles,groups,institution,kind,from,to,\
    privilege,consent_ref,consent_until\n\
    p1,Open,open@example.org,,,,House,staff,,,,,\n\
    p2,Shut,shut@example.org,,,,House,staff,,,source,,\n";

const HOSTILE: &str = "<script>alert(1)</script><img src=http://x.example/p.png onerror=alert(1)>\
    <a href=\"javascript:alert(1)\">click</a><form action=http://x.example><input></form>\
    <meta http-equiv=refresh content=\"0;url=http://x.example\"><svg onload=alert(1)></svg>\
    <style>body{background:url(http://x.example/b)}</style><p style=\"background:url(http://x.example)\">hello</p>";

pub(crate) struct Server {
    pub(crate) bench: Bench,
    child: Child,
    address: String,
    link: String,
    pub(crate) case: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        let bench = Bench::new();
        let html =
            mail("m3@x", "open@example.org", "page", HOSTILE).replace("text/plain", "text/html");
        let mails = [
            mail("m1@x", "open@example.org", "one", "plain words"),
            mail("m2@x", "shut@example.org", "two", "secret words"),
            html,
        ];
        let evidence = bench.path("evidence");
        bench.file("evidence/m.mbox", mbox(&mails));
        bench.file("evidence/roster.csv", ROSTER);
        let case = bench.path("case");
        bench.ingest(&[&evidence], &case, 0);
        let mut command: Command = bench.command();
        command.args(["serve", "--listen", "127.0.0.1:0", "--case"]).arg(&case);
        command.arg("--evidence").arg(&evidence);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut link = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut link).unwrap();
        let link = link.trim().to_owned();
        let rest = link.strip_prefix("http://").unwrap();
        let address = rest.split_once('/').unwrap().0.to_owned();
        Self { bench, child, address, link, case }
    }

    /// One request over a connection of its own.
    pub(crate) fn ask(&self, request: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let mut text = format!("{request} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            text.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            let kind = "Content-Type: application/json";
            text.push_str(&format!("{kind}\r\nContent-Length: {}\r\n", body.len()));
        }
        stream.write_all(format!("{text}\r\n{body}").as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Opens the link: the cookie and the token.
    pub(crate) fn session(&self) -> (String, String) {
        let path = self.link.split_once(&self.address).unwrap().1;
        let opened = self.ask(&format!("GET {path}"), &[], "");
        assert_eq!(opened.status, 303);
        let set = opened.header("set-cookie").unwrap();
        assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
        let cookie = set.split(';').next().unwrap().to_owned();
        let session = self.ask("GET /api/session", &[("Cookie", &cookie)], "").json();
        (cookie, session["token"].as_str().unwrap().to_owned())
    }
}

#[test]
fn only_the_link_opens_a_session_and_once() {
    let server = Server::start();
    assert_eq!(server.ask("GET /api/tables", &[], "").status, 401);
    assert_eq!(server.ask("GET /", &[], "").status, 401);
    assert_eq!(server.ask("GET /open?key=0000", &[], "").status, 403);
    // A cookie that somebody else set beforehand is never taken up.
    let fixed = [("Cookie", "demarche_session=chosen")];
    assert_eq!(server.ask("GET /api/tables", &fixed, "").status, 401);
    let (cookie, _) = server.session();
    assert!(!cookie.contains("chosen"));
    assert_eq!(server.ask("GET /api/tables", &[("Cookie", &cookie)], "").status, 200);
    let path = server.link.split_once(&server.address).unwrap().1;
    assert_eq!(server.ask(&format!("GET {path}"), &[], "").status, 403);
    // Guessing is slowed.
    let guesses = (0..20).map(|n| server.ask(&format!("GET /open?key={n}"), &[], "").status);
    assert!(guesses.collect::<Vec<_>>().contains(&429));
}

#[test]
fn other_hosts_and_other_pages_are_refused() {
    let server = Server::start();
    let (cookie, token) = server.session();
    let cookie = ("Cookie", cookie.as_str());
    // DNS rebinding: the browser names the attacker's host.
    let rebound = [cookie, ("Host", "attacker.example:8788")];
    assert_eq!(server.ask("GET /api/tables", &rebound, "").status, 403);
    let query = r#"{"query":"select 1 as n"}"#;
    let right = ("x-demarche-token", token.as_str());
    assert_eq!(server.ask("POST /api/sql", &[cookie], query).status, 403);
    assert_eq!(
        server.ask("POST /api/sql", &[cookie, ("x-demarche-token", "0")], query).status,
        403
    );
    let foreign = [cookie, right, ("Origin", "http://attacker.example")];
    assert_eq!(server.ask("POST /api/sql", &foreign, query).status, 403);
    let site = [cookie, ("Sec-Fetch-Site", "cross-site")];
    assert_eq!(server.ask("GET /api/tables", &site, "").status, 403);
    let answer = server.ask("POST /api/sql", &[cookie, right], query);
    assert_eq!(answer.json()["rows"], serde_json::json!([{ "n": 1 }]));
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
}

#[test]
fn any_other_address_is_refused() {
    let bench = Bench::new();
    let case = bench.path("case");
    bench.ingest(&[&bench.file("m.mbox", mbox(&[mail("m@x", "", "s", "b")]))], &case, 0);
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let case = case.to_str().unwrap();
        let out = bench.run(&["serve", "--listen", address, "--case", case]);
        assert_eq!(out.status.code(), Some(2), "{out:?}");
        assert!(String::from_utf8_lossy(&out.stderr).contains("loopback"), "{out:?}");
    }
}

#[test]
fn questions_only_read_the_tables() {
    let server = Server::start();
    let (cookie, token) = server.session();
    let headers = [("Cookie", cookie.as_str()), ("x-demarche-token", token.as_str())];
    let ask = |query: &str| {
        server.ask("POST /api/sql", &headers, &serde_json::json!({ "query": query }).to_string())
    };
    let mbox = server.bench.path("evidence/m.mbox");
    for query in [
        "select * from '/etc/passwd'".to_owned(),
        format!("select * from '{}'", mbox.display()),
        "create external table t stored as csv location '/etc/passwd'".to_owned(),
        "copy messages to '/tmp/x.csv'".to_owned(),
        "drop view messages".to_owned(),
        "set datafusion.execution.batch_size = 1".to_owned(),
        "nonsense".to_owned(),
    ] {
        let answer = ask(&query);
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
    }
    assert_eq!(ask("select subject from messages order by subject").json()["count"], 3);
    // Names of columns and values are no way into the query.
    let cookie = [("Cookie", cookie.as_str())];
    for path in [
        "/api/tables/messages?sort=date)--",
        "/api/tables/messages?nonsense=1",
        "/api/tables/passwd",
        "/api/tables/..%2f..%2fetc",
        "/api/messages/m1:'or'1'='1",
    ] {
        let status = server.ask(&format!("GET {path}"), &cookie, "").status;
        assert!(matches!(status, 400 | 404), "{path}: {status}");
    }
    let quoted = server.ask("GET /api/tables/messages?subject=o'ne", &cookie, "").json();
    assert_eq!(quoted["total"], 0);
    let found = server.ask("GET /api/tables/messages?search=TWO&limit=1", &cookie, "");
    assert_eq!(found.json()["total"], 1);
    let tag = found.header("etag").unwrap().to_owned();
    let again = [cookie[0], ("If-None-Match", tag.as_str())];
    assert_eq!(server.ask("GET /api/tables/messages?search=TWO&limit=1", &again, "").status, 304);
    for path in ["/../../etc/passwd.txt", "/..%2f..%2fetc%2fpasswd.txt", "/assets/../../x.js"] {
        assert_eq!(server.ask(&format!("GET {path}"), &cookie, "").status, 404, "{path}");
    }
    let source = format!("sha256:{}", "0".repeat(64));
    for path in ["../../../etc/passwd", "/etc/passwd", "m.mbox!/../../etc/passwd"] {
        let asked = format!(
            "GET /api/evidence?source={source}&path={path}&offset=0&length=20&sha256={}",
            "0".repeat(64)
        );
        let answer = server.ask(&asked, &cookie, "");
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
        assert!(!answer.body.contains("root:"), "{}", answer.body);
    }
}

#[test]
fn a_mail_is_inert_and_its_reading_is_kept() {
    let server = Server::start();
    let (cookie, _) = server.session();
    let cookie = [("Cookie", cookie.as_str())];
    let rows = server.ask("GET /api/tables/messages?sort=subject", &cookie, "").json();
    let uid = |subject: &str| {
        let rows = rows["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["subject"] == subject).unwrap();
        (row["message_uid"].as_str().unwrap().to_owned(), row["evidence"].clone())
    };
    let (page, evidence) = uid("page");
    let html = server.ask(&format!("GET /api/messages/{page}/html"), &cookie, "");
    assert!(html.header("content-security-policy").unwrap().contains("sandbox"));
    assert!(html.body.contains("hello"), "{}", html.body);
    for active in
        ["<script", "<img", "href", "<form", "http-equiv=refresh", "<svg", "x.example", "alert"]
    {
        assert!(!html.body.contains(active), "{active}: {}", html.body);
    }
    let shown = |evidence: &Value| {
        let part = |name: &str| evidence[name].to_string().trim_matches('"').to_owned();
        let [source, path, offset, length, sha256] =
            ["source", "path", "offset", "length", "sha256"].map(part);
        server.ask(
            &format!(
                "GET /api/evidence?source={source}&path={path}&offset={offset}&length={length}&sha256={sha256}"
            ),
            &cookie,
            "",
        )
    };
    assert_eq!(shown(&evidence).json()["holds"], true);
    // A privileged mailbox shows headers, here and in the evidence's own bytes.
    let (secret, evidence) = uid("two");
    let mail = server.ask(&format!("GET /api/messages/{secret}"), &cookie, "");
    assert_eq!(mail.json()["privileged"], true);
    assert!(mail.body.contains("Message-ID") && !mail.body.contains("secret words"));
    let refused = shown(&evidence);
    assert_eq!(refused.status, 404);
    assert!(refused.body.contains("privileged"), "{}", refused.body);
    let log = std::fs::read_to_string(server.case.join("custody.jsonl")).unwrap();
    assert!(log.contains("read_message") && log.contains(&page) && log.contains("read_evidence"));
}

#[test]
fn the_description_is_true() {
    let server = Server::start();
    let (cookie, _) = server.session();
    let cookie = [("Cookie", cookie.as_str())];
    let description = server.ask("GET /api/openapi.json", &cookie, "").json();
    assert_eq!(description["openapi"], "3.1.0");
    for (path, methods) in description["paths"].as_object().unwrap() {
        if methods.get("get").is_none() {
            continue;
        }
        let asked = path.replace("{table}", "waves").replace("{uid}", "m1:00");
        let asked = asked.replace("{number}", "0").replace("{run}", "r-0");
        let answer = server.ask(&format!("GET /api{asked}"), &cookie, "");
        let described = &methods["get"]["responses"];
        assert!(described.get(answer.status.to_string()).is_some(), "{path}: {}", answer.status);
        assert_ne!(answer.status, 500, "{path}: {}", answer.body);
    }
}
