#include "collect/assigned_gpus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sbraid::collect {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// One of the bus' places is missing.
const std::vector<Gpu> k_gpus = {{"GPU-a", 0}, {"GPU-b", 1}, {"GPU-c", 3}, {"GPU-d", 4}};

std::vector<std::size_t> assigned(const char* list) {
    const AssignedGpus found = find_assigned(list, k_gpus);
    EXPECT_EQ(found.unknown_because, "") << list;
    return found.positions;
}

TEST(AssignedGpus, AreNumberedByIndex) {
    EXPECT_THAT(assigned("0"), ElementsAre(0U));
    EXPECT_THAT(assigned("3,0"), ElementsAre(0U, 2U));
    EXPECT_THAT(assigned("3-4"), ElementsAre(2U, 3U));
    EXPECT_THAT(assigned("0-1,1"), ElementsAre(0U, 1U));
    EXPECT_THAT(assigned(""), IsEmpty());
}

TEST(AssignedGpus, MayBeUuids) {
    EXPECT_THAT(assigned("GPU-c,GPU-a"), ElementsAre(0U, 2U));
}

TEST(AssignedGpus, AreNotBelievedWhenOneOfThemIsUnknown) {
    for (const char* list :
         {"2", "0,5", "1-3", "x", "0,,1", "-", "1-", "3-1", "GPU-z", "99999999999999999999", "0-9999"}) {
        const AssignedGpus found = find_assigned(list, k_gpus);
        EXPECT_THAT(found.positions, IsEmpty()) << list;
        EXPECT_EQ(found.unknown_because, "no-such-gpu") << list;
    }
}

TEST(AssignedGpus, NumbersMeanNothingWhereAGpuIsPartitioned) {
    const std::vector<Gpu> gpus = {{"GPU-a", 0}, {"GPU-b", 1, true}};
    EXPECT_EQ(find_assigned("0", gpus).unknown_because, "mig");
    EXPECT_THAT(find_assigned("0", gpus).positions, IsEmpty());
    EXPECT_EQ(find_assigned("MIG-1", gpus).unknown_because, "mig");
    EXPECT_THAT(find_assigned("GPU-b", gpus).positions, ElementsAre(1U));
    EXPECT_EQ(find_assigned("", gpus).unknown_because, "");
}

TEST(AssignedGpus, OfWhichOneIsLostAreTheOthers) {
    std::vector<Gpu> gpus = k_gpus;
    gpus[1] = {.uuid = "", .index = 1, .is_lost = true};
    for (const char* list : {"0-1,3", "GPU-a,GPU-b,GPU-c"}) {
        EXPECT_THAT(find_assigned(list, gpus).positions, ElementsAre(0U, 2U)) << list;
        EXPECT_EQ(find_assigned(list, gpus).unknown_because, "lost") << list;
    }
    EXPECT_THAT(find_assigned("1", gpus).positions, IsEmpty());
    EXPECT_EQ(find_assigned("1", gpus).unknown_because, "lost");
    EXPECT_EQ(find_assigned("0", gpus).unknown_because, "");
    EXPECT_EQ(find_assigned("0,2", gpus).unknown_because, "no-such-gpu");
}

TEST(AssignedGpus, AreUnknownWhenTheListDidNotFit) {
    EXPECT_EQ(find_assigned("!", k_gpus).unknown_because, "too-many");
    EXPECT_THAT(find_assigned("!", k_gpus).positions, IsEmpty());
}

}  // namespace
}  // namespace sbraid::collect
