// One index over the records by job key, one over sacct's rows by job key and attempt; then every element of
// the plan picks what is its own. Of several attempts (requeues) the last counts: sacct lists them by submit
// time, records carry the restart count. Where the last attempt left no records, nothing is known of it, and
// those of the attempt before do not stand in for it.

#include "sbraid/report.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "report_memory.hpp"
#include "report_warnings.hpp"
#include "sbraid/clocks.hpp"
#include "sbraid/gpu_request.hpp"
#include "sbraid/reason.hpp"
#include "sbraid/status_view.hpp"
#include "sbraid/tres.hpp"

namespace sbraid {
namespace {

using std::chrono::seconds;

/// What was recorded of one job or element, all attempts.
struct Recorded {
    std::vector<const GpuUsed*> gpus;
    std::vector<const StepStarted*> steps;
    std::vector<const RankState*> ranks;
    std::uint32_t last_restart = 0;
};

/// One attempt as sacct has it.
struct Attempt {
    const SacctRow* job = nullptr;
    std::vector<const SacctRow*> steps;
};

using RecordIndex = std::map<JobKey, Recorded>;
using AttemptIndex = std::map<JobKey, std::vector<Attempt>>;

RecordIndex index_records(const RunState& state) {
    RecordIndex index;
    const auto of = [&](const StepKey& where) -> Recorded& {
        Recorded& recorded = index[where.key];
        recorded.last_restart = std::max(recorded.last_restart, where.restart);
        return recorded;
    };
    for (const auto& gpu : state.gpus) of(gpu.where).gpus.push_back(&gpu);
    for (const auto& step : state.steps) of(step.where).steps.push_back(&step);
    for (const auto& rank : state.ranks) of(rank.where).ranks.push_back(&rank);
    return index;
}

/// Keeps only the last attempt's. `attempts`: how many there were by the restart counts that the batch
/// scripts and Slurm told; not by sacct's rows, which a resized job has several of too.
Recorded last_attempt(const RecordIndex& index, const JobKey& key, JobId raw, std::uint32_t attempts) {
    auto found = index.find(key);
    // An older record may name an element by its own job id.
    if (found == index.end() && raw.value != 0) found = index.find(JobKey{raw, std::nullopt});
    if (found == index.end()) return {};
    Recorded recorded = found->second;
    if (attempts > 0) recorded.last_restart = std::max(recorded.last_restart, attempts - 1);
    const auto is_earlier = [&](const auto* record) {
        return record->where.restart != recorded.last_restart;
    };
    std::erase_if(recorded.gpus, is_earlier);
    std::erase_if(recorded.steps, is_earlier);
    std::erase_if(recorded.ranks, is_earlier);
    return recorded;
}

/// sacct gives the steps of an allocation behind it. Jobs of another time with the same id are left out: ours
/// were submitted after the run was made (clocks.hpp), later ones of other runs have
/// their token.
AttemptIndex index_accounting(const std::vector<SacctRow>& rows, std::string_view run,
                              const std::optional<Timestamp>& created) {
    AttemptIndex index;
    std::set<JobKey> foreign;  // whose steps follow
    for (const auto& row : rows) {
        const JobKey& key = row.status.key;
        if (!row.step.empty()) {
            const auto found = index.find(key);
            if (found != index.end() && !foreign.contains(key)) found->second.back().steps.push_back(&row);
            continue;
        }
        const bool is_older = created && row.status.submit && *row.status.submit < *created - k_clocks_differ;
        if (is_older || !may_be_of(run, row.submit_line)) {
            foreign.insert(key);
            continue;
        }
        foreign.erase(key);
        index[key].push_back(Attempt{&row, {}});
    }
    for (auto& [key, attempts] : index) {
        std::stable_sort(attempts.begin(), attempts.end(), [](const Attempt& a, const Attempt& b) {
            return a.job->status.submit < b.job->status.submit;
        });
    }
    return index;
}

std::int64_t whole_seconds(Timestamp from, Timestamp to) {
    return std::max<std::int64_t>(0, std::chrono::floor<seconds>(to - from).count());
}

/// First start and last end of the ranks of an attempt.
struct Span {
    std::optional<Timestamp> start, end;
};
Span span_of(const std::vector<const RankState*>& ranks) {
    Span span;
    for (const auto* rank : ranks) {
        if (rank->start && (!span.start || *rank->start < *span.start)) span.start = rank->start;
        if (rank->end && (!span.end || *rank->end > *span.end)) span.end = rank->end;
    }
    return span;
}

/// Seconds that a step had its GPUs, by its ranks on that node.
double step_seconds(const std::vector<const RankState*>& ranks, const StepKey& where) {
    std::vector<const RankState*> own;
    std::copy_if(ranks.begin(), ranks.end(), std::back_inserter(own), [&](const auto* rank) {
        return rank->where.step == where.step && rank->where.node == where.node;
    });
    const Span span = span_of(own);
    if (!span.start || !span.end) return 1;
    return std::chrono::duration<double>(*span.end - *span.start).count();
}

bool option_given(const PlannedJob& job, std::initializer_list<std::string_view> names) {
    return std::any_of(job.options.begin(), job.options.end(), [&](const std::string& option) {
        return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
            return option.starts_with(std::string(name) + "=");
        });
    });
}

