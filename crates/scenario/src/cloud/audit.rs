//! Microsoft 365 unified audit records, in the shape of real exports
//! (Microsoft, "Audit log activities" and "Detailed properties in the audit
//! log"). Times carry no zone and are UTC.

use crate::dice::{Dice, key};
use crate::time;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// A sign-in.
    LoggedIn,
    /// A failed sign-in.
    LoginFailed,
    /// Single messages read.
    Bind(Vec<String>),
    /// A folder synchronised.
    Sync,
    /// A message sent.
    Send(String),
    /// A cmdlet with parameters.
    Cmdlet(&'static str, Vec<(&'static str, String)>),
    /// Consent to an application: id, name, scope.
    Consent(String, String, String),
    /// The grant that goes with it.
    Grant(String, String, String),
    /// A file operation and the file's name.
    File(&'static str, String),
    /// A search.
    Search(String),
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Seconds UTC.
    pub time: i64,
    /// What.
    pub op: Op,
    /// Who, lower case.
    pub user: String,
    /// Whose mailbox or drive.
    pub owner: String,
    /// From where.
    pub ip: String,
    /// Agent string.
    pub agent: String,
    /// Agent index, for device properties.
    pub device: usize,
    /// Session.
    pub session: String,
    /// Application id.
    pub app: String,
    /// `0` owner, `1` admin, `2` delegate.
    pub logon: u8,
    /// Folder read.
    pub folder: &'static str,
}

/// Application ids of the provider's own clients.
pub const OUTLOOK: &str = "d3590ed6-52b3-4102-aeff-aad2292ab01c";
/// Outlook on the web.
pub const OWA: &str = "00000002-0000-0ff1-ce00-000000000000";
/// Outlook for phones.
pub const MOBILE: &str = "27922004-5251-4030-b22d-91ecd9a37ea4";

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn pairs(list: &[(&str, String)]) -> String {
    let all: Vec<String> = list
        .iter()
        .map(|(n, v)| format!("{{\"Name\":{},\"Value\":{}}}", json(n), json(v)))
        .collect();
    all.join(",")
}

impl Event {
    /// `Operation`.
    #[must_use]
    pub fn operation(&self) -> &str {
        match &self.op {
            Op::LoggedIn => "UserLoggedIn",
            Op::LoginFailed => "UserLoginFailed",
            Op::Bind(_) | Op::Sync => "MailItemsAccessed",
            Op::Send(_) => "Send",
            Op::Cmdlet(name, _) | Op::File(name, _) => name,
            Op::Consent(..) => "Consent to application.",
            Op::Grant(..) => "Add delegated permission grant.",
            Op::Search(_) => "SearchQueryInitiatedExchange",
        }
    }

    /// `RecordType` as number and name.
    #[must_use]
    pub fn record_type(&self) -> (u32, &'static str) {
        match &self.op {
            Op::LoggedIn | Op::LoginFailed => (15, "AzureActiveDirectoryStsLogon"),
            Op::Bind(_) | Op::Sync => (50, "ExchangeItemAggregated"),
            Op::Send(_) => (2, "ExchangeItem"),
            Op::Cmdlet(..) => (1, "ExchangeAdmin"),
            Op::Consent(..) | Op::Grant(..) => (8, "AzureActiveDirectory"),
            Op::File(..) => (6, "SharePointFileOperation"),
            Op::Search(_) => (52, "ExchangeSearch"),
        }
    }

    /// The record's id: made of its content, so that it is the same wherever
    /// the record is exported again.
    #[must_use]
    pub fn id(&self, seed: u64) -> String {
        let label = format!(
            "{}|{}|{}|{}|{}|{:?}",
            self.time, self.user, self.owner, self.ip, self.session, self.op
        );
        Dice::keyed(key(seed, &label, &[])).uuid()
    }

