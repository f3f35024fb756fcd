//! Indicator values as people write them: defanged, with a type guessed from the form.

use demarche_core::{ObservableKind, observable};
use ipnet::IpNet;

/// What an indicator asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    /// A value that must be equal; of a domain also every name below it.
    Exact(ObservableKind, String),
    /// A range of addresses.
    Range(IpNet),
}

/// Undoes the usual ways of making a value harmless: `hxxp`, `[.]`, `(.)`, `{.}`,
/// `[dot]`, `[:]`, `[@]`, `[at]`, `[/]`, or a backslash before a dot; quotes around it go.
pub(super) fn refang(text: &str) -> String {
    let mut out = text.trim().trim_matches(['"', '\'']).to_owned();
    for (written, meant) in [
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("[dot]", "."),
        ("(dot)", "."),
        ("[DOT]", "."),
        ("\\.", "."),
        ("[:]", ":"),
        ("[://]", "://"),
        ("[@]", "@"),
        ("[at]", "@"),
        ("(at)", "@"),
        ("[AT]", "@"),
        ("[/]", "/"),
    ] {
        if out.contains(written) {
            out = out.replace(written, meant);
        }
    }
    if let Some((scheme, rest)) = out.split_once(':') {
        let meant = match scheme.to_ascii_lowercase().as_str() {
            "hxxp" | "hxtp" | "htxp" => "http",
            "hxxps" | "hxtps" | "htxps" => "https",
            "fxp" => "ftp",
            _ => return out,
        };
        return format!("{meant}:{rest}");
    }
    out
}

/// A value of a stated type (a STIX object path, a MISP type, a column), refanged.
///
/// `Err` says why it cannot be looked for here.
pub(super) fn typed(kind: &str, text: &str) -> Result<Value, String> {
    let text = refang(text);
    let kind = kind.trim().to_ascii_lowercase();
    let value = match kind.as_str() {
        "domain" | "hostname" | "domain-name" | "domain-name:value" | "fqdn" | "host" => {
            observable::domain(&text).map(|v| Value::Exact(ObservableKind::Domain, v))
        }
        "ip" | "ipv4" | "ipv6" | "ip-src" | "ip-dst" | "ipv4-addr" | "ipv6-addr"
        | "ipv4-addr:value" | "ipv6-addr:value" | "cidr" => address(&text),
        "url" | "uri" | "link" | "url:value" => url(&text),
        "email" | "email-src" | "email-reply-to" | "email-addr" | "email-addr:value"
        | "email-address" => {
            observable::email(&text).map(|v| Value::Exact(ObservableKind::Email, v))
        }
        "sha256"
        | "file:hashes.'sha-256'"
        | "file:hashes.\"sha-256\""
        | "file:hashes.sha256"
        | "file:hashes.'sha256'" => sha256(&text),
        "md5"
        | "sha1"
        | "file:hashes.md5"
        | "file:hashes.'md5'"
        | "file:hashes.'sha-1'"
        | "file:hashes.sha1"
        | "file:hashes.'sha1'" => {
            return Err(format!(
                "{text}: MD5 and SHA-1 can be forged; attachments are known by SHA-256"
            ));
        }
        "" | "auto" | "indicator" => return guessed(&text),
        other => return Err(format!("{text}: type {other} is not looked for")),
    };
    value.ok_or_else(|| format!("{text}: not a value of type {kind}"))
}