template <class Number>
void add(std::optional<Number>& sum, Number more) {
    sum = sum.value_or(Number{}) + more;
}

Totals total_of(const std::vector<Attempt>& attempts) {
    Totals total;
    for (const Attempt& attempt : attempts) {
        const SacctRow& job = *attempt.job;
        if (!job.status.start || !job.elapsed_s) continue;
        add(total.elapsed_s, *job.elapsed_s);
        // Until a job has ended sacct knows nothing of its use, and says 0. Before a requeue it has.
        const bool has_ended = is_terminal(job.status.state) || &attempt != &attempts.back();
        if (has_ended && job.cpu_time_us) add(total.cpu_used_s, static_cast<double>(*job.cpu_time_us) / 1e6);
        if (const auto gpus = gpus_of_tres(job.alloc_tres)) add(total.gpu_s, *gpus * *job.elapsed_s);
    }
    return total;
}

void take_accounting(ReportRow& row, const std::vector<Attempt>& attempts) {
    const auto started = std::count_if(attempts.begin(), attempts.end(), [](const Attempt& attempt) {
        return attempt.job->status.start.has_value();
    });
    row.attempts = std::max(row.attempts, static_cast<std::uint32_t>(started));
    const SacctRow& job = *attempts.back().job;
    const SacctRow& first = *attempts.front().job;
    // The state file may hear of the end later than sacct does.
    if (!is_terminal(row.state) && is_terminal(job.status.state)) row.state = job.status.state;
    if (!row.exit_code && !row.signal) {
        row.exit_code = job.status.exit_code;
        row.signal = job.status.signal;
    }
    if (first.status.submit && first.eligible) {
        row.ineligible_s = whole_seconds(*first.status.submit, *first.eligible);
    }
    if (first.eligible && first.status.start) {
        row.wait_s = whole_seconds(*first.eligible, *first.status.start);
    }
    if (job.status.start) row.elapsed_s = job.elapsed_s;
    row.cpus_asked = job.req_cpus;
    if (job.status.start && job.cpu_time_us) row.cpu_used_s = static_cast<double>(*job.cpu_time_us) / 1e6;
    const double given_s =
        static_cast<double>(job.alloc_cpus.value_or(0)) * static_cast<double>(job.elapsed_s.value_or(0));
    // Until a job has ended sacct knows nothing of its use, and says 0.
    if (!is_terminal(job.status.state)) row.cpu_used_s.reset();
    if (row.cpu_used_s && given_s > 0) row.cpu_efficiency = *row.cpu_used_s / given_s;
    row.mem_asked_bytes = job.req_mem_bytes;
    if (const auto gpus = gpus_of_tres(job.req_tres)) row.gpus_asked = gpus;
    row.total = total_of(attempts);
}

