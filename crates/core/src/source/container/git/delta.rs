//! Applying changes to an object (gitformat-pack(5), "Deltified representation").

use std::io;

use super::Budget;

/// The object that `changes` make of `base`.
///
/// # Errors
/// When they are not of this base, leave its bounds, or make more than `most` bytes.
pub(super) fn apply(
    base: &[u8],
    changes: &[u8],
    most: u64,
    budget: &mut Budget<'_>,
) -> io::Result<Vec<u8>> {
    let broken = |what: &str| io::Error::other(format!("its changes are damaged: {what}"));
    let mut at = 0;
    let of = size(changes, &mut at).ok_or_else(|| broken("no size"))?;
    let to = size(changes, &mut at).ok_or_else(|| broken("no size"))?;
    if of != base.len() as u64 {
        return Err(broken("they are of another object"));
    }
    if to > most {
        return Err(io::Error::other(format!("{to} bytes, over the bound of {most}: not read")));
    }
    let to = usize::try_from(to).map_err(io::Error::other)?;
    budget.take(to)?;
    let mut out = Vec::with_capacity(to);
    while let Some(&operation) = changes.get(at) {
        at += 1;
        let piece = if operation & 0x80 != 0 {
            let mut number = |bits: std::ops::Range<u32>| -> Option<usize> {
                let mut value = 0_usize;
                for (shift, bit) in bits.enumerate() {
                    if operation & (1 << bit) != 0 {
                        value |= usize::from(*changes.get(at)?) << (8 * shift);
                        at += 1;
                    }
                }
                Some(value)
            };
            let start = number(0..4).ok_or_else(|| broken("cut short"))?;
            let length = number(4..7).ok_or_else(|| broken("cut short"))?;
            let length = if length == 0 { 0x10000 } else { length };
            base.get(start..start.saturating_add(length))
                .ok_or_else(|| broken("a piece outside of the base"))?
        } else if operation != 0 {
            let start = at;
            at += usize::from(operation);
            changes.get(start..at).ok_or_else(|| broken("cut short"))?
        } else {
            return Err(broken("a reserved operation"));
        };
        if out.len() + piece.len() > to {
            return Err(broken("more bytes than stated"));
        }
        out.extend_from_slice(piece);
    }
    if out.len() != to {
        return Err(broken("fewer bytes than stated"));
    }
    Ok(out)
}

fn size(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..=56).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
