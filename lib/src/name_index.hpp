#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sbraid/workflow.hpp"

namespace sbraid {

/// The names of all tasks, for looking up edges. Holds views into the tasks: they must outlive it and not
/// change.
class NameIndex {
  public:
    explicit NameIndex(const std::vector<Task>& tasks);
    explicit NameIndex(std::vector<std::string_view> names);  ///< by TaskIndex; of two alike, the first

    [[nodiscard]] std::string_view name(TaskIndex task) const { return names_.at(task.value); }
    /// nullopt when there is no such task.
    [[nodiscard]] std::optional<TaskIndex> find(std::string_view name) const;
    /// The tasks that `pattern` matches, where `*` stands for any text, in file order. Valid as long as the
    /// index.
    [[nodiscard]] const std::vector<TaskIndex>& matches(std::string_view pattern);
    /// A hint for a name that is none.
    [[nodiscard]] std::string hint(std::string_view name);

  private:
    [[nodiscard]] std::vector<TaskIndex> search(std::string_view pattern);
    [[nodiscard]] std::size_t slot_of(std::string_view name) const;

    std::vector<std::string_view> names_;   // by TaskIndex
    std::vector<std::uint32_t> by_name_;    // sorted by name
    std::vector<std::string> backwards_;    // names spelled backwards; made when a pattern starts with `*`
    std::vector<std::uint32_t> by_ending_;  // sorted by backwards_
    std::vector<std::uint32_t> slots_;      // a hash table of TaskIndexes
    std::unordered_map<std::string, std::vector<TaskIndex>> found_;
    std::size_t compared_ = 0;  // names looked at for hints
};

/// `*` stands for any text, also none; everything else for itself.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view name);

}  // namespace sbraid
