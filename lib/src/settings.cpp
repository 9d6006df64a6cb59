// Reads the keys that [defaults] and tasks share, and merges them.
//
// A default gives way to the task's own value of the same key, and also to a choice that Slurm would refuse
// beside it: with `mem` in [defaults], a task that says `mem_per_cpu` means that instead. Two such choices in
// one table are an error.
#include "settings.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "characters.hpp"
#include "concat.hpp"
#include "gpu_options.hpp"
#include "key_grammars.hpp"
#include "sbraid/suggest.hpp"
#include "slurm_value.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

bool is_environment_name(std::string_view name) {
    return !name.empty() && !is_digit(name.front()) && std::all_of(name.begin(), name.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '_';
    });
}

/// `$NAME`, `${NAME}` or `$(` of a value, for messages; empty: there is none.
std::string_view shell_text(std::string_view value) {
    const auto is_part = [](char c) { return is_letter(c) || is_digit(c) || c == '_'; };
    for (std::size_t at = value.find('$'); at < value.size(); at = value.find('$', at + 1)) {
        const std::string_view rest = value.substr(at);
        if (rest.starts_with("$(")) return rest.substr(0, 2);
        const std::size_t begin = rest.starts_with("${") ? 2 : 1;
        std::size_t end = begin;
        while (end < rest.size() && is_part(rest[end])) ++end;
        if (!is_environment_name(rest.substr(begin, end - begin))) continue;
        if (begin == 1) return rest.substr(0, end);
        if (end < rest.size() && rest[end] == '}') return rest.substr(0, end + 1);
    }
    return {};
}

void warn_of_shell_text(Reader& reader, const Entry& variable, std::string_view value) {
    const std::string_view text = shell_text(value);
    if (text.empty()) return;
    reader.warning(
        variable.node.place,
        fmt::format("env.{}: '{}' stays as it is, no shell reads the values of env", variable.key, text),
        fmt::format(
            "a shell reads setup = 'export {}=\"…\"', and leaves alone what stands in single quotes there",
            variable.key));
}

void read_env(Reader& reader, const Entry& entry, Settings& settings) {
    const Table* const table = reader.table(entry.key, entry.node, "a table of environment variables",
                                            R"(env = { NAME = "value" })");
    if (table == nullptr) return;
    for (const Entry& variable : table->entries) {
        if (!is_environment_name(variable.key)) {
            reader.error(variable.key_place,
                         fmt::format("'{}' is not the name of an environment variable", variable.key),
                         "letters, digits and _, no digit first");
        } else if (variable.key.starts_with("SBRAID_")) {
            reader.error(variable.key_place, fmt::format("'{}' belongs to sbraid", variable.key),
                         "choose a name without SBRAID_");
        } else if (auto value = reader.scalar(fmt::format("env.{}", variable.key), variable.node,
                                              "a string, a number or a boolean")) {
            warn_of_shell_text(reader, variable, *value);
            settings.env[variable.key] = std::move(*value);
        }
    }
}

// An entry of `sbatch = { "some-option" = "x" }`.
void read_passed_on(Reader& reader, const Entry& entry, Settings& settings) {
    const std::string_view name = entry.key;
    const bool well_formed =
        !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), [](char c) {
            return is_letter(c) || is_digit(c) || c == '-' || c == '_';
        });
    if (!well_formed) {
        reader.error(entry.key_place, fmt::format("'{}' is not the name of an option of sbatch", name),
                     "the long name, without the dashes in front");
        return;
    }
    const Key* known = find_sbatch_option(name);
    if (known == nullptr) known = find_key(KeyScope::task, name);
    if (known != nullptr && known->role == KeyRole::refused) {
        reader.error(entry.key_place, fmt::format("'{}' has no place in a workflow: {}", name, known->doc));
        return;
    }
    if (known != nullptr && known->role == KeyRole::edge) {
        reader.error(entry.key_place, fmt::format("'{}' is made by sbraid from the edges", name),
                     "write afterok = [\"…\"], or another kind of edge");
        return;
    }
    if (known != nullptr) {
        reader.error(entry.key_place, fmt::format("'{}' is an option that sbraid knows", name),
                     fmt::format("write {} = … outside of 'sbatch'", known->name));
        return;
    }
    Setting setting{entry.key, entry.key_place, std::nullopt};
    if (const auto* truth = std::get_if<bool>(&entry.node.value)) {
        if (*truth) setting.option = SbatchOption{entry.key, std::nullopt, entry.node.place};
    } else {
        auto value =
            reader.scalar(fmt::format("sbatch.{}", name), entry.node, "a string, a number or a boolean");
        if (!value) return;
        if (std::any_of(value->begin(), value->end(), is_control)) {
            reader.error(entry.node.place,
                         fmt::format("'{}' holds a line break or another control character", name),
                         "an option of sbatch is one line");
            return;
        }
        setting.option = SbatchOption{entry.key, std::move(*value), entry.node.place};
    }
    settings.options.push_back(std::move(setting));
}

