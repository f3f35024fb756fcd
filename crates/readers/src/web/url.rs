//! Picking a URL apart just far enough, as logged text.

/// Whether `text` begins with a scheme and `//` (RFC 3986, section 3).
pub(super) fn is_absolute(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

/// The host of an absolute URL, lower case; empty when there is none.
pub(super) fn host_of(url: &str) -> String {
    if !is_absolute(url) {
        return String::new();
    }
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or("");
    let host_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    without_port(host_port).to_lowercase()
}

/// `host:port` or `[address]:port` without port and brackets.
pub(super) fn without_port(text: &str) -> &str {
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split(']').next().unwrap_or("");
    }
    match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') && port.bytes().all(|b| b.is_ascii_digit()) => {
            host
        }
        _ => text,
    }
}

/// The URL and host of a request as logged: `host:port` after `CONNECT` stays what it
/// is, a URL is kept, a bare path is put behind `origin` (`http://host`) when one is
/// known.
pub(super) fn request(method: &str, target: &str, origin: &str) -> (String, String) {
    if method == "CONNECT" {
        return (target.to_owned(), without_port(target).to_lowercase());
    }
    if is_absolute(target) {
        return (target.to_owned(), host_of(target));
    }
    if !origin.is_empty() && target.starts_with('/') {
        return (format!("{origin}{target}"), host_of(origin));
    }
    (target.to_owned(), host_of(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        assert_eq!(host_of("http://u:p@Example.ORG:8080/x"), "example.org");
        assert_eq!(host_of("https://[2001:db8::1]:443/"), "2001:db8::1");
        assert_eq!(host_of("/path"), "");
        assert_eq!(without_port("2001:db8::1"), "2001:db8::1");
        assert_eq!(
            request("CONNECT", "Mail.example:443", ""),
            ("Mail.example:443".into(), "mail.example".into())
        );
        assert_eq!(request("GET", "/a", "http://h").0, "http://h/a");
        assert_eq!(request("OPTIONS", "*", "http://h"), ("*".into(), "h".into()));
    }
}
