#include "sbraid/suggest.hpp"

#include <gtest/gtest.h>

#include <array>

namespace sbraid {
namespace {

constexpr std::array<std::string_view, 6> k_words{"tokenize",      "train", "eval",
                                                  "cpus_per_task", "mem",   "time"};

TEST(Suggest, FindsWhatWasMeant) {
    EXPECT_EQ(closest("tokenise", k_words), "tokenize");
    EXPECT_EQ(closest("tarin", k_words), "train");   // swapped
    EXPECT_EQ(closest("trai", k_words), "train");    // missing
    EXPECT_EQ(closest("trainn", k_words), "train");  // too many
    EXPECT_EQ(closest("EVAL", k_words), "eval");
    EXPECT_EQ(closest("cpus-per-task", k_words), "cpus_per_task");
    EXPECT_EQ(closest("tiem", k_words), "time");
}

TEST(Suggest, IsSilentWhenNothingIsNear) {
    EXPECT_EQ(closest("download", k_words), std::nullopt);
    EXPECT_EQ(closest("x", k_words), std::nullopt);
    EXPECT_EQ(closest("", k_words), std::nullopt);
    EXPECT_EQ(closest("train", {}), std::nullopt);
}

TEST(Suggest, PrefersTheNearestAndThenTheFirst) {
    constexpr std::array<std::string_view, 4> words{"shard-11", "shard-12", "shard-2", "shards"};
    EXPECT_EQ(closest("shard-1", words), "shard-11");
    EXPECT_EQ(closest("shard-22", words), "shard-12");
}

TEST(Suggest, MakesAHint) {
    EXPECT_EQ(did_you_mean("tokenise", k_words), "did you mean 'tokenize'?");
    EXPECT_EQ(did_you_mean("download", k_words), "");
}

}  // namespace
}  // namespace sbraid
