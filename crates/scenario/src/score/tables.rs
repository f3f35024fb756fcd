//! What the product says, read through its contract: the JSON lines of
//! `demarche show`, or files of the same lines.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Error;

/// A part of a probability.
#[derive(Clone, Debug, Deserialize)]
pub struct Feature {
    /// Name.
    pub name: String,
    /// Nats.
    pub log_likelihood_ratio: f64,
}

/// A row of `waves`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Wave {
    /// Id.
    pub wave_id: String,
    /// Campaign, where it is in one.
    #[serde(default)]
    pub campaign_id: Option<String>,
    /// Posterior.
    pub probability: f64,
    /// Message-IDs without brackets, or uids.
    #[serde(default)]
    pub message_ids: Vec<String>,
    /// Recipients' addresses.
    #[serde(default)]
    pub recipients: Vec<String>,
    /// First message.
    #[serde(default)]
    pub first_seen: Option<String>,
    /// For and against.
    #[serde(default)]
    pub features: Vec<Feature>,
}

/// A link between two waves of a campaign.
#[derive(Clone, Debug, Deserialize)]
pub struct Link {
    /// The two wave ids.
    pub waves: Vec<String>,
}

/// A row of `campaigns`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Campaign {
    /// Id.
    pub campaign_id: String,
    /// Waves.
    #[serde(default)]
    pub wave_ids: Vec<String>,
    /// Links between its waves.
    #[serde(default)]
    pub links: Vec<Link>,
    /// Groups chosen beyond chance, the strongest first.
    #[serde(default)]
    pub target_groups: Vec<String>,
}

/// A row of `intrusions`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Intrusion {
    /// Id.
    pub intrusion_id: String,
    /// Account or number.
    pub account: String,
    /// Posterior.
    pub probability: f64,
    /// Begin.
    #[serde(default)]
    pub first_access: Option<String>,
    /// End.
    #[serde(default)]
    pub last_access: Option<String>,
    /// 90% interval of the begin.
    #[serde(default)]
    pub first_access_bounds: Vec<Option<String>>,
    /// 90% interval of the end.
    #[serde(default)]
    pub last_access_bounds: Vec<Option<String>>,
    /// Kinds.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// `active`, `ended`, `unknown`.
    #[serde(default)]
    pub status: Option<String>,
    /// The true begin may lie before the log.
    #[serde(default)]
    pub start_censored: bool,
    /// The true end may lie behind the log.
    #[serde(default)]
    pub end_censored: bool,
    /// Campaign that it is joined to.
    #[serde(default)]
    pub campaign_id: Option<String>,
}

/// A row of `exposures`.
#[derive(Clone, Debug, Deserialize)]
pub struct Exposure {
    /// Address.
    pub recipient: String,
    /// Wave.
    pub wave_id: String,
    /// State.
    pub state: String,
}

/// What a case says.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Waves.
    pub waves: Vec<Wave>,
    /// Campaigns.
    pub campaigns: Vec<Campaign>,
    /// Intrusions.
    pub intrusions: Vec<Intrusion>,
    /// Exposures.
    pub exposures: Vec<Exposure>,
}

/// Where a case's tables come from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A case, asked through the product.
    Case(PathBuf),
    /// A folder of `waves.jsonl` and the like.
    Folder(PathBuf),
}

fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("DEMARCHE_BIN") {
        return path.into();
    }
    let name = format!("demarche{}", std::env::consts::EXE_SUFFIX);
    std::env::current_exe()
        .ok()
        .and_then(|me| me.parent().map(|p| p.join(&name)))
        .filter(|path| path.is_file())
        .unwrap_or_else(|| name.into())
}

fn lines<T: DeserializeOwned>(table: &str, text: &str) -> Result<Vec<T>, Error> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .enumerate()
        .map(|(at, line)| {
            serde_json::from_str(line).map_err(|source| Error::Row {
                table: table.to_owned(),
                line: at + 1,
                source,
            })
        })
        .collect()
}

fn table<T: DeserializeOwned>(origin: &Origin, name: &str) -> Result<Vec<T>, Error> {
    let text = match origin {
        Origin::Folder(folder) => {
            let path = folder.join(format!("{name}.jsonl"));
            if !path.exists() {
                return Ok(vec![]);
            }
            read(&path)?
        }
        Origin::Case(case) => {
            let program = binary();
            let output = Command::new(&program)
                .args(["show", name, "--case"])
                .arg(case)
                .args(["--format", "jsonl"])
                .output()
                .map_err(|source| Error::Spawn { program: program.clone(), source })?;
            if !output.status.success() {
                return Err(Error::Show {
                    table: name.to_owned(),
                    status: output.status.to_string(),
                    message: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
                });
            }
            String::from_utf8_lossy(&output.stdout).into_owned()
        }
    };
    lines(name, &text)
}

/// Reads a text file.
///
/// # Errors
///
/// Where it cannot be read.
#[allow(clippy::disallowed_methods)] // not evidence: our own truth, and tables of a case
pub fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })
}

/// Reads what a case says.
///
/// # Errors
///
/// Where the product cannot be run or a row lacks a field of the contract.
pub fn found(origin: &Origin) -> Result<Found, Error> {
    Ok(Found {
        waves: table(origin, "waves")?,
        campaigns: table(origin, "campaigns")?,
        intrusions: table(origin, "intrusions")?,
        exposures: table(origin, "exposures")?,
    })
}

/// Reads `truth.jsonl`.
///
/// # Errors
///
/// Where it cannot be read or a line is not as [`crate::truth`] says.
pub fn truth(path: &Path) -> Result<Vec<crate::truth::Line>, Error> {
    lines("truth", &read(path)?)
}
