// The process that talks to the GPU driver. It may hang in the kernel for ever or be killed by the driver's
// library; nothing else of the collector depends on it. It has no file of the user open and writes none.
//
// It does nothing by itself: the supervisor commands, it answers each command with `done`, in order, after
// the answers that belong to it. So whoever does not answer for some seconds hangs.
#pragma once

#include <cstdint>
#include <string>

#include "collect/gpu_ledger.hpp"
#include "collect/step.hpp"

namespace sbraid::collect {

enum class CommandKind : std::uint32_t {
    rank_started,  // watch this rank
    rank_ended,    // answers its usage
    sample,        // take a reading; answers usage so far of all, and the reading for the series
    finish         // last reading; answers usage of ranks that have not ended, and of the devices
};
struct Command {
    CommandKind kind = CommandKind::sample;
    std::uint32_t rank = 0;
    std::int32_t pid = 0;
    std::int64_t time_ms = 0;  // UTC: when it happened
};

enum class AnswerKind : std::uint32_t { ready, usage, series, done };
// First answer, unasked: which GPUs there are.
struct ReadyAnswer {
    AnswerKind kind = AnswerKind::ready;
    bool simulated = false;
    std::uint32_t gpus = 0;
    char uuids[64][64] = {};
    char unknown_because[24] = "";
};
struct UsageAnswer {
    AnswerKind kind = AnswerKind::usage;
    bool final = false;  // nothing more comes of this rank or device
    GpuUsage usage;
};
struct SeriesAnswer {
    AnswerKind kind = AnswerKind::series;
    char line[4000] = "";  // with its newline
};
struct DoneAnswer {
    AnswerKind kind = AnswerKind::done;
    Command command;
};

// Never returns; ends when `socket` is closed. `memberships`: our /proc/self/cgroup from before we left the
// step.
[[noreturn]] void run_sampler(int socket, const Step& step, const std::string& memberships);

}  // namespace sbraid::collect