/// A value whose type is told by its form.
pub(super) fn guessed(text: &str) -> Result<Value, String> {
    let text = refang(text);
    if text.contains("://") {
        return url(&text).ok_or_else(|| format!("{text}: not an absolute URL"));
    }
    if let Some(value) = address(&text).or_else(|| sha256(&text)) {
        return Ok(value);
    }
    let hex = !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    if hex && matches!(text.len(), 32 | 40) {
        return Err(format!(
            "{text}: MD5 and SHA-1 can be forged; attachments are known by SHA-256"
        ));
    }
    if text.contains('@')
        && let Some(address) = observable::email(&text)
    {
        return Ok(Value::Exact(ObservableKind::Email, address));
    }
    let name = text.strip_prefix("*.").unwrap_or(&text);
    if let Some(name) = observable::domain(name) {
        return Ok(Value::Exact(ObservableKind::Domain, name));
    }
    match name.split_once('/') {
        Some((host, _)) if observable::domain(host).is_some() => {
            Err(format!("{text}: a URL without its scheme; write it with http:// or https://"))
        }
        _ => Err(format!("{text}: neither domain, address, URL, mail address nor SHA-256")),
    }
}

fn address(text: &str) -> Option<Value> {
    if let Some(ip) = observable::ip(text) {
        return Some(Value::Exact(ObservableKind::Ip, ip));
    }
    let range = text.parse::<IpNet>().ok()?.trunc();
    if range.prefix_len() == range.max_prefix_len() {
        return Some(Value::Exact(ObservableKind::Ip, range.addr().to_canonical().to_string()));
    }
    Some(Value::Range(range))
}

fn url(text: &str) -> Option<Value> {
    let key = url_key(text)?;
    Some(Value::Exact(ObservableKind::Url, key))
}

/// The form in which URLs are compared: scheme and host in lower case, no fragment, no
/// default port, `/` for an empty path. Path and query are compared as they stand,
/// because their case can matter.
pub(super) fn url_key(text: &str) -> Option<String> {
    let (scheme, rest) = text.trim().split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let rest = rest.split('#').next().unwrap_or_default();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let mut authority = authority.to_lowercase();
    for (named, port) in [("http", ":80"), ("https", ":443")] {
        if scheme == named
            && let Some(host) = authority.strip_suffix(port)
        {
            authority = host.to_owned();
        }
    }
    if authority.is_empty() {
        return None;
    }
    let slash = if path.starts_with('/') { "" } else { "/" };
    Some(format!("{scheme}://{authority}{slash}{path}"))
}

fn sha256(text: &str) -> Option<Value> {
    (text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()))
        .then(|| Value::Exact(ObservableKind::Sha256, text.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match guessed(text) {
            Ok(Value::Exact(kind, value)) => format!("{kind} {value}"),
            Ok(Value::Range(range)) => format!("range {range}"),
            Err(reason) => format!("no: {reason}"),
        }
    }

    #[test]
    fn forms() {
        let hash = "AB".repeat(32);
        for (text, expected) in [
            ("hxxps[://]evil[.]example/a?B#c", "url https://evil.example/a?B"),
            ("hxxp://Evil.example:80", "url http://evil.example/"),
            ("Evil[.]Example", "domain evil.example"),
            ("*.evil.example", "domain evil.example"),
            ("192.0.2[.]1", "ip 192.0.2.1"),
            ("192.0.2.9/24", "range 192.0.2.0/24"),
            ("192.0.2.9/32", "ip 192.0.2.9"),
            ("2001:DB8::/32", "range 2001:db8::/32"),
            ("Desk[@]news[dot]example", "email desk@news.example"),
            ("\"evil.example\"", "domain evil.example"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
        assert_eq!(shown(&hash), format!("sha256 {}", hash.to_lowercase()));
        for text in
            ["", "word", "two words", "d41d8cd98f00b204e9800998ecf8427e", "evil.example/path"]
        {
            assert!(shown(text).starts_with("no: "), "{text}");
        }
    }

    #[test]
    fn stated_types_are_checked() {
        assert!(typed("domain", "192.0.2.1/x").is_err());
        assert!(typed("ip", "evil.example").is_err());
        assert!(typed("mutex", "x").is_err_and(|reason| reason.contains("mutex")));
        assert!(typed("md5", "x").is_err_and(|reason| reason.contains("forged")));
        assert!(typed("ip-dst", "192.0.2.1").is_ok());
    }
}
