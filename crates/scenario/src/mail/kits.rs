//! Mailing kits beyond the common programs of [`super::engine`]: further
//! Message-ID and boundary grammars, header orders, skeletons and token
//! formats. Only grown worlds use them, and there honest agencies as much as
//! operators (see [`crate::grown`]).

use super::engine::{ENGINES, Html, SKELETONS, TOKENS};
use crate::dice::Dice;
use crate::time;

/// Marks of a kit's headers.
struct Headers {
    /// Header that names the program, and its value; empty for none.
    mailer: (&'static str, &'static str),
    /// As [`super::engine::order`].
    order: &'static str,
    /// 0 quoted-printable, 1 base64, 2 8bit.
    encoding: usize,
}

const HEADERS: [Headers; 8] = [
    Headers { mailer: ("X-Mailer", "SwiftDeliver 3.2"), order: "imdfrtsxl", encoding: 0 },
    Headers { mailer: ("X-Mailer", "Lettermint/1.9 (batch)"), order: "fdtsrimlx", encoding: 0 },
    Headers { mailer: ("", ""), order: "sftdimrxl", encoding: 1 },
    Headers { mailer: ("User-Agent", "Himalaya/0.9.0"), order: "dfitsrmxl", encoding: 2 },
    Headers { mailer: ("X-Mailer", "CampaignDesk 7 (b2214)"), order: "mfstdirxl", encoding: 0 },
    Headers { mailer: ("", ""), order: "tfsdmirlx", encoding: 0 },
    Headers { mailer: ("X-Mailer", "go-mail/0.4.1"), order: "dimfrtslx", encoding: 0 },
    Headers { mailer: ("X-Mailer", "Listwerk 2.0"), order: "rfdstmixl", encoding: 2 },
];

/// Number of engines with those of the kits.
pub const ALL_ENGINES: usize = ENGINES + HEADERS.len();
/// Number of skeletons with those of the kits.
pub const ALL_SKELETONS: usize = SKELETONS + FRAMES.len();
/// Number of token formats with those of the kits.
pub const ALL_TOKENS: usize = TOKENS + 5;

fn headers(engine: usize) -> &'static Headers {
    &HEADERS[(engine - ENGINES) % HEADERS.len()]
}

/// Program of a kit's engine.
#[must_use]
pub fn mailer(engine: usize) -> (&'static str, &'static str) {
    headers(engine).mailer
}

/// Order of a kit's headers.
#[must_use]
pub fn order(engine: usize) -> &'static str {
    headers(engine).order
}

/// Transfer encoding of a kit.
#[must_use]
pub fn encoding(engine: usize) -> usize {
    headers(engine).encoding
}

/// A Message-ID of a kit, without brackets.
pub fn message_id(dice: &mut Dice, engine: usize, at: i64, domain: &str) -> String {
    match (engine - ENGINES) % HEADERS.len() {
        0 => format!("{:x}.{}@{domain}", at, dice.hex(14)),
        1 => format!("lm-{}-{}@{domain}", dice.digits(10), dice.hex(6)),
        2 => format!("{}@{domain}", dice.base64(27)),
        3 => format!("{}.{}@{domain}", time::compact_day(at), dice.base64(16)),
        4 => format!("cd7.{}.{}.{}@{domain}", dice.digits(6), at, dice.digits(4)),
        5 => format!("{}-{}@{domain}", dice.hex(24), dice.hex(8)),
        6 => format!("{}.{}.{}@{domain}", at * 1_000_000, dice.digits(5), dice.digits(3)),
        _ => format!("{}${}${}@{domain}", dice.hex(12), dice.hex(8), dice.hex(8)),
    }
}

/// A MIME boundary of a kit.
pub fn boundary(dice: &mut Dice, engine: usize, at: i64) -> String {
    match (engine - ENGINES) % HEADERS.len() {
        0 => format!("sd_{:x}_{}", at, dice.hex(10)),
        1 => format!("=-lm{}", dice.hex(20)),
        2 => dice.base64(36).replace(['-', '_'], "x"),
        3 => format!("{}{}", dice.hex(30), dice.digits(6)),
        4 => format!("----CD7_{}_{}", dice.digits(4), dice.word("0123456789ABCDEF", 16)),
        5 => format!("part-{}", dice.uuid()),
        6 => dice.hex(60),
        _ => format!("=_lw_{}_=", dice.base64(12).replace(['-', '_'], "w")),
    }
}

