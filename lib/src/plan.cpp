#include "sbraid/plan.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <set>
#include <utility>

#include "array_parts.hpp"
#include "concat.hpp"
#include "log_path.hpp"
#include "lowering.hpp"
#include "sbatch_environment.hpp"
#include "sbraid/batch_script.hpp"
#include "sbraid/option_table.hpp"
#include "sbraid/script_options.hpp"
#include "sbraid/version.hpp"

// A task becomes a job: its options are gathered by name, what the user did not say is filled in (name,
// working directory, log), the weakest defaults come from the submitting shell's SBATCH_* variables, edges
// are turned from tasks to jobs, and the batch script is written around the payload. A wrapped batch script's
// own #SBATCH lines count as said by the user: nothing is filled in over them.

namespace sbraid {

namespace {

using Options = std::map<std::string, std::optional<std::string>, std::less<>>;
using Directories = std::set<std::string, std::less<>>;

/// The `#SBATCH` options of a wrapped script; empty for other tasks. A later line wins, as for sbatch.
Options own_options(const Task& task) {
    Options options;
    const auto* script = std::get_if<ScriptFile>(&task.payload);
    if (script == nullptr) return options;
    Sources sources;
    const std::uint32_t file = sources.add(script->path, script->text);
    for (ScriptOption& option : read_script_options(sources, file).options) {
        options.insert_or_assign(std::move(option.name), std::move(option.value));
    }
    return options;
}

std::string key_of(std::string_view option) {
    std::string key{option};
    std::replace(key.begin(), key.end(), '-', '_');
    return key;
}

/// sbatch would refuse `option` beside one of `said`, or it says the opposite.
bool contradicts(std::string_view option, const Options& said) {
    if (option == "requeue") return said.contains("no-requeue");
    if (option == "no-requeue") return said.contains("requeue");
    const auto others = excluded_by(key_of(option));
    return std::any_of(said.begin(), said.end(), [&](const auto& one) {
        return std::find(others.begin(), others.end(), key_of(one.first)) != others.end();
    });
}

void add_environment(Options& options, const Options& own,
                     const std::map<std::string, std::string>& environment) {
    if (environment.empty()) return;
    const Options said = [&] {
        Options both = options;
        both.insert(own.begin(), own.end());
        return both;
    }();
    for (const auto& [name, value] : environment) {
        const auto variable = find_input_variable(name);
        if (!variable || said.contains(variable->option) || contradicts(variable->option, said)) continue;
        std::optional<std::string> given = value;
        if (variable->flag || value.empty()) given = std::nullopt;
        options.emplace(variable->option, std::move(given));
    }
}

/// sbatch takes GPUs by rank only where something says how many ranks there are, though one is its default.
void fill_in_ranks(Options& options, const Options& own) {
    if (!options.contains("gpus-per-task")) return;
    for (const std::string_view name : {"gpus", "nodes", "ntasks", "ntasks-per-node"})
        if (options.contains(name) || own.contains(name)) return;
    options.emplace("ntasks", "1");
}

/// JobRequeue=0 of a site forbids a requeue otherwise, and a log would begin anew with each attempt.
void add_attempt_options(Options& options, const Attempts& attempts) {
    if (!attempts.any()) return;
    options.insert_or_assign("requeue", std::nullopt);
    options.insert_or_assign("open-mode", "append");
    if (attempts.continuation)  // B: the batch script gets it, and hands it on
        options.insert_or_assign("signal", fmt::format("B:{}@{}", attempts.continuation->signal,
                                                       attempts.continuation->lead.count()));
}

/// The log: what the user says, what the wrapped script says, else a file in the run directory.
std::string fill_in_output(PlannedJob& job, Options& options, const Options& own, const SubmissionPlan& plan,
                           const std::string& workdir) {
    if (const auto found = options.find("output"); found != options.end() && found->second) {
        return *(found->second = absolute_pattern(*found->second, workdir));
    }
    if (const auto found = own.find("output"); found != own.end() && found->second) {
        return absolute_pattern(*found->second, workdir);
    }
    std::string pattern =
        concat({plan.run_dir, "/logs/", job.name(), "-", job.array ? "%A_%a" : "%j", ".out"});
    options.insert_or_assign("output", pattern);
    // No other job writes to this file, so after a requeue the earlier attempt's words are worth keeping.
    if (!own.contains("open-mode")) options.emplace("open-mode", "append");
    return pattern;
}

/// `known`: what jobs so far have named.
void add_log_directory(PlannedJob& job, std::string_view pattern, std::string_view job_name,
                       Directories& known) {
    std::string directory = known_directory(pattern, job_name);
    if (directory.empty() || known.contains(directory)) return;
    known.insert(directory);
    job.log_directories.push_back(std::move(directory));
}

/// Where all parts of a cut task would write the same files, each gets its own.
void part_logs(Options& options, const Options& own) {
    const bool names_differ = !options.contains("job-name") && !own.contains("job-name");
    for (const char* const key : {"output", "error"}) {
        const Options& where = options.contains(key) ? options : own;
        const auto said = where.find(key);
        if (said == where.end() || !said->second) continue;
        std::string pattern = pattern_of_part(*said->second, names_differ);
        if (pattern != *said->second) options.insert_or_assign(key, std::move(pattern));
    }
}

/// Name, working directory and log files, in `options` and `job`.
void fill_in(PlannedJob& job, Options& options, const Options& own, const SubmissionPlan& plan,
             const Task& task, Directories& known) {
    if (!job.part.empty()) part_logs(options, own);
    std::string job_name = concat({plan.workflow, ".", job.name()});
    if (const auto said = own.find("job-name"); said != own.end() && !options.contains("job-name")) {
        job_name = said->second.value_or("");
    } else {
        job_name = options.try_emplace("job-name", job_name).first->second.value_or("");
    }
    options.insert_or_assign("chdir", task.workdir);
    job.output = fill_in_output(job, options, own, plan, task.workdir);
    add_log_directory(job, job.output, job_name, known);
    if (const auto error = options.find("error"); error != options.end() && error->second) {
        error->second = absolute_pattern(*error->second, task.workdir);
        add_log_directory(job, *error->second, job_name, known);
    } else if (const auto of_script = own.find("error"); of_script != own.end() && of_script->second) {
        add_log_directory(job, absolute_pattern(*of_script->second, task.workdir), job_name, known);
    }
}

/// Everything but its edges and the script.
void fill_in_options(PlannedJob& job, const SubmissionPlan& plan, const Task& task, Directories& known) {
    Options options;
    for (const SbatchOption& option : task.options) options.emplace(option.name, option.value);
    if (const auto comment = options.find("comment"); comment != options.end()) {
        job.comment = comment->second.value_or("");
        options.erase(comment);
    }
    // The container of the ranks, then, not of the batch script.
    if (task.launch == Launcher::srun || task.launch == Launcher::torchrun) options.erase("container");
    const Options own = own_options(task);
    add_attempt_options(options, task.attempts);
    fill_in_ranks(options, own);
    add_environment(options, own, plan.sbatch_environment);
    fill_in(job, options, own, plan, task, known);
    job.options.reserve(options.size());
    for (const auto& [name, value] : options) {
        job.options.push_back(value ? concat({"--", name, "=", *value}) : "--" + name);
    }
}

void add_jobs(SubmissionPlan& plan, Lowering& lowering, const Workflow& workflow, TaskIndex index,
              std::uint32_t max_array_size, Directories& known) {
    const Task& task = workflow.task(index);
    std::vector<ArrayPart> parts(1);
    if (task.array) parts = array_parts(*task.array, max_array_size);
    for (const ArrayPart& part : parts) {
        PlannedJob blank;
        blank.task = task.name;
        blank.final = task.final;
        blank.service = task.service;
        blank.checks_outputs = !task.outputs.empty();
        blank.attempts = task.attempts;
        blank.user_hold = task.hold;
        blank.singleton = task.singleton;
        blank.file = task.file;
        blank.on_dead_dependency = task.on_dead_dependency;
        blank.expect = task.expect;
        blank.line = task.place.line;
        blank.matrix = task.matrix;
        blank.numbering = part.numbering;
        if (task.array) blank.array = part.array;
        PlannedJob& job = plan.jobs[lowering.add(index, parts, std::move(blank)).value];
        fill_in_options(job, plan, task, known);
        if (const auto* script = std::get_if<ScriptFile>(&task.payload))
            job.sbatch_lines = script->sbatch_lines;
        job.script_body = script_body(job, task);
    }
}

}  // namespace

std::string PlannedJob::name() const {
    return part.empty() ? task : task + "." + part;
}

const Resubmission* PlannedJob::resubmission(std::uint32_t number) const {
    const Resubmission* found = nullptr;
    for (const Resubmission& one : again)
        if (one.number <= number) found = &one;
    return found;
}

std::string PlannedJob::element_name(std::uint32_t index) const {
    const std::uint32_t of_task = numbering.task_index(index);
    return matrix ? matrix->label(of_task) : fmt::format("{}", of_task);
}

std::optional<std::uint32_t> Numbering::slurm_index(std::uint32_t of_task, const ArraySpec& array) const {
    if (of_task < first || (of_task - first) % step != 0) return std::nullopt;
    const std::uint32_t index = (of_task - first) / step;
    return array.contains(index) ? std::optional{index} : std::nullopt;
}

std::vector<std::vector<JobIndex>> SubmissionPlan::children() const {
    std::vector<std::vector<JobIndex>> children(jobs.size());
    for (std::uint32_t child = 0; child < jobs.size(); ++child) {
        for (const PlannedEdge& edge : jobs[child].edges) {
            const auto* parent = std::get_if<JobIndex>(&edge.parent);
            if (parent == nullptr) continue;
            auto& of_parent = children.at(parent->value);
            if (of_parent.empty() || of_parent.back().value != child) of_parent.emplace_back(child);
        }
    }
    return children;
}

SubmissionPlan plan(const Workflow& workflow, const PlanContext& context) {
    SubmissionPlan result;
    result.run = context.run;
    result.workflow = workflow.name();
    result.file = context.file;
    result.run_dir = context.run_dir;
    result.version = k_version;
    result.submitter = context.submitter;
    result.sbatch_environment = context.sbatch_environment;
    result.sub_workflows = workflow.sub_workflows();
    result.webhook = workflow.webhook();
    result.jobs.reserve(workflow.tasks().size());
    Lowering lowering(result, workflow, context.gate_options);
    Directories log_directories;
    for (const TaskIndex task : workflow.topological_order()) {
        if (workflow.task(task).turnstile)
            lowering.add_turnstile(task);
        else
            add_jobs(result, lowering, workflow, task, context.max_array_size, log_directories);
    }
    for (const TaskIndex task : workflow.topological_order())
        if (workflow.task(task).service) lowering.add_closer(task);
    if (result.webhook && !result.jobs.empty()) lowering.add_notifier();
    return result;
}

}  // namespace sbraid
