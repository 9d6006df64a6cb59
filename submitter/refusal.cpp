#include <fmt/format.h>

#include "io/file.hpp"
#include "sbraid/named_tasks.hpp"
#include "submitter.hpp"

namespace sbraid {

namespace {

std::string indented(const std::string& text) {
    std::string result;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const auto end = std::min(text.find('\n', begin), text.size());
        result += fmt::format("   {}\n", text.substr(begin, end - begin));
        begin = end + 1;
    }
    return result;
}

}  // namespace

Issue task_issue(const Run& run, const PlannedJob& job, std::string message, const std::string& words) {
    Diagnostic diagnostic{.severity = Severity::error, .place = {}, .message = std::move(message)};
    Sources sources;
    // The frozen copy: the user may have changed the file since. Without it the message has no place.
    if (auto text = read_file(frozen_copy(run.dir, run.plan.text_revision, job.file)); text && job.line > 0) {
        const auto file =
            sources.add(job.file.empty() ? display_path(run.plan.file) : job.file, std::move(*text));
        const auto line = sources.line(file, job.line);
        const auto name = std::string_view(job.task).substr(sub_workflow_of(job.task).size());
        const auto found = line.find(name);
        // Task names are ASCII; what stands before one in its header may be quoted, but is as well.
        diagnostic.place = {
            .file = file,
            .line = job.line,
            .column = found == std::string_view::npos ? 1 : static_cast<std::uint32_t>(found + 1),
            .length = found == std::string_view::npos ? 0 : static_cast<std::uint32_t>(name.size())};
    }
    auto issue = diagnostic.place.line > 0
                     ? to_issue(sources, diagnostic)
                     : Issue{.message = diagnostic.message,
                             .rendered = fmt::format("sbraid: error: {}\n", diagnostic.message)};
    issue.message = fmt::format("{}: {}", diagnostic.message, words);
    issue.rendered += indented(words);
    return issue;
}

}  // namespace sbraid
