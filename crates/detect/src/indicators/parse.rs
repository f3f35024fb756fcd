//! List formats, told by content: STIX 2.1 bundles, MISP events, CSV and plain text.

use serde_json::Value as Json;

use super::value::{self, Value};

/// Values of one list, in its order, and what was passed over with the reason.
pub(super) struct Parsed {
    pub(super) values: Vec<Value>,
    pub(super) problems: Vec<String>,
}

impl Parsed {
    fn take(&mut self, place: &str, value: Result<Value, String>) {
        match value {
            Ok(value) => self.values.push(value),
            Err(reason) => self.problem(format!("{place}: {reason}")),
        }
    }

    fn problem(&mut self, text: String) {
        self.problems.push(text);
    }
}

/// Reads a list. Bytes that are not UTF-8 are replaced and said to be.
pub(super) fn parse(bytes: &[u8]) -> Parsed {
    let mut parsed = Parsed { values: Vec::new(), problems: Vec::new() };
    let text = String::from_utf8_lossy(bytes);
    if matches!(text, std::borrow::Cow::Owned(_)) {
        parsed.problem("not all UTF-8: other bytes are replaced".into());
    }
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with(['{', '[']) {
        match serde_json::from_str::<Json>(text) {
            Ok(json) => from_json(&json, &mut parsed),
            Err(error) => parsed.problem(format!("begins like JSON and is not: {error}")),
        }
    } else {
        from_lines(text, &mut parsed);
    }
    if parsed.values.is_empty() && parsed.problems.is_empty() {
        parsed.problem("holds no indicator".into());
    }
    parsed
}

fn from_json(json: &Json, parsed: &mut Parsed) {
    match json {
        Json::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                match item {
                    Json::String(text) => parsed.take(&format!("item {n}"), value::guessed(text)),
                    Json::Object(_) => from_json(item, parsed),
                    _ => parsed.problem(format!("item {n}: neither text nor object")),
                }
            }
        }
        _ if json["type"] == "bundle" => match json["objects"].as_array() {
            Some(objects) => objects.iter().for_each(|object| stix_object(object, parsed)),
            None => parsed.problem("STIX bundle without objects".into()),
        },
        _ if json["type"] == "indicator" => stix_object(json, parsed),
        _ if json.get("Event").is_some() => misp_event(&json["Event"], parsed),
        _ if json.get("response").is_some() => from_json(&json["response"], parsed),
        _ if json.get("Attribute").is_some() || json.get("Object").is_some() => {
            misp_event(json, parsed);
        }
        _ => parsed.problem("JSON that is neither a STIX 2.1 bundle nor a MISP event".into()),
    }
}

/// An `indicator`; other object types of a bundle are context and are passed over.
///
/// Of a pattern, `[a:b = 'x']` and the same joined by `OR` are taken: each value is then
/// an indicator of its own. Anything with `AND`, `FOLLOWEDBY`, `NOT` or another operator
/// would say less than its parts, so it is passed over with that reason.
fn stix_object(object: &Json, parsed: &mut Parsed) {
    if object["type"] != "indicator" {
        return;
    }
    let id = object["id"].as_str().unwrap_or("indicator without id");
    if object["revoked"] == true {
        return parsed.problem(format!("{id}: revoked"));
    }
    let kind = object["pattern_type"].as_str().unwrap_or("stix");
    if kind != "stix" {
        return parsed.problem(format!("{id}: pattern of type {kind}"));
    }
    let Some(pattern) = object["pattern"].as_str() else {
        return parsed.problem(format!("{id}: no pattern"));
    };
    match comparisons(pattern) {
        Some(found) => {
            for (path, text) in found {
                parsed.take(id, value::typed(&path, &text));
            }
        }
        None => parsed.problem(format!("{id}: pattern is not of the form [type:value = '...']")),
    }
}

