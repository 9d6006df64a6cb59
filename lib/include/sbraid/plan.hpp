#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sbraid/array_spec.hpp"
#include "sbraid/attempts.hpp"
#include "sbraid/edge.hpp"
#include "sbraid/ids.hpp"
#include "sbraid/result.hpp"
#include "sbraid/webhook.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// An edge of a planned job: to another job of the plan, or to a job outside it.
struct PlannedEdge {
    EdgeKind kind = EdgeKind::afterok;
    std::variant<JobIndex, JobId> parent;
    std::optional<std::uint32_t> element;  ///< only this element of the parent
    EdgeOrigin origin = EdgeOrigin::named;
    std::chrono::minutes delay{0};  ///< `after` only
    /// `resume` was told to do without what the parent came to: it counts as met.
    bool waived = false;
    friend bool operator==(const PlannedEdge&, const PlannedEdge&) = default;
};

/// What a job of the plan is there for.
enum class JobRole : std::uint8_t {
    task,    ///< runs a task, or a part of one
    gate,    ///< runs nothing: its end stands for a condition that one --dependency cannot say
    closer,  ///< ends a service when its last dependent has ended
    /// Tells the webhook of the run's end, when all tasks have ended and nobody else has told it. What
    /// becomes of it says nothing of the run.
    notifier,
};

/// What the indexes of a job's Slurm array stand for, where it is a part of a task's larger array: the task's
/// index is `first + step * Slurm's index`.
struct Numbering {
    std::uint32_t first = 0;
    std::uint32_t step = 1;
    [[nodiscard]] std::uint32_t task_index(std::uint32_t of_slurm) const { return first + step * of_slurm; }
    /// nullopt when `array`, Slurm's, does not hold it.
    [[nodiscard]] std::optional<std::uint32_t> slurm_index(std::uint32_t of_task,
                                                           const ArraySpec& array) const;
    friend bool operator==(const Numbering&, const Numbering&) = default;
};

/// What a `resume` asked for of a job that had been submitted before, or was not to be: from submission
/// `number` (of the token) on it is this that is submitted.
struct Resubmission {
    std::uint32_t revision = 2;         ///< of the plan that asked for it
    std::uint32_t number = 2;           ///< what has a lower one counts no longer
    std::optional<ArraySpec> elements;  ///< by Slurm's indexes; absent: all. The others stay as they ended
    friend bool operator==(const Resubmission&, const Resubmission&) = default;
};

/// One submission to make: what sbatch gets, but for the ids of the parents, --hold and the comment, which
/// are known only when it is submitted.
struct PlannedJob {
    std::string task;
    std::string part;  ///< empty; names the part of a task that is cut into several jobs
    std::vector<std::string>
        options;  ///< `--name=value` or `--flag`, sorted; job-name, output and chdir included
    JobRole role = JobRole::task;
    bool final = false;    ///< of [final]: runs when all else has ended
    bool service = false;  ///< its closer ends it: cancelled is how it is to end
    std::vector<PlannedEdge> edges;
    Join join = Join::all;                  ///< of the edges
    bool singleton = false;                 ///< waits, besides, for earlier jobs of the same name and user
    std::optional<ArraySpec> array;         ///< as Slurm gets it
    Numbering numbering;                    ///< of a part of a cut array
    std::optional<Matrix> matrix;           ///< by the task's indexes
    std::string comment;                    ///< the user's own; goes behind the token
    std::vector<std::string> sbatch_lines;  ///< a wrapped script's own, without `#SBATCH`; `options` win
    std::string script_body;  ///< what of the batch script is its own; batch_script() puts the rest around it
    std::string output;       ///< pattern of the log as given to sbatch, absolute
    std::vector<std::string> log_directories;  ///< to make before the submission: a missing one kills a job
                                               ///< silently. Those that no job before this one names
    bool checks_outputs = false;  ///< its body has check_outputs(): fails when a file is missing in the end
    Attempts attempts;            ///< the options that they need are among `options`
    bool user_hold = false;
    std::optional<DeadDependency> on_dead_dependency;  ///< absent: as the site has it
    std::optional<std::chrono::seconds> expect;        ///< how long an element probably runs
    std::string file;                 ///< that holds the task, for messages; empty: the workflow file
    std::uint32_t line = 0;           ///< of the task in that file
    std::vector<Resubmission> again;  ///< ascending by revision and number

    /// What submission `number` is of; nullptr: of all of the job.
    [[nodiscard]] const Resubmission* resubmission(std::uint32_t number) const;

    [[nodiscard]] std::string name() const;  ///< `task` or `task.part`
    /// An element as people know it, by Slurm's index: `3`, or `lr=1e-4,seed=1` of a matrix.
    [[nodiscard]] std::string element_name(std::uint32_t index) const;
};

