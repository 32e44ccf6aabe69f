#!/bin/sh
# SPDX-License-Identifier: MIT
# No header writes or reads numbers, or asks about characters, by ways that a locale has a say in: core/text.hpp has the
# others. Programs of ours may use printf and streams, for they stay in the locale C: none of them sets another one.
#   sources_test.sh FOLDER_OF_THE_PROJECT
set -eu
cd "$1"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# find_lines REGEX FILE...: lines that match without their comments.
find_lines() {
  regex=$1
  shift
  regex=$regex awk '{ code = " " $0; sub(/\/\/.*/, "", code)
    if (code ~ ENVIRON["regex"]) print FILENAME ":" FNR ": " $0 }' "$@"
}

setting='setlocale|locale::global|[^a-z_]imbue'
in_headers="[pP]rintf|scanf|stringstream|strstream|<iomanip>|<iostream>|(<<|>>) *(\"|'|std::)|>> *ws"
in_headers="$in_headers|[^a-zA-Z_](sto(i|l|ll|ul|ull|f|d|ld)|strto[a-z]+|ato(f|i|l|ll)) *[(]"
in_headers="$in_headers|[^a-zA-Z_](is(alnum|alpha|digit|xdigit|space|blank|upper|lower|punct|print|cntrl)|to(upper|lower)) *[(]"
in_headers="$in_headers|[^a-zA-Z_](strcoll|strxfrm|strftime|put_time|get_time|localeconv)|std::(format|regex|use_facet)"
in_headers="$in_headers|$setting"

# The check sees what it is for, and nothing else.
cat > "$dir/bad.hpp" <<'END'
std::snprintf(text, sizeof text, "%g", x);
fprintf(file, "%d", 1);
std::ostringstream text;
std::istringstream text(line);
double x = std::stod(text);
double x = strtod(text, &end);
int x = atoi(text);
out << "text" << x;
out << '\t' << x;
out << std::setw(3) << x;
if (std::isspace(c)) return;
c = std::tolower(c);
std::setlocale(LC_ALL, "");
std::locale::global(std::locale(""));
stream.imbue(other);
END
cat > "$dir/good.hpp" <<'END'
return std::uint64_t{1} << bits;  // std::stod("1") << "x"
/// as printf's %.3f
out += std::to_string(number);
history(x);
END
[ "$(find_lines "$in_headers" "$dir/bad.hpp" | wc -l)" -eq "$(wc -l < "$dir/bad.hpp")" ] || {
  echo "the check is blind to some of:"
  cat "$dir/bad.hpp"
  exit 1
}
[ -z "$(find_lines "$in_headers" "$dir/good.hpp")" ] || {
  echo "the check refuses: $(find_lines "$in_headers" "$dir/good.hpp")"
  exit 1
}

find include -name '*.hpp' > "$dir/headers"
find examples bench -name '*.?pp' > "$dir/programs"
[ "$(wc -l < "$dir/headers")" -gt 90 ] || {
  echo "where are the headers?"
  exit 1
}
# shellcheck disable=SC2046  # one word per file
{
  find_lines "$in_headers" $(cat "$dir/headers")
  find_lines "$setting" $(cat "$dir/programs")
} | grep -v 'imbue(std::locale::classic())' > "$dir/found" || true
if [ -s "$dir/found" ]; then
  cat "$dir/found"
  echo "A locale changes what these lines do. For numbers and texts: ciess/core/text.hpp"
  exit 1
fi
echo "1 passed, 0 failed"
