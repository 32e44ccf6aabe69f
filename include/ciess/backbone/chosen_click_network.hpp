// SPDX-License-Identifier: MIT
/// @file
/// A click model whose kind is chosen at run time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <ciess/backbone/click_model.hpp>
#include <ciess/backbone/click_network.hpp>
#include <ciess/backbone/dcn.hpp>
#include <ciess/backbone/deep_fm.hpp>
#include <ciess/backbone/dlrm.hpp>
#include <ciess/backbone/fm.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>

namespace ciess {

/// The library's click networks.
enum class click_network_kind : std::uint8_t { fm_net, deep_fm_net, dcn_net, dlrm_net };

/// In the order of `click_network_kind`.
inline constexpr std::array<std::string_view, 4> click_network_names{"fm", "deepfm", "dcn", "dlrm"};

/// The name of a network, as `parse_click_network` takes it.
[[nodiscard]] constexpr std::string_view name_of(click_network_kind kind) noexcept {
  return click_network_names[static_cast<std::size_t>(kind)];
}

/// @throws argument_error if no network has that name
[[nodiscard]] inline click_network_kind parse_click_network(std::string_view name) {
  for (std::size_t k = 0; k < click_network_names.size(); ++k)
    if (click_network_names[k] == name) return static_cast<click_network_kind>(k);
  detail::throw_error<argument_error>("click network: expected fm, deepfm, dcn or dlrm, got ",
                                      name);
}

/// One of them: a `click_network` for programs that are told which, and are compiled once for all.
/// Computes what that network computes, by a choice for each block of impressions.
template <class T>
class chosen_click_network {
  using networks = std::variant<fm_network<T>, deep_fm_network<T>, dcn_network<T>, dlrm_network<T>>;
  template <std::size_t k>
  using network = std::variant_alternative_t<k, networks>;

 public:
  using value_type = T;
  struct options {
    click_network_kind kind = click_network_kind::deep_fm_net;
    typename fm_network<T>::options for_fm{};
    typename deep_fm_network<T>::options for_deep_fm{};
    typename dcn_network<T>::options for_dcn{};
    typename dlrm_network<T>::options for_dlrm{};

    /// Those of one network, which is then the chosen one.
    template <class Own>
    static options of(const Own& own) {
      static_assert(std::is_same_v<Own, options> ||
                        std::is_same_v<Own, typename fm_network<T>::options> ||
                        std::is_same_v<Own, typename deep_fm_network<T>::options> ||
                        std::is_same_v<Own, typename dcn_network<T>::options> ||
                        std::is_same_v<Own, typename dlrm_network<T>::options>,
                    "ciess: expected the options of one of the library's click networks");
      options all;
      const auto choose = [&](click_network_kind which, auto& mine) {
        if constexpr (std::is_same_v<Own, std::remove_reference_t<decltype(mine)>>) {
          all.kind = which;
          mine = own;
        }
      };
      choose(click_network_kind::fm_net, all.for_fm);
      choose(click_network_kind::deep_fm_net, all.for_deep_fm);
      choose(click_network_kind::dcn_net, all.for_dcn);
      choose(click_network_kind::dlrm_net, all.for_dlrm);
      if constexpr (std::is_same_v<Own, options>) all = own;
      return all;
    }
    /// Calls `f(chosen network's options)`.
    template <class F>
    decltype(auto) with(F&& f) const {
      switch (kind) {
        case click_network_kind::fm_net:
          return f(for_fm);
        case click_network_kind::deep_fm_net:
          return f(for_deep_fm);
        case click_network_kind::dcn_net:
          return f(for_dcn);
        case click_network_kind::dlrm_net:
          break;
      }
      return f(for_dlrm);
    }
    /// See `field_visitor::same`.
    template <class F>
    void visit(F& f) const {
      f.same("kind", name_of(kind));
      with([&](const auto& own) {
        if constexpr (requires { own.visit(f); }) own.visit(f);
      });
    }
  };
  using packed = std::variant<typename fm_network<T>::packed, typename deep_fm_network<T>::packed,
                              typename dcn_network<T>::packed, typename dlrm_network<T>::packed>;
  using tape = std::variant<typename fm_network<T>::tape, typename deep_fm_network<T>::tape,
                            typename dcn_network<T>::tape, typename dlrm_network<T>::tape>;

