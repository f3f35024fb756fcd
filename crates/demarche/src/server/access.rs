//! Who may ask: one person on this machine, who holds the link that was printed.
//!
//! The link works once and becomes a session cookie. Beyond it: requests must name this
//! host (DNS rebinding), what changes something must carry the session's token (CSRF), and
//! guessing is slowed. Every answer forbids scripts, frames and loads from elsewhere.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::app::App;
use super::ask::Asked;
use super::error::ApiError;

const COOKIE: &str = "demarche_session";
/// What a request that changes something must carry.
const TOKEN: HeaderName = HeaderName::from_static("x-demarche-token");
/// A session's life; a working day and a night.
const LIFE: Duration = Duration::from_secs(24 * 3600);
/// Pages: our own scripts and styles, nothing from elsewhere, no frame but our own.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// Login name on this machine.
    pub(super) name: String,
    /// The session's token for requests that change something.
    pub(super) token: String,
}

/// What the guard knows.
pub(super) struct Access {
    by: String,
    hosts: Vec<String>,
    link: Mutex<Option<blake3::Hash>>,
    sessions: Mutex<BTreeMap<[u8; 32], (Identity, Instant)>>,
    requests: Mutex<Bucket>,
    failures: Mutex<Bucket>,
}

impl Access {
    /// For a server at `address`, used by whoever is called `by`, else by the login name;
    /// with it, the key of the one link.
    pub(super) fn new(address: SocketAddr, by: Option<&str>) -> (Self, String) {
        let key = secret();
        let port = address.port();
        let mut hosts = vec![address.to_string()];
        hosts.extend(["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{port}")));
        let access = Self {
            by: by.map_or_else(login, str::to_owned),
            hosts,
            link: Mutex::new(Some(blake3::hash(key.as_bytes()))),
            sessions: Mutex::default(),
            requests: Mutex::new(Bucket::new(400.0, 100.0)),
            failures: Mutex::new(Bucket::new(10.0, 0.2)),
        };
        (access, key)
    }

    /// Who uses this server.
    pub(super) fn by(&self) -> &str {
        &self.by
    }

    /// Spends the link: a new session's cookie value, once.
    fn spend(&self, key: &str) -> Option<String> {
        let mut link = locked(&self.link);
        // `blake3::Hash` compares in constant time.
        if link.as_ref() != Some(&blake3::hash(key.as_bytes())) {
            return None;
        }
        *link = None;
        let value = secret();
        let identity = Identity { name: self.by.clone(), token: secret() };
        let id = *blake3::hash(value.as_bytes()).as_bytes();
        locked(&self.sessions).insert(id, (identity, Instant::now()));
        Some(value)
    }

    fn identity(&self, headers: &HeaderMap) -> Option<Identity> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
        let mut values = cookies
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == COOKIE);
        let (_, value) = values.next()?;
        let sessions = locked(&self.sessions);
        let (identity, since) = sessions.get(blake3::hash(value.as_bytes()).as_bytes())?;
        (since.elapsed() < LIFE).then(|| identity.clone())
    }

    fn names_us(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        hosts.next().is_none() && host.is_some_and(|host| self.hosts.iter().any(|our| our == host))
    }

    /// A page of ours asked, as far as the browser says.
    fn same_origin(&self, headers: &HeaderMap) -> bool {
        let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
        let origin = text(header::ORIGIN).is_none_or(|origin| {
            origin.strip_prefix("http://").is_some_and(|o| self.hosts.iter().any(|our| our == o))
        });
        let site = text(HeaderName::from_static("sec-fetch-site"));
        origin && site.is_none_or(|site| matches!(site, "same-origin" | "none"))
    }
}

/// Runs before every handler.
pub(super) async fn guard(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let access = &app.access;
    let path = request.uri().path().to_owned();
    let in_api = path == "/api" || path.starts_with("/api/");
    let answer = if !locked(&access.requests).take() {
        ApiError::TooMany.into_response()
    } else if !access.names_us(request.headers()) {
        ApiError::Forbidden("this server answers to its loopback address only").into_response()
    } else if path == "/open" {
        next.run(request).await
    } else if let Some(identity) = access.identity(request.headers()) {
        let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
        let token = request.headers().get(&TOKEN).map(HeaderValue::as_bytes);
        if (in_api || changes) && !access.same_origin(request.headers()) {
            ApiError::Forbidden("asked by a page that is not ours").into_response()
        } else if changes && !token.is_some_and(|token| same(token, identity.token.as_bytes())) {
            ApiError::Forbidden("the session's token is missing or wrong").into_response()
        } else {
            request.extensions_mut().insert(identity);
            next.run(request).await
        }
    } else if in_api {
        ApiError::NoSession.into_response()
    } else {
        (StatusCode::UNAUTHORIZED, Html(NO_SESSION)).into_response()
    };
    sealed(answer)
}

/// The link: once for a session.
pub(super) async fn open(
    State(app): State<Arc<App>>,
    Asked(asked): Asked<BTreeMap<String, String>>,
) -> Response {
    let key = asked.get("key").map_or("", String::as_str);
    if let Some(value) = app.access.spend(key) {
        let cookie = format!(
            "{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}",
            LIFE.as_secs()
        );
        return ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response();
    }
    if !locked(&app.access.failures).take() {
        return ApiError::TooMany.into_response();
    }
    (StatusCode::FORBIDDEN, Html(SPENT)).into_response()
}

/// Adds the headers that hold for every answer; a handler's own policy stays.
fn sealed(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    let defaults = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in defaults {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    answer
}

const NO_SESSION: &str = "<!doctype html><meta charset=utf-8><title>demarche</title>\
    <h1>No session</h1><p>Open the link that <code>demarche serve</code> printed. It works once: \
    if it was used already, start <code>demarche serve</code> again.";
const SPENT: &str = "<!doctype html><meta charset=utf-8><title>demarche</title>\
    <h1>This link does not open a session</h1><p>It works once. Start <code>demarche serve</code> \
    again for a new one.";

/// 256 random bits in hexadecimal.
fn secret() -> String {
    let bits: [u8; 32] = rand::random();
    bits.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn same(a: &[u8], b: &[u8]) -> bool {
    blake3::hash(a) == blake3::hash(b)
}

/// The login name; where the system does not say it, the number of the user.
fn login() -> String {
    use std::os::unix::fs::MetadataExt as _;
    let named = std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
    named.ok().filter(|name| !name.trim().is_empty()).unwrap_or_else(|| {
        let own = std::fs::metadata("/proc/self").map(|meta| meta.uid());
        own.map_or_else(|_| "user".to_owned(), |number| format!("user {number}"))
    })
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panicking holder leaves whole values behind: each is replaced in one step.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A token bucket.
struct Bucket {
    most: f64,
    per_second: f64,
    left: f64,
    at: Instant,
}

impl Bucket {
    fn new(most: f64, per_second: f64) -> Self {
        Self { most, per_second, left: most, at: Instant::now() }
    }

    fn take(&mut self) -> bool {
        let now = Instant::now();
        let gained = now.duration_since(self.at).as_secs_f64() * self.per_second;
        self.left = (self.left + gained).min(self.most);
        self.at = now;
        let may = self.left >= 1.0;
        if may {
            self.left -= 1.0;
        }
        may
    }
}
