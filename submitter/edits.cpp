#include "edits.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "commands/plan_run.hpp"
#include "sbraid/shell_quote.hpp"
#include "sbraid/version.hpp"

// The texts are compared first: they are frozen, and planning takes longer. Scripts are frozen in the plan
// alone; a plan of another version of sbraid may differ for its own reasons, so it is not asked about them.

namespace sbraid {

namespace {

bool has_scripts(const WorkflowFile& file) {
    const auto& workflow = file.validated.workflow;
    return !workflow || std::any_of(workflow->tasks().begin(), workflow->tasks().end(), [](const Task& task) {
        return std::holds_alternative<ScriptFile>(task.payload);
    });
}

}  // namespace

tl::expected<std::optional<Edits>, Failure> look_for_edits(const App& app, const Run& run,
                                                           const Preferences& preferences, bool wanted) {
    auto file = read_workflow(run.plan.file, run.plan.vars);
    if (!file) {
        if (wanted) return fail(std::move(file.error()));
        app.say_more(fmt::format("the workflow file cannot be read any more, and is not needed: {}",
                                 file.error().message));
        return std::nullopt;
    }
    const bool is_same_text = is_as_frozen(*file, run.plan);
    if (is_same_text && (run.plan.version != k_version || !has_scripts(*file))) return std::nullopt;
    if (!file->validated.workflow) {
        if (wanted) return fail(invalid(*file));
        if (!is_same_text)
            app.say(
                fmt::format("{} has changed since the run was submitted, and is not right: the run goes on "
                            "as it was submitted ('sbraid check {}' tells what is wrong)",
                            display_path(run.plan.file), shell_quote(display_path(run.plan.file))));
        return std::nullopt;
    }
    leave_out(*file, run.plan.left_out);
    Edits edits{.file = std::move(*file), .plan = {}, .difference = {}};
    edits.plan = plan_again(app, edits.file, run.plan, preferences);
    edits.difference = difference(run.plan, edits.plan);
    if (edits.difference.empty()) return std::nullopt;
    return edits;
}

}  // namespace sbraid
