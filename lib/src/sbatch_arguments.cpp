#include <fmt/format.h>
#include <algorithm>
#include <stdexcept>

#include "dependency_text.hpp"
#include "sbraid/plan.hpp"

namespace sbraid {

namespace {

std::vector<bool> kept(const PlannedJob& job, const Submission& submission) {
    if (submission.parent_ids.size() != job.edges.size()) {
        throw std::logic_error{"Submission::parent_ids is not parallel to PlannedJob::edges"};
    }
    std::vector<bool> keep(job.edges.size());
    std::transform(submission.parent_ids.begin(), submission.parent_ids.end(), keep.begin(),
                   [](JobId id) { return id.value != 0; });
    return keep;
}

bool has_option(const PlannedJob& job, std::string_view name) {
    return std::any_of(job.options.begin(), job.options.end(), [&](std::string_view option) {
        return option.starts_with(name) && (option.size() == name.size() || option[name.size()] == '=');
    });
}

}  // namespace

std::string dependency(const PlannedJob& job, const Submission& submission) {
    std::string value;
    for (const DependencyPiece& piece : dependency_pieces(job, kept(job, submission))) {
        if (piece.parent == nullptr) {
            value += piece.text;
        } else {
            const auto edge = static_cast<std::size_t>(piece.parent - job.edges.data());
            value += fmt::format("{}", submission.parent_ids[edge].value);
        }
    }
    return value;
}

std::vector<std::string> sbatch_arguments(const SubmissionPlan& plan, const PlannedJob& job,
                                          const Submission& submission) {
    std::vector<std::string> words{"--parsable"};
    words.insert(words.end(), job.options.begin(), job.options.end());
    if (const auto& array = submission.elements ? submission.elements : job.array)
        words.push_back("--array=" + to_string(*array));
    if (std::string value = dependency(job, submission); !value.empty()) {
        words.push_back("--dependency=" + value);
        const auto keep = kept(job, submission);
        bool impossible = false;
        for (std::size_t edge = 0; edge < keep.size(); ++edge) {
            impossible = impossible || (keep[edge] && can_become_impossible(job.edges[edge]));
        }
        if (impossible && !has_option(job, "--kill-on-invalid-dep")) {
            const bool kill = job.on_dead_dependency ? *job.on_dead_dependency == DeadDependency::cancel
                                                     : submission.kill_on_invalid_dep;
            words.emplace_back(kill ? "--kill-on-invalid-dep=yes" : "--kill-on-invalid-dep=no");
        }
    }
    if (submission.held || job.user_hold) words.emplace_back("--hold");
    std::string comment = "--comment=" + to_string(Token{plan.run, job.name(), submission.number});
    if (!job.comment.empty()) comment += " " + job.comment;
    words.push_back(std::move(comment));
    return words;
}

std::map<std::string, std::string> job_environment(const SubmissionPlan& plan, const PlannedJob& job) {
    return {{"SBRAID_RUN", plan.run}, {"SBRAID_RUN_DIR", plan.run_dir}, {"SBRAID_TASK", job.task}};
}

}  // namespace sbraid
