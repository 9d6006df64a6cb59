// Commands that wait together are served by one reading, of the driver's books too, so that a thousand ranks
// ending at once cost one.
// When a rank ends, its last samples are still in the driver: the reading waits until the sample period that
// the rank ended in is over. Nobody waits for us then.
#include "collect/sampler.hpp"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "collect/assigned_gpus.hpp"
#include "collect/channel.hpp"
#include "collect/series.hpp"

namespace sbraid::collect {
namespace {

constexpr std::int64_t k_settle_ms = 250;          // longer than the usual sample period of 1/6 s
constexpr std::int64_t k_recent_ms = 100;          // a reading so young serves again
constexpr std::int64_t k_clock_was_set_ms = 1000;  // a clock that is kept right by and by never jumps so far

std::int64_t clock_ms(clockid_t clock) {
    timespec t{};
    clock_gettime(clock, &t);
    return std::int64_t{t.tv_sec} * 1000 + t.tv_nsec / 1'000'000;
}

std::int64_t utc_ms() {
    return clock_ms(CLOCK_REALTIME);
}

double seconds(std::int64_t ms) {
    return static_cast<double>(ms) / 1000;
}

void wait_until(std::int64_t time_ms) {
    const std::int64_t left = std::min(time_ms - utc_ms(), k_settle_ms);
    if (left <= 0) return;
    const timespec pause{0, left * 1'000'000};
    nanosleep(&pause, nullptr);
}

// An answer must not be lost: the supervisor always reads, and if its buffer is full it has 5 s.
template <class T>
void answer(int socket, const T& value) {
    for (;;) {
        const Sent sent = send_struct(socket, value);
        if (sent == Sent::yes) return;
        if (sent == Sent::gone) _exit(0);
        const timespec pause{0, 1'000'000};
        nanosleep(&pause, nullptr);
    }
}

class Sampler {
  public:
    Sampler(int socket, const Step& step, const std::string& memberships)
        : socket_(socket), attribution_(processes_, step, memberships), since_ms_(utc_ms()) {
        OpenedSource opened = open_nvml(step.nvml, since_ms_ * 1000);
        ReadyAnswer ready;
        if (opened.source) {
            source_ = std::move(opened.source);
            ready.simulated = source_->is_simulated();
            opened.unknown_because = find_gpus(step.gpus);
        }
        std::snprintf(ready.unknown_because, sizeof ready.unknown_because, "%s",
                      opened.unknown_because.c_str());
        std::vector<std::string> uuids;
        for (const std::size_t gpu : assigned_) {
            std::snprintf(ready.uuids[ready.gpus++], sizeof ready.uuids[0], "%s",
                          source_->gpus()[gpu].uuid.c_str());
            uuids.push_back(source_->gpus()[gpu].uuid);
        }
        ledger_.emplace(uuids, seconds(since_ms_));
        answer(socket_, ready);
        read_all(utc_ms());
    }

    void serve(const std::vector<Command>& commands) {
        look_at_clock();
        start_ranks(commands);
        std::int64_t settled = 0;
        bool must_read = false;
        bool is_last = false;  // of some rank, or of all
        for (const Command& command : commands) {
            if (command.kind == CommandKind::rank_started) continue;
            must_read = true;
            if (command.kind == CommandKind::rank_ended)
                settled = std::max(settled, command.time_ms + k_settle_ms);
            is_last = is_last || command.kind != CommandKind::sample;
        }
        if (must_read) {
            wait_until(settled);
            for (const Command& command : commands)
                if (command.kind == CommandKind::rank_ended)
                    ledger_->end_rank(command.rank, seconds(command.time_ms));
            read_all(utc_ms());
        }
        if (is_last) read_accounts();
        for (const Command& command : commands) serve(command);
    }

  private:
    // Why there are none; "" when there is no reason to give.
    std::string find_gpus(const std::string& list) {
        AssignedGpus found = find_assigned(list, source_->gpus());
        if (found.positions.size() > std::size(ReadyAnswer{}.uuids)) return "too-many";
        assigned_ = std::move(found.positions);
        return found.unknown_because;
    }

