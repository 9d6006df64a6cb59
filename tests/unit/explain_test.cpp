#include "sbraid/explain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_state_fixture.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Explanation> explained(const World& world, std::string_view task, std::int64_t now_s = 5000) {
    return explain(world.plan, world.state, tasks_named(world.plan, task).value(),
                   {.now = at_s(now_s), .run = "flow-1", .file = "flow.toml"});
}

Explanation only(const World& world, std::string_view task) {
    auto all = explained(world, task);
    EXPECT_EQ(all.size(), 1U);
    return all.at(0);
}

void slurm_says(World& world, const JobStatus& status) {
    for (ElementEnded& event : observe(world.state, world.plan, {status}, world.now_s()))
        world.say(std::move(event));
}

TEST(Explain, AFailureComesWithWhatItDidAndWhatNext) {
    World world{k_chain};
    world.submit_all();
    JobStatus ended = world.status("prep", JobState::failed);
    ended.exit_code = 127;
    ended.start = at_s(2000);
    ended.end = at_s(2065);
    slurm_says(world, ended);
    const Explanation prep = only(world, "prep");
    EXPECT_EQ(prep.first.why, "exit code 127");
    EXPECT_THAT(prep.because, ElementsAre("ran 1m05s on n1"));
    EXPECT_THAT(prep.next,
                ElementsAre(HasSubstr("a command was not found"),
                            "'sbraid resume --from prep flow-1' submits it again, and what waits for it"));
}

TEST(Explain, ATaskThatCanNeverRunIsTracedToWhatItBeganWith) {
    World world{R"(
[task.a]
run = "false"
[task.b]
run = "true"
afterok = ["a"]
[task.c]
run = "true"
afterok = ["b"]
)"};
    world.submit_all();
    JobStatus ended = world.status("a", JobState::failed);
    ended.exit_code = 3;
    slurm_says(world, ended);
    std::ignore = world.dead();
    const Explanation c = only(world, "c");
    EXPECT_EQ(c.first.state, JobState::skipped);
    EXPECT_THAT(c.because, ElementsAre("it began with a (FAILED, exit code 3)"));
}

TEST(Explain, WhatWaitsForSlurmIsToldWhatItAsksForAndWhenItIsExpected) {
    World world{R"(
[task.a]
run = "true"
time = "02:00:00"
nodes = 4
gpus_per_node = "h100:8"
)"};
    world.submit_all();
    JobStatus waits = world.status("a", JobState::pending);
    waits.reason = "Priority";
    waits.forecast = at_s(5000 + 3720);
    slurm_says(world, waits);
    const Explanation a = only(world, "a");
    EXPECT_EQ(a.first.why, "waits behind jobs of higher priority");
    EXPECT_THAT(a.because, ElementsAre("Slurm expects to start it in 1h02m",
                                       "asks for --gpus-per-node=h100:8 --nodes=4 --time=02:00:00"));
    EXPECT_THAT(a.next, ElementsAre("'sprio -j 101' shows what its priority is made of"));
}

TEST(Explain, AForecastThatIsOverIsNotTold) {
    World world{"[task.a]\nrun = \"true\"\n"};
    world.submit_all();
    JobStatus waits = world.status("a", JobState::pending);
    waits.reason = "Resources";
    waits.forecast = at_s(4000);
    slurm_says(world, waits);
    EXPECT_THAT(only(world, "a").because, ElementsAre());
}

TEST(Explain, MoreTimeAndMemoryAreAdvisedWhereTheyRanOut) {
    World world{
        "[task.a]\nrun = \"true\"\ntime = 10\nmem = \"2G\"\n[task.b]\nrun = \"true\"\nmem = \"2G\"\n"};
    world.submit_all();
    slurm_says(world, world.status("a", JobState::timeout));
    slurm_says(world, world.status("b", JobState::out_of_memory));
    EXPECT_THAT(only(world, "a").next.back(),
                HasSubstr("'sbraid resume --set a.time=00:20:00 flow-1' submits"));
    EXPECT_THAT(only(world, "b").next.back(), HasSubstr("'sbraid resume --set b.mem=4096M flow-1' submits"));
}

TEST(Explain, ElementsThatShareAFateStandTogetherFailuresFirst) {
    World world{"[task.a]\nrun = \"true\"\narray = \"0-3\"\n"};
    world.submit_all();
    for (const std::uint32_t element : {0U, 1U, 2U}) {
        JobStatus ended = world.status("a", element == 0 ? JobState::completed : JobState::failed, element);
        if (element > 0) ended.exit_code = 1;
        slurm_says(world, ended);
    }
    const auto all = explained(world, "a");
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].first.state, JobState::failed);
    EXPECT_THAT(all[0].elements, ElementsAre("1", "2"));
    EXPECT_THAT(all[1].elements, ElementsAre("0"));
    EXPECT_THAT(explained(world, "a[2]").at(0).elements, ElementsAre("2"));
}

