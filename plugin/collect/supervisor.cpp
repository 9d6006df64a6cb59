// One loop over poll: notes from the shim become events, events become records, records go to the writer;
// what the writer cannot store goes to the spool under the same name and number. GPU numbers come from the
// watch whenever it has some.
#include "collect/supervisor.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "collect/gpu_watch.hpp"
#include "collect/series.hpp"
#include "collect/spool.hpp"
#include "collect/worker.hpp"
#include "collect/writer.hpp"
#include "sbraid/record.hpp"
#include "spank/protocol.hpp"

namespace sbraid::collect {
namespace {

using namespace std::chrono_literals;

constexpr auto k_hello_patience = 10s;
constexpr auto k_longest_after_end = 28s;
constexpr auto k_spool_after_end = 18s;  // what is not in the run directory by then goes to the spool
constexpr std::size_t k_most_pending = 4 << 20;
// Something may kill all processes of the user; a file server may be away for a while.
constexpr Patience k_writer_patience{
    .deadline = 10s, .restarts = 2, .replacements = 3, .back_off = 60s, .most_bytes = k_most_pending};
constexpr Patience k_spool_patience{.deadline = 10s, .most_bytes = k_most_pending};

std::int64_t utc_ms() {
    timespec t{};
    clock_gettime(CLOCK_REALTIME, &t);
    return std::int64_t{t.tv_sec} * 1000 + t.tv_nsec / 1'000'000;
}

Timestamp timestamp(std::int64_t ms) {
    return Timestamp{std::chrono::milliseconds{ms}};
}

RankEnded ended(const StepKey& where, const protocol::Note& note) {
    RankEnded event;
    event.where = where;
    event.rank = note.global_rank;
    if (WIFEXITED(note.status)) event.exit_code = WEXITSTATUS(note.status);
    if (WIFSIGNALED(note.status)) {
        event.signal = WTERMSIG(note.status);
        event.core = WCOREDUMP(note.status);
    }
    if (note.oom >= 0) event.oom = note.oom > 0;
    return event;
}

// Three decimals are more than a driver knows, and short in a record.
std::optional<double> rounded(const std::optional<double>& number) {
    return number ? std::optional(std::round(*number * 1000) / 1000) : std::nullopt;
}

GpuUsed used(const StepKey& where, const GpuUsage& line, bool simulated) {
    GpuUsed event;
    event.where = where;
    if (!line.whole_device) event.rank = line.rank;
    event.uuid = line.uuid;
    event.util_mean = rounded(line.usage.util_mean);
    event.util_max = rounded(line.usage.util_max);
    event.mem_max_bytes = line.usage.mem_max_bytes;
    event.mem_total_bytes = line.mem_total_bytes;
    event.energy_j = rounded(line.usage.energy_j);
    event.longest_idle_s = rounded(line.usage.longest_idle_s);
    event.idle_fraction = rounded(line.usage.idle_fraction);
    event.processes = line.usage.processes;
    event.coverage = std::round(line.usage.coverage * 1000) / 1000;
    event.shared = line.shared;
    event.unknown_because = line.unknown_because;
    event.simulated = simulated;
    return event;
}

// collect.KEY.RESTART.STEP.NODE.PID: no other collector has it, also not one of another part of the same
// step.
std::string writer_name(const Step& step) {
    return fmt::format("collect.{}.{}.{}.{}.{}", to_string(step.key.key), step.key.restart, step.key.step,
                       step.key.node, getpid());
}

class Supervisor {
  public:
    Supervisor(Fd shim, const protocol::Hello& hello, Step step, const Origin& origin)
        : shim_(std::move(shim)),
          stepd_(static_cast<int>(syscall(SYS_pidfd_open, hello.stepd_pid, 0))),
          step_(std::move(step)),
          watch_(step_, origin.memberships, Clock::now()),
          name_(writer_name(step_)),
          writer_(
              "sbraid-writer", [this](int socket) { run_writer(socket, step_, name_); }, k_writer_patience),
          spool_(
              "sbraid-spool", [this](int socket) { run_spool(socket, step_); }, k_spool_patience) {}

    void run() {
        while (!is_over()) {
            wait();
            take_notes();
            take_news();
            end_step();
            move_records();
            reap_children();
        }
        watch_.kill();
        close(writer_);
        close(spool_);
    }

  private:
    [[nodiscard]] bool is_over() const {
        if (hard_deadline_ && Clock::now() >= *hard_deadline_) return true;
        return said_end_ && writer_.is_idle() && spool_.is_idle();
    }

    // A worker that has answered everything ends by itself when its socket closes.
    static void close(Pipeline& pipeline) {
        if (pipeline.is_idle()) {
            pipeline.close();
        } else {
            pipeline.kill();
        }
    }

