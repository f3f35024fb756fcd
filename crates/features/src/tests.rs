//! The features of a whole message.

use demarche_core::{MessageUid, UrlPlace, UrlSeen};
use proptest::prelude::*;

use super::*;

fn lure(token: &str, recipient: &str) -> Message {
    let url = |url: String, place| UrlSeen { url, place, shown: String::new() };
    Message {
        message_uid: MessageUid::of_canonical(recipient.as_bytes()),
        message_id: format!("{token}@relay.example"),
        from: "desk@daily.example".into(),
        from_name: "Daily Desk".into(),
        to: vec![recipient.into()],
        subject: "The vote".into(),
        headers: format!(
            "Received: from r (r [198.51.100.7]) by mx\nFrom: x\nTo: {recipient}\nSubject: y\nX-Mailer: M 1.2\n"
        ),
        text: format!(
            "Dear {recipient}, the committee will meet again on Thursday to discuss the report \
             of last week and its findings, see https://t.example/r/{token} for the draft"
        ),
        html: format!("<p>Dear {recipient}</p><img src=\"https://t.example/o/{token}.gif\">"),
        urls: vec![
            url(format!("https://t.example/r/{token}"), UrlPlace::Href),
            url(format!("https://t.example/o/{token}.gif"), UrlPlace::Img),
        ],
        ..Message::default()
    }
}

#[test]
fn mails_of_one_burst_share_everything_but_the_token() {
    let a = mail(&lure("d41d8cd98f00b204e9800998ecf8427e", "ann@house.example"));
    let b = mail(&lure("0cc175b9c0f1b6a831c399e269772661", "bob@house.example"));
    assert_eq!(a.urls[1].template, "t.example/o/{hex32}.gif");
    let templates =
        |f: &MailFeatures| f.urls.iter().map(|u| u.template.clone()).collect::<Vec<_>>();
    assert_eq!(templates(&a), templates(&b));
    assert_ne!(a.urls[0].tokens, b.urls[0].tokens);
    let shared = |f: &MailFeatures| MailFeatures {
        message_uid: MessageUid::default(),
        urls: Vec::new(),
        ..f.clone()
    };
    assert_eq!(shared(&a), shared(&b));
    assert_eq!((a.origin_ip.as_str(), a.mailer.as_str()), ("198.51.100.7", "M 0.0"));
    assert!(!a.minhash.is_empty() && !a.skeleton.is_empty() && !a.header_order.is_empty());
}

proptest! {
    #[test]
    fn any_message_has_features(
        text in "\\PC{0,80}", url in "https?://\\PC{0,30}", headers in "(\\PC{0,20}:\\PC{0,20}\n){0,4}"
    ) {
        let message = Message {
            from: text.clone(),
            from_name: text.clone(),
            message_id: text.clone(),
            subject: text.clone(),
            html: text.clone(),
            headers,
            urls: vec![UrlSeen { url, place: UrlPlace::Href, shown: text.clone() }; 3],
            text,
            ..Message::default()
        };
        prop_assert_eq!(mail(&message), mail(&message));
    }
}
