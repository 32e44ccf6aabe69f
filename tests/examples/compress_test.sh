#!/bin/sh
# SPDX-License-Identifier: MIT
# From a search of a graph model to a server: its final vectors, made small, answer; and vectors of other programs.
#   compress_test.sh SEARCH_SIZES COMPRESS_VECTORS SERVE_PACKED
set -eu
search=$1
compress=$2
serve=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

# 60 users in five groups that like different ones of 40 items.
awk -v known="$dir/ratings.csv" -v held="$dir/held.csv" 'BEGIN { for (a = 0; a < 60; ++a) for (b = 0; b < 40; ++b)
    if ((a * 7 + b * 13) % 10 < (a % 5 == b % 5 ? 9 : 1)) print "u" a ",i" b ",5" > (a % 5 == b % 5 && (a + 3 * b) % 4 == 0 ? held : known) }'
"$search" --data "$dir/ratings.csv" --backbone lightgcn --dim 16 --budget 0.5 --episodes 1 --vectors --out "$dir/found" > "$dir/search.txt"
vectors=$dir/found/vectors-0.5.safetensors
[ -s "$vectors" ] || fail "no vectors are left: $(cat "$dir/search.txt")"

small() { "$compress" --users "$vectors:users" --items "$vectors:items" --user-ids "$dir/found/ids-users.tsv" \
  --item-ids "$dir/found/ids-items.tsv" --k 5 "$@"; }
small --bytes 749 --data "$dir/ratings.csv" --held-out "$dir/held.csv" --out "$dir/small.safetensors" > "$dir/said.txt" ||
  fail "$(cat "$dir/said.txt")"
grep -q '^whole, float  *[0-9]*  *[0-9.]* kB  *100.00 %' "$dir/said.txt" || fail "the whole vectors: $(cat "$dir/said.txt")"
# No row below the line of the budget is above it, and what was chosen is the best of them.
sed '1,/^into 0.7 kB:/d; /safetensors:/d' "$dir/said.txt" | sed 's/^\(.*[a-z0-9)]\)  *\([0-9][0-9]*\)  *\([0-9.]*\) \([kM]B\)/\1;\2;\3;\4;/' > "$dir/rows.txt"
[ "$(wc -l < "$dir/rows.txt")" -ge 8 ] || fail "few ways to fit: $(cat "$dir/said.txt")"
awk -F ';' '$3 > 0.7 || $4 != "kB" { bad = 1 } END { exit bad }' "$dir/rows.txt" || fail "above the budget: $(cat "$dir/said.txt")"
chosen=$(sed -n 's/^.*small.safetensors: \(.*\), [0-9.]* kB, [0-9.]* kB with ids; .*/\1/p' "$dir/said.txt")
awk -F ';' -v name="$chosen" '{ split($5, f, " "); q = f[3] * 1000 + f[6]; if (q > most) most = q; if ($1 == name) { found = 1; its = q } }
  END { exit !(found && its == most) }' "$dir/rows.txt" || fail "chose '$chosen', which is not the best: $(cat "$dir/said.txt")"
small --bytes 749 --data "$dir/ratings.csv" --held-out "$dir/held.csv" --out "$dir/two.safetensors" --threads 2 > /dev/null
cmp "$dir/small.safetensors" "$dir/two.safetensors" || fail "two threads write other bytes"

# Compressed interactions are the same ones, or refused with what to do.
gzip -c "$dir/ratings.csv" > "$dir/ratings.csv.gz"
gzip -c "$dir/held.csv" > "$dir/held.csv.gz"
if small --bytes 749 --data "$dir/ratings.csv.gz" --held-out "$dir/held.csv.gz" --out "$dir/two.safetensors" > /dev/null 2> "$dir/err.txt"; then
  cmp "$dir/small.safetensors" "$dir/two.safetensors" || fail "gzip makes other interactions"
else
  grep -q "built without zlib and zstd for: decompress the file first" "$dir/err.txt" || fail "gzip: $(cat "$dir/err.txt")"
fi

# What the whole vectors give may choose though there is a held-out part: the same file as without it.
small --bytes 749 --data "$dir/ratings.csv" --out "$dir/without.safetensors" > /dev/null
small --bytes 749 --data "$dir/ratings.csv" --held-out "$dir/held.csv" --truth vectors --out "$dir/truth.safetensors" > "$dir/said3.txt"
cmp -s "$dir/without.safetensors" "$dir/truth.safetensors" || fail "--truth vectors chose by the held-out part"
grep -q "chosen by how many of the best stay" "$dir/said3.txt" || fail "$(cat "$dir/said3.txt")"
grep -q "  quality   change" "$dir/said3.txt" || fail "--truth vectors tells no quality: $(cat "$dir/said3.txt")"

