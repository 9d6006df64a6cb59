#pragma once

#include <string>
#include <string_view>

namespace sbraid {

/// The file system that a path lies on, by mountinfo(5).
struct FileSystem {
    std::string type;  ///< "ext4", "nfs4"; empty: not known
    std::string mount_point;
};

/// `mountinfo` is the text of /proc/self/mountinfo, `path` absolute and without symbolic links. The longest
/// mount point that is a prefix counts; of equal ones the last, which hides those before it.
[[nodiscard]] FileSystem find_file_system(std::string_view mountinfo, std::string_view path);

/// A network or cluster file system: other hosts can see it.
[[nodiscard]] bool is_shared_type(std::string_view type);

}  // namespace sbraid
