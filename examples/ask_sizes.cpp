// SPDX-License-Identifier: MIT
// Sizes for a model that is elsewhere, such as in Python: this program says which sizes to measure
// next, and is told what came of it. A folder is the study; between two calls nothing runs.
//
//   ask_sizes begin FOLDER --rows rows.safetensors --dim 32 --budget 0.8 0.9 --method bet
//   ask_sizes ask FOLDER                             # {"number":0,"full":true,"file":...}
//   ask_sizes tell FOLDER --number 0 --quality 0.81  # ... until ask says {"done":true}
//   ask_sizes best FOLDER --budget 0.9 --out best.safetensors
//   ask_sizes status FOLDER
//
// --rows has a list for each table: how often each row occurs in training, so there are as many
// numbers as rows. What is asked is a file with a list for each table, too: how many numbers each
// row keeps (uint16), the first ones of it. Answers are lines of JSON on standard output.
// pytorch_sizes.py shows the other side.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <ciess/core/threads.hpp>
#include <ciess/io/check_output.hpp>
#include <ciess/io/load_lists.hpp>
#include <ciess/io/load_vectors.hpp>
#include <ciess/io/safetensors.hpp>
#include <ciess/io/state_file.hpp>
#include <ciess/search/asked_search.hpp>
#include <ciess/search/budget/bytes.hpp>
#include <ciess/study/named_methods.hpp>

#include "command_line.hpp"

