#include "preferences.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <string>
#include <vector>

#include "io/file.hpp"
#include "sbraid/document.hpp"
#include "sbraid/option_table.hpp"
#include "sbraid/suggest.hpp"
#include "sbraid/units.hpp"

// Each preference has one name in all four sources: --some-name, SBRAID_SOME_NAME, some_name = … . The
// weakest source is read first and overwritten by the stronger ones.

namespace sbraid {

namespace {

constexpr std::array<std::string_view, 5> k_names = {"patience", "connections", "backend", "kill_invalid_dep",
                                                     "gpu_style"};
constexpr std::size_t k_max_config_bytes = 1U << 20U;

Unexpected usage(std::string message, std::string hint = {}) {
    return Unexpected{
        Error{.kind = ErrorKind::usage, .message = std::move(message), .hint = std::move(hint)}};
}

/// `whose`: `FILE:LINE:COL: 'patience'`, `SBRAID_PATIENCE` or `--patience`.
Unexpected wrong(const std::string& whose, std::string_view takes, std::string_view given) {
    return usage(fmt::format("{} takes {}, not '{}'", whose, takes, given));
}

/// Sets the preference; `whose` value it is, for the message.
Result<void> set(Preferences& into, std::string_view name, std::string_view text, const std::string& whose) {
    if (name == "patience") {
        const auto duration = parse_duration(text);
        if (!duration) return wrong(whose, "a duration like 90s, 10m or 2h", text);
        into.patience = *duration;
    } else if (name == "connections") {
        std::size_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc{} || end != text.data() + text.size() || number < 1 || number > 64) {
            return wrong(whose, "a number from 1 to 64", text);
        }
        into.connections = number;
    } else if (name == "backend") {
        if (text == "auto") {
            into.backend = BackendWish::automatic;
        } else if (text == "sbatch") {
            into.backend = BackendWish::sbatch;
        } else if (text == "libslurm") {
            into.backend = BackendWish::libslurm;
        } else {
            return wrong(whose, "auto, sbatch or libslurm", text);
        }
    } else if (name == "gpu_style") {
        into.gpu_style = parse_gpu_style(text);
        if (!into.gpu_style) return wrong(whose, "gres, gpus or tres", text);
    } else {
        if (text == "auto") {
            into.kill_invalid_dep = KillInvalidDep::automatic;
        } else if (text == "true" || text == "yes") {
            into.kill_invalid_dep = KillInvalidDep::yes;
        } else if (text == "false" || text == "no") {
            into.kill_invalid_dep = KillInvalidDep::no;
        } else {
            return wrong(whose, "true, false or auto", text);
        }
    }
    return {};
}

std::string place_in(const std::string& path, const Place& place) {
    return fmt::format("{}:{}:{}", path, place.line, place.column);
}

std::optional<std::string> as_text(const Node& node) {
    if (const auto* text = std::get_if<std::string>(&node.value)) return *text;
    if (const auto* number = std::get_if<Integer>(&node.value)) return number->text;
    if (const auto* boolean = std::get_if<bool>(&node.value)) return *boolean ? "true" : "false";
    return std::nullopt;
}

/// The option of sbatch that an entry of `gate` is; nullopt: `false`, which is none. `place` is that of its
/// key.
Result<std::optional<std::string>> gate_option(const Entry& entry, const std::string& place) {
    constexpr std::string_view k_example = "as in gate = { partition = \"cpu\", qos = \"short\" }";
    const auto name = fmt::format("{}: 'gate.{}'", place, entry.key);
    const Key* const key = find_key(KeyScope::task, entry.key);
    if (key == nullptr || key->role != KeyRole::job) {
        const auto meant = key == nullptr ? hint_for_unknown_key(KeyScope::task, entry.key) : std::string{};
        return usage(fmt::format("{} is no option for a job", name),
                     meant.empty() ? std::string{k_example} : meant);
    }
    if (const auto* const truth = std::get_if<bool>(&entry.node.value)) {
        if (*truth && key->type != KeyType::flag && key->type != KeyType::flag_or_text)
            return wrong(name, "a value", "true");
        if (*truth) return fmt::format("--{}", key->sbatch);
        if (key->name == "requeue") return "--no-requeue";
        return std::nullopt;
    }
    const auto value = as_text(entry.node);
    if (!value) return wrong(name, "one value", entry.node.type_name());
    if (const auto complaint = sbraid::complaint(*key->grammar, *value)) {
        return usage(fmt::format("{} takes {}, not '{}'{}{}", name, key->grammar->noun, *value,
                                 complaint->because.empty() ? "" : ": ", complaint->because),
                     complaint->hint.empty() ? std::string{key->grammar->form} : complaint->hint);
    }
    return fmt::format("--{}={}", key->sbatch, *value);
}

/// Options of sbatch for gate jobs; those of a stronger file take the place of all of a weaker one.
Result<void> set_gate(Preferences& into, const Entry& gate, const std::string& path) {
    const auto* const table = std::get_if<Table>(&gate.node.value);
    if (table == nullptr) {
        return wrong(fmt::format("{}: 'gate'", place_in(path, gate.key_place)), "a table of sbatch's options",
                     gate.node.type_name());
    }
    into.gate_options.clear();
    for (const auto& entry : table->entries) {
        auto option = gate_option(entry, place_in(path, entry.key_place));
        if (!option) return Unexpected{std::move(option.error())};
        if (*option) into.gate_options.push_back(std::move(**option));
    }
    return {};
}

Unexpected unknown_key(const std::string& name, const std::string& place) {
    std::vector<std::string_view> names(k_names.begin(), k_names.end());
    names.push_back("gate");
    std::string hint = did_you_mean(name, names);
    const bool is_of_workflow =
        find_key(KeyScope::file, name) != nullptr || find_key(KeyScope::task, name) != nullptr;
    if (hint.empty())
        hint = is_of_workflow ? "it is a key of the workflow file"
                              : fmt::format("the keys of the configuration: {}", fmt::join(names, ", "));
    return usage(fmt::format("{}: '{}' is not a key of the configuration", place, name), std::move(hint));
}

/// A file that is not there is no error.
Result<void> read_config(Preferences& into, const std::string& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return {};
    auto text = read_file(path, k_max_config_bytes);
    if (!text) return Unexpected{std::move(text.error())};
    Sources sources;
    const auto file = sources.add(path, std::move(*text));
    const auto document = parse(sources, file);
    if (!document) {
        const auto& first = document.error().front();
        return Unexpected{Error{
            .kind = ErrorKind::usage,
            .message = fmt::format("{}:{}:{}: {}", path, first.place.line, first.place.column, first.message),
            .hint = first.hint}};
    }
    for (const auto& entry : document->root().entries) {
        if (entry.key == "gate") {
            if (auto done = set_gate(into, entry, path); !done) return done;
            continue;
        }
        const auto place = place_in(path, entry.key_place);
        if (std::find(k_names.begin(), k_names.end(), entry.key) == k_names.end())
            return unknown_key(entry.key, place);
        const auto whose = fmt::format("{}: '{}'", place, entry.key);
        const auto value = as_text(entry.node);
        if (!value) return wrong(whose, "one value", entry.node.type_name());
        if (auto done = set(into, entry.key, *value, whose); !done) return done;
    }
    return {};
}

std::string upper_case(std::string_view name) {
    std::string result = "SBRAID_";
    for (const char c : name) result += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return result;
}

std::string user_config(const Environment& environment) {
    if (const auto base = environment.get("XDG_CONFIG_HOME"); base && !base->empty()) {
        return *base + "/sbraid/config.toml";
    }
    const auto home = environment.get("HOME");
    return home && !home->empty() ? *home + "/.config/sbraid/config.toml" : std::string{};
}

}  // namespace

