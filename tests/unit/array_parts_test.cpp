#include "../../lib/src/array_parts.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sbraid {
namespace {

/// `0-9 = 100+1*`: what Slurm gets, and what it stands for; one line a part.
std::string parts(std::string_view spec, std::uint32_t max_array_size) {
    std::string text;
    for (const ArrayPart& part : array_parts(parse_array_spec(spec).value(), max_array_size))
        text +=
            fmt::format("{} = {}+{}*\n", to_string(part.array), part.numbering.first, part.numbering.step);
    return text;
}

/// Every index of the task, by way of its parts.
std::vector<std::uint32_t> put_together(std::string_view spec, std::uint32_t max_array_size) {
    std::vector<std::uint32_t> indexes;
    for (const ArrayPart& part : array_parts(parse_array_spec(spec).value(), max_array_size)) {
        EXPECT_LT(part.array.max(), max_array_size);
        EXPECT_LE(to_string(part.array).size(), 4096U);
        for (const std::uint32_t index : part.array.indexes()) {
            indexes.push_back(part.numbering.task_index(index));
            EXPECT_EQ(part.numbering.slurm_index(indexes.back(), part.array), index);
        }
    }
    return indexes;
}

TEST(ArrayParts, WhatFitsIsOnePartWithSlurmsOwnNumbers) {
    EXPECT_EQ(parts("0-1000", 1001), "0-1000 = 0+1*\n");
    EXPECT_EQ(parts("5,7-9%2", 1001), "5,7-9%2 = 0+1*\n");
}

TEST(ArrayParts, ARangeIsCutIntoEqualParts) {
    EXPECT_EQ(parts("0-2500", 1001), "0-1000 = 0+1*\n0-1000 = 1001+1*\n0-498 = 2002+1*\n");
    EXPECT_EQ(parts("1001", 1001), "0 = 1001+1*\n") << "the index counts, not the number of them";
}

TEST(ArrayParts, AWideStepNeedsNoMoreParts) {
    EXPECT_EQ(parts("0-4000:4", 1001), "0-1000 = 0+4*\n");
    EXPECT_EQ(parts("10-50:10", 3), "0-2 = 10+10*\n0-1 = 40+10*\n");
}

TEST(ArrayParts, AListIsCutByWindows) {
    EXPECT_EQ(parts("0-3,9,100-104", 5), "0-3 = 0+1*\n0 = 9+1*\n0-4 = 100+1*\n");
    EXPECT_EQ(parts("0-9:3,20-29", 8), "0-6:3 = 0+1*\n0 = 9+1*\n0-7 = 20+1*\n0-1 = 28+1*\n");
}

TEST(ArrayParts, ALongListIsCutByItsText) {
    std::string spec = "0";
    for (int i = 1; i < 2000; ++i) spec += fmt::format(",{}", i * 3 + i % 2);
    EXPECT_GT(array_parts(parse_array_spec(spec).value(), 10'000).size(), 1U);
    EXPECT_EQ(put_together(spec, 10'000), parse_array_spec(spec).value().indexes());
}

TEST(ArrayParts, EqualSetsAreCutAlike) {
    const std::string as_range = parts("0-4000:2", 1001);
    EXPECT_EQ(as_range, "0-1000 = 0+2*\n0-999 = 2002+2*\n");
    EXPECT_EQ(parts("0-2000:2,2002-4000:2", 1001), as_range);
    EXPECT_EQ(parts("2002-4000:2,0-2000:2%2", 1001), "0-1000%1 = 0+2*\n0-999%1 = 2002+2*\n");
    EXPECT_EQ(parts("0,4000", 1001), parts("0-4000:4000", 1001));
    EXPECT_EQ(parts("0-3,9,100-104", 5), parts("0-1,2-3,9,100-102,103-104", 5));
}

TEST(ArrayParts, HowItIsWrittenAndItsLimitDoNotDecideWhetherItIsCut) {
    std::string evens = "0";
    for (int i = 2; i < 2000; i += 2) evens += fmt::format(",{}", i);
    EXPECT_EQ(parts(evens, 10'000), "0-1998:2 = 0+1*\n") << "too long as it is written";
    std::string list = "0";
    for (int i = 1; fmt::format("{},{}", list, i * 3 + i % 2).size() <= 4084; ++i)
        list += fmt::format(",{}", i * 3 + i % 2);
    EXPECT_EQ(array_parts(parse_array_spec(list).value(), 10'000).size(), 1U);
    EXPECT_EQ(array_parts(parse_array_spec(list + "%1000000").value(), 10'000).size(), 1U);
}

TEST(ArrayParts, NoIndexIsLostOrDoubled) {
    for (const char* spec : {"0-9999", "7-9999:3", "0-99:7,200,300-900:2,5000-7000", "0-30%4", "12345"})
        for (const std::uint32_t size : {2U, 10U, 999U, 1001U})
            EXPECT_EQ(put_together(spec, size), parse_array_spec(spec).value().indexes())
                << spec << " " << size;
}

TEST(ArrayParts, SharesOutTheLimit) {
    EXPECT_EQ(parts("0-29%8", 10), "0-9%3 = 0+1*\n0-9%3 = 10+1*\n0-9%2 = 20+1*\n");
    EXPECT_EQ(parts("0-29%2", 10), "0-9%1 = 0+1*\n0-9%1 = 10+1*\n0-9%1 = 20+1*\n")
        << "the third waits for the first";
}

}  // namespace
}  // namespace sbraid
