#!/bin/sh
# SPDX-License-Identifier: MIT
# From ratings to a server of NeuMF: searches, serves the small tables with their layers.
#   serve_neumf_test.sh SEARCH_SIZES SERVE_PACKED
set -eu
search=$1
serve=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; exit 1; }
tab=$(printf '\t')

# 60 users in five groups that like different ones of 40 items, with some noise; every seventh pair is to report on.
awk 'BEGIN { for (a = 0; a < 60; ++a) for (b = 0; b < 40; ++b)
    if ((a * a * 7 + b * b * 13 + a * b * 31) % 17 < (a % 5 == b % 5 ? 12 : 4)) print "u" a "," (b == 0 ? "old boot" : "i" b) ",5" }' > "$dir/all.csv"
awk -v test="$dir/test.csv" 'NR % 7 == 0 { print > test; next } { print }' "$dir/all.csv" > "$dir/train.csv"
find_sizes() { "$search" --data "$dir/train.csv" --test "$dir/test.csv" --backbone ncf --dim 16 --budget 0.5 --episodes 1 --at 5 10 "$@"; }
find_sizes --out "$dir/found" > "$dir/found.txt"
find_sizes --out "$dir/bits" --stored-as 4 --quiet > "$dir/bits.txt"
# 2 * 16 * 16 + 3 * 16 + 1 numbers, said, and in the file beside the tables.
for said in found bits; do
  grep -qx 'serving-\*.safetensors, the same tables and the layers: 2244 bytes of floats beside the tables, of every model and in no budget' "$dir/$said.txt" ||
    fail "does not say what the layers take: $(cat "$dir/$said.txt")"
  more=$(($(wc -c < "$dir/$said/serving-0.5.safetensors") - $(wc -c < "$dir/$said/tables-0.5.safetensors")))
  [ $more -ge 2244 ] && [ $more -lt 3500 ] || fail "the layers take $more bytes more"
done

served=$dir/found/serving-0.5.safetensors
k=5
# ask [OPTION...]: answers for standard input, into answers.txt, the rest into said.txt. In a pipe it sets no variable.
ask() {
  status=0
  "$serve" "$served" --k $k "$@" > "$dir/answers.txt" 2> "$dir/said.txt" || status=$?
  echo $status > "$dir/status"
}
said() { grep -qxF -- "$1" "$dir/said.txt" || fail "expected '$1' in: $(cat "$dir/said.txt")"; }

