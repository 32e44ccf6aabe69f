#!/bin/sh
# From ratings to a server: searches, serves the small tables, gives sizes to new rows.
#   serve_test.sh SEARCH_SIZES SERVE_PACKED SIZE_NEW_ROWS
set -eu
search=$1
serve=$2
grow=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

# Ids with letters, 60 users in five groups that like different ones of 40 items.
awk 'BEGIN { for (u = 0; u < 60; ++u) for (i = 0; i < 40; ++i)
  if ((u * 7 + i * 13) % 10 < (u % 5 == i % 5 ? 9 : 1)) print "u" u "," "i" i ",5" }' > "$dir/ratings.csv"
"$search" --data "$dir/ratings.csv" --backbone mf --dim 16 --budget 0.5 --episodes 1 --out "$dir/found" > "$dir/search.txt"
tables=$dir/found/tables-0.5.safetensors
[ -s "$tables" ] || fail "no tables are left: $(cat "$dir/search.txt")"

printf 'u3\n\nu4 i4 i9 nonsense\nnobody\nu3\n' | "$serve" "$tables" --k 5 > "$dir/answers.txt" 2> "$dir/latencies.txt" ||
  fail "$(cat "$dir/latencies.txt")"
sed -n 2p "$dir/answers.txt" > "$dir/second.txt"
[ "$(wc -l < "$dir/answers.txt")" -eq 4 ] || fail "not a line for each user: $(cat "$dir/answers.txt")"
[ "$(sed -n 1p "$dir/answers.txt")" = "$(sed -n 4p "$dir/answers.txt")" ] || fail "the same user has two answers"
[ "$(sed -n 1p "$dir/answers.txt" | wc -w)" -eq 11 ] || fail "not five items with scores: $(sed -n 1p "$dir/answers.txt")"
[ "$(sed -n 3p "$dir/answers.txt")" = "nobody is not known" ] || fail "an unknown user: $(sed -n 3p "$dir/answers.txt")"
sed -n 2p "$dir/answers.txt" | grep -qw -e i4 -e i9 && fail "excluded items are recommended: $(sed -n 2p "$dir/answers.txt")"
grep -q '^1 ids of items to leave out are not known' "$dir/latencies.txt" || fail "does not say what it does not know"
printf 'u4\ti4\ti9\n' | "$serve" "$tables" --k 5 2> /dev/null | cmp - "$dir/second.txt" || fail "tabs are not blanks"
grep -q '3 users answered, 1 unknown; milliseconds: median' "$dir/latencies.txt" || fail "latencies: $(cat "$dir/latencies.txt")"
# User 3 likes the group of items 3, 8, 13, ...: most of the five best are of it.
liked=$(sed -n 1p "$dir/answers.txt" | tr ' ' '\n' | sed -n 's/^i//p' | awk '$1 % 5 == 3' | wc -l)
[ "$liked" -ge 3 ] || fail "recommends what others like: $(sed -n 1p "$dir/answers.txt")"
printf 'u3\n' | "$serve" "$tables" --k 5 --threads 2 2> /dev/null > "$dir/two.txt"
[ "$(cat "$dir/two.txt")" = "$(sed -n 1p "$dir/answers.txt")" ] || fail "two threads answer differently"

refuse() {
  words=$1
  shift
  status=0
  "$@" > "$dir/out.txt" 2> "$dir/err.txt" < "$dir/input" || status=$?
  [ "$status" -eq 2 ] || fail "$*: exit status $status"
  grep -qF -- "$words" "$dir/err.txt" || fail "$*: expected '$words' in: $(cat "$dir/err.txt")"
  [ ! -s "$dir/out.txt" ] || fail "$*: prints before it refuses"
}
echo u3 > "$dir/input"
head -c 1000 "$tables" > "$dir/cut.safetensors"
refuse "cut.safetensors" "$serve" "$dir/cut.safetensors"
refuse "none.safetensors" "$serve" "$dir/none.safetensors"
refuse "expected a" "$serve" "$tables" --items things

policy=$dir/found/policy-items.safetensors
printf 'new1 1\nnew2 10\nnew3 100\n' | "$grow" "$policy" --numbers 20 > "$dir/sizes.txt" 2> "$dir/said.txt"
[ "$(awk '{ n += $2 } END { print n }' "$dir/sizes.txt")" -eq 20 ] || fail "new rows do not keep 20 numbers: $(cat "$dir/sizes.txt")"
[ "$(wc -l < "$dir/sizes.txt")" -eq 3 ] || fail "not a size for each new row"
echo "3 rows keep 20 of at most 20 numbers" | cmp - "$dir/said.txt" || fail "$(cat "$dir/said.txt")"
printf 'new1 1\nnew2 many\n' > "$dir/input"
refuse "line 2: expected an id and a number" "$grow" "$policy" --numbers 20
printf 'new1 1\nnew2 -2\n' > "$dir/input"
refuse "line 2: expected an id and a number" "$grow" "$policy" --numbers 20
printf 'new1 1\nnew1 2\n' > "$dir/input"
refuse "line 2: id new1 is there already" "$grow" "$policy" --numbers 20
refuse "--numbers" "$grow" "$policy"
refuse "--k" "$serve" "$tables" --k 0
printf 'new1 1\nnew2 2\n' > "$dir/input"
refuse "do not fit into 1" "$grow" "$policy" --numbers 1
refuse "expected" "$grow" "$tables" --numbers 20
echo "1 passed, 0 failed"
