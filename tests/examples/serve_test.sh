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
# Nobody of that name: the answer has the id as it was asked, not cut off at a blank.
printf 'ua b999\nnobody i4 i9\n nobody \n   \n' | ask
answers_are 0 'ua b999' 'nobody i4 i9' nobody
said "serve_packed: line 1: no user is called 'ua b999', nor by its first word; --separator tab takes each line for one id"
said "serve_packed: line 3: no user is called 'nobody'"
printf 'ua b999\n' | ask --separator blank
answers_are 0 ua
said "serve_packed: line 1: no user is called 'ua'; --separator tab takes a line for one id, with its blanks"
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

# What users already have, from a file: of 40 items those are left that a user does not have. Beside what a line says.
{ cat "$dir/ratings.csv"; printf 'nobody,i1,5\nu3,nothing,5\n'; } > "$dir/seen.csv"
pairs=$(wc -l < "$dir/ratings.csv")
printf 'u3\nann lee\t\nu4\ti1\ti2\ti3\ti4\ti5\ti6\n' > "$dir/three.txt"
(k=40 && ask --seen "$dir/seen.csv") < "$dir/three.txt"
said "$dir/seen.csv: pairs left out: $pairs; of users or items that the tables do not have: 2"
awk -F '\t' '{ print $1 "," (NF - 1) / 2 }' "$dir/answers.txt" > "$dir/got.txt"
awk -F , '$1 == "u3" || $1 == "ann lee" { ++n[$1] } $1 == "u4" { has[$2] = 1 }
  END { for (i = 1; i < 7; ++i) has["i" i] = 1; for (i in has) ++n["u4"]; print "u3," 40 - n["u3"]; print "ann lee," 40 - n["ann lee"]; print "u4," 40 - n["u4"] }' \
  "$dir/ratings.csv" | cmp -s - "$dir/got.txt" ||
  fail "not all but what is known: $(cat "$dir/got.txt")"
sed -n 1p "$dir/answers.txt" | tr '\t' '\n' | grep '^i' > "$dir/given.txt"
sed -n 's/^u3,\(.*\),5$/\1/p' "$dir/ratings.csv" | grep -qxFf - "$dir/given.txt" && fail "recommends what u3 has: $(cat "$dir/answers.txt")"
cut -d , -f 1,2 "$dir/ratings.csv" | tr , '\t' > "$dir/seen.tsv"
cp "$dir/answers.txt" "$dir/expected.txt"
(k=40 && ask --seen "$dir/seen.tsv") < "$dir/three.txt"
cmp "$dir/answers.txt" "$dir/expected.txt" || fail "tabs are other pairs than commas"

# Compressed files are read, or refused with what to do.
for how in gzip zstd; do
  command -v $how > /dev/null || continue
  $how -c "$dir/seen.tsv" > "$dir/seen.packed"
  (k=40 && ask --seen "$dir/seen.packed") < "$dir/three.txt"
  if [ "$(cat "$dir/status")" -eq 0 ]; then
    cmp "$dir/answers.txt" "$dir/expected.txt" || fail "$how: other pairs than not compressed"
  else
    grep -q "bytes compressed by $how, which this program was built without zlib and zstd for: decompress the file first" "$dir/latencies.txt" ||
      fail "$how: $(cat "$dir/latencies.txt")"
  fi
done

