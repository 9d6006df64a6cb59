#include "fold_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/file.hpp"
#include "plan_fixture.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(EndedWriters, AreThoseOfWhatEndedMinutesAgoAndOfProcessesThatAreGone) {
    const Timestamp start{std::chrono::seconds(1'000'000)};
    sbraid::Run run;
    run.plan = plan_of("name = \"flow\"\n[task.a]\nrun = \"true\"\n");
    const JobKey key{.job = JobId{7}, .element = {}};
    // No process has a number above the kernel's own limit of 2^22.
    const auto gone = "submit." + host_name() + ".4194305.abcdef";
    const auto elsewhere = "submit.no-such-host.4194305.abcdef";
    const JobSubmitted submitted{.job = "a", .number = 1, .id = JobId{7}, .cluster = {}, .token = "t"};
    run.records = {
        {gone, 1, start, submitted},
        {elsewhere, 1, start, submitted},
        {"batch.7.0", 1, start, AttemptStarted{.key = key, .job = "a", .restart = 0, .node = "n"}}};
    const std::vector<std::string> writers{"batch.7.0", "never-wrote", gone, elsewhere};
    run.state = replay(run.plan, run.records);
    EXPECT_THAT(ended_writers(run, writers, start), IsEmpty());
    const Timestamp later = start + std::chrono::minutes(5);
    EXPECT_THAT(ended_writers(run, writers, later), ElementsAre(gone)) << "the job runs";
    JobStatus status;
    status.key = key;
    status.state = JobState::completed;
    status.end = later;
    observe(run.state, run.plan, {status}, later);
    EXPECT_THAT(ended_writers(run, writers, later), ElementsAre(gone)) << "it has just ended";
    EXPECT_THAT(ended_writers(run, writers, later + std::chrono::minutes(5)), ElementsAre("batch.7.0", gone));
}

}  // namespace
}  // namespace sbraid
