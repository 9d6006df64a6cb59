// The path is cached when the rank starts: at its end the pid is reaped and says nothing any more.
#include "spank/oom.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spank/cgroup_path.hpp"
#include "spank/slice.hpp"

namespace sbraid::spank {
namespace {

// The first `size - 1` bytes of a file of the kernel; empty when it cannot be read.
std::string_view read_text(const char* path, char* buffer, std::size_t size) noexcept {
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return {};
    const ssize_t got = read(fd, buffer, size - 1);
    close(fd);
    return {buffer, got > 0 ? static_cast<std::size_t>(got) : 0};
}

std::string_view memory_path(std::string_view memberships, bool unified) noexcept {
    while (const auto m = cgroup::next_membership(memberships))
        if (unified ? m->controllers.empty() : cgroup::has_controller(m->controllers, "memory"))
            return m->path;
    return {};
}

}  // namespace

void OomWatch::note_rank(std::uint32_t local_rank, pid_t pid, const protocol::Ready& ready) noexcept {
    if (local_rank >= k_most_ranks || ready.memory_mount[0] == '\0') return;
    unified_ = ready.unified != 0;

    char file[64];
    char text[4096];
    snprintf(file, sizeof file, "/proc/%ld/cgroup", static_cast<long>(pid));
    const std::string_view path = memory_path(read_text(file, text, sizeof text), unified_);
    const auto task = cgroup::task_of(path);
    const auto inside = cgroup::below(ready.memory_root, path);
    if (!task || !inside) return;  // the group is not this rank's alone

    // Up to and with "task_": ranks share it, and one that does not is not watched. Nobody can have made
    // groups below the task yet, so it ends the path.
    const std::size_t last = inside->rfind('_');
    const std::string_view shared = slice(*inside, 0, last + 1);
    char prefix[sizeof prefix_];
    const int length = snprintf(prefix, sizeof prefix, "%s%.*s", ready.memory_mount,
                                static_cast<int>(shared.size()), shared.data());
    if (length < 0 || static_cast<std::size_t>(length) >= sizeof prefix) return;
    if (prefix_[0] == '\0') memcpy(prefix_, prefix, sizeof prefix_);
    if (strcmp(prefix, prefix_) == 0) tasks_[local_rank] = *task + 1;
}

int OomWatch::killed(std::uint32_t local_rank) const noexcept {
    if (local_rank >= k_most_ranks || tasks_[local_rank] == 0) return -1;
    char file[sizeof prefix_ + 64];
    char text[1024];
    snprintf(file, sizeof file, "%s%u/%s", prefix_, tasks_[local_rank] - 1,
             unified_ ? "memory.events" : "memory.oom_control");
    // "oom_kill N" begins a line in both; v1 has "oom_kill_disable" before it, and before Linux 4.13 nothing
    // else.
    std::string_view rest = read_text(file, text, sizeof text);
    while (!rest.empty()) {
        const std::size_t newline = rest.find('\n');
        const std::string_view line = slice(rest, 0, newline);
        rest = newline == std::string_view::npos ? std::string_view{} : slice(rest, newline + 1);
        if (slice(line, 0, 9) == "oom_kill ") return slice(line, 9) == "0" ? 0 : 1;
    }
    return -1;
}

}  // namespace sbraid::spank
