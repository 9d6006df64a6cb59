// The sampler answers in order, so the oldest command is the one it works on; if nothing at all has come for
// 5 s while one is open, it hangs; so does one that has not begun to speak after a minute, or is not done 8 s
// after the end. It is killed (which may not help: then it stays behind, asleep in the driver) and never
// started again, since the next one would hang too. What it said last of each rank and GPU is kept, and
// becomes final, marked with the reason, when the rank or the step ends.
#include "collect/gpu_watch.hpp"

#include <cstdio>

#include "sbraid/usage.hpp"

namespace sbraid::collect {
namespace {

using namespace std::chrono_literals;

std::chrono::duration<double> as_seconds(Clock::duration duration) {
    return duration;
}

AnswerKind kind_of(const std::string& packet) {
    AnswerKind kind = AnswerKind::done;
    if (packet.size() >= sizeof kind) std::memcpy(&kind, packet.data(), sizeof kind);
    return kind;
}

template <std::size_t Size>
void copy(const std::string& text, char (&to)[Size]) {
    std::snprintf(to, Size, "%s", text.c_str());
}

}  // namespace

GpuWatch::GpuWatch(const Step& step, const std::string& memberships, Clock::time_point now,
                   GpuPatience patience)
    : patience_(patience), started_(now), waiting_since_(now), next_sample_(now + 1s) {
    if (step.gpus.empty()) {
        ready_.emplace();
        tell_ready_ = true;
        return;
    }
    child_ = start_child("sbraid-sampler", [&](int socket) { run_sampler(socket, step, memberships); });
    if (!child_) fail("crashed", 0);
}

void GpuWatch::rank_started(std::uint32_t rank, std::int32_t pid, std::int64_t time_ms) {
    command(CommandKind::rank_started, rank, pid, time_ms);
}

void GpuWatch::rank_ended(std::uint32_t rank, std::int64_t time_ms) {
    if (child_) {
        command(CommandKind::rank_ended, rank, 0, time_ms);
    } else {
        conclude(rank, time_ms);
    }
}

void GpuWatch::finish(std::int64_t time_ms) {
    if (finished_) return;
    finished_ = true;
    finish_by_ = Clock::now() + patience_.finish;
    if (child_) {
        command(CommandKind::finish, 0, 0, time_ms);
    } else {
        conclude_devices(time_ms);
    }
}

void GpuWatch::command(CommandKind kind, std::uint32_t rank, std::int32_t pid, std::int64_t time_ms) {
    if (child_) commands_.push_back({kind, rank, pid, time_ms});
}

GpuNews GpuWatch::step(Clock::time_point now, std::int64_t time_ms) {
    GpuNews news;
    if (child_) take_answers(now, time_ms, news);
    if (child_ && !finished_ && now >= next_sample_) {
        const double elapsed = as_seconds(now - started_).count();
        next_sample_ = now + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(next_interval(elapsed)));
        if (commands_.empty()) command(CommandKind::sample, 0, 0, time_ms);
    }
    if (child_) send_commands(now);
    if (const auto limit = hangs_at(); limit && now >= *limit) fail("hung", time_ms);
    if (tell_ready_) {
        news.ready = ready_;
        tell_ready_ = false;
    }
    news.final_usages.insert(news.final_usages.end(), tell_.begin(), tell_.end());
    tell_.clear();
    return news;
}

void GpuWatch::take_answers(Clock::time_point now, std::int64_t time_ms, GpuNews& news) {
    for (;;) {
        const Received received = receive_bytes(child_->socket.get(), packet_, false);
        if (received == Received::nothing) return;
        if (received == Received::gone) {
            fail("crashed", time_ms);
            return;
        }
        waiting_since_ = now;
        take(packet_, time_ms, news);
        if (!child_) return;
    }
}

