//! Properties of a message to a [`Draft`]: header, bodies, attachments.

use demarche_core::UtcMicros;

use super::mapi::{Properties, id};
use super::{codepage, rtf};
use crate::mail::body::Body;
use crate::mail::charset;
use crate::mail::derived::Draft;
use crate::mail::header::Headers;

/// Bytes of transport headers kept; the header reader cuts, and says so, at less.
const MAX_HEADER: usize = 1 << 20;
/// Bytes of a body that are handed on.
const MAX_BODY: usize = 4 << 20;
/// Recipients written into the header.
const MAX_RECIPIENTS: usize = 20_000;

/// Item classes that are no correspondence: what Outlook keeps beside mail.
const NO_MAIL: [&str; 6] = [
    "ipm.contact",
    "ipm.distlist",
    "ipm.stickynote",
    "ipm.activity",
    "ipm.task",
    "ipm.configuration",
];

/// Whether an item is a message that went from somebody to somebody. Requests and
/// reports are; appointments are too, invitations lie in calendars as these.
pub(super) fn is_mail(class: &str) -> bool {
    let class = class.to_ascii_lowercase();
    let is = |known: &&str| {
        class.strip_prefix(*known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    !NO_MAIL.iter().any(is)
}

/// A message's draft without attachments; they will have their bytes where `keeps`.
pub(super) fn draft(properties: &Properties, recipients: &[Properties], keeps: bool) -> Draft {
    let mut draft = Draft {
        header: transport_headers(properties),
        body: Body::keeping(keeps),
        ..Draft::default()
    };
    let missing = missing_fields(&draft.header, properties, recipients);
    draft.header.extend_from_slice(&missing);
    if recipients.len() > MAX_RECIPIENTS {
        draft.problems.push(format!("more than {MAX_RECIPIENTS} recipients: the rest is not read"));
    }
    draft.received = properties.time(id::DELIVERY_TIME);
    draft.plain = properties.text(id::BODY).map(bounded);
    draft.html = html(properties).map(bounded);
    let Some(packed) = properties.binary(id::RTF_COMPRESSED).filter(|packed| !packed.is_empty())
    else {
        return draft;
    };
    match rtf::decompress(packed) {
        Err(problem) => draft.problems.push(problem.to_owned()),
        // Outlook keeps RTF beside the body it stands for: only where there is none, or
        // where it hides the HTML, does it say more.
        Ok(packed) if draft.html.is_none() => match rtf::read(&packed, properties.code_page()) {
            rtf::Text::Html(html) => draft.html = Some(html),
            rtf::Text::Plain(text) if draft.plain.is_none() => draft.plain = Some(text),
            rtf::Text::Plain(_) => {}
        },
        Ok(_) => {}
    }
    draft
}

/// More than is kept of a body, so that the cut is seen there and said.
fn bounded(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MAX_BODY));
    text
}

fn html(properties: &Properties) -> Option<String> {
    if let Some(bytes) = properties.binary(id::HTML).or_else(|| properties.raw_text(id::HTML)) {
        let page = properties.number(id::INTERNET_CODE_PAGE).or_else(|| properties.code_page());
        let text = match (page, charset::of_html(bytes)) {
            (None, Some(label)) => charset::decode(bytes, Some(&label)),
            (page, _) => codepage::decode(bytes, page),
        };
        return Some(text.trim_end_matches('\0').to_owned()).filter(|text| !text.is_empty());
    }
    properties.text(id::HTML)
}

/// The header that the transport left, LF line ends, one line end last.
fn transport_headers(properties: &Properties) -> Vec<u8> {
    let text = match properties.raw_text(id::TRANSPORT_HEADERS) {
        Some(bytes) => bytes.to_vec(),
        None => properties.text(id::TRANSPORT_HEADERS).unwrap_or_default().into_bytes(),
    };
    let mut out = Vec::with_capacity(text.len());
    for line in text[..text.len().min(MAX_HEADER)].split(|b| *b == b'\n') {
        let line = line.trim_ascii_end();
        // A blank line would end the header; Exchange writes a title that is no field.
        if !line.is_empty() && !line.starts_with(b"Microsoft Mail Internet Headers") {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
    }
    out
}

/// Header fields that `header` lacks and the properties have.
fn missing_fields(header: &[u8], properties: &Properties, recipients: &[Properties]) -> Vec<u8> {
    let have = Headers::parse(header);
    let mut out = Vec::new();
    let mut field = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty())
            && have.first(name).is_none()
        {
            out.extend_from_slice(format!("{name}: {value}\n").as_bytes());
        }
    };
    let text = |id: u16| properties.text(id).map(|text| one_line(&text));
    let date = properties.time(id::SUBMIT_TIME).or_else(|| properties.time(id::DELIVERY_TIME));
    let from = mailbox(
        properties,
        id::REPRESENTING_NAME,
        &[id::REPRESENTING_SMTP, id::REPRESENTING_ADDRESS],
    );
    let sender = mailbox(properties, id::SENDER_NAME, &[id::SENDER_SMTP, id::SENDER_ADDRESS]);
    let to = |kind: i64, display: u16| {
        let of = |recipient: &&Properties| {
            // The high bits are flags of a meeting's recipients.
            recipient.number(id::RECIPIENT_TYPE).unwrap_or(1) & 0xf == kind
        };
        let all: Vec<String> = recipients
            .iter()
            .take(MAX_RECIPIENTS)
            .filter(of)
            .filter_map(|r| mailbox(r, id::DISPLAY_NAME, &[id::SMTP_ADDRESS, id::ADDRESS]))
            .collect();
        if all.is_empty() && recipients.is_empty() { text(display) } else { Some(all.join(", ")) }
    };
    field("From", from.clone().or_else(|| sender.clone()));
    field("Sender", sender.filter(|sender| from.as_ref().is_some_and(|from| from != sender)));
    field("To", to(1, id::DISPLAY_TO));
    field("Cc", to(2, id::DISPLAY_CC));
    field("Bcc", to(3, 0));
    field("Subject", text(id::SUBJECT).map(without_prefix_mark));
    field("Date", date.map(rfc5322_date));
    field("Message-ID", text(id::MESSAGE_ID));
    field("In-Reply-To", text(id::IN_REPLY_TO));
    field("References", text(id::REFERENCES));
    out
}