namespace {

namespace fs = std::filesystem;
using ciess::index_t;
using ciess::detail::shown;
using json = nlohmann::ordered_json;

/// What a study is begun with, and stays.
struct settings {
  std::vector<std::string> rows, dims;
  std::string tables;
  int least = 1;
  std::vector<double> budgets;
  ciess::budget_of of = ciess::budget_of::numbers;
  ciess::number_format stored_as = ciess::number_format::float32;
  std::vector<std::string> methods{"bet"};
  int measurements = 50;
  int keep = 3;
  int multiple = 1;
  std::uint64_t seed = 1;
};

/// Every command has the folder; the others have what they need.
struct command {
  std::string folder;
  int number = -1;
  double quality = 0;
  bool force = false;
  std::string rows;
  std::optional<double> budget;
  std::string out;
  int threads = 0;
};

const std::vector<std::pair<std::string, ciess::budget_of>> counted{
    {"numbers", ciess::budget_of::numbers}, {"bytes", ciess::budget_of::bytes}};

std::vector<std::pair<std::string, ciess::number_format>> formats() {
  std::vector<std::pair<std::string, ciess::number_format>> all;
  for (const auto f : ciess::number_formats) all.emplace_back(ciess::format_text(f), f);
  return all;
}

/// One line, whatever bytes a name has.
void print(const json& line) {
  std::printf("%s\n", line.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
}

/// The lists of --rows: those of safetensors files by their tensors, of .npy files by their names.
std::vector<ciess::named_list> lists_of(const std::vector<std::string>& files) {
  std::vector<ciess::named_list> all;
  for (const auto& file : files) {
    auto lists = ciess::load_lists(file);
    std::ranges::move(lists, std::back_inserter(all));
  }
  return all;
}

/// Sizes of each table as --dim has them: 32, or name=16 for one.
std::vector<int> dims_of(const std::vector<std::string>& given,
                         const std::vector<std::string>& names) {
  std::vector<int> dims(names.size(), 0);
  std::vector<bool> own(names.size(), false);
  for (const auto& text : given) {
    const auto equals = text.rfind('=');
    const auto number = ciess::parse_number<int>(
        equals == text.npos ? std::string_view(text) : std::string_view(text).substr(equals + 1));
    if (!number || *number < 1 || *number > ciess::size_range::limit)
      throw ciess::argument_error(ciess::joined("--dim: expected a size from 1 to ",
                                                ciess::size_range::limit, ", or TABLE=SIZE, got ",
                                                shown(text)));
    const std::string table = equals == text.npos ? "" : text.substr(0, equals);
    if (equals != text.npos && std::ranges::count(names, table) == 0)
      throw ciess::argument_error("--dim: there is no table " + shown(table) + " in --rows");
    for (std::size_t t = 0; t < names.size(); ++t) {
      if (equals != text.npos ? names[t] != table : bool{own[t]}) continue;
      dims[t] = *number;
      own[t] = equals != text.npos;
    }
  }
  for (std::size_t t = 0; t < names.size(); ++t)
    if (dims[t] == 0)
      throw ciess::argument_error("--dim: expected a size for table " + shown(names[t]) +
                                  ", got none");
  return dims;
}

/// The trained tables that a file has under the names of those of the study.
std::vector<ciess::matrix> tables_in(const std::string& path, const ciess::safetensors_view& file,
                                     const std::vector<std::string>& names,
                                     const std::string& prefix = "") {
  std::vector<ciess::matrix> all;
  for (const auto& name : names)
    all.push_back(ciess::detail::floats_of(path, file.at(prefix + name)));
  return all;
}

/// A search of any method.
class any_search {
 public:
  virtual ~any_search() = default;
  virtual void load(const fs::path&) = 0;
  virtual void save(const fs::path&) = 0;
  [[nodiscard]] virtual const std::optional<ciess::asked_question>& ask() const = 0;
  virtual ciess::told_as tell(int number, double quality, std::vector<std::vector<double>> rows,
                              bool force) = 0;
  [[nodiscard]] virtual std::span<const ciess::candidate> best(std::size_t b) const = 0;
  [[nodiscard]] virtual int steps() const = 0;
  [[nodiscard]] virtual int total() const = 0;
  [[nodiscard]] virtual std::string method() const = 0;
  [[nodiscard]] virtual const ciess::asked_environment& environment() const = 0;
};

constexpr const char* state_kind = "asked-search";

template <class S>
class search_of final : public any_search {
 public:
  search_of(ciess::asked_tables tables, S how, const ciess::sizing_request& asked)
      : search_(std::move(tables), std::move(how), asked) {}
  void load(const fs::path& path) override { ciess::load_state(path, state_kind, search_); }
  void save(const fs::path& path) override { ciess::save_state(path, state_kind, search_); }
  [[nodiscard]] const std::optional<ciess::asked_question>& ask() const override {
    return search_.ask();
  }
  ciess::told_as tell(int number, double quality, std::vector<std::vector<double>> rows,
                      bool force) override {
    return search_.tell(number, quality, std::move(rows), force);
  }
  [[nodiscard]] std::span<const ciess::candidate> best(std::size_t b) const override {
    return search_.best(b);
  }
  [[nodiscard]] int steps() const override { return static_cast<int>(search_.history().size()); }
  [[nodiscard]] int total() const override { return search_.total(); }
  [[nodiscard]] std::string method() const override { return search_.method(); }
  [[nodiscard]] const ciess::asked_environment& environment() const override {
    return search_.environment();
  }

 private:
  ciess::asked_search<S> search_;
};

constexpr std::string_view study_format = "ciess-asked-study-1";

/// A study folder: study.safetensors has what it was begun with, search.safetensors what was asked
/// and told since. Both are there whole or not at all.
class study {
 public:
  /// Begins one.
  static study begin(const fs::path& folder, const settings& s) {
    study made(folder);
    const auto lists = lists_of(s.rows);
    for (const auto& list : lists) made.tables_.names.push_back(list.name);
    const std::vector<int> dims = dims_of(s.dims, made.tables_.names);
    for (std::size_t t = 0; t < lists.size(); ++t) {
      made.tables_.shapes.push_back(
          {.rows = std::ssize(lists[t].numbers), .range = {s.least, dims[t]}});
      made.tables_.frequency.push_back(lists[t].numbers);
    }
    if (!s.tables.empty()) {
      const ciess::mapped_file bytes{fs::path(s.tables)};
      made.tables_.full =
          tables_in(s.tables, ciess::safetensors_view(bytes.bytes(), s.tables), made.tables_.names);
    }
    made.tables_.stored_as = s.stored_as;
    made.asked_ = {
        .budgets = s.budgets, .keep = s.keep, .seed = s.seed, .of = s.of, .multiple = s.multiple};
    made.methods_ = s.methods;
    made.measurements_ = s.measurements;
    for (const auto& m : s.methods)
      if (s.tables.empty() && (m == "tail-energy" || m == "magnitude"))
        throw ciess::argument_error("--method: " + m + " looks at trained tables: give --tables");
    made.make();  // refuses what does not fit before anything is written
    if (fs::exists(made.study_file()))
      throw ciess::argument_error(folder.string() +
                                  ": there is a study already: ask it, or name another folder");
    ciess::check_output_folder("FOLDER", folder);
    std::error_code code;
    fs::create_directories(folder, code);
    if (code)
      throw ciess::io_error(folder.string() + ": cannot make the folder: " + code.message());
    made.save_study();
    return made;
  }

  /// Opens one.
  static study open(const fs::path& folder) {
    study opened(folder);
    if (!fs::exists(opened.study_file()))
      throw ciess::argument_error(folder.string() + ": is no study: begin one there first");
    opened.load_study();
    opened.make();
    if (fs::exists(opened.search_file())) opened.search_->load(opened.search_file());
    return opened;
  }

  [[nodiscard]] any_search& search() const { return *search_; }
  [[nodiscard]] const ciess::sizing_request& asked() const { return asked_; }
  [[nodiscard]] const std::vector<std::string>& names() const { return tables_.names; }
  void save() { search_->save(search_file()); }
  [[nodiscard]] fs::path file_of(int number) const {
    std::string digits = std::to_string(number);
    digits.insert(0, 4 - std::min<std::size_t>(digits.size(), 4), '0');
    return folder_ / ("asked-" + digits + ".safetensors");
  }

 private:
  explicit study(fs::path folder) : folder_{std::move(folder)} {}
  [[nodiscard]] fs::path study_file() const { return folder_ / "study.safetensors"; }
  [[nodiscard]] fs::path search_file() const { return folder_ / "search.safetensors"; }

  void make() {
    const ciess::asked_environment env(tables_);  // refuses tables that do not fit
    ciess::with_method(methods_, measurements_, ciess::facts_of(env),
                       static_cast<int>(asked_.budgets.size()), [&](auto how) {
                         search_ = std::make_unique<search_of<decltype(how)>>(
                             tables_, std::move(how), asked_);
                       });
  }

  void save_study() const {
    json about;
    about["tables"] = tables_.names;
    about["least"] = json::array();
    about["dim"] = json::array();
    for (const auto& shape : tables_.shapes) {
      about["least"].push_back(shape.range.min);
      about["dim"].push_back(shape.range.max);
    }
    about["full"] = !tables_.full.empty();
    about["stored_as"] = static_cast<int>(tables_.stored_as);
    about["methods"] = methods_;
    about["measurements"] = measurements_;
    about["budgets"] = asked_.budgets;
    about["keep"] = asked_.keep;
    about["seed"] = asked_.seed;
    about["of"] = static_cast<int>(asked_.of);
    about["multiple"] = asked_.multiple;
    ciess::safetensors_writer file;
    file.metadata("format", std::string(study_format));
    file.metadata("study", about.dump());
    for (std::size_t t = 0; t < tables_.shapes.size(); ++t) {
      const auto& shape = tables_.shapes[t];
      file.add("frequency." + tables_.names[t], {shape.rows}, std::span(tables_.frequency[t]));
      if (tables_.full.empty()) continue;
      const ciess::matrix& m = tables_.full[t];
      file.add("table." + tables_.names[t], {m.rows(), m.cols()},
               std::span<const float>(m.data(), static_cast<std::size_t>(m.size())));
    }
    file.save(study_file());
  }

  void load_study() {
    const std::string path = study_file().string();
    const ciess::mapped_file bytes(study_file());
    const ciess::safetensors_view file(bytes.bytes(), path);
    if (file.text("format") != study_format)
      throw ciess::data_error(path + ": expected format " + shown(study_format) + ", got " +
                              shown(file.text("format")));
    bool full = false;
    try {
      const json about = json::parse(file.text("study"));
      tables_.names = about.at("tables").get<std::vector<std::string>>();
      const auto least = about.at("least").get<std::vector<int>>();
      const auto dim = about.at("dim").get<std::vector<int>>();
      if (least.size() != tables_.names.size() || dim.size() != least.size())
        throw ciess::data_error(path + ": expected sizes of every table");
      for (std::size_t t = 0; t < dim.size(); ++t)
        tables_.shapes.push_back({.rows = 0, .range = {least[t], dim[t]}});
      full = about.at("full").get<bool>();
      const auto stored = about.at("stored_as").get<unsigned>();
      const auto of = about.at("of").get<unsigned>();
      if (stored >= ciess::number_formats.size() || of > 1)
        throw ciess::data_error(path + ": expected a number format and what budgets count");
      tables_.stored_as = static_cast<ciess::number_format>(stored);
      asked_.of = static_cast<ciess::budget_of>(of);
      methods_ = about.at("methods").get<std::vector<std::string>>();
      measurements_ = about.at("measurements").get<int>();
      asked_.budgets = about.at("budgets").get<std::vector<double>>();
      asked_.keep = about.at("keep").get<int>();
      asked_.seed = about.at("seed").get<std::uint64_t>();
      asked_.multiple = about.at("multiple").get<int>();
    } catch (const json::exception& e) {
      throw ciess::data_error(path + ": " + e.what());
    }
    for (std::size_t t = 0; t < tables_.names.size(); ++t) {
      tables_.frequency.push_back(
          ciess::detail::list_of(path, file.at("frequency." + tables_.names[t])));
      tables_.shapes[t].rows = std::ssize(tables_.frequency[t]);
    }
    if (full) tables_.full = tables_in(path, file, tables_.names, "table.");
  }

  fs::path folder_;
  ciess::asked_tables tables_;
  ciess::sizing_request asked_;
  std::vector<std::string> methods_;
  int measurements_ = 0;
  std::unique_ptr<any_search> search_;
};

/// Writes sizes, a list of uint16 for each table.
void save_sizes(const fs::path& path, const std::vector<std::string>& names,
                const ciess::assignment& sizes) {
  ciess::safetensors_writer file;
  for (std::size_t t = 0; t < names.size(); ++t)
    file.add(names[t], {sizes[t].rows()}, sizes[t].values());
  file.save(path);
}

void begin(const command& c, const settings& s) {
  const study made = study::begin(c.folder, s);
  json line{{"begun", c.folder}, {"method", made.search().method()}, {"tables", json::object()}};
  for (std::size_t t = 0; t < made.names().size(); ++t) {
    const auto& shape = made.search().environment().shapes()[t];
    line["tables"][made.names()[t]] = {shape.rows, shape.range.max};
  }
  print(line);
}

void ask(const command& c) {
  const study s = study::open(c.folder);
  const auto& q = s.search().ask();
  if (!q) {
    print({{"done", true}});
    return;
  }
  const fs::path file = s.file_of(q->number);
  save_sizes(file, s.names(), q->sizes);
  json line{{"number", q->number}, {"file", file.string()}, {"full", q->full}};
  if (!q->full) line["budget"] = q->budget;
  line["rows"] = q->wants_rows;
  line["step"] = s.search().steps();
  if (s.search().total() > 0) line["total"] = s.search().total();
  line["numbers"] = q->sizes.total();
  line["sparsity"] = q->sizes.sparsity();
  line["done"] = false;
  print(line);
}

/// Qualities of rows as --rows has them: a list for each table by its name.
std::vector<std::vector<double>> rows_in(const std::string& path,
                                         const std::vector<std::string>& names) {
  std::vector<std::vector<double>> rows;
  if (path.empty()) return rows;
  auto lists = ciess::load_lists(path);
  for (const auto& name : names) {
    const auto found = std::ranges::find(lists, name, &ciess::named_list::name);
    if (found == lists.end())
      throw ciess::data_error(path + ": expected a list of 1 dimension for table " + shown(name) +
                              ", got none");
    rows.push_back(std::move(found->numbers));
  }
  return rows;
}

void tell(const command& c) {
  study s = study::open(c.folder);
  const auto as = s.search().tell(c.number, c.quality, rows_in(c.rows, s.names()), c.force);
  if (as == ciess::told_as::taken) s.save();
  print({{"number", c.number},
         {"told", as == ciess::told_as::taken ? "taken" : "known"},
         {"done", !s.search().ask().has_value()}});
}

void best(const command& c) {
  const study s = study::open(c.folder);
  const auto& budgets = s.asked().budgets;
  std::vector<std::size_t> wanted;
  for (std::size_t b = 0; b < budgets.size(); ++b)
    if (!c.budget || budgets[b] == *c.budget) wanted.push_back(b);
  if (wanted.empty()) {
    std::string all;
    for (const double b : budgets) all += (all.empty() ? "" : ", ") + ciess::shortest_text(b);
    throw ciess::argument_error("--budget: expected one of " + all + ", got " +
                                ciess::shortest_text(*c.budget));
  }
  for (const std::size_t b : wanted)
    if (s.search().best(b).empty())
      throw ciess::argument_error(ciess::joined("nothing that was told meets the budget ",
                                                budgets[b], " yet: ask, measure and tell first"));
  for (const std::size_t b : wanted) {
    const ciess::candidate& found = s.search().best(b).front();
    json line{{"budget", budgets[b]},
              {"quality", found.quality},
              {"full", s.search().environment().quality_told(0)},
              {"numbers", found.sizes.total()},
              {"sparsity", found.sizes.sparsity()},
              {"bytes", ciess::packed_bytes(found.sizes, s.search().environment().stored_as())},
              {"origin", found.origin},
              {"number", s.search().environment().number_of(found.sizes)}};
    if (!c.out.empty()) {
      fs::path out = c.out;
      if (wanted.size() > 1)
        out.replace_filename(out.stem().string() + "-" + ciess::shortest_text(budgets[b]) +
                             out.extension().string());
      ciess::check_output("--out", out, {});
      save_sizes(out, s.names(), found.sizes);
      line["file"] = out.string();
    }
    line["done"] = !s.search().ask().has_value();
    print(line);
  }
}

void status(const command& c) {
  const study s = study::open(c.folder);
  const auto& env = s.search().environment();
  const auto& q = s.search().ask();
  json line{{"method", s.search().method()},
            {"done", !q.has_value()},
            {"told", env.told()},
            {"steps", s.search().steps()},
            {"total", s.search().total() > 0 ? json(s.search().total()) : json()},
            {"open", q ? json(q->number) : json()},
            {"full", env.knows_full() ? json(env.quality_told(0)) : json()},
            {"best", json::array()}};
  for (std::size_t b = 0; b < s.asked().budgets.size(); ++b) {
    const auto found = s.search().best(b);
    line["best"].push_back({{"budget", s.asked().budgets[b]},
                            {"quality", found.empty() ? json() : json(found.front().quality)}});
  }
  print(line);
}

int run(int argc, const char* const* argv) {
  command c;
  settings s;
  CLI::App app{"Asks for measurements of sizes of a model that is elsewhere, and finds the best."};
  app.require_subcommand(0, 1);
  const auto add = [&](const char* name, const char* what) {
    CLI::App* sub = app.add_subcommand(name, what);
    sub->add_option("FOLDER", c.folder, "the study")->required();
    sub->add_option("--threads", c.threads, "0: all processors")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    return sub;
  };
  CLI::App* begins = add("begin", "Begins a study in a folder");
  begins
      ->add_option("--rows", s.rows,
                   "how often each row of each table occurs in training: .safetensors with a list "
                   "for each, or one .npy for each, called as the table")
      ->required();
  begins->add_option("--dim", s.dims, "full size of a row: 32, and TABLE=16 for another")
      ->required();
  begins->add_option("--least", s.least, "the smallest size of a row")->capture_default_str();
  begins->add_option("--budget", s.budgets, "shares to remove, each above 0 and below 1")
      ->required();
  command_line::add_choice(*begins, "--of", s.of, counted,
                           "what budgets count: numbers, or bytes of packed tables")
      ->default_str("numbers");
  command_line::add_choice(*begins, "--stored-as", s.stored_as, formats(),
                           "how numbers will be stored, for bytes")
      ->default_str("float");
  begins
      ->add_option("--method", s.methods,
                   "rules: equal, random, frequency, weighted-frequency, and with --tables "
                   "tail-energy, magnitude; or one that searches, bet, random-bet, optembed, "
                   "evolution, portfolio or ciess, and rules that it begins with")
      ->capture_default_str();
  begins
      ->add_option("--measurements", s.measurements,
                   "of a method that searches, for each budget; rules take as many as they offer")
      ->capture_default_str();
  begins->add_option("--keep", s.keep, "best sizes that are kept for each budget")
      ->capture_default_str();
  begins->add_option("--multiple", s.multiple, "sizes are multiples of this, or the full size")
      ->capture_default_str();
  begins->add_option("--seed", s.seed, "same seed, same questions")->capture_default_str();
  begins->add_option("--tables", s.tables,
                     "trained full-size tables, .safetensors with one of 2 dimensions for each");
  CLI::App* asks = add("ask", "Says what has to be measured next");
  CLI::App* tells = add("tell", "Takes what was measured");
  tells->add_option("--number", c.number, "of the question")->required();
  tells->add_option("--quality", c.quality, "of the model with those sizes; larger is better")
      ->required();
  tells->add_option("--rows", c.rows,
                    "quality of each row, as --rows of begin; for a method that wants them");
  tells->add_flag("--force", c.force,
                  "takes another quality than was told: the search begins anew, with all answers");
  CLI::App* bests = add("best", "Says what is best so far");
  bests->add_option("--budget", c.budget, "one of the study's; without: all");
  bests->add_option("--out", c.out,
                    "writes the sizes, .safetensors; of several budgets a file each, NAME-0.9");
  CLI::App* says = add("status", "Says how far the study is");
  try {
    command_line::parse(app, argc, argv);
    if (app.get_subcommands().empty())
      throw ciess::argument_error("expected begin, ask, tell, best or status; see --help");
    const ciess::threads pool(c.threads);
    if (*begins) begin(c, s);
    if (*asks) ask(c);
    if (*tells) tell(c);
    if (*bests) best(c);
    if (*says) status(c);
    return 0;
  } catch (const CLI::Success& e) {
    return app.exit(e);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "ask_sizes: %s\n", e.what());
    return 2;
  }
}
