// The rows of `status` are the facts. Elements with equal ones are put together; then what else is known is
// added: what is asked for, what a skipped task's ancestors died of, and what may help.
#include "sbraid/explain.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "advice.hpp"
#include "edge_verdict.hpp"
#include "job_record.hpp"
#include "sbraid/reason.hpp"
#include "sbraid/units.hpp"
#include "slurm_value.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_most_roots = 3;

std::string_view name_of_option(std::string_view option) {
    return option.substr(2, option.find('=') - 2);
}

/// Of the options that decide where and when Slurm can start a job.
bool decides_the_place(std::string_view option) {
    constexpr std::array<std::string_view, 14> k_names{
        "partition", "account",   "qos",      "reservation", "constraint", "licenses", "nodes",
        "ntasks",    "exclusive", "nodelist", "exclude",     "contiguous", "switches", "time"};
    constexpr std::array<std::string_view, 6> k_families{"cpus-per", "gpus", "gres",
                                                         "tres-per", "mem",  "ntasks-per"};
    const std::string_view name = name_of_option(option);
    return std::find(k_names.begin(), k_names.end(), name) != k_names.end() ||
           std::any_of(k_families.begin(), k_families.end(),
                       [&](std::string_view begin) { return name.starts_with(begin); });
}

/// `--mem=2G`; empty: it was not given.
std::string option_of(const PlannedJob& job, std::string_view name) {
    const auto found = std::find_if(job.options.begin(), job.options.end(), [&](const std::string& option) {
        return name_of_option(option) == name;
    });
    return found == job.options.end() ? std::string{} : *found;
}

/// What such a job asks for, as far as the reason for which it waits has to do with that.
std::string asks_for(const PlannedJob& job, std::string_view reason) {
    if (reason == "BeginTime") return option_of(job, "begin");
    for (const std::string_view other : {"JobHeld", "JobArrayTaskLimit", "Dependency", "job requeued",
                                         "launch failed", "JobHoldMaxRequeue", "Prolog", "Cleaning"})
        if (reason.starts_with(other)) return {};
    std::vector<std::string> found;
    std::copy_if(job.options.begin(), job.options.end(), std::back_inserter(found), decides_the_place);
    return fmt::format("{}", fmt::join(found, " "));
}

/// `train.time=02:00:00`, twice of what it had; empty: it had no limit of its own.
std::string twice(const PlannedJob& job, JobState end) {
    if (end == JobState::timeout) {
        const std::string option = option_of(job, "time");
        const auto seconds = slurm_value::time_limit_seconds(option.substr(option.find('=') + 1));
        if (option.empty() || !seconds) return {};
        const std::uint64_t minutes = *seconds * 2 / 60;
        return fmt::format("{}.time={:02}:{:02}:00", job.task, minutes / 60, minutes % 60);
    }
    if (end != JobState::out_of_memory) return {};
    for (const auto& [name, key] :
         {std::pair{"mem", "mem"}, {"mem-per-cpu", "mem_per_cpu"}, {"mem-per-gpu", "mem_per_gpu"}}) {
        const std::string option = option_of(job, name);
        if (option.empty()) continue;
        constexpr std::int64_t k_mib = 1 << 20;
        const auto bytes = parse_size(std::string_view{option}.substr(option.find('=') + 1), k_mib);
        if (bytes) return fmt::format("{}.{}={}M", job.task, key, *bytes * 2 / k_mib);
    }
    return {};
}

/// What a job, or some elements of one, that can never run have died of in the end: ancestors that failed or
/// were cancelled.
class Roots {
  public:
    Roots(const SubmissionPlan& plan, const RunState& state) : plan_(plan), state_(state) {}

    std::vector<std::string> of(JobIndex job, std::optional<std::uint32_t> element) {
        visit(job, element);
        return std::move(found_);
    }

  private:
    using Element = std::optional<std::uint32_t>;

    void visit(JobIndex job, Element element) {
        if (!seen_.insert({job.value, element}).second) return;
        for (const PlannedEdge& edge : plan_.jobs[job.value].edges) {
            const auto* const parent = std::get_if<JobIndex>(&edge.parent);
            if (parent == nullptr) continue;
            const bool is_pair = edge.kind == EdgeKind::aftercorr && !edge.element;
            const Element of_parent = is_pair ? element : edge.element;
            const Progress known = progress(state_.jobs[parent->value], of_parent);
            if (judge(is_pair ? EdgeKind::afterok : edge.kind, known) == EdgeVerdict::impossible)
                look_at(*parent, of_parent);
        }
    }

