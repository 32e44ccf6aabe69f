#!/bin/sh
# SPDX-License-Identifier: MIT
# search_sizes as 1, 2 and 4 processes of an MPI job leaves the same files as alone, also when it was killed and another
# number of processes goes on.
#   processes_test.sh PROGRAM MPIRUN
set -eu
. "$(dirname "$0")/../mpi/mpirun.sh"
program=$1
mpi=$2
need_mpirun "$mpi"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

awk 'BEGIN { for (u = 0; u < 60; ++u) for (i = 0; i < 40; ++i)
  if ((u * 7 + i * 13) % 10 < (u % 5 == i % 5 ? 8 : 1)) print 3 * u + 5 "::" 10 + i "::" 1 + (u + i) % 5 "::0" }' > "$dir/ratings.dat"
options="--data $dir/ratings.dat --backbone mf --dim 16 --budget 0.6 0.7 0.8 --measurements 12 --rule-starts warm --seed 3
  --methods equal random-bet bet optembed --save-every 0 --threads 1"

# Everything but times: what must be the same.
figures() {
  grep -v -e '"pretrain"' -e '"search"' -e '"retrain"' -e '"total"' -e '"threads"' -e '"seconds"' "$1/summary.json" > "$1/figures"
  awk -F '\t' '{ NF--; print }' "$1/history.tsv" > "$1/steps"
}
same() {
  figures "$1"
  for file in "$dir"/whole/*.npy "$dir"/whole/*.safetensors "$dir"/whole/ids-*.tsv "$dir"/whole/quality.tsv \
    "$dir"/whole/sizes.tsv "$dir"/whole/figures "$dir"/whole/steps; do
    cmp "$file" "$1/$(basename "$file")" || fail "$2: $(basename "$file") differs"
  done
  [ "$(ls "$1")" = "$(ls "$dir/whole")" ] || fail "$2: leaves other files: $(ls "$1")"
}

# shellcheck disable=SC2086
"$program" $options --out "$dir/whole" > "$dir/whole.txt" || fail "alone: $(cat "$dir/whole.txt")"
figures "$dir/whole"
[ -s "$dir/whole/tables-0.8.safetensors" ] || fail "no tables are left"
for count in 1 2 4; do
  # shellcheck disable=SC2086
  as_processes "$mpi" $count "$program" $options --out "$dir/of$count" > "$dir/of$count.txt" 2>&1 ||
    fail "$count processes: $(cat "$dir/of$count.txt")"
  same "$dir/of$count" "$count processes"
  [ "$(grep -c '^sizes at\|in all; sizes' "$dir/of$count.txt")" -eq "$(grep -c '^sizes at\|in all; sizes' "$dir/whole.txt")" ] ||
    fail "$count processes print more than one: $(cat "$dir/of$count.txt")"
done
grep -q '^4 processes; rank 0 has sent ' "$dir/of4.txt" || fail "does not say what was exchanged: $(cat "$dir/of4.txt")"

# One of four is killed as soon as a phase has begun; two, or one without mpirun, go on.
killed=0
for phase in 'training the full-size' 'searching, optembed' 'searching, bet' ' candidates, ' 'last training'; do
  out="$dir/killed$killed"
  # shellcheck disable=SC2086
  as_processes "$mpi" 4 "$program" $options --out "$out" > "$dir/killed.txt" 2>&1 &
  pid=$!
  until grep -q "$phase" "$dir/killed.txt" || ! kill -0 $pid 2> /dev/null; do sleep 0.01; done
  # Those of mpirun's that run the program; another one each time, the root among them.
  ranks=$(cat /proc/[0-9]*/stat 2> /dev/null | awk -v of="$pid" -v program="($(basename "$program" | cut -c1-15))" '
    { parent[$1] = $4; name[$1] = $2 }
    END { for (p in parent) if (name[p] == program) for (q = p; q in parent; q = parent[q]) if (parent[q] == of) print p }' | sort -n)
  one=$(echo "$ranks" | sed -n "$((1 + killed % 4))p")
  [ -n "$one" ] || fail "ended before it could be killed in the phase '$phase': $(cat "$dir/killed.txt")"
  kill -KILL "$one" 2> /dev/null || true
  status=0
  wait $pid 2> /dev/null || status=$?
  [ $status -ne 0 ] || fail "was not killed in the phase '$phase': $(cat "$dir/killed.txt")"
  killed=$((killed + 1))
  if [ -e "$out/ciess-checkpoint/settings.json" ]; then
    if [ $((killed % 2)) -eq 0 ]; then
      "$program" --resume "$out" --threads 1 > "$dir/rest.txt" 2>&1 || fail "does not go on after '$phase': $(cat "$dir/rest.txt")"
    else
      as_processes "$mpi" 2 "$program" --resume "$out" --threads 1 > "$dir/rest.txt" 2>&1 ||
        fail "does not go on after '$phase': $(cat "$dir/rest.txt")"
    fi
    same "$out" "killed in the phase '$phase'"
  else
    fail "leaves no checkpoint in the phase '$phase'"
  fi
done

# refuse WORDS OPTION...: one process says why, all end.
refuse() {
  words=$1
  shift
  status=0
  as_processes "$mpi" 3 "$program" "$@" > "$dir/out.txt" 2> "$dir/err.txt" || status=$?
  [ $status -ne 0 ] || fail "takes $*"
  [ "$(grep -c '^search_sizes: ' "$dir/err.txt")" -eq 1 ] || fail "$*: not one line of error: $(cat "$dir/err.txt")"
  grep -qF -- "$words" "$dir/err.txt" || fail "$*: expected '$words' in: $(cat "$dir/err.txt")"
}
refuse '--nothing' --nothing
refuse 'cannot open' --data "$dir/nowhere.dat" --out "$dir/none"
refuse 'standard input' --data - --out "$dir/none"
refuse 'has the results of another run' --data "$dir/ratings.dat" --backbone mf --out "$dir/whole"
refuse 'there is no search to go on with' --resume "$dir/whole"
[ ! -e "$dir/none" ] || fail "something is left where nothing was begun"
echo "1 passed, 0 failed"
