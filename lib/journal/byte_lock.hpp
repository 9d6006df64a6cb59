#pragma once

#include <sys/types.h>

#include <chrono>

namespace sbraid {

inline constexpr off_t k_append_byte = 0;            ///< held while a record is appended
inline constexpr off_t k_run_byte = off_t{1} << 40;  ///< held while a run is being submitted

enum class Locked { yes, busy, unsupported };

/// Takes a write lock of the open file description (F_OFD_SETLK) on one byte, trying again at random
/// intervals until `budget` has passed. Never waits in the kernel. Gone when the last descriptor of the
/// description is.
[[nodiscard]] Locked lock_byte(int fd, off_t byte, std::chrono::milliseconds budget);
void unlock_byte(int fd, off_t byte);
/// Whether anybody else holds it. False also where locks are not supported.
[[nodiscard]] bool is_byte_locked(int fd, off_t byte);

}  // namespace sbraid
