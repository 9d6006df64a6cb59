// What the fake library does wrong on demand: the file `faults` of the simulation folder (README.md has its
// words).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "result.hpp"

namespace sbraid::sim {

enum class FaultKind { hang, crash, error, garbage, slow, lost, mig, no_accounting, long_entries };

struct Fault {
    FaultKind kind = FaultKind::hang;
    std::string target;  // a function, "init", "dlopen", "*"; for lost, mig, no_accounting and long_entries a
                         // UUID or "*"
    unsigned number = 0;  // error: the status; slow: milliseconds
};

// The faults in `text` that are for `node`: lines without a node, and lines that begin with "@node".
Result<std::vector<Fault>> parse_faults(std::string_view text, std::string_view node);

// Those in the folder's file now; none when there is no file.
Result<std::vector<Fault>> read_faults(const std::string& folder, std::string_view node);

// Is the fault's target this function? "nvml" may be left out, and so may the version: "DeviceGetMemoryInfo"
// is both nvmlDeviceGetMemoryInfo and nvmlDeviceGetMemoryInfo_v2. "init" is both ways to initialise, "*"
// every function.
bool is_for_function(const Fault& fault, std::string_view function);

// Is there a fault of this kind for the device?
bool has_device_fault(const std::vector<Fault>& faults, FaultKind kind, std::string_view uuid);

// Does what hang, crash and slow say for `function`: then it does not return, the process dies, or it returns
// late.
void suffer(const std::vector<Fault>& faults, std::string_view function);

}  // namespace sbraid::sim
