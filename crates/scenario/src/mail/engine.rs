//! How mail programs and senders leave their mark: Message-ID and boundary
//! grammars, header order, mailer strings, HTML skeletons, URL shapes and
//! token formats.
//!
//! Honest and hostile senders draw from the same pools. A mark therefore
//! never tells the attack by itself; only marks held together do.

use super::kits;
use crate::dice::Dice;
use crate::time;

/// Number of engines.
pub const ENGINES: usize = 16;

/// `(header, value)` of the program named, one a known engine; an empty
/// header means that it names none.
pub const MAILERS: [(&str, &str); ENGINES] = [
    ("X-Mailer", "PHPMailer 6.5.3 (https://github.com/PHPMailer/PHPMailer)"),
    ("X-Mailer", "Microsoft Outlook 16.0"),
    (
        "User-Agent",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:91.0) Gecko/20100101 Thunderbird/91.9.0",
    ),
    ("X-Mailer", "Apple Mail (2.3654.120.0.1.13)"),
    ("", ""),
    ("X-Mailer", "nodemailer (6.7.2)"),
    ("X-Mailer", "MergeMail 4.1"),
    ("X-Mailer", "iPhone Mail (19G71)"),
    ("X-Mailer", "PHPMailer 5.2.22 (https://github.com/PHPMailer/PHPMailer)"),
    ("", ""),
    ("User-Agent", "Roundcube Webmail/1.4.13"),
    ("X-Mailer", "Zimbra 8.8.15_GA_4179 (ZimbraWebClient - GC103 (Win)/8.8.15_GA_4177)"),
    ("X-Mailer", "aspNetEmail ver 3.7.0.0"),
    ("", ""),
    ("X-Mailer", "MIME::Lite 3.030 (F2.85; T2.17; A2.20; B3.15; Q3.13)"),
    ("X-Mailer", "Evolution 3.36.5"),
];

/// Header and value of the program named; an empty header where it names none.
#[must_use]
pub fn mailer(engine: usize) -> (&'static str, &'static str) {
    MAILERS.get(engine).copied().unwrap_or_else(|| kits::mailer(engine))
}

