//! What may leave the house under a name: two people must have approved it.
//!
//! A named intrusion set and the whole state tier are withheld from every export until two
//! different people have signed for them (`demarche judge approve`). Exports ask
//! [`Approvals::allow`] or put an [`Approvals::veil`] over their rows; inside the house,
//! `show hypotheses` has the names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use demarche_core::{AchCell, Hypothesis, Judgement, NamedDesignation, Support};

use super::CaseError;
use super::decisions::{Decision, in_force, read};

/// The kind of decision that approves.
pub const APPROVAL: &str = "approval";
/// People needed.
const NEEDED: usize = 2;
/// What stands in the place of a name.
pub const WITHHELD: &str = "withheld: needs the approval of two people";
/// The name that needs no approval.
const UNKNOWN: &str = "unknown";

/// Something that leaves only with two signatures.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// An intrusion set by the name that hypotheses use.
    Set(String),
    /// All of the state tier.
    StateTier,
}

impl Named {
    /// The subject of its approvals among the decisions.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Set(name) => format!("operator/{name}"),
            Self::StateTier => "state".to_owned(),
        }
    }
}

/// Who approved what.
#[derive(Clone, Debug, Default)]
pub struct Approvals {
    by: BTreeMap<String, BTreeSet<String>>,
}

impl Approvals {
    /// The approvals in force of a case.
    ///
    /// # Errors
    /// What the decisions' file says.
    pub fn of(case: &Path) -> Result<Self, CaseError> {
        Ok(Self::among(&in_force(read(case)?)))
    }

    /// Those among decisions in force.
    #[must_use]
    pub fn among(decisions: &[Decision]) -> Self {
        let mut approvals = Self::default();
        for decision in decisions.iter().filter(|decision| decision.kind == APPROVAL) {
            // One person under two spellings is one person.
            let who = decision.decided_by.split_whitespace().collect::<Vec<_>>().join(" ");
            let names = approvals.by.entry(decision.subject.clone()).or_default();
            names.insert(who.to_lowercase());
        }
        approvals
    }

    /// Whether two people have approved it.
    #[must_use]
    pub fn allow(&self, what: &Named) -> bool {
        self.is_approved(&what.subject())
    }

    fn is_approved(&self, subject: &str) -> bool {
        self.by.get(subject).is_some_and(|people| people.len() >= NEEDED)
    }

    /// The names among these rows that lack approval, each with what stands in its place.
    #[must_use]
    pub fn veil(
        &self,
        rows: &[Hypothesis],
        cells: &[AchCell],
        judgements: &[Judgement],
    ) -> Veil<'_> {
        let rows = rows.iter().map(|row| (&row.tier, &row.name));
        let cells = cells.iter().map(|cell| (&cell.tier, &cell.hypothesis));
        let judged = judgements.iter().filter(|row| row.kind != APPROVAL);
        let judged = judged.map(|row| (&row.tier, &row.name));
        let mut names = BTreeMap::new();
        for (tier, name) in rows.chain(cells).chain(judged) {
            if !self.is_free_name(tier, name) && !names.contains_key(name) {
                names.insert(name.clone(), format!("{WITHHELD} ({})", names.len() + 1));
            }
        }
        Veil { approvals: self, names }
    }

    fn is_free_name(&self, tier: &str, name: &str) -> bool {
        match tier {
            _ if name == UNKNOWN || name.is_empty() => true,
            "operator" => self.allow(&Named::Set(name.to_owned())),
            "state" | "organisation" => self.allow(&Named::StateTier),
            _ => true,
        }
    }
}

/// Names that one export withholds. Each has a number, the same everywhere, so that rows,
/// matrix and judgements still fit together; probabilities, techniques and evidence stay.
#[derive(Debug)]
pub struct Veil<'a> {
    approvals: &'a Approvals,
    names: BTreeMap<String, String>,
}

impl Veil<'_> {
    /// Hypotheses without the names that are withheld.
    pub fn hypotheses(&self, rows: &mut [Hypothesis]) {
        for row in rows {
            let hidden = self.replace(&row.tier, &mut row.name);
            for name in &mut row.alternatives {
                if let Some(number) = self.names.get(name) {
                    name.clone_from(number);
                }
            }
            for part in row.supporting.iter_mut().chain(&mut row.contradicting) {
                if hidden || self.tells(&part.what) {
                    part.what = bare(part);
                }
            }
        }
    }

    /// The matrix without them; an item whose key tells a name has a number, too.
    pub fn cells(&self, cells: &mut [AchCell]) {
        let mut items: BTreeMap<String, String> = BTreeMap::new();
        for cell in cells {
            self.replace(&cell.tier, &mut cell.hypothesis);
            if self.tells(&cell.item) {
                let number = items.len() + 1;
                let item = items.entry(cell.item.clone());
                let item = item.or_insert_with(|| format!("{WITHHELD} (item {number})"));
                cell.item.clone_from(item);
            }
            self.silence(&mut cell.what);
        }
    }

    /// People's judgements without them. An approval tells its name once it is one of two.
    pub fn judgements(&self, rows: &mut [Judgement]) {
        for row in rows {
            if row.kind == APPROVAL {
                if !self.approvals.is_approved(&row.name) {
                    WITHHELD.clone_into(&mut row.name);
                }
            } else {
                self.replace(&row.tier, &mut row.name);
                self.silence(&mut row.why);
            }
        }
    }

    /// Designations without them: a list's own names are public, which of them is like a
    /// name of ours is not.
    pub fn designations(&self, rows: &mut [NamedDesignation]) {
        for found in rows.iter_mut().flat_map(|row| &mut row.matched) {
            if found.kind != "claim" && self.tells(&found.name) {
                WITHHELD.clone_into(&mut found.name);
                WITHHELD.clone_into(&mut found.id);
                WITHHELD.clone_into(&mut found.listed_as);
            }
        }
    }

    /// Puts the number in the place of a name that is withheld; whether it was one.
    fn replace(&self, tier: &str, name: &mut String) -> bool {
        match self.names.get(name).filter(|_| !self.approvals.is_free_name(tier, name)) {
            Some(number) => {
                name.clone_from(number);
                true
            }
            None => false,
        }
    }

    fn tells(&self, text: &str) -> bool {
        self.names.keys().any(|name| text.contains(name.as_str()))
    }

    fn silence(&self, text: &mut String) {
        if self.tells(text) {
            WITHHELD.clone_into(text);
        }
    }
}

