//! The knowledge file: one JSON object, one byte string for one content.
//!
//! Names are written once in tables and cited by index. The relations of one owner are a
//! text `gap.citation.citation,gap.citation`: the gap to the last target's index, and
//! indexes into the owner's own short list of citations; 17,000 relations take 100 KB.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Alias, Assessment, Citation, Country, IntrusionSet, Knowledge, KnowledgeError, KnownCampaign,
    NOTICE, OtherActor, PartialDate, Relation, Snapshot, Software, Technique,
};

const FORMAT: &str = "demarche-knowledge/1";

#[derive(Serialize, Deserialize)]
struct File {
    format: String,
    notice: String,
    attack_modified: String,
    attack_version: String,
    galaxies: BTreeMap<String, u64>,
    /// Name and date as `yyyymmdd`, 0 where unknown.
    citations: Vec<(String, u32)>,
    /// Who assesses, and what kind of thing.
    assessors: Vec<(String, String)>,
    techniques: Vec<(String, String)>,
    replaced: BTreeMap<String, String>,
    software: Vec<FileSoftware>,
    sets: Vec<FileSet>,
    campaigns: Vec<FileCampaign>,
    actors: Vec<FileActor>,
    countries: Vec<(String, String, String)>,
    sectors: Vec<String>,
}

/// Id, name, aliases, citations, techniques.
type FileSoftware = (String, String, Vec<String>, Vec<usize>, String);
/// Id, name, aliases, assessments, citations, techniques, software.
type FileSet = (String, String, Vec<Named>, Vec<Assessed>, Vec<usize>, String, String);
/// Name, aliases, assessments, ATT&CK ids.
type FileActor = (String, Vec<Named>, Vec<Assessed>, Vec<String>);
/// Name, and who uses it.
type Named = (String, Vec<String>);
/// Index into `assessors`, and the value.
type Assessed = (usize, String);

#[derive(Serialize, Deserialize)]
struct FileCampaign {
    id: String,
    name: String,
    first: String,
    last: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    citations: Vec<usize>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    sets: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    techniques: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    software: String,
}

