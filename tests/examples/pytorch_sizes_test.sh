#!/bin/sh
# SPDX-License-Identifier: MIT
# A trainer in Python whose sizes are searched; skipped (77) where there is no Python with the module.
#   pytorch_sizes_test.sh ASK_SIZES PYTORCH_SIZES torch|numpy
set -eu
ask=$1
script=$2
module=$3
for python in python3 /usr/bin/python3 none; do
  if [ "$python" = none ]; then
    echo "there is no python3 with $module: how a trainer in Python is sized is not tested"
    exit 77
  fi
  "$python" -c "import $module, numpy" > /dev/null 2>&1 && break
done
export PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; exit 1; }
run() {
  out=$1
  shift
  [ "$module" = torch ] || set -- --numpy "$@"
  "$python" "$script" --ask-sizes "$ask" --examples 8000 --steps 60 --tune 5 --dim 8 --budget 0.75 --out "$dir/$out.safetensors" "$@" > "$dir/$out.txt" 2>&1 ||
    fail "$(cat "$dir/$out.txt")"
}

# A whole search, from a study that is begun to the small tables that are read again.
run bet --folder "$dir/study" --method bet tail-energy --measurements 7
[ "$(sed -n 1p "$dir/bet.txt")" = "8 answers; AUC on test, each trained to the end" ] || fail "$(cat "$dir/bet.txt")"
grep -q '^full size  *45888 numbers  0\.[0-9]*$' "$dir/bet.txt" || fail "$(cat "$dir/bet.txt")"
awk '/^found/ { found = 1; if ($(NF - 1) != "numbers" || $(NF - 2) > 11472) bad = 1 } END { exit bad || !found }' "$dir/bet.txt" ||
  fail "above the budget: $(cat "$dir/bet.txt")"
grep -q 'bytes, of 183552 as floats' "$dir/bet.txt" || fail "$(cat "$dir/bet.txt")"
[ "$(wc -c < "$dir/bet.safetensors")" -lt 75000 ] || fail "the small tables are large: $(cat "$dir/bet.txt")"
"$ask" status "$dir/study" | grep -q '"done":true' || fail "$("$ask" status "$dir/study")"

# Gone on with, it has nothing to answer any more, and finds the same.
run again --folder "$dir/study"
[ "$(sed -n 1p "$dir/again.txt")" = "0 answers; AUC on test, each trained to the end" ] || fail "$(cat "$dir/again.txt")"
sed 1d "$dir/again.txt" | sed "s/again.safetensors/bet.safetensors/" > "$dir/rest.txt"
sed 1d "$dir/bet.txt" | cmp -s - "$dir/rest.txt" || fail "the same study ends otherwise: $(cat "$dir/bet.txt" "$dir/again.txt")"
cmp "$dir/bet.safetensors" "$dir/again.safetensors" || fail "other tables"

# CIESS learns from the qualities of rows, which are told.
run ciess --folder "$dir/rows" --method ciess equal --measurements 3
[ -s "$dir/rows/qualities.safetensors" ] || fail "no qualities of rows are told"
grep -q '^found' "$dir/ciess.txt" || fail "$(cat "$dir/ciess.txt")"
echo "a trainer in Python ($module): all is well"
