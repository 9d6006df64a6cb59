// The rows of `status` are the facts. Elements with equal ones are put together; then what else is known is
// added: what is asked for, what a skipped task's ancestors died of, and what may help.
#include "sbraid/explain.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "advice.hpp"
#include "sbraid/reason.hpp"
#include "sbraid/units.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_most_roots = 3;

/// The options that decide where and when Slurm can start a job.
std::string asks_for(const PlannedJob& job) {
    constexpr std::array<std::string_view, 10> k_names{"partition",  "account",  "qos",   "reservation",
                                                       "constraint", "licenses", "nodes", "ntasks",
                                                       "time",       "begin"};
    constexpr std::array<std::string_view, 4> k_families{"cpus-per", "gpus", "gres", "mem"};
    std::vector<std::string> found;
    for (const std::string& option : job.options) {
        const std::string_view name = std::string_view{option}.substr(2, option.find('=') - 2);
        const auto is_begun = [&](std::string_view begin) { return name.starts_with(begin); };
        if (std::find(k_names.begin(), k_names.end(), name) != k_names.end() ||
            std::any_of(k_families.begin(), k_families.end(), is_begun))
            found.push_back(option);
    }
    return fmt::format("{}", fmt::join(found, " "));
}

std::string option_of(const PlannedJob& job, std::string_view name) {
    const std::string begin = fmt::format("--{}=", name);
    const auto found = std::find_if(job.options.begin(), job.options.end(),
                                    [&](const std::string& option) { return option.starts_with(begin); });
    return found == job.options.end() ? std::string{} : *found;
}

/// What a job that can never run has died of in the end: ancestors that failed or were cancelled.
class Roots {
  public:
    Roots(const SubmissionPlan& plan, const RunState& state) : plan_(plan), state_(state) {}

    std::vector<std::string> of(JobIndex job) {
        visit(job);
        return std::move(found_);
    }

  private:
    void visit(JobIndex job) {
        if (!seen_.insert(job.value).second) return;
        for (const PlannedEdge& edge : plan_.jobs[job.value].edges)
            if (const auto* const parent = std::get_if<JobIndex>(&edge.parent)) look_at(*parent);
    }

    void look_at(JobIndex job) {
        const JobRecord& record = state_.jobs[job.value];
        bool is_skipped = !record.skipped.empty();
        for (const ElementState& element : record.elements) {
            if (!element.final) continue;
            is_skipped = is_skipped || element.status.state == JobState::skipped;
            if (is_failure(element.status.state)) return add(job, element);
        }
        if (is_skipped) visit(job);
    }

    void add(JobIndex job, const ElementState& element) {
        const PlannedJob& planned = plan_.jobs[job.value];
        const std::string name =
            element.element ? fmt::format("{}[{}]", planned.task, planned.element_name(*element.element))
                            : planned.task;
        if (!named_.insert(job.value).second) return;
        const std::string words = end_in_words(element.status);
        found_.push_back(fmt::format("{} ({}{}{})", name, to_string(element.status.state),
                                     words.empty() ? "" : ", ", words));
    }

    const SubmissionPlan& plan_;
    const RunState& state_;
    std::set<std::uint32_t> seen_, named_;
    std::vector<std::string> found_;
};

class Explainer {
  public:
    Explainer(const SubmissionPlan& plan, const RunState& state, const ExplainContext& context)
        : plan_(plan), state_(state), context_(context) {}

    void complete(Explanation& one) const {
        const PlannedJob& job = plan_.jobs[one.first.job.value];
        say_what_ran(one);
        const JobState state = one.first.state;
        if (state == JobState::pending) waits(one, job);
        if (state == JobState::skipped) was_skipped(one);
        if (state == JobState::timeout) add_option(one, job, "time");
        if (state == JobState::out_of_memory)
            for (const std::string_view name : {"mem", "mem-per-cpu", "mem-per-gpu"})
                add_option(one, job, name);
        if (is_failure(state)) ended_badly(one);
        if (state == JobState::unsubmitted) one.next.push_back(resume("submits it"));
    }

