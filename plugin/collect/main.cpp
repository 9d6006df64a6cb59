// sbraid-collect: one for each job step and node. Started by the plugin inside slurmstepd; see
// plugin/README.md.
#include <cstdio>
#include <cstring>
#include <exception>

#include "collect/detach.hpp"
#include "collect/supervisor.hpp"
#include "sbraid/version.hpp"

namespace {

constexpr const char* k_help =
    "usage: sbraid-collect --step STEP\n"
    "\n"
    "Records what the ranks of a job step do and what they do with their GPUs. It is started by the SPANK "
    "plugin\n"
    "spank_sbraid.so, which talks to it over inherited descriptors; by hand it is of no use.\n"
    "\n"
    "  --help     this text\n"
    "  --version  the version\n";

}  // namespace

int main(int argc, char* argv[]) {
    if (argc == 2 && std::strcmp(argv[1], "--help") == 0) return std::fputs(k_help, stdout) < 0 ? 1 : 0;
    if (argc == 2 && std::strcmp(argv[1], "--version") == 0)
        return std::printf("sbraid-collect %s\n", sbraid::k_version) < 0 ? 1 : 0;
    if (argc != 3 || std::strcmp(argv[1], "--step") != 0) {
        std::fputs(k_help, stderr);
        return 2;
    }
    try {
        sbraid::collect::Origin origin;
        int status = 1;
        if (!sbraid::collect::detach(origin, status)) return status;
        sbraid::collect::supervise(origin);
        return 0;
    } catch (const std::exception&) {
        return 1;  // memory is exhausted; nobody listens, and the step goes on without us
    }
}