/// A part without names: others' reports tell whom they are about.
fn bare(part: &Support) -> String {
    if part.techniques.is_empty() {
        "a part that names what is withheld".to_owned()
    } else {
        format!(
            "{}: compared with what is reported of a name that is withheld",
            part.techniques.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use demarche_core::UtcMicros;

    fn approval(by: &str, what: &Named) -> Decision {
        Decision {
            number: 1,
            decided_at: UtcMicros::default(),
            decided_by: by.to_owned(),
            kind: APPROVAL.to_owned(),
            subject: what.subject(),
            detail: serde_json::Value::Null,
            hash: String::new(),
        }
    }

    fn row(tier: &str, name: &str) -> Hypothesis {
        Hypothesis {
            tier: tier.to_owned(),
            name: name.to_owned(),
            supporting: vec![Support {
                what: format!("T1: reported of {name}"),
                techniques: vec!["T1".to_owned()],
                ..Support::default()
            }],
            ..Hypothesis::default()
        }
    }

    #[test]
    fn a_name_leaves_with_two_signatures_of_two_people() {
        let set = Named::Set("ALPHA".to_owned());
        let rows = [row("operator", "ALPHA"), row("operator", "unknown"), row("state", "XX")];
        let names = |decisions: &[Decision]| {
            let mut rows = rows.to_vec();
            Approvals::among(decisions).veil(&rows, &[], &[]).hypotheses(&mut rows);
            rows.iter()
                .map(|row| (row.name.clone(), row.supporting[0].what.clone()))
                .collect::<Vec<_>>()
        };
        let one = names(&[approval("Ada", &set), approval(" ada", &set)]);
        assert_eq!(one[0].0, format!("{WITHHELD} (1)"));
        assert!(!one[0].1.contains("ALPHA") && one[0].1.contains("T1"));
        assert_eq!(one[1].0, "unknown");
        assert_eq!(one[2].0, format!("{WITHHELD} (2)"));
        let two = names(&[approval("Ada", &set), approval("Bo", &set)]);
        assert_eq!(two[0].0, "ALPHA");
        assert_eq!(two[2].0, format!("{WITHHELD} (1)"));
        let state = [approval("Ada", &Named::StateTier), approval("Bo", &Named::StateTier)];
        assert_eq!(names(&state)[2].0, "XX");
    }
    #[test]
    fn a_withheld_name_has_one_number_everywhere() {
        let rows = [row("operator", "ALPHA"), row("operator", "BETA")];
        let cell = |hypothesis: &str, what: &str| AchCell {
            tier: "operator".to_owned(),
            hypothesis: hypothesis.to_owned(),
            what: what.to_owned(),
            ..AchCell::default()
        };
        let judged = |kind: &str, name: &str, why: &str| Judgement {
            kind: kind.to_owned(),
            tier: "operator".to_owned(),
            name: name.to_owned(),
            why: why.to_owned(),
            ..Judgement::default()
        };
        let mut cells = [cell("BETA", "like BETA"), cell("GAMMA", "plain")];
        let mut judgements = [
            judged("probability", "BETA", "not like ALPHA"),
            judged("probability", "unknown", "plain"),
            judged(APPROVAL, "operator/BETA", ""),
        ];
        let approvals = Approvals::default();
        let veil = approvals.veil(&rows, &cells, &judgements);
        veil.cells(&mut cells);
        veil.judgements(&mut judgements);
        let two = format!("{WITHHELD} (2)");
        assert_eq!((&cells[0].hypothesis, cells[0].what.as_str()), (&two, WITHHELD));
        assert_eq!(cells[1].hypothesis, format!("{WITHHELD} (3)"));
        assert_eq!(cells[1].what, "plain");
        assert_eq!((&judgements[0].name, judgements[0].why.as_str()), (&two, WITHHELD));
        assert_eq!((judgements[1].name.as_str(), judgements[1].why.as_str()), ("unknown", "plain"));
        assert_eq!(judgements[2].name, WITHHELD);
    }
}
