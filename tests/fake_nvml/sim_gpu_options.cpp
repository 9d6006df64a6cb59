// Every option has a value, as "--name value" or "--name=value". The level options together are the level at
// 0 s; the schedule goes on from there.
#include "sim_gpu_options.hpp"

#include "text.hpp"

namespace sbraid::sim {

const char* const k_sim_gpu_usage =
    R"(usage: sbraid-sim-gpu [options] [-- command [argument...]]

Declares that its process uses simulated GPUs, in the folder that SBRAID_SIM_DIR names. With a command it becomes that
command: same process, same exit code. Without one it stays until --for is over or a signal ends it.

  --gpu WHICH      may be repeated. N: the N-th that the process can see, as cuda:N; visible: all of those;
                   index:N: number N of the node; a UUID. Default: 0
  --util PERCENT   utilisation, 0 to 100 (default 100)
  --mem SIZE       memory held: MiB, or with K, M, G, T (default 0)
  --power WATTS    drawn on top of the idle 70 W (default: 6 W a percent of utilisation)
  --schedule TEXT  changes over time: "0s util=90 mem=1G; 2s util=0; 4s util=50 power=300"
  --for TIME       the load ends after this: 5s, 500ms, 1m

Which GPUs the process can see follows from SLURMD_NODENAME, CUDA_VISIBLE_DEVICES and SLURM_STEP_GPUS, else
SLURM_JOB_GPUS. Whether CUDA_VISIBLE_DEVICES counts the job's GPUs or the node's follows from the process' cgroup;
SBRAID_SIM_NUMBERS=job or =node decides it instead.

exit codes: 0 done, 2 usage, no simulation or no such GPU, 126/127 the command cannot be run, else the command's
)";

Result<SimGpuOptions> parse_options(const std::vector<std::string>& arguments) {
    SimGpuOptions options;
    std::string settings = "util=100";
    std::string schedule;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (argument == "--") {
            options.command.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, arguments.end());
            if (options.command.empty()) return Unexpected("a command must follow '--'");
            break;
        }
        if (argument == "--help" || argument == "-h") {
            options.help = true;
            return options;
        }
        const auto equals = argument.find('=');
        const std::string name = argument.substr(0, equals);
        std::string value;
        if (equals != std::string::npos) {
            value = argument.substr(equals + 1);
        } else if (i + 1 < arguments.size()) {
            value = arguments[++i];
        } else {
            return Unexpected("'" + argument + "' is no option, or its value is missing");
        }
        if (name == "--gpu") {
            options.gpus.push_back(value);
        } else if (name == "--util" || name == "--mem" || name == "--power") {
            settings += " " + name.substr(2) + "=" + value;
        } else if (name == "--schedule") {
            schedule = value;
        } else if (name == "--for") {
            options.duration_ns = parse_duration_ns(value);
            if (!options.duration_ns) return Unexpected("--for: '" + value + "' is no duration");
        } else {
            return Unexpected("'" + argument + "' is no option");
        }
    }
    // A schedule that begins later than 0 s finds the level options before it; its own first entry replaces
    // them.
    const auto base = apply_settings({}, settings);
    if (!base) return Unexpected(base.error());
    const auto phases = parse_schedule(*base, schedule);
    if (!phases) return Unexpected("--schedule: " + phases.error());
    if (phases->empty() || phases->front().at_ns > 0) options.phases.push_back({0, base->level});
    for (const Phase& phase : *phases) options.phases.push_back(phase);
    return options;
}

}  // namespace sbraid::sim
