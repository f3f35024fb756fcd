//! What the user can set of a run. All of it enters the run id and is kept in the
//! manifest, so that a report states the numbers its rows were made with.

use std::collections::BTreeMap;

use demarche_analysis::attribution::HypothesisPrior;
use demarche_analysis::campaign::{LinkClass, LinkClasses};
use demarche_analysis::{campaign, intrusion};
use demarche_core::Probability;

/// Begins the name under which a class of links that is left out is recorded.
const WITHOUT: &str = "without_link_";

/// Priors and floors; `None` is the method's own.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Parameters {
    /// Prior of a burst of mail being a targeted wave.
    pub wave_prior: Option<Probability>,
    /// Waves below it are not put out.
    pub wave_floor: Option<Probability>,
    /// Classes of evidence that must not link waves.
    pub without_links: LinkClasses,
    /// Prior of an account being broken into.
    pub intrusion_prior: Option<Probability>,
    /// Prior of look-ups of a protected number being out of line of duty.
    pub lookup_prior: Option<Probability>,
    /// Intrusions below it are not put out.
    pub intrusion_floor: Option<Probability>,
    /// Prior of the operator being none of the known intrusion sets.
    pub unknown_prior: Option<Probability>,
}

impl Parameters {
    pub(super) fn campaign(&self) -> campaign::Parameters {
        let own = campaign::Parameters::default();
        campaign::Parameters {
            prior: self.wave_prior.unwrap_or(own.prior),
            floor: self.wave_floor.unwrap_or(own.floor),
            without_links: self.without_links,
            ..own
        }
    }

    pub(super) fn intrusion(&self) -> intrusion::Parameters {
        let own = intrusion::Parameters::default();
        intrusion::Parameters {
            prior: self.intrusion_prior.unwrap_or(own.prior),
            lookup_prior: self.lookup_prior.unwrap_or(own.lookup_prior),
            floor: self.intrusion_floor.unwrap_or(own.floor),
        }
    }

    pub(super) fn hypothesis(&self) -> HypothesisPrior {
        let own = HypothesisPrior::default();
        HypothesisPrior { unknown: self.unknown_prior.unwrap_or(own.unknown), ..own }
    }

    /// Classes of links that a run left out, from the names that a report states.
    pub(super) fn left_out<'n>(names: impl Iterator<Item = &'n String>) -> LinkClasses {
        let names: Vec<String> = names.map(|name| name.replace(' ', "_")).collect();
        let stated = |class: &LinkClass| names.contains(&format!("{WITHOUT}{}", class.name()));
        LinkClass::ALL.into_iter().filter(stated).collect()
    }

    /// Every number as it is used, the method's own included; a class of links that is left
    /// out by its name, with a one.
    pub(super) fn recorded(&self) -> BTreeMap<String, Probability> {
        let (campaign, intrusion) = (self.campaign(), self.intrusion());
        let mut recorded = BTreeMap::from(
            [
                ("wave_prior", campaign.prior),
                ("wave_floor", campaign.floor),
                ("intrusion_prior", intrusion.prior),
                ("lookup_prior", intrusion.lookup_prior),
                ("intrusion_floor", intrusion.floor),
                ("unknown_prior", self.hypothesis().unknown),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        let left_out = LinkClass::ALL.into_iter().filter(|c| self.without_links.contains(*c));
        recorded.extend(
            left_out.map(|class| (format!("{WITHOUT}{}", class.name()), Probability::new(1.0))),
        );
        recorded
    }
}
