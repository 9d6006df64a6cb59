// The words behind the plugin's line in plugstack.conf.
#pragma once

#include <cstdint>
#include <string_view>

namespace sbraid::spank {

struct Arguments {
    const char* collect;              // absolute path of sbraid-collect
    const char* spool = "";           // folder on a local disk; empty: the helper's default
    const char* nvml = "";            // NVIDIA's library; empty: libnvidia-ml.so.1 from the system's paths
    const char* sim = nullptr;        // folder of the simulated GPUs, for a simulated library
    std::uint32_t budget_us = 2000;   // a hook that takes longer counts as slow
    std::uint32_t patience_ms = 500;  // for the helper to leave the step
    const char* wrong = nullptr;      // the first word that was ignored
};

// A number of at most 999,999, decimal; false for anything else, and `number` is as it was.
bool parse_number(std::string_view text, std::uint32_t& number) noexcept;

// Never fails: what is not understood is ignored and remembered in `wrong`. The texts point into `argv`,
// which Slurm keeps as long as the plugin.
Arguments parse_arguments(int argc, char* const argv[], const char* default_collect) noexcept;

}  // namespace sbraid::spank