    // Samples and ends of ranks are stamped with the time of day.
    void look_at_clock() {
        const std::int64_t offset = utc_ms() - clock_ms(CLOCK_MONOTONIC);
        const std::int64_t by = offset - std::exchange(clock_offset_ms_, offset);
        if (std::abs(by) <= k_clock_was_set_ms) return;
        ledger_->clock_was_set(seconds(by));
        read_ms_ += by;
        since_ms_ = std::min(since_ms_, since_ms_ + by);
    }

    // A rank's books begin with a reading, its baseline.
    void start_ranks(const std::vector<Command>& commands) {
        const auto is_start = [](const Command& c) { return c.kind == CommandKind::rank_started; };
        if (std::none_of(commands.begin(), commands.end(), is_start)) return;
        for (const Command& command : commands)
            if (is_start(command)) attribution_.rank_started(command.rank, command.pid);
        if (utc_ms() - read_ms_ > k_recent_ms) read_all(utc_ms());
        for (const Command& command : commands)
            if (is_start(command)) ledger_->start_rank(command.rank, seconds(read_ms_));
    }

    void read_all(std::int64_t now_ms) {
        const auto owner_of = [this](pid_t pid) { return attribution_.owner(pid); };
        for (std::size_t i = 0; i < assigned_.size(); ++i)
            ledger_->add(i, source_->read(assigned_[i]), seconds(now_ms), owner_of);
        read_ms_ = now_ms;
    }

    void read_accounts() {
        const auto owner_of = [this](pid_t pid) { return attribution_.owner(pid); };
        for (std::size_t i = 0; i < assigned_.size(); ++i)
            ledger_->add_accounts(i, source_->accounts(assigned_[i]), since_ms_ * 1000, owner_of);
    }

    void serve(const Command& command) {
        switch (command.kind) {
            case CommandKind::rank_started:
                break;  // start_ranks has done it
            case CommandKind::rank_ended:
                tell_rank(command.rank, true);
                ledger_->forget_rank(command.rank);
                attribution_.rank_ended(command.rank);
                break;
            case CommandKind::sample:
                for (const std::uint32_t rank : ledger_->ranks()) tell_rank(rank, false);
                tell_devices(false);
                tell_series();
                break;
            case CommandKind::finish:
                for (const std::uint32_t rank : ledger_->ranks()) tell_rank(rank, true);
                tell_devices(true);
                tell_series();
                break;
        }
        answer(socket_, DoneAnswer{.command = command});
    }

    void tell_rank(std::uint32_t rank, bool final) {
        for (const GpuUsage& usage : ledger_->usage_of_rank(rank))
            answer(socket_, UsageAnswer{.final = final, .usage = usage});
    }

    void tell_devices(bool final) {
        for (const GpuUsage& usage : ledger_->usage_of_devices())
            answer(socket_, UsageAnswer{.final = final, .usage = usage});
    }

    void tell_series() {
        std::vector<Glance> glances;
        for (std::size_t i = 0; i < assigned_.size(); ++i)
            glances.insert(glances.end(), ledger_->glances(i).begin(), ledger_->glances(i).end());
        SeriesAnswer series;
        const std::string line = series_line(read_ms_, glances, sizeof series.line - 1);
        if (line.empty() || glances.empty()) return;
        std::snprintf(series.line, sizeof series.line, "%s", line.c_str());
        answer(socket_, series);
    }

    int socket_;
    ProcTable processes_;
    Attribution attribution_;
    std::unique_ptr<GpuSource> source_;
    std::vector<std::size_t> assigned_;  // positions in source_->gpus()
    std::optional<GpuLedger> ledger_;    // its GPUs are parallel to assigned_
    std::int64_t since_ms_;
    std::int64_t read_ms_ = 0;
    std::int64_t clock_offset_ms_ = utc_ms() - clock_ms(CLOCK_MONOTONIC);
};

}  // namespace

void run_sampler(int socket, const Step& step, const std::string& memberships) {
    Sampler sampler(socket, step, memberships);
    std::string packet;
    std::vector<Command> commands;
    while (receive_bytes(socket, packet, true) == Received::packet) {
        commands.clear();
        do {
            if (const auto command = as_struct<Command>(packet)) commands.push_back(*command);
        } while (receive_bytes(socket, packet, false) == Received::packet);
        sampler.serve(commands);
    }
    _exit(0);
}

}  // namespace sbraid::collect