# Items that may be given: of the list of all items, in its order, those that are allowed, less those that are forbidden.
(k=40 && ask) < "$dir/three.txt"
cp "$dir/answers.txt" "$dir/whole.txt"
# filter 'CONDITION on id': what is left of the whole lists
filter() { awk -F '\t' '{ line = $1; for (f = 2; f < NF; f += 2) { id = $f; if ('"$1"') line = line FS $f FS $(f + 1) } print line }' "$dir/whole.txt" > "$dir/expected.txt"; }
printf 'i8\r\ni3\n\nold boot\nnone such\ni8\nneither\n' > "$dir/only.txt"
(k=40 && ask --only "$dir/only.txt") < "$dir/three.txt"
said "$dir/only.txt: items: 3; ids of no item: 2, first 'none such'"
filter 'id == "i8" || id == "i3" || id == "old boot"'
cmp "$dir/answers.txt" "$dir/expected.txt" || fail "gives others than the allowed: $(cat "$dir/answers.txt")"
printf 'i3\ni4\n' > "$dir/except.txt"
(k=40 && ask --except "$dir/except.txt") < "$dir/three.txt"
said "$dir/except.txt: items: 2"
filter 'id != "i3" && id != "i4"'
cmp "$dir/answers.txt" "$dir/expected.txt" || fail "gives what is forbidden: $(cat "$dir/answers.txt")"
(k=40 && ask --except "$dir/except.txt" --only "$dir/only.txt") < "$dir/three.txt"
filter 'id == "i8" || id == "old boot"'
cmp "$dir/answers.txt" "$dir/expected.txt" || fail "not the allowed less the forbidden: $(cat "$dir/answers.txt")"
# A plain list is taken as it is.
printf 'i8\nback\\slash\nold boot\n' > "$dir/plain.txt"
(k=40 && ask --only "$dir/plain.txt") < "$dir/three.txt"
said "$dir/plain.txt: items: 2; ids of no item: 1, first 'back\\\\slash'"
(k=40 && ask --only "$dir/found/ids-items.tsv") < "$dir/three.txt"
said "$dir/found/ids-items.tsv: items: 40"
cmp "$dir/answers.txt" "$dir/whole.txt" || fail "all items are not all"

# More than there are: all items, the best first.
printf 'u3\nu7\n' | (k=10000 && ask)
awk -F '\t' 'NF != 81 && NF != 1 { bad = 1 } { for (f = 5; f <= NF; f += 2) if ($f + 0 > $(f - 2) + 0) bad = 1 } END { exit bad || NR != 2 }' "$dir/answers.txt" ||
  fail "more than all items: $(cat "$dir/answers.txt")"

# Items like an item: without itself and what the line says; of a and b the same score, and cosines of all.
printf 'i3\ni8\told boot\ti1\nold boot\nu3\n' | ask --similar
answers_are 0 'i3!' 'i8!' 'old boot!' u3
said "serve_packed: line 4: no item is called 'u3'"
grep -q '^3 items answered, 1 unknown; milliseconds: median' "$dir/latencies.txt" || fail "latencies: $(cat "$dir/latencies.txt")"
awk -F '\t' '{ for (f = 2; f < NF; f += 2) if ($f == $1 || NR == 2 && ($f == "old boot" || $f == "i1")) bad = 1 } END { exit bad }' "$dir/answers.txt" ||
  fail "an item is like itself: $(cat "$dir/answers.txt")"
sed 1d "$dir/found/ids-items.tsv" | cut -f 2 > "$dir/items.txt"
for how in "" --cosine; do
  (k=40 && ask --similar --separator tab $how) < "$dir/items.txt"
  awk -F '\t' -v cosine="$how" '{ if (NF != 79) bad = "fields"; for (f = 2; f < NF; f += 2) { s[$1 FS $f] = $(f + 1); if (cosine && ($(f + 1) > 1.0001 || $(f + 1) < -1.0001)) bad = "no cosine"; if (f > 2 && $(f + 1) > $(f - 1)) bad = "order" } }
    END { for (p in s) { split(p, q, FS); d = s[p] - s[q[2] FS q[1]]; if (d > 1e-4 || d < -1e-4) bad = p } if (bad) { print bad; exit 1 } }' "$dir/answers.txt" > "$dir/bad.txt" ||
    fail "similar items $how: $(cat "$dir/bad.txt")"
  cut -f 2 "$dir/answers.txt" > "$dir/like$how.txt"
done
# Those who like the group of item 3 like 8, 13, ...: most of those with a neighbour by cosine have one of their group.
awk 'NR == FNR { id[FNR] = $0; next } { a = id[FNR] == "old boot" ? 0 : substr(id[FNR], 2); b = $0 == "old boot" ? 0 : substr($0, 2); same += a % 5 == b % 5 } END { exit same < 24 }' \
  "$dir/items.txt" "$dir/like--cosine.txt" || fail "what is alike is not: $(paste "$dir/items.txt" "$dir/like--cosine.txt")"

