#!/bin/sh
# SPDX-License-Identifier: MIT
# Gives search_sizes data as people have them: what it says that it read, filters, splits, metrics, folders in use.
#   data_test.sh PROGRAM
set -eu
program=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

# has WORDS FILE: whether a file has that text, line ends and indentation aside.
has() { tr -s ' \n' ' ' < "$2" | grep -qF -- "$1" || fail "expected '$1' in: $(cat "$2")"; }
inspect() {
  status=0
  "$program" --inspect "$@" > "$dir/seen.json" 2> "$dir/err.txt" || status=$?
}
# usable WORDS ARGUMENTS...: read right as it is. unusable: refused with these words.
usable() {
  words=$1
  shift
  inspect "$@"
  [ "$status" -eq 0 ] || fail "$*: exit status $status: $(cat "$dir/err.txt")"
  has '"usable": true' "$dir/seen.json"
  has "$words" "$dir/seen.json"
}
unusable() {
  words=$1
  shift
  inspect "$@"
  [ "$status" -eq 2 ] || fail "$*: exit status $status: $(cat "$dir/seen.json")"
  has '"usable": false' "$dir/seen.json"
  has "$words" "$dir/seen.json"
  [ "$(wc -l < "$dir/err.txt")" -eq 1 ] || fail "$*: not one line of error: $(cat "$dir/err.txt")"
}

# What a file is, in JSON.
printf 'user_id\titem_id\trating\ttimestamp\tdevice\n1\t10\t5\t111\tx\n1\t11\t4\t112\tx\n2\t10\t3\t113\tx\n' > "$dir/table.tsv"
usable '"format": "delimited"' --data "$dir/table.tsv"
for words in '"header": true' '"delimiter": "\t"' '"users": 2' '"items": 2' '"interactions": 3' '"lines": 3' '"left_out": {}' \
  '"user": { "column": 1, "name": "user_id", "needed": true }' '"rating": { "column": 3, "name": "rating", "needed": false }' \
  '"first_record": [ "1", "10", "5", "111", "x" ]' \
  '"time": { "from": "1970-01-01T00:01:51Z", "to": "1970-01-01T00:01:53Z" }'; do
  has "$words" "$dir/seen.json"
done
printf '1\t10\t5\n1\t11\n2\t10\t3\n' > "$dir/damaged.tsv"
unusable 'damaged.tsv:2: expected 3 fields like the first line, got 2' --data "$dir/damaged.tsv"
printf '2001:db8::1,a\n2001:db8::2,b\n' > "$dir/addresses.csv"
usable '"first_record": [ "2001:db8::1", "a" ]' --data "$dir/addresses.csv"
printf 'when,thing,who\n7,x,ann\n8,y,ann\n' > "$dir/named.csv"
unusable "cannot be told from the names 'when', 'thing', 'who': name them (--user, --item)" --data "$dir/named.csv"
usable '"user": { "column": 3, "name": "who", "needed": true }' --data "$dir/named.csv" --user who --item thing
usable '"items": 2' --data "$dir/named.csv" --user 3 --item 2 --header yes
unusable 'columns count from 1, got 0' --data "$dir/named.csv" --user 0 --item 1
printf 'user,item,label\n1,10,1\n1,11,0\n2,10,1\n' > "$dir/labels.csv"
usable '"label not positive": 1' --data "$dir/labels.csv"
usable '"interactions": 3' --data "$dir/labels.csv" --label none
usable '"interactions": 1' --data "$dir/labels.csv" --positive-label 0
printf '1;10;"x\n1;11;y"\n' > "$dir/quotes.txt"
unusable 'a quoted field runs from here to line 2' --data "$dir/quotes.txt"
usable '"interactions": 2' --data "$dir/quotes.txt" --quote none
usable '"delimiter": ";"' --data "$dir/quotes.txt" --quote none --delimiter semicolon --header no
printf '#1,10\n2,11\n' > "$dir/signs.csv"
unusable 'a comment or data?' --data "$dir/signs.csv"
usable '"comments": 1' --data "$dir/signs.csv" --comment '#'
usable '"interactions": 2' --data "$dir/signs.csv" --comment none
unusable 'cannot open' --data "$dir/nothing"
unusable '--inspect needs --data'
usable '"test": { "format": "delimited"' --data "$dir/table.tsv" --test "$dir/labels.csv"

# Compressed, and through a pipe.
gzip -c "$dir/table.tsv" > "$dir/table.tsv.gz"
usable '"interactions": 3' --data "$dir/table.tsv.gz"
"$program" --inspect --data - < "$dir/table.tsv.gz" > "$dir/seen.json" || fail "standard input: $(cat "$dir/seen.json")"
has '"interactions": 3' "$dir/seen.json"
head -c 60 "$dir/table.tsv.gz" > "$dir/cut.gz"
unusable 'expected a whole gzip member' --data "$dir/cut.gz"
if command -v zstd > /dev/null 2>&1; then
  zstd -q "$dir/table.tsv" -o "$dir/table.tsv.zst"
  usable '"interactions": 3' --data "$dir/table.tsv.zst"