/// Transfer encoding of text parts: 0 quoted-printable, 1 base64, 2 8bit.
#[must_use]
pub fn encoding(engine: usize) -> usize {
    let common: [usize; ENGINES] = [0, 0, 2, 1, 0, 0, 2, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    common.get(engine).copied().unwrap_or_else(|| kits::encoding(engine))
}

/// A Message-ID without brackets, in the grammar of `engine`.
pub fn message_id(dice: &mut Dice, engine: usize, time: i64, domain: &str) -> String {
    if engine >= ENGINES {
        return kits::message_id(dice, engine, time, domain);
    }
    let day = time::compact_day(time);
    match engine {
        0 | 8 => format!(
            "{}@{domain}",
            dice.word("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 42)
        ),
        1 | 13 => {
            let server = format!("AM{}PR0{}MB{}", dice.below(9), 1 + dice.below(8), dice.digits(4));
            format!(
                "{server}{}@{server}.eurprd0{}.prod.outlook.com",
                dice.word("0123456789ABCDEF", 19),
                1 + dice.below(8)
            )
        }
        2 | 15 => format!("{}@{domain}", dice.uuid()),
        3 | 7 => format!("{}@{domain}", dice.uuid().to_uppercase()),
        4 => format!("CA{}{}@mail.gmail.com", dice.base64(5).replace('-', "_"), dice.base64(42)),
        5 => format!("{}@{domain}", dice.uuid()),
        6 => format!("{day}{}.{}@{domain}", dice.digits(6), dice.hex(12)),
        9 => format!(
            "{}.{}.{}@{domain}",
            dice.digits(9),
            dice.digits(3),
            time * 1000 + dice.range(0, 999)
        ),
        10 => format!("{}@{domain}", dice.hex(32)),
        11 => format!(
            "{}.{}.{}.JavaMail.zimbra@{domain}",
            dice.digits(9),
            dice.digits(5),
            time * 1000 + dice.range(0, 999)
        ),
        12 => format!("{}-{}-{}@{domain}", dice.base64(8), dice.hex(6), time),
        _ => format!("{day}{}.{}@{domain}", dice.digits(6), dice.word("ABCDEF0123456789", 10)),
    }
}

/// A MIME boundary in the grammar of `engine`.
pub fn boundary(dice: &mut Dice, engine: usize, time: i64) -> String {
    if engine >= ENGINES {
        return kits::boundary(dice, engine, time);
    }
    match engine {
        0 | 8 => format!(
            "b1_{}",
            dice.word("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 42)
        ),
        1 | 13 => format!("_000_{}_", dice.word("0123456789ABCDEF", 40)),
        2 => format!("------------{}", dice.base64(24).replace('-', "0").replace('_', "1")),
        3 | 7 => format!("Apple-Mail={}", dice.uuid().to_uppercase()),
        4 => format!("0000000000{}", dice.hex(18)),
        5 => format!("--_NmP-{}-Part_1", dice.hex(16)),
        6 | 12 => format!("=_{}", dice.hex(32)),
        9 | 11 => format!("----=_Part_{}_{}.{}", dice.digits(6), dice.digits(9), time * 1000),
        10 => format!("=_{}", dice.hex(32)),
        _ => format!("_----------={}_{}", dice.digits(10), dice.digits(7)),
    }
}

/// Order of the sender's headers by engine: `f` From, `t` To, `s` Subject,
/// `d` Date, `i` Message-ID, `m` MIME-Version, `x` mailer, `r` Reply-To and
/// references, `l` list headers.
#[must_use]
pub fn order(engine: usize) -> &'static str {
    if engine >= ENGINES {
        return kits::order(engine);
    }
    [
        "dtfrsilxm",
        "ftsrdixlm",
        "idmxtfrsl",
        "fmsidtxrl",
        "mrdifstxl",
        "ftsridmxl",
        "rftsdximl",
        "msfdixtrl",
    ][engine % 8]
}

/// Shapes of image URLs. `{k}` is the token, `{w}` a word of the sender,
/// `{n}` a number of the burst.
pub const PIXELS: [&str; 14] = [
    "/o/{k}.gif",
    "/track/open.php?u={n}&id={k}",
    "/e/{n}/{k}",
    "/img/{k}/logo.png",
    "/{w}/{k}/1x1.png",
    "/wf/open?upn={k}",
    "/pixel.gif?r={k}",
    "/i/{n}/{k}.jpg",
    "/media/{w}/{k}.png",
    "/assets/img/{k}.png",
    "/api/mail/open/{k}",
    "/static/{w}/{k}/header.png",
    "/image.php?c={n}&s={k}",
    "/{w}/banner.jpg?v={k}",
];

/// Shapes of link URLs.
pub const LINKS: [&str; 14] = [
    "/r/{k}",
    "/c/{n}/{k}",
    "/news/{w}?ref={k}",
    "/{w}.html?s={k}",
    "/l/{k}/{n}",
    "/click?k={k}",
    "/t/{n}/{k}",
    "/ls/click?upn={k}",
    "/view?id={k}&src=mail",
    "/{w}/index.php?q={k}",
    "/s/{k}",
    "/cl/{k}/{w}",
    "/article/{n}/{k}",
    "/go.php?to={n}&u={k}",
];

/// Number of token formats.
pub const TOKENS: usize = 9;

/// A token for one message of one burst; only its key decides.
pub fn token(dice: &mut Dice, format: usize) -> String {
    if format >= TOKENS {
        return kits::token(dice, format);
    }
    match format {
        0 => dice.hex(16),
        1 => dice.hex(32),
        2 => dice.base64(22),
        3 => dice.uuid(),
        4 => dice.digits(9),
        5 => dice.word("abcdefghijklmnopqrstuvwxyz0123456789", 10),
        6 => dice.base64(43),
        7 => dice.word("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 8),
        _ => format!("{}-{}", dice.hex(8), dice.digits(5)),
    }
}

/// Fills a URL shape.
#[must_use]
pub fn url(https: bool, host: &str, shape: &str, word: &str, number: u64, token: &str) -> String {
    let path = shape.replace("{k}", token).replace("{w}", word).replace("{n}", &number.to_string());
    format!("{}://{host}{path}", if https { "https" } else { "http" })
}

/// Number of HTML skeletons.
pub const SKELETONS: usize = 12;

/// What goes into an HTML body.
pub struct Html<'a> {
    /// Heading.
    pub title: &'a str,
    /// Paragraphs, not yet escaped.
    pub body: &'a [String],
    /// Link and its words.
    pub link: Option<(&'a str, &'a str)>,
    /// Remote image.
    pub pixel: Option<&'a str>,
    /// Last lines.
    pub footer: &'a [String],
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// HTML in one of the skeletons.
#[must_use]
pub fn html(skeleton: usize, parts: &Html<'_>) -> String {
    if skeleton >= SKELETONS {
        return kits::html(skeleton, parts);
    }
    let mut out = String::with_capacity(4096);
    let (head, open, para, close) = match skeleton % SKELETONS {
        0 => (
            "<html><head><meta charset=\"utf-8\"></head><body>",
            "<div style=\"font-family:Arial\">",
            "p",
            "</div></body></html>",
        ),
        1 => (
            "<!DOCTYPE html><html><body bgcolor=\"#f4f4f4\">",
            "<table width=\"600\" align=\"center\"><tr><td>",
            "p",
            "</td></tr></table></body></html>",
        ),
        2 => ("<html><body>", "<div class=\"WordSection1\">", "p", "</div></body></html>"),
        3 => (
            "<!DOCTYPE html><html><head><style>p{margin:0 0 12px}</style></head><body>",
            "<center><table class=\"w\"><tbody><tr><td><table><tr><td>",
            "p",
            "</td></tr></table></td></tr></tbody></table></center></body></html>",
        ),
        4 => ("", "<div dir=\"ltr\">", "div", "</div>"),
        5 => (
            "<html><head></head><body style=\"margin:0\">",
            "<div><div><div class=\"c\">",
            "div",
            "</div></div></div></body></html>",
        ),
        6 => (
            "<html lang=\"x\"><body>",
            "<article><section>",
            "p",
            "</section></article></body></html>",
        ),
        7 => (
            "<!DOCTYPE html><html><body>",
            "<table role=\"presentation\" width=\"100%\"><tr><td></td><td><div>",
            "p",
            "</div></td><td></td></tr></table></body></html>",
        ),
        8 => ("<html><body>", "<font face=\"Verdana\" size=\"2\">", "p", "</font></body></html>"),
        9 => (
            "<html><head><title></title></head><body>",
            "<div id=\"main\"><blockquote style=\"margin:0\">",
            "p",
            "</blockquote></div></body></html>",
        ),
        10 => (
            "<!doctype html><html><head><meta name=\"viewport\" content=\"width=device-width\"></head><body>",
            "<table class=\"body\"><tr><td class=\"container\"><div class=\"content\"><table class=\"main\"><tr><td>",
            "p",
            "</td></tr></table></div></td></tr></table></body></html>",
        ),
        _ => ("<html><body>", "<span>", "div", "</span></body></html>"),
    };
    out.push_str(head);
    out.push('\n');
    out.push_str(open);
    let pixel_first = skeleton % 3 == 1;
    let image = |out: &mut String| {
        if let Some(pixel) = parts.pixel {
            let size = if skeleton % 4 == 2 { "width=\"560\"" } else { "width=\"1\" height=\"1\"" };
            out.push_str(&format!("<img src=\"{}\" {size} alt=\"\">\n", escape(pixel)));
        }
    };
    if pixel_first {
        image(&mut out);
    }
    if skeleton % 2 == 1 {
        out.push_str(&format!("<h2>{}</h2>\n", escape(parts.title)));
    }
    for (at, text) in parts.body.iter().enumerate() {
        out.push_str(&format!("<{para}>{}</{para}>\n", escape(text)));
        if skeleton % 5 == 4 && at % 2 == 0 {
            out.push_str("<br>\n");
        }
    }
    if let Some((link, words)) = parts.link {
        let wrap = if skeleton % 4 == 1 { "table" } else { "a" };
        let link = escape(link);
        if wrap == "table" {
            out.push_str(&format!(
                "<table><tr><td><a href=\"{link}\">{words}</a></td></tr></table>\n"
            ));
        } else {
            out.push_str(&format!("<p><a href=\"{link}\">{words}</a></p>\n"));
        }
    }
    for line in parts.footer {
        out.push_str(&format!("<{para}><small>{}</small></{para}>\n", escape(line)));
    }
    if !pixel_first {
        image(&mut out);
    }
    out.push_str(close);
    out.push('\n');
    out
}