    /// The `AuditData` object.
    #[must_use]
    pub fn json(&self, seed: u64) -> String {
        let id = self.id(seed);
        let mut dice = Dice::keyed(key(seed, &id, &[1]));
        let domain = self.user.split('@').next_back().unwrap_or("local");
        let organization = Dice::keyed(key(seed, domain, &[2])).uuid();
        let user_key = Dice::keyed(key(seed, &self.user, &[3])).hex(16);
        let mailbox = Dice::keyed(key(seed, &self.owner, &[4])).uuid();
        let (record, _) = self.record_type();
        let user = json(&self.user);
        let mut out = format!(
            "{{\"CreationTime\":\"{}\",\"Id\":\"{id}\",\"Operation\":\"{}\",\"OrganizationId\":\"{organization}\",\"RecordType\":{record},\"UserKey\":\"{user_key}\",\"UserType\":0,\"Version\":1,\"UserId\":{user}",
            time::bare(self.time),
            self.operation()
        );
        let agent = json(&self.agent);
        let ip = &self.ip;
        let session = &self.session;
        match &self.op {
            Op::LoggedIn | Op::LoginFailed => {
                let failed = self.op == Op::LoginFailed;
                let (system, browser) = crate::cloud::agents::platform(self.device);
                out.push_str(&format!(
                    ",\"ResultStatus\":\"{}\",\"Workload\":\"AzureActiveDirectory\",\"ClientIP\":\"{ip}\",\"ObjectId\":\"{OWA}\",\"AzureActiveDirectoryEventType\":1,\"ExtendedProperties\":[{{\"Name\":\"ResultStatusDetail\",\"Value\":\"Success\"}},{{\"Name\":\"UserAgent\",\"Value\":{agent}}},{{\"Name\":\"RequestType\",\"Value\":\"{}\"}}],\"ModifiedProperties\":[],\"Actor\":[{{\"ID\":{user},\"Type\":5}}],\"ActorIpAddress\":\"{ip}\",\"InterSystemsId\":\"{}\",\"IntraSystemId\":\"{id}\",\"ApplicationId\":\"{}\",\"DeviceProperties\":[{{\"Name\":\"OS\",\"Value\":\"{system}\"}},{{\"Name\":\"BrowserType\",\"Value\":\"{browser}\"}},{{\"Name\":\"IsCompliantAndManaged\",\"Value\":\"False\"}},{{\"Name\":\"SessionId\",\"Value\":\"{session}\"}}],\"ErrorNumber\":\"{}\"",
                    if failed { "Failed" } else { "Success" },
                    if self.device == 8 { "OAuth2:Token" } else { "OAuth2:Authorize" },
                    dice.uuid(), self.app,
                    if failed { "50126" } else { "0" },
                ));
                if failed {
                    out.push_str(",\"LogonError\":\"InvalidUserNameOrPassword\"");
                }
            }
            Op::Bind(_) | Op::Sync | Op::Send(_) | Op::Search(_) => {
                let client = match self.device {
                    8 => "Client=IMAP4;Protocol=IMAP4".to_owned(),
                    6 | 7 => "Client=OutlookService;Outlook-iOS/2.0;".to_owned(),
                    _ if self.app == OUTLOOK => "Client=MSExchangeRPC".to_owned(),
                    _ if self.app == OWA => format!("Client=OWA;{}", self.agent),
                    _ => "Client=REST;Client=RESTSystem;;".to_owned(),
                };
                out.push_str(&format!(
                    ",\"ResultStatus\":\"Succeeded\",\"Workload\":\"Exchange\",\"ClientIPAddress\":\"{ip}\",\"AppId\":\"{}\",\"ClientAppId\":\"{}\",\"ClientInfoString\":{},\"ExternalAccess\":false,\"InternalLogonType\":0,\"LogonType\":{},\"MailboxGuid\":\"{mailbox}\",\"MailboxOwnerUPN\":{},\"SessionId\":\"{session}\",\"AppAccessContext\":{{\"AADSessionId\":\"{session}\",\"UniqueTokenId\":\"{}\"}}",
                    self.app, self.app, json(&client), self.logon, json(&self.owner), dice.base64(22)
                ));
                match &self.op {
                    Op::Bind(items) => {
                        let list: Vec<String> = items.iter().map(|i| format!("{{\"InternetMessageId\":{}}}", json(&format!("<{i}>")))).collect();
                        out.push_str(&format!(
                            ",\"OperationProperties\":[{{\"Name\":\"MailAccessType\",\"Value\":\"Bind\"}},{{\"Name\":\"IsThrottled\",\"Value\":\"False\"}}],\"Folders\":[{{\"FolderItems\":[{}],\"Id\":\"LgAAAA{}\",\"Path\":{}}}],\"OperationCount\":{}",
                            list.join(","), dice.base64(20), json(self.folder), items.len()
                        ));
                    }
                    Op::Sync => out.push_str(&format!(
                        ",\"OperationProperties\":[{{\"Name\":\"MailAccessType\",\"Value\":\"Sync\"}},{{\"Name\":\"IsThrottled\",\"Value\":\"False\"}}],\"Item\":{{\"Id\":\"LgAAAA{}\",\"ParentFolder\":{{\"Path\":{},\"Name\":{}}}}},\"OperationCount\":1",
                        dice.base64(20), json(self.folder), json(&self.folder[1..])
                    )),
                    Op::Send(message) => out.push_str(&format!(
                        ",\"Item\":{{\"Id\":\"RgAAAA{}\",\"InternetMessageId\":{},\"ParentFolder\":{{\"Path\":\"\\\\Drafts\"}}}}",
                        dice.base64(20), json(&format!("<{message}>"))
                    )),
                    Op::Search(query) => out.push_str(&format!(",\"QueryText\":{}", json(query))),
                    _ => {}
                }
            }
            Op::Cmdlet(_, parameters) => out.push_str(&format!(
                ",\"ResultStatus\":\"True\",\"Workload\":\"Exchange\",\"ClientIP\":\"{ip}:{}\",\"ObjectId\":{},\"ExternalAccess\":false,\"OrganizationName\":\"{domain}\",\"Parameters\":[{}],\"SessionId\":\"{session}\"",
                dice.range(20_000, 64_000), json(&self.owner), pairs(parameters)
            )),
            Op::Consent(app, name, scope) | Op::Grant(app, name, scope) => {
                let changed = if matches!(self.op, Op::Consent(..)) {
                    format!("{{\"Name\":\"ConsentContext.IsAdminConsent\",\"NewValue\":\"{}\",\"OldValue\":\"\"}},{{\"Name\":\"ConsentAction.Permissions\",\"NewValue\":{},\"OldValue\":\"\"}}",
                        if self.logon == 1 { "True" } else { "False" },
                        json(&format!("[] => [[Id: {}, ClientId: {app}, ConsentType: Principal, Scope: {scope}]]; ", dice.base64(43))))
                } else {
                    format!("{{\"Name\":\"DelegatedPermissionGrant.Scope\",\"NewValue\":{},\"OldValue\":\"\"}},{{\"Name\":\"DelegatedPermissionGrant.ConsentType\",\"NewValue\":\"Principal\",\"OldValue\":\"\"}}", json(scope))
                };
                out.push_str(&format!(
                    ",\"ResultStatus\":\"Success\",\"Workload\":\"AzureActiveDirectory\",\"ObjectId\":\"{app}\",\"AzureActiveDirectoryEventType\":1,\"ActorIpAddress\":\"{ip}\",\"ExtendedProperties\":[{{\"Name\":\"additionalDetails\",\"Value\":{}}}],\"ModifiedProperties\":[{changed}],\"Actor\":[{{\"ID\":{user},\"Type\":5}}],\"Target\":[{{\"ID\":{},\"Type\":1}},{{\"ID\":\"{app}\",\"Type\":2}}]",
                    json(&format!("{{\"User-Agent\":{agent}}}")), json(name)
                ));
            }
            Op::File(_, name) => {
                let site = domain.split('.').next().unwrap_or("site");
                let personal = self.owner.replace(['@', '.'], "_");
                let extension = name.rsplit('.').next().unwrap_or("docx");
                let url = format!("https://{site}-my.sharepoint.com/personal/{personal}/");
                out.push_str(&format!(
                    ",\"Workload\":\"OneDrive\",\"ClientIP\":\"{ip}\",\"ObjectId\":{},\"EventSource\":\"SharePoint\",\"ItemType\":\"File\",\"ListItemUniqueId\":\"{}\",\"UserAgent\":{agent},\"SourceFileExtension\":\"{extension}\",\"SiteUrl\":{},\"SourceFileName\":{},\"SourceRelativeUrl\":\"Documents\",\"ApplicationId\":\"{}\",\"AppAccessContext\":{{\"AADSessionId\":\"{session}\"}}",
                    json(&format!("{url}Documents/{name}")),
                    Dice::keyed(key(seed, name, &[5])).uuid(),
                    json(&url), json(name), self.app
                ));
            }
        }
        out.push('}');
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_valid_json_with_its_fields() {
        let base = Event {
            time: 1_700_000_000,
            op: Op::LoggedIn,
            user: "a.b@x.de".to_owned(),
            owner: "a.b@x.de".to_owned(),
            ip: "1.2.3.4".to_owned(),
            agent: "A \"quoted\" agent".to_owned(),
            device: 0,
            session: "s".to_owned(),
            app: OWA.to_owned(),
            logon: 0,
            folder: "\\Inbox",
        };
        for op in [
            Op::LoggedIn,
            Op::LoginFailed,
            Op::Bind(vec!["m@x".to_owned()]),
            Op::Sync,
            Op::Send("m@x".to_owned()),
            Op::Cmdlet("New-InboxRule", vec![("Name", ".".to_owned())]),
            Op::Consent("app".to_owned(), "N".to_owned(), "Mail.Read".to_owned()),
            Op::Grant("app".to_owned(), "N".to_owned(), "Mail.Read".to_owned()),
            Op::File("FileDownloaded", "a b.docx".to_owned()),
            Op::Search("x".to_owned()),
        ] {
            let event = Event { op, ..base.clone() };
            let value: serde_json::Value = serde_json::from_str(&event.json(1)).unwrap();
            assert_eq!(value["UserId"], "a.b@x.de");
            assert_eq!(value["CreationTime"], "2023-11-14T22:13:20");
            assert_eq!(value["Operation"], event.operation());
        }
    }
}