fi
# What cannot be written was not said.
if [ -e /dev/full ]; then
  status=0
  "$program" --inspect --data "$dir/table.tsv" > /dev/full 2> "$dir/err.txt" || status=$?
  [ "$status" -eq 2 ] && grep -q 'cannot write to standard output' "$dir/err.txt" || fail "a full disk: status $status"
fi
# A name that is no UTF-8 is a name all the same.
odd="$dir/$(printf 'n\374mbers').tsv"
cp "$dir/table.tsv" "$odd"
usable '"interactions": 3' --data "$odd"

# 40 users in groups of taste, who come in any order; at the end an item and a user that nobody knew before.
awk 'BEGIN { t = 1500002000; print "time\tbuyer_id\tproduct\tplays\tstars"
  for (i = 0; i < 30; ++i) for (u = 0; u < 40; ++u) if ((u * 7 + i * 13) % 10 < (u % 5 == i % 5 ? 9 : 2))
    print 1500000000 + (u * 131 + i * 71) % 1009 "\tu" u "\ti" (i * 11) % 30 "\t" 1 + (u + i) % 4 "\t" 1 + (u * i) % 5
  for (u = 0; u < 3; ++u) print ++t "\tu" u "\tnew item\t1\t5"
  print ++t "\tnew user\ti1\t1\t5" }' > "$dir/log.tsv"
small() { "$program" --data "$dir/log.tsv" --user buyer_id --dim 8 --budget 0.6 --episodes 0 --backbone mf --threads 1 "$@"; }
small --split-at 0.6 0.8 --at 3 7 --out "$dir/future" > "$dir/out.txt" || fail "$(cat "$dir/out.txt")"
has 'only the test part knows 1 users and 1 items: they and their 4 pairs are left out' "$dir/out.txt"
has 'Recall@3' "$dir/out.txt"
has 'NDCG@7' "$dir/out.txt"
grep -q '^removed' "$dir/out.txt" && grep -A 1 '^removed' "$dir/out.txt" | grep -q '^-  *popularity  *-  *- ' || fail "the first row is not popularity"
if grep -q -e 'new item' "$dir/future/ids-items.tsv" || grep -q 'new user' "$dir/future/ids-users.tsv"; then
  fail "what only the future knows has a row"
fi
for words in '"split_by_time": true' '"only_in_test": { "users": 1, "items": 1, "pairs": 4 }' '"split": "temporal"' \
  '"at": [ 3, 7 ]' '"recall@3"' '"hit_rate@7"' '"mrr@3"' '"map@7"' '"coverage@7"' '"popularity"'; do
  has "$words" "$dir/future/summary.json"
done
small --split leave-one-out --out "$dir/last" > "$dir/out.txt" || fail "$(cat "$dir/out.txt")"
# 41 users; of each one pair is for test, of "new user" none; those of "new item" are left out with it.
has '"validation": 40, "test": 37' "$dir/last/summary.json"
# Filters say what they removed.
# The new item has three pairs; without it, one user who rates nothing else above 1 has none.
small --min-user 2 --min-item 4 --min-rating 2 --out "$dir/core" > "$dir/out.txt" || fail "$(cat "$dir/out.txt")"
grep -q 'left out by --min-user and --min-item: 2 users, 1 items, 4 pairs' "$dir/out.txt" || fail "$(cat "$dir/out.txt")"
grep -q 'left out: [0-9]* rated too low' "$dir/out.txt" || fail "$(cat "$dir/out.txt")"
small --weight plays --out "$dir/weights" > "$dir/out.txt" || fail "$(cat "$dir/out.txt")"
small --quiet --out "$dir/quiet" > "$dir/quiet.txt" 2>&1 || fail "$(cat "$dir/quiet.txt")"
head -n 1 "$dir/quiet.txt" | grep -q '^removed' && ! grep -q -e '^ciess [0-9]' -e '\.\.\.$' -e '^read' "$dir/quiet.txt" &&
  grep -q '\* ' "$dir/quiet.txt" || fail "--quiet prints more or less than the table: $(cat "$dir/quiet.txt")"
small --out "$dir/plain" > "$dir/plain.txt" || fail "$(cat "$dir/plain.txt")"
[ -s "$dir/weights/tables-0.6.safetensors" ] && [ -s "$dir/plain/tables-0.6.safetensors" ] || fail "no tables"
cmp -s "$dir/weights/tables-0.6.safetensors" "$dir/plain/tables-0.6.safetensors" && fail "weights make no difference"