/// Everything that decides what is submitted, frozen in plan.json before the first job exists. A `resume`
/// that submits anew, or something else, makes a new revision of it, frozen as plan.2.json and so on before
/// it does.
struct SubmissionPlan {
    std::uint32_t revision = 1;
    std::uint32_t text_revision = 1;  ///< the one that the workflow file was read for, see frozen_copy()
    std::string run;                  ///< run id
    std::string workflow;             ///< its name
    std::string file;                 ///< absolute path of the workflow file
    std::string run_dir;              ///< absolute
    std::string version;              ///< of the sbraid that planned
    std::string submitter;            ///< absolute path of that sbraid, for the batch scripts; may be empty
    std::map<std::string, std::string>
        sbatch_environment;  ///< SBATCH_* input variables found at submission: weakest defaults. The jobs'
                             ///< options have them already; kept to be shown
    std::map<std::string, std::string> vars;  ///< -D
    std::vector<std::string> left_out;        ///< tasks that were up to date (`submit --skip-up-to-date`)
    std::vector<SubWorkflowName> sub_workflows;
    std::optional<Webhook> webhook;  ///< of [notify]; may hold a secret: for no answer and no log
    std::vector<PlannedJob> jobs;    ///< topological order: a parent stands before its children

    /// For each job, the jobs with an edge to it (its children), ascending.
    [[nodiscard]] std::vector<std::vector<JobIndex>> children() const;
};

/// MaxArraySize where the site sets none (slurm.conf(5)): indexes from 0 to 1000.
inline constexpr std::uint32_t k_default_max_array_size = 1001;

/// What plan() must know of the world outside the workflow. `file` and `run_dir` are absolute.
struct PlanContext {
    std::string run;
    std::string file;
    std::string run_dir;
    std::string submitter;
    std::map<std::string, std::string> sbatch_environment;
    std::uint32_t max_array_size = k_default_max_array_size;  ///< of slurm.conf
    std::vector<std::string> gate_options{};  ///< `--name=value`: where gates may run, by the site's word
};

/// One job a task, more for an array that is larger than Slurm takes, and gates (JobRole). A workflow with a
/// webhook has a last job, the notifier, named `notify`. Options that the user does not give are filled in:
/// --job-name, --chdir, and --output with
/// --open-mode=append (a requeued attempt's words follow the earlier one's) as `<run_dir>/logs/<job>-%j.out`,
/// arrays `-%A_%a.out`. A wrapped batch script's own #SBATCH lines are not overridden by what is filled in.
[[nodiscard]] SubmissionPlan plan(const Workflow& workflow, const PlanContext& context);

/// plan.json: one JSON document with "schema":"sbraid.frozen-plan/1". from_json() refuses a newer major
/// version, naming both.
[[nodiscard]] std::string to_json(const SubmissionPlan& plan);
[[nodiscard]] Result<SubmissionPlan> plan_from_json(std::string_view text);

/// The first word of a job's comment: `sbraid:<run>:<job name>#<submission>`.
struct Token {
    std::string run;
    std::string job;  ///< PlannedJob::name()
    std::uint32_t submission = 1;
    friend bool operator==(const Token&, const Token&) = default;
};
[[nodiscard]] std::string to_string(const Token& token);
/// Finds a token at the start of a comment, or after `--comment=` in a submit line; nullopt when there is
/// none.
[[nodiscard]] std::optional<Token> find_token(std::string_view text);
/// Whether the text of a job with an id that is known may be that of a job of this run, and not of another
/// one that got its id later: a text without any token may, since a site may rewrite comments.
[[nodiscard]] bool may_be_of(std::string_view run, std::string_view text);

/// What one call of sbatch needs beyond the plan.
struct Submission {
    std::uint32_t number = 1;  ///< the n of the token
    bool held = false;         ///< held by us until the whole graph is in
    std::vector<JobId>
        parent_ids;  ///< parallel to PlannedJob::edges; JobId{0}: this edge is satisfied, drop it
    std::optional<ArraySpec> elements{};  ///< only these of the job's array
    bool kill_on_invalid_dep = true;      ///< of jobs without a word of their own (on_dead_dependency)
};
/// The value of --dependency, merged by kind; empty when nothing is left of the edges.
[[nodiscard]] std::string dependency(const PlannedJob& job, const Submission& submission);
/// argv of sbatch without argv[0] and without the script, which goes to its stdin.
[[nodiscard]] std::vector<std::string> sbatch_arguments(const SubmissionPlan& plan, const PlannedJob& job,
                                                        const Submission& submission);
/// What the job's environment has from the first moment, whatever the backend: the plugin looks for
/// SBRAID_RUN_DIR before the batch script runs (a task with `export = "NONE"` has it only from its own script
/// on: then the plugin records its srun steps and not the batch step).
[[nodiscard]] std::map<std::string, std::string> job_environment(const SubmissionPlan& plan,
                                                                 const PlannedJob& job);

/// `<workflow>-<UTC yyyymmddThhmmss>-<6 hex>`
[[nodiscard]] std::string make_run_id(std::string_view workflow, std::chrono::sys_seconds now,
                                      std::uint32_t random);
[[nodiscard]] bool is_run_id(std::string_view text);

}  // namespace sbraid