  private:
    void say_what_ran(Explanation& one) const {
        const StatusRow& row = one.first;
        if (!row.start || one.elements.size() > 1) return;
        const Timestamp end = row.end.value_or(context_.now);
        if (!row.end && row.state != JobState::running) return;
        one.because.push_back(
            fmt::format("{} {}{}{}", row.end ? "ran" : "has been running for",
                        format_duration(std::chrono::floor<std::chrono::seconds>(end - *row.start).count()),
                        row.nodes.empty() ? "" : " on " + row.nodes,
                        row.attempts > 1 ? fmt::format(", attempt {}", row.attempts) : ""));
    }

    static void add_option(Explanation& one, const PlannedJob& job, std::string_view name) {
        if (std::string option = option_of(job, name); !option.empty())
            one.because.push_back("was submitted with " + std::move(option));
    }

    void waits(Explanation& one, const PlannedJob& job) const {
        const StatusRow& row = one.first;
        if (row.reason == "Dependency") return;
        if (row.forecast && *row.forecast > context_.now) {
            const auto seconds = std::chrono::ceil<std::chrono::seconds>(*row.forecast - context_.now);
            one.because.push_back(
                fmt::format("Slurm expects to start it in {}", format_duration(seconds.count())));
        }
        if (std::string asked = asks_for(job); !asked.empty()) one.because.push_back("asks for " + asked);
        const JobRecord& record = state_.jobs[one.first.job.value];
        if (row.reason == "JobHeldUser" && record.current && record.current->held && !record.released)
            one.next.push_back(resume("submits what is missing and releases it"));
        else if (std::string advice = advice_on_waiting(row); !advice.empty())
            one.next.push_back(std::move(advice));
    }

    void was_skipped(Explanation& one) const {
        std::vector<std::string> roots = Roots(plan_, state_).of(one.first.job);
        if (roots.empty()) return;
        if (roots.size() > k_most_roots) {
            const std::size_t more = roots.size() - k_most_roots;
            roots.resize(k_most_roots);
            roots.push_back(fmt::format("{} more", more));
        }
        one.because.push_back(fmt::format("it began with {}", fmt::join(roots, ", ")));
        one.next.push_back(resume("submits those again, and this one"));
    }

    void ended_badly(Explanation& one) const {
        if (std::string advice = advice_on_end(one.first); !advice.empty())
            one.next.push_back(std::move(advice));
        one.next.push_back(resume("submits it again, and what waits for it"));
    }

    [[nodiscard]] std::string resume(std::string_view does) const {
        return fmt::format("'sbraid resume{}{}' {}", context_.run.empty() ? "" : " ", context_.run, does);
    }

    const SubmissionPlan& plan_;
    const RunState& state_;
    const ExplainContext& context_;
};

bool is_named(const std::vector<NamedJob>& named, const StatusRow& row) {
    return std::any_of(named.begin(), named.end(),
                       [&](const NamedJob& one) { return one.job == row.job && one.has(row.index); });
}

auto fate(const StatusRow& row) {
    return std::tie(row.task, row.state, row.exit_code, row.signal, row.reason, row.why);
}

}  // namespace

std::vector<Explanation> explain(const SubmissionPlan& plan, const RunState& state,
                                 const std::vector<NamedJob>& named, const ExplainContext& context) {
    std::vector<Explanation> all;
    for (StatusRow& row : status_rows(plan, state)) {
        if (!is_named(named, row)) continue;
        auto same = std::find_if(all.begin(), all.end(),
                                 [&](const Explanation& one) { return fate(one.first) == fate(row); });
        if (same == all.end())
            same = all.insert(all.end(), {.first = row, .elements = {}, .because = {}, .next = {}});
        if (row.element) same->elements.push_back(*row.element);
    }
    std::stable_partition(all.begin(), all.end(),
                          [](const Explanation& one) { return is_failure(one.first.state); });
    const Explainer explainer{plan, state, context};
    for (Explanation& one : all) explainer.complete(one);
    return all;
}

}  // namespace sbraid
