// Deadness over the graph. Jobs are walked in the order of the plan, parents first, so that what is found
// dead is known when its children are looked at. Each edge is judged by the same verdict that decides
// submissions (edge_verdict.hpp), from counts that are made once a parent. aftercorr alone goes by the
// element (for a child without that element in its parent Slurm looks at the whole array, as for afterok).

#include <fmt/format.h>

#include <algorithm>

#include "edge_verdict.hpp"
#include "run_state.hpp"

namespace sbraid {
namespace {

enum class Which { everything, only_what_has_ended };

bool is_waiting(JobState state) {
    return state == JobState::unsubmitted || state == JobState::pending || state == JobState::skipped;
}

class Search {
  public:
    Search(RunState& state, const SubmissionPlan& plan, Which which)
        : state_(state), plan_(plan), which_(which) {
        whole_.reserve(plan.jobs.size());
    }

    std::vector<Dead> run() {
        for (std::uint32_t job = 0; job < plan_.jobs.size(); ++job) {
            look_at(job);
            whole_.push_back(progress(state_.jobs[job], std::nullopt));
        }
        return std::move(dead_);
    }

  private:
    /// A job that is not settled by anything but the graph.
    [[nodiscard]] bool can_die(std::uint32_t job, const ElementState& element) const {
        const JobRecord& record = state_.jobs[job];
        if (run_state::has_started(element) || element.cancelled) return false;
        // Refused, or taken back before it was submitted: resume will try it, and its parents, anew.
        if (!record.current && (state_.rolled_back || !record.refused.empty())) return false;
        const JobState state = element.status.state;
        if (state == JobState::cancelled && element.final) return true;
        if (state == JobState::skipped) return true;  // for its words
        // The user wants to see it in the queue, and may give it another dependency there.
        if (record.current && plan_.jobs[job].on_dead_dependency == DeadDependency::keep) return false;
        return which_ == Which::everything && !element.final && is_waiting(state);
    }

    void look_at(std::uint32_t job) {
        JobRecord& record = state_.jobs[job];
        if (plan_.jobs[job].edges.empty() || !record.skipped.empty()) return;
        if (std::none_of(record.elements.begin(), record.elements.end(),
                         [&](const ElementState& element) { return can_die(job, element); })) {
            return;
        }
        const std::string why_all = why_job_is_dead(plan_.jobs[job]);
        std::vector<Dead> in_queue;
        for (ElementState& element : record.elements) {
            if (!can_die(job, element)) continue;
            std::string why =
                why_all.empty() ? why_element_is_dead(plan_.jobs[job], element.element) : why_all;
            if (why.empty()) continue;
            if (!element.final && record.current && !record.cancelled) {
                in_queue.push_back({JobIndex{job}, {record.current->id, element.element}});
            }
            element.status.state = JobState::skipped;
            element.why = std::move(why);
            element.final = true;
        }
        report(record, std::move(in_queue));
    }

    /// As few keys as say the same: the job, when nothing of it lives on.
    void report(const JobRecord& record, std::vector<Dead> in_queue) {
        if (in_queue.empty()) return;
        const bool nothing_lives = std::all_of(record.elements.begin(), record.elements.end(),
                                               [](const ElementState& element) { return element.final; });
        if (nothing_lives) {
            in_queue.resize(1);
            in_queue.front().key.element.reset();
        }
        dead_.insert(dead_.end(), in_queue.begin(), in_queue.end());
    }

    /// For all of its elements. What goes by the element is not looked at.
    [[nodiscard]] std::string why_job_is_dead(const PlannedJob& job) const {
        return blame(job, [&](const PlannedEdge& edge) {
            return goes_by_element(edge) ? std::string{} : why_never_met(edge, edge.element);
        });
    }
    /// For one element of a job that is not dead as a whole.
    [[nodiscard]] std::string why_element_is_dead(const PlannedJob& job,
                                                  std::optional<std::uint32_t> element) const {
        if (std::none_of(job.edges.begin(), job.edges.end(), goes_by_element)) return {};
        return blame(job, [&](const PlannedEdge& edge) {
            if (!goes_by_element(edge)) return why_never_met(edge, edge.element);
            const auto* parent = std::get_if<JobIndex>(&edge.parent);
            if (parent == nullptr) return std::string{};
            return why_never_met(edge, has_element(*parent, element) ? element : std::nullopt);
        });
    }

