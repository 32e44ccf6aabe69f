// SPDX-License-Identifier: MIT
/// @file
/// Scalable cross-entropy (SCE): each example against the items that are near to it in some drawn
/// direction, for catalogues too large to be compared with whole.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/lease.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/nn/bpr.hpp>
#include <ciess/nn/detail/product.hpp>
#include <ciess/nn/detail/softmax_batch.hpp>
#include <ciess/nn/detail/softmax_kernel.hpp>
#include <ciess/nn/loss.hpp>
#include <ciess/nn/loss_options.hpp>

namespace ciess {

/// Buckets are drawn for each step: a direction is a sum of the batch's user vectors with normally
/// distributed weights; into its bucket go the examples and the items with the largest inner
/// products with it. Within a bucket an example has the cross-entropy of its positive against the
/// bucket's items; of several buckets it has the largest, whose items come nearest to all. The loss
/// is the mean over the examples that came into any bucket; the others do not learn in this step.
/// With one bucket of all examples and all items it is `full_softmax`.
///
/// What is in which bucket counts as given: slopes are those within buckets. The loss is no number
/// if a user of the batch, an item, or the product of one with a direction is not finite.
///
/// Cost of a step beside the products within buckets: 2 flops a bucket, item and column, and a
/// selection of each bucket's items. Buckets are filled as many at a time as a product takes
/// columns (16 of float with AVX2); by cosine each time all items are normalised anew. Memory:
/// buckets * (batch + candidates * columns) numbers, for each item as many as buckets are filled at
/// a time and 8 bytes more, for each candidate of a bucket 8 bytes, and for each thread at work 4
/// bytes an item (8 where a direction's nearest are not told by a sample). Source: Mezentsev et
/// al., "Scalable cross-entropy loss for sequential recommendations with large item catalogs",
/// RecSys 2024.
template <class T>
class scalable_softmax {
 public:
  using value_type = T;
  using options = scalable_softmax_options;
  using tables = typename bpr<T>::tables;
  using outputs = typename bpr<T>::outputs;

  /// @throws argument_error if an option is out of range
  scalable_softmax(const interactions& train, const options& o)
      : options_{checked(o, train.items())},
        candidates_{std::min<index_t>(o.candidates.value_or(256), train.items())},
        batch_{train, o.softmax, o.leave_out_known, 0} {}
  scalable_softmax(const interactions&&, const options&) = delete;

  /// See `vector_loss`.
  void begin(const triples& batch, const random_stream& stream, std::uint64_t number,
             named_rows& rows) {
    batch_.begin("scalable_softmax", batch, rows);
    rows.add_all(1);
    const auto n = static_cast<index_t>(batch.size());
    const auto usual = static_cast<index_t>(std::ceil(2 * std::sqrt(static_cast<double>(n))));
    buckets_ = n == 0 ? 0 : options_.buckets ? *options_.buckets : usual;
    examples_ = std::min<index_t>(n, options_.examples ? *options_.examples : usual);
    mix_.resize(static_cast<std::size_t>(buckets_ * n));
    parallel_chunks(buckets_, [&](index_t k) {
      auto engine = stream.at(number, static_cast<std::uint64_t>(k));
      T* const row = mix_.data() + k * n;
      for (index_t b = 0; b < n; b += 2) {
        const auto two = normal_pair<T>(engine);
        row[b] = two[0];
        if (b + 1 < n) row[b + 1] = two[1];
      }
    });
  }

