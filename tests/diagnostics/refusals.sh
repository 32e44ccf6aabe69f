#!/bin/sh
# SPDX-License-Identifier: MIT
# What a compiler prints when a user's type lacks something: first a sentence of ours that says what to write.
#   refusals.sh BUILD_FOLDER COMPILER FLAG...
# Near misses of one entry point are compiled together, for a compilation takes seconds. Checked: the sentence of the
# first is in the first lines, every near miss has its own sentence and no other, and the complete type compiles.
set -eu
folder=$1
shift
mkdir -p "$folder"
LC_ALL=C
export LC_ALL
failures=0
compiled=0

fail() {
  echo "FAILED: $1; printed was:"
  head -n 30 "$folder/printed"
  failures=$((failures + 1))
}

# name | what a user writes, which is what the sentence must say | how this test writes it, if that is not yet C++
# A member called - is never left out.
backbone='
users|ciess::index_t users() const
items|ciess::index_t items() const
shapes|const std::vector<ciess::table_shape>& shapes() const
reset|void reset(std::uint64_t seed)
resize|void resize(const ciess::assignment& sizes)
train|double train(int steps)
score|void score(ciess::index_t first_user, ciess::matrix_span out)'
environment='
shapes|std::span<const ciess::table_shape> shapes() const
frequency|std::span<const double> frequency(std::size_t table) const
full|ciess::measurement full()
measure|ciess::measurement measure(const ciess::assignment& sizes)'

energetic_environment="$environment
table|ciess::matrix_view full_table(std::size_t table) const"
sizer='
name|std::string_view name() const
check|void check(const E& env, const ciess::sizing_request& asked) const
begin|auto begin(E& env, const ciess::sizing_request& asked) const|given_run begin(E& env, const ciess::sizing_request& asked) const'
sizing='
done|bool done() const
step|const ciess::step_report& step()
history|std::span<const ciess::step_report> history() const
best|std::span<const ciess::candidate> best(std::size_t budget) const
full|const ciess::measurement& full() const
visit|void visit(F& f)|template <class F> void visit(F& f)'
sized_model="$(printf '%s\n' "$backbone" | sed -n '/^shapes|/p; /^reset|/p; /^resize|/p; /^train|/p')"
open_tables="$(printf '%s\n' "$sized_model" | sed 's/^[a-z]*|/-||/')
rows|ciess::matrix_view rows_of(std::size_t table) const
setrows|void set_rows(std::size_t table, const ciess::matrix_view& rows)"
judge='
-||using figures = double
check|void check(const Model& model) const|template <class Any> void check(const Any& model) const
kinds|std::size_t kinds() const
kind|std::size_t kind(std::size_t table) const
frequency|std::span<const double> frequency(std::size_t table) const
name|std::string name(std::size_t table) const
judge|figures judge(Model& model) const|template <class Any> figures judge(Any& model) const
quality|double quality(const figures& all) const
rowquality|std::span<const double> row_quality(const figures& all, std::size_t table) const
conditions|void visit_conditions(F& f) const|template <class F> void visit_conditions(F& f) const'

lens_environment="$(printf '%s\n' "$environment" | sed 's/^[a-z]*|/-||/')
warm|M warm_copy()"
held_out_lens_environment="$(printf '%s\n' "$lens_environment" | sed 's/^[a-z]*|/-||/')
batches|B held_out_batches(std::uint64_t seed) const"
lens_model="$(printf '%s\n' "$sized_model" | sed 's/^[a-z]*|/-||/')
-||void restore(const state& s)
through|double train_through(int steps, L& lens)|template <class L> double train_through(int steps, L& lens)
snapshot|state snapshot() const"
held_out_lens_model="$(printf '%s\n' "$lens_model" | sed 's/^[a-z]*|\(.*|\)*/-||/')
slopes|double slopes_through(const X& batch, L& lens)|template <class L> double slopes_through(const X& batch, L& lens)"

