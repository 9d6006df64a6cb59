// We run with a fixed environment as root, so dlopen by name looks in the system's own places only.
#include "collect/nvml_library.hpp"

#include <dlfcn.h>

namespace sbraid::collect {
namespace {

class Symbols {
  public:
    explicit Symbols(void* handle) : handle_(handle) {}

    // The interface's own cast: dlsym gives functions as data pointers.
    template <class Function>
    void take(Function& function, const char* name) const {
        function = reinterpret_cast<Function>(dlsym(handle_, name));
    }

    void take_processes(NvmlLibrary::Processes& processes, const std::string& name) const {
        take(processes.newer, (name + "_v3").c_str());
        if (processes.newer == nullptr) take(processes.newer, (name + "_v2").c_str());
        if (processes.newer == nullptr) take(processes.oldest, name.c_str());
    }

  private:
    void* handle_;
};

}  // namespace

bool load_nvml(const std::string& path, NvmlLibrary& library) {
    const char* const name = path.empty() ? "libnvidia-ml.so.1" : path.c_str();
    void* const handle = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    if (handle == nullptr) return false;

    const Symbols symbols(handle);
    symbols.take(library.init, "nvmlInit_v2");
    symbols.take(library.driver_version, "nvmlSystemGetDriverVersion");
    symbols.take(library.count, "nvmlDeviceGetCount_v2");
    symbols.take(library.by_index, "nvmlDeviceGetHandleByIndex_v2");
    symbols.take(library.uuid, "nvmlDeviceGetUUID");
    symbols.take(library.memory, "nvmlDeviceGetMemoryInfo");
    symbols.take(library.memory_v2, "nvmlDeviceGetMemoryInfo_v2");
    symbols.take(library.rates, "nvmlDeviceGetUtilizationRates");
    symbols.take(library.energy, "nvmlDeviceGetTotalEnergyConsumption");
    symbols.take(library.power, "nvmlDeviceGetPowerUsage");
    symbols.take(library.mig, "nvmlDeviceGetMigMode");
    symbols.take_processes(library.processes[0], "nvmlDeviceGetComputeRunningProcesses");
    symbols.take_processes(library.processes[1], "nvmlDeviceGetGraphicsRunningProcesses");
    symbols.take_processes(library.processes[2], "nvmlDeviceGetMPSComputeRunningProcesses");
    symbols.take(library.busy, "nvmlDeviceGetProcessUtilization");
    symbols.take(library.accounting_mode, "nvmlDeviceGetAccountingMode");
    symbols.take(library.accounting_pids, "nvmlDeviceGetAccountingPids");
    symbols.take(library.accounting_stats, "nvmlDeviceGetAccountingStats");
    return library.init != nullptr && library.count != nullptr && library.by_index != nullptr &&
           library.uuid != nullptr;
}

}  // namespace sbraid::collect
