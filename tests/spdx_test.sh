#!/bin/sh
# SPDX-License-Identifier: MIT
# Every source, script and CMake file names its licence: in its first line, or in the second after #!.
#   spdx_test.sh FOLDER_OF_THE_PROJECT
set -eu
cd "$1"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# without_licence FILE: fails if the file names it.
without_licence() {
  awk 'NR == 1 && /^#!/ { next }
    { named = /^(\/\/|#) SPDX-License-Identifier: MIT\r?$/; exit }
    END { exit named }' "$1"
}

# The check sees what it is for, and nothing else.
printf '// SPDX-License-Identifier: MIT\nint x;\n' > "$dir/good.cpp"
printf '#!/bin/sh\n# SPDX-License-Identifier: MIT\n' > "$dir/good.sh"
printf 'int x;\n// SPDX-License-Identifier: MIT\n' > "$dir/late.cpp"
printf '// SPDX-License-Identifier: MITnot\n' > "$dir/other.hpp"
: > "$dir/empty.cpp"
for file in good.cpp good.sh; do
  if without_licence "$dir/$file"; then echo "the check refuses $file"; exit 1; fi
done
for file in late.cpp other.hpp empty.cpp; do
  without_licence "$dir/$file" || { echo "the check is blind to $file"; exit 1; }
done

# Not what a build has made, nor data.
find . \( -path './.*' -o -path './build*' -o -path ./tests/fuzz/corpus -o -path ./tests/install/conan/build \) -prune -o -type f \
  \( -name '*.[chi]pp' -o -name '*.sh' -o -name '*.py' -o -name '*.cmake' -o -name '*.cmake.in' -o -name CMakeLists.txt \) \
  -print | sort > "$dir/files"
[ "$(wc -l < "$dir/files")" -gt 300 ] || { echo "where are the files?"; exit 1; }
while IFS= read -r file; do
  if without_licence "$file"; then echo "${file#./}: no SPDX-License-Identifier: MIT in its first line"; fi
done < "$dir/files" > "$dir/found"
if [ -s "$dir/found" ]; then
  cat "$dir/found"
  exit 1
fi
echo "$(wc -l < "$dir/files") files name their licence"
