// A node becomes a task: what its submit description says (submit_keys.cpp, submit_command.cpp), between its
// scripts (dag_scripts.cpp). The command line comes last, because scripts, DONE and NOOP decide what becomes
// of it.
#include "dag_task.hpp"

#include <fmt/format.h>

#include "characters.hpp"
#include "dag_scripts.hpp"
#include "env_table.hpp"
#include "sbraid/shell_quote.hpp"
#include "submit_command.hpp"
#include "submit_keys.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

class TaskMaker {
  public:
    TaskMaker(const DagNode& node, const SubmitDescription* description, std::string_view workdir,
              DraftTask& task, DraftNotes& notes)
        : node_(node), description_(description), base_(workdir), task_(task), notes_(notes) {}

    void make() {
        std::string job;
        if (node_.noop)
            task_.comments.emplace_back("NOOP: the job itself does nothing");
        else if (description_ == nullptr)
            job = missing_job();
        else
            job = described_job();
        set_run(job);
        set_workdir();
    }

  private:
    std::string described_job() {
        SubmitValues values{*description_, node_, notes_};
        read_queue(values);
        initial_dir_ = take_submit_keys(values, node_, is_array_, task_, notes_);
        std::string job = job_line(values);
        tell_of_unused_vars(values);
        return job;
    }

    void read_queue(SubmitValues& values) {
        if (!values.description().queue) return;
        const SubmitItem& queue = *values.description().queue;
        const auto text = values.macros().expand(queue.value);
        if (!text) {
            refusal_ = Diagnostic{Severity::warning, queue.place,
                                  fmt::format("queue {}: not understood", shown(queue.value))};
            return;
        }
        if (text->empty()) return;
        const auto count = number(*text);
        if (!count || *count == 0) {
            refusal_ = Diagnostic{Severity::warning, queue.place,
                                  fmt::format("queue {}: a job for each item is not imported", shown(*text)),
                                  "write it as array or matrix"};
        } else if (*count > 1) {
            is_array_ = true;
            if (!task_.keys.text("array", fmt::format("0-{}", *count - 1)))
                values.note(queue, fmt::format("'{}' is no number of jobs", shown(*text)));
        }
    }

    std::string job_line(SubmitValues& values) {
        if (description_->not_understood) refusal_ = description_->not_understood;
        if (!refusal_) {
            auto line = submit_command(values, node_, is_array_);
            if (line) return std::move(*line);
            refusal_ = std::move(line.error());
        }
        notes_.add(refusal_->place,
                   fmt::format("{}: a task that fails stands in its place", refusal_->message),
                   refusal_->hint.empty() ? "write its run by hand" : refusal_->hint);
        return failing_run(
            fmt::format("{}: its submit description was not understood when it was imported", node_.name));
    }

    std::string missing_job() {
        const std::string_view what = node_.kind == DagNodeKind::subdag ? "DAG file" : "submit description";
        auto variables = node_.vars_last;  // they win
        variables.insert(variables.end(), node_.vars.begin(), node_.vars.end());
        const std::string table = env_table(variables, node_.place, notes_);
        if (!table.empty()) task_.keys.toml("env", table);
        return failing_run(fmt::format("{}: the {} '{}' could not be read when it was imported", node_.name,
                                       what, shown(node_.file.text)));
    }

    void tell_of_unused_vars(const SubmitValues& values) {
        for (const auto* vars : {&node_.vars, &node_.vars_last})
            for (const auto& [name, value] : *vars)
                if (!values.macros().is_used(name) && !is_known_submit_key(submit_key(name)))
                    task_.comments.push_back(fmt::format("VARS {}=\"{}\": nothing uses it", name, value));
    }

    void set_run(const std::string& job) {
        if (node_.done) {
            task_.comments.emplace_back("DONE in the DAG: it does nothing, and succeeds");
            set_run_text(":");
            return;
        }
        if (!node_.pre && !node_.post) {
            set_run_text(job.empty() ? ":" : job);
            return;
        }
        if (is_array_)
            task_.comments.emplace_back("DAGMan runs the scripts once; here they run for each element");
        set_run_text(between_scripts(in_initial_dir(job), node_, notes_));
    }

    // The scripts start in the folder of the node, the job in its own.
    [[nodiscard]] std::string in_initial_dir(const std::string& job) const {
        if (job.empty()) return ":";
        return initial_dir_.empty() ? job : fmt::format("( cd {} && {} )", shell_quote(initial_dir_), job);
    }

    void set_run_text(const std::string& text) { task_.keys.toml("run", flow_string(text)); }

    void set_workdir() {
        const bool scripts_need_dir = (node_.pre || node_.post) && !node_.done;
        std::string dir = path_below(base_, node_.dir);
        if (node_.dir.empty()) dir = base_;
        if (!initial_dir_.empty() && !scripts_need_dir) dir = path_below(dir, initial_dir_);
        if (dir.empty() || dir == base_) return;
        if (dir.starts_with('~') || dir.starts_with('$')) dir.insert(0, "./");
        static_cast<void>(task_.keys.text("workdir", dir));  // has no grammar
    }

    const DagNode& node_;
    const SubmitDescription* description_;
    std::string base_;
    DraftTask& task_;
    DraftNotes& notes_;
    std::string initial_dir_;
    bool is_array_ = false;
    std::optional<Diagnostic> refusal_;  // why the job cannot be told
};

}  // namespace

std::string failing_run(std::string_view message) {
    return fmt::format("echo {} >&2\nexit 1\n", shell_quote(message));
}

void describe_task(const DagNode& node, const SubmitDescription* description, std::string_view workdir,
                   DraftTask& task, DraftNotes& notes) {
    TaskMaker{node, description, workdir, task, notes}.make();
}

}  // namespace sbraid