  double operator()(const triples& batch, const tables& vectors, const outputs& slopes,
                    index_t columns) {
    batch_.ready("scalable_softmax", batch, vectors, slopes, columns);
    const index_t items = vectors[1]->rows();
    const bool ordered = fill_buckets(static_cast<index_t>(batch.size()), *vectors[1], columns);
    judge(batch, *vectors[1], columns);
    learn(batch, *vectors[1], columns);
    entries_.assign(items, bucket_items_);
    batch_.for_rows(items, [&](index_t i) {
      T* const to = slopes[1]->row(i).data();
      std::fill_n(to, columns, T{0});
      for (const auto entry : entries_[i]) {
        const T* const from = item_slopes_.data() + static_cast<index_t>(entry) * columns;
        for (index_t k = 0; k < columns; ++k) to[k] += from[k];
      }
    });
    const bool finite =
        batch_.finish(vectors, slopes, columns, [&](index_t i) { return !entries_[i].empty(); });
    if (!ordered || !finite) return std::numeric_limits<double>::quiet_NaN();
    double sum = 0;
    for (std::size_t b = 0; b < batch.size(); ++b)
      if (chosen_[b] >= 0) sum += loss_[b];
    return learning_ == 0 ? 0 : sum / static_cast<double>(learning_);
  }

  [[nodiscard]] index_t count(std::size_t table, index_t row) const noexcept {
    return batch_.count(table, row);
  }
  /// Examples of the last batch that came into a bucket.
  [[nodiscard]] index_t learning() const noexcept { return learning_; }

 private:
  static constexpr index_t rows_at_once = 256;

  static options checked(const options& o, index_t items) {
    o.softmax.check("scalable_softmax");
    for (const auto& [name, number] :
         {std::pair("buckets", o.buckets), std::pair("examples", o.examples)})
      if (number && *number < 1)
        detail::throw_error<argument_error>("scalable_softmax: ", name, " must be >= 1, got ",
                                            *number);
    if (o.candidates && (*o.candidates < 1 || *o.candidates > items))
      detail::throw_error<argument_error>("scalable_softmax: candidates must be in [1, ", items,
                                          "], the number of items, got ", *o.candidates);
    return o;
  }

  /// Memory of one bucket at work.
  struct work {
    detail::softmax_kernel<T> kernel{};
    typename detail::softmax_batch<T>::place_list places{};
    std::vector<row_id> rows{};
    std::vector<T> users{}, positives{}, items{}, slopes{};
  };
  using lease = typename lease_pool<work>::lease;

  static void fit(std::vector<T>& memory, index_t n) {
    if (std::ssize(memory) < n) memory.resize(static_cast<std::size_t>(n));
  }

  /// The positions of the `each` largest of `count` numbers are the first of `order`; of equal ones
  /// the first count. A sample gives a bound that few of them pass; if fewer do than are wanted,
  /// all are looked at.
  static void top(const T* x, index_t count, index_t each, std::vector<T>& sample,
                  std::vector<row_id>& order) {
    order.clear();
    const index_t n = std::min<index_t>(1024, count / 2);
    const index_t rank = 2 * each * n / std::max<index_t>(count, 1) + 8;
    if (rank < n) {
      fit(sample, n);
      for (index_t s = 0; s < n; ++s) sample[static_cast<std::size_t>(s)] = x[s * (count / n)];
      const auto bound = sample.begin() + rank;
      std::nth_element(sample.begin(), bound, sample.begin() + n, std::greater<>{});
      for (index_t r = 0; r < count; ++r)
        if (x[r] >= *bound) order.push_back(static_cast<row_id>(r));
    }
    if (std::ssize(order) < each) {
      order.resize(static_cast<std::size_t>(count));
      std::iota(order.begin(), order.end(), row_id{0});
    }
    std::ranges::nth_element(order, order.begin() + each, [x](row_id a, row_id b) {
      return x[a] != x[b] ? x[a] > x[b] : a < b;
    });
  }

