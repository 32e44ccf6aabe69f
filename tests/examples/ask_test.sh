#!/bin/sh
# SPDX-License-Identifier: MIT
# A whole search whose trainer is this script: it asks, measures by a formula, tells.
#   ask_test.sh ASK_SIZES
set -eu
ask=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

# Lists of bytes as safetensors: name=octal,octal,...
tensors() {
  header= data= at=0
  for list in "$@"; do
    numbers=$(echo "${list#*=}" | tr , ' ')
    count=$(echo "$numbers" | wc -w)
    header="$header${header:+,}\"${list%%=*}\":{\"dtype\":\"U8\",\"shape\":[$count],\"data_offsets\":[$at,$((at + count))]}"
    for n in $numbers; do data="$data\\$n"; done
    at=$((at + count))
  done
  header="{$header}"
  printf "\\$(printf %o $((${#header} % 256)))\\$(printf %o $((${#header} / 256)))\\0\\0\\0\\0\\0\\0"
  printf '%s' "$header"
  printf "$data"
}
tensors user=50,40,20,10,4,4,3,2,1,1,0,1 item=60,30,10,4,2,1 > "$dir/rows.safetensors"
field() { echo "$2" | sed -n "s/^.*\"$1\":\"\{0,1\}\([^,\"}]*\).*$/\1/p"; }

# Sizes in a file, one after the other: those of the lists, without the header.
sizes_in() {
  length=$(od -An -tu8 -N8 "$1" | tr -d ' ')
  od -An -v -tu2 -j $((8 + length)) "$1"
}
# More numbers are better, the more so in front: no two sizes are alike.
quality_of() { sizes_in "$1" | awk '{ for (i = 1; i <= NF; ++i) sum += (1 - exp(-$i / 4)) * (1 + 9 / ++n) } END { printf "%.9f", sum / 50 }'; }

# Answers until it is done, or so many times.
answer() {
  left=${2:-1000}
  while [ "$left" -gt 0 ]; do
    question=$("$ask" ask "$1")
    [ "$(field done "$question")" = false ] || return 0
    [ "$question" = "$("$ask" ask "$1")" ] || fail "asked twice, it is another question: $question"
    "$ask" tell "$1" --number "$(field number "$question")" --quality "$(quality_of "$(field file "$question")")" > /dev/null
    left=$((left - 1))
  done
}
begin() { folder=$1; shift; "$ask" begin "$dir/$folder" --rows "$dir/rows.safetensors" --dim 16 item=8 --budget 0.6 0.75 "$@" > "$dir/begun.txt"; }

begin bet --method bet --measurements 6
grep -q '"tables":{"user":\[12,16\],"item":\[6,8\]}' "$dir/begun.txt" || fail "$(cat "$dir/begun.txt")"
first=$("$ask" ask "$dir/bet")
[ "$(field full "$first")" = true ] || fail "the full-size model does not come first: $first"
[ "$(sizes_in "$(field file "$first")" | tr -s ' \n' '\n' | sort | uniq -c | awk 'NF == 2 { print $1 "x" $2 }' | tr '\n' ' ')" = "12x16 6x8 " ] ||
  fail "the full-size model has other sizes: $(sizes_in "$(field file "$first")")"
"$ask" best "$dir/bet" > "$dir/out.txt" 2> "$dir/err.txt" && fail "there is a best before anything was told: $(cat "$dir/out.txt")"
answer "$dir/bet" 5
half=$("$ask" best "$dir/bet" --budget 0.6 --out "$dir/half.safetensors")
[ "$(field done "$half")" = false ] || fail "done too early: $half"
answer "$dir/bet"
[ "$("$ask" ask "$dir/bet")" = '{"done":true}' ] || fail "not done: $("$ask" ask "$dir/bet")"

# What is best is what was measured, meets its budget, and is as good as everything else that does.
"$ask" best "$dir/bet" --out "$dir/best.safetensors" > "$dir/best.txt"
for budget in 0.6 0.75; do
  line=$(grep "\"budget\":$budget," "$dir/best.txt")
  file=$dir/best-$budget.safetensors
  [ "$(field done "$line")" = true ] || fail "$line"
  [ "$(field file "$line")" = "$file" ] || fail "$line"
  awk -v a="$(field quality "$line")" -v b="$(quality_of "$file")" 'BEGIN { exit !(a == b) }' || fail "best has another quality: $line"
  numbers=$(sizes_in "$file" | awk '{ for (i = 1; i <= NF; ++i) sum += $i } END { print sum }')
  [ "$numbers" = "$(field numbers "$line")" ] || fail "$numbers numbers: $line"
  awk -v n="$numbers" -v b="$budget" 'BEGIN { exit !(n <= (1 - b) * 240) }' || fail "above the budget: $line"
  cmp -s "$file" "$(printf '%s/bet/asked-%04d.safetensors' "$dir" "$(field number "$line")")" || fail "best was never asked: $line"
  for asked in "$dir"/bet/asked-*.safetensors; do
    n=$(sizes_in "$asked" | awk '{ for (i = 1; i <= NF; ++i) sum += $i } END { print sum }')
    awk -v n="$n" -v b="$budget" -v q="$(quality_of "$asked")" -v best="$(field quality "$line")" \
      'BEGIN { exit !(n > (1 - b) * 240 || q <= best) }' || fail "$asked is better: $line"
  done
