#include "failure.hpp"

#include <fmt/format.h>

#include "json.hpp"

namespace sbraid {

Failure::Failure(Error error)
    : kind(error.kind), issues{Issue{.message = std::move(error.message), .hint = std::move(error.hint)}} {}

void add_hint(Issue& issue, const std::string& hint) {
    issue.hint = hint;
    if (!issue.rendered.empty()) issue.rendered += fmt::format("hint: {}\n", hint);
}

Issue to_issue(const Sources& sources, const Diagnostic& diagnostic) {
    Issue issue{.severity = diagnostic.severity, .message = diagnostic.message, .hint = diagnostic.hint};
    if (diagnostic.place.line != 0) {
        issue.file = sources.name(diagnostic.place.file);
        issue.line = diagnostic.place.line;
        issue.column = diagnostic.place.column;
    }
    issue.rendered = render(sources, diagnostic);
    return issue;
}

std::string render_text(const Issue& issue) {
    if (!issue.rendered.empty()) return issue.rendered;
    const std::string_view kind = issue.severity == Severity::error ? "error" : "warning";
    auto text = fmt::format("sbraid: {}: {}\n", kind, issue.message);
    if (!issue.hint.empty()) text += fmt::format("hint: {}\n", issue.hint);
    return text;
}

std::string render_json(const Failure& failure) {
    Json document;
    document["schema"] = "sbraid.error/1";
    document["exit_code"] = static_cast<int>(failure.kind);
    document["errors"] = Json::array();
    for (const auto& issue : failure.issues) document["errors"].push_back(to_json(issue));
    return dump(document);
}

}  // namespace sbraid