    /// At one element of it, or at all.
    void look_at(JobIndex job, Element wanted) {
        const JobRecord& record = state_.jobs[job.value];
        if (!record.skipped.empty()) return visit(job, wanted);
        for (const ElementState& element : record.elements) {
            if (!element.final || (wanted && element.element != wanted)) continue;
            if (is_failure(element.status.state)) return add(job, element);
            if (element.status.state == JobState::skipped) visit(job, element.element);
        }
    }

    void add(JobIndex job, const ElementState& element) {
        const PlannedJob& planned = plan_.jobs[job.value];
        const std::string name =
            element.element ? fmt::format("{}[{}]", planned.task, planned.element_name(*element.element))
                            : planned.task;
        const std::string words = element.own_why.empty() ? end_in_words(element.status) : element.own_why;
        std::string root = fmt::format("{} ({}{}{})", name, to_string(element.status.state),
                                       words.empty() ? "" : ", ", words);
        if (std::find(found_.begin(), found_.end(), root) == found_.end()) found_.push_back(std::move(root));
    }

    const SubmissionPlan& plan_;
    const RunState& state_;
    std::set<std::pair<std::uint32_t, Element>> seen_;
    std::vector<std::string> found_;
};

class Explainer {
  public:
    Explainer(const SubmissionPlan& plan, const RunState& state, const ExplainContext& context)
        : plan_(plan), state_(state), context_(context), has_ended_(has_ended(phase(state, plan))) {}

    void complete(Explanation& one) const {
        const PlannedJob& job = plan_.jobs[one.first.job.value];
        const JobState state = one.first.state;
        one.is_failure = is_failure(state) && !was_closed(one.first, job);
        say_what_ran(one);
        if (state == JobState::pending) waits(one, job);
        if (state == JobState::skipped) was_skipped(one);
        if (state == JobState::suspended) {
            one.because.emplace_back("it is stopped for now, by somebody or for another job");
            one.next.push_back(fmt::format("'scontrol resume {}' lets it go on", one.first.job_id));
        }
        if (state == JobState::completing) one.because.emplace_back("its last processes are ending");
        if (one.is_failure) ended_badly(one, job);
        if (state == JobState::unsubmitted) is_missing(one);
    }

  private:
    [[nodiscard]] bool was_closed(const StatusRow& row, const PlannedJob& job) const {
        const JobRecord& record = state_.jobs[row.job.value];
        return !record.elements.empty() && sbraid::was_closed(job, record, record.elements.front());
    }

    void say_what_ran(Explanation& one) const {
        const StatusRow& row = one.first;
        if (one.elements.size() > 1) return;
        if (row.state == JobState::pending && row.attempts > 0)
            one.because.push_back(fmt::format(
                "has been tried {}", row.attempts == 1 ? "once" : fmt::format("{} times", row.attempts)));
        if (!row.start || (!row.end && row.state != JobState::running)) return;
        const auto elapsed =
            std::chrono::floor<std::chrono::seconds>(row.end.value_or(context_.now) - *row.start).count();
        one.because.push_back(fmt::format("{} {}{}{}", row.end ? "ran" : "has been running for",
                                          format_duration(elapsed),
                                          row.nodes.empty() ? "" : " on " + row.nodes,
                                          row.attempts > 1 ? fmt::format(", attempt {}", row.attempts) : ""));
    }