/// `(object path, value)` of a pattern of equalities joined by `OR`; nothing for others.
fn comparisons(pattern: &str) -> Option<Vec<(String, String)>> {
    let mut rest = pattern.trim();
    let mut found = Vec::new();
    let mut open = false;
    loop {
        if !open {
            rest = rest.strip_prefix('[')?.trim_start();
            open = true;
        }
        let equals = rest.find('=')?;
        let path = rest[..equals].trim();
        let plain = |c: char| c.is_alphanumeric() || ":-_.'\"".contains(c);
        if path.is_empty() || !path.chars().all(plain) {
            return None;
        }
        let mut chars = rest[equals + 1..].trim_start().strip_prefix('\'')?.char_indices();
        let mut text = String::new();
        let tail = loop {
            match chars.next()? {
                (_, '\\') => text.push(chars.next()?.1),
                (_, '\'') => break chars.as_str(),
                (_, c) => text.push(c),
            }
        };
        found.push((path.to_owned(), text));
        rest = tail.trim_start();
        if let Some(tail) = rest.strip_prefix(']') {
            open = false;
            rest = tail.trim_start();
            if rest.is_empty() {
                return Some(found);
            }
        }
        rest = rest.strip_prefix("OR")?.trim_start();
    }
}

/// `Attribute` and `Object[].Attribute` of a MISP event. Attributes that are not meant
/// for detection (`to_ids` false) or are deleted are passed over with that reason.
fn misp_event(event: &Json, parsed: &mut Parsed) {
    let list = |json: &Json| json.as_array().cloned().unwrap_or_default();
    let mut attributes = list(&event["Attribute"]);
    for object in list(&event["Object"]) {
        attributes.extend(list(&object["Attribute"]));
    }
    for (n, attribute) in attributes.iter().enumerate() {
        let place = format!("attribute {n}");
        let (kind, text) = (attribute["type"].as_str(), attribute["value"].as_str());
        let (Some(kind), Some(text)) = (kind, text) else {
            parsed.problem(format!("{place}: no type or value"));
            continue;
        };
        if attribute["deleted"] == true {
            parsed.problem(format!("{place}: {text}: deleted"));
        } else if attribute["to_ids"] == false {
            parsed.problem(format!("{place}: {text}: not meant for detection (to_ids is false)"));
        } else if let Some((first, second)) = kind.split_once('|') {
            // Two values in one attribute: `filename|sha256`, `ip-dst|port`, `domain|ip`.
            let (left, right) = text.split_once('|').unwrap_or((text, ""));
            let mut any = false;
            for (kind, text) in [(first, left), (second, right)] {
                if let Ok(value) = value::typed(kind, text) {
                    any = true;
                    parsed.values.push(value);
                }
            }
            if !any {
                parsed.problem(format!("{place}: {text}: type {kind} is not looked for"));
            }
        } else {
            parsed.take(&place, value::typed(kind, text));
        }
    }
}

/// CSV with a header that names a `value` or `indicator` column (and maybe `type`), or
/// one value a line. Lines that begin with `#` are comments.
fn from_lines(text: &str, parsed: &mut Parsed) {
    let mut columns: Option<(usize, Option<usize>, char)> = None;
    let mut first = true;
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if std::mem::take(&mut first) {
            columns = header(line);
            if columns.is_some() {
                continue;
            }
        }
        let place = format!("line {}", n + 1);
        match columns {
            Some((value_at, type_at, separator)) => {
                let cells = cells(line, separator);
                let kind = type_at.and_then(|at| cells.get(at)).map_or("", String::as_str);
                match cells.get(value_at).map(|cell| cell.trim()).filter(|cell| !cell.is_empty()) {
                    Some(cell) => parsed.take(&place, value::typed(kind, cell)),
                    None => parsed.problem(format!("{place}: no value")),
                }
            }
            None => {
                let word = line.split([',', ';', '\t']).next().unwrap_or_default();
                let value = value::guessed(line).or_else(|reason| {
                    // A URL may hold a comma; what follows another value is a note.
                    if word == line { Err(reason) } else { value::guessed(word) }
                });
                parsed.take(&place, value);
            }
        }
    }
}

/// Columns of value and type, and the separator, when the line is a header.
fn header(line: &str) -> Option<(usize, Option<usize>, char)> {
    [',', ';', '\t'].into_iter().find_map(|separator| {
        let names: Vec<String> =
            cells(line, separator).iter().map(|name| name.trim().to_lowercase()).collect();
        let at = |wanted: &str| names.iter().position(|name| name == wanted);
        let value = at("value").or_else(|| at("indicator"))?;
        Some((value, at("type"), separator))
    })
}

/// Cells of one CSV line, quotes undone (RFC 4180, without line ends in cells).
fn cells(line: &str, separator: char) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        // The list is never empty.
        let Some(cell) = cells.last_mut() else { break };
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            c if c == separator && !quoted => cells.push(String::new()),
            c => cell.push(c),
        }
    }
    cells
}
