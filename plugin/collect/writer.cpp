// Groups first, then gid, then uid, each for real, effective and saved, and looked at again; no_new_privs, so
// that nothing that is opened or run can give rights back. Pieces that wait together are synced together, but
// not so many that the supervisor must take the silence for a hang.
//
// A record that the journal cannot store anywhere in the run directory is answered with "not done"; the
// supervisor has another place for it. A line of the series that cannot be stored is let go: the records hold
// what matters.
#include "collect/writer.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <vector>

#include "collect/worker.hpp"
#include "sbraid/journal/journal.hpp"

namespace sbraid::collect {
namespace {

constexpr std::uint32_t k_most_nodes_for_locks = 16;
constexpr std::size_t k_most_in_a_group = 64;
constexpr std::chrono::seconds k_longest_group{1};

bool become_user(const Step& step) {
    if (geteuid() == 0) {
        if (setgroups(step.groups.size(), step.groups.data()) != 0 ||
            setresgid(step.gid, step.gid, step.gid) != 0 || setresuid(step.uid, step.uid, step.uid) != 0)
            return false;
    }
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // becoming the user has taken it back
    return getuid() == step.uid && geteuid() == step.uid;
}

// Opened at the first line, as <run>/series/<job>.<step>.<node>.jsonl, never through a symbolic link of that
// name.
class SeriesFile {
  public:
    explicit SeriesFile(const Step& step)
        : folder_(step.run_dir + "/series"), name_(step.name() + ".jsonl") {}

    void append(std::string_view line) {
        if (broken_) return;
        if (!file_) open_file();
        broken_ = !file_ || write(file_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size());
    }

  private:
    void open_file() {
        mkdir(folder_.c_str(), 0777);
        const Fd folder(open(folder_.c_str(), O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        if (!folder) return;
        file_ = Fd(openat(folder.get(), name_.c_str(),
                          O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666));
        struct stat status {};
        if (file_ && (fstat(file_.get(), &status) != 0 || !S_ISREG(status.st_mode))) file_.reset();
    }

    std::string folder_, name_;
    Fd file_;
    bool broken_ = false;
};

class Writer {
  public:
    Writer(const Step& step, const std::string& name) : step_(step), name_(name), series_(step) {}

    // True when the piece is stored, or is one that nobody should keep.
    bool store(std::string_view piece) {
        if (piece.front() == k_series_mark) {
            series_.append(piece.substr(1));
            return true;
        }
        open_journal();
        return journal_ && journal_->append_line(piece).has_value();
    }

    bool sync() { return !journal_ || journal_->sync().has_value(); }

  private:
    void open_journal() {
        if (journal_) return;
        const bool share = may_share_file(step_.nodes, lock_trust(step_.run_dir));
        auto journal = Journal::open({.run_dir = step_.run_dir, .writer = name_, .own_file_only = !share});
        if (journal) journal_.emplace(std::move(*journal));
    }

    const Step& step_;
    const std::string& name_;
    SeriesFile series_;
    std::optional<Journal> journal_;
};

}  // namespace

bool may_share_file(std::uint32_t nodes, LockTrust trust) {
    return nodes > 0 && nodes <= k_most_nodes_for_locks && trust == LockTrust::coherent;
}

void run_writer(int socket, const Step& step, const std::string& name) {
    if (!become_user(step)) _exit(1);
    umask(022);
    Writer writer(step, name);
    std::string piece;
    std::vector<bool> stored;
    while (receive_bytes(socket, piece, true) == Received::packet) {
        stored.clear();
        const auto limit = Clock::now() + k_longest_group;
        do {
            stored.push_back(writer.store(piece));
        } while (stored.size() < k_most_in_a_group && Clock::now() < limit &&
                 receive_bytes(socket, piece, false) == Received::packet);
        const bool synced = writer.sync();
        for (const bool done : stored)
            if (!send_waiting(socket, as_bytes(Ack{done && synced}))) _exit(1);
    }
    _exit(0);
}

}  // namespace sbraid::collect
