#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "array_parts.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// Turns what tasks wait for into edges of jobs. Slurm joins the parents of a job either by `,` or by `?`;
/// where that does not say it, a gate is added to the plan: a job that runs nothing and waits for a part of
/// the condition, so that its success can be waited for. The same part of a condition needs one gate, however
/// many jobs wait for it.
class Lowering {
  public:
    /// All must outlive it. `gate_options`: what sbatch gets for gates, behind what they take from the task.
    Lowering(SubmissionPlan& plan, const Workflow& workflow, const std::vector<std::string>& gate_options);

    /// Adds the job of a part of a task to the plan, behind the gates that it needs, with its edges. Tasks
    /// come in topological order, the parts of a task one after the other. A cut task's parts get names.
    JobIndex add(TaskIndex task, const std::vector<ArrayPart>& parts, PlannedJob job);

    /// Adds a gate that waits for what the turnstile waits for.
    void add_turnstile(TaskIndex turnstile);

    /// Adds the job that ends a service when everything has ended that waits for its start. All of that is in
    /// the plan already.
    void add_closer(TaskIndex service);

    /// Adds the job that runs when all jobs of tasks have ended, which are in the plan already.
    void add_notifier();

  private:
    struct Needs {
        Join join = Join::all;
        std::vector<PlannedEdge> edges;
        std::vector<Needs> groups;
    };
    /// The jobs of a task so far, and what their arrays stand for.
    struct Placed {
        std::vector<JobIndex> jobs;
        std::vector<ArrayPart> parts;
    };

    [[nodiscard]] Needs needs_of(const Task& task, std::size_t part) const;
    [[nodiscard]] Needs needs_of(const Task& task, const Condition& condition, std::size_t part) const;
    void add_edge(Needs& into, const Edge& edge, std::size_t part) const;
    void lower(PlannedJob& job, Needs needs, const Task& task);
    [[nodiscard]] JobIndex gate(Needs needs, const Task& task);
    struct SmallJob {
        std::string_view memory = "64M";
        std::string_view minutes = "1";
        std::string output = "/dev/null";
    };
    /// Of one CPU, where the task may run.
    JobIndex add_small_job(PlannedJob job, const Task& task, SmallJob how);
    [[nodiscard]] std::string free_part(const std::string& task, const std::string& stem);
    [[nodiscard]] std::string free_name(std::string name);

    SubmissionPlan& plan_;
    const Workflow& workflow_;
    const std::vector<std::string>& gate_options_;
    std::vector<Placed> placed_;             ///< by TaskIndex
    std::set<std::string> names_;            ///< of tasks and of parts; filled when the first part is named
    std::map<std::string, JobIndex> gates_;  ///< by what they wait for
};

}  // namespace sbraid
