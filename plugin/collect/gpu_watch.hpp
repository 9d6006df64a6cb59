// The supervisor's side of the sampler: commands go out, usage comes in, and a sampler that does not answer
// is given up together with what it did not say.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "collect/sampler.hpp"
#include "collect/worker.hpp"

namespace sbraid::collect {

// What came out of one step() of the watch, in order.
struct GpuNews {
    std::optional<ReadyAnswer> ready;    // once: also when the sampler failed before it could tell
    std::vector<GpuUsage> final_usages;  // nothing more comes of these
    std::vector<std::string> series;     // lines
};

// How long the sampler may take before it counts as hung.
struct GpuPatience {
    // Until its first word. Where nobody keeps the driver awake (persistence mode), the first one who asks
    // wakes all GPUs of the node, which takes seconds for each.
    Clock::duration start = std::chrono::seconds{60};
    Clock::duration answer = std::chrono::seconds{5};  // later, with nothing said while something is asked
    // From finish on, however much it says: a step has half a minute for all that comes after it.
    Clock::duration finish = std::chrono::seconds{8};
};

class GpuWatch {
  public:
    // No sampler is started for a step without GPUs: it is done from the beginning, with nothing to tell.
    GpuWatch(const Step& step, const std::string& memberships, Clock::time_point now,
             GpuPatience patience = {});

    void rank_started(std::uint32_t rank, std::int32_t pid, std::int64_t time_ms);
    void rank_ended(std::uint32_t rank, std::int64_t time_ms);
    // No more ranks; what is not known after the patience for it is told as far as it is.
    void finish(std::int64_t time_ms);

    GpuNews step(Clock::time_point now, std::int64_t time_ms);

    // All is said: after finish, or after a failure and finish.
    [[nodiscard]] bool is_done() const { return finished_ && !child_ && tell_.empty(); }
    [[nodiscard]] const std::string& failure() const { return failure_; }  // "", "hung", "crashed"
    [[nodiscard]] int socket() const { return child_ ? child_->socket.get() : -1; }
    [[nodiscard]] std::optional<Clock::time_point> next_deadline() const;
    void kill();

  private:
    using Key = std::tuple<bool, std::uint32_t, std::string>;
    struct Latest {
        GpuUsage usage;
        std::int64_t time_ms = 0;
    };

    [[nodiscard]] std::optional<Clock::time_point> hangs_at() const;
    void command(CommandKind kind, std::uint32_t rank, std::int32_t pid, std::int64_t time_ms);
    void take_answers(Clock::time_point now, std::int64_t time_ms, GpuNews& news);
    void take(const std::string& packet, std::int64_t time_ms, GpuNews& news);
    void send_commands(Clock::time_point now);
    void fail(const char* why, std::int64_t time_ms);
    void conclude(std::uint32_t rank, std::int64_t time_ms);
    void conclude_devices(std::int64_t time_ms);
    GpuUsage concluded(const Latest& latest, std::int64_t time_ms) const;

    std::optional<Child> child_;
    std::string failure_;
    bool finished_ = false;  // no more ranks
    std::optional<ReadyAnswer> ready_;
    std::deque<Command> commands_;  // not done yet, oldest first
    std::size_t sent_ = 0;          // of them
    GpuPatience patience_;
    std::optional<Clock::time_point> finish_by_;
    Clock::time_point started_, waiting_since_, next_sample_;
    std::map<Key, Latest> latest_;  // of what is not final
    std::vector<GpuUsage> tell_;    // final, to be handed out by the next step()
    bool tell_ready_ = false;
    std::string packet_;
};

}  // namespace sbraid::collect