  /// The `each` of `count` rows that have the largest inner products with each direction, rising.
  /// @param copy  callable (row, to): writes a row
  /// @returns whether all products are finite, that is, directions and rows are; what is no number
  ///          goes first
  template <class Copy>
  [[nodiscard]] bool nearest(index_t count, index_t each, index_t columns, const Copy& copy,
                             std::vector<row_id>& out) {
    out.resize(static_cast<std::size_t>(buckets_ * each));
    std::atomic<bool> finite = true;
    constexpr index_t together = detail::packed_factor<T>::width;
    for (index_t first = 0; first < buckets_; first += together) {
      const index_t n = std::min(together, buckets_ - first);
      fit(near_, n * count);
      parallel_for(count, rows_at_once, [&](index_t begin, index_t end) {
        const lease here(works_);
        fit(here->items, rows_at_once * columns);
        fit(here->slopes, rows_at_once * together);
        for (index_t r = begin; r < end; ++r) copy(r, here->items.data() + (r - begin) * columns);
        directions_.template multiply<false>(here->items.data(), end - begin, columns, 1,
                                             here->slopes.data(), n, first, first + n);
        const T* const products = here->slopes.data();
        int wrong = 0;  // counted, which goes several at a time
        for (index_t j = 0; j < (end - begin) * n; ++j)
          wrong += std::abs(products[j]) <= std::numeric_limits<T>::max() ? 0 : 1;
        for (index_t k = 0; k < n; ++k)
          for (index_t r = begin; r < end; ++r) {
            const T x = here->slopes[static_cast<std::size_t>((r - begin) * n + k)];
            near_[static_cast<std::size_t>(k * count + r)] =
                std::isnan(x) ? std::numeric_limits<T>::infinity() : x;
          }
        if (wrong > 0) finite.store(false, std::memory_order_relaxed);
      });
      parallel_chunks(n, [&](index_t k) {
        const lease here(works_);
        auto& order = here->rows;
        top(near_.data() + k * count, count, each, here->slopes, order);
        const auto to = out.begin() + (first + k) * each;
        std::copy_n(order.begin(), each, to);
        std::sort(to, to + each);
      });
    }
    return finite;
  }

  /// @returns false if a direction, a user of the batch or an item is not finite: which examples
  ///          and items are then near to a direction nobody can tell. A direction is a sum of all
  ///          users of the batch, so that one of them is enough.
  [[nodiscard]] bool fill_buckets(index_t n, const basic_matrix<T>& items, index_t columns) {
    users_.pack(batch_.users(), n, columns, columns, 1);
    fit(centres_, buckets_ * columns);
    users_.template multiply<false>(mix_.data(), buckets_, n, 1, centres_.data(), columns);
    directions_.pack(centres_.data(), columns, buckets_, 1, columns);
    const bool users = nearest(
        n, examples_, columns,
        [&](index_t r, T* to) { std::copy_n(batch_.users() + r * columns, columns, to); },
        bucket_examples_);
    const bool all = nearest(
        items.rows(), candidates_, columns,
        [&](index_t r, T* to) { batch_.copy_row(items.row(r).data(), columns, T{1}, to); },
        bucket_items_);
    return users && all;
  }

  [[nodiscard]] static std::span<const row_id> of(const std::vector<row_id>& list, index_t bucket,
                                                  index_t each) noexcept {
    return std::span(list).subspan(static_cast<std::size_t>(bucket * each),
                                   static_cast<std::size_t>(each));
  }

  /// Makes a bucket ready for those of its examples that are `here.rows`.
  detail::softmax_inputs<T> prepare(work& here, index_t bucket, const basic_matrix<T>& items,
                                    index_t columns) const {
    const auto list = of(bucket_items_, bucket, candidates_);
    here.places.assign(false, list, items.rows());
    const index_t n = std::ssize(here.rows);
    fit(here.users, n * columns);
    fit(here.positives, n * columns);
    fit(here.items, candidates_ * columns);
    for (index_t r = 0; r < n; ++r) {
      const index_t from = here.rows[static_cast<std::size_t>(r)] * columns;
      std::copy_n(batch_.users() + from, columns, here.users.data() + r * columns);
      std::copy_n(batch_.positives() + from, columns, here.positives.data() + r * columns);
    }
    for (index_t c = 0; c < candidates_; ++c)
      batch_.copy_row(items.row(list[static_cast<std::size_t>(c)]).data(), columns, T{1},
                      here.items.data() + c * columns);
    return {.examples = n,
            .candidates = candidates_,
            .columns = columns,
            .users = here.users.data(),
            .positives = here.positives.data(),
            .items = here.items.data(),
            .stride = columns};
  }

  [[nodiscard]] auto hidden_in(const work& here, const triples& batch) const {
    return [&here, &batch, this](index_t r, index_t first, index_t last, const auto& hide_one) {
      batch_.hide(batch, here.places, here.rows[static_cast<std::size_t>(r)], first, last,
                  hide_one);
    };
  }