/// A token in a kit's format.
pub fn token(dice: &mut Dice, format: usize) -> String {
    match (format - TOKENS) % 5 {
        0 => dice.hex(40),
        1 => format!("{}.{}", dice.base64(11), dice.base64(6)),
        2 => dice.word("bcdfghjkmnpqrstvwxyz", 12),
        3 => format!("{}{}", dice.digits(4), dice.hex(12)),
        _ => dice.word("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 16),
    }
}

/// How a kit frames a text.
struct Frame {
    open: &'static str,
    heading: Option<&'static str>,
    paragraph: (&'static str, &'static str),
    link: (&'static str, &'static str),
    footer: (&'static str, &'static str),
    close: &'static str,
    image_first: bool,
}

const FRAMES: [Frame; 12] = [
    Frame {
        open: "<html><body><main><header></header>\n",
        heading: Some("h1"),
        paragraph: ("<section><p>", "</p></section>\n"),
        link: ("<p class=\"go\"><b>", "</b></p>\n"),
        footer: ("<footer>", "</footer>\n"),
        close: "</main></body></html>\n",
        image_first: false,
    },
    Frame {
        open: "<html><body><table><tr><td><table><tr><td><table><tr><td>\n",
        heading: Some("h3"),
        paragraph: ("<p>", "</p>\n"),
        link: ("<div>", "</div>\n"),
        footer: ("<p><font size=\"1\">", "</font></p>\n"),
        close: "</td></tr></table></td></tr></table></td></tr></table></body></html>\n",
        image_first: true,
    },
    Frame {
        open: "<div><div>\n",
        heading: None,
        paragraph: ("<div><span>", "</span></div>\n"),
        link: ("<div><span>", "</span></div>\n"),
        footer: ("<div><i>", "</i></div>\n"),
        close: "</div></div>\n",
        image_first: false,
    },
    Frame {
        open: "<html><head><title></title></head><body><center>\n",
        heading: Some("b"),
        paragraph: ("<p align=\"left\">", "</p>\n"),
        link: ("<p><u>", "</u></p>\n"),
        footer: ("<hr><p>", "</p>\n"),
        close: "</center></body></html>\n",
        image_first: true,
    },
    Frame {
        open: "<!DOCTYPE html><html><body><ul>\n",
        heading: None,
        paragraph: ("<li>", "</li>\n"),
        link: ("<li><strong>", "</strong></li>\n"),
        footer: ("<li><small>", "</small></li>\n"),
        close: "</ul></body></html>\n",
        image_first: false,
    },
    Frame {
        open: "<html><body><div class=\"outer\"><div class=\"inner\"><article>\n",
        heading: Some("h2"),
        paragraph: ("<p>", "</p>\n"),
        link: ("<aside><p>", "</p></aside>\n"),
        footer: ("<address>", "</address>\n"),
        close: "</article></div></div></body></html>\n",
        image_first: false,
    },
    Frame {
        open: "<html><body style=\"font:14px sans-serif\">\n",
        heading: None,
        paragraph: ("", "<br><br>\n"),
        link: ("", "<br>\n"),
        footer: ("<em>", "</em><br>\n"),
        close: "</body></html>\n",
        image_first: false,
    },
    Frame {
        open: "<html><body><table width=\"100%\"><tbody>\n",
        heading: Some("h4"),
        paragraph: ("<tr><td>", "</td></tr>\n"),
        link: ("<tr><td><b>", "</b></td></tr>\n"),
        footer: ("<tr><td><small>", "</small></td></tr>\n"),
        close: "</tbody></table></body></html>\n",
        image_first: true,
    },
    Frame {
        open: "<div style=\"max-width:620px\"><blockquote>\n",
        heading: Some("strong"),
        paragraph: ("<p>", "</p>\n"),
        link: ("</blockquote><p>", "</p><blockquote>\n"),
        footer: ("<p>", "</p>\n"),
        close: "</blockquote></div>\n",
        image_first: false,
    },
    Frame {
        open: "<html><body><dl>\n",
        heading: Some("dt"),
        paragraph: ("<dd>", "</dd>\n"),
        link: ("<dd><b>", "</b></dd>\n"),
        footer: ("<dd><small>", "</small></dd>\n"),
        close: "</dl></body></html>\n",
        image_first: false,
    },
    Frame {
        open: "<html><head><style>td{padding:8px}</style></head><body><table class=\"card\"><tr><td>\n",
        heading: Some("h2"),
        paragraph: ("<div class=\"p\">", "</div>\n"),
        link: ("<table><tr><td><center>", "</center></td></tr></table>\n"),
        footer: ("<div class=\"f\">", "</div>\n"),
        close: "</td></tr></table></body></html>\n",
        image_first: false,
    },
    Frame {
        open: "<html><body><pre>\n",
        heading: None,
        paragraph: ("", "\n\n"),
        link: ("", "\n"),
        footer: ("", "\n"),
        close: "</pre></body></html>\n",
        image_first: true,
    },
];

/// HTML in a kit's frame.
#[must_use]
pub fn html(skeleton: usize, parts: &Html<'_>) -> String {
    let frame = &FRAMES[(skeleton - SKELETONS) % FRAMES.len()];
    let mut out = String::with_capacity(4096);
    let image = parts.pixel.map(|pixel| {
        format!(
            "<img src=\"{}\" width=\"2\" height=\"1\" alt=\"\">\n",
            super::engine::escape(pixel)
        )
    });
    out.push_str(frame.open);
    if let Some(image) = image.as_ref().filter(|_| frame.image_first) {
        out.push_str(image);
    }
    if let Some(tag) = frame.heading {
        out.push_str(&format!("<{tag}>{}</{tag}>\n", super::engine::escape(parts.title)));
    }
    for text in parts.body {
        out.push_str(frame.paragraph.0);
        out.push_str(&super::engine::escape(text));
        out.push_str(frame.paragraph.1);
    }
    if let Some((link, words)) = parts.link {
        let link = super::engine::escape(link);
        out.push_str(&format!("{}<a href=\"{link}\">{words}</a>{}", frame.link.0, frame.link.1));
    }
    for line in parts.footer {
        out.push_str(frame.footer.0);
        out.push_str(&super::engine::escape(line));
        out.push_str(frame.footer.1);
    }
    if let Some(image) = image.as_ref().filter(|_| !frame.image_first) {
        out.push_str(image);
    }
    out.push_str(frame.close);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn kits_differ_and_hold_their_parts() {
        let mut orders = BTreeSet::new();
        for engine in ENGINES..ALL_ENGINES {
            let mut letters: Vec<char> = order(engine).chars().collect();
            letters.sort_unstable();
            assert_eq!(letters.iter().collect::<String>(), "dfilmrstx");
            orders.insert(order(engine));
            let id = message_id(&mut Dice::new(1, "k"), engine, 1_700_000_000, "x.de");
            assert!(id.ends_with("@x.de") && !id.contains(' '), "{id}");
            assert!(boundary(&mut Dice::new(1, "k"), engine, 1).len() < 70);
        }
        assert_eq!(orders.len(), ALL_ENGINES - ENGINES);
        let body = ["a < b".to_owned()];
        let parts = Html {
            title: "t",
            body: &body,
            link: Some(("http://x/?a=1&b=2", "more")),
            pixel: Some("http://x/p.gif"),
            footer: &[],
        };
        let all: BTreeSet<String> =
            (SKELETONS..ALL_SKELETONS).map(|skeleton| html(skeleton, &parts)).collect();
        assert_eq!(all.len(), ALL_SKELETONS - SKELETONS);
        assert!(all.iter().all(|h| h.contains("a &lt; b")
            && h.contains("http://x/p.gif")
            && h.contains("a=1&amp;b=2")));
    }
}
