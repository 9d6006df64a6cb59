#include "sbraid/units.hpp"

#include <gtest/gtest.h>

#include "sbraid/tres.hpp"

namespace sbraid {
namespace {

TEST(ParseDuration, TakesAUnitOrSeconds) {
    EXPECT_EQ(parse_duration("90s"), std::chrono::seconds(90));
    EXPECT_EQ(parse_duration("90"), std::chrono::seconds(90));
    EXPECT_EQ(parse_duration("5m"), std::chrono::seconds(300));
    EXPECT_EQ(parse_duration("2h"), std::chrono::seconds(7200));
    EXPECT_EQ(parse_duration("1d"), std::chrono::seconds(86400));
    for (const char* text : {"", "s", "5x", "-1", "5 m", "1.5h"}) EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Units, SizesAreReadAsSlurmWritesThem) {
    EXPECT_EQ(parse_size("10640K"), 10640LL * 1024);
    EXPECT_EQ(parse_size("1.50G"), 3LL << 29);
    EXPECT_EQ(parse_size("1118208"), 1118208);
    EXPECT_EQ(parse_size("64", 1 << 20), 64LL << 20);
    EXPECT_EQ(parse_size("0"), 0);
    for (const char* bad : {"", "K", "-1K", "1X", "1KK", "nan", "inf", "9e99G", "16E"}) {
        EXPECT_EQ(parse_size(bad), std::nullopt) << bad;
    }
}

TEST(Units, CpuTimesAreReadAsSlurmWritesThem) {
    EXPECT_EQ(parse_cpu_time_us("00:00.001"), 1000);
    EXPECT_EQ(parse_cpu_time_us("12:34"), 754'000'000);
    EXPECT_EQ(parse_cpu_time_us("1-00:00:01"), 86'401'000'000);
    for (const char* bad : {"", "12", ":", "1:2:3:4", "-1:00", "1-", "00:00.", "00:00.1234567", "aa:bb"}) {
        EXPECT_EQ(parse_cpu_time_us(bad), std::nullopt) << bad;
    }
}

TEST(Units, BytesAreWrittenShort) {
    EXPECT_EQ(format_bytes(0), "0");
    EXPECT_EQ(format_bytes(900), "900");
    EXPECT_EQ(format_bytes(1536), "1.5K");
    EXPECT_EQ(format_bytes((1LL << 20) - 1), "1M");
    EXPECT_EQ(format_bytes(71LL << 30), "71G");
    EXPECT_EQ(format_bytes(10'894'976), "10.4M");
    EXPECT_EQ(format_bytes(640LL << 30), "640G");
    EXPECT_EQ(format_bytes(5LL << 38), "1.3T");
}

TEST(Units, DurationsAreWrittenWithTheirTwoLargestUnits) {
    EXPECT_EQ(format_duration(-3), "0s");
    EXPECT_EQ(format_duration(59), "59s");
    EXPECT_EQ(format_duration(65), "1m05s");
    EXPECT_EQ(format_duration(7380), "2h03m");
    EXPECT_EQ(format_duration(100'800), "1d04h");
}

TEST(Units, EnergyAndPerCentsAreWrittenShort) {
    EXPECT_EQ(format_energy(850), "850J");
    EXPECT_EQ(format_energy(12'345), "12.3kJ");
    EXPECT_EQ(format_energy(999'700), "1MJ");
    EXPECT_EQ(format_energy(1.2e6), "1.2MJ");
    EXPECT_EQ(format_percent(0), "0%");
    EXPECT_EQ(format_percent(0.2), "<1%");
    EXPECT_EQ(format_percent(87.4), "87%");
    EXPECT_EQ(format_percent(99.9), "99%");
    EXPECT_EQ(format_percent(100), "100%");
}

TEST(Tres, CountsGpusTypedAndNot) {
    EXPECT_EQ(gpus_of_tres("billing=2,cpu=2,gres/gpu:h100=2,gres/gpu=2,mem=2G,node=1"), 2);
    EXPECT_EQ(gpus_of_tres("cpu=2,gres/gpu:a100=1,gres/gpu:h100=2"), 3);
    EXPECT_EQ(gpus_of_tres("cpu=2,mem=2G"), 0);
    EXPECT_EQ(gpus_of_tres(""), std::nullopt);
    EXPECT_EQ(parse_tres("cpu=2,mem=1536M,broken,node="),
              (std::map<std::string, std::int64_t>{{"cpu", 2}, {"mem", 1536LL << 20}}));
}

}  // namespace
}  // namespace sbraid