done

# The same with every other method, the same questions from the same seed, others from another.
begin again --method bet --measurements 6
answer "$dir/again"
"$ask" best "$dir/again" | cmp -s - "$dir/out.txt" && fail "best is empty"
[ "$("$ask" best "$dir/again" | sed 's/,"file":"[^"]*"//')" = "$(sed 's/,"file":"[^"]*"//' "$dir/best.txt")" ] || fail "the same seed finds something else"
begin other --method bet --measurements 6 --seed 2
answer "$dir/other" 3
cmp -s "$dir/other/asked-0001.safetensors" "$dir/bet/asked-0001.safetensors" && fail "another seed asks the same"
for method in equal "equal random" "portfolio equal" evolution; do
  rm -rf "$dir/study"
  begin study --method $method --measurements 5
  answer "$dir/study"
  [ "$("$ask" best "$dir/study" | wc -l)" -eq 2 ] || fail "$method finds nothing: $("$ask" status "$dir/study")"
done
# A budget in bytes, sizes in portions.
rm -rf "$dir/study"
"$ask" begin "$dir/study" --rows "$dir/rows.safetensors" --dim 16 --budget 0.6 --of bytes --stored-as bfloat16 --multiple 4 --method equal frequency > "$dir/out.txt"
answer "$dir/study"
line=$("$ask" best "$dir/study" --out "$dir/best.safetensors")
awk -v b="$(field bytes "$line")" 'BEGIN { exit !(b <= 0.4 * 18 * 16 * 4) }' || fail "above the bytes: $line"
sizes_in "$dir/best.safetensors" | awk '{ for (i = 1; i <= NF; ++i) if ($i % 4 && $i != 1) bad = 1 } END { exit bad }' ||
  fail "no portions of 4: $(sizes_in "$dir/best.safetensors")"

# Trained tables, for rules that look at them: the rows of one are long, those of the other are not.
awk 'BEGIN { printf "{\"user\":{\"dtype\":\"F32\",\"shape\":[12,16],\"data_offsets\":[0,768]},\"item\":{\"dtype\":\"F32\",\"shape\":[6,8],\"data_offsets\":[768,960]}}" }' > "$dir/header"
{ printf "\\$(printf %o "$(wc -c < "$dir/header")")\\0\\0\\0\\0\\0\\0\\0"; cat "$dir/header"
  for i in $(seq 192); do printf '\0\0\200\77'; done
  for i in $(seq 48); do printf '\0\0\0\100'; done; } > "$dir/tables.safetensors"
rm -rf "$dir/study"
begin study --method tail-energy --tables "$dir/tables.safetensors"
answer "$dir/study"
"$ask" best "$dir/study" --budget 0.75 --out "$dir/best.safetensors" > /dev/null
sizes_in "$dir/best.safetensors" | tr -s ' \n' '\n' | sed '/^$/d' | sed -n '13,18p' | grep -qx 8 || fail "numbers of large energy are cut: $(sizes_in "$dir/best.safetensors")"

# Told twice it counts once; what was told stays unless it is forced.
[ "$("$ask" tell "$dir/bet" --number 3 --quality "$(quality_of "$dir/bet/asked-0003.safetensors")")" = '{"number":3,"told":"known","done":true}' ] || fail "told twice"
before=$(cksum "$dir"/bet/*)
refuse() {
  why=$1
  shift
  status=0
  "$@" > "$dir/out.txt" 2> "$dir/err.txt" || status=$?
  [ "$status" -eq 2 ] || fail "status $status: $*"
  [ ! -s "$dir/out.txt" ] || fail "refused, it says $(cat "$dir/out.txt")"
  [ "$(wc -l < "$dir/err.txt")" -eq 1 ] || fail "not one line: $(cat "$dir/err.txt")"
  grep -q "^ask_sizes: .*$why" "$dir/err.txt" || fail "expected '$why', got $(cat "$dir/err.txt")"
  [ "$(cksum "$dir"/bet/*)" = "$before" ] || fail "refused, it has changed the study: $*"
}
refuse "unless it is forced" "$ask" tell "$dir/bet" --number 3 --quality 0.5
refuse "question 99 was never asked" "$ask" tell "$dir/bet" --number 99 --quality 0.5
refuse "question -1 was never asked" "$ask" tell "$dir/bet" --number=-1 --quality 0.5
refuse "expected a finite quality, got nan" "$ask" tell "$dir/bet" --number 3 --quality nan
refuse "expected a finite quality, got inf" "$ask" tell "$dir/bet" --number 3 --quality inf
refuse "expected a number, got 'good'" "$ask" tell "$dir/bet" --number 3 --quality good
refuse "quality is required" "$ask" tell "$dir/bet" --number 3
tensors user=1,1 item=1,1,1,1,1,1 > "$dir/short.safetensors"
refuse "table user has 12 rows, got qualities of 2" "$ask" tell "$dir/bet" --number 3 --quality 0.5 --rows "$dir/short.safetensors"
tensors user=1,1 > "$dir/short.safetensors"
refuse "expected a list of 1 dimension for table 'item'" "$ask" tell "$dir/bet" --number 3 --quality 0.5 --rows "$dir/short.safetensors"
refuse "is a study already" "$ask" begin "$dir/bet" --rows "$dir/rows.safetensors" --dim 16 --budget 0.6
refuse "is no study" "$ask" ask "$dir"
refuse "is no study" "$ask" ask "$dir/nowhere"
refuse "is no study" "$ask" status "$dir/rows.safetensors"
refuse "expected begin, ask, tell, best or status" "$ask"
refuse "'answer' belongs to no option" "$ask" answer "$dir/bet"
refuse "expected one of 0.6, 0.75, got 0.5" "$ask" best "$dir/bet" --budget 0.5
refuse "there is no folder" "$ask" best "$dir/bet" --budget 0.6 --out "$dir/nowhere/best.safetensors"
rows="--rows $dir/rows.safetensors"
refuse "no table 'place'" "$ask" begin "$dir/new" $rows --dim 16 place=3 --budget 0.6
refuse "expected a size for table 'user'" "$ask" begin "$dir/new" $rows --dim item=3 --budget 0.6
refuse "expected a size from 1 to" "$ask" begin "$dir/new" $rows --dim 0 --budget 0.6
refuse "above 0 and below 1, got 1.5" "$ask" begin "$dir/new" $rows --dim 16 --budget 1.5
refuse "the smallest sizes alone need 18" "$ask" begin "$dir/new" $rows --dim 16 --budget 0.99
refuse "got 'best'" "$ask" begin "$dir/new" $rows --dim 16 --budget 0.6 --method best
refuse "pep trains the model itself" "$ask" begin "$dir/new" $rows --dim 16 --budget 0.6 --method pep
refuse "tail-energy looks at trained tables" "$ask" begin "$dir/new" $rows --dim 16 --budget 0.6 --method tail-energy
refuse "full_table(0) is \[12, 16\], expected \[12, 8\]" "$ask" begin "$dir/new" $rows --dim 8 --budget 0.6 --tables "$dir/tables.safetensors"
refuse "cannot open" "$ask" begin "$dir/new" --rows "$dir/nothing.npy" --dim 16 --budget 0.6
cp "$dir/header" "$dir/bogus.safetensors"
refuse "no safetensors file, or not all of one" "$ask" begin "$dir/new" --rows "$dir/bogus.safetensors" --dim 16 --budget 0.6
[ ! -e "$dir/new" ] || fail "refused, it leaves a folder"
"$ask" tell "$dir/bet" --number 3 --quality 5 --force > "$dir/out.txt"
answer "$dir/bet"
"$ask" best "$dir/bet" | grep -q '"quality":5.0' || fail "force changes nothing: $("$ask" best "$dir/bet")"

# The answers of another study are refused; what a killed process leaves beside the files is no harm.
mkdir "$dir/mixed"
cp "$dir/other/study.safetensors" "$dir/mixed"
cp "$dir/bet/search.safetensors" "$dir/mixed"
refuse_mixed() { before=$(cksum "$dir"/bet/*); refuse "$@"; }
refuse_mixed "seed: it was saved with 1, expected 2" "$ask" ask "$dir/mixed"
head -c 100 "$dir/bet/search.safetensors" > "$dir/mixed/search.safetensors"
refuse_mixed "no safetensors file, or not all of one" "$ask" ask "$dir/mixed"
head -c 100 "$dir/bet/search.safetensors" > "$dir/other/search.safetensors.writing"
open=$("$ask" ask "$dir/other")
[ "$(field number "$open")" = 3 ] || fail "something was lost: $open"
answer "$dir/other"

# Killed at any time, nothing is lost: the answer is there or it is not, and is told again.
begin killed --method bet --measurements 6
for i in $(seq 40); do
  question=$("$ask" ask "$dir/killed")
  [ "$(field done "$question")" = false ] || break
  number=$(field number "$question")
  quality=$(quality_of "$(field file "$question")")
  "$ask" tell "$dir/killed" --number "$number" --quality "$quality" > "$dir/out.txt" 2>&1 &
  process=$!
  sleep "0.00$((i % 10))"
  kill -9 "$process" 2> /dev/null || true
  wait "$process" 2> /dev/null || true
  "$ask" tell "$dir/killed" --number "$number" --quality "$quality" > "$dir/out.txt" || fail "after a kill: $(cat "$dir/out.txt")"
done
[ "$("$ask" best "$dir/killed")" = "$("$ask" best "$dir/again")" ] || fail "kills have changed what is found"
echo "ask_sizes: all is well"