    void wait() const {
        pollfd descriptors[] = {{shim_.get(), POLLIN, 0},
                                {shim_ ? stepd_.get() : -1, POLLIN, 0},
                                {watch_.socket(), POLLIN, 0},
                                {writer_.socket(), POLLIN, 0},
                                {spool_.socket(), POLLIN, 0}};
        const auto now = Clock::now();
        auto next = now + 60s;
        for (const auto& deadline : {watch_.next_deadline(), writer_.next_deadline(), spool_.next_deadline(),
                                     writer_deadline_, hard_deadline_})
            if (deadline) next = std::min(next, *deadline);
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now).count();
        // Descriptor numbers below zero are skipped by poll.
        poll(descriptors, std::size(descriptors),
             static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000)));
    }

    void take_notes() {
        if (!shim_) return;
        // Asked before reading: what slurmstepd sent before it died is in the socket then.
        pollfd dead{stepd_.get(), POLLIN, 0};
        const bool stepd_is_dead = stepd_ && poll(&dead, 1, 0) > 0;
        for (;;) {
            const Received received = receive_bytes(shim_.get(), packet_, false);
            if (received == Received::nothing && !stepd_is_dead) return;
            if (received != Received::packet) {
                if (trouble_.empty()) trouble_ = "slurmstepd went away";
                hear_end(utc_ms());
                return;
            }
            const auto note = as_struct<protocol::Note>(packet_);
            if (!note || note->header.magic != protocol::k_magic) continue;
            dropped_ = note->dropped;
            take(*note);
            if (!shim_) return;
        }
    }

    void take(const protocol::Note& note) {
        switch (note.header.kind) {
            case protocol::Kind::rank_started:
                say(RankStarted{step_.key, note.global_rank, note.pid}, note.time_ms);
                watch_.rank_started(note.global_rank, note.pid, note.time_ms);
                break;
            case protocol::Kind::rank_ended:
                say(ended(step_.key, note), note.time_ms);
                watch_.rank_ended(note.global_rank, note.time_ms);
                break;
            case protocol::Kind::end:
                if (note.switched_off != 0) trouble_ = "the hooks were too slow and stopped";
                hear_end(note.time_ms);
                break;
            case protocol::Kind::hello:
                break;  // only the first packet is one
        }
    }

    void hear_end(std::int64_t time_ms) {
        shim_.reset();
        end_ms_ = time_ms;
        hard_deadline_ = Clock::now() + k_longest_after_end;
        writer_deadline_ = Clock::now() + k_spool_after_end;
        watch_.finish(time_ms);
    }

    void take_news() {
        const GpuNews news = watch_.step(Clock::now(), utc_ms());
        if (news.ready) start_step(*news.ready);
        for (const GpuUsage& line : news.final_usages) say(used(step_.key, line, simulated_), utc_ms());
        for (const std::string& line : news.series) write_series(line);
    }

    void start_step(const ReadyAnswer& ready) {
        simulated_ = ready.simulated;
        StepStarted event;
        event.where = step_.key;
        event.ranks = step_.local_ranks;
        for (std::uint32_t i = 0; i < ready.gpus; ++i) event.gpus.emplace_back(ready.uuids[i]);
        event.gpus_unknown_because = ready.unknown_because;
        event.simulated = simulated_;
        if (!event.gpus.empty()) series_head_ = series_head(step_, event.gpus, simulated_);
        say(event, start_ms_);
    }

    void write_series(const std::string& line) {
        const auto now = Clock::now();
        if (!series_head_.empty() && writer_.push(k_series_mark + series_head_, now)) series_head_.clear();
        writer_.push(k_series_mark + line, now);
    }

    void end_step() {
        if (!hard_deadline_ || said_end_ || !watch_.is_done()) return;
        if (trouble_.empty() && !watch_.failure().empty()) trouble_ = "GPU sampling " + watch_.failure();
        say(StepEnded{step_.key, dropped_, trouble_}, end_ms_);
        said_end_ = true;
    }

    void say(Event event, std::int64_t time_ms) {
        const auto now = Clock::now();
        std::string record = encode({name_, ++number_, timestamp(time_ms), std::move(event)});
        if (!writer_.push(record, now)) spool_.push(std::move(record), now);
    }

    // Series lines are never spooled: the records hold what matters.
    void put_aside(std::string piece, Clock::time_point now) {
        if (piece.front() != k_series_mark) spool_.push(std::move(piece), now);
    }

    void move_records() {
        const auto now = Clock::now();
        for (std::string& piece : writer_.step(now)) {
            if (writer_.has_hung() && trouble_.empty()) trouble_ = "the run directory did not answer";
            put_aside(std::move(piece), now);
        }
        if (writer_deadline_ && now >= *writer_deadline_) {
            writer_deadline_.reset();
            for (std::string& piece : writer_.abandon()) put_aside(std::move(piece), now);
        }
        spool_.step(now);  // what it cannot store is lost: there is no third place
    }

    Fd shim_, stepd_;
    Step step_;
    GpuWatch watch_;
    std::string name_;  // that our records are said by
    Pipeline writer_, spool_;
    std::int64_t start_ms_ = utc_ms();
    std::int64_t end_ms_ = 0;
    std::optional<Clock::time_point> hard_deadline_, writer_deadline_;  // since the end was heard
    bool said_end_ = false;
    bool simulated_ = false;
    std::uint32_t dropped_ = 0;
    std::string trouble_;
    std::string series_head_;  // until it is written
    std::uint64_t number_ = 0;
    std::string packet_;
};

std::optional<protocol::Hello> wait_for_hello(int socket) {
    pollfd descriptor{socket, POLLIN, 0};
    std::string packet;
    if (poll(&descriptor, 1, static_cast<int>(std::chrono::milliseconds(k_hello_patience).count())) <= 0 ||
        receive_bytes(socket, packet, false) != Received::packet)
        return std::nullopt;
    return as_struct<protocol::Hello>(packet);
}

}  // namespace

void supervise(const Origin& origin) {
    Fd shim(protocol::k_socket_fd);
    const auto hello = wait_for_hello(shim.get());
    if (!hello) return;
    auto step = make_step(*hello);
    if (!step) return;
    Supervisor supervisor(std::move(shim), *hello, std::move(*step), origin);
    supervisor.run();
}

}  // namespace sbraid::collect
