#include "sbraid/array_spec.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "sbraid/edge.hpp"
#include "sbraid/ids.hpp"

namespace sbraid {
namespace {

std::string read_back(std::string_view text) {
    const Result<ArraySpec> spec = parse_array_spec(text);
    return spec ? to_string(*spec) : "error: " + spec.error().message;
}

TEST(ArraySpec, IsSpelledShort) {
    EXPECT_EQ(read_back("0-15%4"), "0-15%4");
    EXPECT_EQ(read_back("1,3,5-9:2"), "1,3,5-9:2");
    EXPECT_EQ(read_back("7"), "7");
    EXPECT_EQ(read_back("5-5"), "5");
    EXPECT_EQ(read_back("0-10:4"), "0-8:4");
    EXPECT_EQ(read_back("0-1:5"), "0");
    EXPECT_EQ(read_back("3,2,1,0"), "0-3");
    EXPECT_EQ(read_back("1-4,3-6%2"), "1-6%2");
    EXPECT_EQ(read_back("5,5,5"), "5");
    EXPECT_EQ(read_back("9,7,5,1"), "1,5-9:2");
}

TEST(ArraySpec, SaysWhatIsWrong) {
    EXPECT_EQ(read_back(""), "error: there is no index");
    EXPECT_EQ(read_back("%4"), "error: there is no index");
    EXPECT_EQ(read_back("1,,2"), "error: there is an empty part between the commas");
    EXPECT_EQ(read_back("a"), "error: 'a' is not an index or a range of indexes");
    EXPECT_EQ(read_back("-3"), "error: '-3' is not an index or a range of indexes");
    EXPECT_EQ(read_back("3-"), "error: '3-' is not an index or a range of indexes");
    EXPECT_EQ(read_back(" 1"), "error: ' 1' is not an index or a range of indexes");
    EXPECT_EQ(read_back("9-1"), "error: '9-1' runs backwards");
    EXPECT_EQ(read_back("1:2"), "error: '1:2' has a step but no range");
    EXPECT_EQ(read_back("1-3:0"), "error: the step in '1-3:0' is not a number from 1");
    EXPECT_EQ(read_back("1-3%0"), "error: the limit '%0' is not a number from 1");
    EXPECT_EQ(read_back("1-3%2%2"), "error: the limit '%2%2' is not a number from 1");
    EXPECT_EQ(read_back("4000001"),
              "error: index 4000001 is beyond 4000000, the largest that any Slurm takes");
    EXPECT_EQ(read_back("99999999999"), "error: '99999999999' is not an index or a range of indexes");
    EXPECT_EQ(read_back("0-4000000,0-4000000"), "error: it names more than 4000001 indexes");
}

TEST(ArraySpec, KnowsItsIndexes) {
    const ArraySpec spec = parse_array_spec("1,4-10:3,20-21").value();
    EXPECT_EQ(spec.indexes(), (std::vector<std::uint32_t>{1, 4, 7, 10, 20, 21}));
    EXPECT_EQ(spec.size(), 6U);
    EXPECT_EQ(spec.min(), 1U);
    EXPECT_EQ(spec.max(), 21U);
    for (const std::uint32_t index : spec.indexes()) EXPECT_TRUE(spec.contains(index)) << index;
    for (const std::uint32_t index : {0U, 2U, 5U, 11U, 13U, 19U, 22U})
        EXPECT_FALSE(spec.contains(index)) << index;
}

TEST(ArraySpec, AnyListIsReadBackToTheSameIndexes) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 engine{seed};
    const auto below = [&engine](unsigned limit) {
        return std::uniform_int_distribution<unsigned>{0, limit - 1}(engine);
    };
    for (int round = 0; round < 500; ++round) {
        std::string text;
        std::vector<std::uint32_t> expected;
        const unsigned parts = below(6) + 1;
        for (unsigned i = 0; i < parts; ++i) {
            const unsigned first = below(30);
            const unsigned last = first + below(10);
            const unsigned step = below(4) + 1;
            text += (i == 0 ? "" : ",") + std::to_string(first) + "-" + std::to_string(last) + ":" +
                    std::to_string(step);
            for (unsigned index = first; index <= last; index += step) expected.push_back(index);
        }
        std::sort(expected.begin(), expected.end());
        expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
        const Result<ArraySpec> spec = parse_array_spec(text);
        ASSERT_TRUE(spec) << text;
        EXPECT_EQ(spec->indexes(), expected) << text;
        EXPECT_EQ(spec->size(), expected.size()) << text;
        EXPECT_EQ(parse_array_spec(to_string(*spec)).value().indexes(), expected)
            << text << " -> " << to_string(*spec);
    }
}

TEST(JobKey, IsWrittenAndReadAsSqueueShowsIt) {
    EXPECT_EQ(to_string(JobKey{JobId{12}, std::nullopt}), "12");
    EXPECT_EQ(to_string(JobKey{JobId{12}, 3}), "12_3");
    EXPECT_EQ(parse_job_key("12"), (JobKey{JobId{12}, std::nullopt}));
    EXPECT_EQ(parse_job_key("12_0"), (JobKey{JobId{12}, 0}));
    for (const char* wrong : {"", "x", "-1", "12_", "12_x", "12_3x", "_3", "12 ", "99999999999", "12_[1-3]"})
        EXPECT_EQ(parse_job_key(wrong), std::nullopt) << wrong;
}

TEST(EdgeKind, HasSlurmsNames) {
    for (const char* name : {"afterok", "afterany", "afternotok", "after", "aftercorr"})
        EXPECT_EQ(to_string(parse_edge_kind(name).value()), name);
    EXPECT_EQ(parse_edge_kind("AfterOk"), std::nullopt);
}

}  // namespace
}  // namespace sbraid
