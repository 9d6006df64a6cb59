// Stands in for sbraid-collect. What it does is the last word of the path in SBRAID_SIM_DIR, which the shim's
// argument sim= sets:
//
//   record   answers the shim, then writes what each packet says as a line to <path>.log
//   slow     answers, and records like that once <path>.go is there
//   late     leaves its parent, waits until the shim has stopped waiting for an answer, and records
//   deaf     answers, and never reads
//   mute     never answers, and stays
//   gone     answers and ends
//   crash    dies
//
// Except in "late" it stays a child of the test's process. Nothing that it starts outlives a minute.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "spank/protocol.hpp"

namespace {

using namespace sbraid;

void answer() {
    protocol::Ready ready{};
    ready.magic = protocol::k_magic;
    if (write(protocol::k_ready_fd, &ready, sizeof ready) != sizeof ready) _exit(1);
    close(protocol::k_ready_fd);
}

[[noreturn]] void stay() {
    for (;;) pause();
}

// The pipe has nobody at its other end any more.
void wait_until_nobody_waits() {
    pollfd descriptor{protocol::k_ready_fd, 0, 0};
    while (poll(&descriptor, 1, -1) <= 0) {
    }
}

void wait_for_file(const std::string& path) {
    while (access(path.c_str(), F_OK) != 0) usleep(10'000);
}

[[noreturn]] void record(const std::string& name) {
    std::FILE* const log = std::fopen((name + ".log").c_str(), "w");
    if (log == nullptr) _exit(1);
    static char packet[1 << 16];
    ssize_t size = 0;
    while ((size = recv(protocol::k_socket_fd, packet, sizeof packet, 0)) > 0) {
        protocol::Header header{};
        std::memcpy(&header, packet, sizeof header);
        if (header.kind == protocol::Kind::hello) {
            protocol::Hello hello{};
            if (size != sizeof hello) _exit(1);
            std::memcpy(&hello, packet, sizeof hello);
            std::fprintf(log,
                         "hello job=%u array=%u_%u step=%u restart=%u groups=%u nodes=%u run_dir=%s gpus=%s "
                         "spool=%s\n",
                         hello.job, hello.array_job, hello.array_task, hello.step, hello.restart,
                         hello.group_count, hello.nodes, hello.run_dir, hello.gpus, hello.spool);
        } else {
            protocol::Note note;
            if (size != sizeof note) _exit(1);
            std::memcpy(&note, packet, sizeof note);
            std::fprintf(log, "%d rank=%u local=%u pid=%d status=%d oom=%d dropped=%u off=%u\n",
                         static_cast<int>(header.kind), note.global_rank, note.local_rank, note.pid,
                         note.status, note.oom, note.dropped, note.switched_off);
        }
        std::fflush(log);
    }
    std::fputs("closed\n", log);
    std::fclose(log);
    _exit(0);
}

}  // namespace

int main() {
    const char* const path = std::getenv("SBRAID_SIM_DIR");
    const std::string name = path != nullptr ? path : "";
    const std::string mode = name.substr(name.rfind('/') + 1);
    if (mode == "record") {
        answer();
        record(name);
    }
    alarm(60);
    if (mode == "slow") {
        answer();
        wait_for_file(name + ".go");
        record(name);
    }
    if (mode == "late") {
        if (fork() != 0) _exit(0);
        alarm(60);
        wait_until_nobody_waits();
        record(name);
    }
    if (mode == "deaf") {
        answer();
        stay();
    }
    if (mode == "mute") stay();
    if (mode == "gone") {
        answer();
        return 0;
    }
    std::raise(SIGSEGV);
    return 1;
}
