// The plugin that slurmstepd loads: it notes when ranks start and end, hands the notes to a helper process,
// and does nothing else.
//
//   init_post_opt    is this a step of ours (SBRAID_RUN_DIR in its environment)? then start sbraid-collect
//   task_post_fork   a rank exists:  number, pid
//   task_exit        a rank is gone: wait status, and whether its own cgroup ran out of memory
//   exit             the step is over
//
// The rules of this file: every hook returns 0 and lets nothing escape; a note is one send that does not
// block; a hook measures itself, and after three slow ones in a row we are off for the step. Without
// SBRAID_RUN_DIR a step costs one spank_getenv. In srun, sbatch and slurmd the hooks return at once. No
// constructor runs at load, no thread, no allocation; the state is one object without them, because the
// interface leaves no other place for it.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// Its hook prototypes stand before its own extern "C".
extern "C" {
#include <slurm/spank.h>
}

#include "spank/arguments.hpp"
#include "spank/launch.hpp"
#include "spank/node_name.hpp"
#include "spank/oom.hpp"
#include "spank/protocol.hpp"

// What SPANK_PLUGIN() should define: in C++ its constants would stay inside of this file.
extern "C" {
extern const char plugin_name[] = "sbraid";
extern const char plugin_type[] = "spank";
extern const unsigned int plugin_version = SLURM_VERSION_NUMBER;
extern const unsigned int spank_plugin_version = 1;
}

