#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "sbraid/record.hpp"
#include "sbraid/result.hpp"

// The state file on disk: <run>/state.jsonl and <run>/state.d/. Used by the submitter and by the plugin's
// writer through this same code. Every function runs as the user who calls; none follows a symbolic link at
// the files it opens.

namespace sbraid {

/// Where a record went.
enum class Stored { shared, own_file };

/// One writer of a run's state. Not thread-safe. Numbers its records 1, 2, 3... without a gap.
class Journal {
  public:
    struct Options {
        std::string run_dir;
        std::string writer;          ///< unique; becomes the name of the own file in state.d/
        bool own_file_only = false;  ///< never touch the shared file (many nodes, lying locks)
        std::chrono::milliseconds lock_budget{2000};  ///< then the record goes to the own file
    };
    /// Opens lazily: fails only when the run directory is not there or is not ours (another user's, a
    /// symlink).
    [[nodiscard]] static Result<Journal> open(Options options);

    Journal(Journal&&) noexcept;
    Journal& operator=(Journal&&) noexcept;
    ~Journal();

    /// Under an OFD lock: heal a torn tail, append with one write. Falls back to the own file in state.d/
    /// whatever goes wrong; an error only when that fails too (nothing was stored then, or a torn tail that
    /// readers skip).
    Result<Stored> append(const Event& event, Timestamp now);
    /// fsync of all that was appended since the last call.
    Result<void> sync();

  private:
    struct Impl;
    explicit Journal(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Reads state.jsonl and every file of state.d/, merged. Missing files are empty; damage is reported inside.
[[nodiscard]] Result<Decoded> read_state(const std::string& run_dir);

/// Appends what the files of state.d/ hold to state.jsonl and removes them. Only for writers that are known
/// to have ended.
Result<void> fold(const std::string& run_dir, const std::vector<std::string>& ended_writers);

}  // namespace sbraid
