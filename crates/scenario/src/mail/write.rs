//! RFC 5322 and MIME bytes of one message (RFC 2045, 2047, 2231).

use super::engine;
use crate::dice::Dice;
use crate::time;

/// A message before it is bytes. Every copy of one sending shares it.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// Seconds UTC.
    pub time: i64,
    /// Zone of the Date header, minutes.
    pub zone: i64,
    /// Engine, see [`engine`].
    pub engine: usize,
    /// Message-ID without brackets.
    pub id: String,
    /// Sender's display name.
    pub from_name: String,
    /// Sender's address.
    pub from: String,
    /// `(name, address)` of the To header.
    pub to: Vec<(String, String)>,
    /// `(name, address)` of the Cc header.
    pub cc: Vec<(String, String)>,
    /// Subject.
    pub subject: String,
    /// Other headers of the sender, in the engine's place for them.
    pub extra: Vec<(String, String)>,
    /// List headers.
    pub list: Vec<(String, String)>,
    /// Plain text.
    pub text: String,
    /// HTML alternative.
    pub html: Option<String>,
    /// `(file name, media type, base64 lines)`.
    pub attachment: Option<(String, String, String)>,
    /// A calendar part (RFC 5545).
    pub calendar: Option<String>,
    /// Name and address of the sending host.
    pub host: (String, String),
    /// Key of the draws that are the sender's (boundaries, encodings).
    pub key: u64,
}

fn encode_word(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut chunk = String::new();
    for letter in text.chars() {
        if chunk.len() + letter.len_utf8() > 39 {
            out.push_str(&format!("=?utf-8?B?{}?=\n ", base64(chunk.as_bytes())));
            chunk.clear();
        }
        chunk.push(letter);
    }
    out.push_str(&format!("=?utf-8?B?{}?=", base64(chunk.as_bytes())));
    out
}

