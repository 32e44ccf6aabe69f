#!/bin/sh
# SPDX-License-Identifier: MIT
# From ratings to a server: searches, serves the small tables, gives sizes to new rows.
#   serve_test.sh SEARCH_SIZES SERVE_PACKED SIZE_NEW_ROWS
set -eu
search=$1
serve=$2
grow=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

# Ids with letters, some with blanks or a backslash; 60 users in five groups that like different ones of 40 items.
awk 'BEGIN { u[7] = "ann lee"; u[8] = "ann"; u[9] = "bob ray"; u[10] = "back\\slash"; i[0] = "old boot"
  for (a = 0; a < 60; ++a) for (b = 0; b < 40; ++b)
    if ((a * 7 + b * 13) % 10 < (a % 5 == b % 5 ? 9 : 1))
      print (a in u ? u[a] : "u" a) "," (b in i ? i[b] : "i" b) ",5" }' > "$dir/ratings.csv"
tab=$(printf '\t')
"$search" --data "$dir/ratings.csv" --backbone mf --dim 16 --budget 0.5 --episodes 1 --out "$dir/found" > "$dir/search.txt"
tables=$dir/found/tables-0.5.safetensors
[ -s "$tables" ] || fail "no tables are left: $(cat "$dir/search.txt")"

printf 'u3\n\nu4 i4 i9 nonsense\nnobody\nu3\n' | "$serve" "$tables" --k 5 > "$dir/answers.txt" 2> "$dir/latencies.txt" ||
  fail "$(cat "$dir/latencies.txt")"
sed -n 2p "$dir/answers.txt" > "$dir/second.txt"
[ "$(wc -l < "$dir/answers.txt")" -eq 4 ] || fail "not a line for each user: $(cat "$dir/answers.txt")"
[ "$(sed -n 1p "$dir/answers.txt")" = "$(sed -n 4p "$dir/answers.txt")" ] || fail "the same user has two answers"
[ "$(awk -F '\t' 'NR == 1 { print NF }' "$dir/answers.txt")" -eq 11 ] || fail "not five items with scores: $(sed -n 1p "$dir/answers.txt")"
[ "$(sed -n 3p "$dir/answers.txt")" = "nobody" ] || fail "an unknown user: $(sed -n 3p "$dir/answers.txt")"
sed -n 2p "$dir/answers.txt" | grep -qw -e i4 -e i9 && fail "excluded items are recommended: $(sed -n 2p "$dir/answers.txt")"
said() { grep -qxF -- "$1" "$dir/latencies.txt" || fail "expected '$1' in: $(cat "$dir/latencies.txt")"; }
said "serve_packed: line 3: no item is called 'nonsense', so it is not left out"
said "serve_packed: line 4: no user is called 'nobody'"
said "1 ids of items to leave out are not known"
grep -q '3 users answered, 1 unknown; milliseconds: median' "$dir/latencies.txt" || fail "latencies: $(cat "$dir/latencies.txt")"

