//! Log sources: whose records a rule is asked of.
//!
//! A rule names a product, a category or a service; a record has a provider. Both are
//! brought to a *class*. Records of one provider may belong to several: a request in an
//! IIS log is asked by rules for IIS and by those for any web server.

use demarche_core::Event;
use rsigma_parser::LogSource;

/// Provider of requests seen by a proxy or a network sensor, made events by
/// [`records`](super::records).
pub(super) const PROXY: &str = "proxy";
/// Provider of requests in a web server's access log.
pub(super) const WEB: &str = "web";
/// Provider of look-ups of names.
pub(super) const DNS: &str = "dns";
/// Provider of look-ups of call records.
pub(super) const LOOKUPS: &str = "record_lookups";

/// What rules of one kind are asked of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// As told to people.
    pub(super) name: &'static str,
    /// `logsource.product` of rules, any of them; empty when the category tells.
    products: &'static [&'static str],
    /// `logsource.service` that must be there; empty when any will do.
    service: &'static str,
    /// `logsource.category` of rules; empty when the product tells.
    category: &'static str,
    /// Providers of its records; none where no reader gives any.
    pub(super) providers: &'static [&'static str],
}

/// All classes; the first that a rule's log source fits is taken.
static CLASSES: [Class; 18] = [
    of_category("webserver", "webserver", &["iis", "w3c", "exchange", WEB]),
    of_category("proxy", "proxy", &[PROXY]),
    of_category("dns", "dns", &[DNS]),
    of_category("message trace", "message_trace", MESSAGE_TRACES),
    of_category("record look-ups", "record_lookup", &[LOOKUPS]),
    of_service("zeek http", &["zeek"], "http", &[PROXY]),
    of_service("zeek dns", &["zeek"], "dns", &[DNS]),
    of_service("cisco duo", &["cisco"], "duo", &[]),
    of_product("m365", &["m365", "azure", "office365"], &["m365", "entra"]),
    of_product("aws", &["aws"], &["aws"]),
    of_product("google", &["gcp", "google_workspace"], &["google"]),
    of_product("okta", &["okta"], &["okta"]),
    of_product("onelogin", &["onelogin"], &[]),
    of_product("dropbox", &["dropbox"], &["dropbox"]),
    of_product("box", &["box"], &["box"]),
    of_product("windows", &["windows"], &["windows"]),
    of_product("exchange", &["exchange"], &["exchange"]),
    of_product("iis", &["iis"], &["iis", "w3c"]),
];

const MESSAGE_TRACES: &[&str] = &["exchange_trace", "exchange_tracking", "gmail_log"];

/// Rules that name no log source are asked of every event.
static ANY: Class = of_product("any", &[], &[]);

const fn of_category(
    name: &'static str,
    category: &'static str,
    providers: &'static [&'static str],
) -> Class {
    Class { name, products: &[], service: "", category, providers }
}

const fn of_service(
    name: &'static str,
    products: &'static [&'static str],
    service: &'static str,
    providers: &'static [&'static str],
) -> Class {
    Class { name, products, service, category: "", providers }
}

const fn of_product(
    name: &'static str,
    products: &'static [&'static str],
    providers: &'static [&'static str],
) -> Class {
    Class { name, products, service: "", category: "", providers }
}

impl Class {
    /// Whether records of `provider` belong to it.
    pub(super) fn takes(&self, provider: &str) -> bool {
        self.is_any() || self.providers.contains(&provider)
    }

    pub(super) fn is_any(&self) -> bool {
        self.name == ANY.name
    }

    /// The log source by which the engine asks rules of this class: its name as the one
    /// value of a dimension that every event has.
    pub(super) fn source(&'static self) -> LogSource {
        if self.is_any() {
            return LogSource::default();
        }
        match self.category {
            "" => LogSource { product: Some(self.engine_product()), ..LogSource::default() },
            category => LogSource { category: Some(category.into()), ..LogSource::default() },
        }
    }

    /// Classes that are asked of the same provider and no other are one to the engine.
    fn engine_product(&self) -> String {
        match self.providers.first() {
            Some(provider) => product_of(provider).to_owned(),
            // Of no record.
            None => format!("{}\u{1}", self.name),
        }
    }
}

