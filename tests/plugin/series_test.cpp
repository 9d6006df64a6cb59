#include "collect/series.hpp"

#include <gtest/gtest.h>

namespace sbraid::collect {
namespace {

TEST(Series, BeginsWithWhatTheNumbersMean) {
    Step step;
    step.key = {{JobId{12}, 3}, "0", "n1", 1};
    EXPECT_EQ(
        series_head(step, {"GPU-a", "GPU-b"}, true),
        R"({"v":1,"job":"12_3","step":"0","node":"n1","restart":1,"simulated":true,"gpus":["GPU-a","GPU-b"]})"
        "\n");
}

TEST(Series, IsOneLineAReadingWithNullForUnknown) {
    const std::vector<Glance> glances = {
        {{}, 0, 87.4, 1 << 30, 400.4}, {3, 0, 87.6, 1 << 29, {}}, {{}, 1, {}, {}, {}}};
    EXPECT_EQ(series_line(1732147200007, glances, 4000),
              R"({"t":1732147200.007,"gpu":[[0,87,1024,400],[1,null,null,null]],"rank":[[3,0,88,512]]})"
              "\n");
    EXPECT_EQ(series_line(1732147200007, glances, 20), "");
}

}  // namespace
}  // namespace sbraid::collect