# Several lines in one request: the same lines, whatever their number and that of the threads, and the same complaints.
{ sed 1d "$dir/found/ids-users.tsv" | cut -f 2; printf '\nnobody\nu4 i4 nonsense\n   \nann lee\nu3\tx\\y\nu3'; } > "$dir/many.txt"
ask --seen "$dir/seen.tsv" < "$dir/many.txt"
[ "$(cat "$dir/status")" -eq 1 ] || fail "exit status $(cat "$dir/status"): $(cat "$dir/latencies.txt")"
[ "$(wc -l < "$dir/answers.txt")" -eq 65 ] || fail "not a line for each: $(cat "$dir/answers.txt")"
cp "$dir/answers.txt" "$dir/expected.txt"
grep ': line [0-9]*:' "$dir/latencies.txt" > "$dir/complaints.txt"
for batch in 2 7 1000; do
  for threads in 1 2; do
    ask --seen "$dir/seen.tsv" --batch $batch --threads $threads < "$dir/many.txt"
    cmp "$dir/answers.txt" "$dir/expected.txt" || fail "$batch lines at once, $threads threads: other answers"
    grep ': line [0-9]*:' "$dir/latencies.txt" | cmp - "$dir/complaints.txt" || fail "$batch lines at once: $(cat "$dir/latencies.txt")"
  done
done
grep -q '^61 users answered in 1 requests, 1 unknown, 3 lines refused; milliseconds a request: median .*; for each user of it: median' "$dir/latencies.txt" ||
  fail "latencies: $(cat "$dir/latencies.txt")"

# Everybody's list in a file: the lines that each would get, in the order of the table.
sed 1d "$dir/found/ids-users.tsv" | cut -f 2 | ask --separator tab --seen "$dir/seen.tsv"
cp "$dir/answers.txt" "$dir/expected.txt"
for threads in 1 2; do
  ask --seen "$dir/seen.tsv" --all --out "$dir/lists.tsv" --threads $threads < /dev/null
  [ "$(cat "$dir/status")" -eq 0 ] && cmp "$dir/lists.tsv" "$dir/expected.txt" || fail "lists of all: $(cat "$dir/latencies.txt")"
  [ ! -s "$dir/answers.txt" ] || fail "prints the lists of all, too"
done
grep -q "lists.tsv: lists of 60 users, " "$dir/latencies.txt" || fail "does not say what it wrote: $(cat "$dir/latencies.txt")"
ask --similar --all --out "$dir/lists.tsv"
cut -f 1 "$dir/lists.tsv" | cmp - "$dir/items.txt" || fail "items like all items: $(cat "$dir/lists.tsv")"

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
refuse "none.csv" "$serve" "$tables" --seen "$dir/none.csv"
printf 'a,b,5\nc,d,5\nc,b,4\n' > "$dir/others.csv"
refuse "others.csv: no pair of a user and an item of the tables; of users or items that the tables do not have: 3" "$serve" "$tables" --seen "$dir/others.csv"
grep -q "; no user is known: the file has 'a', known is '.*'; no item is known: the file has 'b', known is '" "$dir/err.txt" || fail "$(cat "$dir/err.txt")"
printf 'u3,b,5\nu4,d,5\n' > "$dir/others.csv"
refuse "; no item is known: the file has 'b', known is '" "$serve" "$tables" --seen "$dir/others.csv"
grep -q "no user is known" "$dir/err.txt" && fail "does not know whom it knows: $(cat "$dir/err.txt")"
refuse "others.csv: byte 0: expected a header of at most" "$serve" "$dir/others.csv"
refuse "no safetensors file" "$serve" "$dir/others.csv"
refuse "--separator: expected auto, tab or blank, got 'foo'" "$serve" "$tables" --separator foo
refuse "--seen" "$serve" "$tables" --similar --seen "$dir/seen.tsv"
printf 'a\nb\n' > "$dir/ab.txt"
for list in --only --except; do
  refuse "none.txt: cannot open: No such file" "$serve" "$tables" $list "$dir/none.txt"
  refuse "ab.txt: names no item; ids of no item: 2, first 'a'" "$serve" "$tables" $list "$dir/ab.txt"
  printf 'i1\ni2\ti3\n' > "$dir/tab.txt"
  refuse "tab.txt: line 2: expected one id, got 'i2?i3' with a tab, and no first line row<TAB>id" "$serve" "$tables" $list "$dir/tab.txt"
  printf 'row\tid\n1\ti1\n7\tback\\slash\n' > "$dir/escape.txt"
  refuse "escape.txt: line 3: id 'back\\slash', byte 4: expected \\\\" "$serve" "$tables" $list "$dir/escape.txt"
