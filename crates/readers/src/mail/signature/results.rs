//! `Authentication-Results` (RFC 8601).

use demarche_core::AuthenticationResult;

use crate::mail::header::unfold;

/// Results of a message that are kept.
const MAX_RESULTS: usize = 100;

/// A field's value on one line, white space folded, at most 1,000 characters.
pub(super) fn folded(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(1_000).collect()
}

/// The results of all fields, in order.
pub(super) fn read<'v>(values: impl Iterator<Item = &'v [u8]>) -> Vec<AuthenticationResult> {
    let mut out = Vec::new();
    for value in values {
        let value = unfold(value);
        let text = without_comments(&String::from_utf8_lossy(&value[..value.len().min(20_000)]));
        let mut parts = text.split(';');
        let server = parts.next().unwrap_or_default().split_whitespace().next().unwrap_or_default();
        for part in parts {
            let mut words = part.split_whitespace();
            let Some((method, result)) = words.next().and_then(|word| word.split_once('=')) else {
                continue;
            };
            if out.len() >= MAX_RESULTS {
                return out;
            }
            let method = method.split('/').next().unwrap_or_default();
            let about: Vec<&str> = words.filter(|word| word.contains('=')).collect();
            let short = |text: &str, most: usize| -> String { text.chars().take(most).collect() };
            out.push(AuthenticationResult {
                server: short(&server.to_lowercase(), 255),
                method: short(&method.to_lowercase(), 50),
                result: short(&result.to_lowercase(), 50),
                about: short(&about.join(" "), 500),
            });
        }
    }
    out
}

/// Takes comments out, nested ones too, and puts a blank where each stood.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_u32;
    let mut quoted = false;
    let mut escaped = false;
    for c in text.chars() {
        if escaped {
            escaped = false;
            if depth == 0 {
                out.push(c);
            }
            continue;
        }
        match c {
            '\\' => escaped = true,
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => {
                depth += 1;
                out.push(' ');
            }
            ')' if depth > 0 => depth -= 1,
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_servers() {
        let value =
            b" MX.example.org 1;\n spf=pass (sender (ip) ok; x=y) smtp.mailfrom=a@b.example;\n\
            \tdkim=Fail reason=\"bad (key)\" header.d=b.example header.s=s1;dmarc=none";
        let got = read([&value[..], b"none", b"x; none"].into_iter());
        let rows: Vec<String> = got
            .iter()
            .map(|r| format!("{} {} {} {}", r.server, r.method, r.result, r.about))
            .collect();
        assert_eq!(
            rows,
            [
                "mx.example.org spf pass smtp.mailfrom=a@b.example",
                "mx.example.org dkim fail reason=bad header.d=b.example header.s=s1",
                "mx.example.org dmarc none ",
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text(text in "[a=;()\\\\\" ]{0,60}") {
            let _ = read([text.as_bytes()].into_iter());
        }
    }
}
