#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sbraid/result.hpp"

namespace sbraid {

/// The whole file. Errors: usage when it cannot be opened or is no regular file, failed when reading fails or
/// it is larger than `limit` bytes.
[[nodiscard]] Result<std::string> read_file(const std::string& path,
                                            std::size_t limit = std::size_t{1} << 30U);

/// The whole file. One that is there is an error of kind usage, or with `replace` is written anew.
Result<void> write_file(const std::string& path, const std::string& text, bool replace);

/// Absolute, with `.` and `..` taken out by name; need not exist.
[[nodiscard]] std::string absolute_path(const std::string& path);
[[nodiscard]] std::string directory_of(const std::string& path);

/// The paths that are there and that a glob of the shell matches; without wildcards, the path itself.
[[nodiscard]] std::vector<std::string> paths_matching(const std::string& glob);

/// mkdir -p. What exists already is no error.
Result<void> make_directories(const std::string& path);

/// 32 random bits of the kernel.
[[nodiscard]] std::uint32_t random_bits();
[[nodiscard]] std::string user_name();
[[nodiscard]] std::string host_name();
/// Of this executable; empty when it cannot be known.
[[nodiscard]] std::string executable_path();

}  // namespace sbraid
