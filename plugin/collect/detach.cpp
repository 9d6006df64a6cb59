// The order matters: the cgroup first, while slurmstepd still waits for nothing; then the fork, so that
// slurmstepd has no child of ours; then the answer, which lets the step go on; then the rest, which nobody
// waits for.
//
// slurmstepd's children inherit its oom_score_adj of -1000 (a helper that cannot be killed once made a node
// loop in OOM kills), its blocked signals (already reset by posix_spawn) and its descriptors, among them
// srun's sockets, which a survivor would keep open.
#include "collect/detach.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <tuple>

#include "collect/file.hpp"
#include "spank/protocol.hpp"

namespace sbraid::collect {
namespace {

constexpr rlim_t k_most_memory = rlim_t{4}
                                 << 30;  // of addresses; the driver library maps much and uses little
constexpr int k_nice = 10;

}  // namespace

void close_others(int first) {
    if (syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, 0U) == 0) return;
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    for (int fd = first; fd < static_cast<int>(limit.rlim_cur) && fd < (1 << 20); ++fd) close(fd);
}

namespace {

// A shim that has waited long enough has closed its end: it goes on without the answer, and so do we.
void tell_shim(const Origin& origin) {
    protocol::Ready ready{};
    ready.magic = protocol::k_magic;
    ready.unified = origin.unified ? 1 : 0;
    if (origin.memory_mount.size() < sizeof ready.memory_mount &&
        origin.memory_root.size() < sizeof ready.memory_root) {
        std::snprintf(ready.memory_mount, sizeof ready.memory_mount, "%s", origin.memory_mount.c_str());
        std::snprintf(ready.memory_root, sizeof ready.memory_root, "%s", origin.memory_root.c_str());
    }
    static_assert(sizeof ready <= 4096, "one write to a pipe that nobody can tear");
    std::ignore = write(protocol::k_ready_fd, &ready, sizeof ready);
    close(protocol::k_ready_fd);
}

void limit(__rlimit_resource_t resource, rlim_t most) {
    rlimit current{};
    if (getrlimit(resource, &current) != 0) return;
    if (current.rlim_max > most) current.rlim_max = most;
    if (current.rlim_cur > current.rlim_max) current.rlim_cur = current.rlim_max;
    setrlimit(resource, &current);
}

void be_humble() {
    write_once("/proc/self/oom_score_adj", "1000");
    prctl(PR_SET_DUMPABLE, 0);
    limit(RLIMIT_CORE, 0);
#ifndef __SANITIZE_ADDRESS__
    limit(RLIMIT_AS, k_most_memory);
#endif
    setpriority(PRIO_PROCESS, 0, k_nice);
    umask(077);
}

}  // namespace

bool detach(Origin& origin, int& status) {
    close_others(protocol::k_ready_fd + 1);
    fcntl(protocol::k_socket_fd, F_SETFD, FD_CLOEXEC);
    status = 1;
    if (!leave_step(origin)) return false;

    const pid_t child = fork();
    if (child != 0) {
        status = child > 0 ? 0 : 1;
        return false;
    }
    setsid();
    if (chdir("/") != 0) return false;
    std::signal(SIGPIPE, SIG_IGN);
    be_humble();
    tell_shim(origin);
    return true;
}

void become_child(const char* name) {
    prctl(PR_SET_NAME, name);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

}  // namespace sbraid::collect
