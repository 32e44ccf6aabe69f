// SPDX-License-Identifier: MIT
// The library's side of the comparison with PyTorch: the same works and options as theirs.py, one
// line of JSON each. compare.sh runs the two in turn.
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/embedding/exchange.hpp>
#include <ciess/io/load_npy.hpp>
#include <ciess/io/npy.hpp>
#include <ciess/io/write_file.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/rl/choose.hpp>
#include <ciess/rl/noise.hpp>
#include <ciess/rl/random_walk.hpp>
#include <ciess/rl/td3.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "../support/measure.hpp"
#include "../support/pairs_file.hpp"

namespace {

using ciess::index_t;
using ciess::matrix;
using nlohmann::json;

struct arguments {
  std::string ml_1m, shape, data, vectors, out;
  std::vector<std::string> yelp;  // train, test
  std::vector<int> cutoffs = {5, 10, 20};
  double removed = 0;
  bool half = false;
  int rounds = 10;
  int steps = 100;
  int threads = 0;
  index_t rows = 6040;
};

std::filesystem::path folder(const arguments& a) {
  std::filesystem::create_directories(a.out);
  return a.out;
}

/// Numbers of any shape as an array of two dimensions that NumPy reads.
void save(const std::filesystem::path& path, const ciess::matrix_view& m) {
  ciess::save_npy(path,
                  ciess::copy_table<float>(m, ciess::size_range{1, static_cast<int>(m.cols())}));
}
void save(const std::filesystem::path& path, std::span<const float> v) {
  save(path, Eigen::Map<const matrix>(v.data(), static_cast<index_t>(v.size()), 1));
}

json prepare(const arguments& a) {
  if (int(!a.ml_1m.empty()) + int(!a.yelp.empty()) + int(!a.shape.empty()) != 1)
    throw ciess::argument_error("prepare: expected one of --ml-1m, --yelp and --shape");
  const ciess_bench::parts p = !a.ml_1m.empty()
                                   ? ciess_bench::halved(ciess::load_interactions(a.ml_1m).data)
                               : !a.yelp.empty()    ? ciess_bench::read_split(a.yelp[0], a.yelp[1])
                               : a.shape == "ml-1m" ? ciess_bench::made_up_ml_1m()
                                                    : ciess_bench::made_up_yelp();
  ciess_bench::write_pairs(a.out, p);
  return {{"users", p.train.users()},
          {"items", p.train.items()},
          {"train", p.train.size()},
          {"held_out", p.held_out.size()},
          {"made_up", !a.shape.empty()}};
}

/// Columns that every row keeps: 12 of 128 with 90 % removed.
int kept_columns(double removed) {
  const int d = ciess::size_range{}.max;
  return std::max(1, static_cast<int>(std::floor((1 - removed) * d + 1e-9)));
}

void cut(ciess::lightgcn& model, double removed) {
  ciess::assignment sizes(model.shapes());
  for (std::size_t t = 0; t < model.shapes().size(); ++t)
    sizes[t] = ciess::sizes(model.shapes()[t].rows, model.shapes()[t].range, kept_columns(removed));
  model.resize(sizes);
}

json lightgcn(const arguments& a) {
  const ciess_bench::parts data = ciess_bench::read_pairs(a.data);
  ciess::lightgcn::options options;
  if (a.half) options.network.storage = ciess::gathered::bfloat16;
  ciess::lightgcn model(data.train, options, 1);
  cut(model, a.removed);
  json result{{"columns", kept_columns(a.removed)}};
  if (!a.out.empty()) {
    // What theirs starts from and must arrive at: three steps on one batch.
    const auto to = folder(a);
    ciess::triples batch;
    ciess::triple_sampler(data.train).draw({7, ciess::purpose::user}, 0, 10'000, batch);
    matrix ids(static_cast<index_t>(batch.size()), 3);
    for (std::size_t b = 0; b < batch.size(); ++b)  // below 2^24: exact
      ids.row(static_cast<index_t>(b)) << static_cast<float>(batch.users[b]),
          static_cast<float>(batch.positives[b]), static_cast<float>(batch.negatives[b]);
    save(to / "triples.npy", ids);
    const std::vector<std::string> side{"users", "items"};
    const auto save_tables = [&](const std::string& when) {
      for (std::size_t t = 0; t < 2; ++t)
        ciess::save_npy(to / (when + "-" + side[t] + ".npy"), model.table(t));
    };
    save_tables("first");
    const auto gradient = model.loss_and_gradient(batch);
    for (std::size_t t = 0; t < 2; ++t)
      save(to / ("gradient-" + side[t] + ".npy"),
           gradient.of.tables[t].leftCols(kept_columns(a.removed)));
    for (int s = 0; s < 3; ++s) result["losses"].push_back(model.step(batch));
    save_tables("last");
    return result;
  }
  model.train(3);  // so that all memory is there
  double loss = 0;
  result["ms"] = ciess_bench::measure(a.rounds, [&] { loss = model.train(1); });
  result["loss"] = loss;
  return result;
}

/// Vectors to rank by, from a short training.
json vectors(const arguments& a) {
  const ciess_bench::parts data = ciess_bench::read_pairs(a.data);
  ciess::lightgcn model(data.train, {}, 1);
  const double loss = model.train(a.steps);
  const auto to = folder(a);
  save(to / "users.npy", model.user_vectors());
  save(to / "items.npy", model.item_vectors());
  return {{"loss", loss}};
}

json rank(const arguments& a) {
  const ciess_bench::parts data = ciess_bench::read_pairs(a.data);
  const std::filesystem::path from = a.vectors;
  const auto users = ciess::load_npy<float>(from / "users.npy");
  const auto items = ciess::load_npy<float>(from / "items.npy");
  ciess::evaluation found;
  const auto once = [&] {
    found =
        ciess::evaluate_vectors(users, items, data.train, data.held_out, {.cutoffs = a.cutoffs});
  };
  once();
  return {{"ms", ciess_bench::measure(a.rounds, once)},
          {"recall", found.recall},
          {"ndcg", found.ndcg},
          {"mean", found.mean}};
}

matrix drawn(index_t rows, index_t columns, std::uint64_t seed) {
  matrix m(rows, columns);
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
  for (float& x : m.reshaped()) x = ciess::uniform(engine, -1.0F, 1.0F);
  return m;
}

/// All numbers of an agent's networks, under the names it gives them.
void save_networks(const std::filesystem::path& to, const std::string& when, ciess::td3& agent) {
  agent.visit(ciess::field_look{[&]<class State>(std::string_view name, State&& state) {
    if constexpr (!std::is_arithmetic_v<std::remove_cvref_t<State>>)
      if (name.ends_with(".net") || name.ends_with(".target"))
        save(to / (when + "-" + std::string(name) + ".npy"), std::span<const float>(state));
  }});
}

json choose(const arguments& a) {
  // A wider last layer than usual: proposals of all sizes, the ends of the range among them.
  ciess::td3 policy(3, {}, {.actor_last_layer = 0.5}, 1);
  const matrix states = drawn(a.rows, 3, 1);
  const auto n = static_cast<std::size_t>(a.rows);
  std::vector<int> chosen(n);
  ciess::gaussian_noise noise;
  const ciess::random_walk walk;
  const ciess::random_stream stream(1, ciess::purpose::walk);
  std::uint64_t step = 0;
  const auto once = [&] {
    ciess::choose_sizes(policy, noise, walk, states, {}, stream, step++, chosen);
  };
  once();
  json result{{"ms", ciess_bench::measure(a.rounds, once)}};
  std::vector<float> numbers(n), values(n), proposals(n);
  policy.propose(states, proposals);
  std::transform(chosen.begin(), chosen.end(), numbers.begin(),
                 [](int size) { return static_cast<float>(size); });
  policy.value(states, numbers, values);
  double moved = 0;
  for (std::size_t r = 0; r < n; ++r) moved += std::abs(double{numbers[r]} - double{proposals[r]});
  const auto mean = [&](const std::vector<float>& v) {
    return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(n);
  };
  result["size"] = mean(numbers);
  result["value"] = mean(values);
  result["moved"] = moved / static_cast<double>(n);
  if (!a.out.empty()) {
    const auto to = folder(a);
    save_networks(to, "first", policy);
    save(to / "states.npy", states);
    save(to / "proposals.npy", proposals);
    policy.value(states, proposals, values);
    save(to / "values.npy", values);
  }
  return result;
}

json td3(const arguments& a) {
  if (!a.out.empty()) {
    // One transition, drawn as often as the batch wants, and no noise: nothing is left to chance,
    // and theirs must arrive at the same networks.
    ciess::replay_buffer replay(3, 1);
    const std::vector<float> size{30.0F}, reward{0.5F};
    const matrix state = drawn(1, 3, 1), next = drawn(1, 3, 2);
    replay.push(state, size, reward, next);
    ciess::td3 agent(3, {}, {.target_noise = 0}, 1);
    const auto to = folder(a);
    save(to / "state.npy", state);
    save(to / "next.npy", next);
    save_networks(to, "first", agent);
    json result;
    for (std::uint64_t step = 0; step < 4; ++step)
      result["losses"].push_back(agent.update(replay, step).critic_loss);
    save_networks(to, "last", agent);
    return result;
  }
  // A full buffer of a hundred records of every row, with a reward that can be learnt.
  ciess::replay_buffer replay(3, 100 * a.rows);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const matrix states = drawn(a.rows, 4, i), next = drawn(a.rows, 3, 1000 + i);
    const auto n = static_cast<std::size_t>(a.rows);
    std::vector<float> sizes(n), rewards(n);
    for (std::size_t r = 0; r < n; ++r) {
      const float action = states(static_cast<index_t>(r), 3);
      sizes[r] = 64.5F + 63.5F * action;
      rewards[r] = states(static_cast<index_t>(r), 0) - action * action;
    }
    replay.push(states.leftCols(3), sizes, rewards, next);
  }
  ciess::td3 agent(3, {}, {}, 1);
  std::uint64_t step = 0;
  double loss = 0;
  const auto once = [&] {  // two updates: one with the actor, one without
    loss = agent.update(replay, step).critic_loss;
    agent.update(replay, step + 1);
    step += 2;
  };
  once();
  std::vector<double> ms = ciess_bench::measure(a.rounds, once);
  for (double& each : ms) each /= 2;
  json result{{"ms", ms}};
  result["loss"] = loss;
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures what theirs.py measures, by the library; prints one line of JSON"};
  app.require_subcommand(1);
  arguments a;
  const auto data = [&](CLI::App* work) {
    work->add_option("--data", a.data, "file that `prepare` wrote")
        ->required()
        ->check(CLI::ExistingFile);
  };
  const auto rounds = [&](CLI::App* work) {
    work->add_option("--rounds", a.rounds, "how often it is measured")
        ->check(CLI::Range(1, 1'000'000));
  };
  const auto threads = [&](CLI::App* work) {
    work->add_option("--threads", a.threads, "0: one per processor")->check(CLI::Range(0, 1024));
  };
  const auto save_to = [&](CLI::App* work) {
    work->add_option("--save", a.out, "folder for what theirs.py --check compares with");
  };
  const auto rows = [&](CLI::App* work) {
    work->add_option("--rows", a.rows, "rows that have sizes")->check(CLI::Range(1, 100'000'000));
  };

  auto* const prepare_work = app.add_subcommand("prepare", "writes the data for both programs");
  prepare_work->add_option("--ml-1m", a.ml_1m, "ratings of MovieLens-1M")->check(CLI::ExistingFile);
  prepare_work->add_option("--yelp", a.yelp, "Yelp2018's training and test lists")
      ->expected(2)
      ->check(CLI::ExistingFile);
  prepare_work->add_option("--shape", a.shape, "made-up data of this shape")
      ->check(CLI::IsMember({"ml-1m", "yelp2018"}));
  prepare_work->add_option("--out", a.out, "file to write")->required();

  auto* const lightgcn_work = app.add_subcommand("lightgcn", "a training step");
  lightgcn_work->add_option("--removed", a.removed, "share of every row that is removed")
      ->check(CLI::Range(0.0, 0.99));
  lightgcn_work->add_flag("--half", a.half, "gather rows as bfloat16");
  data(lightgcn_work), rounds(lightgcn_work), threads(lightgcn_work), save_to(lightgcn_work);

  auto* const vectors_work = app.add_subcommand("vectors", "trains vectors to rank by");
  vectors_work->add_option("--steps", a.steps)->check(CLI::Range(1, 1'000'000));
  vectors_work->add_option("--out", a.out, "folder to write to")->required();
  data(vectors_work), threads(vectors_work);

  auto* const rank_work = app.add_subcommand("rank", "a full ranking with Recall and NDCG");
  rank_work->add_option("--vectors", a.vectors, "folder that `vectors` wrote to")
      ->required()
      ->check(CLI::ExistingDirectory);
  rank_work->add_option("--cutoffs", a.cutoffs, "lengths of the lists");
  data(rank_work), rounds(rank_work), threads(rank_work);

  auto* const choose_work = app.add_subcommand("choose", "actor, noise, walk and critic");
  rows(choose_work), rounds(choose_work), threads(choose_work), save_to(choose_work);

  auto* const td3_work = app.add_subcommand("td3", "an update of the agent");
  rows(td3_work), rounds(td3_work), threads(td3_work), save_to(td3_work);
  CLI11_PARSE(app, argc, argv);

  try {
    const ciess::threads pool(a.threads);
    const CLI::App* const work = app.get_subcommands().front();
    json line = work == prepare_work    ? prepare(a)
                : work == lightgcn_work ? lightgcn(a)
                : work == vectors_work  ? vectors(a)
                : work == rank_work     ? rank(a)
                : work == choose_work   ? choose(a)
                                        : td3(a);
    line["work"] = work->get_name();
    line["who"] = "ciess";
    if (work != prepare_work && !a.out.empty())
      ciess::write_file(std::filesystem::path(a.out) / "ours.json", line.dump());
    std::cout << line.dump() << '\n';
  } catch (const std::exception& e) {
    std::cerr << "ciess_peers: " << e.what() << '\n';
    return 1;
  }
  return 0;
}
