#!/bin/sh
# SPDX-License-Identifier: MIT
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
begin() { exec "$program" --data "$dir/ratings.dat" --dim 24 --budget 0.7 0.9 --episodes 2 --rule-starts warm --seed 3 --save-every 0 --threads 1 "$@"; }

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
  [ ! -e "$1/ciess-checkpoint" ] || fail "$2: the checkpoint is still there"
}

started=$(date +%s%N)
(begin --out "$dir/whole") > "$dir/whole.txt"
took=$((($(date +%s%N) - started) / 1000000))  # milliseconds
figures "$dir/whole"
[ -s "$dir/whole/policy-users.safetensors" ] || fail "no policy is left"
[ -s "$dir/whole/tables-0.9.safetensors" ] || fail "no tables are left"

# go_on OUT: begins a search in the background or goes on with it, on one thread or two; its number is $pid.
go_on() {
  if [ -e "$1/ciess-checkpoint/settings.json" ]; then
    "$program" --resume "$1" --save-every $((killed % 2)) --threads $((1 + killed % 2)) > "$dir/killed.txt" 2>&1 &
  else
    begin --out "$1" > "$dir/killed.txt" 2>&1 &
  fi
  pid=$!
}
# ended: whether the program has come to its end; else it was killed.
ended() {
  status=0
  wait "$pid" 2> /dev/null || status=$?
  [ "$status" -eq 0 ] || [ "$status" -eq 137 ] || fail "goes on with status $status: $(cat "$dir/killed.txt")"
  [ "$status" -eq 0 ]
}

# In each phase: killed as soon as it is told that the phase has begun; the last time while results are written.
killed=0
phases=0
for phase in 'training the full-size' 'searching' 'steps' 'candidates at 70%' 'candidates at 90%' 'last training' 'results'; do
  go_on "$dir/phases"
  while kill -0 "$pid" 2> /dev/null; do
    case $phase in
      results) [ ! -e "$dir/phases/summary.json" ] || break ;;
      steps) [ "$(wc -l < "$dir/phases/history.tsv")" -lt 9 ] || break ;;
      *) ! grep -q "$phase" "$dir/killed.txt" || break ;;
    esac
    sleep 0.01  # who asks without a rest takes a core from the program and from other tests
  done
  kill -KILL "$pid" 2> /dev/null || true
  if ended; then
    [ "$phase" = results ] || fail "was not killed in the phase '$phase': $(cat "$dir/killed.txt")"
  else
    killed=$((killed + 1))
    phases=$((phases + 1))
  fi
done
[ "$phases" -ge 6 ] || fail "killed in $phases phases only"
if [ -e "$dir/phases/ciess-checkpoint/settings.json" ]; then
  go_on "$dir/phases"
  ended || fail "is killed by nobody"
fi
same "$dir/phases" "killed in each phase"

# At random moments, over the time that the whole takes; the seed says which.
seed=${SEED:-$(date +%N | sed 's/^0*//')}
echo "seed $seed"
round=0
while [ "$killed" -lt "$kills" ]; do
  round=$((round + 1))
  out="$dir/killed$round"
  go_on "$out"
  while :; do
    after=$(awk -v n="$killed$round" -v seed="$seed" -v took="$took" 'BEGIN { srand(seed + 7919 * n); printf "%.3f", took / 1000 * rand() }')
    [ "$killed" -ge "$kills" ] || sleep "$after"
    [ "$killed" -ge "$kills" ] || kill -KILL "$pid" 2> /dev/null || true
    if ended; then break; fi
    killed=$((killed + 1))
    # What was killed when all was done has nothing to go on with.
    if [ -e "$out/summary.json" ] && [ ! -e "$out/ciess-checkpoint/settings.json" ]; then break; fi
    go_on "$out"
  done
  rm -rf "$out/ciess-checkpoint"  # a rest, if it was killed while it cleaned up
  same "$out" "round $round, seed $seed"
done
echo "killed $killed times, $phases of them in phases of their own"

