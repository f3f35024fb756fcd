//! From documents to [`Knowledge`]: collects first, joins at the end, so that the order of
//! documents does not matter. Of two copies of one STIX object the later `modified` wins.

use std::collections::{BTreeMap, BTreeSet};

use super::misp::{Cluster, Entry, is_attack_id};
use super::stix::{Document, Object, USED};
use super::{
    Alias, Assessment, Citation, Country, IntrusionSet, Knowledge, KnowledgeError, KnownCampaign,
    OtherActor, PartialDate, Relation, Snapshot, Software, Technique,
};

/// Who MISP galaxy's own threat-actor list speaks as.
const MISP: &str = "MISP galaxy threat-actor";
/// Who MISP galaxy's copy of Tidal's groups speaks as.
const TIDAL: &str = "Tidal Cyber (MISP galaxy)";
/// Documents above this many bytes are ignored: ATT&CK's whole bundle is under 60 MB.
const LARGEST: usize = 256 << 20;
/// So many ignored documents are listed by path; all are counted.
const LISTED: usize = 100;

/// What became of the documents and objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Documents given.
    pub documents: u64,
    /// Neither ATT&CK STIX nor a known MISP galaxy cluster.
    pub ignored: u64,
    /// STIX objects of types that carry no facts used here.
    pub other_objects: u64,
    /// Objects of a used type that could not be read.
    pub unreadable_objects: u64,
    /// Relations whose end is revoked, deprecated or absent.
    pub dangling_relations: u64,
}

/// Collects documents. The caller opens files and archives.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    objects: BTreeMap<String, Object>,
    clusters: BTreeMap<String, Cluster>,
    ignored: Vec<String>,
    counts: Counts,
}

type Edges = BTreeMap<(String, String), BTreeSet<String>>;

impl Builder {
    /// With nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a document; whether it was of use. Chosen by content: `path` is only kept, when
    /// the document was of no use, to say which ones those were.
    pub fn add(&mut self, path: &str, bytes: &[u8]) -> bool {
        self.counts.documents += 1;
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        let used = first == Some(&b'{')
            && bytes.len() <= LARGEST
            && (self.add_cluster(bytes) || self.add_stix(bytes));
        if !used {
            self.counts.ignored += 1;
            if self.ignored.len() < LISTED {
                self.ignored.push(path.to_owned());
            }
        }
        used
    }

    /// Paths of documents that were of no use: the first hundred.
    #[must_use]
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    fn add_cluster(&mut self, bytes: &[u8]) -> bool {
        let Ok(cluster) = serde_json::from_slice::<Cluster>(bytes) else { return false };
        let known = matches!(
            cluster.kind.as_str(),
            "threat-actor"
                | "malpedia"
                | "groups"
                | "campaigns"
                | "country"
                | "sector"
                | "producer"
        );
        if known {
            let newer =
                self.clusters.get(&cluster.kind).is_none_or(|have| have.version <= cluster.version);
            if newer {
                self.clusters.insert(cluster.kind.clone(), cluster);
            }
        }
        known
    }

