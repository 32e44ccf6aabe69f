#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs first_search as a reader of the README does, and as one who mistypes.
#   first_search_test.sh PROGRAM
set -eu
program=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

# 80 users, 50 items, in groups that like different items.
awk 'BEGIN { print "user,item,rating"; for (u = 0; u < 80; ++u) for (i = 0; i < 50; ++i)
  if ((u * 7 + i * 13) % 10 < (u % 5 == i % 5 ? 8 : 1)) print 3 * u + 5 "," 10 + i "," 1 + (u + i) % 5 }' > "$dir/ratings.csv"
"$program" "$dir/ratings.csv" "$dir/small.safetensors" > "$dir/said.txt" || fail "status $?"
grep -q '^quality on test: [01]\.[0-9]* with a tenth of the numbers, [01]\.[0-9]* with all of them$' "$dir/said.txt" ||
  fail "said: $(cat "$dir/said.txt")"
# 130 rows of 64 numbers: a tenth of 8,320 floats, and what describes them.
size=$(wc -c < "$dir/small.safetensors")
[ "$size" -gt 3328 ] && [ "$size" -lt 8000 ] || fail "the file has $size bytes"

refused() {
  status=0
  "$program" "$@" > "$dir/said.txt" 2> "$dir/err.txt" || status=$?
  [ "$status" -eq 1 ] && [ "$(wc -l < "$dir/err.txt")" -eq 1 ] && [ ! -s "$dir/said.txt" ] ||
    fail "$*: status $status, $(cat "$dir/err.txt")"
}
refused
refused "$dir/none.csv" "$dir/other.safetensors"
refused "$dir/ratings.csv" "$dir/none/other.safetensors"
