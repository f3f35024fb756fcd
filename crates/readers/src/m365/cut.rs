//! Signs that an export was cut in silence.
//!
//! Purview's export ends at 50,000 rows; `Search-UnifiedAuditLog` gives pages of at
//! most 5,000 and 50,000 in a session, numbers results in `ResultIndex` of
//! `ResultCount`, and says `-1` of `0` when it timed out (learn.microsoft.com,
//! Search-UnifiedAuditLog).

/// What the rows of one export say about its completeness.
#[derive(Clone, Debug, Default)]
pub(super) struct Cut {
    /// `ResultIndex` and `ResultCount` of the row with the highest index.
    highest: Option<(i64, i64)>,
    most: i64,
    /// Rows that bear an index, and the count that all of them state, while they agree.
    numbered: i64,
    count: Option<i64>,
    counts_differ: bool,
    timed_out: bool,
}

const PAGE: i64 = 5_000;
const MOST: i64 = 50_000;

impl Cut {
    /// Takes in the texts of a row's `ResultIndex` and `ResultCount`, in any order of rows.
    pub(super) fn row(&mut self, index: &str, count: &str) {
        let (Ok(index), Ok(count)) = (index.parse::<i64>(), count.parse::<i64>()) else { return };
        self.timed_out |= index < 0;
        self.most = self.most.max(count);
        self.numbered += 1;
        self.counts_differ |= self.count.is_some_and(|known| known != count);
        self.count = Some(count);
        self.highest = self.highest.max(Some((index, count)));
    }

    /// Why the export, of so many rows, may not be whole.
    pub(super) fn signs(&self, rows: u64) -> Vec<String> {
        let mut signs = Vec::new();
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        if rows >= MOST && rows % MOST == 0 {
            signs.push(format!("export may be cut at 50,000 rows: it has exactly {rows}"));
        } else if self.most >= MOST {
            let most = self.most;
            signs.push(format!("export may be cut at 50,000 rows: its search found {most}"));
        }
        if let Some((index, count)) = self.highest
            && index > 0
            && index % PAGE == 0
            && rows % PAGE == 0
            && rows < MOST
        {
            signs.push(format!(
                "export may be cut: it ends with a full page of 5,000, at result {index} of {count}"
            ));
        }
        if self.highest.is_none() && rows > 0 && rows < MOST && rows % PAGE == 0 {
            signs.push(format!(
                "export may be cut: it has exactly {rows} records, as full pages of 5,000 have"
            ));
        }
        // Several searches in one file state several counts, and their numbers begin anew.
        if let Some(count) = self.count.filter(|_| !self.counts_differ && !self.timed_out)
            && self.numbered < count.min(MOST)
            && signs.is_empty()
        {
            signs.push(format!(
                "export may lack rows: {} of the {count} results of its search are there",
                self.numbered
            ));
        }
        if self.timed_out {
            signs.push("export may lack rows: the search timed out (ResultIndex -1)".into());
        }
        signs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_begin_as_announced(signs: &[String]) {
        for sign in signs {
            let anomaly = demarche_core::Anomaly {
                reason: sign.clone(),
                ..demarche_core::Anomaly::default()
            };
            assert!(anomaly.is_of_cut_export(), "{sign}");
        }
    }

    fn signs(rows: impl IntoIterator<Item = (i64, i64)>) -> usize {
        let (mut cut, mut number) = (Cut::default(), 0);
        for (index, count) in rows {
            cut.row(&index.to_string(), &count.to_string());
            number += 1;
        }
        let signs = cut.signs(number);
        all_begin_as_announced(&signs);
        signs.len()
    }

    #[test]
    fn full_exports_and_full_pages_are_signs() {
        assert_eq!(signs((1..=50_000).map(|n| (n, 50_000))), 1);
        assert_eq!(signs((1..=5_000).map(|n| (n, 5_000))), 1);
        assert_eq!(signs((1..=5_000).map(|n| (n, 7_200))), 1);
        assert_eq!(signs((1..=4_999).map(|n| (n, 4_999))), 0);
        assert_eq!(signs([(-1, 0)]), 1);
        assert_eq!(Cut::default().signs(50_000).len(), 1);
        assert_eq!(Cut::default().signs(5_000).len(), 1);
        assert_eq!(Cut::default().signs(4_999).len(), 0);
        assert_eq!(Cut::default().signs(0).len(), 0);
        // Numbers 4 and 5 are not there.
        assert_eq!(signs([(1, 6), (2, 6), (3, 6), (6, 6)]), 1);
        // Two searches in one file: not to be told.
        assert_eq!(signs([(1, 2), (2, 2), (1, 3), (2, 3)]), 0);
        assert_eq!(signs((1..=6).map(|n| (n, 6))), 0);
    }
}