    fn add_stix(&mut self, bytes: &[u8]) -> bool {
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) else { return false };
        let objects = match value.get("type").and_then(serde_json::Value::as_str) {
            Some("bundle") => serde_json::from_value::<Document>(value).map(|d| d.objects),
            Some(_) => Ok(vec![value]),
            None => return false,
        };
        let mut used = false;
        for object in objects.unwrap_or_default() {
            let kind = object.get("type").and_then(serde_json::Value::as_str).unwrap_or_default();
            if !USED.contains(&kind) {
                self.counts.other_objects += 1;
                continue;
            }
            let Ok(object) = serde_json::from_value::<Object>(object) else {
                self.counts.unreadable_objects += 1;
                continue;
            };
            used = true;
            let newer =
                self.objects.get(&object.id).is_none_or(|have| have.modified <= object.modified);
            if newer {
                self.objects.insert(object.id.clone(), object);
            }
        }
        used
    }

    /// Joins everything.
    ///
    /// # Errors
    /// [`KnowledgeError::Empty`] when there is no intrusion set at all.
    pub fn finish(mut self) -> Result<(Knowledge, Counts), KnowledgeError> {
        let current: BTreeMap<&str, (&Object, String)> = self
            .objects
            .values()
            .filter(|object| object.is_current())
            .filter_map(|object| Some((object.id.as_str(), (object, object.attack_id()?))))
            .collect();
        let (mut uses, mut attributed) = (Edges::new(), Edges::new());
        let mut dates: BTreeMap<String, Option<PartialDate>> = BTreeMap::new();
        let mut dangling = 0;
        for object in self.objects.values().filter(|o| o.kind == "relationship" && o.is_current()) {
            let edges = match object.relationship_type.as_str() {
                "uses" => &mut uses,
                "attributed-to" => &mut attributed,
                _ => continue,
            };
            let ends = current
                .get(object.source_ref.as_str())
                .zip(current.get(object.target_ref.as_str()));
            let Some(((_, source), (_, target))) = ends else {
                dangling += 1;
                continue;
            };
            let citations = edges.entry((source.clone(), target.clone())).or_default();
            for (name, description) in object.citations() {
                citations.insert(name.to_owned());
                let date = dates.entry(name.to_owned()).or_default();
                *date = (*date).or_else(|| PartialDate::of_citation(name, description));
            }
        }
        self.counts.dangling_relations = dangling;
        let of_kind = |kinds: &'static [&'static str]| {
            let mut found: Vec<(&Object, &str)> = current
                .values()
                .filter(|(object, _)| kinds.contains(&object.kind.as_str()))
                .map(|(object, id)| (*object, id.as_str()))
                .collect();
            found.sort_by_key(|(_, id)| *id);
            found.dedup_by_key(|(_, id)| *id);
            found
        };
        let techniques = of_kind(&["attack-pattern"]);
        let software = of_kind(&["malware", "tool"]);
        let sets = of_kind(&["intrusion-set"]);
        if sets.is_empty() {
            return Err(KnowledgeError::Empty { documents: self.counts.documents });
        }
        let citations: Vec<Citation> =
            dates.into_iter().map(|(name, date)| Citation { name, date }).collect();
        let index = Index {
            techniques: positions(&techniques),
            software: positions(&software),
            sets: positions(&sets),
            citations: citations.iter().enumerate().map(|(at, c)| (c.name.as_str(), at)).collect(),
        };
        let families = self.malpedia();
        let software = software
            .iter()
            .map(|(object, id)| Software {
                id: (*id).to_owned(),
                name: object.name.clone(),
                aliases: software_aliases(object, &families),
                techniques: index.relations(&uses, id, &index.techniques),
            })
            .collect();
        let mut known_sets: Vec<IntrusionSet> = sets
            .iter()
            .map(|(object, id)| IntrusionSet {
                id: (*id).to_owned(),
                name: object.name.clone(),
                aliases: set_aliases(object),
                assessments: Vec::new(),
                techniques: index.relations(&uses, id, &index.techniques),
                software: index.relations(&uses, id, &index.software),
            })
            .collect();
        let mut campaigns: Vec<KnownCampaign> = of_kind(&["campaign"])
            .iter()
            .map(|(object, id)| KnownCampaign {
                id: (*id).to_owned(),
                name: object.name.clone(),
                first_seen: day(&object.first_seen),
                last_seen: day(&object.last_seen),
                sets: index.relations(&attributed, id, &index.sets),
                techniques: index.relations(&uses, id, &index.techniques),
                software: index.relations(&uses, id, &index.software),
            })
            .collect();
        self.add_tidal_campaigns(&mut campaigns);
        self.add_tidal_groups(&mut known_sets);
        let actors = self.add_actors(&mut known_sets);
        let techniques = techniques
            .iter()
            .map(|(object, id)| Technique { id: (*id).to_owned(), name: object.name.clone() })
            .collect();
        let knowledge = Knowledge {
            snapshot: self.snapshot(),
            replaced: self.replaced(),
            countries: self.countries(),
            sectors: self
                .values("sector")
                .map(|entry| entry.name())
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            techniques,
            software,
            sets: known_sets,
            campaigns,
            actors,
            citations,
            digest: String::new(),
        };
        Ok((knowledge.sealed(), self.counts))
    }

    fn values(&self, kind: &str) -> impl Iterator<Item = &Entry> {
        self.clusters.get(kind).into_iter().flat_map(|cluster| &cluster.values)
    }

    fn snapshot(&self) -> Snapshot {
        let modified = self.objects.values().map(|object| day(&object.modified)).max();
        let collection = self.objects.values().find(|o| o.kind == "x-mitre-collection");
        Snapshot {
            attack_modified: modified.unwrap_or_default(),
            attack_version: collection.map(|o| o.version.clone()).unwrap_or_default(),
            galaxies: self.clusters.values().map(|c| (c.kind.clone(), c.version)).collect(),
        }
    }

    /// `revoked-by` relations between objects that have an ATT&CK id.
    fn replaced(&self) -> BTreeMap<String, String> {
        let id = |reference: &str| self.objects.get(reference).and_then(Object::attack_id);
        self.objects
            .values()
            .filter(|object| object.relationship_type == "revoked-by")
            .filter_map(|object| Some((id(&object.source_ref)?, id(&object.target_ref)?)))
            .filter(|(old, new)| old != new)
            .collect()
    }

    fn countries(&self) -> Vec<Country> {
        let mut countries: Vec<Country> = self
            .values("country")
            .map(|entry| Country {
                code: entry.text("ISO"),
                name: entry.name(),
                capital: entry.text("Capital"),
            })
            .filter(|country| !country.code.is_empty())
            .collect();
        countries.sort();
        countries
    }

    /// Malpedia family names and synonyms, lower case, to all names of the family.
    fn malpedia(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut families: BTreeMap<String, Vec<BTreeSet<String>>> = BTreeMap::new();
        for entry in self.values("malpedia") {
            let mut names: BTreeSet<String> = entry.texts("synonyms").into_iter().collect();
            names.insert(entry.name());
            for name in &names {
                families.entry(name.to_lowercase()).or_default().push(names.clone());
            }
        }
        // A name that several families bear says nothing.
        families
            .into_iter()
            .filter_map(|(name, mut bearers)| {
                (bearers.len() == 1).then(|| bearers.pop()).flatten().map(|names| (name, names))
            })
            .collect()
    }

    fn add_tidal_campaigns(&self, campaigns: &mut Vec<KnownCampaign>) {
        for entry in self.values("campaigns") {
            let id = entry.text("campaign_attack_id").to_uppercase();
            if id.is_empty() || campaigns.iter().any(|campaign| campaign.id == id) {
                continue;
            }
            campaigns.push(KnownCampaign {
                id,
                name: entry.name(),
                first_seen: day(&entry.text("first_seen")),
                last_seen: day(&entry.text("last_seen")),
                ..KnownCampaign::default()
            });
        }
        campaigns.sort_by(|a, b| a.id.cmp(&b.id));
    }

    fn add_tidal_groups(&self, sets: &mut [IntrusionSet]) {
        for entry in self.values("groups") {
            let id = entry.text("group_attack_id").to_uppercase();
            let Some(set) = sets.iter_mut().find(|set| set.id == id) else { continue };
            set.assessments.extend(entry.texts("country").into_iter().map(|value| Assessment {
                by: TIDAL.to_owned(),
                kind: "country".to_owned(),
                value,
            }));
        }
    }

    /// Lays MISP's actors beside the one intrusion set each is; returns the others.
    fn add_actors(&self, sets: &mut [IntrusionSet]) -> Vec<OtherActor> {
        let producers: BTreeMap<String, String> =
            self.values("producer").map(|entry| (entry.uuid().to_owned(), entry.name())).collect();
        let mut by_name: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for set in sets.iter() {
            for name in std::iter::once(&set.name).chain(set.aliases.iter().map(|a| &a.name)) {
                by_name.entry(name.to_lowercase()).or_default().insert(set.id.clone());
            }
        }
        let replaced = self.replaced();
        let mut others = Vec::new();
        for entry in self.values("threat-actor") {
            let mut ids: BTreeSet<String> = entry
                .attack_ids()
                .into_iter()
                .map(|id| replaced.get(&id).cloned().unwrap_or(id))
                .filter(|id| is_attack_id(id))
                .collect();
            if ids.is_empty() {
                // Without a stated id only MISP's main name counts: synonyms are shared.
                ids = by_name.get(&entry.name().to_lowercase()).cloned().unwrap_or_default();
            }
            let aliases = entry.aliases(&producers);
            let assessments = entry.assessments(MISP);
            let one = (ids.len() == 1).then(|| ids.first()).flatten();
            match one.and_then(|id| sets.iter_mut().find(|set| set.id == *id)) {
                Some(set) => {
                    let misp_name = Alias { name: entry.name(), used_by: Vec::new() };
                    merge_aliases(set, std::iter::once(misp_name).chain(aliases));
                    set.assessments.extend(assessments);
                }
                None => others.push(OtherActor {
                    name: entry.name(),
                    aliases,
                    assessments,
                    attack_ids: ids.into_iter().collect(),
                }),
            }
        }
        for set in sets {
            set.assessments.sort();
            set.assessments.dedup();
        }
        others.sort_by(|a, b| a.name.cmp(&b.name));
        others
    }
}

