#!/bin/sh
# SPDX-License-Identifier: MIT
# The whole run of click models: made-up impressions, files of them, what is refused, and going on after a stop.
#   click_test.sh SEARCH_SIZES
set -eu
search=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; exit 1; }
cd "$dir"

# 3,000 impressions of 40 users, 25 items with genres and a price, and a constant column; users like items of their group.
awk 'BEGIN { print "time,user,item,genres,price,shop,bought"
  for (n = 0; n < 3000; ++n) { u = (n * 7919 + 13) % 40; i = (n * 104729 + 7) % 25
    like = (u % 4 == i % 4); noise = (n * 31 + u * 17 + i * 5) % 10
    printf "%d,u%d,i%d,%s,%s,main,%d\n", 1600000000 + 60 * n, u, i, (i % 3 == 0 ? "a|b" : i % 3 == 1 ? "b" : ""),
      (n % 50 == 0 ? "" : i * 1.5), (like ? noise < 8 : noise < 2) } }' > all.csv

run() { "$search" --task click --dim 8 --threads 1 "$@"; }
of_file="--data all.csv --label bought --pooled genres --numeric price"

# A file, with everything that a user gets.
run $of_file --numbers standardised --model fm --budget 0.5 0.7 --methods equal mde bet --measurements 4 --out found > said.txt
for file in summary.json history.tsv sizes.gp shares.gp sizes-0.5-user.npy sizes-0.7-genres.npy sizes-0.5-features.npy ids-user.tsv ids-genres.tsv \
  ids-features.tsv tables-0.5.safetensors tables-0.7.safetensors; do
  [ -s found/$file ] || fail "there is no $file"
done
grep -q '^-  *click rate .* 0.5000 ' said.txt || fail "no line of the click rate: $(cat said.txt)"
grep -q '^70%  *mde ' said.txt || fail "no line of mde at 70 %: $(cat said.txt)"
grep -q "field 'genres', pooled: 3 rows\|field 'genres', pooled: 4 rows" said.txt || fail "genres: $(cat said.txt)"
head -c 300 found/ids-user.tsv | grep -q "$(printf '0\t<rare>')" || fail "row 0 is not the rare one"
# AUC at full size, well above chance: the groups are found.
awk '$2 == "full" && $(NF - 2) > 0.75 { found = 1 } END { exit !found }' said.txt || fail "AUC of the full-size model: $(cat said.txt)"

# The same seed, the same files, at another number of threads; other models run as well.
"$search" --task click --dim 8 --threads 2 $of_file --numbers standardised --model fm --budget 0.5 0.7 --methods equal mde bet --measurements 4 \
  --out again --quiet > /dev/null
for file in sizes-0.5-user.npy sizes-0.7-item.npy tables-0.5.safetensors tables-0.7.safetensors; do
  cmp -s found/$file again/$file || fail "$file differs at 2 threads"
done
for model in deepfm dcn dlrm; do
  run $of_file --numbers standardised --model $model --budget 0.5 --methods equal --out $model --quiet > $model.txt
  grep -q '^50%  *equal ' $model.txt || fail "$model: $(cat $model.txt)"
done

# Steps that move other rows than those of the batch, or move these by another rule.
for updates in all "rowwise-adagrad --rate-factor 3"; do
  run $of_file --numbers standardised --model fm --updates $updates --budget 0.5 --methods equal --out updates --force --quiet > updates.txt
  grep -q "\"updates\": \"${updates%% *}\"" updates/summary.json || fail "--updates $updates: the summary does not say so"
  [ -s updates/tables-0.5.safetensors ] || fail "--updates $updates: no tables"
  cmp -s found/tables-0.5.safetensors updates/tables-0.5.safetensors && fail "--updates $updates changes nothing"
done
run $of_file --numbers standardised --model fm --updates lazy-adam --rate-factor 1 --budget 0.5 --methods equal --out usual --quiet > usual.txt
run $of_file --numbers standardised --model fm --budget 0.5 --methods equal --out plain --quiet > plain.txt
cmp plain/tables-0.5.safetensors usual/tables-0.5.safetensors || fail "--updates lazy-adam is not what is usual"

# What is trained to the end is, of one, what the search found best.
run $of_file --model fm --budget 0.5 --methods bet --measurements 12 --keep 1 --out kept --quiet > kept.txt
best=$(awk -F'\t' 'NR > 1 && $4 + 0 > q { q = $4 + 0; origin = $6 } END { print origin }' kept/history.tsv)
[ -n "$best" ] && grep -qF "\"origin\": \"$best\"" kept/summary.json || fail "--keep 1 does not train '$best': $(cat kept/summary.json)"

# One size a field; a budget in bytes of few bits.
run $of_file --model fm --per field --budget 0.5 --methods equal mde --out fields --quiet > fields.txt
grep -q '^50%  *mde ' fields.txt || fail "one size a field: $(cat fields.txt)"
run $of_file --model fm --bytes 300 --stored-as 4 --methods equal mde --out bytes --quiet > bytes.txt
awk '$2 == "mde" && $4 <= 300 { found = 1 } END { exit !found }' bytes.txt || fail "more than 300 bytes: $(cat bytes.txt)"

# Stopped once the full-size model is trained, and gone on with: the same files.
"$search" --task click --dim 8 --threads 1 $of_file --numbers standardised --model fm --budget 0.5 0.7 --methods equal mde bet --measurements 4 \
  --out stopped --save-every 0 --quiet > /dev/null 2>&1 &
