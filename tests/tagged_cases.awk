# SPDX-License-Identifier: MIT
# A source of tests with the test cases alone that have a tag: awk -v tag=[threads] -v source=FILE -f tagged_cases.awk FILE.
# Of others blank lines are left, so lines keep their numbers. Relies on the format: a case begins at the start of a line,
# its name and tags end where a line ends with {, and it ends with } at the start of a line, or all of it on one line.
BEGIN { print "#line 1 \"" source "\"" }

/^(TEMPLATE_[A-Z_]*)?TEST_CASE/ {
  if (state) broken()
  state = "head"
  text = ""
  lines = 0
  tagged = 0
}

!state { print }

state {
  text = text $0 "\n"
  lines++
  if (state == "head") {
    if (index($0, tag)) tagged = 1
    if ($0 ~ /\{$/) state = "body"
    else if ($0 ~ /\) \{.*\}$/) end()
  } else if ($0 == "}") end()
}

END { if (state) broken() }

function end() {
  if (tagged) printf "%s", text
  else while (lines--) print ""
  state = ""
}

function broken() {
  print source ": line " NR ": expected the end of the test case before" > "/dev/stderr"
  failed = 1
  exit 1
}
