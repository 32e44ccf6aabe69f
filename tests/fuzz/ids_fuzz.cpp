// SPDX-License-Identifier: MIT
// Lists of ids: data/id_list.hpp. The first byte says of which rows they are.
#include <ciess/data/id_list.hpp>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/data/id_map.hpp>

#include "fuzz/target.hpp"

namespace {

using fuzz::require;
using texts = std::vector<std::string>;

texts read(std::string_view input, ciess::id_list kind) {
  std::istringstream in{std::string(input)};
  texts ids;
  ciess::read_id_list(in, "list", kind, [&](std::string id) { ids.push_back(std::move(id)); });
  return ids;
}

bool feed(std::string_view input) {
  if (input.empty()) return false;
  const auto kind = input[0] == 's' ? ciess::id_list::some : ciess::id_list::all;
  input.remove_prefix(1);
  const auto ids = fuzz::accepted([&] { return read(input, kind); });
  if (!ids) return false;
  require(std::cmp_less_equal(ids->size(), std::ranges::count(input, '\n') + 1),
          "there is one id a line at most");
  // Whatever bytes an id has, a search writes them so that they come back.
  if (std::set(ids->begin(), ids->end()).size() != ids->size() || ids->empty()) return true;
  const std::string written = ciess::ids_tsv(ciess::id_map(*ids));
  require(read(written, ciess::id_list::all) == *ids, "ids come back from what a search writes");
  require(read(written, ciess::id_list::some) == *ids, "and from a part of it");
  return true;
}

std::vector<fuzz::seed> seeds() {
  const std::string written =
      ciess::ids_tsv(ciess::id_map(texts{"a\tb", "back\\slash", "line\nfeed", "plain", "\r"}));
  return {
      {"plain", "aone\ntwo\\t\r\n three \n"},
      {"plain-some", "sone\n\n\ntwo\n"},
      {"written", "a" + written},
      {"written-some", "s" + written},
      {"rows-some", "srow\tid\n7\tb\n\n2\ta"},
      {"mark",
       "a\xEF\xBB\xBF"
       "7\n"},
      {"empty", "a"},
  };
}

[[maybe_unused]] const bool added = fuzz::add({"ids", feed, seeds});

}  // namespace
