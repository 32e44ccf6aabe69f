#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs search_sizes as a user does: a small data set, one and two threads, bad input of every kind.
#   search_sizes_test.sh PROGRAM
set -eu
program=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

# 80 users, 50 items, in groups that like different items: MovieLens lines, ids not consecutive.
awk 'BEGIN { for (u = 0; u < 80; ++u) for (i = 0; i < 50; ++i)
  if ((u * 7 + i * 13) % 10 < (u % 5 == i % 5 ? 8 : 1)) print 3 * u + 5 "::" 10 + i "::" 1 + (u + i) % 5 "::0" }' > "$dir/ratings.dat"

run() { "$program" --data "$dir/ratings.dat" --dim 40 --budget 0.7 0.9 --episodes 1 --seed 3 "$@"; }
run --threads 1 --out "$dir/one" > "$dir/one.txt"
run --threads 2 --out "$dir/two" > "$dir/two.txt"
for file in sizes-0.7-users.npy sizes-0.7-items.npy sizes-0.9-users.npy sizes-0.9-items.npy ids-users.tsv ids-items.tsv; do
  cmp "$dir/one/$file" "$dir/two/$file" || fail "$file differs between one and two threads"
done
[ "$(sed -n 2p "$dir/one/ids-users.tsv")" = "$(printf '0\t5')" ] || fail "external ids are not kept"
for word in '"data"' '"seed": 3' '"preset": "warm"' '"backbone": "lightgcn"' '"pretrain"' '"full"' '"equal, warm"' '"random, scratch"' \
  '"frequency, warm"' '"tail-energy, warm"' '"weighted-frequency, warm"' '"ciess"' '"best"' '"sparsity"' '"parameters"' '"recall@5"' '"ndcg@20"' '"mean"'; do
  grep -qF "$word" "$dir/one/summary.json" || fail "summary.json lacks $word"
