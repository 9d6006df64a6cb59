#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "collect/worker.hpp"

namespace sbraid::collect {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// Steps until `done`, or for at most 10 s; what came back.
template <class Done>
std::vector<std::string> run_until(Pipeline& pipeline, Done done) {
    std::vector<std::string> undone;
    const auto limit = Clock::now() + 10s;
    while (!done() && Clock::now() < limit) {
        for (std::string& piece : pipeline.step(Clock::now())) undone.push_back(std::move(piece));
        pollfd descriptor{pipeline.socket(), POLLIN, 0};
        poll(&descriptor, 1, 10);
        reap_children();
    }
    EXPECT_TRUE(done());
    return undone;
}

// Acknowledges each piece; "no" is not done, "die" ends the worker, "hang" stops it.
void work(int socket) {
    std::string piece;
    while (receive_bytes(socket, piece, true) == Received::packet) {
        if (piece == "die") _exit(1);
        if (piece == "hang") pause();
        send_struct(socket, Ack{piece != "no"});
    }
    _exit(0);
}

TEST(Pipeline, HandsBackWhatTheWorkerCouldNotDo) {
    Pipeline pipeline("sbraid-test", work, 5s, 0, 1000);
    for (const char* piece : {"a", "no", "b"}) EXPECT_TRUE(pipeline.push(piece));
    EXPECT_THAT(run_until(pipeline, [&] { return pipeline.is_idle(); }), ElementsAre("no"));
    EXPECT_FALSE(pipeline.is_dead());
    pipeline.close();
}

TEST(Pipeline, StartsAWorkerAgainThatDied) {
    Pipeline pipeline("sbraid-test", work, 5s, 3, 1000);
    // It takes all three restarts with it: the first piece is sent again to each worker.
    for (const char* piece : {"die", "a"}) EXPECT_TRUE(pipeline.push(piece));
    EXPECT_THAT(run_until(pipeline, [&] { return pipeline.is_dead(); }), ElementsAre("die", "a"));
    EXPECT_FALSE(pipeline.has_hung());
    EXPECT_FALSE(pipeline.push("later"));
}

TEST(Pipeline, GivesUpAWorkerThatHangsAndHandsBackEverything) {
    Pipeline pipeline("sbraid-test", work, 100ms, 3, 1000);
    for (const char* piece : {"a", "hang", "b"}) EXPECT_TRUE(pipeline.push(piece));
    EXPECT_THAT(run_until(pipeline, [&] { return pipeline.is_dead(); }), ElementsAre("hang", "b"));
    EXPECT_TRUE(pipeline.has_hung());
}

TEST(Pipeline, RefusesMoreThanItsShare) {
    Pipeline pipeline("sbraid-test", work, 5s, 0, 10);
    EXPECT_TRUE(pipeline.push("0123456789"));
    EXPECT_FALSE(pipeline.push("x"));
    EXPECT_THAT(run_until(pipeline, [&] { return pipeline.is_idle(); }), IsEmpty());
    EXPECT_TRUE(pipeline.push("x"));
    EXPECT_FALSE(pipeline.push(std::string(k_most_packet + 1, 'x')));
    pipeline.kill();
}

TEST(Pipeline, WantsToBeSteppedAtOnceWhenItHasWork) {
    Pipeline pipeline("sbraid-test", work, 5s, 0, 10);
    EXPECT_TRUE(pipeline.push("a"));
    EXPECT_LE(*pipeline.next_deadline() - Clock::now(), 0s) << "a wait that overflows is a long one";
}

TEST(Pipeline, WaitsForNothingWhenItHasNothing) {
    Pipeline pipeline("sbraid-test", work, 5s, 0, 10);
    EXPECT_TRUE(pipeline.is_idle());
    EXPECT_FALSE(pipeline.next_deadline());
    EXPECT_EQ(pipeline.socket(), -1);
}

}  // namespace
}  // namespace sbraid::collect
