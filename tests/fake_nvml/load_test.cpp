#include "load.hpp"

#include <gtest/gtest.h>

#include "text.hpp"

namespace sbraid::sim {
namespace {

constexpr std::uint64_t k_gib = std::uint64_t{1} << 30U;
constexpr std::uint64_t k_second = 1'000'000'000;

TEST(Text, ReadsDurationsExactly) {
    EXPECT_EQ(parse_duration_ns("5"), 5 * k_second);
    EXPECT_EQ(parse_duration_ns("0.000000001s"), 1U);
    EXPECT_EQ(parse_duration_ns("250ms"), k_second / 4);
    EXPECT_EQ(parse_duration_ns("1.5m"), 90 * k_second);
    for (const char* wrong : {"", "s", "-1", "1d", "1.0000000001", "1e3", "99999999999s", "5 s"}) {
        EXPECT_EQ(parse_duration_ns(wrong), std::nullopt) << wrong;
    }
    EXPECT_EQ(seconds_text(2 * k_second + 500'000'000), "2.5");
    EXPECT_EQ(seconds_text(1), "0.000000001");
}

TEST(Text, ReadsBytesAndWatts) {
    EXPECT_EQ(parse_bytes("10G"), 10 * k_gib);
    EXPECT_EQ(parse_bytes("1024"), k_gib);
    EXPECT_EQ(parse_bytes("5B"), 5U);
    EXPECT_EQ(parse_bytes("1.5G"), std::nullopt);
    EXPECT_EQ(parse_bytes("99999999T"), std::nullopt);
    EXPECT_EQ(parse_milliwatts("400.5"), 400'500U);
    EXPECT_EQ(parse_milliwatts("250mW"), 250U);
    EXPECT_EQ(parse_milliwatts("0.5mW"), std::nullopt);
}

TEST(Schedule, KeepsWhatAnEntryDoesNotName) {
    const auto phases = parse_schedule({}, "0s util=90 mem=1G; 2s util=0; 4s util=50 power=300");
    ASSERT_TRUE(phases) << phases.error();
    const std::vector<Phase> expected = {
        {0, {90, k_gib, 540'000}}, {2 * k_second, {0, k_gib, 0}}, {4 * k_second, {50, k_gib, 300'000}}};
    EXPECT_EQ(*phases, expected);
}

TEST(Schedule, SaysWhatIsWrong) {
    const auto error = [](const char* text) {
        const auto phases = parse_schedule({}, text);
        return phases ? std::string("none") : phases.error();
    };
    EXPECT_EQ(error("soon util=1"), "'soon' is no time: an entry is '2s util=90 mem=1G power=400'");
    EXPECT_EQ(error("0s util=101"), "'util=101': util is 0 to 100 percent");
    EXPECT_EQ(error("0s utli=1"), "'utli=1': expected util=, mem= or power=");
    EXPECT_EQ(error("0s mem=1.5G"), "'mem=1.5G': mem is a whole number of MiB, or with B, K, M, G, T");
    EXPECT_EQ(error("2s util=1; 1s util=2"), "times must ascend: 1s comes after 2s");
}

TEST(LoadFile, ComesBackAsItWas) {
    Load load;
    load.pid = 4711;
    load.start_ticks = 129'930;
    load.start_ns = 1'299'305'653'561;
    load.start_us = 1'795'219'286'978'257;
    load.duration_ns = 5'000'000'001;
    load.gpus = {{"GPU-a", {{0, {87, k_gib, 400'001}}, {1, {0, 5, 0}}}}, {"GPU-b", {{7, {1, 0, 1}}}}};
    const auto back = decode(encode(load));
    ASSERT_TRUE(back) << back.error();
    EXPECT_EQ(*back, load);
    EXPECT_EQ(file_name(load), "4711-129930");
}

TEST(LoadFile, IsRefusedWhenNotUnderstood) {
    const auto error = [](const char* text) {
        const auto load = decode(text);
        return load ? std::string("none") : load.error();
    };
    EXPECT_EQ(error("pid 1\nstart_ticks 2\n"), "none");
    EXPECT_EQ(error("pid 1\n"), "pid or start_ticks is missing");
    EXPECT_EQ(error("pid -1\n"), "not understood: 'pid -1'");
    EXPECT_EQ(error("color 5\n"), "not understood: 'color 5'");
    EXPECT_EQ(error("gpu GPU-a 0 util=1\n"), "expected 'gpu UUID at SECONDS key=value...'");
    EXPECT_EQ(error("for ever\n"), "'ever' is no duration");
}

}  // namespace
}  // namespace sbraid::sim
