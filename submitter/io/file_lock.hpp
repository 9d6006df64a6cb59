#pragma once

#include <chrono>
#include <string>

#include "io/unique_fd.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

/// flock(2) on a file of the user's, which is neither read nor changed. Free again when the object is gone or
/// the process is dead; no child inherits it.
class FileLock {
  public:
    /// Waits for at most `timeout`; then an error of kind failed. Where the file cannot be locked at all (a
    /// file system without locks, NFS and a file that we may not write to) there is no error and nothing
    /// held.
    [[nodiscard]] static Result<FileLock> acquire(const std::string& path, std::chrono::milliseconds timeout);

    [[nodiscard]] bool held() const { return static_cast<bool>(fd_); }

  private:
    explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

}  // namespace sbraid
