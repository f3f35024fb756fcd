//! The Merkle tree of RFC 6962, section 2.1, with SHA-256.
//!
//! A leaf is `SHA-256(0x00 || record line)`. Each line carries a secret salt, so a leaf
//! says nothing about a record that is withheld, and yet holds its signer to it.

use rayon::prelude::*;
use sha2::{Digest, Sha256};

/// A leaf, an inner node or a root.
pub(crate) type Hash = [u8; 32];

/// The hash of a leaf with these bytes.
pub(crate) fn leaf(bytes: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(bytes);
    hasher.finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// The root over leaf hashes in their order: `MTH` of RFC 6962.
///
/// Level by level: pairing neighbours and carrying an odd last one up gives the same
/// tree as splitting at the largest power of two.
pub(crate) fn root(leaves: &[Hash]) -> Hash {
    if leaves.is_empty() {
        return Sha256::digest([]).into();
    }
    let join = |pair: &[Hash]| match pair {
        [left, right] => node(left, right),
        alone => alone[0],
    };
    let mut level = leaves.to_vec();
    while level.len() > 1 {
        level = level.par_chunks(2).with_min_len(1024).map(join).collect();
    }
    level[0]
}

#[cfg(test)]
mod tests {
    use demarche_core::id::hex;

    use super::*;

    /// The inputs and roots of the Certificate Transparency reference tests.
    #[test]
    fn roots_are_those_of_the_reference_tests() {
        let inputs: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let leaves: Vec<Hash> = inputs.iter().map(|input| leaf(input)).collect();
        for (size, want) in roots.iter().enumerate() {
            assert_eq!(hex(&root(&leaves[..=size])), *want, "{} leaves", size + 1);
        }
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex(&root(&[])), empty);
    }
}
