#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sbraid {

/// Whether a lock taken on one host is seen on the others.
enum class LockTrust {
    coherent,  ///< known to hold between hosts (or the file system is of this host alone)
    unknown,   ///< a file system that we know nothing of, or that hides how it is mounted
    lying      ///< locks succeed and mean nothing to other hosts, or do not exist
};

/// For the file system that holds `path`. Two or three system calls; reads /proc/self/mountinfo only for file
/// systems whose mount options decide. unknown when it cannot be asked.
[[nodiscard]] LockTrust lock_trust(const std::string& path);

/// The judgement alone: statfs(2)'s f_type and the file system's own mount options ("rw,vers=3,nolock").
[[nodiscard]] LockTrust judge_locks(std::uint64_t file_system_type, std::string_view options);

/// The file system's own mount options (the last field) in the line of mountinfo for that mount id; empty
/// when there is none.
[[nodiscard]] std::string_view mount_options(std::string_view mountinfo, std::uint64_t mount_id);

}  // namespace sbraid