struct Index<'a> {
    techniques: BTreeMap<&'a str, usize>,
    software: BTreeMap<&'a str, usize>,
    sets: BTreeMap<&'a str, usize>,
    citations: BTreeMap<&'a str, usize>,
}

impl Index<'_> {
    fn relations(
        &self,
        edges: &Edges,
        source: &str,
        targets: &BTreeMap<&str, usize>,
    ) -> Vec<Relation> {
        let from = (source.to_owned(), String::new());
        let mut relations: Vec<Relation> = edges
            .range(from..)
            .take_while(|((id, _), _)| id == source)
            .filter_map(|((_, target), citations)| {
                Some(Relation {
                    target: *targets.get(target.as_str())?,
                    citations: citations
                        .iter()
                        .filter_map(|name| self.citations.get(name.as_str()).copied())
                        .collect(),
                })
            })
            .collect();
        relations.sort_by_key(|relation| relation.target);
        relations
    }
}

fn positions<'a>(objects: &[(&Object, &'a str)]) -> BTreeMap<&'a str, usize> {
    objects.iter().enumerate().map(|(at, (_, id))| (*id, at)).collect()
}

fn day(time: &str) -> String {
    time.parse::<PartialDate>().map(|date| date.to_string()).unwrap_or_default()
}

fn set_aliases(object: &Object) -> Vec<Alias> {
    let sources = object.alias_sources();
    object
        .other_names()
        .into_iter()
        .map(|name| {
            let mut used_by = sources.get(name.as_str()).cloned().unwrap_or_default();
            used_by.sort();
            used_by.dedup();
            Alias { name, used_by }
        })
        .collect()
}

fn software_aliases(object: &Object, families: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut names: BTreeSet<String> = object.other_names().into_iter().collect();
    names.extend(families.get(&object.name.to_lowercase()).into_iter().flatten().cloned());
    names.remove(&object.name);
    names.into_iter().collect()
}

fn merge_aliases(set: &mut IntrusionSet, aliases: impl Iterator<Item = Alias>) {
    for alias in aliases.filter(|alias| alias.name.to_lowercase() != set.name.to_lowercase()) {
        let same = |have: &&mut Alias| have.name.to_lowercase() == alias.name.to_lowercase();
        match set.aliases.iter_mut().find(same) {
            Some(have) => {
                have.used_by.extend(alias.used_by);
                have.used_by.sort();
                have.used_by.dedup();
            }
            None => set.aliases.push(alias),
        }
    }
    set.aliases.sort_by(|a, b| a.name.cmp(&b.name));
}
