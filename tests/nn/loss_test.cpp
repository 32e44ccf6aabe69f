// SPDX-License-Identifier: MIT
#include <ciess/nn/loss.hpp>
// its own header first
#include <cmath>

#include "support/catch.hpp"
#include "support/loss_laws.hpp"

namespace {

/// The least that is a loss: half the squared distance of a user and the positive.
class distance_loss {
 public:
  using value_type = double;
  struct options {};
  distance_loss(const ciess::interactions& train, const options&)
      : counts_{std::vector<int>(static_cast<std::size_t>(train.users())),
                std::vector<int>(static_cast<std::size_t>(train.items()))} {}
  void begin(const ciess::triples& batch, const ciess::random_stream&, std::uint64_t,
             ciess::named_rows& rows) {
    ciess::detail::check_triples("distance", batch, std::ssize(counts_[0]), std::ssize(counts_[1]));
    for (auto& counts : counts_) std::ranges::fill(counts, 0);
    for (std::size_t b = 0; b < batch.size(); ++b) {
      rows.add(0, batch.users[b]);
      rows.add(1, batch.positives[b]);
      ++counts_[0][static_cast<std::size_t>(batch.users[b])];
      ++counts_[1][static_cast<std::size_t>(batch.positives[b])];
    }
  }
  double operator()(const ciess::triples& batch,
                    const std::array<const ciess::basic_matrix<double>*, 2>& vectors,
                    const std::array<ciess::basic_matrix<double>*, 2>& slopes,
                    ciess::index_t columns) {
    for (std::size_t t = 0; t < 2; ++t) {
      if (columns > vectors[t]->cols() || slopes[t]->cols() != vectors[t]->cols())
        throw ciess::argument_error("distance: shapes");
      slopes[t]->leftCols(columns).setZero();
    }
    double sum = 0;
    const double n = static_cast<double>(batch.size());
    for (std::size_t b = 0; b < batch.size(); ++b) {
      const Eigen::RowVectorXd apart = vectors[0]->row(batch.users[b]).head(columns) -
                                       vectors[1]->row(batch.positives[b]).head(columns);
      sum += apart.squaredNorm() / 2 / n;
      slopes[0]->row(batch.users[b]).head(columns) += apart / n;
      slopes[1]->row(batch.positives[b]).head(columns) -= apart / n;
    }
    return sum;
  }
  ciess::index_t count(std::size_t table, ciess::index_t row) const {
    return counts_[table][static_cast<std::size_t>(row)];
  }

 private:
  std::array<std::vector<int>, 2> counts_;
};
static_assert(ciess::vector_loss<distance_loss>);

// Near misses: one requirement less each.
struct without_options : distance_loss {
  using distance_loss::distance_loss;

 private:
  struct options {};
};
struct begins_nothing : distance_loss {
  using distance_loss::distance_loss;
  void begin(const ciess::triples&) {}
};
struct names_no_rows : distance_loss {
  using distance_loss::distance_loss;
  void begin(const ciess::triples&, const ciess::random_stream&, std::uint64_t) {}
};
struct hides_its_loss : distance_loss {
  using distance_loss::distance_loss;
  void operator()(const ciess::triples&, const std::array<const ciess::basic_matrix<double>*, 2>&,
                  const std::array<ciess::basic_matrix<double>*, 2>&, ciess::index_t) {}
};
struct of_float_tables : distance_loss {
  using distance_loss::distance_loss;
  using value_type = float;
};
struct counts_nothing : distance_loss {
  using distance_loss::distance_loss;
  void count(std::size_t, ciess::index_t) const {}
};
struct made_of_nothing : distance_loss {
  made_of_nothing() : distance_loss(ciess::interactions{}, {}) {}
};
struct not_copied : distance_loss {
  using distance_loss::distance_loss;
  not_copied(const not_copied&) = delete;
};
static_assert(!ciess::vector_loss<without_options> && !ciess::vector_loss<begins_nothing>);
static_assert(!ciess::vector_loss<names_no_rows> && !ciess::vector_loss<hides_its_loss>);
static_assert(!ciess::vector_loss<of_float_tables> && !ciess::vector_loss<counts_nothing>);
static_assert(!ciess::vector_loss<made_of_nothing> && !ciess::vector_loss<not_copied>);
static_assert(!ciess::vector_loss<int>);

}  // namespace

TEST_CASE("what is asked of a loss holds of the least that is one, and of BPR", "[nn][threads]") {
  support::check_loss<distance_loss>({});
  support::check_loss<ciess::bpr<double>>({});
}