# Wrong signatures, by the same names.
wrong_backbone='
users|ciess::index_t users()
items|void items() const
shapes|std::vector<int> shapes() const
reset|void reset()
resize|void resize(ciess::assignment& sizes)
train|void train(int steps)
score|float score(ciess::index_t user, ciess::index_t item)'
wrong_environment='
shapes|std::vector<ciess::table_shape> shapes() const
frequency|std::vector<double> frequency(std::size_t table) const
full|double full()
measure|double measure(const ciess::assignment& sizes)'
wrong_energetic_environment="$wrong_environment
table|ciess::matrix full_table(std::size_t table) const"
wrong_sizer='
name|int name() const
check|void check(E& env, const ciess::sizing_request& asked) const
begin|given_run begin(E& env, ciess::sizing_request& asked) const'
wrong_sizing='
done|int done() const
step|ciess::step_report step()
history|ciess::step_report history() const
best|std::span<const ciess::candidate> best() const
full|double full() const
visit|void visit(int& f)'
wrong_sized_model="$(printf '%s\n' "$wrong_backbone" | sed -n '/^shapes|/p; /^reset|/p; /^resize|/p; /^train|/p')"
wrong_open_tables='
rows|ciess::matrix_view rows_of() const
setrows|void set_rows(std::size_t table, ciess::matrix& rows)'
wrong_judge='
check|void check(M& model) const
kinds|void kinds() const
kind|std::size_t kind() const
frequency|std::vector<double> frequency(std::size_t table) const
name|int name(std::size_t table) const
judge|void judge(M& model) const
quality|double quality() const
rowquality|std::vector<double> row_quality(const figures& all, std::size_t table) const
conditions|void visit_conditions(int& f) const'

wrong_lens_environment='
warm|double warm_copy()'
wrong_held_out_lens_environment='
batches|B held_out_batches(std::uint64_t seed)'
wrong_lens_model='
through|template <class L> void train_through(int steps, L& lens)
snapshot|state snapshot()'
wrong_held_out_lens_model='
slopes|template <class L> double slopes_through(X& batch, L& lens)'

names() { printf '%s\n' "$1" | sed -n '/^-/d; s/|.*//p'; }
member() { printf '%s\n' "$1" | sed -n "s/^$2|\([^|]*\).*/\1/p"; }

# type NAME MEMBERS WITHOUT OTHER: a struct with all the members but one, and with another in its place
type() {
  echo "struct $1 {"
  printf '%s\n' "$2" | sed -n "/^$3|/d; s/^[a-z-]*|\(.*|\)*\(.*\)/  \2;/p"
  [ -z "$4" ] || echo "  $4;"
  echo "};"
}

# compile HEADER COMPILER FLAG...: the source on standard input
compile() {
  { printf '#include <%s>\n' "$1" ciess/data/interactions.hpp; cat; } >"$folder/source.cpp"
  shift
  compiled=$((compiled + 1))
  "$@" -std=c++20 -fsyntax-only "$folder/source.cpp" >"$folder/printed" 2>&1
}

use() { echo "void use_$1($1& mine, const ciess::interactions& data) { (void)data; $2; }"; }

# What stands before the types of `refuses` and `accepts`.
given=

# refuses WHO MEMBERS WRONG HEADER STATEMENT COMPILER FLAG...
refuses() {
  who=$1
  members=$2
  wrong=$3
  header=$4
  statement=$5
  shift 5
  : >"$folder/wanted"
  {
    echo "$given"
    for name in $(names "$members"); do
      for other in "" "$(member "$wrong" "$name")"; do
        user=${other:+wrong_}${name}_user
        type "$user" "$members" "$name" "$other"
        use "$user" "$statement"
        echo "$who needs \`$(member "$members" "$name")\`" >>"$folder/wanted"
      done
    done
  } >"$folder/types"
  if compile "$header" "$@" <"$folder/types"; then
    fail "$statement: incomplete types compile"
    return
  fi
  grep 'error: static assertion failed' "$folder/printed" | grep -o "$who needs \`[^\`]*\`" >"$folder/said" || :
  if ! head -n 10 "$folder/printed" | grep -qF "ciess: $(head -n 1 "$folder/wanted")"; then
    fail "$statement: its first 10 lines do not say: $(head -n 1 "$folder/wanted")"
  elif ! diff "$folder/wanted" "$folder/said"; then
    fail "$statement: not every near miss has its one sentence (< wanted, > said)"
  fi
}

