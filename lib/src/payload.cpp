// What a task runs: exactly one of run, script and command.
#include "payload.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "sbraid/option_table.hpp"

namespace sbraid {

void PayloadReader::read(const Entry& entry, PayloadKeys& keys) {
    if (entry.key == "args") {
        keys.args = &entry;
        return;
    }
    if (keys.first != nullptr) {
        reader_.error(entry.key_place,
                      fmt::format("'{}' and '{}' exclude each other", entry.key, keys.first->key),
                      "a task has one of run, script and command");
        return;
    }
    keys.first = &entry;
    if (entry.key == "run" && std::holds_alternative<Array>(entry.node.value)) {
        reader_.wrong_type("run", entry.node, "shell text",
                           R"(a program with its arguments is command = ["python", "train.py"])");
    } else if (entry.key == "run") {
        auto text = reader_.text("run", entry.node, "shell text");
        if (text && text->find_first_not_of(" \t\r\n") == std::string::npos)
            reader_.error(entry.node.place, "'run' is empty", "run = \":\" does nothing, and succeeds");
        else if (text)
            keys.payload = RunText{std::move(*text)};
    } else if (entry.key == "command") {
        auto argv = reader_.arguments("command", entry.node);
        if (argv && (argv->empty() || argv->front().empty()))
            reader_.error(entry.node.place, "'command' names no program", R"(as in ["python", "train.py"])");
        else if (argv)
            keys.payload = Command{std::move(*argv)};
    } else if (const auto path = reader_.text("script", entry.node, "the path of a batch script")) {
        read_script(entry, *path, keys);
    }
}

void PayloadReader::read_script(const Entry& entry, const std::string& path, PayloadKeys& keys) {
    const std::string key = files_.key_of(entry.node.place.file, path);
    const auto file = context_.files.find(key);
    if (path.empty()) {
        reader_.error(entry.node.place, "'script' is empty");
    } else if (file == context_.files.end()) {
        reader_.error(entry.node.place, fmt::format("script '{}' cannot be read", path),
                      fmt::format("relative paths start at {}", files_.directory_of(entry.node.place.file)));
    } else if (!file->second.starts_with("#!")) {
        reader_.error(entry.node.place, fmt::format("script '{}' does not start with #!", path),
                      "its first line names what reads it, as in #!/bin/bash; sbatch refuses it otherwise");
    } else {
        const auto [number, is_new] = files_.add_script(key, file->second);
        keys.script_file = number;
        const ScriptOptions options = read_script_options(sources_, number);
        if (is_new) check_script(number, options);
        keys.payload = ScriptFile{path, file->second, options.lines, {}};
    }
}

// What a script may not say, because sbraid says it.
void PayloadReader::check_script(std::uint32_t file, const ScriptOptions& script) {
    const std::string& text = sources_.text(file);
    if (text.find("\r\n") != std::string::npos)
        reader_.error({file, 1, 1, 0}, "the script has DOS line ends, which sbatch refuses",
                      "dos2unix makes them plain");
    if (text.find('\0') != std::string::npos)
        reader_.error({file, 1, 1, 0}, "the script holds a NUL character", "sbatch takes text only");
    for (const ScriptOption& option : script.options) {
        const Key* const key = find_sbatch_option(option.name);
        const std::string shown = fmt::format("'--{}' in a script that is a task", option.name);
        if (option.name == "hetjob" || option.name == "packjob")
            reader_.error(option.place, "a heterogeneous job cannot be a task");
        else if (option.name == "array" || option.name == "dependency" || option.name == "comment" ||
                 option.name == "clusters")
            reader_.error(option.place, fmt::format("{}: it must stand in the workflow file", shown),
                          option.name == "dependency" ? std::string{"write afterok = [\"…\"] in the task"}
                                                      : fmt::format("move it there: {} = …", option.name));
        else if (key != nullptr && key->role == KeyRole::refused && option.name != "no-requeue")
            reader_.error(option.place, fmt::format("{}: {}", shown, key->doc), "remove it from the script");
    }
}

void PayloadReader::finish(Task& task, PayloadKeys& keys) {
    if (keys.first == nullptr)
        reader_.error(task.place, fmt::format("task '{}' has nothing to run", task.name),
                      "write run = \"…\", script = \"…\" or command = [\"…\"] below it");
    if (keys.args != nullptr) {
        auto args = reader_.arguments("args", keys.args->node);
        auto* script = keys.payload ? std::get_if<ScriptFile>(&*keys.payload) : nullptr;
        if (script != nullptr && args)
            script->args = std::move(*args);
        else if (keys.first == nullptr || keys.first->key != "script")
            reader_.error(keys.args->key_place, "'args' goes with 'script' only",
                          "a command has its arguments in its own array");
    }
    if (keys.payload) task.payload = std::move(*keys.payload);
}

const ScriptOption* PayloadReader::script_option(const PayloadKeys& keys, std::string_view name) {
    if (!keys.script_file) return nullptr;
    script_ = read_script_options(sources_, *keys.script_file);
    const auto found = std::find_if(script_.options.rbegin(), script_.options.rend(),
                                    [name](const ScriptOption& option) { return option.name == name; });
    return found == script_.options.rend() ? nullptr : &*found;
}

}  // namespace sbraid
