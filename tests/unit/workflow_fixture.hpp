#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "sbraid/workflow.hpp"

namespace sbraid::test {

inline std::string text_of_file(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// A workflow file, read the way `sbraid check` reads one, from a text or from a file with its scripts beside
/// it.
struct Checked {
    Sources sources;
    std::optional<Workflow> workflow;
    Diagnostics diagnostics;

    /// All messages, as they are shown.
    [[nodiscard]] std::string messages() const {
        std::string text;
        for (const Diagnostic& diagnostic : diagnostics) text += render(sources, diagnostic);
        return text;
    }
};

inline Checked check(const std::string& name, const std::string& text, WorkflowContext context = {}) {
    Checked result;
    const std::uint32_t file = result.sources.add(name, text);
    auto document = parse(result.sources, file);
    if (!document) {
        result.diagnostics = std::move(document.error());
        return result;
    }
    if (context.directory.empty()) context.directory = "/flows";
    Validated validated = validate(result.sources, *document, context);
    result.workflow = std::move(validated.workflow);
    result.diagnostics = std::move(validated.diagnostics);
    return result;
}

inline Checked check(const std::string& text) {
    return check("flow.toml", text);
}

/// The folder is said to be /flows, so that no message depends on where the tests are.
inline Checked check_file(const std::filesystem::path& path) {
    const std::string text = text_of_file(path);
    WorkflowContext context;
    context.directory = "/flows";
    Sources scratch;
    if (const auto document = parse(scratch, scratch.add(path.filename(), text))) {
        for (std::size_t known = 0; known <= context.files.size(); ++known)  // files name files
            for (const std::string& name : referenced_files(scratch, *document, context)) {
                const std::filesystem::path file = path.parent_path() / name;
                if (std::filesystem::is_regular_file(file)) context.files[name] = text_of_file(file);
            }
    }
    return check(path.filename(), text, context);
}

}  // namespace sbraid::test
