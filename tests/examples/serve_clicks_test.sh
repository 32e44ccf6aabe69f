#!/bin/sh
# SPDX-License-Identifier: MIT
# From impressions to a server of click models: searches, serves the small tables, compares what is served with what the search reports.
#   serve_clicks_test.sh SEARCH_SIZES SERVE_PACKED
set -eu
search=$1
serve=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; exit 1; }
cd "$dir"

# 4,000 impressions of 12 users, 8 items with genres and a price, and an age; users like items of their group. Of five parts one is to choose by,
# and one to report on, with users that training never shows.
awk 'function draw(n) { x = (x * 16807) % 2147483647; return int(x / 64) % n }
  BEGIN { x = 7; names = "user,item,genres,price,age,bought"
  for (p = 0; p < 3; ++p) print names > (file[p] = p == 0 ? "train.csv" : p == 1 ? "validation.csv" : "test.csv")
  for (n = 0; n < 4000; ++n) { u = draw(12); i = draw(8); p = n % 5 < 3 ? 0 : n % 5 - 2
    printf "%s%d,\"i, %d\",%s,%s,%s,%d\n", (p == 2 && n % 35 == 4 ? "new" : "u"), u, i, (i % 3 == 0 ? "a|b" : i % 3 == 1 ? "b" : ""),
      (draw(50) == 0 ? "" : i * 1.5), (draw(30) == 0 ? "" : 20 + u), draw(10) < (u % 4 == i % 4 ? 8 : 2) > file[p] } }'

# find OUT MODEL OPTION...: searches on files of their own.
find() {
  out=$1
  model=$2
  shift 2
  "$search" --task click --dim 8 --threads 1 --data train.csv --validation validation.csv --test test.csv --label bought --pooled genres \
    --numeric price age --model "$model" --methods equal --out "$out" --quiet "$@" > "$out.txt"
}
find fm fm --budget 0.5 --numbers standardised
find bits fm --stored-as 4 --of bytes --budget 0.85
find deepfm deepfm --budget 0.5 --numbers standardised --stored-as 8
find dcn dcn --budget 0.5
find dlrm dlrm --budget 0.5 --numbers standardised

# ask FILE OPTION...: scores of standard input into scores.txt, the rest into said.txt. In a pipe it sets no variable.
ask() {
  status=0
  "$serve" "$@" > scores.txt 2> said.txt || status=$?
  echo $status > status
}
said() { grep -qF -- "$1" said.txt || fail "expected '$1' in: $(cat said.txt)"; }
tables() { ls "$1"/tables-*.safetensors; }

# The same AUC and log-loss as the search reports, of lines in another order of columns, with columns that nobody asked for.
awk -F ',' 'NR == 1 { print "shop,bought,age,genres,item,price,user"; next } { print "main," $7 "," $6 "," $4 "," $2 "," $3 "," $5 "," $1 }' test.csv > turned.csv
cut -d , -f 2 turned.csv | tail -n +2 > labels.txt
for run in fm bits deepfm dcn dlrm; do
  ask "$(tables $run)" < turned.csv
  [ "$(cat status)" -eq 0 ] || fail "$run: $(cat said.txt)"
  [ "$(wc -l < scores.txt)" -eq "$(wc -l < labels.txt)" ] || fail "$run: $(wc -l < scores.txt) scores of $(wc -l < labels.txt) lines"
  grep -q '^800 impressions scored; milliseconds: median .*, 95 % .*, 99 % .*, longest ' said.txt || fail "$run: latencies: $(cat said.txt)"
  said "values without a row of their own, which took row 0: 'user'"
  # Pairs of a click and none: the click above, ties half. Of what the search says only its best counts.
  paste scores.txt labels.txt | awk '{ p[NR] = $1; l[NR] = $2; loss -= log($2 ? $1 : 1 - $1) }
    END { for (i = 1; i <= NR; ++i) if (l[i]) for (j = 1; j <= NR; ++j) if (!l[j]) { ++pairs; won += p[i] > p[j] ? 1 : p[i] == p[j] ? 0.5 : 0 }
      printf "%.9f %.9f\n", won / pairs, loss / NR }' > served.txt
  awk -F '[:,]' '/"budgets":/ { on = 1 } on && /"auc"/ { auc = $2 } on && /"log_loss"/ { loss = $2 } END { print auc, loss }' $run/summary.json > reported.txt
  # To what is lost by probabilities as floats, 6e-8 of each: neighbours may become ties.
  paste -d ' ' served.txt reported.txt | awk '{ d = $1 - $3; e = $2 - $4; exit !(d * d < 1e-8 && e * e < 1e-12 && $1 > 0.7) }' ||
    fail "$run: AUC and log-loss of what is served: $(cat served.txt), reported: $(cat reported.txt)"
  cp scores.txt $run.scores
