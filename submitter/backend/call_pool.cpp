#include "backend/call_pool.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "io/unique_fd.hpp"

// The threads take one index after the other and put the outcomes into a list; the caller's thread sleeps on
// an eventfd and hands them on. Whether a call is still wanted is told by its entry in `under_way`: who takes
// that out, the thread or the caller, tells the outcome.

namespace sbraid {

namespace {

using Clock = std::chrono::steady_clock;

struct UnderWay {
    Clock::time_point begin;
    bool is_ready = false;
};

struct Shared {
    CallPool::Call call;
    std::size_t count = 0;
    UniqueFd wake;
    std::mutex mutex;  // of all below
    std::size_t next = 0;
    bool stop = false;
    std::map<std::size_t, UnderWay> under_way;
    std::deque<std::pair<std::size_t, SubmitOutcome>> ended;
};

void work(const std::shared_ptr<Shared>& shared) {
    while (true) {
        std::size_t index = 0;
        {
            const std::lock_guard lock(shared->mutex);
            if (shared->stop || shared->next == shared->count) return;
            index = shared->next++;
            shared->under_way[index] = {.begin = Clock::now()};
        }
        auto outcome = shared->call(index, [&] {
            const std::lock_guard lock(shared->mutex);
            shared->under_way[index] = {.begin = Clock::now(), .is_ready = true};
        });
        {
            const std::lock_guard lock(shared->mutex);
            if (shared->under_way.erase(index) == 0) return;  // left to itself: nobody waits for it
            shared->ended.emplace_back(index, std::move(outcome));
        }
        std::ignore = ::eventfd_write(shared->wake.get(), 1);  // full: then it is readable already
    }
}

bool start_thread(const std::shared_ptr<Shared>& shared) {
    try {
        std::thread(work, shared).detach();
    } catch (const std::system_error&) {
        return false;
    }
    return true;
}

class Watch {
  public:
    Watch(std::shared_ptr<Shared> shared, const CallPool::Limits& limits,
          const std::function<bool(std::size_t, SubmitOutcome)>& done)
        : shared_(std::move(shared)), limits_(limits), done_(done) {
        if (limits.bounds != nullptr) interrupts_ = limits.bounds->interrupts;
    }

    void finish() {
        while (!is_over()) {
            sleep();
            if (interrupts_ != nullptr && !signalled_ && interrupts_->requested()) {
                signalled_ = Clock::now();
                stop();
            }
            report_ended();
            leave_late();
        }
    }

  private:
    [[nodiscard]] bool is_over() const {
        const std::lock_guard lock(shared_->mutex);
        return shared_->under_way.empty() && shared_->ended.empty() &&
               (shared_->stop || shared_->next == shared_->count);
    }

    void stop() {
        const std::lock_guard lock(shared_->mutex);
        shared_->stop = true;
    }

    void report(std::size_t index, SubmitOutcome outcome) {
        if (!done_(index, std::move(outcome))) stop();
    }

    void sleep() {
        constexpr int k_look_again_ms = 100;
        std::array<pollfd, 2> fds{{{.fd = shared_->wake.get(), .events = POLLIN, .revents = 0},
                                   {.fd = -1, .events = POLLIN, .revents = 0}}};
        if (interrupts_ != nullptr && !signalled_) fds[1].fd = interrupts_->fd();
        std::ignore = ::poll(fds.data(), fds.size(), k_look_again_ms);  // a signal: the loop looks
        eventfd_t ignored = 0;
        std::ignore = ::eventfd_read(shared_->wake.get(), &ignored);  // empty: nothing has ended yet
    }

    void report_ended() {
        std::deque<std::pair<std::size_t, SubmitOutcome>> ended;
        {
            const std::lock_guard lock(shared_->mutex);
            ended.swap(shared_->ended);
        }
        for (auto& [index, outcome] : ended) report(index, std::move(outcome));
    }

    [[nodiscard]] Clock::time_point end_of(const UnderWay& call) const {
        auto end = call.begin + limits_.timeout;
        if (limits_.bounds != nullptr && limits_.bounds->end)
            end = std::min(end, std::max(*limits_.bounds->end, call.begin + k_least_call_time));
        if (signalled_) end = std::min(end, *signalled_ + limits_.last_words);
        return end;
    }

    void leave_late() {
        std::vector<std::size_t> late;
        {
            const std::lock_guard lock(shared_->mutex);
            const auto now = Clock::now();
            for (const auto& [index, call] : shared_->under_way)
                if (call.is_ready && end_of(call) <= now) late.push_back(index);
            for (const auto index : late) shared_->under_way.erase(index);
        }
        for (const auto index : late) {
            report(index, Unclear{.message = signalled_ ? "Slurm was left before it answered"
                                                        : "Slurm gave no answer within its time limit"});
            std::ignore = start_thread(shared_);  // in place of the one that hangs
        }
    }

    std::shared_ptr<Shared> shared_;
    const CallPool::Limits& limits_;
    const std::function<bool(std::size_t, SubmitOutcome)>& done_;
    Interrupts* interrupts_ = nullptr;
    std::optional<Clock::time_point> signalled_;
};

}  // namespace

void CallPool::run(std::size_t count, Call call, const Limits& limits,
                   const std::function<bool(std::size_t, SubmitOutcome)>& done) {
    if (count == 0) return;
    auto shared = std::make_shared<Shared>();
    shared->call = std::move(call);
    shared->count = count;
    shared->wake = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    std::size_t threads = 0;
    while (shared->wake && threads < std::min(limits.threads, count) && start_thread(shared)) ++threads;
    if (threads == 0) {
        std::ignore = done(0, Busy{.message = fmt::format("cannot start a thread: {}",
                                                          std::generic_category().message(errno))});
        return;
    }
    Watch(std::move(shared), limits, done).finish();
}

}  // namespace sbraid
