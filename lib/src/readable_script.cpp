// A task's text as the batch script itself.
//
// bare_script() hands the text to its reader through a descriptor, and so takes any reader and any text.
// Mostly the reader is bash and the text can simply stand there, behind the variables that it needs. Whether
// a task is of that kind is decided from what is known here: whatever else a task may say changes its
// script_body(), which is compared.
#include "readable_script.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <vector>

#include "characters.hpp"
#include "element_values.hpp"
#include "sbraid/batch_script.hpp"
#include "sbraid/shell_quote.hpp"
#include "shell_text.hpp"
#include "task_exports.hpp"
#include "vars.hpp"

namespace sbraid {
namespace {

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

std::string with_newline(std::string text) {
    if (!text.empty() && text.back() != '\n') text += '\n';
    return text;
}

/// Nothing of the task but what is used below.
bool says_no_more(const PlannedJob& job, const Task& task) {
    Task known;
    known.name = task.name;
    known.payload = task.payload;
    known.shell = task.shell;
    known.setup = task.setup;
    known.workdir = task.workdir;
    known.env = task.env;
    known.array = task.array;
    known.matrix = task.matrix;
    known.attempts = task.attempts;  // only for the signal, which is not sent here
    return script_body(job, known) == script_body(job, task);
}

bool holds_a_value(const PlannedJob& job, std::string_view text) {
    if (!job.matrix) return false;
    const auto& axes = job.matrix->axes();
    return std::any_of(axes.begin(), axes.end(), [text](const Matrix::Axis& axis) {
        return text.find(parameter_mark(axis.key)) != std::string_view::npos;
    });
}

/// What stands before the text: values of the element, numbers of the whole array, environment.
std::string variables(const PlannedJob& job, const Task& task, const ElementValues& values) {
    std::string lines;
    if (const std::string set = values.assignments(); !set.empty()) lines += set.substr(1);
    lines += task_exports(job, task, values, "");
    return lines;
}

struct Writer {
    const PlannedJob& job;
    const Task& task;
    const ElementValues values;

    std::optional<std::string> operator()(const RunText& run) const {
        std::vector<std::string_view> words;
        for (const std::string_view word : split(task.shell, ' '))
            if (!word.empty()) words.push_back(word);
        if (words.empty() || !words[0].starts_with('/') || !reads_shell_text(words[0])) return std::nullopt;
        const bool is_bash = base_name(words[0]) == "bash";
        if (holds_a_value(job, run.text) || holds_a_value(job, task.setup) || (job.matrix && !is_bash))
            return std::nullopt;
        // The kernel takes one argument behind #!; `set` takes the options that are no business of the start.
        std::string head = fmt::format("#!{}", words[0]);
        std::string set;
        const bool settable = std::all_of(words.begin() + 1, words.end(), [](std::string_view word) {
            return word == "-o" || word == "pipefail" ||
                   (word.starts_with('-') && word.find_first_not_of("euxo", 1) == std::string_view::npos);
        });
        if (words.size() > 1 && settable) {
            set = "set";
            for (std::size_t i = 1; i < words.size(); ++i) set += fmt::format(" {}", words[i]);
            set += "\n";
        } else if (words.size() == 2) {
            head += fmt::format(" {}", words[1]);
        } else if (words.size() > 2) {
            return std::nullopt;
        }
        return head + "\n" + set + variables(job, task, values) + with_newline(task.setup) +
               with_newline(run.text);
    }

    std::optional<std::string> operator()(const ScriptFile& script) const {
        const std::string_view text = script.text;
        const std::string more = variables(job, task, values) + arguments(script);
        if (!task.setup.empty()) return std::nullopt;
        if (more.empty()) return with_newline(script.text);
        const std::string_view head = text.substr(0, text.find('\n'));
        const std::string_view program = head.substr(2, head.find_first_of(" \t", 3) - 2);
        if (!reads_shell_text(program) || (job.matrix && base_name(program) != "bash")) return std::nullopt;
        // Behind the comments at the top, which sbatch looks through for its options.
        std::size_t at = 0;
        while (at < text.size()) {
            const std::size_t end = text.find('\n', at);
            const std::string_view line = text.substr(at, end - at);
            if (line.find_first_not_of(" \t") != std::string_view::npos && !line.starts_with('#')) break;
            at = end == std::string_view::npos ? text.size() : end + 1;
        }
        return with_newline(std::string{text.substr(0, at)}) + more +
               with_newline(std::string{text.substr(at)});
    }

    std::optional<std::string> operator()(const Command& command) const {
        const std::string setup = task.setup.empty() ? "" : "set -eo pipefail\n" + with_newline(task.setup);
        if (holds_a_value(job, task.setup)) return std::nullopt;
        return "#!/bin/bash\n" + variables(job, task, values) + setup + "exec " + values.words(command.argv) +
               "\n";
    }

    [[nodiscard]] std::string arguments(const ScriptFile& script) const {
        if (script.args.empty()) return {};
        return "set -- " + values.words(script.args) + "\n";
    }
};

}  // namespace

std::optional<std::string> readable_script(const PlannedJob& job, const Task& task) {
    if (!says_no_more(job, task)) return std::nullopt;
    return std::visit(Writer{job, task, ElementValues{job}}, task.payload);
}

}  // namespace sbraid