process=$!
tries=0
until [ -e stopped/ciess-checkpoint/full.safetensors ] || ls stopped/ciess-checkpoint 2> /dev/null | grep -q full; do
  tries=$((tries + 1))
  [ $tries -lt 3000 ] || fail "no checkpoint of the full-size model in five minutes"
  kill -0 $process 2> /dev/null || break
  sleep 0.1
done
kill -INT $process 2> /dev/null || true
status=0
wait $process || status=$?
[ $status -eq 0 ] || [ $status -eq 130 ] || fail "a stop ends with $status"
if [ $status -ne 0 ]; then
  # What moves at a step is the study's: another one is refused, and nothing of it is lost.
  status=0
  "$search" --resume stopped --updates sgd > out.txt 2> err.txt || status=$?
  [ $status -eq 2 ] && grep -qF -- '--updates: ' err.txt || fail "another --updates at --resume: $status, $(cat err.txt)"
  "$search" --resume stopped --quiet > /dev/null || fail "cannot go on"
fi
for file in sizes-0.5-user.npy tables-0.5.safetensors tables-0.7.safetensors; do
  cmp -s found/$file stopped/$file || fail "$file differs after a stop"
done

# Impressions of its own, with all that is usual; a name that files cannot have.
"$search" --task click --model fm --threads 1 --methods equal --out own --quiet > own.txt
grep -q '^90%  *equal ' own.txt || fail "made-up impressions: $(cat own.txt)"
sed '1s/user/Größe & Co/' all.csv > odd.csv
run --data odd.csv --label bought --model deepfm --budget 0.5 --methods equal --out odd --quiet > odd.txt
[ -s odd/tables-0.5.safetensors ] || fail "an odd name of a column: $(cat odd.txt)"

# What a file is, as JSON alone; what cannot be used says why, in it as well.
run $of_file --numbers standardised --inspect > seen.json
for said in '"usable": true' '"format": "delimited"' '"label": "bought"' '"name": "genres"' '"name": "price"' '"clicks": ' '"said": ' ', pooled: '; do
  grep -qF "$said" seen.json || fail "--inspect does not say $said: $(cat seen.json)"
done
[ "$(head -c 1 seen.json)" = '{' ] || fail "--inspect prints other than JSON: $(head -n 1 seen.json)"
status=0
run --data all.csv --label sold --inspect > seen.json 2> err.txt || status=$?
[ $status -eq 2 ] || fail "--inspect without its label: status $status"
grep -qF '"usable": false' seen.json && grep -q '"reason": ".*sold' seen.json && grep -q 'sold' err.txt ||
  fail "--inspect without its label: $(cat seen.json err.txt)"
# What was found before it was refused is told: here all but what tables are called.
sed '1s/user/gen res/;1s/genres/gen_res/' all.csv > twice.csv
status=0
run --data twice.csv --label bought --inspect > seen.json 2> err.txt || status=$?
[ $status -eq 2 ] && grep -qF '"usable": false' seen.json && grep -qF '"label": "bought"' seen.json && grep -qF '"said": ' seen.json && grep -qF '"clicks": ' seen.json ||
  fail "--inspect of what is refused late: status $status, $(cat seen.json err.txt)"

# refused TEXT OPTION...: one line that has TEXT, status 2, no results.
refused() {
  text=$1
  shift
  status=0
  run --out refused "$@" > out.txt 2> err.txt || status=$?
  [ $status -eq 2 ] || fail "status $status of: $*: $(cat err.txt)"
  [ "$(wc -l < err.txt)" -eq 1 ] || fail "not one line of: $*: $(cat err.txt)"
  grep -qF -- "$text" err.txt || fail "expected '$text' of: $*, got: $(cat err.txt)"
  [ ! -e refused/summary.json ] || fail "results of: $*"
}
sed '5s/[01]$/2/' all.csv > label.csv
refused 'label.csv:5' --data label.csv --label bought
refused "sold" --data all.csv --label sold
refused 'price' --data all.csv --label bought --numeric prize
sed 's/,[01]$/,1/' all.csv > clicked.csv
refused 'label' --data clicked.csv --label bought
sed '7s/,main,/,main,extra,/' all.csv > wide.csv
refused 'wide.csv:7' --data wide.csv --label bought
sed '9s/\(.*,.*,.*,.*,\).*\(,main.*\)/\1cheap\2/' all.csv > text.csv
refused 'text.csv:9' --data text.csv --label bought --numeric price --pooled genres
: > empty.csv
refused 'empty' --data empty.csv --label bought
refused 'expected --rate-factor beside it' --data all.csv --label bought --updates sgd
refused 'of --updates lazy-adam' --data all.csv --label bought --updates all --rate-factor 2
refused '--backbone: of --task ranking alone' --data all.csv --label bought --backbone mf
refused '--parts: expected three shares, got 2' --data all.csv --label bought --parts 0.5 0.5
refused 'have no meaning beside it' --data all.csv --label bought --validation all.csv --test all.csv --split temporal
refused '--parts: expected three shares above 0, got 0' --data all.csv --label bought --parts 1 0 1
refused 'at random or by time' --data all.csv --label bought --split leave-one-out
refused 'at --dim 8 at most 0.875 can be removed' --data all.csv --label bought --pooled genres --budget 0.95
refused 'at --dim 8 and --multiple 4 at most 0.500 can be removed' --data all.csv --label bought --pooled genres --budget 0.5 0.6 --multiple 4
refused '--keep' --data all.csv --label bought --keep 0
refused '--validation needs --test' --data all.csv --label bought --validation all.csv
status=0
"$search" --model fm --out refused > out.txt 2> err.txt || status=$?
[ $status -eq 2 ] && grep -qF -- '--model: of --task click alone' err.txt || fail "--model without --task: $(cat err.txt)"
echo passed
