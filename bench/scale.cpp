// SPDX-License-Identifier: MIT
// What many rows cost on one machine: describing and sizing rows, projecting onto a budget,
// searches, training, packing, ids, saving, mapping, checking and ranking. Of each: time, bytes of
// what goes in and comes out, and the most memory there was. Writes scale.json, scale.tsv and
// scale.gp; fails if anything needs more memory than it should.
#include <ciess/backbone/ragged_mf.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/io/packed_file.hpp>
#include <ciess/io/state_file.hpp>
#include <ciess/nn/ragged_updates.hpp>
#include <ciess/ranking/rank_packed.hpp>
#include <ciess/rl/choose.hpp>
#include <ciess/rl/noise.hpp>
#include <ciess/rl/random_walk.hpp>
#include <ciess/rl/td3.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/ciess/new_rows.hpp>
#include <ciess/search/ciess/state.hpp>
#include <ciess/search/find_sizes.hpp>
#include <ciess/search/rules/table_facts.hpp>
#include <ciess/search/search.hpp>
#include <ciess/study/gnuplot.hpp>
#include <ciess/study/named_methods.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "../tests/support/analytic_environment.hpp"
#include "support/measure.hpp"
#include "support/power_law_pairs.hpp"

namespace {

using ciess::index_t;

constexpr ciess::size_range range{1, 64};
constexpr double removed = 0.9;
const ciess::random_stream draws(1, ciess::purpose::user);

// Memory -------------------------------------------------------------------------------------

/// A line of /proc/self/status in bytes.
double status(const std::string& key) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key + ":")) return std::stod(line.substr(key.size() + 1)) * 1024;
  throw std::runtime_error("/proc/self/status has no " + key);
}

/// The most memory of this process becomes what it has now.
/// @return whether the system can do that
bool forget_peak() {
  std::ofstream out("/proc/self/clear_refs");
  out << "5" << std::flush;
  return out.good();
}

template <class T>
double bytes_of(std::span<const T> numbers) {
  return static_cast<double>(numbers.size_bytes());
}
double bytes_of(const ciess::sizes& s) { return bytes_of(s.values()); }
double bytes_of(const ciess::matrix& m) { return 4.0 * static_cast<double>(m.size()); }
template <class N>
double bytes_of(const ciess::packed_view<N>& view) {
  return static_cast<double>(view.memory().total());
}

// Inputs -------------------------------------------------------------------------------------

/// [rows] `draw(engine, r)`, in parallel.
template <class T, class Draw>
std::vector<T> made(index_t rows, std::uint64_t step, Draw&& draw) {
  std::vector<T> all(static_cast<std::size_t>(rows));
  ciess::parallel_for(rows, 4096, [&](index_t first, index_t last) {
    for (auto r = static_cast<std::size_t>(first); r < static_cast<std::size_t>(last); ++r) {
      auto engine = draws.at(step, r);
      all[r] = static_cast<T>(draw(engine));
    }
  });
  return all;
}

/// Few rows are frequent: at least f occurrences with probability 1 / f.
std::vector<double> frequencies(index_t rows) {
  return made<double>(rows, 0, [](auto& engine) {
    return std::floor(1 / std::max(1e-6F, ciess::uniform(engine, 0.0F, 1.0F)));
  });
}

std::array<ciess::table_shape, 1> shape_of(index_t rows) { return {{{rows, range}}}; }
ciess::budget budget_of(index_t rows) {
  return ciess::budget::from_sparsity(removed, shape_of(rows));
}

/// Asks for more where rows are frequent.
ciess::proposal proposals(index_t rows) {
  ciess::proposal p(1);
  p[0] = made<float>(rows, 0, [](auto& engine) {
    return 1 / std::sqrt(std::max(1e-6F, ciess::uniform(engine, 0.0F, 1.0F)));
  });
  return p;
}

ciess::sizes sizes_of(index_t rows) {
  return std::move(ciess::project(shape_of(rows), proposals(rows), budget_of(rows))[0]);
}

constexpr ciess::normal_rows normal_values{.stddev = 0.1};