/// Where sacct cannot tell: from the state file alone. When a job became eligible is known only of one that
/// was so from the beginning.
void take_records(ReportRow& row, const StatusRow& status, const PlannedJob& job, const Recorded& recorded,
                  Timestamp now) {
    const Span span = span_of(recorded.ranks);
    const auto start = status.start ? status.start : span.start;
    const bool eligible_at_once = job.edges.empty() && !option_given(job, {"--begin", "--dependency"});
    if (!row.wait_s && status.submit && start && eligible_at_once) {
        row.wait_s = whole_seconds(*status.submit, *start);
    }
    if (!row.elapsed_s && start) {
        const auto end = status.end ? status.end : is_terminal(row.state) ? span.end : now;
        if (end) row.elapsed_s = whole_seconds(*start, *end);
    }
}

/// Completes `why`: what Slurm's state says, and what ran out of memory although the state is another.
void explain_failure(ReportRow& row) {
    if (!is_failure(row.state)) return;
    if (row.why.empty()) {
        JobStatus end;
        end.state = row.state;
        end.exit_code = row.exit_code;
        end.signal = row.signal;
        row.why = end_in_words(end);
    }
    if (!row.out_of_memory) return;
    const std::string without_limit =
        "; " + in_words(OutOfMemory{.step = row.out_of_memory->step, .limit_bytes = {}});
    if (row.state == JobState::out_of_memory || row.why.ends_with(without_limit)) {
        row.why += limit_in_words(*row.out_of_memory);
    } else {
        row.why += "; " + in_words(*row.out_of_memory);
    }
}

}  // namespace

RunReport report(const SubmissionPlan& plan, const RunState& state, RunPhase phase,
                 const std::optional<std::vector<SacctRow>>& accounting, Timestamp now) {
    RunReport result{.run = plan.run,
                     .workflow = plan.workflow,
                     .dir = plan.run_dir,
                     .phase = phase,
                     .created = state.created_at,
                     .accounting = accounting.has_value(),
                     .rows = {}};
    const RecordIndex records = index_records(state);
    const AttemptIndex attempts =
        accounting ? index_accounting(*accounting, plan.run, state.created_at) : AttemptIndex{};
    std::map<std::string, const PlannedJob*> planned;
    for (const auto& job : plan.jobs)
        if (job.role == JobRole::task) planned.try_emplace(job.task, &job);

    for (const StatusRow& status : status_rows(plan, state)) {
        const PlannedJob& job = *planned.at(status.task);
        const auto key = parse_job_key(status.job_id);
        ReportRow row;
        row.run = plan.run;
        row.task = status.task;
        row.element = status.element;
        row.job_id = status.job_id;
        row.state = status.state;
        row.exit_code = status.exit_code;
        row.signal = status.signal;
        row.attempts = status.attempts;
        row.why = status.why;
        Recorded recorded;
        const Attempt* last = nullptr;
        if (key) {
            JobId raw;
            auto found = attempts.find(*key);
            // An array that was cancelled before it started has one row for all its elements.
            if (found == attempts.end()) found = attempts.find(JobKey{key->job, std::nullopt});
            if (found != attempts.end()) {
                take_accounting(row, found->second);
                last = &found->second.back();
                raw = last->job->status.raw;
            }
            recorded = last_attempt(records, *key, raw, status.allocations);
        }
        take_records(row, status, job, recorded, now);
        add_memory(row, last != nullptr ? last->job : nullptr,
                   last != nullptr ? last->steps : std::vector<const SacctRow*>{}, recorded.ranks);
        if (!row.gpus_asked) row.gpus_asked = gpus_requested(job);
        row.gpu = gpu_use(recorded.gpus, recorded.steps,
                          [&](const StepKey& where) { return step_seconds(recorded.ranks, where); });
        add_warnings(row, recorded.ranks, option_given(job, {"--mem", "--mem-per-cpu", "--mem-per-gpu"}));
        explain_failure(row);
        result.simulated = result.simulated || row.gpu.summary.simulated;
        result.rows.push_back(std::move(row));
    }
    return result;
}

}  // namespace sbraid
