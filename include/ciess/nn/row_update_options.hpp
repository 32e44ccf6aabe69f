// SPDX-License-Identifier: MIT
/// @file
/// How rows of a table learn when a batch names few of them, as options.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

#include <ciess/core/error.hpp>
#include <ciess/nn/adam.hpp>

namespace ciess {

/// What moves the rows that a batch names. No other row moves, and nothing is worked out for it.
enum class row_update_kind {
  lazy_adam,        ///< Adam whose moments advance when a row is named: two tables of state
  rowwise_adagrad,  ///< Adagrad with one number of state for each row
  sgd,              ///< the gradient times the rate: no state
};
inline constexpr std::array row_update_kinds{
    row_update_kind::lazy_adam, row_update_kind::rowwise_adagrad, row_update_kind::sgd};

/// As options and messages have it: "lazy-adam", "rowwise-adagrad", "sgd".
[[nodiscard]] constexpr std::string_view name_of(row_update_kind kind) noexcept {
  switch (kind) {
    case row_update_kind::lazy_adam:
      return "lazy-adam";
    case row_update_kind::rowwise_adagrad:
      return "rowwise-adagrad";
    case row_update_kind::sgd:
      return "sgd";
  }
  return "";
}

/// Numbers that a way to update keeps beside each number of a row: what a ragged table is made
/// with.
[[nodiscard]] constexpr int numbers_beside(row_update_kind kind) noexcept {
  return kind == row_update_kind::lazy_adam ? 2 : 0;
}
/// Numbers that it keeps beside each row.
[[nodiscard]] constexpr int numbers_a_row(row_update_kind kind) noexcept {
  return kind == row_update_kind::rowwise_adagrad ? 1 : 0;
}

/// @throws argument_error for any other name
[[nodiscard]] inline row_update_kind parse_row_update_kind(std::string_view name) {
  for (const row_update_kind kind : row_update_kinds)
    if (name == name_of(kind)) return kind;
  detail::throw_error<argument_error>(
      "row updates: expected lazy-adam, rowwise-adagrad or sgd, got ", detail::shown(name));
}

/// Adagrad's constants.
struct rowwise_adagrad {
  double first = 0;       ///< what the number of every row begins with, >= 0 and finite
  double epsilon = 1e-8;  ///< added to its root, > 0 and finite

  friend bool operator==(const rowwise_adagrad&, const rowwise_adagrad&) = default;
};

/// One way to update rows, with its settings. With rate e (times `rate_factor`), gradient g of a
/// row, t the number of the step from 1, and n the numbers of the row that learn:
///
/// - lazy Adam: m and v of the row as Adam has them, w -= e sqrt(1 - b2^t) / (1 - b1^t) * m /
///   (sqrt(v) + epsilon sqrt(1 - b2^t)). Where every step names every row this is Adam, the same
///   bytes. It differs in what steps do that do not name a row: Adam's moments fade in them and the
///   row goes on moving by what is left of m; here moments and row stay as they are. The correction
///   of the bias goes by t, the number of all steps, as PyTorch's SparseAdam has it, not by how
///   often the row was named: a row that is named late for the first time begins with a step of
///   (1 - b1) / sqrt(1 - b2) = 3.2 rates. (SparseAdam adds epsilon before the correction.)
/// - row-wise Adagrad: the row's number s += (sum of g^2) / n, then w -= e g / (sqrt(s) + epsilon).
///   Source: Duchi, Hazan and Singer, "Adaptive subgradient methods", JMLR 12, 2011; with one
///   number a row as large recommenders train: Mudigere et al., "Software-hardware co-design for
///   fast and scalable training of deep learning recommendation models", ISCA 2022.
/// - SGD: w -= e g.
struct row_update_options {
  row_update_kind kind = row_update_kind::lazy_adam;
  ciess::adam adam{};                ///< of `row_update_kind::lazy_adam`
  ciess::rowwise_adagrad adagrad{};  ///< of `row_update_kind::rowwise_adagrad`
  /// The rate of rows is that of the step times this, > 0: where other numbers learn beside them by
  /// Adam, whose good rates are far from those of SGD.
  double rate_factor = 1;

  /// See `field_visitor::same`: the kind, and the settings of that.
  template <class F>
  void visit(F& f) const {
    f.same("kind", name_of(kind));
    f.same("rate_factor", rate_factor);
    if (kind == row_update_kind::lazy_adam) {
      f.same("beta1", adam.beta1);
      f.same("beta2", adam.beta2);
      f.same("epsilon", adam.epsilon);
    }
    if (kind == row_update_kind::rowwise_adagrad) {
      f.same("first", adagrad.first);
      f.same("epsilon", adagrad.epsilon);
    }
  }

  /// @throws argument_error if there is no such kind, a number is out of range, or a kind is told
  ///         what it does not have
  void check(const char* who) const {
    if (name_of(kind).empty())
      detail::throw_error<argument_error>(who, ": no row update has the number ",
                                          static_cast<int>(kind));
    if (kind != row_update_kind::lazy_adam && adam != ciess::adam{})
      detail::throw_error<argument_error>(
          who, ": there are constants of Adam, but rows are updated by ", name_of(kind));
    if (kind != row_update_kind::rowwise_adagrad && adagrad != ciess::rowwise_adagrad{})
      detail::throw_error<argument_error>(
          who, ": there are constants of Adagrad, but rows are updated by ", name_of(kind));
    for (const double beta : {adam.beta1, adam.beta2})
      if (!(beta >= 0 && beta < 1))
        detail::throw_error<argument_error>(who, ": Adam's betas must be in [0, 1), got ", beta);
    for (const double epsilon : {adam.epsilon, adagrad.epsilon})
      if (!(epsilon > 0 && std::isfinite(epsilon)))
        detail::throw_error<argument_error>(who, ": epsilon must be > 0 and finite, got ", epsilon);
    if (!(rate_factor > 0 && std::isfinite(rate_factor)))
      detail::throw_error<argument_error>(who, ": factor of the rows' rate must be > 0, got ",
                                          rate_factor);
    if (!(adagrad.first >= 0 && std::isfinite(adagrad.first)))
      detail::throw_error<argument_error>(who, ": Adagrad must begin with a number >= 0, got ",
                                          adagrad.first);
  }

  friend bool operator==(const row_update_options&, const row_update_options&) = default;
};

}  // namespace ciess
