// A load file is lines of words; GPU lines share the grammar of `sbraid-sim-gpu --schedule`, so there is one
// parser of levels. Lines of unknown first word are refused: a typo in a test must not pass as an idle GPU.
#include "load.hpp"

#include <algorithm>

#include "text.hpp"

namespace sbraid::sim {

namespace {

std::string quoted(std::string_view text) {
    return "'" + std::string(text) + "'";
}

// Appends in time order; a second phase at the same instant replaces the first.
Result<bool> append_phase(std::vector<Phase>& phases, const Phase& phase) {
    if (!phases.empty() && phase.at_ns < phases.back().at_ns) {
        return Unexpected("times must ascend: " + seconds_text(phase.at_ns) + "s comes after " +
                          seconds_text(phases.back().at_ns) + "s");
    }
    if (!phases.empty() && phase.at_ns == phases.back().at_ns) phases.pop_back();
    phases.push_back(phase);
    return true;
}

std::string level_text(const Level& level) {
    const bool whole_mib = level.memory_bytes % (std::uint64_t{1} << 20U) == 0;
    return "util=" + std::to_string(level.util) + " mem=" +
           (whole_mib ? std::to_string(level.memory_bytes >> 20U) + "M"
                      : std::to_string(level.memory_bytes) + "B") +
           " power=" + std::to_string(level.power_mw) + "mW";
}

// `rest` is "<uuid> at <time> <settings>".
Result<bool> decode_gpu(Load& load, std::string_view rest) {
    const std::string_view uuid = take_word(rest);
    const std::string_view at = take_word(rest);
    const auto time = parse_duration_ns(take_word(rest));
    if (uuid.empty() || at != "at" || !time) return Unexpected("expected 'gpu UUID at SECONDS key=value...'");
    auto gpu =
        std::find_if(load.gpus.begin(), load.gpus.end(), [&](const GpuLoad& g) { return g.uuid == uuid; });
    if (gpu == load.gpus.end()) gpu = load.gpus.insert(gpu, GpuLoad{std::string(uuid), {}});
    const Level before = gpu->phases.empty() ? Level{} : gpu->phases.back().level;
    const auto level = apply_settings({before, true}, rest);
    if (!level) return Unexpected(level.error());
    return append_phase(gpu->phases, {*time, level->level});
}

Result<bool> decode_line(Load& load, std::string_view line) {
    std::string_view rest = line;
    const std::string_view word = take_word(rest);
    if (word.empty() || word.front() == '#') return true;
    if (word == "gpu") return decode_gpu(load, rest);
    if (word == "for") {
        load.duration_ns = parse_duration_ns(rest);
        if (!load.duration_ns) return Unexpected(quoted(rest) + " is no duration");
        return true;
    }
    const auto number = parse_whole(rest);
    if (!number) return Unexpected("not understood: " + quoted(line));
    if (word == "pid" && *number <= 0x7fffffff) {
        load.pid = static_cast<unsigned>(*number);
    } else if (word == "start_ticks") {
        load.start_ticks = *number;
    } else if (word == "start_ns") {
        load.start_ns = *number;
    } else if (word == "start_us") {
        load.start_us = *number;
    } else {
        return Unexpected("not understood: " + quoted(line));
    }
    return true;
}

}  // namespace

Result<LevelText> apply_settings(LevelText before, std::string_view settings) {
    LevelText now = before;
    for (const std::string_view setting : split(settings, " \t\r,")) {
        const auto equals = setting.find('=');
        const std::string_view key = setting.substr(0, equals);
        const std::string_view value = equals == std::string_view::npos ? "" : setting.substr(equals + 1);
        if (key == "util") {
            const auto percent = parse_whole(value);
            if (!percent || *percent > 100) return Unexpected(quoted(setting) + ": util is 0 to 100 percent");
            now.level.util = static_cast<unsigned>(*percent);
        } else if (key == "mem") {
            const auto bytes = parse_bytes(value);
            if (!bytes)
                return Unexpected(quoted(setting) + ": mem is a whole number of MiB, or with B, K, M, G, T");
            now.level.memory_bytes = *bytes;
        } else if (key == "power") {
            const auto milliwatts = parse_milliwatts(value);
            if (!milliwatts || *milliwatts > 1'000'000'000)
                return Unexpected(quoted(setting) + ": power is in watts");
            now.level.power_mw = *milliwatts;
            now.power_given = true;
        } else {
            return Unexpected(quoted(setting) + ": expected util=, mem= or power=");
        }
    }
    if (!now.power_given) now.level.power_mw = now.level.util * k_default_mw_per_percent;
    return now;
}

Result<std::vector<Phase>> parse_schedule(const LevelText& before, std::string_view schedule) {
    std::vector<Phase> phases;
    LevelText current = before;
    for (std::string_view entry : split(schedule, ";\n")) {
        const std::string_view time_text = take_word(entry);
        if (time_text.empty()) continue;
        const auto time = parse_duration_ns(time_text);
        if (!time)
            return Unexpected(quoted(time_text) + " is no time: an entry is '2s util=90 mem=1G power=400'");
        const auto level = apply_settings(current, entry);
        if (!level) return Unexpected(level.error());
        current = *level;
        if (auto appended = append_phase(phases, {*time, current.level}); !appended) {
            return Unexpected(appended.error());
        }
    }
    return phases;
}

std::string encode(const Load& load) {
    std::string text = "pid " + std::to_string(load.pid) + "\nstart_ticks " +
                       std::to_string(load.start_ticks) + "\nstart_ns " + std::to_string(load.start_ns) +
                       "\nstart_us " + std::to_string(load.start_us) + "\n";
    if (load.duration_ns) text += "for " + seconds_text(*load.duration_ns) + "\n";
    for (const GpuLoad& gpu : load.gpus) {
        for (const Phase& phase : gpu.phases) {
            text +=
                "gpu " + gpu.uuid + " at " + seconds_text(phase.at_ns) + " " + level_text(phase.level) + "\n";
        }
    }
    return text;
}

Result<Load> decode(std::string_view text) {
    Load load;
    for (const std::string_view line : split(text, "\n")) {
        if (auto done = decode_line(load, line); !done) return Unexpected(done.error());
    }
    if (load.pid == 0 || load.start_ticks == 0) return Unexpected("pid or start_ticks is missing");
    return load;
}

std::string file_name(const Load& load) {
    return std::to_string(load.pid) + "-" + std::to_string(load.start_ticks);
}

}  // namespace sbraid::sim