void read_option(Reader& reader, const Key& key, const Entry& entry, Settings& settings) {
    Setting setting{entry.key, entry.key_place, std::nullopt};
    const auto* const truth = std::get_if<bool>(&entry.node.value);
    if (key.type == KeyType::flag && truth == nullptr) {
        reader.wrong_type(key.name, entry.node, "true or false", "without quotes");
        return;
    }
    if (truth != nullptr && (key.type == KeyType::flag || key.type == KeyType::flag_or_text)) {
        if (*truth)
            setting.option = SbatchOption{std::string{key.sbatch}, std::nullopt, entry.node.place};
        else if (key.name == "requeue")
            setting.option = SbatchOption{"no-requeue", std::nullopt, entry.node.place};
    } else {
        std::optional<std::string> value = reader.option_value(key, entry.node);
        if (!value) return;
        setting.option = SbatchOption{std::string{key.sbatch}, std::move(*value), entry.node.place};
    }
    settings.options.push_back(std::move(setting));
}

void read_on_dead_dependency(Reader& reader, const Entry& entry, Settings& settings) {
    const auto word = reader.text(entry.key, entry.node, "\"cancel\" or \"keep\"");
    if (word == "cancel")
        settings.on_dead_dependency = DeadDependency::cancel;
    else if (word == "keep")
        settings.on_dead_dependency = DeadDependency::keep;
    else if (word)
        reader.error(entry.node.place,
                     fmt::format("on_dead_dependency: '{}' is neither cancel nor keep", shown(*word)),
                     did_you_mean(*word, grammar::k_dead_dependency_words));
}

const Setting* find(const Settings& settings, std::string_view key) {
    const auto found = std::find_if(settings.options.begin(), settings.options.end(),
                                    [key](const Setting& s) { return s.key == key; });
    return found == settings.options.end() ? nullptr : &*found;
}

bool is_excluded(const Settings& own, const Setting& setting) {
    const auto others = excluded_by(setting.key);
    return std::any_of(others.begin(), others.end(), [&own](std::string_view key) {
        const Setting* const other = find(own, key);
        return other != nullptr && other->option.has_value();
    });
}

}  // namespace

void read_setting(Reader& reader, const Key& key, const Entry& entry, Settings& settings) {
    const auto placed = [&](std::string_view takes) -> std::optional<PlacedText> {
        std::optional<std::string> text = reader.text(entry.key, entry.node, takes);
        return text ? std::optional{PlacedText{std::move(*text), entry.node.place}} : std::nullopt;
    };
    if (read_launch_setting(reader, entry, settings.launching)) return;
    if (read_attempt_setting(reader, entry, settings.attempts)) return;
    if (key.role == KeyRole::job) {
        read_option(reader, key, entry, settings);
    } else if (key.name == "env") {
        read_env(reader, entry, settings);
    } else if (key.name == "hold") {
        settings.hold = reader.flag(entry.key, entry.node);
    } else if (key.name == "on_dead_dependency") {
        read_on_dead_dependency(reader, entry, settings);
    } else if (key.name == "expect") {
        if (auto text = reader.option_value(key, entry.node))
            settings.expect = PlacedText{std::move(*text), entry.node.place};
    } else if (key.name == "category") {
        if (auto text = reader.option_value(key, entry.node))
            settings.category = PlacedText{std::move(*text), entry.node.place};
    } else if (key.name == "setup") {
        // Twice: of [defaults] in a file and in one that it includes.
        std::optional<PlacedText> setup = placed("shell text");
        if (setup && settings.setup) setup->text = joined_setup(settings.setup->text, setup->text);
        if (setup) settings.setup = std::move(setup);
    } else if (key.name == "shell") {
        settings.shell = placed("a command");
        if (settings.shell && settings.shell->text.empty())
            reader.error(entry.node.place, "'shell' is empty", "leave it out for /bin/bash -eo pipefail");
    } else if (key.name == "workdir") {
        settings.workdir = placed("a path");
        if (!settings.workdir) return;
        const std::string& path = settings.workdir->text;
        if (path.empty())
            reader.error(entry.node.place, "'workdir' is empty",
                         "leave it out for the folder of the workflow file");
        else if (path.front() == '~' || path.front() == '$')
            reader.error(
                entry.node.place,
                fmt::format("workdir: no shell sees '{}', so nothing replaces the '{}'", path, path.front()),
                "write the path out; a relative one starts at the folder of the workflow file");
    } else if (key.name == "sbatch") {
        if (const Table* const table = reader.table(entry.key, entry.node, "a table of options",
                                                    R"(sbatch = { "some-option" = "x" })"))
            for (const Entry& passed_on : table->entries) read_passed_on(reader, passed_on, settings);
    }
}

