#pragma once

#include "fuzz.hpp"
#include "sbraid/import.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid::fuzz {

/// Imports the text, and checks what comes out: a workflow file that is right. A line `%%` in the text ends
/// it; what follows is the text of every file that it names, but for submit descriptions.
inline void import_text(std::string text, ImportFormat format) {
    std::string named;
    if (const std::size_t at = text.find("\n%%\n"); at != std::string::npos) {
        named = text.substr(at + 4);
        text.erase(at + 1);
    }
    Sources sources;
    const std::uint32_t file = sources.add("imported", std::move(text));
    int reads = 0;  // every name is a file here: from some point on none is
    const ImportContext context{
        .read_file = [&named, &reads](const std::string& name) -> std::optional<std::string> {
            if (name.ends_with(".sub"))
                return "executable = a.sh\narguments = $(x)\nrequest_memory = 1G\nqueue\n";
            return named.empty() || ++reads > 10 ? std::nullopt : std::optional{named};
        },
        .workdir = {},
        .most_repeated_commands = 10'000};  // more are more of the same
    const auto imported = import_workflow(sources, file, format, context);
    if (!imported) {
        require(!imported.error().empty(), "what cannot be imported has an error");
        for (const Diagnostic& one : imported.error()) std::ignore = render(sources, one);
        return;
    }
    for (const Diagnostic& one : imported->notes) std::ignore = render(sources, one);
    if (imported->tasks.empty()) return;  // a note says so
    Sources made;
    const auto document = parse(made, made.add("flow.toml", imported->text));
    require(document.has_value(), "what was imported is TOML", imported->text);
    const Validated validated = validate(made, *document, {.directory = "/flows", .vars = {}, .files = {}});
    std::string messages;
    for (const Diagnostic& one : validated.diagnostics) messages += render(made, one);
    require(validated.workflow.has_value(), "what was imported is right", messages);
    require(validated.workflow->tasks().size() == imported->tasks.size(), "every task is there",
            imported->text);
}

}  // namespace sbraid::fuzz
