//! HTML to text: block elements begin a paragraph, scripts and styles say nothing.

/// Elements whose text is not read.
const SILENT: [&str; 6] = ["script", "style", "noscript", "template", "svg", "nav"];
/// Elements that stand within a line of text.
const INLINE: [&str; 16] = [
    "a", "abbr", "b", "cite", "code", "em", "i", "mark", "q", "s", "small", "span", "strong",
    "sub", "sup", "u",
];

/// Whether a text is a page: a doctype, or a tag of HTML near its beginning.
pub(crate) fn is_html(text: &str) -> bool {
    let head: String = text.chars().take(512).collect::<String>().to_lowercase();
    head.trim_start().starts_with("<!doctype html")
        || ["<html", "<head", "<body", "<article", "<p>", "<div"]
            .iter()
            .any(|tag| head.contains(tag))
}

/// The text, blank lines between paragraphs. A page that cannot be parsed is its own text.
pub(crate) fn text(page: &str) -> String {
    let Ok(dom) = tl::parse(page, tl::ParserOptions::default()) else { return page.to_owned() };
    let parser = dom.parser();
    let mut out = String::new();
    // The tree is walked with a stack: nesting is as deep as the sender likes.
    let mut stack: Vec<Step> = dom.children().iter().rev().map(|node| Step::Node(*node)).collect();
    while let Some(step) = stack.pop() {
        let handle = match step {
            Step::Paragraph => {
                paragraph(&mut out);
                continue;
            }
            Step::Node(handle) => handle,
        };
        match handle.get(parser) {
            Some(tl::Node::Raw(bytes)) => words(&mut out, &bytes.as_utf8_str()),
            Some(tl::Node::Tag(tag)) => {
                let name = tag.name().as_utf8_str().to_lowercase();
                if SILENT.contains(&name.as_str()) {
                    continue;
                }
                if !INLINE.contains(&name.as_str()) {
                    paragraph(&mut out);
                    stack.push(Step::Paragraph);
                }
                let children: Vec<_> = tag.children().top().iter().copied().collect();
                stack.extend(children.into_iter().rev().map(Step::Node));
            }
            _ => {}
        }
    }
    out.trim_end().to_owned()
}

enum Step {
    Node(tl::NodeHandle),
    Paragraph,
}

fn paragraph(out: &mut String) {
    let kept = out.trim_end().len();
    out.truncate(kept);
    if !out.is_empty() {
        out.push_str("\n\n");
    }
}

/// White space runs together, entities are resolved.
fn words(out: &mut String, raw: &str) {
    for c in unescape(raw).chars() {
        if !c.is_whitespace() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(char::is_whitespace) {
            out.push(' ');
        }
    }
}

/// The entities that statements use; others stay as they are.
fn unescape(raw: &str) -> String {
    const NAMED: [(&str, char); 30] = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("nbsp", ' '),
        ("ldquo", '“'),
        ("rdquo", '”'),
        ("lsquo", '‘'),
        ("rsquo", '’'),
        ("bdquo", '„'),
        ("laquo", '«'),
        ("raquo", '»'),
        ("ndash", '–'),
        ("mdash", '—'),
        ("hellip", '…'),
        ("auml", 'ä'),
        ("ouml", 'ö'),
        ("uuml", 'ü'),
        ("Auml", 'Ä'),
        ("Ouml", 'Ö'),
        ("Uuml", 'Ü'),
        ("szlig", 'ß'),
        ("eacute", 'é'),
        ("egrave", 'è'),
        ("agrave", 'à'),
        ("ccedil", 'ç'),
        ("ecirc", 'ê'),
        ("ocirc", 'ô'),
        ("Eacute", 'É'),
    ];
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        let resolved = end.and_then(|end| {
            let name = &rest[1..end];
            let number = name.strip_prefix('#').and_then(|number| {
                let (digits, radix) = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => (hex, 16),
                    None => (number, 10),
                };
                u32::from_str_radix(digits, radix).ok().and_then(char::from_u32)
            });
            let named = || NAMED.iter().find(|(known, _)| *known == name).map(|(_, c)| *c);
            Some((number.or_else(named)?, end))
        });
        match resolved {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}
