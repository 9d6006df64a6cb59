// Making things durable: a new name is on disk only when the directory that holds it has been synced too (on
// ext4 it may otherwise vanish), and so on upwards for directories that are new themselves.

#include "sbraid/journal/run_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "descriptor.hpp"

namespace sbraid {
namespace {

namespace fs = std::filesystem;
constexpr mode_t k_directory_mode = 0755;
constexpr mode_t k_rights = 0777;

Result<void> sync_directory(const fs::path& path) {
    const auto directory = open_directory(path.string(), true);
    if (!directory) return Unexpected{directory.error()};
    // Some network file systems cannot sync a directory and say so; they order such things themselves.
    if (::fsync(directory->get()) != 0 && errno != EINVAL && errno != EROFS) {
        return cannot("sync", path.string(), errno);
    }
    return {};
}

fs::path parent_of(const fs::path& path) {
    const fs::path parent = path.parent_path();
    return parent.empty() ? fs::path{"."} : parent;
}

/// One directory, durable; no error when it is there and `may_exist`.
Result<void> make_directory(const fs::path& path, bool may_exist, mode_t mode = k_directory_mode) {
    if (::mkdir(path.c_str(), mode) != 0) {
        if (errno == EEXIST && may_exist) return {};
        return cannot("make the directory", path.string(), errno);
    }
    return sync_directory(parent_of(path));
}

Result<void> make_parents(const fs::path& path) {
    fs::path so_far;
    for (const fs::path& part : parent_of(path)) {
        so_far /= part;
        std::error_code ignored;  // what cannot be looked at is tried to be made, which says why not
        if (fs::is_directory(so_far, ignored)) continue;
        if (auto made = make_directory(so_far, true); !made) return made;
    }
    return {};
}

/// The directory's mode that lets in only those who may read each of the files `like`; the usual one when
/// there is none.
mode_t mode_like(const std::vector<std::string>& like) {
    mode_t mode = k_directory_mode;
    for (const std::string& file : like) {
        struct stat about {};
        if (::stat(file.c_str(), &about) != 0) continue;
        if ((about.st_mode & S_IRGRP) == 0) mode &= ~static_cast<mode_t>(S_IRWXG);
        if ((about.st_mode & S_IROTH) == 0) mode &= ~static_cast<mode_t>(S_IRWXO);
    }
    return mode;
}

/// What the directory does not give, a file in it does not give either.
mode_t rights_of(const fs::path& directory) {
    struct stat about {};
    return ::stat(directory.c_str(), &about) == 0 ? about.st_mode & k_rights : k_rights;
}

}  // namespace

Result<void> create_run_dir(const std::string& run_dir, const std::vector<std::string>& like) {
    const fs::path path = fs::path{run_dir}.lexically_normal();
    if (auto made = make_parents(path); !made) return made;
    const mode_t mode = mode_like(like);
    if (auto made = make_directory(path, false, mode); !made) return made;
    for (const char* name : {"scripts", "state.d", "series", "logs"}) {
        if (auto made = make_directory(path / name, false, mode); !made) return made;
    }
    return {};
}

Result<void> write_durably(const std::string& path, std::string_view text, bool executable) {
    const fs::path target{path};
    const std::string temporary =
        (parent_of(target) / fmt::format(".{}.{}.tmp", target.filename().string(), ::getpid())).string();
    ::unlink(temporary.c_str());  // of an earlier process that had our number
    const mode_t mode = (executable ? 0755 : 0644) & rights_of(parent_of(target));
    Descriptor file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)};
    if (!file) return cannot("write", path, errno);
    int error = write_all(file.get(), text);
    if (error == 0 && ::fsync(file.get()) != 0) error = errno;
    // NFS may tell of a full disk only here.
    if (::close(file.release()) != 0 && error == 0) error = errno;
    if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
    if (error != 0) {
        ::unlink(temporary.c_str());
        return cannot("write", path, error);
    }
    return sync_directory(parent_of(target));
}

}  // namespace sbraid
