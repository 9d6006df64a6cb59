#include "io/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <tuple>

#include "io/clock.hpp"
#include "io/unique_fd.hpp"

// Children are started by posix_spawn, each in a process group of its own: Ctrl-C on the terminal reaches us
// alone, and we decide what becomes of an sbatch that is under way. Their stdin is a memory file, so that
// nothing has to be pumped and a child that does not read cannot hurt us by SIGPIPE. stdout and stderr are
// non-blocking pipes under one poll(). A child has ended when waitpid says so, not when its pipes close: a
// grandchild may keep them open. Nothing here waits for a child that does not end: from its deadline on it
// goes through the stages below.

namespace sbraid {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds k_grace{2000};  ///< between two stages

enum class Stage { runs, told_to_end, killed, left };

struct Child {
    std::size_t index = 0;
    pid_t pid = -1;
    UniqueFd out, err;
    Stage stage = Stage::runs;
    SteadyClock::time_point deadline;  ///< of the stage
    std::chrono::milliseconds last_words{};
    std::optional<SteadyClock::time_point> silent_from;
    std::function<void()> on_silence;
    std::size_t max_output = 0;
    ProcessResult result;
};

UniqueFd memory_file(const std::string& content) {
    UniqueFd fd(::memfd_create("sbraid-stdin", MFD_CLOEXEC));
    if (!fd) return fd;
    std::size_t written = 0;
    while (written < content.size()) {
        const auto count = ::write(fd.get(), content.data() + written, content.size() - written);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return UniqueFd{};
        written += static_cast<std::size_t>(count);
    }
    if (::lseek(fd.get(), 0, SEEK_SET) != 0) return UniqueFd{};
    return fd;
}

struct Pipe {
    UniqueFd read_end, write_end;
};

/// Only our end is non-blocking: the child's stdout must behave as usual.
std::optional<Pipe> make_pipe() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) return std::nullopt;
    Pipe result{.read_end = UniqueFd(fds[0]), .write_end = UniqueFd(fds[1])};
    if (::fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0) return std::nullopt;
    return result;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    // exec's signature lacks a const that it honours.
    for (const auto& text : texts) result.push_back(const_cast<char*>(text.c_str()));
    result.push_back(nullptr);
    return result;
}

class SpawnSettings {
  public:
    SpawnSettings(int in, int out, int err, int inherit) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_adddup2(&actions_, in, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, out, 1);
        ::posix_spawn_file_actions_adddup2(&actions_, err, 2);
        // dup2 of a descriptor onto itself clears close-on-exec here (glibc 2.29, POSIX 2024).
        if (inherit >= 0) ::posix_spawn_file_actions_adddup2(&actions_, inherit, inherit);

