#include <gtest/gtest.h>

#include "../../lib/src/flow_draft.hpp"

namespace sbraid {
namespace {

TEST(UniqueNames, WhatIsANameStaysAndTheRestBecomesOne) {
    EXPECT_EQ(unique_names({"a", "a b", "a_b", "a", "job", ""}),
              (std::vector<std::string>{"a", "a_b-2", "a_b", "a-2", "job-2", "unnamed"}));
}

TEST(UniqueNames, NoneBeginsLikeAHiddenFileOrAnOption) {
    EXPECT_EQ(unique_names({"..", "-r", ".a", "+a", "."}),
              (std::vector<std::string>{"_.", "_r", "_a", "_a-2", "_"}));
}

}  // namespace
}  // namespace sbraid
