// Reading. state.d/ first and state.jsonl after it: fold() appends to the one before it removes from the
// other, so in this order a record that is moved meanwhile is seen in at least one of them (and merge() drops
// the second).

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "descriptor.hpp"
#include "sbraid/journal/journal.hpp"
#include "state_file.hpp"

namespace sbraid {
namespace {

Decoded unreadable(std::string name, int error) {
    Decoded nothing;
    nothing.damage.push_back(
        {std::move(name), 0, "cannot be read: " + std::system_category().message(error)});
    return nothing;
}

Decoded read_one(int directory, const std::string& name, const std::string& shown) {
    int error = 0;
    const Descriptor file = open_regular(directory, name, O_RDONLY, error);
    if (error == ENOENT) return {};
    std::string bytes;
    if (error == 0) error = read_all(file.get(), bytes);
    return error == 0 ? decode(bytes, shown) : unreadable(shown, error);
}

/// The names of the own files, sorted; takes the descriptor over.
std::vector<std::string> own_files(Descriptor directory) {
    std::vector<std::string> names;
    DIR* stream = ::fdopendir(directory.get());
    if (stream == nullptr) return names;
    directory.release();  // the stream's now
    while (const dirent* entry = ::readdir(stream)) {
        if (const std::string_view name{entry->d_name}; name.ends_with(".jsonl")) names.emplace_back(name);
    }
    ::closedir(stream);
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

Result<Decoded> read_state(const std::string& run_dir) {
    const auto directory = open_directory(run_dir, true);
    if (!directory) return Unexpected{directory.error()};
    std::vector<Decoded> files;
    files.emplace_back();  // the place of state.jsonl: read last, but first where records are there twice

    constexpr int k_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const Descriptor own_dir{::openat(directory->get(), k_own_files, k_flags)};
    if (!own_dir && errno != ENOENT) files.push_back(unreadable(k_own_files, errno));
    if (own_dir) {
        const std::string prefix = std::string{k_own_files} + "/";
        for (const std::string& name :
             own_files(Descriptor{::openat(directory->get(), k_own_files, k_flags)})) {
            files.push_back(read_one(own_dir.get(), name, prefix + name));
        }
    }
    files.front() = read_one(directory->get(), k_shared_file, k_shared_file);
    return merge(std::move(files));
}

}  // namespace sbraid