# Bytes for each row are searched on request, beside the same ways as before, with and without a held-out part.
for held in "--held-out $dir/held.csv" ""; do
  small --bytes 749 --data "$dir/ratings.csv" $held --measurements 14 --out "$dir/rows.safetensors" > "$dir/said2.txt" || fail "$(cat "$dir/said2.txt")"
  [ "$(grep -c '^bytes per row, ' "$dir/said2.txt")" -ge 4 ] || fail "no bytes per row: $(cat "$dir/said2.txt")"
  grep '^bytes per row, ' "$dir/said2.txt" | sed 's/^.*  *[0-9][0-9]*  *\([0-9.]*\) \([kM]B\) .*/\1 \2/' | awk '$1 > 0.7 || $2 != "kB" { bad = 1 } END { exit bad }' ||
    fail "above the budget: $(cat "$dir/said2.txt")"
  small --bytes 749 --data "$dir/ratings.csv" $held --measurements 14 --threads 2 --out "$dir/two.safetensors" > /dev/null
  cmp "$dir/rows.safetensors" "$dir/two.safetensors" || fail "two threads find other bytes"
  [ -z "$held" ] || { sed '1,/^into 0.7 kB:/d; /safetensors:/d' "$dir/said2.txt" | grep -v '^bytes per row, ' > "$dir/others.txt"
    sed '1,/^into 0.7 kB:/d; /safetensors:/d' "$dir/said.txt" | cmp - "$dir/others.txt" || fail "the other ways have changed"; }
done

grep -q -e '--measurements:' "$dir/said2.txt" && fail "says why it does not search, and does: $(cat "$dir/said2.txt")"
# Where there is nothing to search it says why.
for bytes in "200:rows of unlike sizes take [0-9]* bytes with their index and bits of columns, more than 200" "100000:100000 bytes hold all vectors as floats" \
  "4000:4000 bytes hold the most of every row"; do
  small --bytes "${bytes%%:*}" --measurements 14 --out "$dir/none.safetensors" > "$dir/said2.txt" || fail "$(cat "$dir/said2.txt")"
  grep -q -e "^--measurements: no bytes for each row: ${bytes#*:}\$" "$dir/said2.txt" || fail "expected '${bytes#*:}': $(cat "$dir/said2.txt")"
done

# User 3 likes the group of items 3, 8, 13, ...
printf 'u3\n' | "$serve" "$dir/small.safetensors" --k 5 2> /dev/null > "$dir/answers.txt"
liked=$(tr '\t' '\n' < "$dir/answers.txt" | sed -n 's/^i//p' | awk '$1 % 5 == 3' | wc -l)
[ "$liked" -ge 3 ] || fail "recommends what others like: $(cat "$dir/answers.txt")"

# Without interactions: by how many of the best stay. With items alone: those most like each.
small --budget 0.8 --out "$dir/same.safetensors" > "$dir/said.txt"
grep -q 'chosen by how many of the best stay' "$dir/said.txt" || fail "$(cat "$dir/said.txt")"
"$compress" --items "$vectors:items" --budget 0.7 --cosine --k 5 --out "$dir/items.safetensors" > "$dir/said.txt"
grep -q 'vectors of 0 users and 40 items' "$dir/said.txt" || fail "$(cat "$dir/said.txt")"

