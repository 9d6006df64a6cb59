// The supervisor's side of the sampler, with a real sampler process and the simulated library.
#include "collect/gpu_watch.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

namespace sbraid::collect {
namespace {

using namespace std::chrono_literals;

class Watch : public testing::Test {
  protected:
    Watch() {
        char name[] = "/tmp/sbraid-watch.XXXXXX";
        folder = mkdtemp(name);
        std::filesystem::create_directory(folder / "loads");
        std::ofstream(folder / "devices") << "n1 0 GPU-a 80000 Simulated\n";
        setenv("SBRAID_SIM_DIR", folder.c_str(), 1);
        setenv("SLURMD_NODENAME", "n1", 1);
        step.gpus = "0";
        step.nvml = SBRAID_FAKE_NVML;
    }
    ~Watch() override { std::filesystem::remove_all(folder); }

    void fault(const std::string& text) const { std::ofstream(folder / "faults") << text << '\n'; }

    // Steps the watch until `done`, or for a minute; gathers what it tells.
    bool run_until(GpuWatch& watch, const std::function<bool()>& done) {
        const auto limit = Clock::now() + 60s;
        while (!done()) {
            if (Clock::now() >= limit) return false;
            GpuNews news = watch.step(Clock::now(), 1000);
            if (news.ready) ready = news.ready;
            usages.insert(usages.end(), news.final_usages.begin(), news.final_usages.end());
            pollfd descriptor{watch.socket(), POLLIN, 0};
            poll(&descriptor, 1, 5);
            reap_children();
        }
        return true;
    }

    std::filesystem::path folder;
    Step step;
    std::optional<ReadyAnswer> ready;
    std::vector<GpuUsage> usages;
};

TEST_F(Watch, TellsOfEachDeviceAtTheEnd) {
    GpuWatch watch(step, "", Clock::now(), {.answer = 1h, .finish = 1h});
    ASSERT_TRUE(run_until(watch, [&] { return ready.has_value(); }));
    EXPECT_EQ(ready->gpus, 1U);
    watch.finish(2000);
    ASSERT_TRUE(run_until(watch, [&] { return watch.is_done(); }));
    EXPECT_EQ(watch.failure(), "");
    ASSERT_EQ(usages.size(), 1U);
    EXPECT_TRUE(usages[0].whole_device);
    EXPECT_STREQ(usages[0].uuid, "GPU-a");
    EXPECT_STREQ(usages[0].unknown_because, "");
}

TEST_F(Watch, ASamplerThatIsNotDoneInTimeAfterTheEndHangs) {
    fault("hang DeviceGetUtilizationRates");
    GpuWatch watch(step, "", Clock::now(), {.answer = 1h, .finish = 200ms});
    ASSERT_TRUE(run_until(watch, [&] { return ready.has_value(); }));
    watch.finish(2000);
    EXPECT_TRUE(watch.next_deadline().has_value());
    ASSERT_TRUE(run_until(watch, [&] { return watch.is_done(); }));
    EXPECT_EQ(watch.failure(), "hung");
    ASSERT_EQ(usages.size(), 1U);
    EXPECT_STREQ(usages[0].uuid, "GPU-a");
    EXPECT_STREQ(usages[0].unknown_because, "hung");
}

TEST_F(Watch, TheDriverMayTakeLongerToStartThanToAnswer) {
    fault("slow init 700");
    GpuWatch watch(step, "", Clock::now(), {.start = 1h, .answer = 200ms, .finish = 1h});
    ASSERT_TRUE(run_until(watch, [&] { return ready.has_value(); }));
    EXPECT_EQ(watch.failure(), "");
    EXPECT_EQ(ready->gpus, 1U);
    watch.kill();
}

TEST_F(Watch, ASamplerThatSaysNothingHangs) {
    fault("hang init");
    GpuWatch watch(step, "", Clock::now(), {.start = 200ms, .answer = 1h, .finish = 1h});
    ASSERT_TRUE(run_until(watch, [&] { return ready.has_value(); }));
    EXPECT_EQ(watch.failure(), "hung");
    EXPECT_STREQ(ready->unknown_because, "hung");
    watch.finish(2000);
    EXPECT_TRUE(run_until(watch, [&] { return watch.is_done(); }));
    EXPECT_TRUE(usages.empty());
}

}  // namespace
}  // namespace sbraid::collect