    void waits(Explanation& one, const PlannedJob& job) const {
        const StatusRow& row = one.first;
        const JobRecord& record = state_.jobs[row.job.value];
        if (row.reason.empty()) one.because.emplace_back("Slurm has not looked at it yet");
        if (row.reason == "Dependency" && job.singleton)
            one.because.emplace_back("it is a singleton: earlier jobs of its name have to end, too");
        if (row.reason == "DependencyNeverSatisfied" && job.on_dead_dependency == DeadDependency::keep)
            one.next.push_back(
                fmt::format("it is kept in the queue, as its file says, until 'sbraid cancel -r {} {}'",
                            context_.run, row.task));
        if (row.forecast && *row.forecast > context_.now) {
            const auto seconds = std::chrono::ceil<std::chrono::seconds>(*row.forecast - context_.now);
            one.because.push_back(
                fmt::format("Slurm expects to start it in {}", format_duration(seconds.count())));
        }
        if (std::string asked = asks_for(job, row.reason); !asked.empty())
            one.because.push_back("asks for " + asked);
        const std::string id =
            one.elements.size() > 1 ? row.job_id.substr(0, row.job_id.find('_')) : row.job_id;
        if (row.reason == "JobHeldUser" && context_.is_being_submitted && !job.user_hold) return;
        if (row.reason == "JobHeldUser" && record.current && record.current->held && !record.released)
            one.next.push_back(
                fmt::format("'sbraid resume {}' submits what is missing and releases it", context_.run));
        else if (std::string advice = advice_on_waiting(row, id); !advice.empty())
            one.next.push_back(std::move(advice));
    }

    void was_skipped(Explanation& one) const {
        std::vector<std::string> roots = Roots(plan_, state_).of(one.first.job, one.first.index);
        if (roots.empty()) return;
        if (roots.size() > k_most_roots) {
            const std::size_t more = roots.size() - k_most_roots;
            roots.resize(k_most_roots);
            roots.push_back(fmt::format("{} more", more));
        }
        one.because.push_back(fmt::format("it began with {}", fmt::join(roots, ", ")));
        if (has_ended_)
            one.next.push_back(fmt::format("'sbraid resume {}' submits what failed, and this", context_.run));
    }

    void ended_badly(Explanation& one, const PlannedJob& job) const {
        if (std::string advice = advice_on_end(one.first); !advice.empty())
            one.next.push_back(std::move(advice));
        std::string options = has_ended_ ? "" : fmt::format("--from {} ", job.task);
        if (const std::string more = twice(job, one.first.state); !more.empty())
            options += fmt::format("--set {} ", more);
        one.next.push_back(fmt::format("'sbraid resume {}{}' submits it again, and what waits for it",
                                       options, context_.run));
    }

    void is_missing(Explanation& one) const {
        if (context_.is_being_submitted) {
            one.because.emplace_back("somebody is submitting the run right now");
            return;
        }
        const bool was_refused = !state_.jobs[one.first.job.value].refused.empty();
        one.next.push_back(was_refused ? fmt::format("mend {}, then 'sbraid resume --edited {}' submits it",
                                                     context_.file, context_.run)
                                       : fmt::format("'sbraid resume {}' submits it", context_.run));
    }

    const SubmissionPlan& plan_;
    const RunState& state_;
    const ExplainContext& context_;
    bool has_ended_;
};

/// Elements that were skipped, each behind its own parent, share it.
bool share_a_fate(const StatusRow& a, const StatusRow& b) {
    const auto facts = [](const StatusRow& row) {
        return std::tie(row.job, row.state, row.exit_code, row.signal, row.reason);
    };
    return facts(a) == facts(b) && (a.why == b.why || a.state == JobState::skipped);
}

}  // namespace

std::vector<Explanation> explain(const SubmissionPlan& plan, const RunState& state,
                                 const std::vector<NamedJob>& named, const ExplainContext& context) {
    std::map<JobIndex, std::vector<const NamedJob*>> wanted;
    for (const NamedJob& one : named) wanted[one.job].push_back(&one);
    std::vector<Explanation> all;
    std::size_t of_this_task = 0;  // where its explanations begin: rows of a task stand together
    for (StatusRow& row : status_rows(plan, state)) {
        const auto names = wanted.find(row.job);
        if (names == wanted.end() || std::none_of(names->second.begin(), names->second.end(),
                                                  [&](const NamedJob* one) { return one->has(row.index); }))
            continue;
        if (!all.empty() && all.back().first.task != row.task) of_this_task = all.size();
        auto same = std::find_if(all.begin() + static_cast<std::ptrdiff_t>(of_this_task), all.end(),
                                 [&](const Explanation& one) { return share_a_fate(one.first, row); });
        if (same == all.end())
            same = all.insert(all.end(), {.first = row, .elements = {}, .because = {}, .next = {}});
        if (row.element) same->elements.push_back(*row.element);
    }
    const Explainer explainer{plan, state, context};
    for (Explanation& one : all) explainer.complete(one);
    std::stable_partition(all.begin(), all.end(), [](const Explanation& one) { return one.is_failure; });
    return all;
}

}  // namespace sbraid
