// The name that Slurm gives this node. The plugin interface does not tell it, SLURMD_NODENAME is set only
// later, in the ranks, and the host's name is another one with several slurmds on a host or with
// NodeHostname.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sbraid::spank {

// From slurmstepd's own socket, which is named <SlurmdSpoolDir>/<node>_<job>.<step>; else the host's name up
// to its first dot. Always leaves a text that ends.
void find_node_name(std::uint32_t job, char* name, std::size_t size) noexcept;

// The node in such a path, empty when the path is not one of this job. Pure.
std::string_view node_of_socket(std::string_view path, std::uint32_t job) noexcept;

}  // namespace sbraid::spank
