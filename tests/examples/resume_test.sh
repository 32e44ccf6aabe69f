#!/bin/sh
# Kills search_sizes again and again, goes on with what it left, and compares the end with a run that nobody killed.
#   resume_test.sh PROGRAM [KILLS]
set -eu
program=$1
kills=${2:-20}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

awk 'BEGIN { for (u = 0; u < 60; ++u) for (i = 0; i < 40; ++i)
  if ((u * 7 + i * 13) % 10 < (u % 5 == i % 5 ? 8 : 1)) print 3 * u + 5 "::" 10 + i "::" 1 + (u + i) % 5 "::0" }' > "$dir/ratings.dat"
# In a process of its own: what is killed must be the program, not a shell.
begin() { exec "$program" --data "$dir/ratings.dat" --dim 24 --budget 0.7 0.9 --episodes 2 --seed 3 --save-every 0 --threads 1 "$@"; }

# Everything but times: what must be the same.
figures() {
  grep -v -e '"pretrain"' -e '"search"' -e '"retrain"' -e '"total"' -e '"threads"' "$1/summary.json" > "$1/figures"
  awk -F '\t' '{ NF--; print }' "$1/history.tsv" > "$1/steps"
}
same() {
  figures "$1"
  for file in "$dir"/whole/*.npy "$dir"/whole/*.safetensors "$dir"/whole/ids-*.tsv "$dir"/whole/quality.tsv \
    "$dir"/whole/sizes.tsv "$dir"/whole/figures "$dir"/whole/steps; do
    cmp "$file" "$1/$(basename "$file")" || fail "$2: $(basename "$file") differs"
  done
  [ ! -e "$1/checkpoint" ] || fail "$2: the checkpoint is still there"
}

(begin --out "$dir/whole") > "$dir/whole.txt"
figures "$dir/whole"
[ -s "$dir/whole/policy-users.safetensors" ] || fail "no policy is left"

# Times to kill after, in hundredths of a second: many early, some late, another set for another number of kills.
killed=0
round=0
while [ "$killed" -lt "$kills" ]; do
  round=$((round + 1))
  out="$dir/killed$round"
  begun=no
  while :; do
    after=$(awk -v n="$killed" 'BEGIN { x = (n * 7919 + 104729) % 1000 / 1000; printf "%.2f", 0.03 + 1.2 * x * x }')
    if [ "$begun" = no ] || [ ! -e "$out/checkpoint/settings.json" ]; then
      [ "$begun" = no ] || [ ! -e "$out/summary.json" ] || break  # it was killed when all was done
      begin --out "$out" > "$dir/killed.txt" 2>&1 &
    else
      "$program" --resume "$out" --save-every 0 --threads 2 > "$dir/killed.txt" 2>&1 &
    fi
    pid=$!
    begun=yes
    if [ "$killed" -lt "$kills" ]; then
      sleep "$after"
      kill -KILL "$pid" 2> /dev/null && killed=$((killed + 1))
    fi
    status=0
    wait "$pid" 2> /dev/null || status=$?
    [ "$status" -ne 0 ] || break
    [ "$status" -eq 137 ] || fail "goes on with status $status: $(cat "$dir/killed.txt")"
  done
  same "$out" "round $round"
done
echo "killed $killed times in $round searches"

# Ctrl-C leaves a checkpoint and says how to go on; other options are refused by name; reporting ends it.
interrupt() {
  begin --episodes 2000 --out "$dir/stopped" > "$dir/stopped.txt" 2>&1 &
  pid=$!
  tries=0
  until grep -q '^step' "$dir/stopped.txt" || [ "$tries" -gt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -INT "$pid"
  status=0
  wait "$pid" || status=$?
  [ "$status" -eq 130 ] || fail "interrupted: exit status $status: $(cat "$dir/stopped.txt")"
}
interrupt
grep -q -- "--resume $dir/stopped" "$dir/stopped.txt" || fail "does not say how to go on: $(cat "$dir/stopped.txt")"
[ -s "$dir/stopped/checkpoint/search.safetensors" ] || fail "Ctrl-C leaves no checkpoint"
refuse() {
  words=$1
  shift
  status=0
  "$program" "$@" > "$dir/out.txt" 2> "$dir/err.txt" || status=$?
  [ "$status" -eq 2 ] || fail "$*: exit status $status"
  [ "$(wc -l < "$dir/err.txt")" -eq 1 ] || fail "$*: not one line of error: $(cat "$dir/err.txt")"
  grep -qF -- "$words" "$dir/err.txt" || fail "$*: expected '$words' in: $(cat "$dir/err.txt")"
}
refuse "--seed: the search in $dir/stopped was begun with 3, got 4" --resume "$dir/stopped" --seed 4
refuse "--budget: the search in" --resume "$dir/stopped" --budget 0.7
refuse "--backbone: the search in" --resume "$dir/stopped" --backbone mf
refuse "--out: " --resume "$dir/stopped" --out "$dir/elsewhere"
refuse "has a search that has not ended" --data "$dir/ratings.dat" --out "$dir/stopped"
refuse "there is no search to go on with" --resume "$dir/whole"
refuse "there is no search to go on with" --resume "$dir/nowhere"
refuse "--report needs --resume" --report
head -n 200 "$dir/ratings.dat" > "$dir/other.dat"
refuse "fingerprint" --resume "$dir/stopped" --data "$dir/other.dat"
cp "$dir/ratings.dat" "$dir/moved.dat"
cp -r "$dir/stopped" "$dir/damaged"
head -c 100 "$dir/stopped/checkpoint/search.safetensors" > "$dir/damaged/checkpoint/search.safetensors"
refuse "search.safetensors.previous" --resume "$dir/damaged"
status=0
"$program" --resume "$dir/stopped" --report --data "$dir/moved.dat" > "$dir/report.txt" || status=$?
[ "$status" -eq 0 ] || fail "reporting: exit status $status"
grep -q '"interrupted": true' "$dir/stopped/summary.json" || fail "a report does not say that the search was interrupted"
grep -q 'ciess' "$dir/report.txt" || fail "a report prints no table"
[ ! -e "$dir/stopped/checkpoint" ] || fail "a report leaves the checkpoint"
echo "1 passed, 0 failed"
