// sbraid-sim-gpu: a process that uses simulated GPUs.
//
// It finds out which GPUs it can see, writes one load file for its own pid, and then either becomes the
// command (exec keeps pid and start time, so the load is the command's, and signals and exit code need no
// help), or sleeps. A load with --for ends by itself; the end of one that is killed is recorded by whoever
// looks next.
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "folder.hpp"
#include "process.hpp"
#include "sim_gpu_options.hpp"
#include "text.hpp"
#include "visible_gpus.hpp"

namespace {

using namespace sbraid::sim;

constexpr int k_exit_usage = 2;

std::optional<std::string> environment(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    return value;
}

int fail(const std::string& text) {
    std::fprintf(stderr, "sbraid-sim-gpu: error: %s\n", text.c_str());
    return k_exit_usage;
}

GpuEnvironment gpu_environment() {
    GpuEnvironment gpus{environment("CUDA_VISIBLE_DEVICES"), environment("SLURM_STEP_GPUS"),
                        environment("SLURM_JOB_GPUS"), false};
    const std::string numbers = environment("SBRAID_SIM_NUMBERS").value_or("");
    gpus.renumbered = numbers.empty() ? devices_are_confined(read_file("/proc/self/cgroup").value_or(""))
                                      : numbers == "job";
    return gpus;
}

// The UUIDs that `which` names.
Result<std::vector<std::string>> resolve(const std::string& which, const std::vector<DeviceEntry>& node,
                                         const std::vector<DeviceEntry>& visible) {
    std::vector<std::string> uuids;
    if (which == "visible") {
        uuids.reserve(visible.size());
        for (const DeviceEntry& device : visible) uuids.push_back(device.uuid);
        if (uuids.empty()) return Unexpected("this process can see no GPU");
        return uuids;
    }
    if (const auto number = parse_whole(which)) {
        if (*number >= visible.size()) {
            return Unexpected("this process can see " + std::to_string(visible.size()) +
                              " GPUs, there is no number " + which);
        }
        uuids.push_back(visible[*number].uuid);
        return uuids;
    }
    for (const DeviceEntry& device : node) {
        if (device.uuid == which || "index:" + std::to_string(device.index) == which)
            uuids.push_back(device.uuid);
    }
    if (uuids.size() != 1) return Unexpected("no such GPU on this node: '" + which + "'");
    return uuids;
}

Result<Load> make_load(const std::string& folder, const SimGpuOptions& options) {
    const auto node = read_devices(folder, environment("SLURMD_NODENAME").value_or(""));
    if (!node) return Unexpected(node.error());
    const auto visible = visible_gpus(*node, gpu_environment());
    if (!visible) return Unexpected(visible.error());
    Load load;
    load.pid = static_cast<unsigned>(getpid());
    load.start_ticks = living_start_ticks(load.pid).value_or(0);
    load.duration_ns = options.duration_ns;
    for (const std::string& which : options.gpus.empty() ? std::vector<std::string>{"0"} : options.gpus) {
        const auto uuids = resolve(which, *node, *visible);
        if (!uuids) return Unexpected(uuids.error());
        for (const std::string& uuid : *uuids) load.gpus.push_back({uuid, options.phases});
    }
    return load;
}

int become(std::vector<std::string> command) {
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    const int error = errno;
    std::fprintf(stderr, "sbraid-sim-gpu: error: %s: %s\n", arguments[0], std::strerror(error));
    return error == ENOENT ? 127 : 126;
}

constexpr int k_ending_signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

sigset_t ending_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : k_ending_signals) sigaddset(&set, number);
    return set;
}

// Until the load's time is over, or a signal comes; then dies by that signal, with the end of the load on
// record.
int stay(const std::string& folder, const Load& load) {
    const sigset_t signals = ending_signals();
    while (true) {
        timespec left{3600, 0};
        if (load.duration_ns) {
            const std::uint64_t end = load.start_ns + *load.duration_ns;
            const std::uint64_t now = clock_now().monotonic_ns;
            if (now >= end) return EXIT_SUCCESS;
            left = {static_cast<time_t>((end - now) / 1'000'000'000),
                    static_cast<long>((end - now) % 1'000'000'000)};
        }
        const int got = sigtimedwait(&signals, nullptr, &left);
        if (got < 0) continue;
        record_end(folder, load);
        signal(got, SIG_DFL);
        raise(got);
        sigprocmask(SIG_UNBLOCK, &signals, nullptr);
        return 128 + got;  // only where the signal could not kill us
    }
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = parse_options({argv + 1, argv + argc});
    if (!options) return fail(options.error() + "; see sbraid-sim-gpu --help");
    if (options->help) {
        std::fputs(k_sim_gpu_usage, stdout);
        return EXIT_SUCCESS;
    }
    const auto folder = environment("SBRAID_SIM_DIR");
    if (!folder || folder->empty()) {
        return fail(
            "SBRAID_SIM_DIR is not set: there is no simulated GPU here (slurm-box sets it in its cluster)");
    }
    auto load = make_load(*folder, *options);
    if (!load) return fail(load.error());
    if (options->command.empty()) {
        const sigset_t signals = ending_signals();  // before the load exists, so that none ends us unrecorded
        sigprocmask(SIG_BLOCK, &signals, nullptr);
    }
    const auto declared = declare(*folder, std::move(*load));
    if (!declared) return fail(declared.error());
    if (!options->command.empty()) return become(options->command);
    return stay(*folder, *declared);
}