    /// One impossible edge is enough where all must be met; where any will do, every one must be.
    template <class WhyNever>
    static std::string blame(const PlannedJob& job, const WhyNever& why_never) {
        std::string why;
        for (const PlannedEdge& edge : job.edges) {
            why = why_never(edge);
            if (why.empty() == (job.join == Join::any)) break;
        }
        return why;
    }

    /// Empty: the edge is met, or can be.
    [[nodiscard]] std::string why_never_met(const PlannedEdge& edge,
                                            std::optional<std::uint32_t> element) const {
        const auto* parent = std::get_if<JobIndex>(&edge.parent);
        if (parent == nullptr || edge.waived) return {};
        const Progress known =
            element ? progress(state_.jobs[parent->value], element) : whole_[parent->value];
        return is_impossible(edge.kind, known) ? words(edge, *parent, element) : std::string{};
    }

    static bool goes_by_element(const PlannedEdge& edge) {
        return edge.kind == EdgeKind::aftercorr && !edge.element;
    }
    static bool is_impossible(EdgeKind kind, const Progress& parent) {
        const EdgeKind like = kind == EdgeKind::aftercorr ? EdgeKind::afterok : kind;
        return judge(like, parent) == EdgeVerdict::impossible;
    }
    [[nodiscard]] bool has_element(JobIndex job, std::optional<std::uint32_t> element) const {
        const auto& array = plan_.jobs[job.value].array;
        return element && array && array->contains(*element);
    }

    /// "parent 'train[3]' failed, so afterok can never be met": of an array the first element that is to
    /// blame.
    [[nodiscard]] std::string words(const PlannedEdge& edge, JobIndex parent,
                                    std::optional<std::uint32_t> element) const {
        const JobRecord& record = state_.jobs[parent.value];
        if (!element && edge.kind != EdgeKind::afternotok) {
            const auto bad = std::find_if(
                record.elements.begin(), record.elements.end(),
                [](const ElementState& one) { return one.final && !is_success(one.status.state); });
            const bool all_bad =
                std::all_of(record.elements.begin(), record.elements.end(),
                            [](const auto& one) { return one.status.state == JobState::skipped; });
            if (bad != record.elements.end() && !all_bad) element = bad->element;
        }
        // A gate dies for the reason that its own parents give.
        if (plan_.jobs[parent.value].role == JobRole::gate && !record.elements.empty() &&
            !record.elements.front().why.empty())
            return record.elements.front().why;
        std::string name = plan_.jobs[parent.value].task;
        if (element) name += fmt::format("[{}]", plan_.jobs[parent.value].element_name(*element));
        return fmt::format("{}, so {} can never be met", reason(edge.kind, name, progress(record, element)),
                           to_string(edge.kind));
    }

    RunState& state_;
    const SubmissionPlan& plan_;
    Which which_;
    std::vector<Progress> whole_;
    std::vector<Dead> dead_;
};

}  // namespace

void run_state::mark_ended_dead(RunState& state, const SubmissionPlan& plan) {
    std::ignore = Search(state, plan, Which::only_what_has_ended).run();  // what has ended is in no queue
}

std::vector<Dead> find_dead_keys(RunState& state, const SubmissionPlan& plan) {
    run_state::prepare(state, plan);
    return Search(state, plan, Which::everything).run();
}

std::vector<JobIndex> find_dead(RunState& state, const SubmissionPlan& plan) {
    std::vector<JobIndex> jobs;
    for (const Dead& dead : find_dead_keys(state, plan)) {
        const bool is_whole = !dead.key.element || state.jobs[dead.job.value].elements.size() == 1;
        if (is_whole) jobs.push_back(dead.job);
    }
    return jobs;
}

}  // namespace sbraid
