// SPDX-License-Identifier: MIT
#include "settings.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <set>
#include <utility>

#include <CLI/CLI.hpp>

#include <ciess/backbone/ials.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/size_range.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/nn/loss_options.hpp>
#include <ciess/nn/row_update_options.hpp>
#include <ciess/study/method_names.hpp>
#include <ciess/study/results_folder.hpp>

#include "backbones.hpp"

namespace example {
namespace {

/// An option that a search cannot change on its way.
struct kept_option {
  const char* name;
  std::function<json()> get;
  std::function<void(const json&)> set;
  bool later = false;  ///< searches that were begun before it was there go without
};

/// Any bytes as JSON, which has none but UTF-8: others as a list of numbers.
json as_json(const std::string& text) {
  const json plain(text);
  try {
    (void)plain.dump();
    return plain;
  } catch (const json::type_error&) {
    return json(std::vector<unsigned char>(text.begin(), text.end()));
  }
}

template <class T>
json as_json(const T& value) {
  return json(value);
}

template <class T>
json as_json(const std::optional<T>& value) {
  return value ? as_json(*value) : json();
}

void from_json(const json& saved, std::string& value) {
  if (saved.is_array()) {
    const auto bytes = saved.get<std::vector<unsigned char>>();
    value.assign(bytes.begin(), bytes.end());
  } else {
    value = saved.get<std::string>();
  }
}

template <class T>
void from_json(const json& saved, T& value) {
  value = saved.get<T>();
}

template <class T>
void from_json(const json& saved, std::optional<T>& value) {
  value.reset();
  if (!saved.is_null()) from_json(saved, value.emplace());
}

template <class T>
kept_option kept(const char* name, T& value, bool later = false) {
  return {name, [&value] { return as_json(value); },
          [&value](const json& saved) { from_json(saved, value); }, later};
}

std::vector<kept_option> kept_options(settings& s) {
  std::vector<kept_option> all;
  s.data.visit([&all](const char* name, auto& value) { all.push_back(kept(name, value)); });
  all.push_back(kept("--task", s.task, true));
  s.clicks.visit([&all](const char* name, auto& value) { all.push_back(kept(name, value, true)); });
  all.insert(all.end(), {kept("--at", s.at),
                         kept("--backbone", s.backbone),
                         kept("--budget", s.budgets),
                         kept("--bytes", s.bytes),
                         kept("--of", s.of),
                         {"--stored-as",
                          [&s] {  // a word alone, as it was before there could be several
                            return s.stored_as.size() == 1 ? json(s.stored_as.front())
                                                           : json(s.stored_as);
                          },
                          [&s](const json& saved) {
                            if (saved.is_array())
                              from_json(saved, s.stored_as);
                            else
                              s.stored_as = {saved.get<std::string>()};
                          }},
                         kept("--multiple", s.multiple),
                         kept("--per", s.per, true),
                         kept("--dim", s.dim),
                         kept("--preset", s.preset),
                         kept("--seed", s.seed),
                         kept("--methods", s.methods),
                         kept("--measurements", s.measurements),
                         kept("--episodes", s.episodes),
                         kept("--keep", s.keep, true),
                         kept("--replay", s.replay, true),
                         kept("--rule-starts", s.rule_starts),
                         kept("--vectors", s.vectors),
                         kept("--loss", s.loss, true),
                         kept("--temperature", s.temperature, true),
                         kept("--similarity", s.similarity, true),
                         kept("--candidates", s.candidates, true),
                         kept("--correct", s.correct, true),
                         kept("--unobserved", s.unobserved, true),
                         kept("--penalty", s.penalty, true),
                         kept("--updates", s.updates, true),
                         kept("--rate-factor", s.rate_factor, true)});
  return all;
}

}  // namespace

json kept_settings(settings s) {
  for (auto* file : {&s.data.data, &s.data.test, &s.clicks.validation})
    if (!file->empty() && *file != "-") *file = std::filesystem::absolute(*file).string();
  json saved;
  for (const auto& option : kept_options(s)) saved[option.name] = option.get();
  return saved;
}

void resume(settings& s, const json& saved, const CLI::App& command_line) {
  const auto given = [&](const char* name) { return command_line.count(name) > 0; };
  if (given("--out")) throw ciess::argument_error("--out: --resume says where the results go");
  const std::string file = ciess::results_folder(s.resume).settings_file().string();
  settings before;
  std::vector<std::string> words;
  const auto add = [&](const json& value) {
    words.push_back(value.is_string() ? value.get<std::string>() : value.dump());
  };
  try {
    const std::set<std::string> several{
        "--budget",      "--bytes",          "--at",     "--split-at", "--methods",
        "--rule-starts", "--fields",         "--pooled", "--numeric",  "--ignore",
        "--borders",     "--negative-along", "--parts",  "--stored-as"};
    for (const auto& option : kept_options(before)) {
      if (option.later && !saved.contains(option.name)) continue;
      const json& value = saved.at(option.name);
      if (value == option.get()) continue;  // the default, which may be none
      words.emplace_back(option.name);
      if (several.contains(option.name)) {
        for (const json& one : value) add(one);
      } else if (value.is_array()) {
        from_json(value, words.emplace_back());
      } else if (value.is_boolean()) {
        words.back() += "=" + value.dump();
      } else {
        add(value);
      }
    }
    CLI::App app;
    add_options(app, before);
    std::ranges::reverse(words);  // as CLI11 wants them
    app.parse(words);
  } catch (const CLI::ParseError& e) {
    throw ciess::data_error(file + ": " + e.what());
  } catch (const json::exception& e) {
    throw ciess::data_error(file + ": " + e.what());
  }
  const auto now = kept_options(s);
  const auto then = kept_options(before);
  for (std::size_t i = 0; i < now.size(); ++i) {
    const std::string name = now[i].name;
    // Files may have moved; what is in them is compared when they are read.
    const bool may_differ = name == "--data" || name == "--test" || name == "--validation";
    if (given(now[i].name) && may_differ) continue;
    if (given(now[i].name) && now[i].get() != then[i].get())
      throw ciess::argument_error(name + ": the search in " + s.resume + " was begun with " +
                                  then[i].get().dump() + ", got " + now[i].get().dump());
    now[i].set(then[i].get());
  }
  s.out = s.resume;
}

ciess::loss_options loss_of(const settings& s) {
  ciess::loss_options loss{.kind = ciess::parse_loss_kind(s.loss)};
  const auto refuse = [&](bool given, const char* name) {
    if (given) throw ciess::argument_error(std::string(name) + ": --loss " + s.loss + " has none");
  };
  if (s.backbone == "ials" && loss.kind != ciess::loss_kind::bpr)
    throw ciess::argument_error("--loss " + s.loss +
                                ": ials solves for least squares, and has no other loss");
  for (const auto& [given, name] : {std::pair(s.unobserved.has_value(), "--unobserved"),
                                    std::pair(s.penalty.has_value(), "--penalty")})
    if (given && s.backbone != "ials")
      throw ciess::argument_error(std::string(name) + ": of --backbone ials alone, got " +
                                  s.backbone);
  if (loss.kind != ciess::loss_kind::bpr && s.preset == "paper")
    throw ciess::argument_error("--loss " + s.loss + ": the settings of --preset paper are of bpr");
  const bool sampled = loss.kind == ciess::loss_kind::sampled_softmax;
  const bool scalable = loss.kind == ciess::loss_kind::sce;
  refuse(s.candidates && !sampled && !scalable, "--candidates");
  refuse(s.correct && !sampled, "--correct");
  const bool softmax = loss.kind != ciess::loss_kind::bpr;
  refuse(s.temperature && !softmax, "--temperature");
  refuse(s.similarity && !softmax, "--similarity");
  if (!softmax) return loss;
  const bool cosine = s.similarity ? *s.similarity == "cosine" : sampled;
  auto& how = sampled ? loss.sampled.softmax : scalable ? loss.scalable.softmax : loss.full.softmax;
  how.by = cosine ? ciess::similarity::cosine : ciess::similarity::inner_product;
  how.temperature = s.temperature.value_or(cosine ? 0.1 : 1);
  (scalable ? loss.scalable.candidates : loss.sampled.candidates) = s.candidates;
  if (sampled) loss.sampled.correct = s.correct != "no";
  return loss;
}

json loss_json(const settings& s, const ciess::interactions& data) {
  const ciess::loss_options loss = loss_of(s);
  json told;
  if (s.backbone == "ials") {
    const ciess::ials::options usual;
    told["kind"] = "squares";
    told["unobserved"] = s.unobserved.value_or(ciess::usual_unobserved(data));
    told["penalty"] = s.penalty.value_or(usual.penalty);
    return told;
  }
  told["kind"] = std::string(ciess::name_of(loss.kind));
  if (loss.kind == ciess::loss_kind::bpr) return told;
  const bool sampled = loss.kind == ciess::loss_kind::sampled_softmax;
  const bool scalable = loss.kind == ciess::loss_kind::sce;
  const auto& how = sampled    ? loss.sampled.softmax
                    : scalable ? loss.scalable.softmax
                               : loss.full.softmax;
  told["similarity"] = how.by == ciess::similarity::cosine ? "cosine" : "inner-product";
  told["temperature"] = how.temperature;
  if (s.candidates) told["candidates"] = *s.candidates;
  if (sampled) told["correct"] = loss.sampled.correct;
  return told;
}

std::optional<ciess::row_update_options> updates_of(const settings& s) {
  const std::string updates = s.updates.value_or(s.task == "click" ? "lazy-adam" : "all");
  if (updates == "all") {
    if (s.rate_factor)
      throw ciess::argument_error(
          "--rate-factor: of --updates lazy-adam, rowwise-adagrad and sgd alone");
    return std::nullopt;
  }
  if (s.task == "ranking" && s.loss != "bpr")
    throw ciess::argument_error("--updates " + updates + ": of --loss bpr alone, for " + s.loss +
                                " looks at other rows than those of its batch");
  if (s.task == "ranking" && s.preset == "paper")
    throw ciess::argument_error("--updates " + updates +
                                ": the settings of --preset paper are those of all rows by Adam");
  ciess::row_update_options o{.kind = ciess::parse_row_update_kind(updates)};
  if (o.kind != ciess::row_update_kind::lazy_adam && !s.rate_factor)
    throw ciess::argument_error("--updates " + updates +
                                ": expected --rate-factor beside it, for its good rates are far "
                                "from Adam's");
  o.rate_factor = s.rate_factor.value_or(1);
  o.check("--rate-factor");
  return o;
}

void check_at(const std::vector<int>& at) {
  for (std::size_t k = 0; k < at.size(); ++k)
    if (at[k] < 1 || (k > 0 && at[k] <= at[k - 1]))
      throw ciess::argument_error(
          ciess::joined("--at: expected lengths of lists that rise from 1 on, got ", at[k],
                        k > 0 ? ciess::joined(" after ", at[k - 1]) : std::string()));
}

void add_options(CLI::App& app, settings& s) {
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--task", s.task,
                 "what is predicted: ranking, who takes what, or click, whether an impression of "
                 "any fields is clicked")
      ->check(CLI::IsMember({"ranking", "click"}))
      ->capture_default_str();
  example::add_data_options(app, s.data);
  example::add_click_options(app, s.clicks);
  app.add_flag("--inspect", s.inspect,
               "reads --data, prints as JSON what it is, and stops: status 0 if it can be used as "
               "it is, else 2");
  app.add_option("--at", s.at, "lengths of the lists that are judged, rising")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->capture_default_str();
  std::set<std::string> names;
  for (const auto& [name, run] : backbones()) names.insert(name);
  app.add_option("--backbone", s.backbone, "model whose tables are sized")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  auto* shares =
      app.add_option("--budget", s.budgets,
                     "shares to remove, each above 0 and below 1; of --task click 0.5 0.8 0.9 "
                     "unless given")
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
          ->capture_default_str();
  auto* of =
      app.add_option("--of", s.of,
                     "what --budget counts: numbers, or bytes, of the full size as floats; packed "
                     "tables are counted with scales, sizes and index, without ids")
          ->check(CLI::IsMember({"numbers", "bytes"}))
          ->capture_default_str();
  app.add_option("--bytes", s.bytes,
                 "instead of --budget: bytes that packed tables may take: 400k, 1.5M (k: 1,000), "
                 "2Mi")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->excludes(shares)
      ->excludes(of);
  app.add_option(
         "--stored-as", s.stored_as,
         "numbers of the small tables: float, bfloat16, float16, or 8, 4, 3 or 2 bits with a "
         "scale a row; sizes are tuned and judged so. 3/2: of the tables in their order (users in "
         "3 "
         "bits, items in 2); 2/items=4: of all but those named. Of several what is best for each "
         "budget, which is of bytes then, is found: with a run for each in a folder of its own in "
         "--out")
      ->check([](const std::string& text) -> std::string {
        try {  // whose tables they are is not known yet
          for (std::size_t from = 0; from <= text.size();) {
            const std::size_t end = std::min(text.find('/', from), text.size());
            const std::string piece = text.substr(from, end - from);
            (void)ciess::parse_number_format(piece.substr(piece.rfind('=') + 1));
            from = end + 1;
          }
          return {};
        } catch (const ciess::argument_error& e) {
          return e.what();
        }
      })
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->capture_default_str();
  app.add_option("--multiple", s.multiple, "sizes are multiples of it, or --dim")
      ->check(CLI::Range(1, ciess::size_range::limit))
      ->capture_default_str();
  app.add_option("--per", s.per,
                 "what has a size of its own: each row, or a table as a whole, of impressions a "
                 "field")
      ->check(CLI::IsMember({"row", "table", "field"}))
      ->capture_default_str();
  app.add_option("--dim", s.dim, "size of a full row; of --task click 16 unless given")
      ->check(CLI::Range(1, ciess::size_range::limit))
      ->capture_default_str();
  app.add_option("--preset", s.preset,
                 "warm: cuts of one trained model, minutes; paper: the paper's settings, days")
      ->check(CLI::IsMember({"warm", "paper"}))
      ->capture_default_str();
  std::set<std::string> losses;
  for (const auto kind : ciess::loss_kinds) losses.emplace(ciess::name_of(kind));
  app.add_option("--loss", s.loss,
                 "what models are trained by: an item of a user against one other (bpr), all items "
                 "(softmax), the positives of the batch or drawn items (sampled-softmax), or items "
                 "near to it in drawn directions (sce)")
      ->check(CLI::IsMember(losses))
      ->capture_default_str();
  app.add_option(
      "--temperature", s.temperature,
      "of a softmax: similarities are divided by it; without it 0.1 for cosines, else 1");
  app.add_option("--similarity", s.similarity,
                 "of a softmax, in training alone: inner-product, for softmax unless given, or "
                 "cosine, for sampled-softmax")
      ->check(CLI::IsMember({"inner-product", "cosine"}));
  app.add_option(
      "--candidates", s.candidates,
      "of sampled-softmax: so many items drawn for each step, not the batch's positives; "
      "of sce: items of a bucket");
  app.add_option("--correct", s.correct,
                 "of sampled-softmax: whether scores lose the logarithm of how often an item is "
                 "expected among the candidates; without it yes")
      ->check(CLI::IsMember({"yes", "no"}));
  app.add_option(
      "--unobserved", s.unobserved,
      "of ials: how much any pair weighs beside one of the data; unless given, all pairs "
      "6.5 times those of the data");
  app.add_option("--penalty", s.penalty,
                 ciess::joined("of ials: how much a row's length costs for each of its pairs, ",
                               ciess::ials::options{}.penalty, " unless given"));
  std::set<std::string> updates{"all"};
  for (const auto kind : ciess::row_update_kinds) updates.emplace(ciess::name_of(kind));
  app.add_option(
         "--updates", s.updates,
         "what a step of mf, ncf or a click model moves: all rows, by Adam, as rankings do "
         "unless given, or those of its batch alone, so that it costs what the batch takes: "
         "by lazy-adam, as clicks do unless given, rowwise-adagrad or sgd")
      ->check(CLI::IsMember(updates));
  app.add_option("--rate-factor", s.rate_factor,
                 "of --updates: the rate of rows is the preset's times this; rowwise-adagrad and "
                 "sgd need one");
  app.add_option("--seed", s.seed, "same seed, same result: in [0, 2^64)")
      ->check([](const std::string& text) {
        return ciess::parse_number<std::uint64_t>(text)
                   ? std::string()
                   : "expected a whole number in [0, 18446744073709551615], got " + text;
      })
      ->capture_default_str();
  app.add_option("--threads", s.threads, "threads, 0 for all processors")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  std::set<std::string> methods(ciess::method_names.begin(), ciess::method_names.end());
  methods.insert("all");
  app.add_option("--methods", s.methods,
                 "what is compared: names, or all; without it the simple rules and ciess")
      ->check(CLI::IsMember(methods))
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  auto* measurements =
      app.add_option("--measurements", s.measurements,
                     "that each method that searches has for each budget, instead of the preset's")
          ->check(CLI::Range(1, 1'000'000));
  app.add_option("--episodes", s.episodes,
                 "episodes of the search by ciess, instead of the preset's")
      ->check(CLI::Range(0, 1'000'000))
      ->excludes(measurements);
  app.add_option("--keep", s.keep,
                 "of what a method that searches found best for each budget so many are trained to "
                 "the end, instead of the preset's; 1 where a training is long")
      ->check(CLI::Range(1, 100));
  app.add_option("--replay", s.replay,
                 "transitions that ciess remembers of a table at most, 32 bytes each, instead of "
                 "the preset's; of a larger table those of a sample of its rows")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{std::numeric_limits<std::uint32_t>::max()}));
  app.add_option(
         "--rule-starts", s.rule_starts,
         "where the last trainings of simple rules start, instead of the preset's: scratch, "
         "new weights, or warm, a cut of the full-size model; of both each has its row")
      ->check(CLI::IsMember({"scratch", "warm"}))
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--out", s.out, "folder for the results")->capture_default_str();
  app.add_flag("--vectors", s.vectors,
               "writes the final vectors of each budget's best model, too, for compress_vectors");
  app.add_flag("--force", s.force, "removes the results of another run from --out first");
  app.add_option("--resume", s.resume,
                 "goes on with the search in this folder, with the options it was begun with");
  app.add_flag("--quiet", s.quiet, "prints the table alone, and errors");
  app.add_flag("--report", s.report,
               "with --resume: searches no further, reports what there is as soon as may be");
  app.add_option("--save-every", s.save_every,
                 "seconds between two checkpoints of the search, 0: after each step")
      ->check(CLI::Range(0.0, 1e9))
      ->capture_default_str();
}

}  // namespace example
