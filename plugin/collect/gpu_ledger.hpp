// The books on every assigned GPU: what each rank did with it, and what all did together. Pure: readings and
// times go in (seconds on the clock that stamps the driver's samples), usage comes out.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collect/attribution.hpp"
#include "collect/gpu_source.hpp"
#include "sbraid/usage.hpp"

namespace sbraid::collect {

// One line of the books; it travels between processes as it is.
struct GpuUsage {
    bool whole_device = false;  // then `rank` means nothing
    std::uint32_t rank = 0;
    char uuid[64] = "";
    UsageSummary usage;
    std::optional<std::int64_t> mem_total_bytes;
    bool shared = false;
    char unknown_because[24] = "";  // why utilisation is not known; "" when it is
};

// What one reading showed, for the time series: per cent and bytes of the last stretch.
struct Glance {
    std::optional<std::uint32_t> rank;  // nullopt: the whole device
    std::size_t gpu = 0;
    std::optional<double> percent;
    std::optional<std::int64_t> mem_bytes;
    std::optional<double> power_w;
};

class GpuLedger {
  public:
    using OwnerOf = std::function<std::optional<Owner>(pid_t)>;

    GpuLedger(const std::vector<std::string>& uuids, double now);

    // From `now`, which is the time of the latest reading: that is the rank's baseline.
    void start_rank(std::uint32_t rank, double now);
    // Time after `at` does not count for this rank, nor what processes that are no rank's do after the end of
    // all ranks: they may be the next job's. The rank stays until forget_rank.
    void end_rank(std::uint32_t rank, double at);
    void forget_rank(std::uint32_t rank);

    // Somebody set the clock by so many seconds: the stretches that the next readings close are of the length
    // that they had, and what was done in them is not known.
    void clock_was_set(double by);

    // A reading of one GPU, taken at `now`, later than the one before.
    void add(std::size_t gpu, GpuReading reading, double now, const OwnerOf& owner_of);
    // The driver's own books: they know short processes and peaks that no reading met.
    void add_accounts(std::size_t gpu, const std::vector<GpuAccount>& accounts, std::int64_t since_us,
                      const OwnerOf& owner_of);

    // Of the GPUs that the rank has used; a GPU that it never touched has no line.
    [[nodiscard]] std::vector<GpuUsage> usage_of_rank(std::uint32_t rank) const;
    [[nodiscard]] std::vector<GpuUsage> usage_of_devices() const;
    [[nodiscard]] std::vector<std::uint32_t> ranks() const;

    // What the latest reading of each GPU showed.
    [[nodiscard]] const std::vector<Glance>& glances(std::size_t gpu) const { return gpus_.at(gpu).glances; }

  private:
    struct Use {
        UsageAccumulator usage;
        bool touched = false;
        bool shared = false;                // by others of our job
        std::optional<double> stranger_at;  // when somebody of another job was first there

        void meet(bool others_of_our_job, const std::optional<double>& stranger);
        // `end`: of the user, as far as it is known by now.
        [[nodiscard]] bool is_shared(const std::optional<double>& end) const;
        void clock_was_set(double by) {
            if (stranger_at) *stranger_at += by;
        }
    };
    struct RankBook {
        double start = 0;
        std::optional<double> end;
        std::vector<Use> uses;  // parallel to gpus_
    };
    struct GpuBook {
        std::string uuid;
        double last = 0;                 // time of the latest reading
        std::deque<double> gaps;         // seconds between samples of a process, the latest ones
        std::optional<double> period_s;  // of the driver's samples, by those gaps
        bool was_busy = false;           // a sample was seen
        bool clock_was_set = false;      // since the latest reading
        std::optional<std::int64_t> mem_total;
        std::optional<double> energy_j;  // of the latest reading that had it
        std::string unknown_because = "not-sampled";
        Use device;
        std::vector<Glance> glances;
    };
    struct Work;  // of one reading, sorted by who did it

    [[nodiscard]] Work sort_out(const GpuReading& reading, double now, const OwnerOf& owner_of) const;
    // nullopt while a rank lives, or before the first has.
    [[nodiscard]] std::optional<double> end_of_all() const;
    void add_device(std::size_t gpu, const GpuReading& reading, const Work& work, double seconds);
    void add_rank(std::size_t gpu, std::uint32_t rank, RankBook& book, const GpuReading& reading,
                  const Work& work, double now);
    [[nodiscard]] GpuUsage line(const GpuBook& gpu, const Use& use, const std::optional<double>& end) const;

    std::vector<GpuBook> gpus_;
    std::map<std::uint32_t, RankBook> ranks_;
    std::optional<double> latest_end_;  // of all ranks, forgotten ones too
};

}  // namespace sbraid::collect