# ask [OPTION...]: answers for standard input, into answers.txt, the rest into latencies.txt. In a pipe it sets no variable.
k=5
ask() {
  status=0
  "$serve" "$tables" --k $k "$@" > "$dir/answers.txt" 2> "$dir/latencies.txt" || status=$?
  echo $status > "$dir/status"
}
# answers_are STATUS USER...: who was answered, line by line, USER! with five items, USER alone without.
answers_are() {
  [ "$(cat "$dir/status")" -eq "$1" ] || fail "exit status $(cat "$dir/status"), expected $1: $(cat "$dir/latencies.txt")"
  shift
  printf '%s\n' "$@" > "$dir/expected.txt"
  awk -F '\t' '{ print $1 (NF == 11 ? "!" : NF == 1 ? "" : "?") }' "$dir/answers.txt" | cmp -s - "$dir/expected.txt" ||
    fail "expected answers to $*, got: $(cat "$dir/answers.txt") $(cat "$dir/latencies.txt")"
}
# Tabs, and what programs put around lines, make no difference.
printf 'u4\ti4\ti9\n' | ask
cmp "$dir/answers.txt" "$dir/second.txt" || fail "tabs are not blanks"
printf '\357\273\277u4\ti4\ti9\t\r\n' | ask
cmp "$dir/answers.txt" "$dir/second.txt" || fail "with a BOM and CR: $(cat "$dir/answers.txt" "$dir/latencies.txt")"
grep -q 'no item' "$dir/latencies.txt" && fail "takes a line's end for an item: $(cat "$dir/latencies.txt")"
printf '\357\273\277u4 i9 i4\r\nu4 i4 i9\r' | ask --separator blank
[ "$(sort -u "$dir/answers.txt")" = "$(cat "$dir/second.txt")" ] || fail "blanks with a BOM and CR: $(cat "$dir/answers.txt")"
# An id with blanks: the whole line, or a field between tabs; an item with them, too.
printf 'bob ray\nbob ray\told boot\nu0\nu0\told boot\n' | (k=40 && ask)
awk -F '\t' '{ print $1, /old boot/ }' "$dir/answers.txt" > "$dir/got.txt"
printf 'bob ray 1\nbob ray 0\nu0 1\nu0 0\n' | cmp -s - "$dir/got.txt" || fail "ids with blanks: $(cat "$dir/answers.txt")"
printf 'bob ray\nann lee\t\nann\tlee\nann i3\n' | ask
answers_are 0 'bob ray!' 'ann lee!' 'ann!' 'ann!'
said "serve_packed: line 3: no item is called 'lee', so it is not left out"
# Two users of that name: no guess, but a line of output for the line of input.
printf 'ann lee\nu3\n' | ask
answers_are 1 'ann lee' 'u3!'
said "serve_packed: line 1: can be read in several ways; write the one that is meant with tabs: 'ann lee'<TAB> or 'ann'<TAB>'lee', without the quotes"
grep -q '1 users answered, 0 unknown, 1 lines refused;' "$dir/latencies.txt" || fail "does not count: $(cat "$dir/latencies.txt")"
printf 'ann lee\nann i3\n' | ask --separator tab
answers_are 0 'ann lee!' 'ann i3'
printf 'ann lee\nbob ray\n' | ask --separator blank
answers_are 0 'ann!' bob
# Escapes: as a search writes ids, with and without tabs; a wrong one is refused.
printf '%s\n' 'back\slash' 'back\\slash' "back\\\\slash${tab}i4" "back\\slash${tab}i4" | ask
answers_are 1 'back\\slash!' 'back\\slash!' 'back\\slash!' 'back\\slash\ti4'
grep -q 'line 4: .*expected \\\\, ' "$dir/latencies.txt" || fail "a wrong escape: $(cat "$dir/latencies.txt")"
sed 1d "$dir/found/ids-users.tsv" | cut -f 2 | grep -v '^ann lee$' | ask
[ "$(cat "$dir/status")$(awk -F '\t' 'NF != 11' "$dir/answers.txt")" = 0 ] || fail "does not know the ids that the search wrote: $(cat "$dir/latencies.txt")"
cut -f 1 "$dir/answers.txt" > "$dir/got.txt"
sed 1d "$dir/found/ids-users.tsv" | cut -f 2 | grep -v '^ann lee$' | cmp - "$dir/got.txt" || fail "ids change on their way"
printf 'u3\n' | "$serve" "$tables" --k 5 2> /dev/null > "$dir/answers.txt"
# User 3 likes the group of items 3, 8, 13, ...: most of the five best are of it.
liked=$(sed -n 1p "$dir/answers.txt" | tr '\t' '\n' | sed -n 's/^i//p' | awk '$1 % 5 == 3' | wc -l)
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
printf 'new1 1\nnew 2 2\n' > "$dir/input"
refuse "a tab between them if the id has blanks" "$grow" "$policy" --numbers 20
printf 'new1\t1\nnew\\2\t2\n' > "$dir/input"
refuse "line 2: id 'new\2'" "$grow" "$policy" --numbers 20
printf '\357\273\277new 1\t1\r\n\r\nnew\\t2\t 1e1\r\nnew3 100\r' | "$grow" "$policy" --numbers 20 > "$dir/sizes.txt"
cut -f 1 "$dir/sizes.txt" > "$dir/got.txt"
printf 'new 1\nnew\\t2\nnew3\n' | cmp - "$dir/got.txt" || fail "ids of new rows: $(cat "$dir/sizes.txt")"
[ "$(awk -F '\t' 'NF != 2 || !($2 >= 1)' "$dir/sizes.txt")" = "" ] || fail "no sizes: $(cat "$dir/sizes.txt")"
refuse "--numbers" "$grow" "$policy"
refuse "--k" "$serve" "$tables" --k 0
refuse "--separator" "$serve" "$tables" --separator comma
printf 'new1 1\nnew2 2\n' > "$dir/input"
refuse "do not fit into 1" "$grow" "$policy" --numbers 1
refuse "expected" "$grow" "$tables" --numbers 20
echo "1 passed, 0 failed"
