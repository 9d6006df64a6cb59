// One file a step, 0600 in a folder of 0700 that must be ours. When the node's spool is full, the oldest
// files go; when a job has written its share, nothing more of it is taken. Others write at the same time, so
// what is there is counted again every 64 KiB.
#include "collect/spool.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <tuple>

#include "collect/worker.hpp"

namespace sbraid::collect {
namespace {

// As a JSON string; the path is the user's word.
std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += fmt::format("\\u{:04x}", byte);
        } else {
            out += c;
        }
    }
    return out + '"';
}

Fd open_folder(const std::string& path) {
    mkdir(path.c_str(), 0700);
    Fd folder(open(path.c_str(), O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!folder || fstat(folder.get(), &status) != 0 || status.st_uid != geteuid() ||
        (status.st_mode & 0077) != 0)
        return {};
    return folder;
}

std::vector<SpoolFile> list(int folder) {
    std::vector<SpoolFile> files;
    const int copy = openat(folder, ".", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(copy >= 0 ? fdopendir(copy) : nullptr, closedir);
    if (!stream) return files;
    while (const dirent* const entry = readdir(stream.get())) {
        struct stat status {};
        if (fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
            continue;
        files.push_back({entry->d_name, static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec});
    }
    return files;
}

class Spool {
  public:
    explicit Spool(const Step& step) : step_(step) {}

    bool store(const std::string& record) {
        if (!file_ || written_ - counted_ >= k_spool_between_counts) {
            if (!count() || (!file_ && !open_file())) return false;
        }
        if (written_ + record.size() > k_most_spool_of_job) return false;
        if (!append(record)) return false;
        written_ += record.size();
        return true;
    }

  private:
    // All of it or, on a full disk, nothing: the next record must not be glued to a piece of this one.
    bool append(const std::string& text) {
        struct stat before {};
        if (fstat(file_.get(), &before) != 0) return false;
        if (write(file_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) return true;
        std::ignore = ftruncate(file_.get(), before.st_size);
        return false;
    }

    // Removes what is too much in the folder, and counts what is there of the job.
    bool count() {
        folder_ = open_folder(step_.spool.empty() ? k_default_spool : step_.spool);
        if (!folder_) return false;
        for (const std::string& name :
             too_much(list(folder_.get()), k_most_spool_of_node - k_most_spool_of_job))
            unlinkat(folder_.get(), name.c_str(), 0);
        const std::string job = step_.name().substr(0, step_.name().find('.') + 1);
        counted_ = 0;
        for (const SpoolFile& file : list(folder_.get()))
            if (file.name.compare(0, job.size(), job) == 0) counted_ += file.bytes;
        written_ = counted_;
        struct stat status {};
        if (file_ && (fstat(file_.get(), &status) != 0 || status.st_nlink == 0)) file_.reset();
        return true;
    }

    bool open_file() {
        file_ = Fd(openat(folder_.get(), (step_.name() + ".jsonl").c_str(),
                          O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (file_ && !has_head()) file_.reset();
        return static_cast<bool>(file_);
    }

    // A file without its first line is of no use.
    bool has_head() {
        struct stat status {};
        if (fstat(file_.get(), &status) != 0) return false;
        if (status.st_size > 0) return true;
        return append(
            fmt::format("{{\"spool\":1,\"uid\":{},\"run_dir\":{}}}\n", step_.uid, quoted(step_.run_dir)));
    }

    const Step& step_;
    Fd folder_, file_;
    std::uint64_t counted_ = 0;  // of all steps of the job, at the last count
    std::uint64_t written_ = 0;  // that, and what we have written since
};

}  // namespace

std::vector<std::string> too_much(std::vector<SpoolFile> files, std::uint64_t most) {
    std::sort(files.begin(), files.end(), [](const SpoolFile& a, const SpoolFile& b) {
        return a.modified_s != b.modified_s ? a.modified_s < b.modified_s : a.name < b.name;
    });
    std::uint64_t sum = 0;
    for (const SpoolFile& file : files) sum += file.bytes;
    std::vector<std::string> names;
    for (const SpoolFile& file : files) {
        if (sum <= most) break;
        names.push_back(file.name);
        sum -= file.bytes;
    }
    return names;
}

void run_spool(int socket, const Step& step) {
    Spool spool(step);
    std::string piece;
    while (receive_bytes(socket, piece, true) == Received::packet)
        if (!send_waiting(socket, as_bytes(Ack{spool.store(piece)}))) _exit(1);
    _exit(0);
}

}  // namespace sbraid::collect
