//! Which telephone numbers an SQL statement asks for: literals that a column of numbers is
//! compared with, by a scan over the statement's words and no more. `src = '+32...'`,
//! `IN (...)`, `LIKE '+32...%'`, `= ANY('{...}')` and parameters are followed; a number on
//! the left of its column is not.

/// Numbers of a statement at most.
const NUMBERS: usize = 256;

/// Names of columns that hold numbers, whole.
const COLUMNS: [&str; 6] = ["src", "dst", "cli", "clid", "clip", "tel"];
/// And parts of their names.
const PARTS: [&str; 11] = [
    "msisdn",
    "caller",
    "callee",
    "calling",
    "called",
    "number",
    "phone",
    "subscriber",
    "anum",
    "bnum",
    "src_user",
];
/// Words that may stand between a column and what it is compared with.
const BETWEEN: [&str; 10] =
    ["like", "ilike", "in", "any", "some", "array", "similar", "to", "text", "varchar"];

/// A word of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Name(String),
    Literal(String),
    Parameter(usize),
    Mark(char),
}

/// The numbers asked for, in the statement's order, without repeats.
pub(super) fn numbers(statement: &str, parameters: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    // Whether the last name was a column of numbers, and whether it was compared.
    let (mut column, mut compared) = (false, false);
    for token in tokens(statement) {
        let value = match token {
            Token::Name(name) if BETWEEN.contains(&name.as_str()) => {
                compared |= column && !matches!(name.as_str(), "text" | "varchar");
                continue;
            }
            Token::Name(name) => {
                (column, compared) = (is_column(&name), false);
                continue;
            }
            Token::Mark('=' | '~') => {
                compared |= column;
                continue;
            }
            Token::Mark('<' | '>' | '!' | ';') => {
                (column, compared) = (false, false);
                continue;
            }
            Token::Mark(_) => continue,
            Token::Literal(text) => text,
            Token::Parameter(at) => match at.checked_sub(1).and_then(|at| parameters.get(at)) {
                Some(text) => text.clone(),
                None => continue,
            },
        };
        if column && compared {
            for part in value.trim_matches(['{', '}']).split(',') {
                if let Some(number) = number(part)
                    && found.len() < NUMBERS
                    && !found.contains(&number)
                {
                    found.push(number);
                }
            }
        }
    }
    found
}

fn is_column(name: &str) -> bool {
    COLUMNS.contains(&name) || PARTS.iter().any(|part| name.contains(part))
}

/// A number as written, without a pattern's ends; 3 digits at least (an extension), 15 at
/// most (E.164), `00` aside.
fn number(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['%', '"', '^', '$']).trim();
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '/')).collect();
    let bare = digits.strip_prefix('+').unwrap_or(&digits);
    let fits = (3..=17).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text.to_owned())
}

fn tokens(statement: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = statement;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\'' => {
                let (text, length) = quoted(rest, '\'');
                tokens.push(Token::Literal(text));
                length
            }
            '"' => {
                let (text, length) = quoted(rest, '"');
                tokens.push(Token::Name(text.to_lowercase()));
                length
            }
            '$' => {
                let digits = span(&rest[1..], |c| c.is_ascii_digit());
                if let Ok(at) = rest[1..=digits].parse() {
                    tokens.push(Token::Parameter(at));
                }
                1 + digits
            }
            '-' if rest.starts_with("--") => span(rest, |c| c != '\n'),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '0'..='9' => {
                let length = span(rest, |c| c.is_ascii_digit());
                tokens.push(Token::Literal(rest[..length].to_owned()));
                length
            }
            c if c.is_alphabetic() || c == '_' => {
                let length = span(rest, |c| c.is_alphanumeric() || c == '_');
                tokens.push(Token::Name(rest[..length].to_lowercase()));
                length
            }
            c => {
                if !c.is_whitespace() {
                    tokens.push(Token::Mark(c));
                }
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    tokens
}

/// The text in quotes at the head of `text`, doubled quotes undone, and its length with
/// them; an open one runs to the end.
fn quoted(text: &str, quote: char) -> (String, usize) {
    let mut inner = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != quote {
            inner.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == quote) {
            inner.push(quote);
            chars.next();
        } else {
            return (inner, at + 1);
        }
    }
    (inner, text.len())
}

fn span(text: &str, is: impl Fn(char) -> bool) -> usize {
    text.find(|c: char| !is(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(statement: &str) -> Vec<String> {
        numbers(statement, &["+32470000009".into(), "2024".into()])
    }

    #[test]
    fn statements() {
        assert_eq!(of("SELECT * FROM cdr WHERE src = '+32470000001'"), ["+32470000001"]);
        assert_eq!(
            of("select 1 from c where c.\"Caller\" in ('100', '+324 70')"),
            ["100", "+324 70"]
        );
        assert_eq!(of("select 1 from c where lower(msisdn) like '32470000001%'"), ["32470000001"]);
        assert_eq!(of("select 1 where dst = ANY('{+32470000001,+32470000002}'::text[])").len(), 2);
        assert_eq!(of("select 1 where b_number = $1 and day = $2"), ["+32470000009"]);
        assert_eq!(of("select 1 where src=0032470000001 or dst=0032470000001"), ["0032470000001"]);
        for none in [
            "SELECT src, dst FROM cdr WHERE calldate > '2024-03-01' LIMIT 100",
            "SELECT src FROM cdr WHERE src <> '+32470000001'",
            "SELECT src FROM cdr -- src = '+32470000001'",
            "SELECT '+32470000001', amount FROM invoices WHERE amount = 12345",
            "SELECT src, 5000 FROM cdr",
            "",
            "SELECT 'open",
        ] {
            assert_eq!(of(none), Vec::<String>::new(), "{none}");
        }
    }
}
