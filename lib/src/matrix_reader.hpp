#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "composition.hpp"
#include "reader.hpp"
#include "sbraid/matrix.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// Reads `matrix = { lr = ["1e-4", "3e-4"], seed = [1, 2], exclude = [{…}], include = [{…}] }`. nullopt when
/// it is not right, which has been reported.
[[nodiscard]] std::optional<Matrix> read_matrix(Reader& reader, const Entry& entry);

/// The keys of the matrix in a task's table, right or wrong; empty: there is none.
[[nodiscard]] std::vector<std::string> matrix_keys(const Table& task);

/// The keys of each task's matrix, its own or that of the task which it follows by `aftercorr` (model_of()):
/// known before the tasks are read, because their texts name them in double braces.
class MatrixKeys {
  public:
    explicit MatrixKeys(const Composition& composition);
    /// Empty: the task has none. `task` is its full name. Valid as long as this.
    [[nodiscard]] const std::vector<std::string>& of(std::string_view task) const;

  private:
    std::map<std::string, std::vector<std::string>, std::less<>> keys_;
    std::map<std::string, std::string, std::less<>> follows_;
};

}  // namespace sbraid