impl Knowledge {
    /// The knowledge file's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let assessors = assessors(self);
        let file = File {
            format: FORMAT.to_owned(),
            notice: NOTICE.to_owned(),
            attack_modified: self.snapshot.attack_modified.clone(),
            attack_version: self.snapshot.attack_version.clone(),
            galaxies: self.snapshot.galaxies.clone(),
            citations: self
                .citations
                .iter()
                .map(|c| (c.name.clone(), c.date.map_or(0, PartialDate::number)))
                .collect(),
            techniques: self.techniques.iter().map(|t| (t.id.clone(), t.name.clone())).collect(),
            replaced: self.replaced.clone(),
            software: self
                .software
                .iter()
                .map(|s| {
                    let local = local(&[&s.techniques]);
                    let techniques = pack(&s.techniques, &local);
                    (s.id.clone(), s.name.clone(), s.aliases.clone(), local, techniques)
                })
                .collect(),
            sets: self
                .sets
                .iter()
                .map(|s| {
                    let local = local(&[&s.techniques, &s.software]);
                    let techniques = pack(&s.techniques, &local);
                    let software = pack(&s.software, &local);
                    let (aliases, assessed) =
                        (named(&s.aliases), assessed(&s.assessments, &assessors));
                    (s.id.clone(), s.name.clone(), aliases, assessed, local, techniques, software)
                })
                .collect(),
            campaigns: self.campaigns.iter().map(pack_campaign).collect(),
            actors: self
                .actors
                .iter()
                .map(|a| {
                    (
                        a.name.clone(),
                        named(&a.aliases),
                        assessed(&a.assessments, &assessors),
                        a.attack_ids.clone(),
                    )
                })
                .collect(),
            countries: self
                .countries
                .iter()
                .map(|c| (c.code.clone(), c.name.clone(), c.capital.clone()))
                .collect(),
            sectors: self.sectors.clone(),
            assessors: assessors.clone(),
        };
        serde_json::to_string(&file)
            .expect("invariant: strings, numbers and lists always serialise")
    }

    /// Reads a knowledge file.
    ///
    /// # Errors
    /// Not JSON of this shape, another format, an index that points nowhere, or tables out
    /// of order.
    pub fn from_json(bytes: &[u8]) -> Result<Self, KnowledgeError> {
        let file: File = serde_json::from_slice(bytes)?;
        if file.format != FORMAT {
            return Err(KnowledgeError::Damaged(format!("format is not {FORMAT}")));
        }
        let (techniques, software) = (file.techniques.len(), file.software.len());
        let (sets, all) = (file.sets.len(), file.citations.len());
        let knowledge = Self {
            snapshot: Snapshot {
                attack_modified: file.attack_modified,
                attack_version: file.attack_version,
                galaxies: file.galaxies,
            },
            citations: file
                .citations
                .into_iter()
                .map(|(name, date)| Citation { name, date: PartialDate::from_number(date) })
                .collect(),
            techniques: file
                .techniques
                .into_iter()
                .map(|(id, name)| Technique { id, name })
                .collect(),
            replaced: file.replaced,
            software: file
                .software
                .into_iter()
                .map(|(id, name, aliases, local, packed)| {
                    let techniques = unpack(&packed, &local, techniques, all, &id)?;
                    Ok(Software { id, name, aliases, techniques })
                })
                .collect::<Result<_, KnowledgeError>>()?,
            sets: file
                .sets
                .into_iter()
                .map(|(id, name, aliases, assessments, local, used, with)| {
                    Ok(IntrusionSet {
                        techniques: unpack(&used, &local, techniques, all, &id)?,
                        software: unpack(&with, &local, software, all, &id)?,
                        aliases: from_named(aliases),
                        assessments: from_assessed(assessments, &file.assessors)?,
                        id,
                        name,
                    })
                })
                .collect::<Result<_, KnowledgeError>>()?,
            campaigns: file
                .campaigns
                .into_iter()
                .map(|c| {
                    Ok(KnownCampaign {
                        sets: unpack(&c.sets, &c.citations, sets, all, &c.id)?,
                        techniques: unpack(&c.techniques, &c.citations, techniques, all, &c.id)?,
                        software: unpack(&c.software, &c.citations, software, all, &c.id)?,
                        id: c.id,
                        name: c.name,
                        first_seen: c.first,
                        last_seen: c.last,
                    })
                })
                .collect::<Result<_, KnowledgeError>>()?,
            actors: file
                .actors
                .into_iter()
                .map(|(name, aliases, assessments, attack_ids)| {
                    Ok(OtherActor {
                        name,
                        aliases: from_named(aliases),
                        assessments: from_assessed(assessments, &file.assessors)?,
                        attack_ids,
                    })
                })
                .collect::<Result<_, KnowledgeError>>()?,
            countries: file
                .countries
                .into_iter()
                .map(|(code, name, capital)| Country { code, name, capital })
                .collect(),
            sectors: file.sectors,
            digest: String::new(),
        };
        knowledge.in_order()?;
        Ok(knowledge.sealed())
    }

    /// Look-ups are binary searches: tables out of order would lose rows in silence.
    fn in_order(&self) -> Result<(), KnowledgeError> {
        let ordered = self.techniques.windows(2).all(|w| w[0].id < w[1].id)
            && self.software.windows(2).all(|w| w[0].id < w[1].id)
            && self.sets.windows(2).all(|w| w[0].id < w[1].id)
            && self.citations.windows(2).all(|w| w[0].name < w[1].name);
        if self.sets.is_empty() {
            return Err(KnowledgeError::Empty { documents: 1 });
        }
        if !ordered {
            return Err(KnowledgeError::Damaged("tables are not in order".to_owned()));
        }
        Ok(())
    }
}

