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

TEST(OpenEdges, OfAStartEndWithIt) {
    World world("[task.a]\nrun = \"true\"\n[task.b]\nrun = \"true\"\nafter = [\"a\"]\n");
    world.submit_all();
    EXPECT_EQ(waits(world, "b"), "waits for a");
    world.say(AttemptStarted{{world.id("a"), {}}, "a", 0, "n1"});
    EXPECT_EQ(waits(world, "b"), "");
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
    EXPECT_EQ(waits(world, "z"), "waits for some of a, b and c");
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
