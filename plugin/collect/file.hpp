// Small files of the kernel and descriptors, without iostream.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace sbraid::collect {

inline constexpr std::size_t k_most_proc = 16 << 10;
inline constexpr std::size_t k_most_mountinfo = 4 << 20;  // thousands of automounts have been seen

// A descriptor with an owner.
class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd() { reset(); }

    [[nodiscard]] int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    void reset();

  private:
    int fd_ = -1;
};

// At most `most` bytes of a file; empty when it cannot be read (errno says why) or is empty.
std::string read_whole(const std::string& path, std::size_t most);

// One write to an existing file. False when it did not take all.
bool write_once(const std::string& path, std::string_view text);

}  // namespace sbraid::collect