for served in "$dir/found/serving-0.5.safetensors" "$dir/bits/serving-0.5.safetensors"; do
  printf 'u3\n\nu4\ti8\ti9\tnonsense\nnobody\nu3\n' | ask
  [ "$(cat "$dir/status")" -eq 0 ] || fail "$(cat "$dir/said.txt")"
  awk -F '\t' '{ print $1, NF }' "$dir/answers.txt" > "$dir/got.txt"
  printf 'u3 11\nu4 11\nnobody 1\nu3 11\n' | cmp -s - "$dir/got.txt" || fail "answers: $(cat "$dir/answers.txt")"
  sed -n 2p "$dir/answers.txt" | grep -qw -e i8 -e i9 && fail "excluded items are recommended: $(cat "$dir/answers.txt")"
  said "serve_packed: line 3: no item is called 'nonsense', so it is not left out"
  said "serve_packed: line 4: no user is called 'nobody'"
  grep -q '3 users answered, 1 unknown; milliseconds: median .*, 95 % .*, 99 % .*, longest ' "$dir/said.txt" || fail "latencies: $(cat "$dir/said.txt")"

  # More than there are: all items, the best first.
  printf 'u3\nu7\n' | (k=10000 && ask)
  awk -F '\t' 'NF != 81 { bad = 1 } { for (f = 5; f <= NF; f += 2) if ($f + 0 > $(f - 2) + 0) bad = 1 } END { exit bad || NR != 2 }' "$dir/answers.txt" ||
    fail "more than all items: $(cat "$dir/answers.txt")"
  cp "$dir/answers.txt" "$dir/whole.txt"

  # Items that may be given: of the list of all items, in its order, those that are allowed, less those that are forbidden.
  printf 'i8\ni3\nold boot\nnone such\n' > "$dir/only.txt"
  printf 'i3\ni4\n' > "$dir/except.txt"
  filter() { awk -F '\t' '{ line = $1; for (f = 2; f < NF; f += 2) { id = $f; if ('"$1"') line = line FS $f FS $(f + 1) } print line }' "$dir/whole.txt" > "$dir/expected.txt"; }
  printf 'u3\nu7\n' > "$dir/two.txt"
  (k=40 && ask --only "$dir/only.txt") < "$dir/two.txt"
  said "$dir/only.txt: items: 3; ids of no item: 1, first 'none such'"
  filter 'id == "i8" || id == "i3" || id == "old boot"'
  cmp "$dir/answers.txt" "$dir/expected.txt" || fail "gives others than the allowed: $(cat "$dir/answers.txt")"
  (k=40 && ask --except "$dir/except.txt") < "$dir/two.txt"
  filter 'id != "i3" && id != "i4"'
  cmp "$dir/answers.txt" "$dir/expected.txt" || fail "gives what is forbidden: $(cat "$dir/answers.txt")"
  (k=40 && ask --except "$dir/except.txt" --only "$dir/only.txt") < "$dir/two.txt"
  filter 'id == "i8" || id == "old boot"'
  cmp "$dir/answers.txt" "$dir/expected.txt" || fail "not the allowed less the forbidden: $(cat "$dir/answers.txt")"

  # Several lines in one request, and everybody's list in a file: the same lines at any number of them and of threads.
  sed 1d "$dir/found/ids-users.tsv" | cut -f 2 > "$dir/users.txt"
  (k=10 && ask --separator tab --seen "$dir/train.csv") < "$dir/users.txt"
  cp "$dir/answers.txt" "$dir/lists.txt"
  for threads in 1 2; do
    for batch in 7 1000; do
      (k=10 && ask --separator tab --seen "$dir/train.csv" --batch $batch --threads $threads) < "$dir/users.txt"
      cmp "$dir/answers.txt" "$dir/lists.txt" || fail "$batch lines at once, $threads threads: other answers"
    done
    (k=10 && ask --seen "$dir/train.csv" --all --out "$dir/all.tsv" --threads $threads) < /dev/null
    cmp "$dir/all.tsv" "$dir/lists.txt" || fail "lists of all: $(cat "$dir/said.txt")"
  done
  # What the lists are worth on the test part is what the search says of the model: its scores are served.
  awk -F '\t' -v test="$dir/test.csv" 'BEGIN { while ((getline line < test) > 0) { split(line, t, ","); held[t[1], t[2]] = 1; ++n[t[1]] } }
    { for (f = 2; f < NF && f < 12; f += 2) if (($1, $f) in held) ++hit[$1] }
    END { for (u in n) { sum += hit[u] / n[u]; ++users } printf "%.4f\n", sum / users }' "$dir/lists.txt" > "$dir/got.txt"
  told=$(awk '$1 == "50%" && $2 == "*" { print $(NF - 4) }' "$(dirname "$served").txt")
  [ "$told" = "$(cat "$dir/got.txt")" ] || fail "Recall@5 of the lists is $(cat "$dir/got.txt"), of the model $told: $(cat "$(dirname "$served").txt")"
done

refuse() {
  words=$1
  shift
  status=0
  "$@" > "$dir/out.txt" 2> "$dir/err.txt" < "$dir/two.txt" || status=$?
  [ "$status" -eq 2 ] || fail "$*: exit status $status"
  grep -qF -- "$words" "$dir/err.txt" || fail "$*: expected '$words' in: $(cat "$dir/err.txt")"
  [ "$(wc -l < "$dir/err.txt")" -eq 1 ] || fail "$*: not one line of error: $(cat "$dir/err.txt")"
  [ ! -s "$dir/out.txt" ] || fail "$*: prints before it refuses"
}
for option in --similar --cosine; do
  refuse "serving-0.5.safetensors: $option needs scores that are products of rows, those of \`ncf\` are not" "$serve" "$served" $option
done
refuse "tables-0.5.safetensors: the layers of \`ncf\` are not in it; expected serving-*.safetensors of search_sizes, which has them" \
  "$serve" "$dir/found/tables-0.5.safetensors"
refuse "expected a table 'things-mlp'" "$serve" "$served" --items things
# A damaged file: cut, with a layer twice, with one of another name, with one of another shape.
whole=$dir/found/serving-0.5.safetensors
head -c 3000 "$whole" > "$dir/cut.safetensors"
refuse "cut.safetensors" "$serve" "$dir/cut.safetensors"
LC_ALL=C sed 's/"layers":"first-users first-items/"layers":"first-users first-users/' "$whole" > "$dir/twice.safetensors"
refuse "expected every layer once, got 'first-users' again" "$serve" "$dir/twice.safetensors"
LC_ALL=C sed 's/top-bias/top-biaz/g' "$whole" > "$dir/named.safetensors"
refuse "expected a layer 'top-bias', it is not among the 6 that there are" "$serve" "$dir/named.safetensors"
LC_ALL=C sed 's/"first-items":{"dtype":"F32","shape":\[16,16\]/"first-items":{"dtype":"F32","shape":[8, 32]/' "$whole" > "$dir/shape.safetensors"
refuse "layer 'first-items': expected shape [16, 16], got [8, 32]" "$serve" "$dir/shape.safetensors"
echo "1 passed, 0 failed"
