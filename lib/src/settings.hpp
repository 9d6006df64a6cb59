#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attempt_settings.hpp"
#include "launch_settings.hpp"
#include "reader.hpp"
#include "sbraid/script_options.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// One choice of an option of sbatch, in [defaults] or in a task.
struct Setting {
    std::string key;  ///< by which a task's choice replaces a default; of `sbatch = {…}`: the option's name
    Place key_place;
    std::optional<SbatchOption> option;  ///< nullopt: `false`, which takes a default away
};

/// What [defaults] or a task says about how and where something runs, checked for itself, not merged.
struct Settings {
    std::optional<PlacedText> shell;
    std::optional<PlacedText> setup;
    std::optional<PlacedText> workdir;
    std::optional<bool> hold;
    std::optional<DeadDependency> on_dead_dependency;
    std::optional<PlacedText> expect;
    std::optional<PlacedText> category;
    std::map<std::string, std::string> env;
    std::vector<Setting> options;
    LaunchSettings launching;
    AttemptSettings attempts;
};

/// Reads the key of `entry` into `settings`. `key` is its row, of scope `defaults`.
void read_setting(Reader& reader, const Key& key, const Entry& entry, Settings& settings);

/// Two shell texts to be run one after the other.
[[nodiscard]] std::string joined_setup(std::string_view first, std::string_view second);

/// Reports choices of one table that exclude each other. `owner` names the table in messages.
void check_exclusions(Reader& reader, const Settings& settings);

/// Adds to `defaults` of a file inside the options of sbatch of those around it that it neither replaces nor
/// excludes. The rest of them, about what runs, stays outside.
void inherit_options(Settings& defaults, const Settings& outer);

/// The options of a task: its own, and those of [defaults] that it neither replaces nor excludes. Sorted by
/// name.
[[nodiscard]] std::vector<SbatchOption> merged_options(const Settings& defaults, const Settings& own);

/// Warns of a task that is expected to run longer than it may. `of_script`: the limit of its own script,
/// which counts where the file says none; nullptr: there is none.
void check_expected_time(Reader& reader, const Task& task, const PlacedText& expect,
                         const ScriptOption* of_script);

/// Reports what is wrong only when options are seen together, as a task has them in the end.
void check_together(Reader& reader, const Task& task);

}  // namespace sbraid
