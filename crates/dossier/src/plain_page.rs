//! A document as one small HTML page: the aide-memoire and letters.

use maud::{DOCTYPE, PreEscaped, html};

use crate::catalogue::tr;
use crate::document::{Block, Document};

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#17191c;--paper:#fff;--soft:#565d66;--line:#d5d9de}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--paper:#131619;--soft:#a4acb5;--line:#353b42}}
html{font:16px/1.5 system-ui,'Segoe UI',Roboto,'Noto Sans','Liberation Sans',Arial,sans-serif;color:var(--ink);background:var(--paper)}
body{max-width:68ch;margin:0 auto;padding:24px;overflow-wrap:anywhere}
h1{font-size:26px;line-height:1.25;margin:16px 0}h2{font-size:18px;margin:24px 0 6px}h3{font-size:16px;margin:16px 0 4px}
p{margin:0 0 10px}.q{color:var(--soft);font-size:14px}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:6px 10px;margin:0 0 10px}dd{margin:0}
.t{background:#000;color:#ff2b2b;font-weight:700;padding:2px 8px}.t.amber{color:#ffc000}.t.green{color:#33ff00}.t.clear{color:#fff}
header,footer{display:flex;justify-content:space-between;gap:16px;font-size:14px;color:var(--soft);border-bottom:1px solid var(--line);padding-bottom:8px}
footer{border:0;border-top:1px solid var(--line);padding:8px 0 0;margin-top:24px}
@page{size:A4;margin:20mm}@media print{body{max-width:none;padding:0}html{font-size:11pt}*{print-color-adjust:exact}}
";

/// Self-contained: no script, no reference; a policy forbids the rest.
pub(crate) fn render(document: &Document) -> String {
    let class = match document.tlp.as_str() {
        "AMBER" | "AMBER+STRICT" => "amber",
        "GREEN" => "green",
        "CLEAR" => "clear",
        _ => "red",
    };
    let mark = html! { span.t.(class) { "TLP:" (document.tlp) } };
    html! {
        (DOCTYPE)
        html lang=(document.language) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (document.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { (mark) span { (document.mark) } }
                main {
                    h1 { (document.title) }
                    @for run in document.blocks.chunk_by(|a, b| is_item(a) && is_item(b)) { (blocks(run)) }
                }
                footer { (mark) span { (tr("Times are UTC.")) } }
            }
        }
    }
    .into_string()
        + "\n"
}

fn is_item(block: &Block) -> bool {
    matches!(block, Block::Item { .. })
}

fn blocks(run: &[Block]) -> maud::Markup {
    html! {
        @if run.first().is_some_and(is_item) {
            dl {
                @for block in run {
                    @if let Block::Item { mark, text, .. } = block { dt { (mark) } dd { (text) } }
                }
            }
        } @else {
            @for block in run {
                @match block {
                    Block::Heading(1 | 2, text) => h2 { (text) },
                    Block::Heading(_, text) => h3 { (text) },
                    Block::Paragraph { text, .. } => p { (text) },
                    Block::Quiet(text) => p.q { (text) },
                    _ => {}
                }
            }
        }
    }
}
