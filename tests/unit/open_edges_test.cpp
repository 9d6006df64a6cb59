#include "../../lib/src/open_edges.hpp"

#include <gtest/gtest.h>

#include "run_state_fixture.hpp"

namespace sbraid {
namespace {

std::string waits(const World& world, std::string_view job,
                  std::optional<std::uint32_t> element = std::nullopt) {
    return OpenEdges{world.plan, world.state, job_of(world.plan, job)}.in_words(element);
}

TEST(OpenEdges, AreThoseOfParentsThatHaveNotEnded) {
    World world(R"(
[task.a]
run = "true"
[task.b]
run = "true"
[task.c]
run = "true"
afterok = ["a", "b", "job:7"]
)");
    world.submit_all();
    EXPECT_EQ(waits(world, "c"), "waits for a, b and job 7");
    world.slurm_says("a", JobState::completed);
    EXPECT_EQ(waits(world, "c"), "waits for b and job 7");
    EXPECT_EQ(waits(world, "a"), "");
}

TEST(OpenEdges, ManyParentsAreCounted) {
    std::string toml;
    for (int i = 0; i < 9; ++i) toml += "[task.p" + std::to_string(i) + "]\nrun = \"true\"\n";
    World world(toml + "[task.z]\nrun = \"true\"\nafterany = [\"p*\"]\n");
    world.submit_all();
    EXPECT_EQ(waits(world, "z"), "waits for p0, p1, p2 and 6 others");
}

TEST(OpenEdges, GoByTheElementWhereTheEdgeDoes) {
    World world(R"(
[task.a]
run = "true"
array = "0-2"
[task.b]
run = "true"
aftercorr = ["a"]
[task.c]
run = "true"
afterok = ["a[2]"]
)");
    world.submit_all();
    world.slurm_says("a", JobState::completed, 0);
    EXPECT_EQ(waits(world, "b", 0), "");
    EXPECT_EQ(waits(world, "b", 1), "waits for a");
    EXPECT_EQ(waits(world, "c"), "waits for a[2]");
}

TEST(OpenEdges, OfAStartEndWithThatOfAllElements) {
    World world(R"(
[task.a]
run = "true"
array = "0-1"
[task.b]
run = "true"
after = ["a"]
[task.c]
run = "true"
after = ["a+10"]
[task.d]
run = "true"
after = ["a[0]"]
)");
    world.submit_all();
    world.say(AttemptStarted{{world.id("a"), 0}, "a", 0, "n1"});
    EXPECT_EQ(waits(world, "b"), "waits for a");
    EXPECT_EQ(waits(world, "d"), "");
    world.say(AttemptStarted{{world.id("a"), 1}, "a", 0, "n1"});
    EXPECT_EQ(waits(world, "b"), "");
    EXPECT_EQ(waits(world, "c"), "waits until 10 min after the start of a");
}

TEST(OpenEdges, ByTheElementStandBesideOthers) {
    World world(R"(
[task.a]
run = "true"
array = "0-1"
[task.x]
run = "true"
[task.b]
run = "true"
aftercorr = ["a"]
afterok = ["x"]
)");
    world.submit_all();
    world.slurm_says("a", JobState::completed, 0);
    OpenEdges open{world.plan, world.state, job_of(world.plan, "b")};
    EXPECT_EQ(open.in_words(0), "waits for x");
    EXPECT_EQ(open.in_words(1), "waits for a and x");
    EXPECT_EQ(open.in_words(0), "waits for x");
}

TEST(OpenEdges, AlternativesAndGatesAreLookedThrough) {
    World world(R"toml(
[task.a]
run = "true"
[task.b]
run = "true"
[task.c]
run = "true"
[task.z]
run = "true"
dependency = "afterok:a,(afterok:b?afterok:c)"
)toml");
    world.submit_all();
    EXPECT_EQ(waits(world, "z"), "waits for a, and for some of b and c");
    world.slurm_says("b", JobState::failed);
    EXPECT_EQ(waits(world, "z"), "waits for a and c");
    world.slurm_says("c", JobState::completed);
    EXPECT_EQ(waits(world, "z"), "waits for a");
}

TEST(OpenEdges, OneThatIsMetSettlesItsAlternatives) {
    World world(R"toml(
[task.a]
run = "true"
[task.b]
run = "true"
[task.c]
run = "true"
[task.z]
run = "true"
dependency = "afterok:b,(afterok:c?afternotok:a)"
)toml");
    world.submit_all();
    world.slurm_says("a", JobState::failed);
    EXPECT_EQ(waits(world, "z"), "waits for b");
}

TEST(OpenEdges, OfLimitsAreToldWhereNothingElseIsOpen) {
    World world(R"(
[limits]
jobs = 1
[task.a]
run = "true"
expect = "2h"
[task.b]
run = "true"
)");
    world.submit_all();
    EXPECT_EQ(waits(world, "b"), "waits for a, as [limits] says");
}

}  // namespace
}  // namespace sbraid
