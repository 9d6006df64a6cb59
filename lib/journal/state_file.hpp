#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "descriptor.hpp"

namespace sbraid {

inline constexpr const char* k_shared_file = "state.jsonl";
inline constexpr const char* k_own_files = "state.d";

/// One file that records are appended to. Opened at the first append, and again when the server has forgotten
/// it.
class StateFile {
  public:
    /// `directory` must outlive this; `name` is a file in it.
    StateFile(int directory, std::string name) : directory_(directory), name_(std::move(name)) {}

    /// Whole lines, behind a newline when the file's tail is torn, with one write; 0 or errno.
    [[nodiscard]] int append(std::string_view lines);
    /// The same under the lock. EAGAIN: not had within the budget; ENOLCK: the file system has none.
    [[nodiscard]] int append_locked(std::string_view lines, std::chrono::milliseconds budget);
    /// What was appended since the last time, and the file's name, are on disk; 0 or errno.
    [[nodiscard]] int sync();

  private:
    [[nodiscard]] int open();
    [[nodiscard]] int append_once(std::string_view lines, const std::chrono::milliseconds* budget);

    int directory_;
    std::string name_;
    Descriptor file_;
    bool dirty_ = false;
    bool new_name_ = false;
};

}  // namespace sbraid
