// The node-local place for records that could not be put into the run directory. Only root reads it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collect/step.hpp"

namespace sbraid::collect {

inline constexpr const char* k_default_spool = "/var/spool/sbraid";
inline constexpr std::uint64_t k_most_spool_of_job = 4 << 20;
inline constexpr std::uint64_t k_most_spool_of_node = 256 << 20;
// What others write is counted again each time that a step has written so much: each step that runs at once
// may exceed the limits by it.
inline constexpr std::uint64_t k_spool_between_counts = 64 << 10;

struct SpoolFile {
    std::string name;
    std::uint64_t bytes = 0;
    std::int64_t modified_s = 0;
};
// The oldest files whose removal leaves at most `most` bytes. Pure.
std::vector<std::string> too_much(std::vector<SpoolFile> files, std::uint64_t most);

// Never returns; ends when `socket` is closed. Keeps to the limits above: refuses what goes beyond the job's,
// removes the oldest files where it goes beyond the node's. A piece is an encoded record; each goes as a line
// into <spool>/<step>.jsonl, whose first line says whose it is and where it belongs.
[[noreturn]] void run_spool(int socket, const Step& step);

}  // namespace sbraid::collect
