//! Tags and lengths (ITU-T X.690, section 8.1), bounded.

/// Elements inside one another at most.
const DEPTH: usize = 32;

/// A tag's class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Universal,
    Application,
    Context,
    Private,
}

/// A tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) class: Class,
    pub(super) number: u32,
}

/// What stands before an element's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) tag: Tag,
    pub(super) constructed: bool,
    /// Bytes of content; `None` where two zero bytes end it.
    pub(super) length: Option<u64>,
    /// Bytes of tag and length.
    pub(super) size: usize,
}

/// Why there is no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// More bytes are needed.
    Short,
    /// It is none.
    Bad,
}

/// The header at the beginning of `bytes`.
pub(super) fn header(bytes: &[u8]) -> Result<Header, Fault> {
    let byte = |at: usize| bytes.get(at).copied().ok_or(Fault::Short);
    let first = byte(0)?;
    let class = match first >> 6 {
        0 => Class::Universal,
        1 => Class::Application,
        2 => Class::Context,
        _ => Class::Private,
    };
    let constructed = first & 0x20 != 0;
    let mut at = 1;
    let mut number = u32::from(first & 0x1f);
    if number == 0x1f {
        number = 0;
        loop {
            let next = byte(at)?;
            at += 1;
            number = number << 7 | u32::from(next & 0x7f);
            if next & 0x80 == 0 {
                break;
            }
            // Three bytes hold every tag there is in these formats.
            if at > 3 {
                return Err(Fault::Bad);
            }
        }
    }
    let short = byte(at)?;
    at += 1;
    let length = match short {
        0x80 if constructed => None,
        0..=0x7f => Some(u64::from(short)),
        0x81..=0x88 => {
            let mut length = 0_u64;
            for _ in 0x80..short {
                length = length << 8 | u64::from(byte(at)?);
                at += 1;
            }
            Some(length)
        }
        _ => return Err(Fault::Bad),
    };
    Ok(Header { tag: Tag { class, number }, constructed, length, size: at })
}

/// Size of the whole element at the beginning of `bytes`, and where its content is.
pub(super) fn element(bytes: &[u8]) -> Result<(Header, usize, std::ops::Range<usize>), Fault> {
    sized(bytes, DEPTH)
}

fn sized(bytes: &[u8], depth: usize) -> Result<(Header, usize, std::ops::Range<usize>), Fault> {
    let header = header(bytes)?;
    if let Some(length) = header.length {
        let length = usize::try_from(length).map_err(|_| Fault::Bad)?;
        let end = header.size.checked_add(length).ok_or(Fault::Bad)?;
        if end > bytes.len() {
            return Err(Fault::Short);
        }
        return Ok((header, end, header.size..end));
    }
    let depth = depth.checked_sub(1).ok_or(Fault::Bad)?;
    let mut at = header.size;
    loop {
        let rest = &bytes[at..];
        match rest {
            [0, 0, ..] => return Ok((header, at + 2, header.size..at)),
            [] | [0] => return Err(Fault::Short),
            _ => at += sized(rest, depth)?.1,
        }
    }
}

/// The content of the first element under `path`, one tag a level.
pub(super) fn find<'b>(content: &'b [u8], path: &[Tag]) -> Option<&'b [u8]> {
    let Some((tag, below)) = path.split_first() else { return Some(content) };
    let mut rest = content;
    while !rest.is_empty() {
        let (header, size, range) = element(rest).ok()?;
        if header.tag == *tag
            && let Some(found) = find(&rest[range], below)
        {
            return Some(found);
        }
        rest = &rest[size..];
    }
    None
}

/// The content of the first element with `tag` at any depth.
pub(super) fn search(content: &[u8], tag: Tag) -> Option<&[u8]> {
    let mut open = vec![content];
    while let Some(mut rest) = open.pop() {
        while !rest.is_empty() {
            let Ok((header, size, range)) = element(rest) else { break };
            if header.tag == tag {
                return Some(&rest[range]);
            }
            if header.constructed && open.len() < DEPTH {
                open.push(&rest[range]);
            }
            rest = &rest[size..];
        }
    }
    None
}

/// A whole number of at most eight bytes.
pub(super) fn integer(content: &[u8]) -> Option<i64> {
    if content.is_empty() || content.len() > 8 {
        return None;
    }
    let sign = if content[0] & 0x80 == 0 { 0 } else { -1 };
    Some(content.iter().fold(sign, |value, byte| value << 8 | i64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        let is = |bytes: &[u8]| header(bytes).map(|h| (h.tag.number, h.length, h.size));
        assert_eq!(is(&[0x61, 0x80]), Ok((1, None, 2)));
        assert_eq!(is(&[0x5f, 0x83, 0x17, 0x02]), Ok((407, Some(2), 4)));
        assert_eq!(is(&[0x04, 0x82, 0x01, 0x00]), Ok((4, Some(256), 4)));
        assert_eq!(is(&[0x5f, 0x83]), Err(Fault::Short));
        assert_eq!(is(&[0x04, 0x80]), Err(Fault::Bad));
        assert_eq!(is(&[0x04, 0xff]), Err(Fault::Bad));
    }

    #[test]
    fn depth_is_bounded() {
        assert_eq!(element(&[0x30, 0x80].repeat(1000)).map(|e| e.1), Err(Fault::Bad));
        assert_eq!(element(&[0x30, 0x80, 0x04, 1, 7, 0, 0]).map(|e| (e.1, e.2)), Ok((7, 2..5)));
    }

    #[test]
    fn integers() {
        assert_eq!(integer(&[0xff]), Some(-1));
        assert_eq!(integer(&[1, 0]), Some(256));
        assert_eq!(integer(&[]), None);
    }
}