/// The class of a rule's log source.
///
/// # Errors
/// Why no record of this kind is read.
pub(super) fn class(source: &LogSource) -> Result<&'static Class, String> {
    let is = |value: &Option<String>, wanted: &str| {
        value.as_deref().is_some_and(|value| value.eq_ignore_ascii_case(wanted))
    };
    let fits = |class: &&Class| {
        if !class.category.is_empty() {
            return is(&source.category, class.category);
        }
        class.products.iter().any(|product| is(&source.product, product))
            && (class.service.is_empty() || is(&source.service, class.service))
    };
    // What a process did is not in any log that is read: only whole products are.
    let process = source.product.is_some() && source.category.is_some();
    if let Some(class) = CLASSES.iter().find(fits) {
        let windows = class.name == "windows" && process;
        return match &source.category {
            Some(category) if windows => {
                Err(format!("no events of category {category} of windows are read"))
            }
            _ => Ok(class),
        };
    }
    match (&source.product, &source.category, &source.service) {
        (Some(product), _, Some(service)) if is(&source.product, "zeek") => {
            Err(format!("no events of product {product}, service {service}, are read"))
        }
        (Some(product), ..) => Err(format!("no events of product {product} are read")),
        (None, Some(category), _) => {
            Err(format!("category {category} names no product whose audit events are read"))
        }
        (None, None, Some(service)) => {
            Err(format!("service {service} names no product whose audit events are read"))
        }
        (None, None, None) => Ok(&ANY),
    }
}

/// What the engine takes for an event's product. Entra's logs and the Microsoft 365
/// audit log hold the same happenings: rules for either are asked of both.
fn product_of(provider: &str) -> &str {
    match provider {
        "entra" => "m365",
        "w3c" => "iis",
        other => other,
    }
}

/// Product and category by which the engine chooses the rules an event is asked by; never
/// empty, since an empty one would fit every rule.
pub(super) fn of_event(event: &Event) -> (&str, &'static str) {
    let category = match event.provider.as_str() {
        "iis" | "w3c" | "exchange" | WEB => "webserver",
        PROXY => "proxy",
        DNS => "dns",
        LOOKUPS => "record_lookup",
        provider if MESSAGE_TRACES.contains(&provider) => "message_trace",
        _ => "audit",
    };
    let product = match product_of(&event.provider) {
        "" => "\u{2}",
        product => product,
    };
    (product, category)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(product: &str, category: &str, service: &str) -> Result<&'static str, String> {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let source = LogSource {
            product: some(product),
            category: some(category),
            service: some(service),
            ..LogSource::default()
        };
        class(&source).map(|class| class.name)
    }

    #[test]
    fn rules_find_their_records_or_a_reason() {
        assert_eq!(of("Azure", "", "signinlogs"), Ok("m365"));
        assert_eq!(of("", "proxy", ""), Ok("proxy"));
        assert_eq!(of("apache", "webserver", ""), Ok("webserver"));
        assert_eq!(of("zeek", "", "http"), Ok("zeek http"));
        assert_eq!(of("cisco", "", "duo"), Ok("cisco duo"));
        assert_eq!(of("windows", "", "security"), Ok("windows"));
        assert_eq!(of("", "", ""), Ok("any"));
        for (product, category, service, word) in [
            ("windows", "process_creation", "", "process_creation"),
            ("zeek", "", "smb_files", "smb_files"),
            ("cisco", "", "aaa", "cisco"),
            ("", "", "apache", "apache"),
            ("", "antivirus", "", "antivirus"),
        ] {
            assert!(of(product, category, service).is_err_and(|why| why.contains(word)));
        }
    }

    #[test]
    fn no_class_asks_what_another_is_asked() {
        for class in &CLASSES {
            for provider in class.providers {
                let event = Event { provider: (*provider).into(), ..Event::default() };
                let (product, category) = of_event(&event);
                let source = class.source();
                assert!(source.product.is_none_or(|p| p == product), "{} {provider}", class.name);
                assert!(source.category.is_none_or(|c| c == category), "{}", class.name);
            }
        }
    }
}
