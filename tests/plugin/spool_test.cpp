#include "collect/spool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sbraid::collect {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Spool, MakesRoomByItsOldestFiles) {
    const std::vector<SpoolFile> files = {{"new", 40, 30}, {"old", 10, 10}, {"b", 50, 20}, {"a", 50, 20}};
    EXPECT_THAT(too_much(files, 150), IsEmpty());
    EXPECT_THAT(too_much(files, 149), ElementsAre("old"));
    EXPECT_THAT(too_much(files, 100), ElementsAre("old", "a"));
    EXPECT_THAT(too_much(files, 0), ElementsAre("old", "a", "b", "new"));
    EXPECT_THAT(too_much({}, 0), IsEmpty());
}

}  // namespace
}  // namespace sbraid::collect