/// Base64 of bytes, without line breaks.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    const SET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len() / 3 * 4 + 4);
    for chunk in bytes.chunks(3) {
        let n = (u32::from(chunk[0]) << 16)
            | (u32::from(*chunk.get(1).unwrap_or(&0)) << 8)
            | u32::from(*chunk.get(2).unwrap_or(&0));
        for at in 0..4 {
            if at <= chunk.len() {
                out.push(char::from(SET[(n >> (18 - 6 * at)) as usize & 63]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// Base64 in lines of 76.
#[must_use]
pub fn base64_lines(bytes: &[u8]) -> String {
    let flat = base64(bytes);
    let mut out = String::with_capacity(flat.len() + flat.len() / 76 + 1);
    for at in (0..flat.len()).step_by(76) {
        out.push_str(&flat[at..(at + 76).min(flat.len())]);
        out.push('\n');
    }
    out
}

fn quoted_printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for line in text.lines() {
        let mut width = 0;
        let bytes = line.as_bytes();
        for (at, &byte) in bytes.iter().enumerate() {
            let last = at + 1 == bytes.len();
            let plain = (33..=126).contains(&byte) && byte != b'=' || byte == b' ' && !last;
            let need = if plain { 1 } else { 3 };
            if width + need > 75 {
                out.push_str("=\n");
                width = 0;
            }
            if plain {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("={byte:02X}"));
            }
            width += need;
        }
        out.push('\n');
    }
    out
}

fn addresses(list: &[(String, String)]) -> String {
    let all: Vec<String> = list
        .iter()
        .map(|(name, address)| {
            if name.is_empty() {
                address.clone()
            } else if name.is_ascii() && name.contains(',') {
                format!("\"{name}\" <{address}>")
            } else {
                format!("{} <{address}>", encode_word(name))
            }
        })
        .collect();
    all.join(",\n ")
}

fn part(kind: &str, text: &str, encoding: usize, out: &mut String) {
    let (name, body) = match encoding {
        0 => ("quoted-printable", quoted_printable(text)),
        1 => ("base64", base64_lines(text.as_bytes())),
        _ => ("8bit", text.to_owned()),
    };
    out.push_str(&format!(
        "Content-Type: {kind}; charset=\"utf-8\"\nContent-Transfer-Encoding: {name}\n\n{body}"
    ));
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

/// The sender's part of a message: its headers in the engine's order and its
/// body, LF line ends.
#[must_use]
pub fn render(message: &Message) -> String {
    let mut dice = Dice::keyed(message.key);
    let mut out = String::with_capacity(8192);
    let (mailer, value) = engine::mailer(message.engine);
    for mark in engine::order(message.engine).chars() {
        match mark {
            'f' => out.push_str(&format!(
                "From: {}\n",
                addresses(&[(message.from_name.clone(), message.from.clone())])
            )),
            't' => {
                out.push_str(&format!("To: {}\n", addresses(&message.to)));
                if !message.cc.is_empty() {
                    out.push_str(&format!("Cc: {}\n", addresses(&message.cc)));
                }
            }
            's' => out.push_str(&format!("Subject: {}\n", encode_word(&message.subject))),
            'd' => out.push_str(&format!("Date: {}\n", time::rfc5322(message.time, message.zone))),
            'i' => out.push_str(&format!("Message-ID: <{}>\n", message.id)),
            'm' => out.push_str("MIME-Version: 1.0\n"),
            'x' if !mailer.is_empty() => out.push_str(&format!("{mailer}: {value}\n")),
            'r' => {
                for (name, value) in &message.extra {
                    out.push_str(&format!("{name}: {value}\n"));
                }
            }
            'l' => {
                for (name, value) in &message.list {
                    out.push_str(&format!("{name}: {value}\n"));
                }
            }
            _ => {}
        }
    }
    let encoding = engine::encoding(message.engine);
    let mixed = message.attachment.is_some();
    let outer = engine::boundary(&mut dice, message.engine, message.time);
    let inner = engine::boundary(&mut dice, message.engine, message.time);
    if mixed {
        out.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=\"{outer}\"\n\n--{outer}\n"
        ));
    }
    if message.html.is_some() || message.calendar.is_some() {
        out.push_str(&format!(
            "Content-Type: multipart/alternative; boundary=\"{inner}\"\n\n--{inner}\n"
        ));
        part("text/plain", &message.text, encoding, &mut out);
        if let Some(html) = &message.html {
            out.push_str(&format!("--{inner}\n"));
            part("text/html", html, encoding, &mut out);
        }
        if let Some(calendar) = &message.calendar {
            out.push_str(&format!("--{inner}\n"));
            part("text/calendar; method=REQUEST", calendar, encoding, &mut out);
        }
        out.push_str(&format!("--{inner}--\n"));
    } else {
        part("text/plain", &message.text, encoding, &mut out);
    }
    if let Some((name, kind, body)) = &message.attachment {
        out.push_str(&format!(
            "--{outer}\nContent-Type: {kind}; name=\"{name}\"\nContent-Disposition: attachment; filename=\"{name}\"\nContent-Transfer-Encoding: base64\n\n{body}--{outer}--\n"
        ));
    }
    out
}

/// How a copy came to a mailbox.
pub struct Delivery<'a> {
    /// The mailbox's address.
    pub mailbox: &'a str,
    /// Header that names the mailbox: 0 `Delivered-To`, 1 `X-Original-To`,
    /// 2 none.
    pub header: usize,
    /// Receiving host.
    pub mx: &'a str,
    /// SPF and DKIM results.
    pub spf: &'a str,
    /// DKIM result.
    pub dkim: &'a str,
    /// Key of the hop's draws.
    pub key: u64,
}

/// The headers that the receiving side puts on top.
#[must_use]
pub fn trace(message: &Message, delivery: &Delivery<'_>) -> String {
    let mut dice = Dice::keyed(delivery.key);
    let delay = 1 + dice.range(0, 6);
    let stamp = time::rfc5322(message.time + delay, 0);
    let mut out = String::with_capacity(512);
    match delivery.header {
        0 => out.push_str(&format!("Delivered-To: {}\n", delivery.mailbox)),
        1 => out.push_str(&format!("X-Original-To: {}\n", delivery.mailbox)),
        _ => {}
    }
    let domain = message.from.split('@').next_back().unwrap_or("localhost");
    out.push_str(&format!("Return-Path: <{}>\n", message.from));
    out.push_str(&format!(
        "Authentication-Results: {}; spf={} smtp.mailfrom={domain}; dkim={} header.d={domain}\n",
        delivery.mx, delivery.spf, delivery.dkim
    ));
    out.push_str(&format!(
        "Received: from {} ({} [{}])\n\tby {} with ESMTPS id {}\n\tfor <{}>; {stamp}\n",
        message.host.0,
        message.host.0,
        message.host.1,
        delivery.mx,
        dice.hex(12),
        delivery.mailbox
    ));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        assert_eq!(base64(b"Man"), "TWFu");
        assert_eq!(base64(b"Ma"), "TWE=");
        assert_eq!(base64(b"M"), "TQ==");
        assert_eq!(quoted_printable("a=b é"), "a=3Db =C3=A9\n");
        assert!(encode_word("Grüße").starts_with("=?utf-8?B?"));
    }

    #[test]
    fn a_message_has_its_headers_once() {
        let message = Message {
            id: "x@y".to_owned(),
            from: "a@b.de".to_owned(),
            to: vec![(String::new(), "c@d.fr".to_owned())],
            subject: "s".to_owned(),
            text: "hello\n".to_owned(),
            html: Some("<p>hello</p>".to_owned()),
            ..Message::default()
        };
        let bytes = render(&message);
        for header in ["From: ", "To: ", "Subject: ", "Date: ", "Message-ID: ", "MIME-Version: "] {
            assert_eq!(
                bytes.matches(&format!("\n{header}")).count()
                    + usize::from(bytes.starts_with(header)),
                1,
                "{header}"
            );
        }
    }
}
