//! Record ids count up by one for as long as a log lives: what is missing between them
//! was left out of an export, overwritten, or removed.

/// Runs of ids that are held at most; a log with more holes is a filtered export.
const RUNS: usize = 100_000;

/// The ids of a file, as runs of ids that follow one another.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    runs: Vec<(u64, u64)>,
    more: bool,
}

impl Sequence {
    /// Takes in an id; a log that goes round begins again somewhere in the file.
    pub(super) fn add(&mut self, id: u64) {
        let room = self.runs.len() < RUNS;
        match self.runs.last_mut() {
            Some((_, last)) if *last < id && id - *last == 1 => *last = id,
            _ if room => self.runs.push((id, id)),
            _ => self.more = true,
        }
    }

    /// What is missing, in words.
    pub(super) fn sign(mut self) -> Option<String> {
        self.runs.sort_unstable();
        let (first, mut reached) = *self.runs.first()?;
        let (mut missing, mut holes) = (0_u64, 0_u64);
        for (from, to) in &self.runs {
            let hole = from.saturating_sub(reached.saturating_add(1));
            missing = missing.saturating_add(hole);
            holes += u64::from(hole > 0);
            reached = reached.max(*to);
        }
        let more = if self.more { "more than " } else { "" };
        (missing > 0).then(|| {
            format!(
                "record ids from {first} to {reached}: {more}{missing} are missing in {holes} \
                 gaps (a filtered export, damaged chunks, or records removed)"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(ids: impl IntoIterator<Item = u64>) -> Option<String> {
        let mut sequence = Sequence::default();
        ids.into_iter().for_each(|id| sequence.add(id));
        sequence.sign()
    }

    #[test]
    fn gaps_are_told_and_a_round_is_none() {
        assert_eq!(sign([]), None);
        assert_eq!(sign(5..=900), None);
        assert_eq!(sign((500..=900).chain(100..=499)), None);
        assert_eq!(sign([7, 7, 8]), None);
        let told = sign((1..=10).chain(14..=20).chain([u64::MAX])).unwrap();
        assert!(told.contains("in 2 gaps"), "{told}");
        assert!(sign((0..1_000_000).map(|n| n * 2)).unwrap().contains("more than"));
    }
}
