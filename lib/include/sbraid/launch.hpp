#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sbraid {

/// Who starts the processes of a task.
enum class Launcher : std::uint8_t {
    none,      ///< the batch script: one process, on the first node
    srun,      ///< Slurm: one process a rank
    torchrun,  ///< PyTorch: one torchrun a node, which starts the workers there
    mpirun,    ///< the MPI library, on the nodes that Slurm has given
};
[[nodiscard]] std::string_view to_string(Launcher launcher);

/// A path of the node that the container sees under another name.
struct Mount {
    std::string source;  ///< absolute
    std::string target;  ///< absolute
    bool read_only = false;
};

/// What a task runs in. (Slurm's own --container is an option of the job like others.)
struct Container {
    enum class Engine : std::uint8_t { none, pyxis, apptainer };
    Engine engine = Engine::none;
    std::string image;  ///< as the engine takes it
    std::vector<Mount> mounts;
};

}  // namespace sbraid
