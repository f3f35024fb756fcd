//! Seeded randomness.
//!
//! Every part of a world draws from its own stream, keyed by the seed and a
//! label. A control world therefore equals the attacked one message for
//! message: leaving the attack out moves no other part's draws.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A labelled stream of random draws.
pub struct Dice {
    rng: ChaCha8Rng,
}

/// A stable 64-bit key of a label and numbers.
#[must_use]
pub fn key(seed: u64, label: &str, parts: &[u64]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(label.as_bytes());
    for part in parts {
        hasher.update(&part.to_le_bytes());
    }
    let mut out = [0u8; 8];
    out.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(out)
}

impl Dice {
    /// The stream of `label` in the world of `seed`.
    #[must_use]
    pub fn new(seed: u64, label: &str) -> Self {
        Self::keyed(key(seed, label, &[]))
    }

    /// The stream of a key made by [`key`].
    #[must_use]
    pub fn keyed(key: u64) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(key) }
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// A number below `n`; 0 where `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 {
            return 0;
        }
        ((u128::from(self.draw()) * n as u128) >> 64) as usize
    }

    /// A number in `low..=high`.
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        let span = usize::try_from((high - low).max(0) + 1).unwrap_or(1);
        low + self.below(span) as i64
    }

    /// A number in `0.0..1.0`.
    pub fn unit(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// A draw from the exponential distribution.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// A count with the given mean: its whole part, and one more with the
    /// probability of the rest.
    pub fn count(&mut self, mean: f64) -> usize {
        mean.max(0.0) as usize + usize::from(self.chance(mean.fract()))
    }

    /// One of `items`, which must not be empty.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// One of `items`, which must not be empty.
    pub fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// An index drawn by weight.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let total: f64 = weights.iter().sum();
        let mut at = self.unit() * total;
        for (index, weight) in weights.iter().enumerate() {
            if at < *weight {
                return index;
            }
            at -= weight;
        }
        weights.len().saturating_sub(1)
    }

    /// `items` in random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }

    /// Up to `n` different ones of `items`, in random order.
    pub fn sample<T: Clone>(&mut self, items: &[T], n: usize) -> Vec<T> {
        let mut order: Vec<usize> = (0..items.len()).collect();
        self.shuffle(&mut order);
        order.truncate(n);
        order.into_iter().map(|i| items[i].clone()).collect()
    }

    /// `n` characters of `alphabet` (ASCII).
    pub fn word(&mut self, alphabet: &str, n: usize) -> String {
        let letters = alphabet.as_bytes();
        (0..n).map(|_| char::from(letters[self.below(letters.len())])).collect()
    }

    /// `n` lower-case hexadecimal digits.
    pub fn hex(&mut self, n: usize) -> String {
        self.word("0123456789abcdef", n)
    }

    /// `n` characters of the URL-safe base64 alphabet.
    pub fn base64(&mut self, n: usize) -> String {
        self.word("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", n)
    }

    /// `n` decimal digits, the first not 0.
    pub fn digits(&mut self, n: usize) -> String {
        let mut out = self.word("123456789", 1);
        out.push_str(&self.word("0123456789", n.saturating_sub(1)));
        out
    }

    /// A random UUID of version 4, lower case.
    pub fn uuid(&mut self) -> String {
        let variant = self.word("89ab", 1);
        format!(
            "{}-{}-4{}-{variant}{}-{}",
            self.hex(8),
            self.hex(4),
            self.hex(3),
            self.hex(3),
            self.hex(12)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_stable_and_apart() {
        let first: Vec<u64> = (0..4).map(|_| Dice::new(1, "a").draw()).collect();
        assert!(first.windows(2).all(|w| w[0] == w[1]));
        assert_ne!(Dice::new(1, "a").draw(), Dice::new(1, "b").draw());
        assert_ne!(Dice::new(1, "a").draw(), Dice::new(2, "a").draw());
    }

    #[test]
    fn ranges_hold() {
        let mut dice = Dice::new(7, "r");
        for _ in 0..1000 {
            assert!((3..=5).contains(&dice.range(3, 5)));
            assert!(dice.below(4) < 4);
        }
        assert_eq!(dice.uuid().len(), 36);
    }
}
