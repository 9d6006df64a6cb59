#include "file_system.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace sbraid {

namespace {

constexpr std::array<std::string_view, 18> k_shared = {
    "nfs", "nfs4", "lustre", "gpfs",   "beegfs", "beegfs_nodev", "ceph",  "cifs",     "smb3",
    "9p",  "afs",  "panfs",  "wekafs", "gfs2",   "ocfs2",        "pvfs2", "orangefs", "virtiofs",
};
/// Names in `fuse.NAME` that are shared.
constexpr std::array<std::string_view, 6> k_shared_fuse = {"ceph",    "glusterfs", "sshfs",
                                                           "juicefs", "mfs",       "s3fs"};

std::vector<std::string_view> words(std::string_view line) {
    std::vector<std::string_view> result;
    while (!line.empty()) {
        const auto word = line.substr(0, line.find(' '));
        if (!word.empty()) result.push_back(word);
        line.remove_prefix(std::min(line.size(), word.size() + 1));
    }
    return result;
}

/// Spaces, tabs, newlines and backslashes stand as \ooo.
std::string unescaped(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size()) {
            result +=
                static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            result += text[i];
        }
    }
    return result;
}

bool lies_below(std::string_view path, std::string_view mount_point) {
    if (mount_point == "/") return true;
    return path.starts_with(mount_point) &&
           (path.size() == mount_point.size() || path[mount_point.size()] == '/');
}

}  // namespace

FileSystem find_file_system(std::string_view mountinfo, std::string_view path) {
    FileSystem best;
    while (!mountinfo.empty()) {
        const auto line = mountinfo.substr(0, mountinfo.find('\n'));
        mountinfo.remove_prefix(std::min(mountinfo.size(), line.size() + 1));
        const auto fields = words(line);
        const auto dash = std::find(fields.begin(), fields.end(), "-");
        if (fields.size() < 5 || dash == fields.end() || dash + 1 == fields.end()) continue;
        auto mount_point = unescaped(fields[4]);
        if (!lies_below(path, mount_point) || mount_point.size() < best.mount_point.size()) continue;
        best = {.type = std::string(*(dash + 1)), .mount_point = std::move(mount_point)};
    }
    return best;
}

bool is_shared_type(std::string_view type) {
    constexpr std::string_view k_fuse = "fuse.";
    if (type.starts_with(k_fuse)) {
        const auto name = type.substr(k_fuse.size());
        return std::find(k_shared_fuse.begin(), k_shared_fuse.end(), name) != k_shared_fuse.end();
    }
    return std::find(k_shared.begin(), k_shared.end(), type) != k_shared.end();
}

}  // namespace sbraid
