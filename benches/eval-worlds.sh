#!/usr/bin/env bash
# Worlds with ground truth, investigated and scored: the figures of detection, linking
# and intervals. Tables go to standard error, one line of JSON to standard output.
#
#   BIN=target/ci benches/eval-worlds.sh TABLE "SEEDS" "CONTROL SEEDS" [SIZE...]
#
# TABLE is `campaigns` or `intrusions`. Each size is run with all seeds; control worlds
# are of the first size. From the environment:
#   WORLD     what else the generator takes, such as `--kind grown --split score`
#   VARIANTS  cases made again from attacked worlds of the first size: any of
#             roster-hidden, no-roster, withheld; empty for none
set -euo pipefail
shopt -s nullglob # no control seeds, no control worlds
bin=$(realpath "${BIN:-target/ci}")
table=$1
seeds=$2
controls=$3
shift 3
sizes=("${@:-S}")
work=$(mktemp -d "${TMPDIR:-/tmp}/demarche-eval.XXXXXX")
trap 'rm -rf "$work"' EXIT
export DEMARCHE_BIN=$bin/demarche

investigate() { # CASE, then evidence and what `investigate` takes
    local case=$1
    shift
    # Standard output carries the score alone. The lowest floors: candidates below them count
    # for calibration and for a week's review.
    "$bin/demarche" investigate "$@" --case "$case" --key "$work/signer.key" \
        --wave-floor 0.000001 --intrusion-floor 0.000001 >"$case.summary" 2>>"$work/log" || {
        tail -n 5 "$work/log" >&2
        return 1
    }
    # The rows that are scored stay, the case goes: eighty of them fill a disk.
    local table
    mkdir "$case.rows"
    for table in waves campaigns exposures intrusions; do
        "$bin/demarche" show "$table" --case "$case" --format jsonl >"$case.rows/$table.jsonl"
    done
    rm -rf "$case"
    mv "$case.rows" "$case"
}

world() { # NAME, then what the generator takes
    local dir=$work/$1 variant
    shift
    # shellcheck disable=SC2086 # WORLD is a list of arguments
    "$bin/demarche-scenario" "$@" ${WORLD:-} --baselines --out "$dir" >&2
    investigate "$dir/case" "$dir/evidence"
    case " $* " in *" --control "*) ;; *" --size ${sizes[0]} "*)
        for variant in ${VARIANTS:-}; do again "$dir" "$variant"; done ;;
    esac
    rm -rf "$dir/evidence"
}

again() { # WORLD FOLDER, VARIANT
    local dir=$1 roster=$1/evidence/tables/roster.csv
    case $2 in
    no-roster)
        mv "$roster" "$dir/roster.csv"
        # Nothing vouches for linked accounts without a roster: their mail counts as anyone's.
        investigate "$dir/case-$2" "$dir/evidence"
        mv "$dir/roster.csv" "$roster"
        ;;
    roster-hidden)
        cp "$roster" "$dir/roster.csv"
        "$bin/demarche-scenario" hide-groups "$dir/truth.jsonl" "$dir/roster.csv" >"$roster"
        investigate "$dir/case-$2" "$dir/evidence"
        mv "$dir/roster.csv" "$roster"
        ;;
    withheld)
        if "$bin/demarche" investigate --help | grep -q -- --without-link; then
            investigate "$dir/case-$2" "$dir/evidence" --without-link hours --without-link headers
        else
            echo "withheld: investigate cannot leave classes of links out; its figure is null" >&2
        fi
        ;;
    esac
}

for size in "${sizes[@]}"; do
    for seed in $seeds; do
        world "world-$size-$seed" --seed "$seed" --size "$size"
    done
done
for seed in $controls; do
    world "control-$seed" --seed "$seed" --size "${sizes[0]}" --control
done
"$bin/demarche-scenario" score-many --table "$table" "$work"/world-* "$work"/control-*