namespace sbraid::spank {
namespace {

constexpr std::uint32_t k_slow_hooks_in_a_row = 3;

struct Shim {
    int socket;  // valid while `on`
    bool on;
    protocol::Ready ready;
    OomWatch oom;
    std::uint32_t budget_us;
    std::uint32_t slow_in_a_row, slowest_us;
    std::uint32_t dropped;
    protocol::Hello hello;
};

Shim shim;

protocol::Header header(protocol::Kind kind) noexcept {
    return {protocol::k_magic, protocol::k_version, kind};
}

int64_t now(clockid_t clock, int64_t per_second) noexcept {
    timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * per_second + t.tv_nsec / (1'000'000'000 / per_second);
}

void switch_off() noexcept {
    if (shim.on) close(shim.socket);
    shim.on = false;
}

// False only when the helper is gone. A full socket costs the note, which is counted.
bool send_packet(const void* packet, std::size_t size) noexcept {
    if (send(shim.socket, packet, size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == EINTR) {
        ++shim.dropped;
        return true;
    }
    return false;
}

// The last note says how many were dropped, so it must not be: behind those that wait it gets room of its
// own.
void make_room_for_end() noexcept {
    int room = 0;
    socklen_t size = sizeof room;
    if (getsockopt(shim.socket, SOL_SOCKET, SO_SNDBUF, &room, &size) != 0) return;
    setsockopt(shim.socket, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);  // the kernel doubles it
}

void send_note(protocol::Note& note) noexcept {
    if (note.header.kind == protocol::Kind::end && shim.dropped > 0) make_room_for_end();
    note.dropped = shim.dropped;
    note.slowest_us = shim.slowest_us;
    note.time_ms = now(CLOCK_REALTIME, 1000);
    if (!send_packet(&note, sizeof note)) switch_off();
}

// Counts the time of one hook, and turns us off when it has been too much too often.
class Stopwatch {
  public:
    Stopwatch() noexcept : start_us_(now(CLOCK_MONOTONIC, 1'000'000)) {}
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    ~Stopwatch() {
        const auto took = static_cast<std::uint32_t>(now(CLOCK_MONOTONIC, 1'000'000) - start_us_);
        if (took > shim.slowest_us) shim.slowest_us = took;
        shim.slow_in_a_row = took >= shim.budget_us ? shim.slow_in_a_row + 1 : 0;
        if (shim.on && shim.slow_in_a_row >= k_slow_hooks_in_a_row) {
            protocol::Note note{.header = header(protocol::Kind::end), .switched_off = 1};
            send_note(note);
            switch_off();
        }
    }

  private:
    int64_t start_us_;
};

std::uint32_t item_u32(spank_t spank, spank_item_t item, std::uint32_t otherwise) noexcept {
    std::uint32_t value = otherwise;
    return spank_get_item(spank, item, &value) == ESPANK_SUCCESS ? value : otherwise;
}

void take_groups(spank_t spank, protocol::Hello& hello) noexcept {
    gid_t* groups = nullptr;
    int count = 0;
    if (spank_get_item(spank, S_JOB_SUPPLEMENTARY_GIDS, &groups, &count) != ESPANK_SUCCESS ||
        groups == nullptr)
        return;
    for (int i = 0; i < count && hello.group_count < protocol::k_most_groups; ++i)
        hello.groups[hello.group_count++] = groups[i];
}

// The item is the step's own count, and 0 in a batch script; the environment has the job's, unless the user
// took it away.
std::uint32_t nodes_of_job(spank_t spank) noexcept {
    char text[16] = "";
    std::uint32_t count = 0;
    if (spank_getenv(spank, "SLURM_JOB_NUM_NODES", text, sizeof text) != ESPANK_SUCCESS ||
        !parse_number(text, count) || count == 0)
        return protocol::k_none;
    const std::uint32_t of_step = item_u32(spank, S_JOB_NNODES, 0);
    return of_step > count ? of_step : count;
}

// False when the step is none that we record.
bool fill_hello(spank_t spank, const Arguments& arguments, protocol::Hello& hello) noexcept {
    uid_t uid = 0;
    gid_t gid = 0;
    if (spank_get_item(spank, S_JOB_UID, &uid) != ESPANK_SUCCESS ||
        spank_get_item(spank, S_JOB_GID, &gid) != ESPANK_SUCCESS)
        return false;
    hello.header = header(protocol::Kind::hello);
    hello.uid = uid;
    hello.gid = gid;
    hello.job = item_u32(spank, S_JOB_ID, 0);
    hello.step = item_u32(spank, S_JOB_STEPID, protocol::k_extern_step);
    if (hello.job == 0 || hello.step == protocol::k_extern_step) return false;
    hello.array_job = item_u32(spank, S_JOB_ARRAY_ID, 0);
    hello.array_task = item_u32(spank, S_JOB_ARRAY_TASK_ID, protocol::k_none);
    hello.restart = item_u32(spank, S_SLURM_RESTART_COUNT, 0);
    hello.nodes = nodes_of_job(spank);
    hello.local_ranks = item_u32(spank, S_JOB_LOCAL_TASK_COUNT, 0);
    hello.stepd_pid = getpid();
    take_groups(spank, hello);

    const bool script = hello.step == protocol::k_batch_step || hello.step == protocol::k_interactive_step;
    if (spank_getenv(spank, script ? "SLURM_JOB_GPUS" : "SLURM_STEP_GPUS", hello.gpus, sizeof hello.gpus) ==
        ESPANK_NOSPACE)
        memcpy(hello.gpus, protocol::k_too_long, sizeof protocol::k_too_long);
    find_node_name(hello.job, hello.node, sizeof hello.node);
    snprintf(hello.spool, sizeof hello.spool, "%s", arguments.spool);
    snprintf(hello.nvml, sizeof hello.nvml, "%s", arguments.nvml);
    return true;
}

void start(spank_t spank, int argc, char** argv) noexcept {
    protocol::Hello& hello = shim.hello;
    if (spank_getenv(spank, "SBRAID_RUN_DIR", hello.run_dir, sizeof hello.run_dir) != ESPANK_SUCCESS ||
        hello.run_dir[0] != '/')
        return;
    const Arguments arguments = parse_arguments(argc, argv, SBRAID_COLLECT_PATH);
    shim.budget_us = arguments.budget_us;
    // Not slurm_error: from slurmstepd that would reach the user's own stderr.
    if (arguments.wrong != nullptr)
        slurm_info("sbraid: plugstack argument '%s' is not understood and ignored", arguments.wrong);
    if (!fill_hello(spank, arguments, hello)) return;

    char label[64];
    snprintf(label, sizeof label, "%u.%d", hello.job, static_cast<int>(hello.step));
    const Helper helper =
        launch(arguments.collect, label, hello.node, arguments.sim, static_cast<int>(arguments.patience_ms));
    if (helper.socket < 0) {
        slurm_info("sbraid: '%s' does not run: nothing is recorded for this step", arguments.collect);
        return;
    }
    shim.socket = helper.socket;
    shim.ready = helper.answer;
    shim.on = true;
    if (!send_packet(&hello, sizeof hello) || shim.dropped > 0) switch_off();
}

void rank_started(spank_t spank) noexcept {
    const Stopwatch stopwatch;
    protocol::Note note{.header = header(protocol::Kind::rank_started)};
    int local = -1;
    pid_t pid = 0;
    if (spank_get_item(spank, S_TASK_ID, &local) != ESPANK_SUCCESS || local < 0 ||
        spank_get_item(spank, S_TASK_PID, &pid) != ESPANK_SUCCESS)
        return;
    note.local_rank = static_cast<std::uint32_t>(local);
    note.global_rank = item_u32(spank, S_TASK_GLOBAL_ID, note.local_rank);
    note.pid = pid;
    shim.oom.note_rank(note.local_rank, pid, shim.ready);
    send_note(note);
}

void rank_ended(spank_t spank) noexcept {
    const Stopwatch stopwatch;
    protocol::Note note{.header = header(protocol::Kind::rank_ended)};
    int local = -1;
    if (spank_get_item(spank, S_TASK_ID, &local) != ESPANK_SUCCESS || local < 0 ||
        spank_get_item(spank, S_TASK_EXIT_STATUS, &note.status) != ESPANK_SUCCESS)
        return;
    note.local_rank = static_cast<std::uint32_t>(local);
    note.global_rank = item_u32(spank, S_TASK_GLOBAL_ID, note.local_rank);
    note.oom = shim.oom.killed(note.local_rank);
    send_note(note);
}

}  // namespace
}  // namespace sbraid::spank

using namespace sbraid::spank;

// Not noexcept, which their declarations in spank.h are not: this file is compiled without exceptions, and
// all that they call is noexcept.
extern "C" {

int slurm_spank_init_post_opt(spank_t spank, int argc, char* argv[]) {
    if (spank_context() == S_CTX_REMOTE && !shim.on) start(spank, argc, argv);
    return 0;
}

int slurm_spank_task_post_fork(spank_t spank, int, char*[]) {
    if (shim.on) rank_started(spank);
    return 0;
}

int slurm_spank_task_exit(spank_t spank, int, char*[]) {
    if (shim.on) rank_ended(spank);
    return 0;
}

int slurm_spank_exit(spank_t, int, char*[]) {
    if (shim.on) {
        sbraid::protocol::Note note{.header = header(sbraid::protocol::Kind::end)};
        send_note(note);
        switch_off();
    }
    return 0;
}
}
