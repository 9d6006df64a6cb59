// The text of a workflow file on its whole way: parse, validate, plan, batch scripts, plan.json and back.
#include "fuzz.hpp"
#include "sbraid/batch_script.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/plan_view.hpp"

namespace sbraid {
namespace {

constexpr std::uint64_t k_most_elements = 20'000;  // of what is planned: more is slow, and nothing new

void plan_all(const Workflow& workflow) {
    std::uint64_t elements = 0;
    for (const Task& task : workflow.tasks()) elements += task.array ? task.array->size() : 1;
    if (elements > k_most_elements) return;
    const SubmissionPlan made =
        plan(workflow, {.run = "f-20260101T000000-abcdef",
                        .file = "/flows/flow.toml",
                        .run_dir = "/flows/.sbraid/f-20260101T000000-abcdef",
                        .submitter = "/usr/bin/sbraid",
                        .sbatch_environment = {{"SBATCH_PARTITION", "gpu"}, {"SBATCH_MEM_PER_CPU", "1G"}},
                        .max_array_size = 101,
                        .gate_options = {"--partition=cpu"}});
    for (std::size_t i = 0; i < made.jobs.size(); ++i) {
        for (const PlannedEdge& edge : made.jobs[i].edges)
            if (const auto* parent = std::get_if<JobIndex>(&edge.parent))
                fuzz::require(parent->value < i, "a parent stands before its children");
        std::ignore = batch_script(made, made.jobs[i]);
    }
    const std::string json = to_json(made);
    const auto again = plan_from_json(json);
    fuzz::require(again.has_value(), "plan.json can be read", json);
    fuzz::require(to_json(*again) == json, "plan.json comes back as it was", json);
    std::ignore = to_plan_json(made);
}

}  // namespace
}  // namespace sbraid

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sbraid;
    Sources sources;
    const std::uint32_t file = sources.add("flow.toml", fuzz::text_of(data, size));
    Diagnostics diagnostics;
    if (const auto document = parse(sources, file)) {
        WorkflowContext context{.directory = "/flows", .vars = {{"x", "1"}}, .files = {}};
        // What a file of workflows names is named no further: it has one round.
        for (const std::string& name : referenced_files(sources, *document, context))
            context.files[name] = name.ends_with(".toml")
                                      ? "[vars]\nx = 1\n[defaults]\nmem = 1\n[task.inner]\nrun = \"{{x}}\"\n"
                                      : "#!/bin/bash\n#SBATCH -N 2 --time=5\n#SBATCH --gres gpu:1\ntrue\n";
        Validated validated = validate(sources, *document, context);
        bool wrong = false;
        for (const Diagnostic& one : validated.diagnostics) wrong = wrong || one.severity == Severity::error;
        fuzz::require(wrong != validated.workflow.has_value(), "an error, or a workflow");
        if (validated.workflow) plan_all(*validated.workflow);
        diagnostics = std::move(validated.diagnostics);
    } else {
        diagnostics = document.error();
        fuzz::require(!diagnostics.empty(), "what cannot be parsed has an error");
    }
    for (const Diagnostic& one : diagnostics) std::ignore = render(sources, one);
    return 0;
}
