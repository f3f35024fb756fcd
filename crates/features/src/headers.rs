//! What a header block says of the software that wrote it and the way it came.

use std::net::IpAddr;

use demarche_core::id::short_hash;

use crate::registrable;

/// Fields that the author's side writes. Fields of transport and of the receiving house
/// (`Received`, `Return-Path`, `Delivered-To`, `Authentication-Results`, `ARC-*`,
/// `DKIM-Signature`, `X-Spam-*`...) are not among them: they would tell houses apart and
/// not authors.
const AUTHOR_FIELDS: [&str; 34] = [
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-language",
    "content-disposition",
    "user-agent",
    "x-mailer",
    "x-mimeole",
    "x-priority",
    "x-msmail-priority",
    "priority",
    "importance",
    "organization",
    "thread-topic",
    "thread-index",
    "accept-language",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "feedback-id",
    "precedence",
    "auto-submitted",
    "errors-to",
    "x-php-originating-script",
];

/// Names and unfolded values in order.
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Takes a header block apart; lines that are no field are passed over.
    pub(crate) fn of(block: &str) -> Self {
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in block.lines() {
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            } else if let Some((name, value)) = line.split_once(':')
                && !name.trim_end().is_empty()
                && !name.trim_end().contains(char::is_whitespace)
            {
                fields.push((name.trim_end().to_owned(), value.trim().to_owned()));
            }
        }
        Self(fields)
    }

    fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        let named = move |field: &&(String, String)| field.0.eq_ignore_ascii_case(name);
        self.0.iter().filter(named).map(|(_, value)| value.as_str())
    }

    fn first(&self, name: &str) -> Option<&str> {
        let named = |field: &&(String, String)| field.0.eq_ignore_ascii_case(name);
        self.0.iter().find(named).map(|(_, value)| value.as_str())
    }
}

/// Hash of the author-side names in order, as they are written (`Message-Id` is not
/// `Message-ID`).
pub(crate) fn order(fields: &Fields) -> String {
    let author = |name: &str| AUTHOR_FIELDS.iter().any(|known| known.eq_ignore_ascii_case(name));
    let names: Vec<&str> =
        fields.0.iter().map(|(name, _)| name.as_str()).filter(|name| author(name)).collect();
    if names.is_empty() { String::new() } else { short_hash(&[names.join(":").as_bytes()]) }
}

/// Classes and lengths of the runs before the `@`: `<0A1B.77$ab@x>` is `H4.d2$h2`.
pub(crate) fn message_id_shape(id: &str) -> String {
    shape(id.rsplit_once('@').map_or(id, |(local, _)| local))
}

/// The shape of the boundary that the message's own `Content-Type` names.
pub(crate) fn boundary_shape(fields: &Fields) -> String {
    let Some(value) = fields.first("content-type") else { return String::new() };
    // Position in the lower-cased copy holds in the original: ASCII alone changes.
    let Some(at) = value.to_ascii_lowercase().find("boundary=") else { return String::new() };
    let value = value[at + "boundary=".len()..].trim_start();
    let boundary = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => value.split([';', ' ', '\t']).next(),
    };
    shape(boundary.unwrap_or_default())
}

/// `d` digits, `h`/`H` hex in small or capital letters, `a`/`A` letters of one case, `m`
/// mixed; each with its length. Other characters stand for themselves, runs of one of
/// them folded.
fn shape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = &text[..text.floor_char_boundary(200)];
    while let Some(first) = rest.chars().next() {
        if !first.is_ascii_alphanumeric() {
            let end = rest.find(|c| c != first).unwrap_or(rest.len());
            out.push(first);
            rest = &rest[end..];
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let all = |good: fn(&u8) -> bool| run.as_bytes().iter().all(good);
        let class = if all(u8::is_ascii_digit) {
            'd'
        } else if all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(b)) {
            'h'
        } else if all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(b)) {
            'H'
        } else if all(u8::is_ascii_lowercase) {
            'a'
        } else if all(u8::is_ascii_uppercase) {
            'A'
        } else {
            'm'
        };
        out.push(class);
        out.push_str(&run.len().to_string());
        rest = after;
    }
    out
}

/// `X-Mailer` or `User-Agent`, runs of digits folded to `0`, at most 120 characters.
pub(crate) fn mailer(fields: &Fields) -> String {
    let value = fields.first("x-mailer").or_else(|| fields.first("user-agent")).unwrap_or_default();
    let mut out = String::new();
    for c in value.chars().take(120) {
        if !c.is_ascii_digit() {
            out.push(c);
        } else if !out.ends_with('0') {
            out.push('0');
        }
    }
    out
}