# accepts NAME MEMBERS HEADER STATEMENT: the complete type compiles, with those of all others at once, by `accepted`.
: >"$folder/complete"
: >"$folder/headers"
accepts() {
  echo "#include <$3>" >>"$folder/headers"
  { echo "namespace $1 {"; echo "$given"; type complete "$2" none ""; use complete "$4"; echo "}"; } >>"$folder/complete"
}
# accepted COMPILER FLAG...
accepted() {
  cat "$folder/headers" "$folder/complete" >"$folder/types"
  compile ciess/core/types.hpp "$@" <"$folder/types" || fail "a complete type is refused"
}

accepts complete_backbone "$backbone" ciess/search/recommender_environment.hpp \
  'ciess::recommender_environment environment(mine, data, data, {});
  (void)ciess::evaluate(mine, data, data);
  (void)ciess::recommend(mine, 0, data, 10)'
accepts complete_environment "$environment" ciess/search/find_sizes.hpp \
  'ciess::search(mine);
  ciess::search(mine, {.budgets = {0.9}});
  ciess::search(mine, ciess::ciess_sizer<>{.episodes = 10}, {.budgets = {0.9}})'
refuses 'a backbone' "$backbone" "$wrong_backbone" ciess/search/recommender_environment.hpp \
  'ciess::recommender_environment environment(mine, data, data, {})' "$@"
refuses 'a backbone' "$backbone" "$wrong_backbone" ciess/ranking/evaluate.hpp '(void)ciess::evaluate(mine, data, data)' "$@"
refuses 'an environment' "$environment" "$wrong_environment" ciess/search/find_sizes.hpp \
  'ciess::search(mine, ciess::ciess_sizer<>{}, {})' "$@"
refuses 'an environment' "$environment" "$wrong_environment" ciess/search/find_sizes.hpp \
  'ciess::search(mine, ciess::sizing_request{})' "$@"
accepts complete_energetic "$energetic_environment" ciess/search/rules/tail_energy.hpp '(void)ciess::tail_energy_curves(mine)'
refuses 'an energetic environment' "$(printf '%s\n' "$energetic_environment" | tail -n 1)" \
  "$(printf '%s\n' "$wrong_energetic_environment" | tail -n 1)" ciess/search/rules/tail_energy.hpp \
  '(void)ciess::tail_energy_curves(mine)' "$@"

# A method, and what it begins.
given="$(type E "$environment" none "")
$(type given_run "$sizing" none "")
template <class R>
$(type begins "$(printf '%s\n' "$sizer" | sed 's/given_run/R/')" none "")"
accepts complete_sizer "$sizer" ciess/search/find_sizes.hpp 'E env;
  ciess::search(env, mine, {});
  ciess::find_sizes(env, mine, {.budgets = {0.9}})'
refuses 'a sizer' "$sizer" "$wrong_sizer" ciess/search/search.hpp 'E env; ciess::search(env, mine, {})' "$@"
refuses 'a sizer' "$sizer" "$wrong_sizer" ciess/search/find_sizes.hpp 'E env; ciess::find_sizes(env, mine, {})' "$@"
refuses 'what a sizer begins' "$sizing" "$wrong_sizing" ciess/search/search.hpp \
  'E env; ciess::search(env, begins<std::remove_reference_t<decltype(mine)>>{}, {})' "$@"
given=

