//! Near-duplicate texts by MinHash (Broder, "On the resemblance and containment of
//! documents", 1997) and locality-sensitive hashing in bands.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Share of equal MinHash values: an estimate of the Jaccard resemblance, 0 where either
/// text was too short to have any.
#[allow(clippy::cast_precision_loss)] // 64 values
pub(super) fn similarity(a: &[u32], b: &[u32]) -> f64 {
    if a.is_empty() || a.len() != b.len() {
        return 0.0;
    }
    let equal = a.iter().zip(b).filter(|(x, y)| x == y).count();
    equal as f64 / a.len() as f64
}

/// A message's MinHash values, to be cut into bands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sketch<'a>(&'a [u32]);

impl<'a> Sketch<'a> {
    /// Over the values of a message; empty gives no bands.
    pub(super) fn new(values: &'a [u32]) -> Self {
        Self(values)
    }

    /// Bands of four: texts of resemblance 0.7 share one of 16 at 98%, 0.3 at 12%.
    pub(super) fn coarse(self) -> impl Iterator<Item = u64> + 'a {
        self.bands(4)
    }

    /// Bands of two: texts of resemblance 0.3 share one of 32 at 95%.
    pub(super) fn fine(self) -> impl Iterator<Item = u64> + 'a {
        self.bands(2)
    }

    fn bands(self, rows: usize) -> impl Iterator<Item = u64> + 'a {
        self.0.chunks_exact(rows).enumerate().map(|(place, band)| {
            let mut hasher = DefaultHasher::new();
            (place, band).hash(&mut hasher);
            hasher.finish()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resemblance_is_the_share_of_equal_values() {
        assert!((similarity(&[1, 2, 3, 4], &[1, 2, 9, 9]) - 0.5).abs() < 1e-9);
        assert!(similarity(&[], &[]).abs() < 1e-9);
        assert!(similarity(&[1], &[1, 2]).abs() < 1e-9);
    }

    #[test]
    fn equal_texts_share_every_band() {
        let values: Vec<u32> = (0..64).collect();
        let bands: Vec<u64> = Sketch::new(&values).coarse().collect();
        assert_eq!(bands.len(), 16);
        assert_eq!(bands, Sketch::new(&values).coarse().collect::<Vec<_>>());
    }
}
