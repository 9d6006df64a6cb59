#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sbraid/array_spec.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

/// The combinations of a task's `matrix`, each an index of one Slurm array: the product of all values, the
/// last key varying fastest, numbered from 0; then the rows of `include`. What `exclude` takes away leaves a
/// hole in the numbers, so that an index says its values by arithmetic. Costs as much memory as the file
/// writes values, however many combinations there are; copies share it, because nothing changes it.
class Matrix {
  public:
    struct Axis {
        std::string key;
        std::vector<std::string> values;  ///< different from each other, as written
        friend bool operator==(const Axis&, const Axis&) = default;
    };
    /// One value for each axis.
    using Row = std::vector<std::string>;
    /// Some keys, each with a value.
    using Selection = std::vector<std::pair<std::string, std::string>>;

    /// `axes` is not empty, and no axis is. `excluded`: sorted indexes of the product.
    Matrix(std::vector<Axis> axes, std::vector<std::uint32_t> excluded, std::vector<Row> included);

    [[nodiscard]] const std::vector<Axis>& axes() const { return parts_->axes; }
    [[nodiscard]] const std::vector<std::uint32_t>& excluded() const { return parts_->excluded; }
    [[nodiscard]] const std::vector<Row>& included() const { return parts_->included; }
    [[nodiscard]] std::uint32_t product() const { return parts_->product; }

    /// Every index that is a combination.
    [[nodiscard]] ArraySpec indexes() const;
    /// `index` must be one of indexes().
    [[nodiscard]] const std::string& value(std::uint32_t index, std::size_t axis) const;
    /// `lr=1e-4,seed=1`
    [[nodiscard]] std::string label(std::uint32_t index) const;
    /// The combinations that have all these values, ascending. Error: a key that is none, a value that none
    /// has, or no combination.
    [[nodiscard]] Result<std::vector<std::uint32_t>> select(const Selection& selection) const;

    friend bool operator==(const Matrix& a, const Matrix& b) {
        return a.parts_ == b.parts_ || *a.parts_ == *b.parts_;
    }

  private:
    struct Parts {
        std::vector<Axis> axes;
        std::vector<std::uint32_t> excluded;
        std::vector<Row> included;
        std::uint32_t product = 1;
        friend bool operator==(const Parts&, const Parts&) = default;
    };
    [[nodiscard]] std::optional<std::size_t> axis_of(std::string_view key) const;

    std::shared_ptr<const Parts> parts_;
};

/// How many combinations the axes have; nullopt beyond the largest array of Slurm (4,000,001).
[[nodiscard]] std::optional<std::uint32_t> product_of(const std::vector<Matrix::Axis>& axes);

/// `lr=1e-4,seed=1`: keys with values. Error: what is wrong, as a sentence.
[[nodiscard]] Result<Matrix::Selection> parse_selection(std::string_view text);

}  // namespace sbraid
