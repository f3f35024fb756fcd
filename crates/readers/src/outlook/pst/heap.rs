//! The middle layer of a PST ([MS-PST] 2.3): a heap on a node, and in it the two things
//! that mail needs: a property context (one object) and a table context (many).

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use super::file::{Fault, Node, Store, little};
use crate::outlook::mapi::{Properties, Value, kind};

/// Bytes of a heap.
const MAX_HEAP: usize = 16 << 20;
/// Bytes of the values of an object, or of a table and all its rows.
const MAX_VALUES: usize = 64 << 20;
/// Rows of a table, records of a tree.
const MAX_ROWS: usize = 100_000;

/// A node's data and subnodes, taken apart as a heap.
pub(super) struct Heap {
    blocks: Vec<Vec<u8>>,
    subnodes: BTreeMap<u32, Node>,
    kind: u8,
    root: u32,
    /// What of it could not be read.
    pub(super) faults: Vec<Fault>,
}

impl Heap {
    /// Reads a node; its subnodes may fail without it.
    pub(super) fn read<F: Read + Seek>(store: &mut Store<F>, node: &Node) -> Result<Self, Fault> {
        let blocks = store.data(node.data, MAX_HEAP)?;
        let first = blocks.first().map(Vec::as_slice).unwrap_or_default();
        if first.get(2) != Some(&0xec) || first.len() < 12 {
            return Err("its data are no heap".to_owned());
        }
        let (kind, root) = (first[3], word(&first[4..8]));
        let mut faults = Vec::new();
        let subnodes = store.subnodes(node.subnodes).unwrap_or_else(|fault| {
            faults.push(format!("subnodes: {fault}"));
            BTreeMap::new()
        });
        Ok(Self { blocks, subnodes, kind, root, faults })
    }

    /// A subnode.
    pub(super) fn subnode(&self, id: u32) -> Option<Node> {
        self.subnodes.get(&id).copied()
    }

    /// Subnodes of a type, by id.
    pub(super) fn subnodes_of(&self, kind: u32) -> Vec<Node> {
        self.subnodes.values().filter(|node| node.id & 0x1f == kind).copied().collect()
    }

    /// An item of the heap (MS-PST 2.3.1.1).
    fn item(&self, id: u32) -> Option<&[u8]> {
        let index = usize::try_from(id >> 5 & 0x7ff).ok()?.checked_sub(1)?;
        let block = self.blocks.get(usize::try_from(id >> 16).ok()?)?;
        let map = usize::try_from(little(block.get(..2)?)?).ok()?;
        let count = usize::try_from(little(block.get(map..map + 2)?)?).ok()?;
        let offset = |n: usize| {
            let at = map + 4 + 2 * n;
            usize::try_from(little(block.get(at..at + 2)?)?).ok()
        };
        if id & 0x1f != 0 || index >= count {
            return None;
        }
        block.get(offset(index)?..offset(index + 1)?)
    }

    /// Bytes that stand in the heap or in a subnode.
    fn bytes<F: Read + Seek>(
        &self,
        store: &mut Store<F>,
        id: u32,
        left: &mut usize,
    ) -> Result<Vec<u8>, Fault> {
        if id == 0 {
            return Ok(Vec::new());
        }
        let bytes = if id & 0x1f == 0 {
            self.item(id).map(<[u8]>::to_vec).ok_or_else(|| format!("no item {id:x}"))?
        } else {
            let node = self.subnode(id).ok_or_else(|| format!("no subnode {id:x}"))?;
            store.data(node.data, *left)?.concat()
        };
        *left = left.checked_sub(bytes.len()).ok_or("longer than the bound")?;
        Ok(bytes)
    }

    /// Records of a B-tree on the heap (MS-PST 2.3.2), each with its key first.
    fn records(&self, header: u32) -> Option<Vec<&[u8]>> {
        let head = self.item(header)?;
        let &[0xb5, key, entry, levels, a, b, c, d] = head.get(..8)? else { return None };
        let (key, entry) = (usize::from(key), usize::from(entry));
        let mut ids = vec![u32::from_le_bytes([a, b, c, d])];
        if key == 0 || levels > 8 {
            return None;
        }
        for _ in 0..levels {
            let mut below = Vec::new();
            for item in ids.iter().filter_map(|id| self.item(*id)) {
                below.extend(item.chunks_exact(key + 4).map(|entry| word(&entry[key..])));
                if below.len() > MAX_ROWS {
                    return None;
                }
            }
            ids = below;
        }
        let items = ids.iter().filter(|id| **id != 0).filter_map(|id| self.item(*id));
        Some(items.flat_map(|item| item.chunks_exact(key + entry)).take(MAX_ROWS).collect())
    }

