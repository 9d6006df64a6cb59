#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collect/worker.hpp"

namespace sbraid::collect {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// Steps until `done`, or for at most a minute; what came back.
template <class Done>
std::vector<std::string> run_until(Pipeline& pipeline, Done done) {
    std::vector<std::string> undone;
    const auto limit = Clock::now() + 60s;
    while (!done() && Clock::now() < limit) {
        for (std::string& piece : pipeline.step(Clock::now())) undone.push_back(std::move(piece));
        pollfd descriptor{pipeline.socket(), POLLIN, 0};
        poll(&descriptor, 1, 10);
        reap_children();
    }
    EXPECT_TRUE(done());
    return undone;
}

int* shared_count() {
    return static_cast<int*>(
        mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

// The workers that were started, and those that were told to hang, counted by themselves.
int& started() {
    static int* const count = shared_count();
    return *count;
}
int& hanging() {
    static int* const count = shared_count();
    return *count;
}

// Acknowledges each piece; "no" is not done, "die" ends the worker, "die once" the first one, "hang" stops
// it.
void work(int socket) {
    const bool is_first = started()++ == 0;
    std::string piece;
    while (receive_bytes(socket, piece, true) == Received::packet) {
        if (piece == "die" || (piece == "die once" && is_first)) _exit(1);
        if (piece == "hang") {
            ++hanging();
            pause();
        }
        send_struct(socket, Ack{piece != "no"});
    }
    _exit(0);
}

// What comes back when a worker of an hour's patience has been told to hang, and has hung for hours.
std::vector<std::string> hang_for_hours(Pipeline& pipeline) {
    const int before = hanging();
    auto undone = run_until(pipeline, [&] { return hanging() > before; });
    for (const auto hours : {2h, 4h})  // the first may find an answer from before
        for (std::string& piece : pipeline.step(Clock::now() + hours)) undone.push_back(std::move(piece));
    return undone;
}

TEST(Pipeline, HandsBackWhatTheWorkerCouldNotDo) {
    Pipeline pipeline("sbraid-test", work, {.deadline = 1h, .most_bytes = 1000});
    for (const char* piece : {"a", "no", "b"}) EXPECT_TRUE(pipeline.push(piece, Clock::now()));
    EXPECT_THAT(run_until(pipeline, [&] { return pipeline.is_idle(); }), ElementsAre("no"));
    EXPECT_FALSE(pipeline.is_dead());
    pipeline.close();
}

TEST(Pipeline, StartsAWorkerAgainThatDied) {
    started() = 0;
    Pipeline pipeline("sbraid-test", work, {.deadline = 1h, .restarts = 1, .most_bytes = 1000});
    for (const char* piece : {"a", "die once", "b"}) EXPECT_TRUE(pipeline.push(piece, Clock::now()));
    EXPECT_THAT(run_until(pipeline, [&] { return pipeline.is_idle(); }), IsEmpty());
    EXPECT_FALSE(pipeline.is_dead());
    EXPECT_EQ(started(), 2);
    pipeline.close();
}

TEST(Pipeline, StartsAWorkerSoOftenAndNotMore) {
    started() = 0;
    Pipeline pipeline("sbraid-test", work, {.deadline = 1h, .restarts = 3, .most_bytes = 1000});
    // It takes all three restarts with it: the first piece is sent again to each worker.
    for (const char* piece : {"die", "a"}) EXPECT_TRUE(pipeline.push(piece, Clock::now()));
    EXPECT_THAT(run_until(pipeline, [&] { return pipeline.is_dead(); }), ElementsAre("die", "a"));
    EXPECT_EQ(started(), 4);
    EXPECT_FALSE(pipeline.has_hung());
    EXPECT_FALSE(pipeline.push("later", Clock::now()));
}

TEST(Pipeline, GivesUpAWorkerThatHangsAndHandsBackEverything) {
    Pipeline pipeline("sbraid-test", work, {.deadline = 1h, .restarts = 3, .most_bytes = 1000});
    for (const char* piece : {"a", "hang", "b"}) EXPECT_TRUE(pipeline.push(piece, Clock::now()));
    EXPECT_THAT(hang_for_hours(pipeline), ElementsAre("hang", "b"));
    EXPECT_TRUE(pipeline.is_dead());
    EXPECT_TRUE(pipeline.has_hung());
}

TEST(Pipeline, HandsBackWhatIsNotAnsweredWhenItIsAbandoned) {
    Pipeline pipeline("sbraid-test", work, {.deadline = 1h, .restarts = 3, .most_bytes = 1000});
    for (const char* piece : {"hang", "b"}) EXPECT_TRUE(pipeline.push(piece, Clock::now()));
    EXPECT_THAT(pipeline.step(Clock::now()), IsEmpty());
    EXPECT_THAT(pipeline.abandon(), ElementsAre("hang", "b"));
    EXPECT_TRUE(pipeline.is_idle());
    EXPECT_FALSE(pipeline.push("later", Clock::now()));
    reap_children();
}

TEST(Pipeline, ReplacesAWorkerThatHungAfterAWhileAndNotForEver) {
    started() = 0;
    Pipeline pipeline(
        "sbraid-test", work,
        {.deadline = 1h, .restarts = 0, .replacements = 1, .back_off = 24h, .most_bytes = 1000});
    EXPECT_TRUE(pipeline.push("hang", Clock::now()));
    EXPECT_THAT(hang_for_hours(pipeline), ElementsAre("hang"));
    EXPECT_TRUE(pipeline.has_hung());
    EXPECT_FALSE(pipeline.push("too early", Clock::now()));
    EXPECT_FALSE(pipeline.is_dead());
    EXPECT_FALSE(pipeline.next_deadline());

    const auto later = Clock::now() + 48h;
    EXPECT_TRUE(pipeline.push("a", later));
    EXPECT_THAT(run_until(pipeline, [&] { return pipeline.is_idle(); }), IsEmpty());
    EXPECT_EQ(started(), 2);
    EXPECT_TRUE(pipeline.push("hang", later));
    EXPECT_THAT(hang_for_hours(pipeline), ElementsAre("hang"));
    EXPECT_TRUE(pipeline.is_dead());
    EXPECT_FALSE(pipeline.push("later", later + 48h));
}

TEST(Pipeline, RefusesMoreThanItsShare) {
    Pipeline pipeline("sbraid-test", work, {.deadline = 1h, .most_bytes = 10});
    EXPECT_TRUE(pipeline.push("0123456789", Clock::now()));
    EXPECT_FALSE(pipeline.push("x", Clock::now()));
    EXPECT_THAT(run_until(pipeline, [&] { return pipeline.is_idle(); }), IsEmpty());
    EXPECT_TRUE(pipeline.push("x", Clock::now()));
    EXPECT_FALSE(pipeline.push(std::string(k_most_packet + 1, 'x'), Clock::now()));
    pipeline.kill();
}

TEST(Pipeline, WantsToBeSteppedAtOnceWhenItHasWork) {
    Pipeline pipeline("sbraid-test", work, {.deadline = 1h, .most_bytes = 10});
    EXPECT_TRUE(pipeline.push("a", Clock::now()));
    EXPECT_LE(*pipeline.next_deadline() - Clock::now(), 0s) << "a wait that overflows is a long one";
}

TEST(Pipeline, WaitsForNothingWhenItHasNothing) {
    Pipeline pipeline("sbraid-test", work, {.deadline = 1h, .most_bytes = 10});
    EXPECT_TRUE(pipeline.is_idle());
    EXPECT_FALSE(pipeline.next_deadline());
    EXPECT_EQ(pipeline.socket(), -1);
}

}  // namespace
}  // namespace sbraid::collect