done

# The same scores some at a time, by several threads; without a header; of columns between tabs.
ask "$(tables dcn)" --batch 300 --threads 2 < turned.csv
cmp -s scores.txt dcn.scores || fail "other scores in batches"
said '800 impressions scored in 3 requests; milliseconds a request: median '
said '; for each impression of it: median '
tail -n +2 test.csv | sed 's/,[01]$//' | ask "$(tables dcn)" --no-header
cmp -s scores.txt dcn.scores || fail "other scores without header: $(cat said.txt)"
said "columns: 'user', 'item', 'genres', 'price', 'age'"
awk -F ',' 'NR == 1 { OFS = "\t"; $1 = $1; print; next } { print $1 "\t\"" substr($2, 2) "," $3 "\t" $4 "\t" $5 "\t" $6 "\t" $7 }' test.csv > tabs.tsv
ask "$(tables dcn)" --delimiter tab < tabs.tsv
cmp -s scores.txt dcn.scores || fail "other scores of columns between tabs: $(cat said.txt)"

# Lines that cannot be read get an empty line; blank ones none. What a value means does not depend on its neighbours.
printf 'user,item,genres,price,age\r\n\nu1,"i, 3",a|b,4.5,30\nu1,"i, 3",a|b,cheap,30\nu1,"i, 3",a|b\nnobody,nothing,none|b,,\n' | ask "$(tables fm)"
[ "$(cat status)" -eq 1 ] || fail "status of refused lines: $(cat status)"
said "serve_packed: line 4: expected a number below 3.4e38 or nothing in column 4 ('price'), got 'cheap'"
said "serve_packed: line 5: expected 5 fields, got 3"
said "2 impressions scored, 2 lines refused; milliseconds: "
said "values without a row of their own, which took row 0: 'user' 1, 'item' 1, 'genres' 1"
awk 'NR == 2 || NR == 3 { if ($0 != "") bad = 1; next } !($1 > 0 && $1 < 1) { bad = 1 } END { exit bad || NR != 4 }' scores.txt || fail "scores: $(cat scores.txt)"

# refused TEXT FILE OPTION...: one line that has TEXT, status 2, no score. Standard input goes to the server.
refused() {
  text=$1
  shift
  ask "$@"
  [ "$(cat status)" -eq 2 ] || fail "status $(cat status) of: $*: $(cat said.txt)"
  [ "$(grep -c '^serve_packed: ' said.txt)" -eq 1 ] || fail "not one line of: $*: $(cat said.txt)"
  grep '^serve_packed: ' said.txt | grep -qF -- "$text" || fail "expected '$text' of: $*, got: $(cat said.txt)"
  [ ! -s scores.txt ] || fail "scores of: $*"
}
refused 'standard input: expected a line with the names of columns, got none' "$(tables fm)" < /dev/null
printf 'user,item,genres,age\nu1,i1,a,3\n' > lacks.csv
refused "standard input:1: expected a column named 'price', got the columns 'user', 'item', 'genres', 'age', cut at ','; lines without" "$(tables fm)" < lacks.csv
printf 'user,item,user,genres,price,age\n' > twice.csv
refused "standard input:1: expected one column named 'user', got several" "$(tables fm)" < twice.csv
refused "expected a column named 'user', got the columns" "$(tables fm)" --delimiter semicolon < test.csv
for option in '--k 5' '--similar' '--cosine' '--seen train.csv' '--only train.csv' '--except train.csv' '--separator tab' '--users u' '--all --out lists.tsv'; do
  refused "${option%% *}: $(tables fm) has a click model, which scores impressions and recommends no items" "$(tables fm)" $option < test.csv
done
head -c 3000 "$(tables fm)" > cut.safetensors
refused 'cut.safetensors: ' cut.safetensors < test.csv
sed 's/"network.kind":"fm"/"network.kind":"mf"/' "$(tables fm)" > kind.safetensors
refused "kind.safetensors: expected the kind of the tables, 'fm' as 'network.kind', got 'mf'" kind.safetensors < test.csv
awk 'BEGIN { for (u = 0; u < 30; ++u) for (i = 0; i < 20; ++i) if ((u + i) % 3) print u "," i }' > pairs.csv
"$search" --data pairs.csv --backbone mf --dim 4 --budget 0.5 --methods equal --out mf --quiet > mf.txt 2>&1 || fail "mf: $(cat mf.txt)"
for option in --no-header '--delimiter tab' '--quote none'; do
  refused "${option%% *}: of a click model, whose tables mf/tables-0.5.safetensors does not have" mf/tables-0.5.safetensors $option < test.csv
done
echo passed
