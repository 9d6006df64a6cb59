#include "faults.hpp"

#include <gtest/gtest.h>

namespace sbraid::sim {
namespace {

Fault one(const char* line) {
    const auto faults = parse_faults(line, "n1");
    EXPECT_TRUE(faults && faults->size() == 1) << line;
    return faults && faults->size() == 1 ? faults->front() : Fault{};
}

TEST(Faults, ReadsEveryKind) {
    EXPECT_EQ(one("hang dlopen").kind, FaultKind::hang);
    EXPECT_EQ(one("crash init").kind, FaultKind::crash);
    EXPECT_EQ(one("error DeviceGetUUID 15").number, 15U);
    EXPECT_EQ(one("slow * 20").kind, FaultKind::slow);
    EXPECT_EQ(one("garbage DeviceGetUUID").kind, FaultKind::garbage);
    EXPECT_EQ(one("lost GPU-a").target, "GPU-a");
    EXPECT_EQ(one("mig GPU-a on").kind, FaultKind::mig);
    EXPECT_EQ(one("accounting * off").kind, FaultKind::no_accounting);
}

TEST(Faults, AreForOneNodeWhenTheySaySo) {
    const auto count = [](const char* node) {
        return parse_faults("# none\n@n1 hang init\ncrash init\n", node)->size();
    };
    EXPECT_EQ(count("n1"), 2U);
    EXPECT_EQ(count("n2"), 1U);
    EXPECT_EQ(count(""), 1U);
}

TEST(Faults, RefuseWhatTheyDoNotUnderstand) {
    const auto error = [](const char* text) {
        const auto faults = parse_faults(text, "");
        return faults ? std::string("none") : faults.error();
    };
    EXPECT_EQ(error("hagn init"), "faults: 'hagn init': not understood");
    EXPECT_EQ(error("hang"), "faults: 'hang': not understood");
    EXPECT_EQ(error("hang init now"), "faults: 'hang init now': nothing may follow the target");
    EXPECT_EQ(error("error init"), "faults: 'error init': a number must follow the target");
    EXPECT_EQ(error("mig GPU-a maybe"), "faults: 'mig GPU-a maybe': not understood");
}

TEST(Faults, FindTheirFunctionInAllItsVersions) {
    const Fault memory = one("hang DeviceGetMemoryInfo");
    EXPECT_TRUE(is_for_function(memory, "nvmlDeviceGetMemoryInfo"));
    EXPECT_TRUE(is_for_function(memory, "nvmlDeviceGetMemoryInfo_v2"));
    EXPECT_FALSE(is_for_function(memory, "nvmlDeviceGetMigMode"));
    EXPECT_FALSE(is_for_function(one("hang nvmlDeviceGetMemoryInfo_v2"), "nvmlDeviceGetMemoryInfo"));
    EXPECT_TRUE(is_for_function(one("hang init"), "nvmlInit_v2"));
    EXPECT_TRUE(is_for_function(one("hang init"), "nvmlInitWithFlags"));
    EXPECT_TRUE(is_for_function(one("hang *"), "nvmlShutdown"));
    EXPECT_FALSE(is_for_function(one("hang *"), "dlopen"));
    EXPECT_TRUE(is_for_function(one("hang dlopen"), "dlopen"));
}

}  // namespace
}  // namespace sbraid::sim
