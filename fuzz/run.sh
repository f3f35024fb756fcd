#!/bin/sh
# Fuzzes one target, or all, for some seconds each: run.sh [TARGET|all] [SECONDS]
set -eu
cd "$(dirname "$0")"
seconds=${2:-60}
targets=${1:-all}
if [ "$targets" = all ]; then
    targets=$(cd fuzz_targets && ls | sed 's/\.rs$//')
fi
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
for sample in $(find ../crates/readers/src -path '*/testdata/*' -type f -size -200k); do
    cp "$sample" "$seeds/$(echo "$sample" | sha256sum | cut -c1-16)"
done
failed=0
for target in $targets; do
    echo "== $target: $seconds s" >&2
    mkdir -p "corpus/$target"
    cargo fuzz run --sanitizer none "$target" "corpus/$target" "$seeds" -- \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=200000 \
        -print_final_stats=1 || failed=1
done
exit $failed