        ::posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigset_t reset;
        ::sigemptyset(&none);
        ::sigemptyset(&reset);
        for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::sigaddset(&reset, number);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &reset);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_,
            static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;
    ~SpawnSettings() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
    [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

  private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

/// On failure the child has no pid and its result tells errno.
Child start(std::size_t index, const ProcessRequest& request) {
    Child child;
    child.index = index;
    child.max_output = request.max_output;
    child.last_words = request.last_words;
    const auto now = SteadyClock::now();
    child.deadline = now + request.timeout;
    if (request.patience.count() > 0) child.silent_from = now + request.patience;
    child.on_silence = request.on_silence;
    auto out = make_pipe();
    auto err = make_pipe();
    auto in = memory_file(request.input);
    if (!out || !err || !in || request.argv.empty()) {
        child.result.status = errno;
        return child;
    }
    const SpawnSettings settings(in.get(), out->write_end.get(), err->write_end.get(), request.inherit_fd);
    auto argv = pointers(request.argv);
    auto environment = pointers(request.environment);
    const int failure = ::posix_spawnp(&child.pid, argv[0], settings.actions(), settings.attributes(),
                                       argv.data(), environment.data());
    if (failure != 0) {
        child.pid = -1;
        child.result.status = failure;
        return child;
    }
    child.out = std::move(out->read_end);
    child.err = std::move(err->read_end);
    return child;
}

/// Reads what is there; closes at the end of the stream.
void drain(UniqueFd& fd, std::string& into, std::size_t limit, bool& cut) {
    char buffer[65536];
    while (fd) {
        const auto count = ::read(fd.get(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        if (count <= 0) {
            fd.reset();
            return;
        }
        const auto room = limit - std::min(limit, into.size());
        const auto taken = std::min(room, static_cast<std::size_t>(count));
        into.append(buffer, taken);
        if (taken < static_cast<std::size_t>(count)) cut = true;
    }
}

void drain(Child& child) {
    drain(child.out, child.result.out, child.max_output, child.result.cut);
    drain(child.err, child.result.err, child.max_output, child.result.cut);
}

/// What its time being up means for the child now.
void go_to_next_stage(Child& child, SteadyClock::time_point now, bool interrupted) {
    child.deadline = now + k_grace;
    switch (child.stage) {
        case Stage::runs:
            child.stage = Stage::told_to_end;
            child.result.end = interrupted ? ProcessResult::End::interrupted : ProcessResult::End::timed_out;
            std::ignore = ::kill(-child.pid, SIGTERM);  // it may have ended by itself meanwhile
            return;
        case Stage::told_to_end:
            child.stage = Stage::killed;
            std::ignore = ::kill(-child.pid, SIGKILL);
            return;
        case Stage::killed:
        case Stage::left:
            child.stage = Stage::left;
            return;
    }
}

void look_at_time(Child& child, bool interrupted) {
    const auto now = SteadyClock::now();
    if (interrupted && child.stage == Stage::runs) {
        child.deadline = std::min(child.deadline, now + child.last_words);
    }
    if (now >= child.deadline) go_to_next_stage(child, now, interrupted);
    if (child.silent_from && now >= *child.silent_from) {
        child.silent_from.reset();
        if (child.on_silence) child.on_silence();
    }
}

/// True when the child has ended or was left; its result is complete then.
bool reap(Child& child) {
    siginfo_t info{};
    const bool failed =
        ::waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0;
    if (failed && errno == EINTR) return false;
    const bool ended = failed || info.si_pid == child.pid;
    if (!ended && child.stage != Stage::left) return false;
    drain(child);
    // Before it is reaped, while the group's id is its own: what it has started goes with it.
    if (child.stage != Stage::runs) std::ignore = ::kill(-child.pid, SIGKILL);
    int status = 0;
    const pid_t pid = ended ? ::waitpid(child.pid, &status, WNOHANG) : 0;
    if (child.stage != Stage::runs) return true;
    if (pid > 0 && WIFEXITED(status)) {
        child.result.end = ProcessResult::End::exited;
        child.result.status = WEXITSTATUS(status);
    } else {
        child.result.end = ProcessResult::End::signalled;
        child.result.status = pid > 0 ? WTERMSIG(status) : SIGKILL;
    }
    return true;
}

void wait_for_activity(const std::vector<Child>& children) {
    std::vector<pollfd> polled;
    bool ending = false;  // both pipes closed: the end is a moment away
    for (const auto& child : children) {
        if (child.out) polled.push_back({.fd = child.out.get(), .events = POLLIN, .revents = 0});
        if (child.err) polled.push_back({.fd = child.err.get(), .events = POLLIN, .revents = 0});
        if (!child.out && !child.err) ending = true;
    }
    std::ignore = ::poll(polled.data(), polled.size(), ending ? 1 : 50);  // EINTR is activity as well
}

}  // namespace

void ignore_broken_pipes() {
    std::ignore = ::signal(SIGPIPE, SIG_IGN);
}

ProcessResult run_process(const ProcessRequest& request) {
    ProcessResult result;
    run_processes(
        1, 1, [&](std::size_t) { return request; },
        [&](std::size_t, ProcessResult ended) {
            result = std::move(ended);
            return true;
        });
    return result;
}

void run_processes(std::size_t count, std::size_t parallel,
                   const std::function<ProcessRequest(std::size_t)>& make,
                   const std::function<bool(std::size_t, ProcessResult)>& done) {
    std::vector<Child> children;
    std::size_t next = 0;
    bool go_on = true;
    std::optional<Interrupts> own;  // where the caller watches no signals
    Interrupts* interrupts = nullptr;
    const auto interrupted = [&] { return interrupts != nullptr && interrupts->requested(); };
    while (true) {
        while (go_on && next < count && children.size() < std::max<std::size_t>(parallel, 1)) {
            const auto index = next++;
            const auto request = make(index);
            if (interrupts == nullptr) {
                interrupts = request.interrupts != nullptr ? request.interrupts : &own.emplace();
            }
            auto child = start(index, request);
            if (child.pid < 0) {
                go_on = done(index, std::move(child.result)) && go_on;
            } else {
                children.push_back(std::move(child));
            }
        }
        if (own && own->requested()) go_on = false;
        if (children.empty() && (!go_on || next >= count)) break;
        wait_for_activity(children);
        for (std::size_t i = 0; i < children.size();) {
            auto& child = children[i];
            drain(child);
            look_at_time(child, interrupted());
            if (!reap(child)) {
                ++i;
                continue;
            }
            auto ended = std::move(child);
            children.erase(children.begin() + static_cast<std::ptrdiff_t>(i));
            go_on = done(ended.index, std::move(ended.result)) && go_on;
        }
    }
    if (own) own->pass_on();
}

}  // namespace sbraid