std::string joined_setup(std::string_view first, std::string_view second) {
    const bool is_open = !first.empty() && !first.ends_with('\n');
    return concat({first, is_open ? "\n" : "", second});
}

void check_exclusions(Reader& reader, const Settings& settings) {
    check_images(reader, settings);
    for (const Setting& setting : settings.options) {
        for (const std::string_view key : excluded_by(setting.key)) {
            const Setting* const earlier = find(settings, key);
            if (earlier == nullptr || earlier > &setting || !earlier->option || !setting.option) continue;
            reader.error(setting.key_place,
                         fmt::format("'{}' and '{}' exclude each other", setting.key, earlier->key),
                         "sbatch takes only one of them");
        }
    }
}

void inherit_options(Settings& defaults, const Settings& outer) {
    std::vector<Setting> inherited;
    for (const Setting& setting : outer.options)
        if (find(defaults, setting.key) == nullptr && !is_excluded(defaults, setting))
            inherited.push_back(setting);
    std::move(inherited.begin(), inherited.end(), std::back_inserter(defaults.options));
}

std::vector<SbatchOption> merged_options(const Settings& defaults, const Settings& own) {
    std::vector<SbatchOption> options;
    options.reserve(defaults.options.size() + own.options.size());
    for (const Setting& setting : own.options)
        if (setting.option) options.push_back(*setting.option);
    for (const Setting& setting : defaults.options)
        if (setting.option && find(own, setting.key) == nullptr && !is_excluded(own, setting))
            options.push_back(*setting.option);
    std::sort(options.begin(), options.end(),
              [](const SbatchOption& a, const SbatchOption& b) { return a.name < b.name; });
    return options;
}

void check_expected_time(Reader& reader, const Task& task, const PlacedText& expect,
                         const ScriptOption* of_script) {
    if (!task.expect || task.attempts.continuation) return;  // which goes on over its time limit
    const SbatchOption* const option = task.option("time");
    std::optional<std::string> time;
    if (option != nullptr)
        time = option->value;
    else if (of_script != nullptr)
        time = of_script->value;
    const auto limit = slurm_value::time_limit_seconds(time.value_or(""));
    if (!limit || *limit == 0 || task.expect->count() <= static_cast<std::int64_t>(*limit)) return;
    reader.warning(
        expect.place,
        fmt::format("task '{}': 'expect' ({}) is longer than 'time' ({})", task.name, expect.text, *time),
        "Slurm ends it at its time limit: give it more `time`, or correct `expect`");
}

void check_together(Reader& reader, const Task& task) {
    const SbatchOption* const per_socket = task.option("gpus-per-socket");
    if (per_socket != nullptr && task.option("sockets-per-node") == nullptr)
        reader.error(per_socket->place, "'gpus_per_socket' needs 'sockets_per_node' beside it",
                     "sbatch refuses it alone");

    const SbatchOption* const nodes = task.option("nodes");
    const SbatchOption* const per_gpu = task.option("ntasks-per-gpu");
    if (per_gpu != nullptr && nodes != nullptr && nodes->value &&
        nodes->value->find_first_of("-,") != std::string::npos)
        reader.error(per_gpu->place,
                     fmt::format("'ntasks_per_gpu' does not go with a range of nodes ('{}')", *nodes->value),
                     "give one number of nodes");

    check_gpu_options(reader, task);

    const SbatchOption* const limit = task.option("time");
    const SbatchOption* const least = task.option("time-min");
    if (limit == nullptr || least == nullptr || !limit->value || !least->value) return;
    const auto limit_seconds = slurm_value::time_limit_seconds(*limit->value);
    const auto least_seconds = slurm_value::time_limit_seconds(*least->value);
    if (limit_seconds && least_seconds && *limit_seconds > 0 && *least_seconds > *limit_seconds)
        reader.error(least->place,
                     fmt::format("'time_min' ({}) is longer than 'time' ({})", *least->value, *limit->value),
                     "time_min is how far Slurm may lower the limit");
}

}  // namespace sbraid
