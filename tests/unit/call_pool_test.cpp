#include "backend/call_pool.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

// Calls that block, several at a time: each is told once, nothing new begins after a no, and one that hangs
// is left to itself.

namespace sbraid {
namespace {

using namespace std::chrono_literals;

constexpr auto k_ready = [](const std::function<void()>& is_ready) { is_ready(); };

TEST(CallPool, EachCallIsToldOnceInWhateverOrder) {
    std::multiset<std::size_t> told;
    std::set<std::thread::id> from;
    CallPool::run(
        500,
        [](std::size_t i, const std::function<void()>& is_ready) -> SubmitOutcome {
            k_ready(is_ready);
            return Submitted{.id = JobId{static_cast<std::uint32_t>(i + 1)}, .cluster = {}};
        },
        {.threads = 4},
        [&](std::size_t i, const SubmitOutcome& outcome) {
            EXPECT_EQ(std::get<Submitted>(outcome).id.value, i + 1);
            told.insert(i);
            from.insert(std::this_thread::get_id());
            return true;
        });
    EXPECT_EQ(told.size(), 500U);
    EXPECT_EQ(std::set(told.begin(), told.end()).size(), 500U);
    EXPECT_EQ(from, std::set{std::this_thread::get_id()});
}

TEST(CallPool, AsManyAreUnderWayAsThereAreThreads) {
    std::atomic<int> waiting = 0;
    std::promise<void> all_are_there;
    const auto there = all_are_there.get_future().share();
    std::size_t told = 0;
    CallPool::run(
        4,
        [&, there](std::size_t, const std::function<void()>& is_ready) -> SubmitOutcome {
            is_ready();
            if (++waiting == 4) all_are_there.set_value();
            if (there.wait_for(60s) != std::future_status::ready) return Refused{.message = "alone"};
            return Submitted{};
        },
        {.threads = 4},
        [&](std::size_t, const SubmitOutcome& outcome) {
            EXPECT_TRUE(std::holds_alternative<Submitted>(outcome));
            ++told;
            return true;
        });
    EXPECT_EQ(told, 4U);
}

TEST(CallPool, AfterANoOnlyWhatIsUnderWayIsTold) {
    std::atomic<std::size_t> begun = 0;
    std::atomic<std::size_t> told = 0;
    CallPool::run(
        1000,
        [&](std::size_t index, const std::function<void()>& is_ready) -> SubmitOutcome {
            ++begun;
            is_ready();
            // Never further ahead than by one of what has been told.
            for (std::size_t so_far = told; so_far < index; so_far = told) told.wait(so_far);
            return Refused{.message = "no"};
        },
        {.threads = 1},
        [&](std::size_t, const SubmitOutcome&) {
            ++told;
            told.notify_all();
            return false;
        });
    EXPECT_EQ(told, begun);
    EXPECT_LE(begun, 3U);
}

/// A call that comes back when its test has ended.
struct Hanging {
    std::promise<void> end;
    std::shared_future<void> ended = end.get_future().share();
    [[nodiscard]] CallPool::Call call() const {
        return [ended = ended](std::size_t i, const std::function<void()>& is_ready) -> SubmitOutcome {
            is_ready();
            if (i == 0) ended.wait();
            return Submitted{.id = JobId{7}, .cluster = {}};
        };
    }
};

TEST(CallPool, ACallThatHangsIsUnclearAndTheOthersGoOn) {
    Hanging hanging;
    std::vector<std::string> told;
    CallPool::run(3, hanging.call(), {.threads = 1, .timeout = 200ms},
                  [&](std::size_t, const SubmitOutcome& outcome) {
                      const auto* unclear = std::get_if<Unclear>(&outcome);
                      told.push_back(unclear != nullptr ? unclear->message : "submitted");
                      return true;
                  });
    EXPECT_EQ(told, (std::vector<std::string>{"Slurm gave no answer within its time limit", "submitted",
                                              "submitted"}));
    hanging.end.set_value();
}

TEST(CallPool, ASignalLeavesACallThatHangsItsLastWords) {
    Hanging hanging;
    Interrupts interrupts;
    const CallBounds bounds{.interrupts = &interrupts};
    std::vector<std::string> told;
    // The first hangs while the second is told.
    CallPool::run(2, hanging.call(), {.threads = 2, .timeout = 60s, .last_words = 200ms, .bounds = &bounds},
                  [&](std::size_t i, const SubmitOutcome& outcome) {
                      const auto* unclear = std::get_if<Unclear>(&outcome);
                      told.push_back(unclear != nullptr ? unclear->message : std::to_string(i));
                      if (i == 1) ::raise(SIGTERM);
                      return true;
                  });
    EXPECT_EQ(told, (std::vector<std::string>{"1", "Slurm was left before it answered"}));
    hanging.end.set_value();
}

}  // namespace
}  // namespace sbraid