# Ctrl-C leaves a checkpoint and says how to go on; other options are refused by name; reporting ends it.
interrupt() {
  begin --episodes 2000 --out "$dir/stopped" > "$dir/stopped.txt" 2>&1 &
  pid=$!
  tries=0
  until grep -q '^ciess [0-9]' "$dir/stopped.txt" || [ "$tries" -gt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -INT "$pid"
  status=0
  wait "$pid" || status=$?
  [ "$status" -eq 130 ] || fail "interrupted: exit status $status: $(cat "$dir/stopped.txt")"
}
interrupt
grep -q -- "--resume $dir/stopped" "$dir/stopped.txt" || fail "does not say how to go on: $(cat "$dir/stopped.txt")"
[ -s "$dir/stopped/ciess-checkpoint/search-ciess.safetensors" ] || fail "Ctrl-C leaves no checkpoint"
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
refuse "--methods: the search in" --resume "$dir/stopped" --methods equal ciess
refuse "--loss: the search in" --resume "$dir/stopped" --loss softmax
refuse "--measurements: the search in" --resume "$dir/stopped" --measurements 50
refuse "--out: " --resume "$dir/stopped" --out "$dir/elsewhere"
refuse "has a search that has not ended" --data "$dir/ratings.dat" --out "$dir/stopped"
refuse "there is no search to go on with" --resume "$dir/whole"
refuse "there is no search to go on with" --resume "$dir/nowhere"
refuse "--report needs --resume" --report
head -n 200 "$dir/ratings.dat" > "$dir/other.dat"
printf '5::11::5::0\n5::12::5::0\n8::10::5::0\n' > "$dir/extra.dat"
refuse "--data: not what the search in $dir/stopped was begun with" --resume "$dir/stopped" --data "$dir/other.dat"
refuse "--test: not what the search in $dir/stopped was begun with" --resume "$dir/stopped" --test "$dir/extra.dat"
sed 's/"warm"/"cold"/' "$dir/stopped/ciess-checkpoint/settings.json" > "$dir/settings.json"
mkdir -p "$dir/odd/ciess-checkpoint"
cp "$dir/settings.json" "$dir/odd/ciess-checkpoint"
refuse "cold" --resume "$dir/odd"
echo '{' > "$dir/odd/ciess-checkpoint/settings.json"
refuse "settings.json" --resume "$dir/odd"
refuse "two of them keep the same number" --data "$dir/ratings.dat" --dim 24 --budget 0.9001 0.9002 --out "$dir/same"
# One process at a time, and nothing of somebody else's is removed.
mkdir -p "$dir/busy/ciess-checkpoint"
echo mine > "$dir/busy/ciess-checkpoint/epoch-99.pt"
begin --episodes 2000 --out "$dir/busy" > "$dir/busy.txt" 2>&1 &
busy=$!
tries=0
until grep -q '^ciess [0-9]' "$dir/busy.txt" || [ "$tries" -gt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
refuse "another process works in this folder" --resume "$dir/busy" --report
kill -INT "$busy"
wait "$busy" || true
"$program" --resume "$dir/busy" --report > "$dir/report.txt" || fail "does not report: $(cat "$dir/report.txt")"
[ "$(cat "$dir/busy/ciess-checkpoint/epoch-99.pt")" = mine ] || fail "removes what is not its own"
# A disk that is full leaves the checkpoint before, and a reason.
(trap '' XFSZ; ulimit -f 400; begin --out "$dir/full") > "$dir/full.txt" 2>&1 && fail "a full disk is not noticed"
grep -q 'cannot write' "$dir/full.txt" || fail "a full disk: $(cat "$dir/full.txt")"
"$program" --resume "$dir/full" > "$dir/full.txt" || fail "does not go on after a full disk: $(cat "$dir/full.txt")"
same "$dir/full" "after a full disk"
cp "$dir/ratings.dat" "$dir/moved.dat"
cp -r "$dir/stopped" "$dir/damaged"
head -c 100 "$dir/stopped/ciess-checkpoint/search-ciess.safetensors" > "$dir/damaged/ciess-checkpoint/search-ciess.safetensors"
refuse "search-ciess.safetensors.previous" --resume "$dir/damaged"
status=0
"$program" --resume "$dir/stopped" --report --data "$dir/moved.dat" > "$dir/report.txt" || status=$?
[ "$status" -eq 0 ] || fail "reporting: exit status $status"
grep -q '"interrupted": true' "$dir/stopped/summary.json" || fail "a report does not say that the search was interrupted"
grep -q '\* ' "$dir/report.txt" || fail "a report prints no table"
[ ! -e "$dir/stopped/ciess-checkpoint" ] || fail "a report leaves the checkpoint"
echo "1 passed, 0 failed"