/// What says that the mail went to many: sorted, lower case.
pub(crate) fn bulk_markers(fields: &Fields) -> Vec<String> {
    let has = |name: &str| fields.first(name).is_some_and(|value| !value.is_empty());
    let one_of = |name: &str, values: &[&str]| {
        fields.first(name).is_some_and(|value| values.iter().any(|v| value.eq_ignore_ascii_case(v)))
    };
    let automatic = fields.first("auto-submitted").is_some_and(|v| !v.eq_ignore_ascii_case("no"));
    [
        ("auto-submitted", automatic),
        ("feedback-id", has("feedback-id") || has("x-feedback-id")),
        ("list-id", has("list-id")),
        ("list-unsubscribe", has("list-unsubscribe")),
        ("precedence", one_of("precedence", &["bulk", "list", "junk"])),
    ]
    .into_iter()
    .filter(|(_, found)| *found)
    .map(|(name, _)| name.to_owned())
    .collect()
}

/// Address and announced name of the host that handed the mail over: from the topmost
/// `Received` field whose `from` clause names a public address.
///
/// Fields are read from the top because those below were written by hosts of the sender's
/// choice. Hops inside the house name private addresses and are passed over, and so are
/// hops inside one provider's public network: the names on both sides have one
/// registrable domain *and* the addresses one block (a name alone proves nothing, the
/// sender chooses what he greets with). A house that relays over public addresses of its
/// own is seen here as the origin, and its `own_egress` in `context.csv` tells.
pub(crate) fn origin(fields: &Fields) -> (String, String) {
    for value in fields.all("received").take(50) {
        let Some(clause) = from_clause(value) else { continue };
        if let Some(address) = public_address(clause) {
            if is_inside_one_network(address, clause, &value[5 + clause.len()..]) {
                continue;
            }
            return (address.to_string(), helo(clause));
        }
    }
    (String::new(), String::new())
}

/// Whether the receiving side, `by` and what follows, is of the same domain and block.
fn is_inside_one_network(from: IpAddr, clause: &str, rest: &str) -> bool {
    let Some(by) = rest.trim_start().strip_prefix("by ") else { return false };
    let name = by.split_whitespace().next().unwrap_or_default();
    let end = by.find(" with ").or_else(|| by.find(';')).unwrap_or(by.len());
    let near = public_address(&by[..end]).is_some_and(|to| block(to) == block(from));
    near && name.contains('.') && registrable(name) == registrable(&helo(clause))
}

/// The first 24 bits of an IPv6 address, 16 of an IPv4 address.
fn block(address: IpAddr) -> (bool, [u8; 3]) {
    match address {
        IpAddr::V4(v4) => (false, [v4.octets()[0], v4.octets()[1], 0]),
        IpAddr::V6(v6) => (true, [v6.octets()[0], v6.octets()[1], v6.octets()[2]]),
    }
}

/// What stands between `from` and `by`.
fn from_clause(value: &str) -> Option<&str> {
    let rest = value.get(..5).filter(|start| start.eq_ignore_ascii_case("from "))?;
    let value = &value[rest.len()..];
    let end = value.find(" by ").or_else(|| value.find(';')).unwrap_or(value.len());
    Some(&value[..end])
}

/// The last public address in brackets, where servers write the peer's true address;
/// else the last one anywhere.
fn public_address(clause: &str) -> Option<IpAddr> {
    let parse = |word: &str| {
        let word = word.trim_start_matches("IPv6:").trim_start_matches("ipv6:");
        word.parse::<IpAddr>().ok().filter(|address| is_public(*address))
    };
    let bracketed = clause.split('[').skip(1).filter_map(|rest| parse(rest.split(']').next()?));
    bracketed.last().or_else(|| {
        let separator = |c: char| !(c.is_ascii_hexdigit() || matches!(c, '.' | ':'));
        clause
            .split(separator)
            .filter(|word| word.contains(['.', ':']))
            .filter_map(parse)
            .next_back()
    })
}

/// `helo=` where the server says so (Exim), else the first word.
fn helo(clause: &str) -> String {
    let stated = clause.split_once("helo=").or_else(|| clause.split_once("HELO "));
    let word = match stated {
        Some((_, rest)) => rest.split([')', ' ', ']', ';']).next(),
        None => clause.split_whitespace().next(),
    };
    word.unwrap_or_default().trim_matches(['[', ']', '(', ')']).to_lowercase()
}

/// Not private, loopback, link-local, shared (RFC 6598), multicast or unspecified.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_multicast()
                || v4.is_broadcast()
                || a == 0
                || (a == 100 && (64..128).contains(&b)))
        }
        IpAddr::V6(v6) => {
            if let Some(v4) = v6.to_ipv4_mapped() {
                return is_public(IpAddr::V4(v4));
            }
            !(v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unique_local()
                || v6.is_unicast_link_local())
        }
    }
}

