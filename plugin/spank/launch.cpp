// The helper is a child of slurmstepd only for a moment: it moves itself out of the step's cgroup, forks, and
// the child that we see ends at once. slurmstepd reaps every child with wait3(-1), so ours may be stolen:
// waiting is done on the pipe, and waitpid is by pid, while no rank exists that could have got the same pid.
//
// A launcher that is late and still our child is inside of the step: it is killed, because slurmstepd would
// wait for it at the step's end, and drain the node. One that is no child any more has forked outside.
//
// Nothing runs between fork and exec: posix_spawn, because slurmstepd has threads.
#include "spank/launch.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace sbraid::spank {
namespace {

constexpr int k_tidy_tries = 10;
constexpr long k_tidy_pause_ns = 200'000;
constexpr int k_room_for_packets = 4 << 20;  // 2,000 ranks may start before the helper reads the first packet

struct Ends {
    int ours = -1, theirs = -1;
};

// Both ends well above the numbers that the helper will see them under, so that dup2 never meets itself.
bool raise_and_mark(int& fd) noexcept {
    const int high = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    close(fd);
    fd = high;
    return high >= 0;
}

void close_both(const Ends& ends) noexcept {
    if (ends.ours >= 0) close(ends.ours);
    if (ends.theirs >= 0) close(ends.theirs);
}

bool make_socket(Ends& ends) noexcept {
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) return false;
    ends = {fds[0], fds[1]};
    if (setsockopt(fds[0], SOL_SOCKET, SO_SNDBUFFORCE, &k_room_for_packets, sizeof k_room_for_packets) != 0)
        setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &k_room_for_packets, sizeof k_room_for_packets);
    const bool ours = raise_and_mark(ends.ours);
    return raise_and_mark(ends.theirs) && ours;
}

bool make_pipe(Ends& ends) noexcept {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) return false;
    ends = {fds[0], fds[1]};
    const bool ours = raise_and_mark(ends.ours);
    return raise_and_mark(ends.theirs) && ours;
}

bool prepare(posix_spawn_file_actions_t& files, posix_spawnattr_t& attributes, int socket,
             int pipe) noexcept {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    return posix_spawnattr_setsigmask(&attributes, &none) == 0 &&
           posix_spawnattr_setsigdefault(&attributes, &all) == 0 &&
           posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) == 0 &&
           posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0) == 0 &&
           posix_spawn_file_actions_adddup2(&files, 0, 1) == 0 &&
           posix_spawn_file_actions_adddup2(&files, 0, 2) == 0 &&
           posix_spawn_file_actions_adddup2(&files, socket, protocol::k_socket_fd) == 0 &&
           posix_spawn_file_actions_adddup2(&files, pipe, protocol::k_ready_fd) == 0;
}

pid_t spawn(const char* collect, const char* label, const char* node, const char* sim, int socket,
            int pipe) noexcept {
    char program[] = "sbraid-collect";
    char option[] = "--step";
    char step[64];
    char path[] = "PATH=/usr/bin:/bin";
    char locale[] = "LC_ALL=C";
    char node_name[320];
    char sim_folder[1100];
    snprintf(step, sizeof step, "%s", label);
    snprintf(node_name, sizeof node_name, "SLURMD_NODENAME=%s", node);
    snprintf(sim_folder, sizeof sim_folder, "SBRAID_SIM_DIR=%s", sim != nullptr ? sim : "");
    char* const argv[] = {program, option, step, nullptr};
    char* const envp[] = {path, locale, node_name, sim != nullptr ? sim_folder : nullptr, nullptr};

    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&files) != 0) return -1;
    pid_t pid = -1;
    if (posix_spawnattr_init(&attributes) == 0) {
        if (!prepare(files, attributes, socket, pipe) ||
            posix_spawn(&pid, collect, &files, &attributes, argv, envp) != 0)
            pid = -1;
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return pid;
}

enum class Wait { ready, gave_up, late };

Wait wait_for(int pipe, int patience_ms, protocol::Ready& answer) noexcept {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const int64_t deadline = now.tv_sec * 1000 + now.tv_nsec / 1'000'000 + patience_ms;
    for (;;) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        const int64_t left = deadline - (now.tv_sec * 1000 + now.tv_nsec / 1'000'000);
        pollfd descriptor{pipe, POLLIN, 0};
        if (poll(&descriptor, 1, left > 0 ? static_cast<int>(left) : 0) <= 0) {
            if (left <= 0) return Wait::late;
            continue;
        }
        // A pipe hands over what fits its buffer in one piece, and Ready does.
        const ssize_t size = read(pipe, &answer, sizeof answer);
        return size == sizeof answer && answer.magic == protocol::k_magic ? Wait::ready : Wait::gave_up;
    }
}

// True when the launcher is gone: reaped, by us or by somebody else. False: it runs, as our child, so its pid
// is its own.
bool reap(pid_t pid) noexcept {
    const timespec pause{0, k_tidy_pause_ns};
    for (int i = 0; i < k_tidy_tries; ++i) {
        if (waitpid(pid, nullptr, WNOHANG) != 0) return true;
        nanosleep(&pause, nullptr);
    }
    return false;
}

// What became of a launcher that has not answered: it is gone, and its child may yet answer, or it ends here.
Wait settle(pid_t pid, int pipe, protocol::Ready& answer) noexcept {
    if (reap(pid)) return wait_for(pipe, 0, answer);
    kill(pid, SIGKILL);
    reap(pid);
    return Wait::gave_up;
}

}  // namespace

Helper launch(const char* collect, const char* label, const char* node, const char* sim,
              int patience_ms) noexcept {
    Helper helper;
    Ends socket, pipe;
    if (!make_socket(socket) || !make_pipe(pipe)) {
        close_both(socket);
        close_both(pipe);
        return helper;
    }
    const pid_t pid = spawn(collect, label, node, sim, socket.theirs, pipe.theirs);
    close(socket.theirs);
    close(pipe.theirs);
    Wait outcome = Wait::gave_up;
    if (pid > 0) {
        outcome = wait_for(pipe.ours, patience_ms, helper.answer);
        if (outcome == Wait::ready) {
            reap(pid);
        } else {
            outcome = settle(pid, pipe.ours, helper.answer);
        }
    }
    close(pipe.ours);
    if (outcome == Wait::gave_up) {
        close(socket.ours);
        return helper;
    }
    helper.socket = socket.ours;
    helper.answer.memory_mount[sizeof helper.answer.memory_mount - 1] = '\0';
    helper.answer.memory_root[sizeof helper.answer.memory_root - 1] = '\0';
    return helper;
}

}  // namespace sbraid::spank
