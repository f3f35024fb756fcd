//! User agents folded to families: browser and system, or a client's name, versions
//! left out, so that an update is not a new device.

/// What an agent string says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agent {
    /// `chrome/windows`, `outlook-ios`, `python-requests`; empty when nothing is said.
    pub(crate) family: String,
    /// Whether it is the provider's own machinery and no person's device.
    pub(crate) machinery: bool,
}

/// Agents of the provider's own back ends: they act for whoever is signed in, or for
/// nobody (seen in real exports and described in Microsoft's audit log pages).
const MACHINERY: [&str; 12] = [
    "restsystem",
    "mswac",
    "officewordwrs",
    "officexlca",
    "onedrivempc-transform",
    "evosts",
    "servicehost",
    "workflow",
    "msexchangemailboxassistants",
    "hub transport",
    "microsoft office graph",
    "weboffice",
];

/// Folds an agent string. Exchange's `Client=OWA;Mozilla/5.0 ...` is taken apart; what
/// only names the door (`Client=OWA;Action=ViaProxy`) says nothing about the device.
pub(crate) fn parse(text: &str) -> Agent {
    let lower = text.to_lowercase();
    let machinery = MACHINERY.iter().any(|name| lower.contains(name));
    if let Some(browser) = browser(&lower) {
        return Agent { family: format!("{browser}/{}", system(&lower)), machinery };
    }
    let mut family = String::new();
    for part in lower.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').unwrap_or(("", part));
        if matches!(key, "action" | "clientid") || value.is_empty() {
            continue;
        }
        if key == "client" && matches!(value, "owa" | "rest" | "outlookservice") {
            if value != "owa" && family.is_empty() {
                family = value.to_owned();
            }
            continue;
        }
        family = product(value);
        break;
    }
    if lower.contains("microsoft outlook") && !lower.contains("outlook-") {
        family = format!("outlook/{}", system(&lower));
    }
    Agent { family, machinery }
}

/// Whether a family is a telephone's or tablet's.
pub(crate) fn is_phone(family: &str) -> bool {
    family.contains("ios") || family.contains("android")
}

fn browser(lower: &str) -> Option<&'static str> {
    // The more particular first: Edge and Opera call themselves Chrome and Safari too.
    const NAMES: [(&str, &str); 10] = [
        ("edg/", "edge"),
        ("edge/", "edge"),
        ("edga/", "edge"),
        ("opr/", "opera"),
        ("firefox/", "firefox"),
        ("fxios/", "firefox"),
        ("chrome/", "chrome"),
        ("crios/", "chrome"),
        ("trident/", "ie"),
        ("safari/", "safari"),
    ];
    let mozilla = lower.contains("mozilla/");
    NAMES.iter().find(|(mark, _)| mozilla && lower.contains(mark)).map(|(_, name)| *name)
}

fn system(lower: &str) -> &'static str {
    const NAMES: [(&str, &str); 9] = [
        ("iphone", "ios"),
        ("ipad", "ios"),
        ("android", "android"),
        ("cros", "chromeos"),
        ("windows", "windows"),
        ("mac os", "macos"),
        ("macintosh", "macos"),
        ("macos", "macos"),
        ("linux", "linux"),
    ];
    NAMES.iter().find(|(mark, _)| lower.contains(mark)).map_or("other", |(_, name)| name)
}

/// `python-requests/2.31.0` is `python-requests`; at most 48 characters.
fn product(value: &str) -> String {
    let name: String = value.split(['/', '(', ' ']).next().unwrap_or_default().chars().collect();
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    name.chars().take(48).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_do_not_matter() {
        let chrome = |version: &str| {
            parse(&format!(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/{version} Safari/537.36"
            ))
        };
        assert_eq!(chrome("90.0").family, "chrome/windows");
        assert_eq!(chrome("90.0"), chrome("124.0.1"));
        assert_eq!(parse("python-requests/2.31.0").family, "python-requests");
    }

    #[test]
    fn exchange_client_strings_are_taken_apart() {
        assert_eq!(parse("Client=OWA;Action=ViaProxy").family, "");
        assert_eq!(
            parse(
                "Client=OWA;Mozilla/5.0 (X11; Linux x86_64; rv:88.0) Gecko/20100101 Firefox/88.0"
            )
            .family,
            "firefox/linux"
        );
        assert_eq!(parse("Client=REST;;").family, "rest");
        assert!(parse("Client=REST;Client=RESTSystem;;").machinery);
        assert_eq!(parse("Client=OutlookService;Outlook-iOS/2.0;").family, "outlook-ios");
    }
}