/// `d=` of the DKIM signatures, lower case, in order, without repeats; at most 20.
pub(crate) fn dkim_domains(fields: &Fields) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for value in fields.all("dkim-signature").take(20) {
        let tag = value.split(';').find_map(|tag| tag.trim().strip_prefix("d="));
        let domain = tag.unwrap_or_default().trim().to_lowercase();
        if !domain.is_empty() && !out.contains(&domain) {
            out.push(domain);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn order_leaves_transport_out() {
        let a = Fields::of("Received: x\nFrom: a\nTo: b\nSubject: c\n");
        let b = Fields::of(
            "Return-Path: y\nX-Spam-Status: No\nFrom: d\nTo: e\nDKIM-Signature: x\nSubject: f\n g\n",
        );
        assert_eq!(order(&a), order(&b));
        assert_ne!(order(&a), order(&Fields::of("To: b\nFrom: a\nSubject: c\n")));
        assert_eq!(order(&Fields::of("")), "");
    }

    #[test]
    fn shapes() {
        assert_eq!(message_id_shape("0A1B.77$ab@x"), "H4.d2$h2");
        assert_eq!(message_id_shape("CAKz9-xq@mail.example.com"), "m5-a2");
        assert_eq!(message_id_shape(""), "");
        let fields =
            Fields::of("Content-Type: multipart/mixed;\n boundary=\"----=_Part_12_99.17\"\n");
        assert_eq!(boundary_shape(&fields), "-=_m4_d2_d2.d2");
        assert_eq!(boundary_shape(&Fields::of("Content-Type: a/b; Boundary=xyz; c=d")), "a3");
    }

    #[test]
    fn origins() {
        for (received, want) in [
            (
                "from mail.a.org (mail.a.org [198.51.100.7]) by mx (Postfix)",
                "198.51.100.7 mail.a.org",
            ),
            (
                "from [203.0.113.9] (helo=evil.test) by mx with smtp (Exim 4)",
                "203.0.113.9 evil.test",
            ),
            ("from a.org (8.8.8.8) by mx", "8.8.8.8 a.org"),
            ("from A.org ([IPv6:2001:db8::1]) by mx", "2001:db8::1 a.org"),
            ("from 9.9.9.9 (x [198.51.100.8]) by mx", "198.51.100.8 9.9.9.9"),
            ("from inner (inner [10.0.0.1]) by mx", " "),
            ("by mx with local; Tue", " "),
            ("from é", " "),
        ] {
            let fields = Fields::of(&format!("Received: {received}\n"));
            let (address, host) = origin(&fields);
            assert_eq!(format!("{address} {host}"), want, "{received}");
        }
        let cloud = "Received: from a1.prod.cloud.example (2001:db8:10::24) by b2.prod.cloud.example (2001:db8:3c3::20) with SMTP; x\n\
                     Received: from mail.sender.org (203.0.113.5) by a1.mail.cloud.example (10.1.1.1) with SMTP; x\n";
        assert_eq!(origin(&Fields::of(cloud)).0, "203.0.113.5");
        let greeting = "Received: from x.cloud.example (203.0.113.5) by b2.prod.cloud.example (198.51.100.9); x\n";
        assert_eq!(origin(&Fields::of(greeting)).0, "203.0.113.5");
        let chain = "Received: from in (in [10.1.1.1]) by store\n\
                     Received: from gw (gw [198.51.100.1])\n\tby in; Tue\n\
                     Received: from forged (f [198.51.100.99]) by gw\n";
        assert_eq!(origin(&Fields::of(chain)).0, "198.51.100.1");
    }

    #[test]
    fn the_rest() {
        let fields = Fields::of(
            "X-Mailer: Foo 12.3.45\nList-Id: <a>\nPrecedence: Bulk\nAuto-Submitted: no\n\
             DKIM-Signature: v=1; a=rsa; d=Example.ORG;\n s=x\nDKIM-Signature: d=example.org\n",
        );
        assert_eq!(mailer(&fields), "Foo 0.0.0");
        assert_eq!(bulk_markers(&fields), ["list-id", "precedence"]);
        assert_eq!(dkim_domains(&fields), ["example.org"]);
    }

    proptest! {
        #[test]
        fn never_panics(block in "((Received|Content-Type|DKIM-Signature): (from |boundary=|d=)?\\PC{0,30}\n| \\PC{0,5}\n){0,8}") {
            let fields = Fields::of(&block);
            let _ = (order(&fields), origin(&fields), boundary_shape(&fields));
            let _ = (mailer(&fields), bulk_markers(&fields), dkim_domains(&fields));
            let _ = message_id_shape(&block);
        }
    }
}
