//! The lower layer of a PST ([MS-PST] 2.2): header, the two B-trees, blocks.
//!
//! Both trees are read whole, without checksums being asked: what a damaged store still
//! says is wanted. Pages are visited once, so that no cycle and no page named twice costs
//! more than the file is long.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Seek, SeekFrom};

use super::crypt::Crypt;

/// Entries of either tree: 24 bytes each in memory.
const MAX_ENTRIES: usize = 8_000_000;
/// Pages of either tree.
const MAX_PAGES: usize = 2_000_000;
/// Subnodes of one node.
const MAX_SUBNODES: usize = 200_000;
/// Longest block (MS-PST 2.2.2.8).
const MAX_BLOCK: u16 = 8192;
const PAGE: usize = 512;

/// A node: a thing with data and subnodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node {
    pub(super) id: u32,
    pub(super) parent: u32,
    /// Block of its data; 0 for none.
    pub(super) data: u64,
    /// Block of its subnodes; 0 for none.
    pub(super) subnodes: u64,
}

/// Where a block stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Block {
    id: u64,
    offset: u64,
    length: u16,
}

/// Why a part of a store could not be read.
pub(super) type Fault = String;

/// An open store.
pub(super) struct Store<F> {
    file: F,
    /// Unicode: ids and offsets of 64 bits.
    wide: bool,
    crypt: Crypt,
    /// Sorted by id.
    pub(super) nodes: Vec<Node>,
    blocks: Vec<Block>,
    /// What of the trees could not be read.
    pub(super) faults: Vec<Fault>,
    /// Bytes of blocks that may still be read: a store may name one block many times.
    left: u64,
}

/// What the header says, before anything else is read.
pub(super) struct Header {
    pub(super) wide: bool,
    /// An OST, Outlook's copy of a mailbox on a server.
    pub(super) offline: bool,
    crypt: Crypt,
    nodes: u64,
    blocks: u64,
}

impl Header {
    /// Reads the first 514 bytes.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let number =
            |at: usize, length: usize| -> Option<u64> { little(bytes.get(at..at + length)?) };
        let short = || "pst header broken off".to_owned();
        let offline = bytes.get(8..10) == Some(b"SO");
        let wide = match number(10, 2).ok_or_else(short)? {
            14 | 15 => false,
            20..=23 => true,
            version => {
                let hint = match offline || version >= 36 {
                    true => {
                        "an OST of Outlook 2013 or later, in pages of 4 KiB: not read; export the \
                             mailbox as PST from Outlook or eDiscovery"
                    }
                    false => "a PST of an unknown version: not read",
                };
                return Err(format!("{hint} (version {version})"));
            }
        };
        let (crypt, nodes, blocks) = if wide { (513, 224, 240) } else { (461, 188, 196) };
        let width = if wide { 8 } else { 4 };
        let method = *bytes.get(crypt).ok_or_else(short)?;
        Ok(Self {
            wide,
            offline,
            crypt: Crypt::of(method)
                .ok_or_else(|| format!("pst encrypted by an unknown method ({method})"))?,
            nodes: number(nodes, width).ok_or_else(short)?,
            blocks: number(blocks, width).ok_or_else(short)?,
        })
    }
}

/// Little-endian number of up to eight bytes.
pub(super) fn little(bytes: &[u8]) -> Option<u64> {
    let mut all = [0; 8];
    all.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(u64::from_le_bytes(all))
}

fn node_id(number: u64) -> u32 {
    u32::try_from(number & 0xffff_ffff).unwrap_or(u32::MAX)
}