done
refuse "only.txt: forbids all items that may be given" "$serve" "$tables" --only "$dir/only.txt" --except "$dir/only.txt"
for option in --seen --only --except --out --users --items --k --separator --batch --threads; do
  refuse "$option: expected a value, got an empty one" "$serve" "$tables" $option ""
done
refuse "tables: expected a value, got an empty one" "$serve" ""
refuse "--userz: there is no such option; see --help" "$serve" --userz users
refuse "--out" "$serve" "$tables" --all
refuse "--all" "$serve" "$tables" --out "$dir/new.tsv"
refuse "--batch" "$serve" "$tables" --all --out "$dir/new.tsv" --batch 2
refuse "--batch" "$serve" "$tables" --batch 0
refuse "there is no folder" "$serve" "$tables" --all --out "$dir/none/new.tsv"
refuse "expected the name of a file" "$serve" "$tables" --all --out "$dir/found"
# Before the tables are looked for.
ln -s /dev/null "$dir/null.tsv"
refuse "null.tsv: expected a regular file, or none, got a pipe or a device" "$serve" "$dir/none.safetensors" --all --out "$dir/null.tsv"
refuse "there is no folder" "$serve" "$dir/none.safetensors" --all --out "$dir/null.tsv/new.tsv"
cp "$tables" "$dir/mine.safetensors"
cp "$dir/only.txt" "$dir/mine.txt"
for out in mine.safetensors mine.txt; do
  refuse "$out is read, and would be written" "$serve" "$dir/mine.safetensors" --only "$dir/mine.txt" --all --out "$dir/$out"
done
cmp "$tables" "$dir/mine.safetensors" && cmp "$dir/only.txt" "$dir/mine.txt" || fail "what is read is written over"

policy=$dir/found/policy-items.safetensors
printf 'new1 1\nnew2 10\nnew3 100\n' | "$grow" "$policy" --numbers 20 > "$dir/sizes.txt" 2> "$dir/said.txt"
[ "$(awk '{ n += $2 } END { print n }' "$dir/sizes.txt")" -eq 20 ] || fail "new rows do not keep 20 numbers: $(cat "$dir/sizes.txt")"
[ "$(wc -l < "$dir/sizes.txt")" -eq 3 ] || fail "not a size for each new row"
echo "3 rows keep 20 of at most 20 numbers" | cmp - "$dir/said.txt" || fail "$(cat "$dir/said.txt")"
printf 'new1 1\nnew2 many\n' > "$dir/input"
refuse "line 2: expected an id and a number" "$grow" "$policy" --numbers 20
printf 'a,5\n' > "$dir/input"
refuse "line 1: expected an id and a number >= 0, a tab between them if the id has blanks, got 'a,5'" "$grow" "$policy" --numbers 20
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
refuse "--numbers: expected a value, got an empty one" "$grow" "$policy" --numbers ""
refuse "--numbers: expected a whole number, got '1k'" "$grow" "$policy" --numbers 1k
refuse "--k" "$serve" "$tables" --k 0
refuse "--separator" "$serve" "$tables" --separator comma
printf 'new1 1\nnew2 2\n' > "$dir/input"
refuse "do not fit into 1" "$grow" "$policy" --numbers 1
refuse "expected" "$grow" "$tables" --numbers 20
echo "1 passed, 0 failed"