Result<Preferences> read_preferences(const App& app, const Options& options, WrongFiles wrong_files) {
    Preferences result;
    std::vector<std::string> files = {"/etc/sbraid/config.toml"};
    if (auto user = user_config(app.environment); !user.empty()) files.push_back(std::move(user));
    for (const auto& path : files) {
        Preferences with_file = result;
        if (auto done = read_config(with_file, path)) {
            result = std::move(with_file);
            continue;
        } else if (wrong_files == WrongFiles::are_errors) {
            return Unexpected{std::move(done.error())};
        } else if (wrong_files == WrongFiles::are_warnings) {
            app.warn(fmt::format("{}; nothing of this file is obeyed", done.error().message));
        } else {
            result.wrong_files.push_back(std::move(done.error()));
        }
    }
    for (const auto name : k_names) {
        const auto variable = upper_case(name);
        if (const auto value = app.environment.get(variable); value && !value->empty()) {
            if (auto done = set(result, name, *value, variable); !done)
                return Unexpected{std::move(done.error())};
        }
    }
    for (const std::string name : {"patience", "connections", "backend"}) {
        if (const auto value = options.value(name)) {
            if (auto done = set(result, name, *value, "--" + name); !done) {
                return Unexpected{std::move(done.error())};
            }
        }
    }
    return result;
}

}  // namespace sbraid
