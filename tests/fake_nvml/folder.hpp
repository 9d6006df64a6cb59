// The simulation folder ($SBRAID_SIM_DIR): which GPUs there are, and what processes declared to do with them.
// README.md has the format. Everything here may be used by several processes at once.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "load.hpp"
#include "result.hpp"

namespace sbraid::sim {

// A line of the file `devices`.
struct DeviceEntry {
    std::string node;
    unsigned index = 0;  // on its node, in the order of the bus; Slurm's gres index
    std::string uuid;
    std::uint64_t memory_mib = 0;
    std::string name;
    unsigned node_ordinal =
        0;  // nodes counted in file order; makes PCI addresses unique in a view of all nodes
};

// The devices of `node` by index, or of all nodes in file order when `node` is empty.
Result<std::vector<DeviceEntry>> read_devices(const std::string& folder, const std::string& node);

struct Clock {
    std::uint64_t monotonic_ns = 0;
    std::uint64_t wall_us = 0;  // the same instant by CLOCK_REALTIME
};
Clock clock_now();

inline constexpr std::uint64_t k_never = std::numeric_limits<std::uint64_t>::max();

// A declared load, and when it ended (CLOCK_MONOTONIC; k_never while it goes on).
struct ObservedLoad {
    std::shared_ptr<const Load> load;
    std::uint64_t end_ns = k_never;
};

// All loads at one instant.
struct Snapshot {
    Clock now;
    std::vector<ObservedLoad> loads;  // by file name
};

// Puts `load` in `folder` as starting now; its start_ns and start_us are set. The folder never shows half a
// load.
Result<Load> declare(const std::string& folder, Load load);

// Records that the load ends now, unless an end is recorded already. Nothing is done when it cannot be
// recorded: the next observer will.
void record_end(const std::string& folder, const Load& load);

// Reads loads again and again, and remembers what cannot change. Not for two threads at a time.
class LoadReader {
  public:
    explicit LoadReader(std::string folder) : folder_(std::move(folder)) {}

    // Never fails: files that are not understood are skipped; with no folder there are no loads.
    Snapshot observe();

  private:
    struct Entry {
        std::shared_ptr<const Load> load;
        std::uint64_t end_ns = k_never;
        bool end_is_recorded = false;
    };
    void list(int directory);
    void settle(const std::string& name, Entry& entry, std::uint64_t now_ns);

    std::string folder_;
    std::map<std::string, Entry> entries_;
    std::int64_t listed_mtime_ns_ = -1;  // of the directory, when the list of it is known to be complete
};

}  // namespace sbraid::sim