  /// In which bucket each example loses most.
  void judge(const triples& batch, const basic_matrix<T>& items, index_t columns) {
    losses_.resize(static_cast<std::size_t>(buckets_ * examples_));
    parallel_chunks(buckets_, [&](index_t k) {
      const lease here(works_);
      const auto list = of(bucket_examples_, k, examples_);
      here->rows.assign(list.begin(), list.end());
      const auto in = prepare(*here, k, items, columns);
      const auto found = here->kernel.users(in, hidden_in(*here, batch), T{1}, nullptr);
      for (std::size_t r = 0; r < found.size(); ++r)
        losses_[static_cast<std::size_t>(k * examples_) + r] = found[r].loss;
    });
    chosen_.assign(batch.size(), -1);
    loss_.resize(batch.size());
    learning_ = 0;
    for (index_t k = 0; k < buckets_; ++k)
      for (index_t r = 0; r < examples_; ++r) {
        const auto entry = static_cast<std::size_t>(k * examples_ + r);
        const auto example = static_cast<std::size_t>(bucket_examples_[entry]);
        if (chosen_[example] < 0)
          ++learning_;
        else if (!(losses_[entry] > loss_[example] || std::isnan(losses_[entry])))
          continue;
        chosen_[example] = k;
        loss_[example] = losses_[entry];
      }
  }

  /// Slopes of each example within its bucket, and of the buckets' items.
  void learn(const triples& batch, const basic_matrix<T>& items, index_t columns) {
    const T share = T{1} / static_cast<T>(std::max<index_t>(learning_, 1));
    std::fill_n(batch_.user_slopes(), std::ssize(batch.users) * columns, T{0});
    std::fill_n(batch_.positive_slopes(), std::ssize(batch.users), T{0});
    fit(item_slopes_, buckets_ * candidates_ * columns);
    parallel_chunks(buckets_, [&](index_t k) {
      const lease here(works_);
      here->rows.clear();
      for (const row_id example : of(bucket_examples_, k, examples_))
        if (chosen_[static_cast<std::size_t>(example)] == k) here->rows.push_back(example);
      const auto in = prepare(*here, k, items, columns);
      fit(here->slopes, in.examples * columns);
      const auto hidden = hidden_in(*here, batch);
      const auto found = here->kernel.users(in, hidden, share, here->slopes.data());
      for (index_t r = 0; r < in.examples; ++r) {
        const index_t example = here->rows[static_cast<std::size_t>(r)];
        std::copy_n(here->slopes.data() + r * columns, columns,
                    batch_.user_slopes() + example * columns);
        batch_.positive_slopes()[example] = found[static_cast<std::size_t>(r)].slope;
      }
      here->kernel.items(in, hidden, item_slopes_.data() + k * candidates_ * columns, columns);
    });
  }

  options options_;
  index_t candidates_;
  detail::softmax_batch<T> batch_;
  index_t buckets_ = 0, examples_ = 0, learning_ = 0;
  std::vector<T> mix_;                   ///< [buckets, batch], weights of directions
  std::vector<T> centres_;               ///< [buckets, columns], directions
  detail::packed_factor<T> users_;       ///< the batch's, to be mixed
  detail::packed_factor<T> directions_;  ///< to be multiplied with
  std::vector<T> near_;                  ///< [some buckets, rows]
  std::vector<row_id> bucket_examples_;  ///< [buckets, examples]
  std::vector<row_id> bucket_items_;     ///< [buckets, candidates]
  std::vector<double> losses_;           ///< [buckets, examples]
  std::vector<index_t> chosen_;          ///< [batch], a bucket, or -1
  std::vector<double> loss_;             ///< [batch], there
  std::vector<T> item_slopes_;           ///< [buckets, candidates, columns]
  row_groups entries_;                   ///< places of an item in bucket_items_
  lease_pool<work> works_;
};

static_assert(vector_loss<scalable_softmax<float>>);

}  // namespace ciess
