#include "collect/assigned_gpus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sbraid::collect {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Index and minor differ, as on machines whose drivers number by bus.
const std::vector<Gpu> k_gpus = {{"GPU-a", 0, 3}, {"GPU-b", 1, 0}, {"GPU-c", 2, 1}, {"GPU-d", 3, 2}};

TEST(AssignedGpus, AreNumberedByDeviceFile) {
    EXPECT_THAT(*find_assigned("0", k_gpus), ElementsAre(1U));
    EXPECT_THAT(*find_assigned("3,0", k_gpus), ElementsAre(0U, 1U));
    EXPECT_THAT(*find_assigned("1-3", k_gpus), ElementsAre(0U, 2U, 3U));
    EXPECT_THAT(*find_assigned("1-2,2", k_gpus), ElementsAre(2U, 3U));
    EXPECT_THAT(*find_assigned("", k_gpus), IsEmpty());
}

TEST(AssignedGpus, AreNumberedByIndexWhereTheDriverTellsNoMinor) {
    EXPECT_THAT(*find_assigned("1", {{"GPU-a", 0, {}}, {"GPU-b", 1, {}}}), ElementsAre(1U));
}

TEST(AssignedGpus, MayBeUuids) {
    EXPECT_THAT(*find_assigned("GPU-c,GPU-a", k_gpus), ElementsAre(0U, 2U));
}

TEST(AssignedGpus, AreNotBelievedWhenOneOfThemIsUnknown) {
    for (const char* list :
         {"4", "0,4", "2-4", "x", "0,,1", "-", "1-", "3-1", "GPU-z", "99999999999999999999", "0-9999"})
        EXPECT_FALSE(find_assigned(list, k_gpus)) << list;
}

}  // namespace
}  // namespace sbraid::collect
