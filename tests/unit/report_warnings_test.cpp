// What a person should look at in a row of the report.

#include <gmock/gmock.h>

#include "report_fixture.hpp"

namespace sbraid {
namespace {

using namespace report_fixture;
using testing::ElementsAre;

TEST(ReportWarnings, ARunningTaskIsNotWarnedAbout) {
    World run;
    run.state.jobs[1].elements[0].status.state = JobState::running;
    run.state.jobs[1].elements[0].status.start = at(4000);
    EXPECT_EQ(run.without_accounting().rows[3].warnings, std::vector<std::string>{});
    EXPECT_EQ(run.without_accounting().rows[3].elapsed_s, 1000);
}

TEST(ReportWarnings, TheFirstRankToFailIsNamed) {
    World run;
    run.state.jobs[2].elements[0].status.state = JobState::failed;
    run.state.ranks[4].ended->signal = 11;
    run.state.ranks[4].end = at(120);
    run.state.ranks[5].ended->oom = false;
    EXPECT_THAT(run.without_accounting().rows[4].warnings,
                ElementsAre("rank 0 on n1 was the first to fail: killed by signal 11 (SIGSEGV)"));
}

/// Warnings of a finished one-GPU job that these records were made of.
std::vector<std::string> warnings_of(const std::vector<GpuUsed>& gpus) {
    World run;
    run.plan.jobs.clear();
    run.state = RunState{};
    run.add("one", {"--gpus=1"}, {element(std::nullopt, 20, JobState::completed)});
    run.state.gpus = gpus;
    return run.without_accounting().rows.at(0).warnings;
}

TEST(ReportWarnings, AGpuIsIdleOnlyWhenItWasWatched) {
    const auto batch = where(20, "batch", "n1"), step = where(20, "0", "n1");
    auto nothing = used(batch, std::nullopt, 1, 0, 0);
    EXPECT_THAT(warnings_of({nothing}),
                ElementsAre("its GPU was never touched (GPU-11111111-aaaa-bbbb-cccc-000000000000 on n1)"));

    auto hardly_seen = nothing;
    hardly_seen.coverage = 0.2;
    EXPECT_THAT(warnings_of({hardly_seen}), ElementsAre());

    EXPECT_THAT(warnings_of({unknown(batch, 1, "hung")}), ElementsAre());
    EXPECT_THAT(warnings_of({}), ElementsAre());

    auto held = nothing;
    held.processes = 1;
    EXPECT_THAT(warnings_of({held}),
                ElementsAre("its GPU was never busy (GPU-11111111-aaaa-bbbb-cccc-000000000000 on n1)"));

    // The step was not watched, but the batch step's reading of the board spans it.
    EXPECT_EQ(warnings_of({nothing, unknown(step, 1, "not-sampled")}).size(), 1U);
    // One step saw nothing, of the other nothing is known.
    EXPECT_THAT(warnings_of({used(step, 0, 1, 0, 0), unknown(where(20, "1", "n1"), 1, "hung")}),
                ElementsAre());
    EXPECT_THAT(warnings_of({nothing, used(step, 0, 1, 3, 20)}), ElementsAre());
}

TEST(ReportWarnings, WhoAsksForLittleMemoryIsNotToldToAskForLess) {
    World run;
    EXPECT_EQ(run.joined().rows.at(0).warnings.size(), 1U);  // 100M of 1G
    for (auto at = run.sacct.find("mem=1024M"); at != std::string::npos; at = run.sacct.find("mem=1024M")) {
        run.sacct.replace(at, 9, "mem=1023M");
    }
    EXPECT_THAT(run.joined().rows.at(0).warnings, ElementsAre());
}

}  // namespace
}  // namespace sbraid
