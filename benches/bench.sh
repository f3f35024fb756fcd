#!/usr/bin/env bash
# Ingest against a named peer on the same bytes in one run: CPython's `mailbox` and
# `email` modules, which most home-made mail forensics stands on. Ratios count, not
# seconds. Rows go to standard output and, with date and commit, to bench.json.
set -euo pipefail
bin=$(realpath "${BIN:-target/ci}")
command -v python3 >/dev/null || { echo "the peer is python3: install it to compare" >&2; exit 2; }
work=$(mktemp -d "${TMPDIR:-/tmp}/demarche-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$bin/demarche-scenario" --seed 7 --size XS --out "$work/world" >&2

# Every mbox of the world in one file, ten times over with other ids: one large archive.
find "$work/world/evidence/mail" -name '*.mbox' -print0 | sort -z | xargs -0 cat >"$work/one.mbox"
for n in 1 2 3 4 5 6 7 8 9 10; do sed "s/^Message-ID: </Message-ID: <$n./I" "$work/one.mbox"; done >"$work/all.mbox"
bytes=$(stat -c %s "$work/all.mbox")

cat >"$work/peer.py" <<'P'
import email.policy, email.utils, hashlib, mailbox, re, sys
box = mailbox.mbox(sys.argv[1], factory=None, create=False)
n = 0
for key in box.keys():
    raw = box.get_bytes(key)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    hashlib.sha256(raw).hexdigest()
    for part in message.walk():
        if part.get_content_maintype() == "text":
            re.findall(r"https?://[^\s\"'<>]+", part.get_content())
    str(message["subject"]), str(message["from"]), str(message["date"])
    n += 1
print(n, file=sys.stderr)
P

seconds() { # runs a command three times, prints the median wall time
    for _ in 1 2 3; do
        rm -rf "$work/case"
        local start end
        start=$(date +%s.%N)
        "$@" >/dev/null 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
        end=$(date +%s.%N)
        awk "BEGIN { print $end - $start }"
    done | sort -n | sed -n 2p
}
ours=$(seconds "$bin/demarche" ingest "$work/all.mbox" --case "$work/case")
peer=$(seconds python3 "$work/peer.py" "$work/all.mbox")
python3 - "$ours" "$peer" "$bytes" <<'P' | tee /dev/stderr | tail -n 1 | tee -a bench.json
import datetime, json, subprocess, sys
ours, peer, size = float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
print(f"ingest mbox: {size / 1e6:.0f} MB, ours {ours:.2f} s, python mailbox+email {peer:.2f} s, ratio {peer / ours:.1f}")
commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
row = {"work": "ingest mbox (parse, hash, features, observables, Parquet)", "ours_s": ours, "peer": "CPython mailbox+email (parse, hash, URLs; stores nothing)",
       "peer_s": peer, "ratio": round(peer / ours, 2), "bytes": size}
print(json.dumps({"date": datetime.date.today().isoformat(), "commit": commit, "rows": [row]}))
P
