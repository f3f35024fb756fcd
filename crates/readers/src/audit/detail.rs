//! The text that an event keeps of its record.

use super::tree::{Map, Value};

use super::canonical;

/// The most bytes of [`Event::detail`](demarche_core::Event).
const DETAIL: usize = 256 << 10;

/// The event as canonical JSON. Over [`DETAIL`] bytes its largest members are replaced
/// by a note of their size, largest first, until it fits; the evidence has them whole.
pub(crate) fn detail(mut map: Map, doubts: &mut Vec<String>) -> String {
    let mut out = Vec::with_capacity(1024);
    canonical::object(&map, |_| true, &mut out);
    if out.len() > DETAIL {
        let mut sizes: Vec<_> = map
            .iter()
            .map(|(key, value)| {
                let mut bytes = Vec::new();
                canonical::write(value, &mut bytes);
                (bytes.len() + key.len(), key.clone())
            })
            .collect();
        sizes.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut left = out.len();
        let mut cut = Vec::new();
        for (size, key) in sizes {
            if left <= DETAIL {
                break;
            }
            map.remove(&key);
            left -= size;
            // An event of very many or very long keys loses them too.
            if key.len() <= 64 && cut.len() < 64 {
                let note = format!("{size} bytes, see the evidence");
                left += key.len() + note.len();
                map.insert(key.clone(), Value::String(note));
                cut.push(key);
            }
        }
        doubts.push(format!("event of more than 256 KiB: detail without {}", cut.join(", ")));
        out.clear();
        canonical::object(&map, |_| true, &mut out);
    }
    String::from_utf8(out).unwrap_or_default()
}
