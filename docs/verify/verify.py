#!/usr/bin/env python3
"""Checks a demarche dossier with nothing but Python's standard library.

    python3 verify.py DOSSIER PUBLIC_KEY_FILE

An independent reading of docs/adding/output.md: hashes of all files (RFC 8493), the Merkle
log of the records (RFC 6962), the signature of its root (C2SP signed note, Ed25519 as in
RFC 8032). Exit status 0 when all hold, 4 when not. Cosignatures and time stamps are left to
the tools made for them; `openssl ts -verify -data checkpoint` reads the latter.
"""
import base64
import hashlib
import json
import os
import sys

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)


def add(a, b):
    """Points of the curve in extended coordinates (RFC 8032, 5.1.4)."""
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    o, p = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, p - o, p + o, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(k, a):
    out = (0, 1, 1, 0)
    while k:
        if k & 1:
            out = add(out, a)
        a, k = add(a, a), k >> 1
    return out


def point(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        raise ValueError("not a point")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * I % P
    if (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a point")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(key, text, signature):
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % L
    left, right = times(s, BASE), add(r, times(k, a))
    return all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))


def root(leaves):
    if not leaves:
        return hashlib.sha256().digest()
    while len(leaves) > 1:
        pairs = [leaves[n:n + 2] for n in range(0, len(leaves), 2)]
        leaves = [hashlib.sha256(b"\1" + b"".join(p)).digest() if len(p) == 2 else p[0]
                  for p in pairs]
    return leaves[0]


def read(folder, path):
    with open(os.path.join(folder, path), "rb") as file:
        return file.read()


def main(folder, key_file):
    bad = []
    name, _, blob = open(key_file).read().strip().split("+", 2)
    key = base64.b64decode(blob)[1:]

    def checkpoint(path):
        text, _, lines = read(folder, path).decode().rpartition("\n\n")
        text += "\n"
        origin, size, top = text.split("\n")[:3]
        mark = hashlib.sha256(origin.encode() + b"\n\1" + key).digest()[:4]
        ours = [base64.b64decode(line.split(" ")[2]) for line in lines.splitlines()
                if line.split(" ")[:2] == ["\u2014", origin]]
        good = [s for s in ours if s[:4] == mark and signed(key, text.encode(), s[4:])]
        if not good or not origin.startswith(name + "/"):
            bad.append(f"{path}: untrusted key")
        return int(size), base64.b64decode(top)

    def log(path, point):
        rows = [line.split(" ", 1) for line in read(folder, path).decode().split("\n")[:-1]]
        leaves = [bytes.fromhex(row[0]) for row in rows]
        if (len(leaves), root(leaves)) != point:
            bad.append(f"{path}: not the log that was signed")
        return rows

    def records(path, rows):
        lines = read(folder, path).split(b"\n")[:-1]
        if len(lines) != len(rows):
            bad.append(f"{path}: {len(lines)} records where {len(rows)} were signed")
        for line, (leaf, known) in zip(lines, rows):
            if hashlib.sha256(b"\0" + line).hexdigest() != leaf or json.loads(line)["id"] != known:
                bad.append(f"{path}: record {known} differs")
        return lines

    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        for line in read(folder, manifest).decode().splitlines():
            digest, path = line.split("  ", 1)
            if hashlib.sha256(read(folder, path)).hexdigest() != digest:
                bad.append(f"{path}: differs from {manifest}")
    listed = {line.split("  ", 1)[1] for line in read(folder, "manifest-sha256.txt").decode().splitlines()}
    lines = records("data/records.jsonl", log("data/log.txt", checkpoint("checkpoint")))
    stated = {"data/records.jsonl", "data/log.txt"}
    for line in lines:
        record = json.loads(line)
        if record["kind"] == "output":
            row = record["row"]
            stated.add(row["path"])
            if hashlib.sha256(read(folder, row["path"])).hexdigest() != row["sha256"]:
                bad.append(f"{row['path']}: not the bytes of record {record['id']}")
    for path in sorted(stated ^ listed):
        bad.append(f"{path}: in the manifest or in the log, but not in both")
    if "data/original/checkpoint" in listed:
        rows = log("data/original/log.txt", checkpoint("data/original/checkpoint"))
        records("data/original/records.jsonl", [row for row in rows if row[1][0] not in "-~"])
    for line in bad:
        print("failed:", line, file=sys.stderr)
    print(f"{len(lines)} records, {len(listed)} files: {'refused' if bad else 'hold'}")
    return 4 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:3]))
    except (ValueError, LookupError, OSError) as error:
        print("failed: cannot be read:", error, file=sys.stderr)
        sys.exit(4)