fn pack_campaign(campaign: &KnownCampaign) -> FileCampaign {
    let local = local(&[&campaign.sets, &campaign.techniques, &campaign.software]);
    FileCampaign {
        id: campaign.id.clone(),
        name: campaign.name.clone(),
        first: campaign.first_seen.clone(),
        last: campaign.last_seen.clone(),
        sets: pack(&campaign.sets, &local),
        techniques: pack(&campaign.techniques, &local),
        software: pack(&campaign.software, &local),
        citations: local,
    }
}

/// The citations an owner's relations use, sorted.
fn local(relations: &[&[Relation]]) -> Vec<usize> {
    let used: BTreeSet<usize> = relations
        .iter()
        .flat_map(|relations| relations.iter())
        .flat_map(|relation| relation.citations.iter().copied())
        .collect();
    used.into_iter().collect()
}

fn pack(relations: &[Relation], local: &[usize]) -> String {
    let mut last = 0;
    let mut packed = Vec::with_capacity(relations.len());
    for relation in relations {
        let mut text = (relation.target - last).to_string();
        last = relation.target;
        for citation in &relation.citations {
            let at =
                local.binary_search(citation).expect("invariant: local() holds every citation");
            text.push('.');
            text.push_str(&at.to_string());
        }
        packed.push(text);
    }
    packed.join(",")
}

fn unpack(
    packed: &str,
    local: &[usize],
    targets: usize,
    citations: usize,
    owner: &str,
) -> Result<Vec<Relation>, KnowledgeError> {
    let damaged = || KnowledgeError::Damaged(format!("a relation of `{owner}` points nowhere"));
    let mut relations: Vec<Relation> = Vec::new();
    let mut last = 0_usize;
    for item in packed.split(',').filter(|item| !item.is_empty()) {
        let mut numbers = item.split('.').map(|n| n.parse::<usize>().map_err(|_| damaged()));
        let gap = numbers.next().ok_or_else(damaged)??;
        let target =
            last.checked_add(gap).filter(|target| *target < targets).ok_or_else(damaged)?;
        if gap == 0 && !relations.is_empty() {
            return Err(damaged());
        }
        last = target;
        let mut cited = Vec::new();
        for number in numbers {
            let citation = *local.get(number?).ok_or_else(damaged)?;
            if citation >= citations || cited.last().is_some_and(|before| *before >= citation) {
                return Err(damaged());
            }
            cited.push(citation);
        }
        relations.push(Relation { target, citations: cited });
    }
    Ok(relations)
}

fn named(aliases: &[Alias]) -> Vec<Named> {
    aliases.iter().map(|alias| (alias.name.clone(), alias.used_by.clone())).collect()
}

fn from_named(aliases: Vec<Named>) -> Vec<Alias> {
    aliases.into_iter().map(|(name, used_by)| Alias { name, used_by }).collect()
}

fn assessed(assessments: &[Assessment], assessors: &[(String, String)]) -> Vec<Assessed> {
    let find =
        |a: &Assessment| assessors.iter().position(|(by, kind)| *by == a.by && *kind == a.kind);
    assessments.iter().filter_map(|a| Some((find(a)?, a.value.clone()))).collect()
}

fn from_assessed(
    assessments: Vec<Assessed>,
    assessors: &[(String, String)],
) -> Result<Vec<Assessment>, KnowledgeError> {
    assessments
        .into_iter()
        .map(|(at, value)| {
            let (by, kind) = assessors
                .get(at)
                .ok_or_else(|| KnowledgeError::Damaged("an assessment of nobody".to_owned()))?;
            Ok(Assessment { by: by.clone(), kind: kind.clone(), value })
        })
        .collect()
}

/// Every pair of who assesses and what kind of thing, sorted.
fn assessors(knowledge: &Knowledge) -> Vec<(String, String)> {
    let sets = knowledge.sets.iter().flat_map(|set| &set.assessments);
    let all = sets.chain(knowledge.actors.iter().flat_map(|actor| &actor.assessments));
    let pairs: BTreeSet<_> = all.map(|a| (a.by.clone(), a.kind.clone())).collect();
    pairs.into_iter().collect()
}