# Products of what --cosine has written are cosines: the lists of the whole vectors by cosines, which are not asked for again.
# agree FILE FILE: share of the items of lists of five that two answers have both
agree() { awk -F '\t' 'NR == FNR { for (f = 2; f < NF; f += 2) has[$1 FS $f] = 1; next } { for (f = 2; f < NF; f += 2) { ++all; both += ($1 FS $f) in has } }
  END { print both / all }' "$1" "$2"; }
sed 1d "$dir/found/ids-users.tsv" | cut -f 2 > "$dir/users.txt"
sed 1d "$dir/found/ids-items.tsv" | cut -f 2 > "$dir/items.txt"
small --bytes 6400 --turn none --out "$dir/own.safetensors" > /dev/null
small --bytes 4000 --cosine --out "$dir/cosine.safetensors" > /dev/null
"$serve" "$dir/own.safetensors" --cosine --k 5 < "$dir/users.txt" > "$dir/own.txt" 2> "$dir/err.txt"
grep -q axes "$dir/err.txt" && fail "own axes are told: $(cat "$dir/err.txt")"
"$serve" "$dir/cosine.safetensors" --k 5 < "$dir/users.txt" > "$dir/answers.txt" 2> /dev/null
share=$(agree "$dir/own.txt" "$dir/answers.txt")
awk "BEGIN { exit !($share > 0.9) }" || fail "products of --cosine are no cosines: $share of the lists"
status=0
"$serve" "$dir/cosine.safetensors" --cosine < "$dir/users.txt" > "$dir/out.txt" 2> "$dir/err.txt" || status=$?
[ "$status" -eq 2 ] && [ ! -s "$dir/out.txt" ] && [ "$(cat "$dir/err.txt")" = \
  "serve_packed: $dir/cosine.safetensors: products of its rows are cosines already: expected no --cosine, got it" ] || fail "cosines of cosines: $(cat "$dir/err.txt")"
# Neighbours are the vectors' own on principal axes, and others, which is told, on balanced ones.
"$serve" "$dir/own.safetensors" --similar --k 5 < "$dir/items.txt" > "$dir/own.txt" 2> /dev/null
small --bytes 4000 --turn principal --out "$dir/principal.safetensors" > /dev/null
"$serve" "$dir/principal.safetensors" --similar --k 5 < "$dir/items.txt" > "$dir/answers.txt" 2> "$dir/err.txt"
share=$(agree "$dir/own.txt" "$dir/answers.txt")
awk "BEGIN { exit !($share > 0.9) }" || fail "neighbours on principal axes: $share stay"
grep -q axes "$dir/err.txt" && fail "principal axes are told: $(cat "$dir/err.txt")"
for file in "$dir/small.safetensors" "$dir/found/serving-0.5.safetensors"; do
  for how in --similar --cosine; do
    "$serve" "$file" $how < /dev/null 2> "$dir/err.txt" || fail "$(cat "$dir/err.txt")"
    [ "$(grep -c "^$file: $how: .* of the balanced axes, .* --turn principal keeps the vectors' own" "$dir/err.txt")" -eq 1 ] || fail "$how says nothing of balanced axes: $(cat "$dir/err.txt")"
  done
  "$serve" "$file" < /dev/null 2> "$dir/err.txt"
  grep -q axes "$dir/err.txt" && fail "tells axes to those who rank: $(cat "$dir/err.txt")"
done

# npy NAME DESCR SHAPE BYTES: an array of zeros.
npy() {
  header="{'descr': '$2', 'fortran_order': False, 'shape': ($3), }"
  while [ $(((${#header} + 11) % 64)) -ne 0 ]; do header="$header "; done
  { printf '\223NUMPY\001\000'; printf "\\$(printf '%03o' $((${#header} + 1)))\\000"; printf '%s\n' "$header"; head -c "$4" /dev/zero; } > "$dir/$1.npy"
}
refuse() {
  words=$1
  shift
  rm -f "$dir/none.safetensors"
  status=0
  "$@" --out "$dir/none.safetensors" > "$dir/out.txt" 2> "$dir/err.txt" || status=$?
  [ "$status" -eq 2 ] || fail "$*: exit status $status: $(cat "$dir/err.txt")"
  grep -qF -- "$words" "$dir/err.txt" || fail "$*: expected '$words' in: $(cat "$dir/err.txt")"
  [ "$(wc -l < "$dir/err.txt")" -eq 1 ] || fail "$*: more than a line: $(cat "$dir/err.txt")"
  [ ! -s "$dir/out.txt" ] && [ ! -e "$dir/none.safetensors" ] || fail "$*: does something before it refuses"
}
npy users '<f4' '6, 4' 96
npy items '<f4' '5, 4' 80
npy turned '<f4' '4, 70000' 1120000
npy wide '<f4' '5, 3' 60
npy whole '<i8' '5, 4' 160
npy short '<f4' '5, 4' 79
npy nan '<f4' '5, 4' 0
{ head -c 64 /dev/zero; printf '\000\000\300\177'; head -c 12 /dev/zero; } >> "$dir/nan.npy"
"$compress" --users "$dir/users.npy" --items "$dir/items.npy" --bytes 1k --k 2 --out "$dir/zeros.safetensors" > /dev/null || fail "zeros are vectors"
refuse "expected as many columns" "$compress" --users "$dir/users.npy" --items "$dir/wide.npy" --bytes 1k
refuse "is it transposed?" "$compress" --items "$dir/turned.npy" --bytes 1k
refuse "row 4, column 0 is nan" "$compress" --users "$dir/users.npy" --items "$dir/nan.npy" --bytes 1k
refuse "whole.npy" "$compress" --users "$dir/users.npy" --items "$dir/whole.npy" --bytes 1k
refuse "short.npy" "$compress" --users "$dir/users.npy" --items "$dir/short.npy" --bytes 1k
refuse "does not hold a byte a row" "$compress" --users "$dir/users.npy" --items "$dir/items.npy" --bytes 10
refuse "expected --bytes or --budget" "$compress" --users "$dir/users.npy" --items "$dir/items.npy"
for bytes in 0 -4k nan 4x 1e30; do refuse "--bytes: expected a number above 0" "$compress" --users "$dir/users.npy" --items "$dir/items.npy" --bytes="$bytes"; done
for share in 0 1 nan; do refuse "--budget: expected a share above 0 and below 1" "$compress" --users "$dir/users.npy" --items "$dir/items.npy" --budget $share; done
# A variable that is not set is no value, whatever the option.
for option in --bytes --users --items --user-ids --item-ids --data --held-out --turn --k; do
  refuse "$option: expected a value, got an empty one" "$compress" --budget 0.5 --users "$dir/users.npy" --items "$dir/items.npy" $option ""
done
refuse "--budget: expected a number, got 'abc'" "$compress" --users "$dir/users.npy" --items "$dir/items.npy" --budget abc
refuse "--userz: there is no such option; see --help" "$compress" --userz "$dir/users.npy" --bytes 1k
refuse "'more' belongs to no option; see --help" "$compress" --items "$dir/items.npy" --bytes 1k more
refuse "--turn: expected none, principal or balanced, got 'foo'" "$compress" --items "$dir/items.npy" --bytes 1k --turn foo
refuse "would always agree" "$compress" --users "$dir/users.npy" --items "$dir/items.npy" --bytes 1k --k 5
refuse "--turn balanced needs --users" "$compress" --items "$dir/items.npy" --bytes 1k --turn balanced
refuse "--measurements needs --users" "$compress" --items "$dir/items.npy" --bytes 1k --measurements 3
refuse "--truth held-out needs --held-out" "$compress" --items "$dir/items.npy" --bytes 1k --truth held-out
refuse "--held-out needs --users" "$compress" --items "$dir/items.npy" --bytes 1k --held-out "$dir/held.csv"
printf 'a\nb\n' > "$dir/two.txt"
refuse "expected 6 ids of users, got 2" "$compress" --users "$dir/users.npy" --items "$dir/items.npy" --bytes 1k --user-ids "$dir/two.txt"
refuse "none of" "$compress" --users "$dir/users.npy" --items "$dir/items.npy" --bytes 1k --data "$dir/ratings.csv"
for side in "no user is known: the file has 'u0', known is '0'" "no item is known: the file has 'i5', known is '0'"; do
  refuse "$side" "$compress" --users "$dir/users.npy" --items "$dir/items.npy" --bytes 1k --data "$dir/ratings.csv"
done
printf 'a\n\nb\n' > "$dir/empty.txt"
refuse "line 2: expected an id" "$compress" --items "$dir/items.npy" --bytes 1k --item-ids "$dir/empty.txt"
refuse "none.txt: cannot open: No such file" "$compress" --items "$dir/items.npy" --bytes 1k --item-ids "$dir/none.txt"
refuse "$dir: expected a file, got a directory" "$compress" --items "$dir/items.npy" --bytes 1k --item-ids "$dir"
printf 'row\tid\n0\tit \\b-2\n' > "$dir/escape.tsv"
refuse "escape.tsv: line 2: id 'it \b-2', byte 3: expected" "$compress" --items "$dir/items.npy" --bytes 1k --item-ids "$dir/escape.tsv"
# A plain list is taken as it is, in all that reads one: to the server, and back in its answers.
printf 'it \\b-2\nb\nc\nd\ne\n' > "$dir/plain.txt"
"$compress" --items "$dir/items.npy" --bytes 1k --k 2 --item-ids "$dir/plain.txt" --out "$dir/plain.safetensors" > /dev/null || fail "a plain list"
"$serve" "$dir/plain.safetensors" --similar --only "$dir/plain.txt" < "$dir/plain.txt" > "$dir/answers.txt" 2> "$dir/err.txt" || fail "$(cat "$dir/err.txt")"
grep -q 'plain.txt: items: 5$' "$dir/err.txt" && [ "$(cut -f 1 "$dir/answers.txt" | head -n 1)" = 'it \\b-2' ] && [ "$(awk -F '\t' 'NF == 9' "$dir/answers.txt" | wc -l)" -eq 5 ] ||
  fail "ids of a plain list: $(cat "$dir/err.txt" "$dir/answers.txt")"
printf 'a\nb\nc\nd\na\n' > "$dir/twice.txt"
refuse "twice.txt: " "$compress" --items "$dir/items.npy" --bytes 1k --item-ids "$dir/twice.txt"
# What is read is not written over, nor what is no file.
cp "$vectors" "$dir/mine.safetensors"
for out in mine.safetensors none/small.safetensors small.npy; do
  status=0
  "$compress" --users "$dir/mine.safetensors:users" --items "$dir/mine.safetensors:items" --bytes 1k --out "$dir/$out" > "$dir/out.txt" 2> "$dir/err.txt" || status=$?
  [ "$status" -eq 2 ] && grep -q -e '--out' "$dir/err.txt" || fail "writes to $out: $(cat "$dir/err.txt")"
done
cmp "$vectors" "$dir/mine.safetensors" || fail "what is read is written over"
# Before vectors are looked for.
ln -s /dev/null "$dir/null.safetensors"
for out in null.safetensors null.safetensors/small.safetensors; do
  status=0
  "$compress" --items "$dir/none.npy" --bytes 1k --out "$dir/$out" > "$dir/out.txt" 2> "$dir/err.txt" || status=$?
  [ "$status" -eq 2 ] && [ "$(wc -l < "$dir/err.txt")" -eq 1 ] && grep -q -e '--out: ' "$dir/err.txt" || fail "writes to $out: $(cat "$dir/err.txt")"
done
said=$( (trap '' XFSZ; ulimit -f 0; "$compress" --items "$dir/none.npy" --bytes 1k --out "$dir/full.safetensors" || echo "status $?") 2>&1)
case $said in
  *"--out: "*"full.safetensors: cannot write: "*"status 2") [ ! -e "$dir/full.safetensors" ] || fail "a full disk: something is left" ;;
  *) fail "a full disk: $said" ;;
esac
refuse "inner products" "$search" --data "$dir/ratings.csv" --backbone ncf --dim 8 --budget 0.5 --quiet --vectors
printf 'u3\n' | "$serve" "$dir/items.safetensors" > /dev/null 2> "$dir/err.txt" && fail "serves without users"
grep -qF "expected a table 'users'" "$dir/err.txt" || fail "$(cat "$dir/err.txt")"
# Items alone: those most like each.
printf '3\n8\t13\nu3\n' | "$serve" "$dir/items.safetensors" --similar --k 5 > "$dir/answers.txt" 2> "$dir/err.txt" || fail "$(cat "$dir/err.txt")"
awk -F '\t' 'NR < 3 && NF != 11 || NR == 3 && $0 != "u3" || $2 == $1 { bad = 1 } NR == 2 { for (f = 2; f < NF; f += 2) if ($f == 13) bad = 1 }
  END { exit bad || NR != 3 }' "$dir/answers.txt" || fail "items like items: $(cat "$dir/answers.txt")"

# What ends the lists of everybody leaves the file that was there before, and no other.
npy many '<f4' '400000, 4' 6400000
npy things '<f4' '20000, 4' 320000
"$compress" --users "$dir/many.npy" --items "$dir/things.npy" --turn none --judged 1 --bytes 4M --out "$dir/many.safetensors" > "$dir/said.txt" || fail "$(cat "$dir/said.txt")"
for signal in TERM:143 HUP:129; do
  echo before > "$dir/lists.tsv"
  "$serve" "$dir/many.safetensors" --all --out "$dir/lists.tsv" > "$dir/out.txt" 2> "$dir/err.txt" &
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ -s "$dir/lists.tsv.writing" ] && break
    sleep 0.2
  done
  [ -s "$dir/lists.tsv.writing" ] || fail "writes no lists: $(cat "$dir/err.txt")"
  kill -"${signal%:*}" $!
  status=0
  wait $! || status=$?
  [ "$status" -eq "${signal#*:}" ] || fail "SIG$signal: exit status $status: $(cat "$dir/err.txt")"
  [ "$(cat "$dir/lists.tsv")" = before ] && [ "$(ls "$dir" | grep -c '^lists')" -eq 1 ] || fail "SIG$signal leaves half a file: $(ls "$dir")"
  grep -q 'stopped; .*lists.tsv is not written' "$dir/err.txt" || fail "SIG$signal: $(cat "$dir/err.txt")"
done
echo "1 passed, 0 failed"
