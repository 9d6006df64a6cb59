// A folder may be made while the run goes on: who writes the folder, one that holds it, or a file in it,
// makes it. What is behind such a task in the graph will find it there. O(outputs + tasks + edges) for each
// folder.
#include "sbraid/workdirs.hpp"

#include <fmt/format.h>
#include <unordered_set>

#include "path_pattern.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

class Makers {
  public:
    explicit Makers(const Workflow& workflow) : workflow_(workflow) {
        for (const Task& task : workflow.tasks())
            for (const PlacedText& output : task.outputs)
                outputs_.push_back({&task, PathPattern{task.workdir, output.text}});
    }

    /// For each task, whether it writes something in the folder, or the folder.
    [[nodiscard]] std::vector<bool> of(const std::string& folder) const {
        std::vector<bool> makes(workflow_.tasks().size(), false);
        const PathPattern inside{"/", folder + "/"};
        for (const Output& output : outputs_)
            if (output.pattern.overlaps(inside)) makes[index_of(*output.task)] = true;
        return makes;
    }
    /// For each task, whether it waits for one of these, directly or not.
    [[nodiscard]] std::vector<bool> behind(const std::vector<bool>& makers) const {
        std::vector<bool> result(makers.size(), false);
        for (const TaskIndex task : workflow_.topological_order()) {
            for (const Edge& edge : workflow_.task(task).edges) {
                const auto* const parent = std::get_if<TaskIndex>(&edge.parent);
                if (parent != nullptr && (makers[parent->value] || result[parent->value]))
                    result[task.value] = true;
            }
        }
        return result;
    }

  private:
    struct Output {
        const Task* task;
        PathPattern pattern;
    };
    [[nodiscard]] std::size_t index_of(const Task& task) const {
        return static_cast<std::size_t>(&task - workflow_.tasks().data());
    }

    const Workflow& workflow_;
    std::vector<Output> outputs_;
};

Diagnostic missing_workdir(const Task& task, const Task* maker) {
    if (maker == nullptr)
        return {Severity::warning, *task.workdir_place,
                fmt::format("the workdir '{}' is not there, and no task writes it", shown(task.workdir)),
                fmt::format("make it before '{}' starts: where Slurm does not find it, the task fails",
                            task.name)};
    return {Severity::warning, *task.workdir_place,
            fmt::format("the workdir '{}' is not there, and '{}' does not wait for '{}', which writes to it",
                        shown(task.workdir), task.name, maker->name),
            fmt::format("afterok = [\"{}\"] lets it wait, or make the folder before", maker->name)};
}

}  // namespace

std::vector<std::string> named_workdirs(const Workflow& workflow) {
    std::vector<std::string> result;
    std::unordered_set<std::string> known;
    for (const Task& task : workflow.tasks())
        if (task.workdir_place && known.insert(task.workdir).second) result.push_back(task.workdir);
    return result;
}

Diagnostics missing_workdirs(const Workflow& workflow, const std::vector<std::string>& missing) {
    Diagnostics warnings;
    const auto& tasks = workflow.tasks();
    const Makers makers{workflow};
    for (const std::string& folder : missing) {
        const auto makes = makers.of(folder);
        const auto behind = makers.behind(makes);
        for (std::size_t i = 0; i < tasks.size(); ++i) {
            if (!tasks[i].workdir_place || tasks[i].workdir != folder || behind[i]) continue;
            const Task* maker = nullptr;
            for (std::size_t other = 0; other < tasks.size() && maker == nullptr; ++other)
                if (makes[other] && tasks[other].workdir != folder) maker = &tasks[other];
            warnings.push_back(missing_workdir(tasks[i], maker));
            break;
        }
    }
    return warnings;
}

}  // namespace sbraid
