// Slurm's lists hold indexes of the node. CUDA_VISIBLE_DEVICES holds the same indexes when devices are not
// confined; when they are, its number k is the k-th device of the step (of the job, where the step does not
// say).
#include "visible_gpus.hpp"

#include <algorithm>

#include "text.hpp"

namespace sbraid::sim {

namespace {

const DeviceEntry* find_uuid(const std::vector<DeviceEntry>& node, std::string_view prefix) {
    const auto found = std::find_if(
        node.begin(), node.end(), [&](const DeviceEntry& device) { return device.uuid.starts_with(prefix); });
    return found == node.end() ? nullptr : &*found;
}

const DeviceEntry* find_index(const std::vector<DeviceEntry>& node, std::uint64_t index) {
    const auto found = std::find_if(node.begin(), node.end(),
                                    [&](const DeviceEntry& device) { return device.index == index; });
    return found == node.end() ? nullptr : &*found;
}

// A list of Slurm: "0,2-3" or UUIDs. An entry that is no device of the node is an error: the simulation and
// Slurm disagree about the hardware.
Result<std::vector<DeviceEntry>> slurm_list(const std::vector<DeviceEntry>& node, const std::string& text) {
    std::vector<DeviceEntry> listed;
    const auto unknown = [&] { return Unexpected("no such GPU on this node: '" + text + "'"); };
    for (const std::string_view part : split(text, ", ")) {
        if (const DeviceEntry* device = part.starts_with("GPU-") ? find_uuid(node, part) : nullptr) {
            listed.push_back(*device);
            continue;
        }
        const auto dash = part.find('-');
        const auto first = parse_whole(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : parse_whole(part.substr(dash + 1));
        if (!first || !last || *last > 255) return unknown();
        for (std::uint64_t index = *first; index <= *last; ++index) {
            const DeviceEntry* device = find_index(node, index);
            if (device == nullptr) return unknown();
            listed.push_back(*device);
        }
    }
    return listed;
}

}  // namespace

Result<std::vector<DeviceEntry>> visible_gpus(const std::vector<DeviceEntry>& node,
                                              const GpuEnvironment& environment) {
    std::vector<DeviceEntry> allocated;
    const auto& slurm_text =
        environment.slurm_step_gpus ? environment.slurm_step_gpus : environment.slurm_job_gpus;
    if (slurm_text) {
        auto listed = slurm_list(node, *slurm_text);
        if (!listed) return listed;
        allocated = std::move(*listed);
    } else if (!environment.renumbered) {
        allocated = node;
    }
    if (!environment.cuda_visible_devices) return allocated;

    std::vector<DeviceEntry> visible;
    for (const std::string_view part : split(*environment.cuda_visible_devices, ", ")) {
        const auto number = parse_whole(part);
        const DeviceEntry* device = nullptr;
        if (!number) {
            device = part.starts_with("GPU-") ? find_uuid(node, part) : nullptr;
        } else if (environment.renumbered) {
            device = *number < allocated.size() ? &allocated[*number] : nullptr;
        } else {
            device = find_index(node, *number);
        }
        if (device == nullptr) break;
        visible.push_back(*device);
    }
    return visible;
}

bool devices_are_confined(std::string_view cgroup_text) {
    std::string_view unified;
    for (const std::string_view line : split(cgroup_text, "\n")) {
        const auto parts =
            split(line.substr(0, line.find('/')), ":");  // number, and the controllers if there are any
        if (parts.size() < 2) {
            unified = line;
            continue;
        }
        const auto controllers = split(parts[1], ",");
        if (std::find(controllers.begin(), controllers.end(), "devices") != controllers.end()) {
            return line.find("/step_") != std::string_view::npos;
        }
    }
    return unified.find("/step_") != std::string_view::npos;
}

}  // namespace sbraid::sim