impl<F: Read + Seek> Store<F> {
    /// Reads both trees.
    pub(super) fn open(mut file: F, header: &Header) -> Self {
        let length = file.seek(SeekFrom::End(0)).unwrap_or(0);
        let mut store = Self {
            file,
            wide: header.wide,
            crypt: header.crypt,
            nodes: Vec::new(),
            blocks: Vec::new(),
            faults: Vec::new(),
            left: length.saturating_mul(4).saturating_add(64 << 20),
        };
        let width = store.width();
        let mut blocks = Vec::new();
        store.tree(header.blocks, 0x80, &mut |entry| {
            let id = little(&entry[..width])? & !1;
            let offset = little(&entry[width..2 * width])?;
            let length = little(&entry[2 * width..2 * width + 2])?.try_into().ok()?;
            blocks.push(Block { id, offset, length });
            Some(blocks.len())
        });
        let mut nodes = Vec::new();
        store.tree(header.nodes, 0x81, &mut |entry| {
            let at = |n: usize| little(&entry[n * width..(n + 1) * width]);
            let parent = node_id(little(&entry[3 * width..3 * width + 4])?);
            nodes.push(Node { id: node_id(at(0)?), parent, data: at(1)?, subnodes: at(2)? });
            Some(nodes.len())
        });
        blocks.sort_unstable();
        nodes.sort_unstable();
        nodes.dedup_by_key(|node| node.id);
        store.blocks = blocks;
        store.nodes = nodes;
        store
    }

    fn width(&self) -> usize {
        if self.wide { 8 } else { 4 }
    }

    /// Calls `leaf` with each entry of a tree's leaves until it says that there are too many.
    fn tree(&mut self, root: u64, kind: u8, leaf: &mut dyn FnMut(&[u8]) -> Option<usize>) {
        let width = self.width();
        // Key, block, offset; or the leaf's own size.
        let sizes = match kind {
            0x80 => 3 * width,
            _ => 4 * width,
        };
        let (meta, end) = if self.wide { (488, 488) } else { (496, 496) };
        let mut seen = BTreeSet::new();
        let mut stack = vec![(root, u8::MAX)];
        while let Some((offset, above)) = stack.pop() {
            if !seen.insert(offset) {
                continue;
            }
            if seen.len() > MAX_PAGES {
                self.faults.push(format!("over {MAX_PAGES} tree pages: the rest is not read"));
                return;
            }
            let mut page = [0; PAGE];
            if let Err(error) = self.read_at(offset, &mut page) {
                self.faults.push(format!("tree page at byte {offset}: {error}"));
                continue;
            }
            let (count, size, level) = (page[meta], usize::from(page[meta + 2]), page[meta + 3]);
            let named = page[meta + if self.wide { 8 } else { 4 }];
            let least = if level == 0 { sizes } else { 3 * width };
            if named != kind || level >= above || size < least {
                self.faults.push(format!("tree page at byte {offset} is damaged"));
                continue;
            }
            let entries = page[..end].chunks_exact(size).take(usize::from(count));
            if level == 0 {
                for entry in entries {
                    if leaf(entry).is_none_or(|count| count >= MAX_ENTRIES) {
                        self.faults
                            .push(format!("over {MAX_ENTRIES} entries: the rest is not read"));
                        return;
                    }
                }
            } else {
                let children: Vec<u64> =
                    entries.filter_map(|entry| little(&entry[2 * width..3 * width])).collect();
                stack.extend(children.into_iter().rev().map(|child| (child, level)));
            }
        }
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.read_exact(buffer)
    }

    /// The node of an id.
    pub(super) fn node(&self, id: u32) -> Option<Node> {
        self.nodes.binary_search_by_key(&id, |node| node.id).ok().map(|at| self.nodes[at])
    }

    /// A block as it stands in the file, and where.
    fn stored(&mut self, id: u64) -> Result<(u64, Vec<u8>), Fault> {
        let id = id & !1;
        let at = self
            .blocks
            .binary_search_by_key(&id, |block| block.id)
            .map_err(|_| format!("block {id:x} is not in the store"))?;
        let block = self.blocks[at];
        if block.length > MAX_BLOCK {
            return Err(format!("block {id:x} of {} bytes", block.length));
        }
        self.left = self
            .left
            .checked_sub(u64::from(block.length).max(64))
            .ok_or("more was read than the store is long: its blocks are shared")?;
        let mut data = vec![0; usize::from(block.length)];
        self.read_at(block.offset, &mut data).map_err(|error| format!("block {id:x}: {error}"))?;
        Ok((block.offset, data))
    }

    fn is_internal(id: u64) -> bool {
        id & 2 != 0
    }

