#include <gtest/gtest.h>

#include "sbraid/plan.hpp"

namespace sbraid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

TEST(RunId, IsWorkflowTimeInUtcAndSixHexadecimalDigits) {
    EXPECT_EQ(make_run_id("finetune", sys_seconds{seconds{1767323045}}, 0xA1B2C3),
              "finetune-20260102T030405-a1b2c3");
    EXPECT_EQ(make_run_id("a-b.c", sys_seconds{seconds{0}}, 7), "a-b.c-19700101T000000-000007");
    EXPECT_EQ(make_run_id("x", sys_seconds{seconds{0}}, 0xFF000001), "x-19700101T000000-000001");
}

TEST(RunId, IsRecognised) {
    EXPECT_TRUE(is_run_id("finetune-20260102T030405-a1b2c3"));
    EXPECT_TRUE(is_run_id("a-b.c_D-20260102T030405-000000"));
    EXPECT_TRUE(is_run_id(std::string(64, 'n') + "-20260102T030405-a1b2c3"));
}

TEST(RunId, IsNotWhatOnlyLooksLikeOne) {
    for (const std::string& text :
         {std::string{}, std::string{"-20260102T030405-a1b2c3"}, std::string{"finetune"},
          std::string{"finetune-20260102T030405-A1B2C3"}, std::string{"finetune-20260102T030405-a1b2c"},
          std::string{"finetune-20260102t030405-a1b2c3"}, std::string{"fine tune-20260102T030405-a1b2c3"},
          std::string{"../x-20260102T030405-a1b2c3"}, std::string{"finetune-20260102T030405-a1b2c3 "},
          std::string(65, 'n') + "-20260102T030405-a1b2c3"}) {
        EXPECT_FALSE(is_run_id(text)) << text;
    }
}

}  // namespace
}  // namespace sbraid
