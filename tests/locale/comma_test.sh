#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the tests [locale] in a locale of C that writes numbers with a comma. Makes one, for this run alone, unless the
# machine has it; exits with 77, left out, if it can do neither.
#   comma_test.sh CIESS_TESTS
set -eu
tests=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
if LC_ALL=de_DE.UTF-8 locale decimal_point 2> "$dir/said" | grep -qx , && [ ! -s "$dir/said" ]; then
  echo "the machine has de_DE.UTF-8"
elif command -v localedef > /dev/null && localedef --no-archive -i de_DE -f UTF-8 "$dir/de_DE.UTF-8" 2> "$dir/said"; then
  export LOCPATH="$dir"
  echo "made de_DE.UTF-8"
else
  echo "LEFT OUT: no locale with a decimal comma, and none can be made (Debian: apt-get install locales). $(cat "$dir/said")"
  exit 77
fi
# With it set, a test fails if it does not get this locale.
CIESS_COMMA_LOCALE=de_DE.UTF-8 "$tests" "[locale]"