    fn block(&mut self, id: u64) -> Result<Vec<u8>, Fault> {
        let (_, mut data) = self.stored(id)?;
        if !Self::is_internal(id) {
            self.crypt.decode(&mut data, node_id(id & !1));
        }
        Ok(data)
    }

    /// The first block of a node's data as it stands in the file, and where: what is cited.
    pub(super) fn cited(&mut self, data: u64) -> Result<(u64, Vec<u8>), Fault> {
        let mut id = data;
        for _ in 0..2 {
            if !Self::is_internal(id) {
                break;
            }
            let index = self.block(id)?;
            let width = self.width();
            id = index.get(8..8 + width).and_then(little).ok_or("an empty block list")?;
        }
        self.stored(id)
    }

    /// The blocks of a node's data, at most `most` bytes of them.
    pub(super) fn data(&mut self, id: u64, most: usize) -> Result<Vec<Vec<u8>>, Fault> {
        let mut out = Vec::new();
        let mut left = most;
        if id != 0 {
            self.gather(id, 2, &mut left, &mut out)?;
        }
        Ok(out)
    }

    /// Follows a block list (MS-PST 2.2.2.8.3.2), at most two inside each other.
    fn gather(
        &mut self,
        id: u64,
        levels: u8,
        left: &mut usize,
        out: &mut Vec<Vec<u8>>,
    ) -> Result<(), Fault> {
        let data = self.block(id)?;
        if !Self::is_internal(id) {
            if data.is_empty() || data.len() > *left {
                return Err(match data.len() {
                    0 => format!("block {id:x} is empty"),
                    _ => "longer than the bound".to_owned(),
                });
            }
            *left -= data.len();
            out.push(data);
            return Ok(());
        }
        if levels == 0 || data.first() != Some(&1) {
            return Err(format!("block {id:x} is no block list"));
        }
        let width = self.width();
        let count = data.get(2..4).and_then(little).unwrap_or(0);
        let count = usize::try_from(count).unwrap_or(0);
        let listed: Vec<u64> = data
            .get(8..)
            .unwrap_or_default()
            .chunks_exact(width)
            .take(count)
            .filter_map(little)
            .collect();
        for child in listed {
            self.gather(child, levels - 1, left, out)?;
        }
        Ok(())
    }

    /// Subnodes by id (MS-PST 2.2.2.8.3.3).
    pub(super) fn subnodes(&mut self, id: u64) -> Result<BTreeMap<u32, Node>, Fault> {
        let mut out = BTreeMap::new();
        if id == 0 {
            return Ok(out);
        }
        let root = self.block(id)?;
        let width = self.width();
        let start = if self.wide { 8 } else { 4 };
        let entries = |block: &[u8], size: usize| -> Vec<Vec<u8>> {
            let count = block.get(2..4).and_then(little).unwrap_or(0);
            let count = usize::try_from(count).unwrap_or(0);
            let all = block.get(start..).unwrap_or_default().chunks_exact(size);
            all.take(count).map(<[u8]>::to_vec).collect()
        };
        let leaves = match root.get(..2) {
            Some([2, 0]) => vec![root],
            Some([2, 1]) => {
                let mut leaves = Vec::new();
                for entry in entries(&root, 2 * width) {
                    let child = little(&entry[width..]).unwrap_or(0);
                    let leaf = self.block(child)?;
                    if leaf.get(..2) != Some(&[2, 0]) {
                        return Err(format!("block {child:x} is no list of subnodes"));
                    }
                    leaves.push(leaf);
                }
                leaves
            }
            _ => return Err(format!("block {id:x} is no list of subnodes")),
        };
        for entry in leaves.iter().flat_map(|leaf| entries(leaf, 3 * width)) {
            let at = |n: usize| little(&entry[n * width..(n + 1) * width]).unwrap_or(0);
            let node = Node { id: node_id(at(0)), parent: 0, data: at(1), subnodes: at(2) };
            out.entry(node.id).or_insert(node);
            if out.len() > MAX_SUBNODES {
                return Err(format!("over {MAX_SUBNODES} subnodes"));
            }
        }
        Ok(out)
    }
}