void GpuWatch::take(const std::string& packet, std::int64_t time_ms, GpuNews& news) {
    switch (kind_of(packet)) {
        case AnswerKind::ready:
            ready_ = as_struct<ReadyAnswer>(packet);
            tell_ready_ = ready_.has_value();
            break;
        case AnswerKind::usage: {
            const auto answer = as_struct<UsageAnswer>(packet);
            if (!answer) break;
            const GpuUsage& usage = answer->usage;
            const Key key{usage.whole_device, usage.rank, usage.uuid};
            if (answer->final) {
                latest_.erase(key);
                tell_.push_back(usage);
            } else {
                latest_[key] = {usage, time_ms};
            }
            break;
        }
        case AnswerKind::series:
            if (const auto answer = as_struct<SeriesAnswer>(packet)) news.series.emplace_back(answer->line);
            break;
        case AnswerKind::done:
            if (commands_.empty() || sent_ == 0) break;
            if (commands_.front().kind == CommandKind::finish) child_.reset();
            commands_.pop_front();
            --sent_;
            break;
    }
}

void GpuWatch::send_commands(Clock::time_point now) {
    while (sent_ < commands_.size()) {
        if (send_struct(child_->socket.get(), commands_[sent_]) != Sent::yes) return;
        if (sent_ == 0 && ready_) waiting_since_ = now;
        ++sent_;
    }
}

void GpuWatch::fail(const char* why, std::int64_t time_ms) {
    failure_ = why;
    if (child_) give_up(*child_);
    child_.reset();
    if (!ready_) {
        ready_.emplace();
        copy(failure_, ready_->unknown_because);
        tell_ready_ = true;
    }
    // Devices of which nothing was heard yet.
    for (std::uint32_t i = 0; i < ready_->gpus; ++i) {
        Latest nothing{{}, time_ms};
        nothing.usage.whole_device = true;
        copy(ready_->uuids[i], nothing.usage.uuid);
        latest_.emplace(Key{true, 0, ready_->uuids[i]}, nothing);
    }
    for (const Command& open : commands_)
        if (open.kind == CommandKind::rank_ended) conclude(open.rank, open.time_ms);
    commands_.clear();
    sent_ = 0;
    if (finished_) conclude_devices(time_ms);
}

GpuUsage GpuWatch::concluded(const Latest& latest, std::int64_t time_ms) const {
    GpuUsage usage = latest.usage;
    usage.usage = unwatched_after(usage.usage, static_cast<double>(time_ms - latest.time_ms) / 1000);
    if (!failure_.empty()) copy(failure_, usage.unknown_because);
    return usage;
}

void GpuWatch::conclude(std::uint32_t rank, std::int64_t time_ms) {
    for (auto it = latest_.begin(); it != latest_.end();) {
        if (std::get<0>(it->first) || std::get<1>(it->first) != rank) {
            ++it;
            continue;
        }
        tell_.push_back(concluded(it->second, time_ms));
        it = latest_.erase(it);
    }
}

// And of ranks that never ended, as far as we were told.
void GpuWatch::conclude_devices(std::int64_t time_ms) {
    for (const auto& [key, latest] : latest_) tell_.push_back(concluded(latest, time_ms));
    latest_.clear();
}

std::optional<Clock::time_point> GpuWatch::next_deadline() const {
    if (!child_) return tell_.empty() && !tell_ready_ ? std::nullopt : std::optional(Clock::time_point{});
    if (sent_ < commands_.size()) return Clock::now() + 10ms;  // to be sent, or its socket is full
    std::optional<Clock::time_point> next = hangs_at();
    if (!finished_) next = next ? std::min(*next, next_sample_) : next_sample_;
    return next;
}

std::optional<Clock::time_point> GpuWatch::hangs_at() const {
    if (!child_) return std::nullopt;
    std::optional<Clock::time_point> limit = finish_by_;
    if (sent_ > 0 || !ready_) {
        const auto silent = waiting_since_ + (ready_ ? patience_.answer : patience_.start);
        limit = limit ? std::min(*limit, silent) : silent;
    }
    return limit;
}

void GpuWatch::kill() {
    if (child_) give_up(*child_);
    child_.reset();
}

}  // namespace sbraid::collect
