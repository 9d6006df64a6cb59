#include "sbraid/job_state.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sbraid {
namespace {

TEST(JobState, EveryNameIsReadBack) {
    for (int i = 0; i <= static_cast<int>(JobState::lost); ++i) {
        const auto state = static_cast<JobState>(i);
        EXPECT_EQ(parse_job_state(to_string(state)), state) << to_string(state);
        if (state != JobState::unknown) {
            EXPECT_NE(to_string(state), "UNKNOWN") << i;
        }
    }
}

TEST(JobState, ShortNamesAreThoseOfSqueue) {
    EXPECT_EQ(parse_job_state("PD"), JobState::pending);
    EXPECT_EQ(parse_job_state("R"), JobState::running);
    EXPECT_EQ(parse_job_state("CG"), JobState::completing);
    EXPECT_EQ(parse_job_state("CD"), JobState::completed);
    EXPECT_EQ(parse_job_state("F"), JobState::failed);
    EXPECT_EQ(parse_job_state("OOM"), JobState::out_of_memory);
    EXPECT_EQ(parse_job_state("RD"), JobState::resv_del_hold);
    EXPECT_EQ(parse_job_state("SE"), JobState::special_exit);
}

TEST(JobState, SuffixesAreIgnored) {
    EXPECT_EQ(parse_job_state("CANCELLED by 1000"), JobState::cancelled);
    EXPECT_EQ(parse_job_state("CANCELLED+"), JobState::cancelled);
    EXPECT_EQ(parse_job_state("RUNNING+"), JobState::running);
}

TEST(JobState, OfSeveralJoinedStatesTheOneThatSqueueShowsCounts) {
    EXPECT_EQ(parse_job_state("COMPLETED,COMPLETING"), JobState::completing);
    EXPECT_EQ(parse_job_state("PENDING,REQUEUE_HOLD"), JobState::requeue_hold);
    EXPECT_EQ(parse_job_state("FAILED,LAUNCH_FAILED"), JobState::failed);
    EXPECT_EQ(parse_job_state("LAUNCH_FAILED,FAILED"), JobState::failed);
    EXPECT_EQ(parse_job_state("LAUNCH_FAILED"), JobState::launch_failed);
    EXPECT_EQ(parse_job_state("RUNNING,UPDATE_DB,CONFIGURING"), JobState::configuring);
}

TEST(JobState, AStateOfAFutureSlurmIsUnknownAndNotTheEnd) {
    EXPECT_EQ(parse_job_state("HIBERNATING"), JobState::unknown);
    EXPECT_EQ(parse_job_state(""), JobState::unknown);
    EXPECT_EQ(parse_job_state("completed"), JobState::unknown);
    EXPECT_FALSE(is_terminal(JobState::unknown));
    EXPECT_FALSE(is_failure(JobState::unknown));
}

TEST(JobState, EachStateIsAtMostOneOfSuccessAndFailureAndBothAreEnds) {
    std::string failures;
    for (int i = 0; i <= static_cast<int>(JobState::lost); ++i) {
        const auto state = static_cast<JobState>(i);
        EXPECT_FALSE(is_success(state) && is_failure(state));
        EXPECT_TRUE(is_terminal(state) || !(is_success(state) || is_failure(state)));
        if (is_failure(state)) failures += std::string(to_string(state)) + " ";
    }
    EXPECT_EQ(failures,
              "REVOKED BOOT_FAIL CANCELLED DEADLINE FAILED NODE_FAIL OUT_OF_MEMORY PREEMPTED TIMEOUT LOST ");
    EXPECT_TRUE(is_terminal(JobState::skipped));
    EXPECT_TRUE(is_success(JobState::completed));
}

}  // namespace
}  // namespace sbraid