# A model that is trained, its tables, and who judges it.
given="$(type M "$sized_model" none "")
$(type J "$judge" none "")"
accepts complete_sized "$sized_model" ciess/search/trained_environment.hpp \
  'ciess::trained_environment<std::remove_reference_t<decltype(mine)>, J> environment(mine, {}, {})'
accepts complete_open "$open_tables" ciess/search/trained_environment.hpp \
  'ciess::trained_environment<std::remove_reference_t<decltype(mine)>, J> environment(mine, {}, {.from = ciess::start::warm})'
accepts complete_judge "$judge" ciess/search/trained_environment.hpp \
  'ciess::trained_environment<M, std::remove_reference_t<decltype(mine)>> environment(M{}, mine, {})'
refuses 'a sized model' "$sized_model" "$wrong_sized_model" ciess/search/trained_environment.hpp \
  'ciess::trained_environment<std::remove_reference_t<decltype(mine)>, J> environment(mine, {}, {})' "$@"
refuses 'a model with open tables' "$open_tables" "$wrong_open_tables" ciess/search/trained_environment.hpp \
  'ciess::trained_environment<std::remove_reference_t<decltype(mine)>, J> environment(mine, {}, {})' "$@"
refuses 'a judge' "$judge" "$wrong_judge" ciess/search/trained_environment.hpp \
  'ciess::trained_environment<M, std::remove_reference_t<decltype(mine)>> environment(M{}, mine, {})' "$@"
given=
# A model that is trained through a lens, and who has one.
given="struct X {};
struct B { X operator()(std::uint64_t number, std::size_t size); };
struct state { template <class F> void visit(F& f); };
$(type M "$held_out_lens_model" none "")
template <class Model>
$(type with "$(printf '%s\n' "$held_out_lens_environment" | sed 's/|M /|Model /')" none "")"
with='with<std::remove_reference_t<decltype(mine)>> env; ciess::dnis{}.check(env, {})'
accepts complete_lens_environment "$held_out_lens_environment" ciess/search/dnis/dnis.hpp 'ciess::dnis{}.check(mine, {})'
accepts complete_lens_model "$held_out_lens_model" ciess/search/dnis/dnis.hpp "$with"
refuses 'a lens environment' "$lens_environment
$(printf '%s\n' "$held_out_lens_environment" | sed -n 's/^batches|/-||/p')" "$wrong_lens_environment" \
  ciess/search/dnis/dnis.hpp '(void)ciess::dnis{}.begin(mine, {})' "$@"
accepts complete_pep_environment "$lens_environment" ciess/search/pep/pep.hpp '(void)ciess::pep{}.begin(mine, {})'
refuses 'a lens environment' "$lens_environment" "$wrong_lens_environment" \
  ciess/search/pep/pep.hpp '(void)ciess::pep{}.begin(mine, {})' "$@"
refuses 'a held-out lens environment' "$held_out_lens_environment" "$wrong_held_out_lens_environment" \
  ciess/search/dnis/dnis.hpp '(void)ciess::dnis{}.begin(mine, {})' "$@"
refuses 'a model to be trained through a lens' "$lens_model
$(printf '%s\n' "$held_out_lens_model" | sed -n 's/^slopes|.*|/-||/p')" "$wrong_lens_model" \
  ciess/search/dnis/dnis.hpp "$with" "$@"
refuses 'a model whose sizes learn from held-out data' "$held_out_lens_model" "$wrong_held_out_lens_model" \
  ciess/search/dnis/dnis.hpp "$with" "$@"
given=

accepted "$@"

# The concept alone knows no sentences, but names the expression.
{ type user "$backbone" train "void train(int steps)"; echo "static_assert(ciess::backbone<user>);"; } >"$folder/types"
if compile ciess/backbone/concept.hpp "$@" <"$folder/types" || ! head -n 12 "$folder/printed" | grep -qF 'm.train(steps)'; then
  fail "static_assert(ciess::backbone<...>): its first lines do not name m.train(steps)"
fi

echo "$compiled compilations, $failures failures"
[ "$failures" -eq 0 ]
