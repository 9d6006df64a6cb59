#include "sbraid/last_records.hpp"

#include <gtest/gtest.h>

#include "run_state_fixture.hpp"

namespace sbraid {
namespace {

StepKey step_of(const World& world, std::string_view job) {
    StepKey where;
    where.key = {world.id(job), std::nullopt};
    where.step = "0";
    where.node = "n1";
    return where;
}

TEST(LastRecords, AreThoseOfStepsWhoseJobHasEnded) {
    World world(k_chain);
    world.submit_all();
    EXPECT_FALSE(lacks_last_records(world.state)) << "no step was ever heard of";
    world.say(StepStarted{step_of(world, "prep"), 1, {}, {}});
    EXPECT_FALSE(lacks_last_records(world.state)) << "the job still runs";
    world.slurm_says("prep", JobState::completed);
    EXPECT_TRUE(lacks_last_records(world.state));
    world.say(StepStarted{step_of(world, "train"), 1, {}, {}});
    world.say(StepEnded{step_of(world, "prep"), 0, {}});
    EXPECT_FALSE(lacks_last_records(world.state)) << "train has not ended";
}

TEST(LastRecords, TheLastEndIsTheLatestThatIsKnown) {
    World world(k_chain);
    world.submit_all();
    EXPECT_EQ(last_end(world.state), std::nullopt);
    world.element("train").status.end = at_s(20);
    world.element("prep").status.end = at_s(10);
    EXPECT_EQ(last_end(world.state), at_s(20));
}

}  // namespace
}  // namespace sbraid