    /// The one object of a property context (MS-PST 2.3.3), as far as `wanted`.
    pub(super) fn properties<F: Read + Seek>(
        &mut self,
        store: &mut Store<F>,
        page: Option<i64>,
        wanted: &dyn Fn(u16) -> bool,
    ) -> Result<Properties, Fault> {
        let records = match self.kind {
            0xbc => self.records(self.root),
            _ => None,
        };
        let records = records.ok_or("no property context")?;
        let mut out = Properties::of_page(page);
        let mut faults = Vec::new();
        let mut left = MAX_VALUES;
        for record in records {
            let &[a, b, c, d, v0, v1, v2, v3] = record else { continue };
            let (id, kind) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
            if !wanted(id) {
                continue;
            }
            match self.value(store, kind, &[v0, v1, v2, v3], &mut left) {
                Ok(Some(value)) => out.put(id, value),
                Ok(None) => {}
                Err(fault) => faults.push(format!("property {id:04x}: {fault}")),
            }
        }
        self.faults.append(&mut faults);
        Ok(out)
    }

    /// A value from the bytes in its place: itself, or where it is.
    fn value<F: Read + Seek>(
        &self,
        store: &mut Store<F>,
        kind: u16,
        place: &[u8],
        left: &mut usize,
    ) -> Result<Option<Value>, Fault> {
        Ok(match kind {
            kind::I16 | kind::I32 | kind::BOOL => Value::parse(kind, place),
            kind::I64 | kind::TIME if place.len() >= 8 => Value::parse(kind, place),
            kind::I64
            | kind::TIME
            | kind::STRING8
            | kind::UNICODE
            | kind::BINARY
            | kind::OBJECT
                if place.len() >= 4 =>
            {
                Value::parse(kind, &self.bytes(store, word(place), left)?)
            }
            _ => None,
        })
    }

    /// The objects of a table context (MS-PST 2.3.4), as far as `wanted`.
    pub(super) fn rows<F: Read + Seek>(
        &mut self,
        store: &mut Store<F>,
        page: Option<i64>,
        wanted: &dyn Fn(u16) -> bool,
    ) -> Result<Vec<Properties>, Fault> {
        let info = self.item(self.root).filter(|_| self.kind == 0x7c).ok_or("no table context")?;
        let info = info.to_vec();
        if info.first() != Some(&0x7c) || info.len() < 22 {
            return Err("a table context broken off".to_owned());
        }
        let half = |at: usize| usize::from(u16::from_le_bytes([info[at], info[at + 1]]));
        let (bitmap, size) = (half(6), half(8));
        let rows = word(&info[14..18]);
        if size < 8 || bitmap > size {
            return Err("a table of impossible rows".to_owned());
        }
        let mut left = MAX_VALUES;
        let blocks = match rows {
            0 => Vec::new(),
            id if id & 0x1f == 0 => vec![self.bytes(store, id, &mut left)?],
            id => {
                let node = self.subnode(id).ok_or_else(|| format!("no subnode {id:x}"))?;
                store.data(node.data, MAX_VALUES)?
            }
        };
        let columns: Vec<&[u8]> = info[22..].chunks_exact(8).take(usize::from(info[1])).collect();
        let mut out = Vec::new();
        let mut faults = Vec::new();
        // A row does not go over the end of a block.
        for row in blocks.iter().flat_map(|block| block.chunks_exact(size)) {
            if out.len() >= MAX_ROWS {
                faults.push(format!("more than {MAX_ROWS} rows: the rest is not read"));
                break;
            }
            let mut object = Properties::of_page(page);
            for column in &columns {
                let &[a, b, c, d, at_low, at_high, length, bit] = *column else { continue };
                let (kind, id) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
                let at = usize::from(u16::from_le_bytes([at_low, at_high]));
                let exists = row.get(bitmap + usize::from(bit / 8));
                let exists = exists.is_some_and(|byte| byte << (bit % 8) & 0x80 != 0);
                let Some(place) = row.get(at..at + usize::from(length)) else { continue };
                if !exists || !wanted(id) {
                    continue;
                }
                match self.value(store, kind, place, &mut left) {
                    Ok(Some(value)) => object.put(id, value),
                    Ok(None) => {}
                    Err(fault) => faults.push(format!("column {id:04x}: {fault}")),
                }
            }
            out.push(object);
        }
        self.faults.append(&mut faults);
        Ok(out)
    }
}

fn word(bytes: &[u8]) -> u32 {
    bytes.get(..4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}
