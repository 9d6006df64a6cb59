#include "submit_command.hpp"

#include <fmt/format.h>
#include <vector>

#include "sbraid/shell_quote.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

using Words = tl::expected<std::vector<std::string>, Diagnostic>;

tl::unexpected<Diagnostic> unclear(const Place& place, std::string message) {
    return tl::unexpected{Diagnostic{Severity::warning, place, std::move(message)}};
}

Words arguments_of(SubmitValues& values) {
    const SubmitItem* item = values.find("arguments");
    if (item == nullptr) item = values.find("args");
    if (item == nullptr) return {};
    SubmitMacros& macros = values.macros();
    const auto text = macros.expand(macros.value(item->key).value_or(""));
    values.tell_of_unset(*item);
    if (!text)
        return unclear(item->place,
                       fmt::format("arguments: '{}' is known to HTCondor only", shown(macros.unknown())));
    auto words = submit_arguments(*text);
    if (!words) return unclear(item->place, "arguments: a quote is not closed");
    return std::move(*words);
}

// A word for the shell: quoted, with the variables that stand for what only the job knows.
std::string shell_word(std::string_view word, bool is_array) {
    if (word.find_first_of(k_runtime_values) == std::string_view::npos) return shell_quote(word);
    std::string result;
    std::string plain;
    const auto flush = [&] {
        if (!plain.empty()) result += shell_quote(plain);
        plain.clear();
    };
    for (const char c : word) {
        if (k_runtime_values.find(c) == std::string_view::npos) {
            plain += c;
            continue;
        }
        flush();
        if (c == static_cast<char>(RuntimeValue::job_id))
            result += is_array ? R"("$SLURM_ARRAY_JOB_ID")" : R"("$SLURM_JOB_ID")";
        else if (c == static_cast<char>(RuntimeValue::process))
            result += is_array ? R"("$SLURM_ARRAY_TASK_ID")" : "0";
        else
            result += R"("${SLURM_RESTART_COUNT:-0}")";
    }
    flush();
    return result;
}

}  // namespace

std::string as_program(const std::string& path) {
    return path.find('/') == std::string::npos ? "./" + path : path;
}

tl::expected<std::string, Diagnostic> submit_command(SubmitValues& values, const DagNode& node,
                                                     bool is_array) {
    const SubmitItem* const program = values.find("executable");
    if (program == nullptr) return unclear(node.file.place, "the submit description names no executable");
    const auto path = values.expanded(*program);
    if (!path) return unclear(program->place, "the executable is not known");
    const Words arguments = arguments_of(values);
    if (!arguments) return tl::unexpected{arguments.error()};
    std::string line = shell_word(as_program(*path), is_array);
    for (const std::string& word : *arguments) line += ' ' + shell_word(word, is_array);
    return line;
}

}  // namespace sbraid