std::vector<std::int64_t> shuffled_ids(index_t rows) {
  std::vector<std::int64_t> ids(static_cast<std::size_t>(rows));
  // A number times an odd one, modulo a power of two: all different, in no order.
  for (std::size_t r = 0; r < ids.size(); ++r)
    ids[r] = static_cast<std::int64_t>(r * 2'654'435'761U & ((std::uint64_t{1} << 40) - 1));
  return ids;
}

// Stages -------------------------------------------------------------------------------------

/// Does the work; keeps what comes out, so that freeing it is not timed.
/// @return bytes of what comes out
using work = std::function<double()>;

/// Seconds of a work that does more than is to be timed, by itself.
std::optional<double> timed_by_itself;

struct stage {
  std::string name;
  std::string counted;  ///< what is counted as going in and coming out
  /// Makes the inputs, which live as long as the work.
  /// @param in  their bytes
  std::function<work(index_t rows, double& in)> prepare;
  double limit = 1.2;     ///< most memory, divided by what goes in and comes out
  double constant = 4e6;  ///< bytes whatever the number of rows: of threads, of the program
  std::optional<index_t> items{};  ///< that the time is divided by, if not the rows
  double dense =
      0;  ///< bytes a row, if they may be more than there are: the stage is left out then
};

/// A work with state of type `State`, which is filled by `fill(state)`.
template <class State, class Fill, class Run>
work with(Fill&& fill, Run run) {
  auto state = std::make_shared<State>();
  fill(*state);
  return [state, run] { return run(*state); };
}

struct status_numbers {
  std::vector<double> frequency, quality, full;
  ciess::sizes current;
  ciess::matrix states;

  void fill(index_t rows) {
    frequency = frequencies(rows);
    const auto part = [](auto& engine) { return ciess::uniform(engine, 0.0F, 1.0F); };
    quality = made<double>(rows, 1, part);
    full = made<double>(rows, 2, part);
    current = sizes_of(rows);
  }
  void write() {
    states.resize(current.rows(), 3);
    ciess::paper_state({.log_frequency = true}).write({frequency, current, quality, full}, states);
  }
};

work describing(index_t rows, double& in) {
  in = 24.0 * static_cast<double>(rows);
  return with<status_numbers>(
      [&](auto& s) {
        s.fill(rows);
        in += bytes_of(s.current);
      },
      [](auto& s) {
        s.write();
        return bytes_of(s.states);
      });
}

/// The networks that every preset has.
ciess::td3 policy() { return {3, range, {}, 1}; }

/// Of each network its numbers, those of its target and its gradient, and two moments.
double bytes_of(const ciess::td3& agent) {
  double numbers = 0;
  for (int k = 0; k <= agent.settings().critics; ++k) {
    auto inputs = static_cast<double>(agent.state_size() + (k == 0 ? 0 : 1));
    for (const index_t width : agent.settings().hidden) {
      numbers += (inputs + 1) * static_cast<double>(width);
      inputs = static_cast<double>(width);
    }
    numbers += inputs + 1;
  }
  return 5 * sizeof(float) * numbers;
}

work choosing(index_t rows, double& in) {
  struct state {
    ciess::matrix states;
    ciess::td3 agent = policy();
    std::vector<int> chosen;
  };
  return with<state>(
      [&](auto& s) {
        status_numbers numbers;
        numbers.fill(rows);
        numbers.write();
        s.states = std::move(numbers.states);
        in = bytes_of(s.states) + bytes_of(s.agent);
      },
      [](auto& s) {
        ciess::gaussian_noise noise({.deviation = 2});
        s.chosen.resize(static_cast<std::size_t>(s.states.rows()));
        ciess::choose_sizes(s.agent, noise, ciess::random_walk{}, s.states, range,
                            {1, ciess::purpose::walk}, 0, s.chosen);
        return bytes_of(std::span<const int>(s.chosen));
      });
}

work sizing_new_rows(index_t rows, double& in) {
  struct state {
    std::vector<double> frequency;
    ciess::td3 agent = policy();
    ciess::sizes found;
  };
  return with<state>(
      [&](auto& s) {
        s.frequency = frequencies(rows);
        in = bytes_of(std::span<const double>(s.frequency)) + bytes_of(s.agent);
      },
      [rows](auto& s) {
        s.found = ciess::size_new_rows(s.agent, ciess::paper_state({.log_frequency = true}),
                                       {1, 1e6}, s.frequency, range, budget_of(rows));
        return bytes_of(s.found);
      });
}

work projecting(index_t rows, double& in) {
  struct state {
    ciess::proposal asked;
    ciess::assignment found;
  };
  return with<state>(
      [&](auto& s) {
        s.asked = proposals(rows);
        in = bytes_of(std::span<const float>(s.asked[0]));
      },
      [rows](auto& s) {
        s.found = ciess::project(shape_of(rows), s.asked, budget_of(rows));
        return bytes_of(s.found[0]);
      });
}

/// Two tables of half the rows each, whose rows have curves of quality.
using curves = analytic_environment;

/// Bytes that a search by CIESS names as its own, see `ciess_sizer`: of two equal tables without
/// seeds, and of the replay buffers what so many steps fill.
double bytes_of(const ciess::ciess_sizer<>& how, index_t rows, int steps, int keep) {
  const double remembered =
      static_cast<double>(how.remembered_rows(rows / 2)) * std::min(how.replay_steps, steps);
  return static_cast<double>(rows) * (36 + 2 * keep) + 2 * 32 * remembered;
}

struct found_sizes {
  std::unique_ptr<curves> env;
  std::vector<ciess::candidate> best;
};

/// `run(state, request)` searches for one budget.
/// @param own  bytes that the search says it needs
template <class Run>
work searching(index_t rows, double own, double& in, Run run) {
  in = 24.0 * static_cast<double>(rows);  // frequency, and of its curve height and width
  return with<found_sizes>(
      [&](auto& s) {
        s.env = std::make_unique<curves>(1, std::vector<index_t>{rows / 2, rows / 2}, range);
      },
      [own, run](auto& s) {
        run(s, ciess::sizing_request{.budgets = {removed}});
        return own;
      });
}

/// What searches are told.
struct search_options {
  int steps = 3;
  std::vector<index_t> hidden = ciess::td3::options{}.hidden;
};

/// By agents that learn quickly, as `search_sizes` has them, without rules.
work searching_by_agents(index_t rows, const search_options& told, double& in) {
  ciess::ciess_sizer<> how;
  ciess::learn_quickly(how, rows / 2);
  how.agent.hidden = told.hidden;
  const int steps = told.steps;
  how.steps = steps % 10 == 0 ? 10 : steps;
  how.episodes = steps / how.steps;
  how.replay_steps = std::min(how.replay_steps, steps);  // few steps fill the buffers, too
  return searching(rows, bytes_of(how, rows, steps, ciess::sizing_request{}.keep), in,
                   [how](found_sizes& s, const ciess::sizing_request& asked) {
                     s.best = ciess::search(*s.env, how, asked).best.front();
                   });
}

/// By the name of a method.
/// @param own  bytes a row that it needs beside the environment's
std::function<work(index_t, double&)> searching_by(const char* name, int steps, double own) {
  return [=](index_t rows, double& in) {
    return searching(rows, own * static_cast<double>(rows), in,
                     [=](found_sizes& s, const ciess::sizing_request& asked) {
                       ciess::with_method({name}, steps, ciess::facts_of(*s.env), 1,
                                          [&](const auto& how) {
                                            s.best = ciess::search(*s.env, how, asked).best.front();
                                          });
                     });
  };
}

double seconds(auto&& done) { return ciess_bench::milliseconds(done) / 1000; }

/// How MF is trained on ragged tables.
struct training_options {
  int steps = 20;
  ciess::row_update_kind updates = ciess::row_update_kind::lazy_adam;
  index_t pairs_a_user = 10;
};
constexpr int triples_a_step = 10'000;
constexpr int steps_after = 10;  ///< that training goes on when it has been saved

struct trained_mf {
  ciess::interactions data;
  std::optional<ciess::ragged_mf> model;

  /// Of six rows five are users, one is an item.
  trained_mf(index_t rows, const training_options& told, double& in) {
    const index_t items = rows / 6;
    const index_t users = rows - items;
    data = ciess_bench::power_law_pairs(users, items, told.pairs_a_user * users);
    const auto sizes = ciess_bench::sizes_by_frequency(data, range, removed);
    model.emplace(data,
                  ciess::ragged_mf::options{
                      .range = range, .batch = triples_a_step, .updates = {{.kind = told.updates}}},
                  sizes, 1);
    // Pairs both ways, users that can be drawn, tables and what the optimiser keeps.
    in = 8.0 * static_cast<double>(data.size() + users + items) + 4.0 * static_cast<double>(users) +
         static_cast<double>(ciess::training_bytes(sizes, told.updates));
  }
  /// Stands for all numbers that training changes.
  [[nodiscard]] std::uint64_t print() {
    std::uint64_t mark = 0;
    const auto look = [&mark](std::string_view, auto&& field) {
      if constexpr (requires { std::span(field); }) {
        const std::span numbers(field);
        using number = typename decltype(numbers)::element_type;
        mark = ciess::fingerprint(std::span<const number>(numbers), mark);
      }
    };
    ciess::field_look fields{look};
    model->visit(fields);
    return mark;
  }
};

/// Trains, saves, and goes on for some steps; what comes of these is put beside the file.
work train_and_save(const std::filesystem::path& path, index_t rows, const training_options& told,
                    double& in) {
  auto state = std::make_shared<trained_mf>(rows, told, in);
  return [state, path, told] {
    auto& model = *state->model;
    double loss = 0;
    const double before = ciess_bench::core_seconds();
    timed_by_itself = seconds([&] { loss = model.train(told.steps); });
    const double core = ciess_bench::core_seconds() - before;
    const double saving = seconds([&] { ciess::save_state(path, "training", model); });
    const double million = 1e-6 * triples_a_step * told.steps;
    const double bytes = static_cast<double>(model.table_bytes());
    const double dense =
        3.0 * sizeof(float) * static_cast<double>(ciess::dense_numbers(model.shapes()));
    std::printf(
        "  %td users, %td items, %td pairs: %d steps of %s, loss %.4f; a million triples in %.2f "
        "s, "
        "%.2f s of a core\n  tables and optimiser %.0f MB, dense ones with Adam %.0f MB (%.1f %%); "
        "saved in %.1f s\n",
        model.users(), model.items(), state->data.size(), told.steps,
        ciess::name_of(told.updates).data(), loss, *timed_by_itself / million, core / million,
        bytes / 1e6, dense / 1e6, 100 * bytes / dense, saving);
    std::fflush(stdout);
    model.train(steps_after);
    std::ofstream(path.string() + ".after") << state->print();
    return 0.0;
  };
}

/// In another process: loads what was saved, goes on, and must come to the same bytes.
work go_on_training(const std::filesystem::path& path, index_t rows, const training_options& told,
                    double& in) {
  auto state = std::make_shared<trained_mf>(rows, told, in);
  in += static_cast<double>(std::filesystem::file_size(path));  // mapped
  return [state, path] {
    auto& model = *state->model;
    model.reset(2);
    timed_by_itself = seconds([&] { ciess::load_state(path, "training", model); });
    model.train(steps_after);
    std::uint64_t expected = 0;
    if (!(std::ifstream(path.string() + ".after") >> expected) || state->print() != expected)
      throw std::runtime_error("training has not gone on to the same bytes");
    std::puts("  gone on in another process, to the same bytes");
    std::fflush(stdout);
    return 0.0;
  };
}

/// Of a dense table.
template <ciess::packed_number N>
work packing(index_t rows, double& in) {
  struct state {
    ciess::masked_table dense;
    ciess::packed_table<N> packed;
  };
  return with<state>(
      [&](auto& s) {
        s.dense = ciess::masked_table(sizes_of(rows));
        s.dense.draw(normal_values, draws);
        in = bytes_of(s.dense.values()) + bytes_of(s.dense.row_sizes());
      },
      [](auto& s) {
        s.packed = ciess::pack<N>(s.dense);
        return bytes_of(s.packed.view());
      });
}

/// Rows are made when they are wanted: there is no dense table.
ciess::packed_table<float> drawn_table(const ciess::sizes& s) {
  return {s, [&](index_t r) -> std::span<const float> {
            thread_local std::array<float, range.max> row;
            const auto kept = std::span(row).first(static_cast<std::size_t>(s[r]));
            auto engine = draws.at(0, static_cast<std::uint64_t>(r));
            normal_values(engine, kept);
            return kept;
          }};
}

work packing_drawn(index_t rows, double& in) {
  struct state {
    ciess::sizes kept;
    ciess::packed_table<float> packed;
  };
  return with<state>(
      [&](auto& s) {
        s.kept = sizes_of(rows);
        in = bytes_of(s.kept);
      },
      [](auto& s) {
        s.packed = drawn_table(s.kept);
        return bytes_of(s.packed.view());
      });
}

work ordering_ids(index_t rows, double& in) {
  struct state {
    std::vector<std::int64_t> numbers;
    ciess::id_map ids;
  };
  return with<state>(
      [&](auto& s) {
        s.numbers = shuffled_ids(rows);
        in = bytes_of(std::span<const std::int64_t>(s.numbers));
      },
      [](auto& s) {
        s.ids = ciess::id_map(std::move(s.numbers));
        const auto view = s.ids.view();
        return bytes_of(view.parts().order);
      });
}

work saving(const std::filesystem::path& path, index_t rows, double& in) {
  struct state {
    ciess::packed_table<float> packed;
    ciess::id_map ids;
  };
  return with<state>(
      [&](auto& s) {
        s.packed = drawn_table(sizes_of(rows));
        s.ids = ciess::id_map(shuffled_ids(rows));
        in = bytes_of(s.packed.view()) + 12.0 * static_cast<double>(rows);
      },
      [path](auto& s) {
        ciess::save_packed(path, {.backbone = "made up", .budget = removed},
                           ciess::named_table{"items", s.packed, &s.ids});
        return 0.0;  // to the disk
      });
}

struct mapped {
  std::optional<ciess::packed_file> file;
  std::vector<ciess::row_id> which;
  ciess::matrix numbers;
  ciess::sizes kept;
  std::vector<ciess::scored_item> best;
};

work opening(const std::filesystem::path& path, double& in) {
  in = static_cast<double>(std::filesystem::file_size(path));
  return with<mapped>([](auto&) {},
                      [path](auto& m) {
                        m.file.emplace(path);
                        return 0.0;
                      });
}

/// `run(mapped, view)` on a file that is open.
template <class Run>
work with_file(const std::filesystem::path& path, double& in, Run run) {
  return with<mapped>(
      [&](auto& m) {
        in = static_cast<double>(std::filesystem::file_size(path));
        m.file.emplace(path);
      },
      [run](auto& m) { return run(m, m.file->template table<float>("items")); });
}

constexpr index_t reads = 1'000'000;

work reading(const std::filesystem::path& path, index_t rows, double& in) {
  constexpr index_t batch = 4096;
  const auto wanted = made<ciess::row_id>(reads, 3, [&](auto& engine) {
    return static_cast<double>(engine()) * 0x1p-32 * static_cast<double>(rows);
  });
  auto run = with_file(path, in, [wanted](auto& m, const auto& view) {
    m.numbers.resize(batch, view.columns());
    for (std::size_t first = 0; first < wanted.size(); first += batch) {
      const auto some = std::min(static_cast<std::size_t>(batch), wanted.size() - first);
      view.gather(std::span(wanted).subspan(first, some),
                  m.numbers.topRows(static_cast<index_t>(some)));
    }
    return bytes_of(m.numbers);
  });
  in += bytes_of(std::span<const ciess::row_id>(wanted));
  return run;
}

work checking(const std::filesystem::path& path, double& in) {
  return with_file(path, in, [](auto& m, const auto&) {
    m.file->check();
    return 0.0;
  });
}

work reading_sizes(const std::filesystem::path& path, double& in) {
  auto run = with_file(path, in, [](auto& m, const auto& view) {
    m.kept = view.row_sizes();
    return bytes_of(m.kept);
  });
  const ciess::packed_file file(path);
  in = bytes_of(file.table<float>("items").parts().narrow);  // nothing else is looked at
  return run;
}

work ranking(const std::filesystem::path& path, double& in) {
  return with_file(path, in, [](auto& m, const auto& view) {
    ciess::matrix user(1, view.columns());
    for (float& x : user.reshaped()) x = 0.5F;
    ciess::rank_packed(user, view, {}, 20, [&](index_t, std::span<const ciess::scored_item> best) {
      m.best.assign(best.begin(), best.end());
    });
    return bytes_of(std::span<const ciess::scored_item>(m.best)) + bytes_of(user);
  });
}

/// Bytes of the runs of rows that a policy looks at, whatever the number of rows.
constexpr double policy_memory = 32e6;
/// The same, and what two agents learn in.
constexpr double learning_memory = 100e6;
/// Bytes of a batch's rows, their gradient and their groups.
constexpr double batch_memory = 40e6;

std::vector<stage> stages(const std::filesystem::path& file, const std::filesystem::path& trained,
                          const search_options& told, const training_options& how) {
  const int steps = told.steps;
  // Of a dense table and what is packed of it.
  constexpr double dense = 4.0 * range.max + 32;
  return {
      {"describe rows", "frequency, quality, full quality (double), sizes; states of 3 floats",
       describing},
      {"choose sizes", "states, policy; sizes (int)", choosing, 1.2, policy_memory},
      {"project onto the budget", "proposals (float); sizes", projecting},
      // Proposals, 4 bytes a row, have to be somewhere while a scale is looked for.
      {"size new rows by a policy", "frequency (double), policy; sizes", sizing_new_rows, 1.45,
       policy_memory},
      {"search by ciess", "frequency, curves; states, best sizes, replay buffers, a step",
       [=](index_t rows, double& in) { return searching_by_agents(rows, told, in); }, 1.2,
       learning_memory},
      {"search by a rule", "frequency, curves; qualities, best sizes, a step",
       searching_by("weighted-frequency", steps, 30)},
      {"search by bet", "the same, ranks", searching_by("bet", steps, 38)},
      {"search by evolution", "the same without ranks, parents",
       searching_by("evolution", steps, 61)},
      {"search by portfolio", "that of bet and evolution, best of both",
       searching_by("portfolio", steps, 146)},
      {"train at 90 % removed", "pairs, ragged tables with what the optimiser keeps; a file",
       [=](index_t rows, double& in) { return train_and_save(trained, rows, how, in); }, 1.2,
       batch_memory, index_t{triples_a_step} * how.steps},
      {"go on training", "the same, the file",
       [=](index_t rows, double& in) { return go_on_training(trained, rows, how, in); }, 1.2,
       batch_memory},
      {"pack as float", "dense table, sizes; packed table", packing<float>, 1.2, 4e6, {}, dense},
      {"pack as bfloat16",
       "dense table, sizes; packed table",
       packing<ciess::bfloat16>,
       1.2,
       4e6,
       {},
       dense},
      {"pack as eight bits",
       "dense table, sizes; packed table",
       packing<std::int8_t>,
       1.2,
       4e6,
       {},
       dense},
      {"pack rows as they are made", "sizes; packed table (float)", packing_drawn},
      {"order ids", "ids (int64, moved into the map); their order", ordering_ids},
      {"save with ids", "packed table (float), ids, order; the file is on the disk",
       [=](index_t rows, double& in) { return saving(file, rows, in); }},
      {"open", "file", [=](index_t, double& in) { return opening(file, in); }},
      {"read 1,000,000 random rows", "file, row numbers; a batch of 4,096 rows",
       [=](index_t rows, double& in) { return reading(file, rows, in); }, 1.2, 4e6, reads},
      {"read all sizes", "codes in the file; sizes",
       [=](index_t, double& in) { return reading_sizes(file, in); }},
      {"check", "file", [=](index_t, double& in) { return checking(file, in); }},
      {"20 best for one user", "file, user; list",
       [=](index_t, double& in) { return ranking(file, in); }},
  };
}

// Measuring ----------------------------------------------------------------------------------

struct result {
  double seconds = 0;
  double in = 0, out = 0;  ///< bytes
  double peak = 0;         ///< bytes beyond those of a process that has nothing yet; 0 if unknown
};

/// In a process of its own, so that memory is that of this work alone.
result apart(const stage& s, index_t rows, int threads) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("scale: cannot make a pipe");
  std::fflush(stdout);  // what is said so far is not said once more by the child
  const ::pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("scale: cannot fork");
  if (child == 0) {
    int code = 1;
    try {
      const ciess::threads pool(threads);
      const double before = status("VmRSS");
      result r;
      const work run = s.prepare(rows, r.in);
      ::malloc_trim(0);
      const bool known = forget_peak();
      r.seconds = seconds([&] { r.out = run(); });
      r.seconds = timed_by_itself.value_or(r.seconds);
      if (known) r.peak = status("VmHWM") - before;
      code = ::write(ends[1], &r, sizeof r) == static_cast<::ssize_t>(sizeof r) ? 0 : 1;
    } catch (const std::exception& e) {
      std::cerr << "ciess_scale: " << s.name << ": " << e.what() << '\n';
    }
    ::_exit(code);
  }
  ::close(ends[1]);
  result r;
  const bool whole = ::read(ends[0], &r, sizeof r) == static_cast<::ssize_t>(sizeof r);
  ::close(ends[0]);
  int code = 0;
  ::waitpid(child, &code, 0);
  if (!whole || code != 0) throw std::runtime_error("scale: a measurement has failed");
  return r;
}