  [[nodiscard]] static bool first_order(const options& o) {
    return of_kind(o, []<class N>(const auto& own) { return N::first_order(own); });
  }
  [[nodiscard]] static bool features_are_rows(const options& o) {
    return of_kind(o, []<class N>(const auto& own) { return N::features_are_rows(own); });
  }

  chosen_click_network(const click_input& input, const options& o)
      : network_{of_kind(o, [&]<class N>(const auto& own) { return networks(N(input, own)); })} {}

  [[nodiscard]] std::vector<click_layer> layers() const {
    return std::visit([](const auto& n) { return n.layers(); }, network_);
  }
  void draw(std::span<T> parameters, const random_stream& stream) const {
    std::visit([&](const auto& n) { n.draw(parameters, stream); }, network_);
  }
  void pack(std::span<const T> parameters, packed& to, bool backward) const {
    with(to, [&](const auto& n, auto& own) { n.pack(parameters, own, backward); });
  }
  void forward(std::span<const T> parameters, const packed& by, const basic_matrix_view<T>& x,
               const basic_matrix_view<T>& numbers, const click_dropout* dropped, tape& memory,
               std::span<T> log_odds) const {
    with(memory, by, [&](const auto& n, auto& own, const auto& ready) {
      n.forward(parameters, ready, x, numbers, dropped, own, log_odds);
    });
  }
  void backward(std::span<const T> parameters, const packed& by, const basic_matrix_view<T>& x,
                const basic_matrix_view<T>& numbers, std::span<const T> slopes, tape& memory,
                std::span<T> gradient, basic_matrix_span<T> dx) const {
    with(memory, by, [&](const auto& n, auto& own, const auto& ready) {
      n.backward(parameters, ready, x, numbers, slopes, own, gradient, dx);
    });
  }

  void rotate(std::span<basic_masked_table<T>> tables, std::span<T> parameters) const {
    std::visit([&](const auto& n) { n.rotate(tables, parameters); }, network_);
  }
  /// A network that only orders columns has axes of its own for each table.
  [[nodiscard]] std::size_t axes_group(std::size_t table) const noexcept {
    return std::visit(
        [&](const auto& n) -> std::size_t {
          if constexpr (requires { n.axes_group(table); })
            return n.axes_group(table);
          else
            return table;
        },
        network_);
  }

 private:
  template <class F>
  static decltype(auto) of_kind(const options& o, F&& f) {
    switch (o.kind) {
      case click_network_kind::fm_net:
        return f.template operator()<fm_network<T>>(o.for_fm);
      case click_network_kind::deep_fm_net:
        return f.template operator()<deep_fm_network<T>>(o.for_deep_fm);
      case click_network_kind::dcn_net:
        return f.template operator()<dcn_network<T>>(o.for_dcn);
      case click_network_kind::dlrm_net:
        break;
    }
    return f.template operator()<dlrm_network<T>>(o.for_dlrm);
  }

  /// The alternative of `of` that belongs to the network; makes it if there is another.
  template <std::size_t k, class Variant>
  static auto& own(Variant& of) {
    if (of.index() != k) of.template emplace<k>();
    return *std::get_if<k>(&of);
  }
  template <std::size_t k = 0, class F>
  void with(packed& to, F&& f) const {
    if constexpr (k < std::variant_size_v<networks>) {
      if (const auto* n = std::get_if<k>(&network_))
        f(*n, own<k>(to));
      else
        with<k + 1>(to, f);
    }
  }
  /// @pre `pack` has packed
  template <std::size_t k = 0, class F>
  void with(tape& memory, const packed& by, F&& f) const {
    if constexpr (k < std::variant_size_v<networks>) {
      if (const auto* n = std::get_if<k>(&network_))
        f(*n, own<k>(memory), *std::get_if<k>(&by));
      else
        with<k + 1>(memory, by, f);
    }
  }

  networks network_;
};

/// A click model of whichever kind its options name.
template <class T>
using basic_chosen_click_model = basic_click_model<chosen_click_network<T>>;
using chosen_click_model = basic_chosen_click_model<float>;

}  // namespace ciess
