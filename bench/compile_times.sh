#!/bin/sh
# SPDX-License-Identifier: MIT
# What programs that use the library cost to compile: lines after preprocessing, seconds and memory of one core, as a
# table in Markdown. With --check: compares the lines with bench/compile/lines.txt and fails where they have grown by more
# than a twentieth; lines of another compiler than that file's are not compared (status 77). With --write: writes it anew.
#   sh bench/compile_times.sh [--check|--write]      CXX=g++ EIGEN=/usr/include/eigen3
set -eu
cd "$(dirname "$0")/.."
cxx=${CXX:-c++}
eigen=${EIGEN:-/usr/include/eigen3}
flags="-std=c++20 -O2 -Iinclude -isystem $eigen"
compiler="$($cxx --version | head -n 1 | tr -s ' ' | cut -d ' ' -f 2-)"  # without the name that it was called by
programs="bench/compile/all.cpp bench/compile/door.cpp bench/compile/search.cpp bench/compile/read.cpp bench/compile/rank_packed.cpp
  examples/first_search.cpp examples/search_sizes/lightgcn.cpp"

out=$(mktemp)
trap 'rm -f "$out"' EXIT
# shellcheck disable=SC2086
lines() { $cxx $flags -E -P "$1" -o "$out" && grep -c '[^[:space:]]' "$out"; }

case "${1:-}" in
  --write)
    { echo "$compiler"; for p in $programs; do echo "$(lines "$p") $p"; done; } > bench/compile/lines.txt ;;
  --check)
    if [ "$compiler" != "$(head -n 1 bench/compile/lines.txt)" ]; then
      echo "lines.txt was made by $(head -n 1 bench/compile/lines.txt), this is $compiler"
      exit 77
    fi
    status=0
    for p in $programs; do
      was=$(sed -n "s|^\([0-9]*\) $p\$|\1|p" bench/compile/lines.txt)
      now=$(lines "$p")
      if [ -z "$was" ] || [ "$now" -gt $((was + was / 20)) ]; then
        echo "$p: $now lines after preprocessing, expected about ${was:-none}; if that is meant: sh bench/compile_times.sh --write"
        status=1
      fi
    done
    exit $status ;;
  '')
    [ -x /usr/bin/time ] || { echo "needs /usr/bin/time (Debian: time)"; exit 2; }
    echo "$compiler, -O2"
    echo
    echo "| program | lines | seconds | memory (MB) |"
    echo "|---|---|---|---|"
    for p in $programs; do
      # shellcheck disable=SC2086
      took=$({ /usr/bin/time -f '%U %S %M' $cxx $flags -c "$p" -o "$out"; } 2>&1 | tail -n 1)
      echo "$took" | awk -v p="$p" -v l="$(lines "$p")" \
        '{ printf "| `%s` | %d | %.1f | %.0f |\n", p, l, $1 + $2, $3 / 1024 }'
    done ;;
  *) echo "usage: sh bench/compile_times.sh [--check|--write]"; exit 2 ;;
esac