TEST(Explain, WhatAnElementDiedOfIsItsOwnParent) {
    World world{R"(
[task.a]
run = "true"
array = "0-3"
[task.b]
run = "true"
array = "0-3"
aftercorr = ["a"]
[task.last]
run = "true"
afterok = ["a[3]"]
)"};
    world.submit_all();
    for (const std::uint32_t element : {0U, 3U}) {
        JobStatus ended = world.status("a", JobState::failed, element);
        ended.exit_code = 2 + static_cast<int>(element);
        slurm_says(world, ended);
    }
    std::ignore = world.dead();
    EXPECT_THAT(only(world, "last").because, ElementsAre("it began with a[3] (FAILED, exit code 5)"));
    EXPECT_THAT(only(world, "b[3]").because, ElementsAre("it began with a[3] (FAILED, exit code 5)"));
    // Each is behind its own parent: one explanation all the same.
    EXPECT_THAT(explained(world, "b").at(0).elements, ElementsAre("0", "3"));
}

TEST(Explain, AnArrayIsReleasedAsAWhole) {
    World world{"[task.a]\nrun = \"true\"\nmem = \"1G\"\nhold = true\narray = \"0-3\"\n"};
    world.submit_all();
    for (const std::uint32_t element : {0U, 1U, 2U, 3U}) {
        JobStatus held = world.status("a", JobState::pending, element);
        held.reason = "JobHeldUser";
        slurm_says(world, held);
    }
    world.state.jobs[0].current->held = false;
    const Explanation all = only(world, "a");
    EXPECT_THAT(all.because, ElementsAre());
    EXPECT_THAT(all.next, ElementsAre("'scontrol release 101' ends the hold"));
    EXPECT_THAT(only(world, "a[2]").next, ElementsAre("'scontrol release 101_2' ends the hold"));
}

TEST(Explain, AnEdgeThatIsMetIsNoRoot) {
    World world{R"(
[task.good]
run = "true"
[task.bad]
run = "true"
[task.handler]
run = "true"
afternotok = ["good"]
afterany = ["bad"]
)"};
    world.submit_all();
    slurm_says(world, world.status("bad", JobState::failed));
    slurm_says(world, world.status("good", JobState::completed));
    std::ignore = world.dead();
    EXPECT_THAT(only(world, "handler").because, ElementsAre());
}

TEST(Explain, AServiceThatWasEndedWhenNothingNeededItIsNoFailure) {
    World world{"[task.a]\nrun = \"true\"\nservice = true\n[task.b]\nrun = \"true\"\nafter = [\"a\"]\n"};
    world.submit_all();
    JobStatus ended = world.status("a", JobState::cancelled);
    ended.start = at_s(2000);
    ended.end = at_s(2010);
    slurm_says(world, ended);
    const Explanation a = only(world, "a");
    EXPECT_EQ(a.first.why, "nothing needs it any more");
    EXPECT_FALSE(a.is_failure);
    EXPECT_THAT(a.next, ElementsAre());
}

TEST(Explain, ALimitOnEachJobIsNotWaitedFor) {
    World world{"[task.a]\nrun = \"true\"\n"};
    world.submit_all();
    JobStatus waits = world.status("a", JobState::pending);
    waits.reason = "QOSMaxWallDurationPerJobLimit";
    slurm_says(world, waits);
    EXPECT_THAT(only(world, "a").next, ElementsAre(HasSubstr("will never start")));
}

TEST(Explain, WhatASubmissionLeftOutIsToldWithTheCommandThatGoesOn) {
    World world{k_chain};
    EXPECT_THAT(only(world, "train").next, ElementsAre("'sbraid resume flow-1' submits it"));
}

TEST(Explain, TheTextShowsTheEndOfTheLogWithoutControlCharacters) {
    World world{k_chain};
    world.submit_all();
    JobStatus ended = world.status("prep", JobState::failed);
    ended.exit_code = 1;
    slurm_says(world, ended);
    const std::string text = explain_text(
        {{.what = only(world, "prep"), .log = "logs/prep-101.out", .tail = {"\x1b[31mno\x1b[0m"}}});
    EXPECT_EQ(text,
              "prep: FAILED (job 101)\n"
              "  why   exit code 1\n"
              "  log   logs/prep-101.out\n"
              "        | no\n"
              "  next  'sbraid resume --from prep flow-1' submits it again, and what waits for it\n");
}

TEST(Explain, TheJsonHasTheSame) {
    World world{k_chain};
    world.submit_all();
    JobStatus ended = world.status("prep", JobState::failed);
    ended.exit_code = 1;
    slurm_says(world, ended);
    EXPECT_EQ(
        explain_json(world.plan, false, {{.what = only(world, "prep"), .log = {}, .tail = {}}}),
        "{\"schema\":\"sbraid.explain/1\",\"run\":\"" + world.plan.run +
            "\",\"stale\":false,\"tasks\":[{\"task\":\"prep\",\"elements\":[],\"job_id\":\"101\","
            "\"state\":\"FAILED\",\"exit_code\":1,\"signal\":null,\"reason\":null,\"why\":\"exit code "
            "1\",\"because\":[],\"expected_start\":null,\"log\":null,\"log_tail\":[],\"next\":[\"'sbraid "
            "resume --from prep flow-1' submits it again, and what waits for it\"]}]}\n");
}

}  // namespace
}  // namespace sbraid
