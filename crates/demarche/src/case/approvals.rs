//! What may leave the house under a name: two people must have approved it.
//!
//! A named intrusion set and the whole state tier are withheld from every export until two
//! different people have signed for them (`demarche judge approve`). Exports ask
//! [`Approvals::allow`] or call [`Approvals::withhold`] on their rows; inside the house,
//! `show hypotheses` has the names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use demarche_core::{AchCell, Hypothesis, Judgement, Support};

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
        self.by.get(&what.subject()).is_some_and(|people| people.len() >= NEEDED)
    }

    /// Takes every name that lacks approval out of rows that are to leave the house:
    /// probabilities, techniques and evidence stay.
    pub fn withhold(&self, rows: &mut [Hypothesis]) {
        let names: BTreeSet<String> =
            rows.iter().filter(|row| !self.is_free(row)).map(|row| row.name.clone()).collect();
        if names.is_empty() {
            return;
        }
        let mut hidden = 0_u32;
        for row in rows.iter_mut() {
            let hide = !self.is_free(row);
            for name in &mut row.alternatives {
                if names.contains(name) {
                    WITHHELD.clone_into(name);
                }
            }
            row.alternatives.dedup();
            let parts = row.supporting.iter_mut().chain(&mut row.contradicting);
            for part in parts {
                if hide || names.iter().any(|name| part.what.contains(name.as_str())) {
                    part.what = bare(part);
                }
            }
            if hide {
                // Numbered: each row stays a record of its own, whatever its name was.
                hidden += 1;
                row.name = format!("{WITHHELD} ({hidden})");
            }
        }
    }

    /// The same for the matrix: rows of a name that is withheld, and words that hold one.
    pub fn withhold_cells(&self, cells: &mut [AchCell]) {
        let names: BTreeSet<String> = cells
            .iter()
            .filter(|cell| !self.is_free_name(&cell.tier, &cell.hypothesis))
            .map(|cell| cell.hypothesis.clone())
            .collect();
        for cell in cells.iter_mut() {
            if !self.is_free_name(&cell.tier, &cell.hypothesis) {
                WITHHELD.clone_into(&mut cell.hypothesis);
            }
            for text in [&mut cell.item, &mut cell.what] {
                if names.iter().any(|name| text.contains(name.as_str())) {
                    WITHHELD.clone_into(text);
                }
            }
        }
    }

    /// The same for judgements.
    #[must_use]
    pub fn withhold_judgements(&self, mut rows: Vec<Judgement>) -> Vec<Judgement> {
        for row in &mut rows {
            if row.kind == APPROVAL || !self.is_free_name(&row.tier, &row.name) {
                WITHHELD.clone_into(&mut row.name);
                WITHHELD.clone_into(&mut row.why);
            }
        }
        rows
    }

    fn is_free(&self, row: &Hypothesis) -> bool {
        self.is_free_name(&row.tier, &row.name)
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
            Approvals::among(decisions).withhold(&mut rows);
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
}
