// Where GPU numbers come from. One file for each vendor behind this interface; only the sampler process uses
// it, since any of these calls may hang or crash with the driver.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sbraid::collect {

struct Gpu {
    std::string uuid;
    unsigned index = 0;    // by PCI bus, as NVML, Slurm and CUDA count; not the N of the device file
    bool is_mig = false;   // partitioned: then Slurm counts its parts
    bool is_lost = false;  // it was there and does not answer: it has no UUID
};

struct GpuProcess {
    pid_t pid = 0;
    std::optional<std::int64_t> mem_bytes;
};

// One process busy in one sample period of the driver.
struct BusySample {
    pid_t pid = 0;
    std::int64_t time_us = 0;  // end of the period, UTC
    unsigned percent = 0;      // 1..100
};

// One reading of one device. What is not known is nullopt.
struct GpuReading {
    std::optional<double> percent;  // of the last moment (up to a second), whole device
    std::optional<std::int64_t> mem_used, mem_total;
    std::optional<double> energy_j;  // a counter: only differences mean something
    std::optional<double> power_w;
    std::optional<std::vector<GpuProcess>> processes;  // that hold the device now
    std::optional<std::vector<BusySample>> busy;       // since the last reading, by time; none is given twice
    std::string unknown_because;                       // why `percent` or `busy` are missing: "mig", "lost"
};

// What the driver's own books say of a process, ended or not.
struct GpuAccount {
    pid_t pid = 0;
    std::int64_t start_us = 0;  // UTC
    std::optional<std::int64_t> mem_max_bytes;
};

class GpuSource {
  public:
    virtual ~GpuSource() = default;

    [[nodiscard]] virtual bool is_simulated() const = 0;
    [[nodiscard]] virtual const std::vector<Gpu>& gpus() const = 0;
    // `gpu` is a position in gpus(). Never fails: what cannot be read is missing.
    virtual GpuReading read(std::size_t gpu) = 0;
    // Empty where the driver keeps no books.
    virtual std::vector<GpuAccount> accounts(std::size_t gpu) = 0;
};

// A source, or why there is none: "no-library", "no-driver".
struct OpenedSource {
    std::unique_ptr<GpuSource> source;
    std::string unknown_because;
};

// NVIDIA's library at `library`, or where the system has it when that is empty. Samples from before
// `since_us` (UTC) are not handed out.
OpenedSource open_nvml(const std::string& library, std::int64_t since_us);

}  // namespace sbraid::collect
