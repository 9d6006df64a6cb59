#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/record.hpp"
#include "sbraid/result.hpp"

// The state file on disk: <run>/state.jsonl and <run>/state.d/. Used by the submitter and by the plugin's
// writer through this same code. Every function runs as the user who calls; none follows a symbolic link at
// the files it opens.

namespace sbraid {

/// Where a record went.
enum class Stored { shared, own_file };

/// One writer of a run's state. Not thread-safe. Numbers the records that it encodes 1, 2, 3... without a
/// gap.
class Journal {
  public:
    struct Options {
        std::string run_dir;
        /// Unique (lib/STATE.md has the names); becomes the name of the own file in state.d/. Characters
        /// other than letters, digits, `.`, `_` and `-` are replaced by `_`.
        std::string writer;
        bool own_file_only = false;  ///< never touch the shared file (many nodes, lying locks)
        std::chrono::milliseconds lock_budget{2000};  ///< then the record goes to the own file
    };
    /// Opens the directory; files only when there is something to append. Fails only when the run directory
    /// is not there or is not ours (another user's, a symlink), or `writer` is empty. Uses the own file alone
    /// where locks are known to lie (lock_trust.hpp).
    [[nodiscard]] static Result<Journal> open(Options options);

    Journal(Journal&&) noexcept;
    Journal& operator=(Journal&&) noexcept;
    ~Journal();

    /// Under an OFD lock: heal a torn tail, append with one write. Falls back to the own file in state.d/
    /// whatever goes wrong; an error only when that fails too (nothing was stored then, or a torn tail that
    /// readers skip). The number is used up all the same: readers report the gap. A run directory that the
    /// file server has forgotten is opened again by its path.
    Result<Stored> append(const Event& event, Timestamp now);
    /// The same for a record that somebody else has numbered and encoded under this writer's name: it is
    /// stored as it is, so a process may repeat what its predecessor has perhaps stored: readers take it
    /// once.
    Result<Stored> append_line(std::string_view line);
    /// fsync of all that was appended since the last call, and of the directory where a file is new.
    Result<void> sync();

    [[nodiscard]] const std::string& writer() const;  ///< as it stands in the records

  private:
    struct Impl;
    explicit Journal(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// `COMMAND.HOST.PID.6HEX`: the name of a submitter's process as a writer; `random` keeps processes with one
/// number apart.
[[nodiscard]] std::string command_writer(std::string_view command, std::uint32_t random);

/// Reads state.jsonl and every file of state.d/, merged. Missing files are empty; what cannot be read is
/// damage inside. An error only when the run directory itself cannot be opened; whose it is does not matter.
[[nodiscard]] Result<Decoded> read_state(const std::string& run_dir);

/// Appends what the own files of these writers hold to state.jsonl and removes them. Only for writers that
/// are known to have ended. A file with damage inside stays as it is. May be called again after a failure or
/// a crash at any point. Does nothing where locks lie. An error (kind failed) when the lock is not had within
/// `budget` or a write fails; no record is lost then.
Result<void> fold(const std::string& run_dir, const std::vector<std::string>& ended_writers,
                  std::chrono::milliseconds budget = std::chrono::milliseconds{2000});

/// The writers that have an own file in state.d/, sorted; empty also when it cannot be read.
[[nodiscard]] std::vector<std::string> own_file_writers(const std::string& run_dir);

}  // namespace sbraid
