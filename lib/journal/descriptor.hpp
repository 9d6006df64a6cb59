#pragma once

#include <string>
#include <string_view>

#include "sbraid/result.hpp"

namespace sbraid {

/// Owns a file descriptor; closed at the end. -1: none.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = other.release();
        }
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { reset(); }

    [[nodiscard]] int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    void reset();
    int release();

  private:
    int fd_ = -1;
};

/// "cannot DO PATH: the system's words for `error`"
[[nodiscard]] Unexpected cannot(std::string_view doing, std::string_view path, int error);

/// Opens a directory to work below it. Its last name may be a link only when `follow`.
[[nodiscard]] Result<Descriptor> open_directory(const std::string& path, bool follow);

/// Whether what is open is ours: owned by the effective user, or by nobody we could name (a server that maps
/// owners it does not know to the overflow uid says nothing about who made it).
[[nodiscard]] bool is_ours(int fd);

/// Opens a regular file below `directory`; 0 or errno in `error`. Never follows a link and never waits (a
/// FIFO in its place is ELOOP-like trouble, reported as EINVAL).
[[nodiscard]] Descriptor open_regular(int directory, const std::string& name, int flags, int& error);

/// All of the bytes, continuing after short writes; 0 or errno.
[[nodiscard]] int write_all(int fd, std::string_view bytes);

/// Everything from the start of the file; 0 or errno.
[[nodiscard]] int read_all(int fd, std::string& bytes);

/// Whether the last byte is something else than a newline: somebody was torn off there.
[[nodiscard]] bool has_torn_tail(int fd);

}  // namespace sbraid
