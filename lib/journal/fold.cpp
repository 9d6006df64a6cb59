// Folding: the lines of an ended writer's own file are appended to the shared file as they are, synced, and
// only then is the file removed. A crash between leaves both, which readers count once; the next fold sees by
// writer and number what is in the shared file already and appends only the rest. A file with damage stays:
// its bytes are the only witness of what is missing.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "descriptor.hpp"
#include "sbraid/journal/journal.hpp"
#include "sbraid/journal/lock_trust.hpp"
#include "state_file.hpp"

namespace sbraid {
namespace {

using Names = std::set<std::pair<std::string, std::uint64_t>>;

void add_names(const Decoded& decoded, Names& names) {
    for (const Record& record : decoded.records) names.emplace(record.writer, record.number);
    for (const Origin& origin : decoded.unknown_from) names.emplace(origin.writer, origin.number);
}

struct OwnFile {
    std::string name;
    std::size_t size = 0;
};

/// Appends to `lines` those of an own file that the shared file lacks. False when it is to stay as it is.
bool take_lines(std::string_view bytes, Names& known, std::string& lines) {
    if (!decode(bytes, "").damage.empty()) return false;
    while (!bytes.empty()) {
        const std::size_t end = std::min(bytes.find('\n'), bytes.size());
        const std::string_view line = bytes.substr(0, end);
        bytes.remove_prefix(std::min(end + 1, bytes.size()));
        Names in_line;
        add_names(decode(line, ""), in_line);
        bool is_new = false;
        for (const auto& name : in_line) is_new = known.insert(name).second || is_new;
        if (is_new) lines.append(line).append("\n");
    }
    return true;
}

}  // namespace

Result<void> fold(const std::string& run_dir, const std::vector<std::string>& ended_writers,
                  std::chrono::milliseconds budget) {
    if (ended_writers.empty() || lock_trust(run_dir) == LockTrust::lying) return {};
    const auto directory = open_directory(run_dir, false);
    if (!directory) return Unexpected{directory.error()};
    if (!is_ours(directory->get()))
        return Unexpected{Error{ErrorKind::failed, run_dir + " belongs to another user"}};
    const Descriptor own_dir{
        ::openat(directory->get(), k_own_files, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!own_dir)
        return errno == ENOENT ? Result<void>{} : cannot("open", run_dir + "/" + k_own_files, errno);

    int error = 0;
    std::string bytes;
    Names known;
    if (const Descriptor shared = open_regular(directory->get(), k_shared_file, O_RDONLY, error); shared) {
        if (error = read_all(shared.get(), bytes); error != 0)
            return cannot("read", run_dir + "/state.jsonl", error);
        add_names(decode(bytes, ""), known);
    }

    std::string lines;
    std::vector<OwnFile> taken;
    for (const std::string& writer : ended_writers) {
        if (writer.empty() || writer.find('/') != std::string::npos) continue;
        const std::string name = writer + ".jsonl";
        const Descriptor file = open_regular(own_dir.get(), name, O_RDONLY, error);
        if (!file || read_all(file.get(), bytes) != 0) continue;  // read_state() tells why
        if (take_lines(bytes, known, lines)) taken.push_back({name, bytes.size()});
    }
    if (!lines.empty()) {
        StateFile shared{directory->get(), k_shared_file};
        error = shared.append_locked(lines, budget);
        if (error == 0) error = shared.sync();
        if (error != 0) return cannot("fold the records of state.d into", run_dir + "/state.jsonl", error);
    }
    for (const OwnFile& file : taken) {
        struct stat about {};
        const bool is_same = ::fstatat(own_dir.get(), file.name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0 &&
                             static_cast<std::size_t>(about.st_size) == file.size;
        // Somebody wrote after all: his file stays, and the next fold takes the rest.
        if (is_same && ::unlinkat(own_dir.get(), file.name.c_str(), 0) != 0 && errno != ENOENT) {
            return cannot("remove", run_dir + "/" + k_own_files + "/" + file.name, errno);
        }
    }
    return {};
}

std::vector<std::string> own_file_writers(const std::string& run_dir) {
    constexpr std::string_view k_ending = ".jsonl";
    std::vector<std::string> writers;
    std::error_code error;
    std::filesystem::directory_iterator it(std::filesystem::path(run_dir) / k_own_files, error);
    for (const std::filesystem::directory_iterator end; !error && it != end; it.increment(error)) {
        std::string name = it->path().filename().string();
        if (!name.ends_with(k_ending)) continue;
        name.resize(name.size() - k_ending.size());
        writers.push_back(std::move(name));
    }
    std::sort(writers.begin(), writers.end());
    return writers;
}

}  // namespace sbraid
