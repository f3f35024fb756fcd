#!/usr/bin/env bash
# Worlds with ground truth, investigated and scored: the figures of detection, linking
# and intervals. Tables go to standard error, one line of JSON to standard output.
#
#   BIN=target/ci benches/eval-worlds.sh "SEEDS" "CONTROL SEEDS" [SIZE]
set -euo pipefail
shopt -s nullglob # no control seeds, no control worlds
bin=$(realpath "${BIN:-target/ci}")
seeds=$1
controls=$2
size=${3:-S}
work=$(mktemp -d "${TMPDIR:-/tmp}/demarche-eval.XXXXXX")
trap 'rm -rf "$work"' EXIT

investigate() { # NAME, then what the generator takes
    local dir=$work/$1
    shift
    "$bin/demarche-scenario" "$@" --size "$size" --out "$dir" >&2
    # Standard output carries the score alone.
    "$bin/demarche" investigate "$dir/evidence" --case "$dir/case" --key "$work/signer.key" \
        >"$dir/summary.txt" 2>>"$work/log"
    rm -rf "$dir/evidence"
}

for seed in $seeds; do
    investigate "world-$seed" --seed "$seed"
done
for seed in $controls; do
    investigate "control-$seed" --seed "$seed" --control
done
DEMARCHE_BIN=$bin/demarche "$bin/demarche-scenario" score-many "$work"/world-* "$work"/control-*