done
# 130 rows of 40 numbers are 5200: at most 1560 and 520 may be kept, and are.
grep -q '"parameters": 1560,' "$dir/one/summary.json" || fail "a budget of 0.7 does not keep 1560 numbers"
grep -q '"parameters": 520,' "$dir/one/summary.json" || fail "a budget of 0.9 does not keep 520 numbers"
[ "$(head -c 6 "$dir/one/sizes-0.7-users.npy" | tail -c 5)" = NUMPY ] || fail "sizes are not .npy"
# every_budget OUT TABLE...: for each budget of the summary there are sizes of each table, and the small tables.
every_budget() {
  out=$1
  shift
  budgets=$(sed -n 's/^ *"budget": \([0-9.]*\),*$/\1/p' "$out/summary.json")
  [ -n "$budgets" ] || fail "$out names no budget"
  for budget in $budgets; do
    [ -s "$out/tables-$budget.safetensors" ] || fail "$out has no tables for $budget"
    for table in "$@"; do
      [ -s "$out/sizes-$budget-$table.npy" ] || fail "$out has no sizes of $table for $budget"
    done
  done
}
every_budget "$dir/one" users items
# So near to each other that one assignment wins two of them.
"$program" --data "$dir/ratings.dat" --dim 40 --budget 0.7 0.7002 0.7004 --episodes 0 --seed 3 --backbone mf --out "$dir/near" > "$dir/near.txt"
cmp "$dir/near/sizes-0.7-users.npy" "$dir/near/sizes-0.7002-users.npy" || fail "no assignment wins two budgets: choose others"
every_budget "$dir/near" users items
grep -q '^searching, ciess: [0-9,]* measurements of 20 training steps each, [0-9,]* in all \.\.\.$' "$dir/one.txt" || fail "the cost of the search is not told"
[ "$(wc -l < "$dir/one/history.tsv")" -gt 10 ] || fail "history.tsv is too short"
grep -q 'ciess' "$dir/one.txt" || fail "no table is printed"
[ "$(grep -c '^[79]0%  *\* ' "$dir/one.txt")" -eq 2 ] || fail "the best of a budget is not marked"
# Four pictures: a script each, and data; gnuplot, where it is, draws them from any folder without a word.
pictures() {
  for file in quality.gp quality.tsv history.gp history.tsv sizes.gp sizes.tsv shares.gp shares.tsv; do
    [ -s "$1/$file" ] || fail "$1 has no $file"
  done
  command -v gnuplot > /dev/null 2>&1 || return 0
  for picture in quality history sizes shares; do
    [ -s "$1/$picture.svg" ] || fail "$1: $picture.svg was not drawn by the run"
    rm "$1/$picture.svg"
  done
  (cd / && gnuplot -d "$1/quality.gp" "$1/history.gp" "$1/sizes.gp" "$1/shares.gp") > "$dir/said.txt" 2>&1 || fail "gnuplot: $(cat "$dir/said.txt")"
  [ ! -s "$dir/said.txt" ] || fail "gnuplot has something to say: $(cat "$dir/said.txt")"
  for picture in quality history sizes shares; do
    grep -q '</svg>' "$1/$picture.svg" || fail "$1: $picture.svg is not whole"
  done
}
pictures "$dir/one"
cmp "$dir/one/quality.tsv" "$dir/two/quality.tsv" || fail "quality.tsv differs between one and two threads"
cmp "$dir/one/sizes.tsv" "$dir/two/sizes.tsv" || fail "sizes.tsv differs between one and two threads"
# Rules that start warm alone have rows without a start, with the figures that they have beside those from scratch.
starts() { "$program" --data "$dir/ratings.dat" --dim 8 --budget 0.7 --episodes 0 --rule-starts "$@" | sed -n 's/^70%  *//p'; }
starts warm --out "$dir/warm" > "$dir/warm.txt"
starts warm scratch warm --out "$dir/both" > "$dir/both.txt"
! grep -qE 'scratch|, warm' "$dir/warm.txt" || fail "--rule-starts warm has rows of other starts: $(cat "$dir/warm.txt")"
for rule in equal frequency tail-energy; do
  grep -q "^$rule, scratch" "$dir/both.txt" || fail "--rule-starts warm scratch: $rule has no row from scratch"
  [ "$(sed -n "s/^$rule  *//p" "$dir/warm.txt")" = "$(sed -n "s/^$rule, warm  *//p" "$dir/both.txt")" ] ||
    fail "$rule started warm has other figures beside its row from scratch"
done
# Names that mean something to a shell or to gnuplot, one budget; then no gnuplot at all, then one that fails.
cp "$dir/ratings.dat" "$dir/it's a_b @c \"d\" \$e"
small() { "$program" --data "$dir/it's a_b @c \"d\" \$e" --dim 8 --budget 0.7 --episodes 0 --backbone mf "$@"; }
small --out "$dir/-it's a_b @c \"d\"" > "$dir/named.txt"
pictures "$dir/-it's a_b @c \"d\""
mkdir "$dir/no-programs" "$dir/failing"
(PATH="$dir/no-programs" && small --out "$dir/plain") > "$dir/plain.txt" 2> "$dir/err.txt"
[ "$(grep -c 'gnuplot' "$dir/plain.txt")" -eq 1 ] || fail "without gnuplot not one line says how to draw"
[ ! -s "$dir/err.txt" ] || fail "without gnuplot: $(cat "$dir/err.txt")"
[ -s "$dir/plain/sizes.gp" ] && [ ! -e "$dir/plain/sizes.svg" ] || fail "without gnuplot: not the scripts alone"
printf '#!/bin/sh\necho noise; echo noise >&2; exit 3\n' > "$dir/failing/gnuplot"
chmod +x "$dir/failing/gnuplot"
(PATH="$dir/failing:$PATH" && small --out "$dir/failed") > "$dir/failed.txt" 2> "$dir/err.txt" || fail "a failing gnuplot fails the run"
[ "$(grep -c 'could not draw' "$dir/err.txt")" -eq 1 ] && [ "$(wc -l < "$dir/err.txt")" -eq 1 ] ||
  fail "a failing gnuplot: not one line of error: $(cat "$dir/err.txt")"
[ -s "$dir/failed/sizes.gp" ] || fail "a failing gnuplot: no script is left"

# Methods by name: rows, their efforts, and the steps of the last one. Programs without bet say so.
compared() { "$program" --data "$dir/ratings.dat" --dim 8 --budget 0.7 --backbone mf --out "$dir/compared" --force "$@"; }
if compared --methods bet equal --measurements 4 > "$dir/compared.txt" 2> "$dir/err.txt"; then
  for method in equal bet; do
    grep -q "^70%  *$method " "$dir/compared.txt" || fail "--methods: no row of $method"
  done
  ! grep -q "^70%  *ciess" "$dir/compared.txt" || fail "--methods: a row that nobody asked for"
  [ "$(grep -A 1 '"bet": {' "$dir/compared/summary.json" | sed -n 's/^ *"measurements": \([0-9]*\),$/\1/p')" = 4 ] ||
    fail "--measurements 4: $(grep -A 3 '"bet": {' "$dir/compared/summary.json")"
  [ "$(wc -l < "$dir/compared/history.tsv")" -eq 5 ] || fail "history.tsv has not the steps of bet"
  compared --methods bet portfolio --measurements 10 > "$dir/compared.txt"
  [ "$(cut -f 7 "$dir/compared/history.tsv" | uniq -c | tr -s ' ' | tr '\n' ';')" = ' 1 method; 4 bet; 6 optembed;' ] ||
    fail "history.tsv has not the steps of a portfolio: $(cat "$dir/compared/history.tsv")"
else
  grep -q "bet is not to be had with this" "$dir/err.txt" || fail "--methods: $(cat "$dir/err.txt")"
  compared --methods equal ciess --measurements 46 > "$dir/compared.txt"
fi

for backbone in mf ials ncf ngcf; do
  run --backbone $backbone --out "$dir/$backbone" > "$dir/$backbone.txt" || fail "$backbone does not run"
done
pictures "$dir/ncf"
# NeuMF has two rows for each user and item: 10400 numbers, at most 3120 and 1040 of them kept.
grep -q '"parameters": 3120,' "$dir/ncf/summary.json" || fail "a budget of 0.7 does not keep 3120 numbers of ncf"
for table in users-mlp items-mlp users-gmf items-gmf; do
  [ -s "$dir/ncf/sizes-0.9-$table.npy" ] || fail "ncf has no sizes for $table"
done
grep -q '"other_parameters": 3321,' "$dir/ncf/summary.json" || fail "the layers of ncf are not counted"

# Other losses: another model than BPR's, and the summary says which.
trained() { "$program" --data "$dir/ratings.dat" --dim 8 --budget 0.7 --episodes 0 --backbone mf --methods equal --quiet --force "$@"; }
trained --out "$dir/bpr" > "$dir/bpr.txt"
grep -q '"loss"' "$dir/bpr/summary.json" && fail "bpr is named where it was not before"
trained --loss softmax --out "$dir/loss" > "$dir/softmax.txt" || fail "--loss softmax does not run"
grep -q '"kind": "softmax"' "$dir/loss/summary.json" || fail "--loss softmax: the summary does not say so"
cmp -s "$dir/bpr/tables-0.7.safetensors" "$dir/loss/tables-0.7.safetensors" && fail "--loss softmax: the tables are those of bpr"
trained --loss sampled-softmax --candidates 20 --correct no --temperature 0.2 --out "$dir/loss" > "$dir/sampled.txt" ||
  fail "--loss sampled-softmax does not run"
trained --loss sce --candidates 20 --out "$dir/sce" > "$dir/sce.txt" || fail "--loss sce does not run"
grep -q '"kind": "sampled-softmax"' "$dir/loss/summary.json" || fail "--loss sampled-softmax: the summary does not say so"
grep -q '"temperature": 0.2' "$dir/loss/summary.json" || fail "--temperature: the summary does not say so"
grep -q '"correct": false' "$dir/loss/summary.json" || fail "--correct no: the summary does not say so"

# iALS has squares for its loss, told by two numbers.
grep -q '"kind": "squares"' "$dir/ials/summary.json" || fail "ials: the summary does not name its loss"
trained --backbone ials --unobserved 0.1 --penalty 0.05 --out "$dir/squares" > "$dir/squares.txt" ||
  fail "--unobserved, --penalty: does not run"
grep -q '"unobserved": 0.1' "$dir/squares/summary.json" || fail "--unobserved: the summary does not say so"

# Steps that move the rows of their batch alone.
for updates in lazy-adam "rowwise-adagrad --rate-factor 60" "sgd --rate-factor 100"; do
  trained --updates $updates --out "$dir/updates" > "$dir/updates.txt" || fail "--updates $updates does not run"
  grep -q "\"updates\": \"${updates%% *}\"" "$dir/updates/summary.json" || fail "--updates $updates: the summary does not say so"
  [ -s "$dir/updates/tables-0.7.safetensors" ] || fail "--updates $updates: no tables"
  cmp -s "$dir/bpr/tables-0.7.safetensors" "$dir/updates/tables-0.7.safetensors" && fail "--updates $updates: the tables are those of all rows"
done
trained --updates all --out "$dir/updates" > "$dir/updates.txt" || fail "--updates all does not run"
cmp "$dir/bpr/tables-0.7.safetensors" "$dir/updates/tables-0.7.safetensors" || fail "--updates all is not what is usual"
refused() {  # WORDS OPTION...: one line with these words, status 2
  words=$1; shift
  status=0
  trained --out "$dir/refused" "$@" > "$dir/out.txt" 2> "$dir/err.txt" || status=$?
  [ $status -eq 2 ] || fail "$*: status $status, expected 2"
  [ "$(wc -l < "$dir/err.txt")" -eq 1 ] || fail "$*: $(cat "$dir/err.txt")"
  grep -q -e "$words" "$dir/err.txt" || fail "$*: $(cat "$dir/err.txt")"
}
refused "has no other loss" --backbone ials --loss softmax
refused "the paper has no ials" --backbone ials --preset paper
refused "of --backbone ials alone, got mf" --penalty 0.1
refused "penalty must be > 0" --backbone ials --penalty 0
refused "unobserved must be >= 0" --backbone ials --unobserved nan
refused "of --loss bpr alone" --updates lazy-adam --loss softmax
refused "of --preset paper" --updates lazy-adam --preset paper
refused "touches every row" --backbone lightgcn --updates lazy-adam
refused "takes no steps" --backbone ials --updates sgd --rate-factor 1
refused "expected --rate-factor beside it" --updates rowwise-adagrad
refused "rate must be > 0, got 0" --updates sgd --rate-factor 0
refused "lazy-adam, rowwise-adagrad and sgd alone" --rate-factor 2
refused "\-\-replay: of ciess alone" --replay 5000
refused "of each of 100 steps, got 99" --methods ciess --replay 99
[ ! -e "$dir/refused" ] || fail "what is refused leaves a folder behind"

# What ciess remembers of a table can be less than all rows: another search, the same at any number of threads.
for threads in 1 2; do
  run --backbone mf --methods equal ciess --replay 500 --threads $threads --quiet --out "$dir/replay$threads" > /dev/null
done
cmp "$dir/replay1/policy-users.safetensors" "$dir/replay2/policy-users.safetensors" || fail "--replay: one and two threads differ"
run --backbone mf --methods equal ciess --quiet --out "$dir/replay" > /dev/null
cmp -s "$dir/replay/policy-users.safetensors" "$dir/replay1/policy-users.safetensors" && fail "--replay changes nothing"

# Budgets in bytes: 130 rows of 40 floats are 20800. In 4 bits two numbers are a byte: the budgets are met to the byte.
bytes() { "$program" --data "$dir/ratings.dat" --dim 40 --backbone mf --seed 3 --methods equal ciess --episodes 1 --stored-as 4 "$@"; }
bytes --of bytes --budget 0.9 0.95 --out "$dir/shares" > "$dir/shares.txt"
bytes --bytes 2080 1.04k --out "$dir/bytes" --quiet > "$dir/bytes.txt"
bytes --of bytes --budget 0.9 0.95 --out "$dir/threads" --threads 2 --quiet > /dev/null
for limit in 2080 1040; do
  sed -n '/^ *"budgets": /,$p' "$dir/shares/summary.json" | grep -q "\"bytes\": $limit," || fail "a budget of $limit bytes is not used up: $(grep '"bytes"' "$dir/shares/summary.json")"
done
[ "$(sed -n 's/^ *"bytes": \([0-9]*\),$/\1/p' "$dir/shares/summary.json" | sort -n | tail -n 1)" -eq 2080 ] || fail "a budget of bytes is exceeded"
for file in sizes-0.9-users.npy sizes-0.95-items.npy tables-0.95.safetensors serving-0.95.safetensors serving-0.9.json; do
  cmp "$dir/shares/$file" "$dir/bytes/$file" || fail "$file differs between shares and numbers of bytes"
  cmp "$dir/shares/$file" "$dir/threads/$file" || fail "$file of few bits differs between one and two threads"
done
grep -q '^bytes: packed as 4 bits, .*; removed are shares of the bytes of the full size$' "$dir/shares.txt" || fail "the table does not say what its bytes are"
printf '0.9 removed: --bytes 2080\n0.95 removed: --bytes 1.04k\n' > "$dir/expected.txt"
grep ' removed: --bytes ' "$dir/bytes.txt" | cmp - "$dir/expected.txt" || fail "the bytes that were asked for are not told: $(cat "$dir/bytes.txt")"
grep -q ' removed: --bytes ' "$dir/shares.txt" && fail "bytes are told where shares were asked for"
tr -d ' \n' < "$dir/bytes/summary.json" | grep -q '"bytes":{"0.9":2080,"0.95":1040}' || fail "the bytes that were asked for are not in the summary"
grep -q '^0.95: .* of the best stay' "$dir/shares.txt" || fail "the vectors for a server are not told"
grep -q '"same_of_best"' "$dir/shares/summary.json" || fail "the vectors for a server are not in the summary"
# The fewest bytes hold the smallest size of all 130 rows, a float, and no index; of a little more no row has another size than the others.
"$program" --data "$dir/ratings.dat" --dim 8 --backbone mf --seed 3 --methods equal tail-energy ciess --episodes 1 --bytes 520 620 --out "$dir/least" --quiet > "$dir/least.txt" ||
  fail "the fewest bytes: $(cat "$dir/least.txt")"
[ "$(sed -n 's/^ *"bytes": \([0-9]*\),$/\1/p' "$dir/least/summary.json" | sort -n | tail -n 1)" -eq 520 ] || fail "the fewest bytes are exceeded: $(grep '"bytes"' "$dir/least/summary.json")"
bytes --multiple 8 --budget 0.7 --out "$dir/multiple" --quiet > /dev/null
grep -q '"parameters": 1560,' "$dir/multiple/summary.json" || fail "sizes in eights do not use their budget up"

# A given test part: rows by the same ids; what cannot be ranked or is known is left out and said.
head -n 40 "$dir/ratings.dat" > "$dir/test.dat"
awk 'NR > 40 || NR % 2 == 0' "$dir/ratings.dat" > "$dir/train.dat"
echo "99999::10::5::0" >> "$dir/test.dat"
head -n 1 "$dir/test.dat" >> "$dir/test.dat"
small_with() { "$program" --data "$dir/train.dat" --test "$dir/test.dat" --dim 8 --budget 0.7 --episodes 0 --backbone mf "$@"; }
small_with --out "$dir/given" > "$dir/given.txt"
grep -q '20 pairs to report on; left out: 1 of users or items that are not in .*, 20 that are in it$' "$dir/given.txt" &&
  grep -q 'left out: 1 duplicates$' "$dir/given.txt" ||
  fail "a given test part is not accounted for: $(cat "$dir/given.txt")"
grep -q '"test": 20$' "$dir/given/summary.json" || fail "a given test part is not the one of the summary"
# Of the 780 others, four fifths of each user's are trained on and a fifth is chosen by.
part() { sed -n "s/^ *\"$1\": \([0-9]*\),\{0,1\}$/\1/p" "$dir/given/summary.json" | head -n 1; }
[ $(($(part train) + $(part validation))) -eq 780 ] || fail "parts of a given training part do not add up"
[ "$(part validation)" -gt 117 ] && [ "$(part validation)" -lt 195 ] || fail "not a fifth is chosen by: $(part validation)"

# Bad input: status 2, one line on the error stream, nothing written.
refuse() {
  what=$1
  shift
  status=0
  "$program" --out "$dir/bad" "$@" > "$dir/out.txt" 2> "$dir/err.txt" || status=$?
  [ "$status" -eq 2 ] || fail "$what: exit status $status"
  [ "$(wc -l < "$dir/err.txt")" -eq 1 ] || fail "$what: not one line of error: $(cat "$dir/err.txt")"
  [ ! -e "$dir/bad" ] || fail "$what: left something behind"
  echo "$what: $(cat "$dir/err.txt")"
}
: > "$dir/empty"
printf '1::2::3::4\n5\n' > "$dir/one-field"
printf '1::2::3::4\nx::2::bad::4\n' > "$dir/no-number"
refuse "missing file" --data "$dir/none"
refuse "folder" --data "$dir"
refuse "empty file" --data "$dir/empty"
refuse "line with one field" --data "$dir/one-field" --format movielens
refuse "rating that is no number" --data "$dir/no-number" --format movielens --min-rating 1
printf '0 1\n' > "$dir/one-pair"
refuse "nothing to learn from" --data "$dir/one-pair" --format adjacency --dim 4 --budget 0.5
printf '0 1 2\n1 0 2\n' > "$dir/two-pairs"
refuse "nothing to choose by" --data "$dir/two-pairs" --format adjacency --dim 4 --budget 0.5
printf '99999::10::5::0\n' > "$dir/strangers"
refuse "test part of strangers" --data "$dir/ratings.dat" --test "$dir/strangers"
refuse "test part without training part" --test "$dir/ratings.dat"
refuse "missing test part" --data "$dir/ratings.dat" --test "$dir/none"
refuse "no interaction left" --data "$dir/ratings.dat" --min-rating 9
for budget in 0 1 -1 nan 2 inf; do refuse "budget $budget" --data "$dir/ratings.dat" --budget "$budget"; done
refuse "one budget twice" --data "$dir/ratings.dat" --budget 0.9 0.9000000001
refuse "budget below one number a row" --data "$dir/ratings.dat" --dim 8 --budget 0.95
refuse "bytes that hold no row" --data "$dir/ratings.dat" --dim 8 --bytes 100
refuse "a byte too few" --data "$dir/ratings.dat" --dim 8 --bytes 519
grep -q -- '--bytes 519: .*smallest sizes, which take 520$' "$dir/err.txt" || fail "$(cat "$dir/err.txt")"
refuse "bytes that hold all floats" --data "$dir/ratings.dat" --dim 8 --bytes 1M
refuse "bytes that hold all of few bits" --data "$dir/ratings.dat" --dim 40 --of bytes --budget 0.5 --stored-as 4
refuse "bytes that are none" --data "$dir/ratings.dat" --bytes 4x
refuse "shares and bytes" --data "$dir/ratings.dat" --budget 0.9 --bytes 1k
refuse "the same bytes twice" --data "$dir/ratings.dat" --dim 40 --bytes 2000 2k
grep -q -- '--bytes: expected different ones, got 2000 and 2k, ' "$dir/err.txt" || fail "$(cat "$dir/err.txt")"
refuse "bytes that hold all rows of few bits" --data "$dir/ratings.dat" --dim 40 --bytes 1k 15k --stored-as 4
grep -q -- '--bytes 15k: ' "$dir/err.txt" || fail "$(cat "$dir/err.txt")"
refuse "numbers of 5 bits" --data "$dir/ratings.dat" --stored-as 5
refuse "multiples of 0" --data "$dir/ratings.dat" --multiple 0
refuse "multiples that are too many numbers" --data "$dir/ratings.dat" --dim 40 --budget 0.9 --multiple 40
refuse "dim 0" --data "$dir/ratings.dat" --dim 0
refuse "dim that is no number" --data "$dir/ratings.dat" --dim many
refuse "unknown backbone" --data "$dir/ratings.dat" --backbone none
refuse "unknown option" --frobnicate
refuse "an unknown method" --data "$dir/ratings.dat" --methods Ciess
refuse "too few measurements" --data "$dir/ratings.dat" --dim 40 --budget 0.7 --measurements 10
refuse "measurements and episodes" --data "$dir/ratings.dat" --measurements 50 --episodes 2
# A list of methods that cannot be leaves the results of before, also where they were to be removed.
spared() {
  what=$1
  shift
  status=0
  "$program" --data "$dir/ratings.dat" --dim 8 --budget 0.7 --out "$dir/compared" --force "$@" > "$dir/out.txt" 2> "$dir/err.txt" || status=$?
  [ "$status" -eq 2 ] && [ "$(wc -l < "$dir/err.txt")" -eq 1 ] || fail "$what: status $status, $(cat "$dir/err.txt")"
  [ -s "$dir/compared/summary.json" ] && [ ! -e "$dir/compared/ciess-checkpoint" ] || fail "$what: earlier results are gone"
  echo "$what: $(cat "$dir/err.txt")"
}
spared "a method twice" --methods equal equal
spared "all and one more" --methods all equal
spared "a rule that the preset has not" --methods weighted-frequency --preset paper
refuse "an unknown loss" --data "$dir/ratings.dat" --loss hinge
refuse "a temperature of bpr" --data "$dir/missing.dat" --temperature 0.5
grep -q 'temperature: --loss bpr has none' "$dir/err.txt" || fail "the file is read before the loss is looked at"
refuse "another loss of the paper's settings" --data "$dir/ratings.dat" --preset paper --loss softmax
refuse "a similarity of bpr" --data "$dir/ratings.dat" --loss bpr --similarity cosine
refuse "candidates of a softmax over all" --data "$dir/ratings.dat" --loss softmax --candidates 10
refuse "a correction of a softmax over all" --data "$dir/ratings.dat" --loss softmax --correct yes
refuse "a temperature of 0" --data "$dir/ratings.dat" --dim 8 --budget 0.7 --loss softmax --temperature 0
refuse "no candidates" --data "$dir/ratings.dat" --dim 8 --budget 0.7 --loss sampled-softmax --candidates 0
refuse "more candidates than items" --data "$dir/ratings.dat" --dim 8 --budget 0.7 --loss sampled-softmax --candidates 51
grep -q 'candidates must be in \[1, 50\], the number of items, got 51' "$dir/err.txt" || fail "$(cat "$dir/err.txt")"
refuse "a bucket of no items" --data "$dir/ratings.dat" --dim 8 --budget 0.7 --loss sce --candidates 0
refuse "another loss of ncf" --data "$dir/ratings.dat" --dim 8 --budget 0.7 --backbone ncf --loss softmax
grep -q 'learns by bpr alone' "$dir/err.txt" || fail "$(cat "$dir/err.txt")"
: > "$dir/taken"
refuse "folder that cannot be made" --data "$dir/ratings.dat" --out "$dir/taken/results"
refuse "file in the place of the folder" --data "$dir/ratings.dat" --out "$dir/taken"
# Where nothing can be written is said before data are looked for.
ln -s /dev/null "$dir/null"
for out in taken taken/results null null/results; do
  refuse "--out $out" --data "$dir/none" --out "$dir/$out"
  grep -q -- "--out: expected a folder, or none, got $dir/${out%/results}, " "$dir/err.txt" || fail "reads first: $(cat "$dir/err.txt")"
done
refuse "no name of a folder" --data "$dir/none" --out ""
if [ -d /proc/self ]; then  # where not even root makes files
  refuse "a folder that takes no files" --data "$dir/none" --out /proc/results
  grep -q -- '--out: /proc/ciess-output: cannot create: ' "$dir/err.txt" || fail "reads first: $(cat "$dir/err.txt")"
fi
said=$( (trap '' XFSZ; ulimit -f 0; "$program" --data "$dir/none" --out "$dir/bad" || echo "status $?") 2>&1)
case $said in
  *"--out: "*": cannot write: "*"status 2") [ ! -e "$dir/bad" ] || fail "a full disk: something is left" ;;
  *) fail "a full disk: $said" ;;
esac

echo "1 passed, 0 failed"