/// A mailbox as a header field has it. An Exchange address (`/o=...`) stands where the
/// store kept no other.
fn mailbox(properties: &Properties, name: u16, addresses: &[u16]) -> Option<String> {
    let known = |id: &u16| properties.text(*id).map(|text| one_line(&text));
    let all: Vec<String> = addresses.iter().filter_map(known).collect();
    let address = all.iter().find(|address| address.contains('@')).or_else(|| all.first());
    let name = properties.text(name).map(|text| one_line(&text)).unwrap_or_default();
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
    let bare = |address: &str| address.replace(['<', '>'], "");
    match address {
        Some(address) if name.is_empty() || name == *address => {
            Some(format!("<{}>", bare(address)))
        }
        Some(address) => Some(format!("\"{quoted}\" <{}>", bare(address))),
        None if name.contains('@') => Some(format!("<{}>", bare(&name))),
        None if name.is_empty() => None,
        None => Some(format!("\"{quoted}\" <>")),
    }
}

fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() && c != '\u{1}')
        .collect::<Vec<_>>()
        .join(" ")
        .trim()
        .to_owned()
}

/// A subject in a PST begins with U+0001 and the length of its prefix (MS-PST 2.5.3.1.1.1).
fn without_prefix_mark(subject: String) -> String {
    match subject.strip_prefix('\u{1}') {
        Some(rest) => rest.chars().skip(1).collect(),
        None => subject,
    }
}

fn rfc5322_date(time: UtcMicros) -> String {
    jiff::Timestamp::from_microsecond(time.micros())
        .map(|time| time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string())
        .unwrap_or_default()
}

/// An attachment's name: the long one, the short one, what is shown.
pub(super) fn attachment_name(properties: &Properties) -> String {
    [id::ATTACH_LONG_FILENAME, id::ATTACH_FILENAME, id::DISPLAY_NAME]
        .iter()
        .find_map(|id| properties.text(*id))
        .or_else(|| properties.text(id::ATTACH_EXTENSION))
        .map(|name| one_line(&name))
        .unwrap_or_default()
}

/// Puts a file into a draft. Of a signed message the whole content is one file.
pub(super) fn attach(draft: &mut Draft, class: &str, properties: &Properties, bytes: &[u8]) {
    let kind = properties.text(id::ATTACH_MIME).unwrap_or_default();
    draft.body.attachment(&attachment_name(properties), &kind, bytes);
    let signed = class.to_ascii_lowercase().starts_with("ipm.note.smime");
    if signed && kind.eq_ignore_ascii_case("multipart/signed") {
        draft.body.mime(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outlook::mapi::Value;

    fn text(id: u16, text: &str) -> (u16, Value) {
        (id, Value::Text(text.to_owned()))
    }

    fn of(values: impl IntoIterator<Item = (u16, Value)>) -> Properties {
        let mut properties = Properties::default();
        values.into_iter().for_each(|(id, value)| properties.put(id, value));
        properties
    }

    #[test]
    fn a_header_is_written_where_the_transport_left_none() {
        let message = of([
            text(id::SUBJECT, "\u{1}\u{5}Re: x\r\nBcc: forged@x.example"),
            text(id::SENDER_NAME, "Ann \"A\" Lee"),
            text(id::SENDER_ADDRESS, "/o=House/cn=ann"),
            text(id::SENDER_SMTP, "ann@house.example"),
            (id::SUBMIT_TIME, Value::Time(133_559_502_000_000_000)),
        ]);
        let to = of([text(id::DISPLAY_NAME, "Bob"), text(id::ADDRESS, "bob@house.example")]);
        let draft = draft(&message, &[to], false);
        assert_eq!(
            String::from_utf8(draft.header).unwrap(),
            "From: \"Ann \\\"A\\\" Lee\" <ann@house.example>\nTo: \"Bob\" <bob@house.example>\n\
             Subject: Re: x  Bcc: forged@x.example\nDate: Tue, 26 Mar 2024 18:10:00 +0000\n"
        );
    }

    #[test]
    fn the_transports_header_goes_first() {
        let headers = "Microsoft Mail Internet Headers Version 2.0\r\nReceived: from a\r\n\tby b\r\n\
                       From: x@y.example\r\n\r\n";
        let message = of([text(id::TRANSPORT_HEADERS, headers), text(id::SUBJECT, "s")]);
        let header = draft(&message, &[], false).header;
        assert_eq!(
            String::from_utf8(header).unwrap(),
            "Received: from a\n\tby b\nFrom: x@y.example\nSubject: s\n"
        );
    }

    #[test]
    fn what_is_mail() {
        assert!(is_mail("IPM.Note") && is_mail("") && is_mail("IPM.TaskRequest"));
        assert!(!is_mail("IPM.Contact") && !is_mail("ipm.task") && !is_mail("IPM.Contact.X"));
    }
}
