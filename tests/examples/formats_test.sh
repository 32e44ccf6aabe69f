#!/bin/sh
# SPDX-License-Identifier: MIT
# Sizes and number formats together: each format's results are those of a run of its own, the best of a budget is the best
# on validation, whatever ends the program is gone on from, and what cannot be is refused before anything is written.
#   formats_test.sh SEARCH_SIZES
set -eu
search=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; exit 1; }
cd "$dir"

awk 'BEGIN { for (u = 0; u < 60; ++u) for (i = 0; i < 40; ++i)
  if ((u * 7 + i * 13) % 10 < (u % 5 == i % 5 ? 8 : 1)) print 3 * u + 5 "::" 10 + i "::" 1 + (u + i) % 5 "::0" }' > ratings.dat
# In a process of its own: what is killed must be the program, not a shell.
run() { exec "$search" --data ratings.dat --backbone mf --dim 48 --methods equal weighted-frequency --rule-starts warm --seed 3 --threads 1 "$@"; }
budgets="--of bytes --budget 0.94 0.96"

# figures FOLDER: everything but times.
figures() {
  grep -v -e '"pretrain"' -e '"search"' -e '"retrain"' -e '"total"' -e '"threads"' -e '"seconds"' "$1/summary.json"
}
# same FOLDER OTHER
same() {
  for file in "$1"/*.npy "$1"/tables-*.safetensors "$1"/serving-*.safetensors; do
    cmp -s "$file" "$2/$(basename "$file")" || fail "$(basename "$file") differs: $1, $2"
  done
  figures "$1" > one.txt
  figures "$2" > other.txt
  cmp -s one.txt other.txt || fail "summary.json differs: $1, $2: $(diff one.txt other.txt)"
}

(run $budgets --stored-as 8 3 2 --out found) > said.txt
[ ! -e found/ciess-checkpoint ] || fail "the checkpoint is still there"
grep -q '"removed"\|sizes and formats together' said.txt || fail "no table: $(cat said.txt)"
[ "$(grep -c 'training the full-size model' said.txt)" -eq 1 ] || fail "the full-size model was trained more than once: $(cat said.txt)"
for format in 8 3 2; do
  (run $budgets --stored-as $format --out alone$format --quiet) > alone$format.txt
  same alone$format found/$format-bits
done

# A format for each table: beside the others, with results of a run of its own; the same said by names.
(run $budgets --stored-as 3 3/2 2/users=8 --out apart) > apart.txt
for name in 3/2:3-2 8/2:8-2; do
  (run $budgets --stored-as ${name%:*} --out "alone-${name#*:}" --quiet) > alone.txt
  same "alone-${name#*:}" "apart/${name#*:}-bits"
  grep -q "\"stored_as\": \"${name%:*}\"" "apart/${name#*:}-bits/summary.json" || fail "summary.json does not say ${name%:*}"
  grep -q "\"${name%:*}\": {" apart/formats.json || fail "formats.json does not say ${name%:*}: $(cat apart/formats.json)"
  grep -q "${name%:*} bits" apart.txt || fail "the table does not say ${name%:*} bits: $(cat apart.txt)"
done
same alone3 apart/3-bits
# What is written are the bits that were asked for, and what was counted.
header() { dd if="$1" bs=1 skip=8 count=4000 2> /dev/null | tr -d '\0'; }
header apart/3-2-bits/tables-0.96.safetensors > header.txt
grep -q '"users.bits":"3"' header.txt && grep -q '"items.bits":"2"' header.txt || fail "the file of tables is not in 3 and 2 bits"
awk '$3 == "bits" { share = $1 + 0; bytes = $(NF - 3); if (bytes > 19200 * (100 - share) / 100) exit 1; ++rows } END { exit rows < 8 }' apart.txt ||
  fail "more bytes than the budgets: $(cat apart.txt)"
(run $budgets --stored-as 3/2 --out threads --quiet --threads 2) > threads.txt
same alone-3-2 threads
(run $budgets --stored-as 2/users=3 --out gone --save-every 0) > gone.txt 2>&1 &
process=$!
while kill -0 $process 2> /dev/null; do
  [ ! -s gone/history.tsv ] || break
  sleep 0.01
done
kill -KILL $process 2> /dev/null || true
wait $process 2> /dev/null || true
[ -e gone/ciess-checkpoint/settings.json ] || fail "the search ended before it could be killed: $(cat gone.txt)"
"$search" --resume gone --threads 2 --quiet > resumed.txt
same alone-3-2 gone

# The line with a star is that of the format that is best on validation, and so is what formats.json says.
for removed in 94 96; do
  best=$(awk -v r="$removed%" '$1 == r && ($3 == "bits") && $4 != "*" { v = $(NF - 2); if (v > most) { most = v; of = $2 } } END { print of }' said.txt)
  starred=$(awk -v r="$removed%" '$1 == r && ($3 == "bits") && $4 == "*" { print $2 }' said.txt)
  [ -n "$best" ] && [ "$best" = "$starred" ] || fail "$removed %: best is '$best', with a star is '$starred': $(cat said.txt)"
  grep -q "\"tables\": \"$best-bits/tables-0.$removed.safetensors\"" found/formats.json || fail "formats.json: $(cat found/formats.json)"
  [ -s "found/$best-bits/tables-0.$removed.safetensors" ] || fail "no tables of $best bits"
done
# No row takes more bytes than its budget: 48 floats for each of 60 users and 40 items.
awk '$3 == "bits" { share = $1 + 0; bytes = $(NF - 3); if (bytes > 19200 * (100 - share) / 100) exit 1; ++rows } END { exit rows < 8 }' said.txt ||
  fail "more bytes than the budgets: $(cat said.txt)"

# Killed in each format's run, and gone on with: the same files.
killed=0
for format in 8 3 2; do
  if [ -e killed/ciess-checkpoint/settings.json ]; then
    "$search" --resume killed --save-every 0 --threads 2 > killed.txt 2>&1 &
  else
    (run $budgets --stored-as 8 3 2 --out killed --save-every 0) > killed.txt 2>&1 &
  fi
  process=$!
  while kill -0 $process 2> /dev/null; do
    [ ! -s killed/$format-bits/history.tsv ] || break
    sleep 0.01
  done
  kill -KILL $process 2> /dev/null || true
  wait $process 2> /dev/null || killed=$((killed + $? / 137))
done
[ $killed -ge 2 ] || fail "killed $killed times only"
"$search" --resume killed --threads 1 --quiet > resumed.txt
for format in 8 3 2; do same found/$format-bits killed/$format-bits; done
cmp -s found/formats.json killed/formats.json || fail "formats.json differs after going on: $(diff found/formats.json killed/formats.json)"
[ ! -e killed/ciess-checkpoint ] || fail "the checkpoint is still there after going on"

# refused OUT WORDS OPTIONS...: one line, status 2, nothing written.
refused() {
  out=$1
  words=$2
  shift 2
  before=$(find "$out" 2> /dev/null | sort | cksum)
  status=0
  (run --out "$out" "$@") > /dev/null 2> error.txt || status=$?
  [ $status -eq 2 ] || fail "status $status, expected 2: $* $(cat error.txt)"
  [ "$(wc -l < error.txt)" -eq 1 ] || fail "not one line: $(cat error.txt)"
  grep -q -e "$words" error.txt || fail "expected '$words', got: $(cat error.txt)"
  [ "$before" = "$(find "$out" 2> /dev/null | sort | cksum)" ] || fail "files have changed: $*"
}
refused new '--bytes or --of bytes' --budget 0.8 --stored-as 4 2
refused new '4 is given twice' $budgets --stored-as 4 2 4
refused new 'stored-as' $budgets --stored-as 4 5
refused new "got '5'" $budgets --stored-as 4 3/5
refused new 'there are 3 formats, expected one for all tables or 2, one each for users, items' $budgets --stored-as 4 3/2/3
refused new 'there are 3 formats' $budgets --stored-as 3/2/3
refused new "no table is called 'films', there are users, items" $budgets --stored-as 2/films=3
refused new 'expected a format of the other tables first' $budgets --stored-as items=3
refused new '3/3 is given twice' $budgets --stored-as 3 3/3
refused new 'stored-as float: .*--bytes 350' --bytes 1150 350 --stored-as 2 float  # a byte and a scale a row, but no float
refused new 'stored-as 2: .*nothing to choose' --bytes 1500 1100 --stored-as 4 2
refused found '--force' $budgets --stored-as 8 3 2
mkdir -p foreign/4-bits
echo mine > foreign/4-bits/tables-0.94.safetensors
refused foreign 'no run is known to have left it' $budgets --stored-as 8 4
refused foreign 'no run is known to have left it' $budgets --stored-as 8 4 --force

# With --force earlier results go, those of formats, too.
(run $budgets --stored-as 3 2 --out found --force --quiet) > forced.txt
same alone3 found/3-bits
same alone2 found/2-bits
[ ! -e found/8-bits/summary.json ] || fail "results of a format of before are still there"

# Stopped before anything: a report of what there is.
(run $budgets --stored-as 8 2 --out stopped --save-every 0) > stopped.txt 2>&1 &
process=$!
while kill -0 $process 2> /dev/null; do
  [ ! -s stopped/8-bits/ciess-checkpoint/settings.json ] || break
  sleep 0.01
done
kill -KILL $process 2> /dev/null || true
wait $process 2> /dev/null || true
if [ -e stopped/ciess-checkpoint/settings.json ]; then
  "$search" --resume stopped --report > report.txt
  grep -q 'stored as 2 bits: not begun' report.txt || fail "what was not begun is not told: $(cat report.txt)"
  [ -s stopped/formats.json ] || fail "no report"
else
  fail "the first search ended before it could be stopped: $(cat stopped.txt)"
fi

# Clicks as well.
"$search" --task click --model fm --dim 16 --bytes 20k --stored-as 8 4 4/item=8 --methods equal --out clicks --quiet --threads 1 > clicks.txt
grep -q '\* equal' clicks.txt || fail "clicks: $(cat clicks.txt)"
[ -s clicks/formats.json ] && [ -s clicks/8-bits/summary.json ] && [ -s clicks/4-bits/summary.json ] || fail "clicks: files are missing"
grep -q '4/8' clicks.txt || fail "clicks: no formats by field: $(cat clicks.txt)"
echo "sizes and formats together: all holds"
