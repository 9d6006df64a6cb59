// The command line of sbraid-sim-gpu.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "load.hpp"
#include "result.hpp"

namespace sbraid::sim {

struct SimGpuOptions {
    bool help = false;
    std::vector<std::string>
        gpus;  // as given: "0", "GPU-...", "index:2", "visible"; empty: the first that is visible
    std::vector<Phase> phases;  // never empty
    std::optional<std::uint64_t> duration_ns;
    std::vector<std::string> command;
};

// `arguments` without the program's name. The error is what stands behind "sbraid-sim-gpu: error: ".
Result<SimGpuOptions> parse_options(const std::vector<std::string>& arguments);

extern const char* const k_sim_gpu_usage;

}  // namespace sbraid::sim
