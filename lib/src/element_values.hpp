#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sbraid/matrix.hpp"
#include "sbraid/plan.hpp"

namespace sbraid {

/// How a batch script comes by the values of its own element of a matrix: words and texts of the shell.
class ElementValues {
  public:
    /// The job must outlive it. Without a matrix every text stays as it is.
    explicit ElementValues(const PlannedJob& job);

    /// Lines that set SBRAID_PARAM_<KEY> for the element at hand; empty without a matrix.
    [[nodiscard]] std::string assignments() const;
    /// A word of the shell, quoted, the values in their places.
    [[nodiscard]] std::string word(std::string_view text) const;
    [[nodiscard]] std::string words(const std::vector<std::string>& texts) const;
    /// Lines that open `descriptor` with `text`, the values in their places.
    [[nodiscard]] std::string open(int descriptor, std::string_view text, std::string_view delimiter) const;

  private:
    struct Parameter {
        std::string mark;      ///< in texts of the Task
        std::string variable;  ///< SBRAID_PARAM_LR
        std::string shown;     ///< {{lr}}
    };
    [[nodiscard]] std::string included_rows() const;
    /// Values are not looked into again: what is replaced must be in none.
    [[nodiscard]] bool is_in_a_value(std::string_view text) const;

    const PlannedJob* job_;
    std::vector<Parameter> parameters_;
};

}  // namespace sbraid
