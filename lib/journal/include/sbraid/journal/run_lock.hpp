#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "sbraid/result.hpp"

namespace sbraid {

/// The run lock: held by whoever submits jobs of a run, so that two never do at once. Not thread-safe. Gone
/// when the object is and no process that was given fd() lives any more, also after kill -9.
class RunLock {
  public:
    /// Makes state.jsonl when it is not there. On failure nothing is held; kind failed, with a hint, when
    /// somebody else holds it until `timeout` is over.
    [[nodiscard]] static Result<RunLock> acquire(const std::string& run_dir,
                                                 std::chrono::milliseconds timeout);

    RunLock(RunLock&&) noexcept;
    RunLock& operator=(RunLock&&) noexcept;
    ~RunLock();

    /// To be passed on to each sbatch (it is close-on-exec: posix_spawn_file_actions_adddup2(actions, fd, fd)
    /// clears that in the child), so that the lock stays taken while an answer is under way that nobody would
    /// read. The object keeps owning it.
    [[nodiscard]] int fd() const;
    /// False where locks do not exist or are known to mean nothing to other hosts: then nothing keeps a
    /// second submitter away, and the caller had better say so.
    [[nodiscard]] bool trusted() const;

  private:
    struct Impl;
    explicit RunLock(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Whether somebody is submitting jobs of this run right now. False when that cannot be told.
[[nodiscard]] bool is_run_locked(const std::string& run_dir);

}  // namespace sbraid