/// Results of one stage for one number of rows. Time: the median. Memory: the most.
result summary(const std::vector<result>& rounds) {
  std::vector<double> seconds;
  result all = rounds.front();
  for (const result& r : rounds) {
    seconds.push_back(r.seconds);
    all.peak = std::max(all.peak, r.peak);
  }
  all.seconds = ciess_bench::median(seconds);
  return all;
}

/// What grows as rows^e: e, fitted to all sizes that were measured; 1 is linear.
double exponent(const std::vector<index_t>& rows, const std::vector<double>& values) {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (std::isnan(values[k])) continue;
    const double a = std::log2(static_cast<double>(rows[k]));
    const double b = std::log2(std::max(values[k], 1e-9));
    n += 1, x += a, y += b, xx += a * a, xy += a * b;
  }
  return (n * xy - x * y) / (n * xx - x * x);
}

/// Whether a stage has kept its limit. Where inputs and outputs are few, the constant counts.
bool kept(const stage& s, const result& r) {
  const double named = r.in + r.out;
  return r.peak <= s.limit * named + (named < 5 * s.constant ? s.constant : 0);
}

/// Bytes that the machine has for a stage, a tenth left to others; without a limit if it does not
/// say.
double free_bytes() {
  std::ifstream in("/proc/meminfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("MemAvailable:")) return std::stod(line.substr(13)) * 1024 * 0.9;
  return std::numeric_limits<double>::infinity();
}

/// The stages of these names, all if there are none.
/// @throws ciess::argument_error if there is no stage of a name
std::vector<stage> only(std::vector<stage> all, const std::vector<std::string>& names) {
  if (names.empty()) return all;
  std::string known;
  for (const stage& s : all) known += (known.empty() ? "" : ", ") + s.name;
  for (const std::string& name : names)
    if (std::ranges::count(all, name, &stage::name) == 0)
      throw ciess::argument_error("--stages: expected some of: " + known + "; got " + name);
  std::erase_if(all, [&](const stage& s) { return std::ranges::count(names, s.name) == 0; });
  return all;
}

std::string gnuplot_script(const std::vector<stage>& all) {
  std::ostringstream s;
  s << ciess::gnuplot_head("scale", 1000, 400)
    << "set datafile missing NaN\n"
       "set logscale x 10\nset format x '%.0s %c'\nset xlabel 'rows'\n"
       "set key at screen 0.99, 0.95 right top vertical Left reverse samplen 2\n"
       "set multiplot layout 1,2 margins 0.09, 0.68, 0.16, 0.95 spacing 0.1\n";
  const auto picture = [&](const char* y, int column) {
    s << "set ylabel '" << y << "'\nplot";
    for (std::size_t k = 0; k < all.size(); ++k)
      s << (k == 0 ? " \\\n  " : ", \\\n  ") << "here.'scale.tsv' using (strcol(1) eq '"
        << all[k].name << "' ? $2 : NaN):" << column << " with linespoints pt 7 ps 0.5 lw 2 dt "
        << k / 6 + 1 << " lc rgb '" << ciess::gnuplot_colour(k) << "' title '" << all[k].name
        << "'";
    s << '\n';
  };
  s << "set logscale y 10\nset format y '%g'\n";
  picture("ns a row", 4);
  s << "unset logscale y\nunset key\nset yrange [0:2]\n";
  picture("most memory / (inputs + outputs)", 8);
  s << "unset multiplot\nunset output\n";
  return s.str();
}

/// Nanoseconds.
double per_row(const stage& s, ciess::index_t rows, const result& r) {
  return r.seconds * 1e9 / static_cast<double>(s.items.value_or(rows));
}

nlohmann::json as_json(const stage& s, ciess::index_t rows, const result& r) {
  return {{"stage", s.name},
          {"counted", s.counted},
          {"rows", rows},
          {"seconds", r.seconds},
          {"ns_per_row", per_row(s, rows, r)},
          {"input_bytes", r.in},
          {"output_bytes", r.out},
          {"peak_bytes", r.peak},
          {"ratio", r.peak / (r.in + r.out)},
          {"limit", s.limit}};
}

/// Prints what twice the rows cost, and returns it.
/// @param seconds, peaks  [stages][rows]
nlohmann::json growth(const std::vector<stage>& all, const std::vector<ciess::index_t>& rows,
                      const std::vector<std::vector<double>>& seconds,
                      const std::vector<std::vector<double>>& peaks) {
  nlohmann::json json;
  std::printf("\ntwice the rows:              time x  memory x\n");
  for (std::size_t k = 0; k < all.size(); ++k) {
    const double time = exponent(rows, seconds[k]), memory = exponent(rows, peaks[k]);
    std::printf("%-28s %6.2f %9.2f\n", all[k].name.c_str(), std::exp2(time), std::exp2(memory));
    json.push_back({{"stage", all[k].name}, {"time_exponent", time}, {"memory_exponent", memory}});
  }
  return json;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures what many rows cost: time, and memory beside that of inputs and outputs"};
  std::string out = ".";
  std::string folder;
  std::vector<ciess::index_t> rows{1'000'000, 2'000'000, 5'000'000, 10'000'000};
  int threads = 2;
  int rounds = 3;
  search_options told;
  training_options how;
  std::string updates{ciess::name_of(how.updates)};
  std::vector<std::string> names;
  app.add_option("--train-steps", how.steps, "of MF, 10,000 triples each")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--updates", updates, "lazy-adam, rowwise-adagrad or sgd");
  app.add_option("--stages", names, "only these, by name");
  app.add_option("--search-steps", told.steps, "measurements of each search")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--search-hidden", told.hidden, "widths of the networks of the search by ciess")
      ->check(CLI::Range(1, 65'536));
  app.add_option("--rows", rows, "rows of the table, in rising order")
      ->check(CLI::Range(1'000, 100'000'000));
  app.add_option("--threads", threads)->check(CLI::Range(1, 1024));
  app.add_option("--rounds", rounds, "of each: the median of times, the most memory")
      ->check(CLI::Range(1, 100));
  app.add_option("--out", out, "folder for scale.json, scale.tsv and scale.gp");
  app.add_option("--folder", folder,
                 "for the packed file, which is removed (default: that of --out)");
  CLI11_PARSE(app, argc, argv);
  try {
    std::filesystem::create_directories(out);
    const auto file =
        std::filesystem::path(folder.empty() ? out : folder) / "ciess_scale.safetensors";
    const auto trained = file.parent_path() / "ciess_scale_training.safetensors";
    how.updates = ciess::parse_row_update_kind(updates);
    const auto all = only(stages(file, trained, told, how), names);
    std::vector<std::vector<double>> seconds(all.size()), peaks(all.size());
    std::ostringstream table;
    table << "stage\trows\tseconds\tns_per_row\tinput_bytes\toutput_bytes\tpeak_bytes\tratio\n";
    nlohmann::json json{
        {"d_max", range.max},         {"removed", removed},           {"threads", threads},
        {"search_steps", told.steps}, {"search_hidden", told.hidden}, {"train_steps", how.steps},
        {"updates", updates}};
    bool good = true;
    bool known = true;
    std::printf("%-28s %10s %9s %9s %9s %9s %6s\n", "", "rows", "s", "ns/row", "in+out MB",
                "peak MB", "ratio");
    // Round after round, so that a busy hour of the machine does not fall on one size alone.
    std::map<std::pair<std::size_t, ciess::index_t>, std::vector<result>> measured;
    for (int round = 0; round < rounds; ++round)
      for (const ciess::index_t n : rows) {
        for (std::size_t k = 0; k < all.size(); ++k)
          if (all[k].dense * static_cast<double>(n) <= free_bytes())
            measured[{k, n}].push_back(apart(all[k], n, threads));
        for (const auto& made : {file, trained, std::filesystem::path(trained.string() + ".after")})
          std::filesystem::remove(made);
      }
    for (const ciess::index_t n : rows)
      for (std::size_t k = 0; k < all.size(); ++k) {
        const stage& s = all[k];
        if (measured[{k, n}].empty()) {
          std::printf("%-28s %10td left out: a dense table of %.1f GB does not fit\n",
                      s.name.c_str(), n, s.dense * static_cast<double>(n) / 1e9);
          seconds[k].push_back(std::numeric_limits<double>::quiet_NaN());
          peaks[k].push_back(std::numeric_limits<double>::quiet_NaN());
          continue;
        }
        const result r = summary(measured[{k, n}]);
        const double ns = per_row(s, n, r);
        const double ratio = r.peak / (r.in + r.out);
        const bool within = kept(s, r);
        good = good && within;
        known = known && r.peak > 0;
        seconds[k].push_back(r.seconds);
        peaks[k].push_back(r.peak);
        char line[256];
        std::snprintf(line, sizeof line, "%s\t%td\t%.4g\t%.4g\t%.0f\t%.0f\t%.0f\t%.3f\n",
                      s.name.c_str(), n, r.seconds, ns, r.in, r.out, r.peak, ratio);
        table << line;
        json["stages"].push_back(as_json(s, n, r));
        std::printf("%-28s %10td %9.4g %9.4g %9.1f %9.1f %6.2f%s\n", s.name.c_str(), n, r.seconds,
                    ns, (r.in + r.out) / 1e6, r.peak / 1e6, ratio, within ? "" : "  TOO MUCH");
      }
    if (rows.size() > 1) json["growth"] = growth(all, rows, seconds, peaks);
    ciess::save_picture(out, {"scale", gnuplot_script(all), table.str()});
    std::ofstream(std::filesystem::path(out) / "scale.json") << json.dump(2) << '\n';
    if (!known) std::cout << "Peaks are unknown: /proc/self/clear_refs cannot be written here.\n";
    if (!good) {
      std::cerr << "ciess_scale: a stage needs more memory than its limit\n";
      return 1;
    }
  } catch (const std::exception& e) {
    std::cerr << "ciess_scale: " << e.what() << '\n';
    return 1;
  }
  return 0;
}
