#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/event.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

/// One line of a state file: who says it, the how-manieth word of that writer it is, when, and what.
struct Record {
    std::string writer;        ///< unique for the life of one writing process
    std::uint64_t number = 0;  ///< 1, 2, 3... of this writer, without a gap
    Timestamp time;
    Event event;
};

inline constexpr std::size_t k_max_record_bytes = 4096;  ///< with the newline

/// One line with its newline, at most k_max_record_bytes: texts that are too long are cut at a code point and
/// marked with "…". What is not UTF-8 becomes U+FFFD. Never fails. A list that is too long loses its end, so
/// give released jobs through split_released().
[[nodiscard]] std::string encode(const Record& record);

/// The ids in their order, in as many events as are needed for each to fit into a record.
[[nodiscard]] std::vector<JobsReleased> split_released(const std::vector<JobId>& ids);

/// A line, or a part of one, that could not be taken. The reader goes on behind it.
struct Damage {
    std::string file;      ///< empty: no one file (a gap)
    std::size_t line = 0;  ///< from 1; 0: the file as a whole
    /// "torn", "checksum", "not a record", "NUL bytes", "a record of version 2; this sbraid reads version 1",
    /// "gap: 3 records of writer W are missing", or why the file could not be read.
    std::string what;
};

/// Which record: the number-th of that writer.
struct Origin {
    std::string writer;
    std::uint64_t number = 0;
};

struct Decoded {
    std::vector<Record> records;
    std::vector<Damage> damage;
    /// Records of kinds that this version does not know: kept in the file, skipped here.
    std::size_t unknown = 0;
    std::vector<Origin> unknown_from;  ///< which those are, so that they make no gap
};
/// Every sound record of a state file's bytes, also those behind damage on the same line. Never fails;
/// linear.
[[nodiscard]] Decoded decode(std::string_view bytes, std::string_view file_name);

/// Merges what several files hold: no record twice (by writer and number, the first read counts), ordered by
/// time, each writer's own order kept; gaps in a writer's numbers are reported.
[[nodiscard]] Decoded merge(std::vector<Decoded> files);

/// POSIX cksum(1)'s CRC of the bytes: a batch script can make it with coreutils alone.
[[nodiscard]] std::uint32_t cksum(std::string_view bytes);

}  // namespace sbraid