# A folder holds the results of one run.
refuse() {
  words=$1
  shift
  status=0
  "$@" > "$dir/out.txt" 2> "$dir/err.txt" || status=$?
  [ "$status" -eq 2 ] || fail "$*: exit status $status"
  [ "$(wc -l < "$dir/err.txt")" -eq 1 ] || fail "$*: not one line of error: $(cat "$dir/err.txt")"
  grep -qF -- "$words" "$dir/err.txt" || fail "$*: expected '$words' in: $(cat "$dir/err.txt")"
}
echo mine > "$dir/plain/notes.txt"
echo mine > "$dir/plain/ids-clicks.tsv"
mkdir "$dir/plain/sizes-old.npy"
(cd "$dir/plain" && find . -type f | sort | xargs cksum) > "$dir/before.txt"
refuse 'has the results of another run' small --out "$dir/plain" --seed 2
(cd "$dir/plain" && find . -type f | sort | xargs cksum) | cmp - "$dir/before.txt" || fail "a refused run changes what is there"
# Tables of another budget were another run's only if one has left them.
"$program" --data "$dir/log.tsv" --user buyer_id --dim 8 --budget 0.7 --episodes 0 --backbone mf --threads 1 --out "$dir/plain" --force > "$dir/out.txt" || fail "--force: $(cat "$dir/out.txt")"
[ ! -e "$dir/plain/tables-0.6.safetensors" ] && [ -s "$dir/plain/tables-0.7.safetensors" ] || fail "--force leaves tables of the run before"
echo mine > "$dir/plain/tables-0.123.safetensors"
refuse "tables-0.123.safetensors would be written over, and no run is known to have left it" small --out "$dir/plain" --budget 0.123 --force
small --out "$dir/plain" --seed 2 --force > "$dir/out.txt" || fail "--force: $(cat "$dir/out.txt")"
[ ! -e "$dir/plain/tables-0.7.safetensors" ] || fail "--force leaves tables of the run before"
[ "$(cat "$dir/plain/notes.txt" "$dir/plain/ids-clicks.tsv" "$dir/plain/tables-0.123.safetensors")" = "mine
mine
mine" ] && [ -d "$dir/plain/sizes-old.npy" ] || fail "--force removes what is not its own"
has '"seed": 2' "$dir/plain/summary.json"

# What is read is not removed, whatever it is called.
mkdir "$dir/inside"
cp "$dir/log.tsv" "$dir/inside/history.tsv"
refuse 'is read, and would be written' "$program" --data "$dir/inside/history.tsv" --dim 8 --budget 0.6 --episodes 0 --backbone mf \
  --force --out "$dir/inside"
cmp "$dir/log.tsv" "$dir/inside/history.tsv" || fail "what is read is gone"
# Nobody to judge by: refused before anything is written.
awk 'BEGIN { print "user\titem\ttime"; for (u = 0; u < 9; ++u) for (i = 0; i < 9; ++i) if (i > 5 || i != u % 6) print u (i < 6 ? "" : "new") "\t" i % 6 "\t" 1500000000 + i }' > "$dir/strangers.tsv"
refuse 'no user has a pair that counts in validation' "$program" --data "$dir/strangers.tsv" --split-at 0.6 0.8 --dim 4 --budget 0.5 \
  --backbone mf --out "$dir/bad"
# Weights of pairs that come again would tell of the future.
(cat "$dir/log.tsv"; tail -n 1 "$dir/log.tsv") > "$dir/again.tsv"
refuse 'a split by time would learn from the future' "$program" --data "$dir/again.tsv" --weight plays --split temporal --out "$dir/bad"
unusable 'name it (--time)' --data "$dir/labels.csv" --split temporal
refuse 'is after' small --split-at 2020-01-02 2020-01-01 --out "$dir/bad"
refuse 'expected a share' small --split-at 2012 --out "$dir/bad"

# Values that are none.
for option in --data --test --user --time --format --split --split-at --min-rating --at --budget --bytes --methods --dim --seed --out --resume; do
  refuse "$option: expected a value, got an empty one" "$program" --dim 8 $option ""
done
refuse "--min-rating: expected a number, got 'abc'" small --min-rating abc --out "$dir/bad"
refuse "--split_at: there is no such option; see --help" small --split_at 0.5 --out "$dir/bad"
# Numbers that are none.
for seed in -1 99999999999999999999 1.5 x; do refuse "--seed" small --seed $seed --out "$dir/bad"; done
for at in 0 -3 x; do refuse "--at" small --at $at --out "$dir/bad"; done
refuse "--at: expected lengths of lists that rise" small --at 5 5 --out "$dir/bad"
refuse "--split: expected random" small --split sideways --out "$dir/bad"
refuse "--split: expected last:N" small --split last:0 --out "$dir/bad"
refuse "--split-at: expected a share" small --split-at soon --out "$dir/bad"
refuse "name it (--time)" "$program" --data "$dir/labels.csv" --split temporal --out "$dir/bad"
refuse "core_filter" small --min-user 100000 --out "$dir/bad"
[ ! -e "$dir/bad" ] || fail "a refused run leaves something behind"
# The odd name goes through a whole run and its checkpoints.
cp "$dir/log.tsv" "$odd"
"$program" --data "$odd" --user buyer_id --dim 8 --budget 0.6 --episodes 0 --backbone mf --out "$dir/odd" > "$dir/out.txt" ||
  fail "a name that is no UTF-8: $(cat "$dir/out.txt")"
[ -s "$dir/odd/summary.json" ] && [ ! -e "$dir/odd/ciess-checkpoint" ] || fail "a name that is no UTF-8 leaves a search unfinished"
echo "1 passed, 0 failed"
