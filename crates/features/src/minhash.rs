//! MinHash of a text's word 3-shingles (Broder 1997): how alike two lures are, whatever
//! the names, numbers and links in them.

/// Values of a sketch.
pub const HASHES: usize = 64;
/// Texts with fewer words have no sketch.
const FEWEST_WORDS: usize = 12;
/// Words that a sketch covers.
const MAX_WORDS: usize = 20_000;

/// A multiplier and an offset for each value; fixed for this version.
const SEEDS: [(u32, u32); HASHES] = seeds();

const fn seeds() -> [(u32, u32); HASHES] {
    let mut out = [(0, 0); HASHES];
    let mut state = 0x5eed_0f5e_7e1e_c7ed_u64;
    let mut at = 0;
    while at < HASHES {
        // splitmix64 (Steele, Lea, Flood 2014)
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        out[at] = ((z >> 32) as u32 | 1, z as u32);
        at += 1;
    }
    out
}

/// The lines that the sender wrote: without quoted lines, and nothing after `-- ` or the
/// header of a quoted original.
pub(crate) fn written(text: &str) -> Vec<&str> {
    text.lines()
        .take_while(|line| !ends_the_letter(line))
        .filter(|line| !line.trim_start().starts_with('>'))
        .collect()
}

/// `-- ` (RFC 3676, 4.3), also with its space lost, and what mailers put above an
/// original that they quote without `>`.
pub(crate) fn ends_the_letter(line: &str) -> bool {
    if !line.starts_with(['-', '_']) {
        return false;
    }
    let line = line.trim_end();
    line == "--"
        || line.starts_with("-----Original Message")
        || line.starts_with("-----Urspr")
        || line.starts_with("________________________________")
}

/// The sketch, and how many words it covers. Empty for fewer than 12 words.
pub(crate) fn minhash(lines: &[&str]) -> (Vec<u32>, u32) {
    let mut sketch = [u32::MAX; HASHES];
    let mut count = 0;
    let mut before = [0_u64; 2];
    'all: for line in lines {
        for word in line.split_whitespace() {
            for hash in hashes(word) {
                count += 1;
                if count >= 3 {
                    let mixed = mix(before[0].rotate_left(10) ^ before[1].rotate_left(5) ^ hash);
                    update(&mut sketch, mixed);
                }
                before = [before[1], hash];
                if count >= MAX_WORDS {
                    break 'all;
                }
            }
        }
    }
    let words = u32::try_from(count).unwrap_or(u32::MAX);
    if count < FEWEST_WORDS { (Vec::new(), words) } else { (sketch.to_vec(), words) }
}

/// Share of equal values of two sketches: an estimate of the Jaccard similarity of the
/// texts. 0 when one is empty.
#[must_use]
pub fn similarity(a: &[u32], b: &[u32]) -> f64 {
    if a.is_empty() || a.len() != b.len() {
        return 0.0;
    }
    let equal = a.iter().zip(b).filter(|(a, b)| a == b).count();
    equal as f64 / a.len() as f64
}

fn update(sketch: &mut [u32; HASHES], shingle: u32) {
    for (value, (multiplier, offset)) in sketch.iter_mut().zip(&SEEDS) {
        let mut hash = (shingle ^ offset).wrapping_mul(*multiplier);
        hash ^= hash >> 15;
        hash = hash.wrapping_mul(0x2c1b_3c6d);
        *value = (*value).min(hash);
    }
}

fn mix(hash: u64) -> u32 {
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    ((hash ^ (hash >> 29)) >> 16) as u32
}

/// Hashes of the words in a run without white space. URLs, addresses and numbers are one
/// word each, the same whatever they say.
fn hashes(run: &str) -> impl Iterator<Item = u64> {
    const URL: &str = "\u{1}url";
    const ADDRESS: &str = "\u{1}address";
    let folded = if run.contains("://") || run.starts_with("www.") {
        Some(URL)
    } else if run.contains('@') {
        Some(ADDRESS)
    } else {
        None
    };
    let words = folded.unwrap_or(run).split(|c: char| !c.is_alphanumeric() && c != '\u{1}');
    words.filter(|word| !word.is_empty()).map(hash_word)
}

/// FNV-1a over the lower-cased word; digits count as one and the same digit.
fn hash_word(word: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut step = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut digits = false;
    for c in word.chars() {
        if c.is_ascii_alphabetic() {
            digits = false;
            step(c.to_ascii_lowercase() as u8);
            continue;
        }
        if c.is_numeric() {
            if !digits {
                step(b'0');
            }
            digits = true;
            continue;
        }
        digits = false;
        if c.is_ascii() {
            step(c.to_ascii_lowercase() as u8);
        } else {
            for lower in c.to_lowercase() {
                u32::from(lower).to_le_bytes().into_iter().for_each(&mut step);
            }
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> (Vec<u32>, u32) {
        minhash(&written(text))
    }

    const TEXT: &str = "The committee will meet again on Thursday to discuss the report that was \
        published last week by the electoral commission and its findings on foreign influence";

    #[test]
    fn names_numbers_links_quotes_and_signatures_do_not_matter() {
        let a = format!("{TEXT} see https://a.org/1 or write to x@a.org in 2023");
        let b = format!(
            "{}  see http://b.org/zzz or write\nto yy@b.com in 19\n> quoted words here\n-- \nJane Doe",
            TEXT.to_uppercase()
        );
        assert_eq!(of(&a), of(&b));
    }

    #[test]
    fn short_texts_have_none_and_others_differ() {
        assert_eq!(of("only a few words here"), (Vec::new(), 5));
        let other = "Dear customer your parcel could not be delivered today please pay the small \
                     fee to receive it tomorrow in the morning at your door with our courier";
        assert!(similarity(&of(TEXT).0, &of(other).0) < 0.1);
        let near = TEXT.replace("Thursday", "Friday");
        let likeness = similarity(&of(TEXT).0, &of(&near).0);
        assert!((0.4..1.0).contains(&likeness), "{likeness}");
    }

    proptest! {
        #[test]
        fn estimates_the_jaccard_similarity(shared in 50_u32..200, own in 0_u32..200) {
            let text = |name: &str| {
                let common = (0..shared).map(|n| format!("common{}", letters(n)));
                let mine = (0..own).map(|n| format!("{name}{}", letters(n)));
                common.chain(mine).collect::<Vec<_>>().join(" ")
            };
            let estimate = similarity(&of(&text("a")).0, &of(&text("b")).0);
            let truth = f64::from(shared) / f64::from(shared + 2 * own);
            prop_assert!((estimate - truth).abs() < 0.3, "{} for {}", estimate, truth);
        }

        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            of(&text);
        }
    }

    fn letters(mut n: u32) -> String {
        let mut out = String::new();
        loop {
            out.push(char::from(b'a' + u8::try_from(n % 26).unwrap()));
            n /= 26;
            if n == 0 {
                return out;
            }
        }
    }
}
