#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "path_pattern.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

struct Output {
    TaskIndex task;
    const PlacedText* text;
    PathPattern pattern;

    /// It is one path, and not a folder.
    [[nodiscard]] bool is_file() const {
        return !pattern.literal().empty() && !pattern.literal().ends_with('/');
    }
};

/// What the tasks of a workflow write. They must outlive it. Paths that are one for all elements are looked
/// up by name; the others are compared one by one.
class Outputs {
  public:
    /// The task that writes the same file already: this output is not added then. nullopt: there is none.
    std::optional<TaskIndex> add(Output output);
    [[nodiscard]] bool empty() const { return all_.empty(); }
    /// Each is one path: no folder, no wildcard.
    [[nodiscard]] bool are_files() const { return others_.empty(); }
    /// Those that may write what `input` means, in no order.
    void each(const PathPattern& input, const std::function<void(const Output&)>& take) const;

  private:
    std::vector<Output> all_;
    std::unordered_map<std::string, std::size_t> files_;  // by path
    std::vector<std::size_t> others_;
};

}  // namespace sbraid
