// A condition is a tree whose levels are joined by turns. Each level below the outermost becomes a gate,
// which is the fewest that can be: one --dependency has one kind of joint, and singleton is joined by `,`. A
// level whose text would be longer than Slurm takes is cut into gates of the same joint. An edge to a task
// that is cut into several jobs is one to each: all of them, but for afternotok, which any of them can meet.
#include "lowering.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>

#include "services.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_longest_dependency = 100'000;  // bytes; one of 20,600 ids of 4 digits was accepted

/// At most so many bytes: `:12345678_3+10`, and where any is enough, each with its kind.
std::size_t text_size(const PlannedEdge& edge, Join join) {
    std::size_t size = sizeof("12345678");
    if (join == Join::any) size += sizeof("afternotok");
    if (edge.element) size += sizeof("4000000");
    if (edge.delay.count() > 0) size += sizeof("71582788");  // minutes: 32 bits of seconds
    return size;
}

std::size_t text_size(const std::vector<PlannedEdge>& edges, Join join) {
    return std::accumulate(
        edges.begin(), edges.end(), std::size_t{0},
        [join](std::size_t sum, const PlannedEdge& edge) { return sum + text_size(edge, join); });
}

/// Options that decide where a task may run: its gates run there too.
constexpr std::array<std::string_view, 8> k_where{"account",   "clusters", "cluster-constraint", "mcs-label",
                                                  "partition", "qos",      "reservation",        "wckey"};

PlannedEdge planned(const Edge& edge, std::variant<JobIndex, JobId> parent,
                    std::optional<std::uint32_t> element) {
    return {
        .kind = edge.kind, .parent = parent, .element = element, .origin = edge.origin, .delay = edge.delay};
}

std::string key_of(Join join, const std::vector<PlannedEdge>& edges) {
    std::vector<std::string> words;
    words.reserve(edges.size());
    for (const PlannedEdge& edge : edges) {
        const auto* inside = std::get_if<JobIndex>(&edge.parent);
        std::string word =
            fmt::format("{}:{}{}", to_string(edge.kind), inside != nullptr ? "" : "job:",
                        inside != nullptr ? inside->value : std::get<JobId>(edge.parent).value);
        if (edge.element) word += fmt::format("_{}", *edge.element);
        if (edge.delay.count() > 0) word += fmt::format("+{}", edge.delay.count());
        words.push_back(std::move(word));
    }
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return fmt::format("{}", fmt::join(words, join == Join::any ? "?" : ","));
}

}  // namespace

Lowering::Lowering(SubmissionPlan& plan, const Workflow& workflow,
                   const std::vector<std::string>& gate_options)
    : plan_(plan), workflow_(workflow), gate_options_(gate_options), placed_(workflow.tasks().size()) {}

JobIndex Lowering::add(TaskIndex index, const std::vector<ArrayPart>& parts, PlannedJob job) {
    const Task& task = workflow_.task(index);
    Placed& placed = placed_[index.value];
    const std::size_t part = placed.jobs.size();
    if (parts.size() > 1) job.part = free_part(task.name, fmt::format("{}", part + 1));
    Needs needs = needs_of(task, part);
    // More parts than the limit lets run: as many lanes as it allows, in each one part after the other.
    if (const auto lanes = task.array ? task.array->limit : std::nullopt; lanes && part >= *lanes) {
        if (needs.join == Join::any && !needs.edges.empty()) needs = {Join::all, {}, {std::move(needs)}};
        needs.join = Join::all;
        needs.edges.push_back(
            {.kind = EdgeKind::afterany, .parent = placed.jobs[part - *lanes], .element = {}});
    }
    lower(job, std::move(needs), task);
    if (job.singleton && job.join == Join::any) {  // Slurm takes singleton among what must all be met
        const JobIndex any = gate({Join::any, std::move(job.edges), {}}, task);
        job.edges = {{.kind = EdgeKind::afterok, .parent = any, .element = {}}};
        job.join = Join::all;
    }
    const JobIndex added{static_cast<std::uint32_t>(plan_.jobs.size())};
    plan_.jobs.push_back(std::move(job));
    placed.jobs.push_back(added);
    if (task.array && placed.parts.empty()) placed.parts = parts;
    return added;
}

Lowering::Needs Lowering::needs_of(const Task& task, std::size_t part) const {
    if (task.condition) return needs_of(task, *task.condition, part);
    Needs needs;
    needs.edges.reserve(task.edges.size());
    for (const Edge& edge : task.edges) add_edge(needs, edge, part);
    return needs;
}

Lowering::Needs Lowering::needs_of(const Task& task, const Condition& condition, std::size_t part) const {
    Needs needs{condition.join, {}, {}};
    for (const std::uint32_t edge : condition.edges) add_edge(needs, task.edges[edge], part);
    for (const Condition& group : condition.groups) needs.groups.push_back(needs_of(task, group, part));
    return needs;
}

void Lowering::add_edge(Needs& into, const Edge& edge, std::size_t part) const {
    const auto* parent = std::get_if<TaskIndex>(&edge.parent);
    if (parent == nullptr) {
        into.edges.push_back(planned(edge, std::get<JobId>(edge.parent), edge.element));
        return;
    }
    const Placed& placed = placed_.at(parent->value);
    if (edge.element) {
        const auto holds = std::find_if(placed.parts.begin(), placed.parts.end(), [&](const ArrayPart& one) {
            return one.numbering.slurm_index(*edge.element, one.array).has_value();
        });
        const auto at = static_cast<std::size_t>(holds - placed.parts.begin());
        into.edges.push_back(
            planned(edge, placed.jobs.at(at), holds->numbering.slurm_index(*edge.element, holds->array)));
    } else if (edge.kind == EdgeKind::aftercorr && placed.jobs.size() > 1) {
        into.edges.push_back(
            planned(edge, placed.jobs.at(part), std::nullopt));  // equal arrays are cut alike
    } else if (edge.kind == EdgeKind::afternotok && placed.jobs.size() > 1 && into.join == Join::all) {
        Needs any{Join::any, {}, {}};
        for (const JobIndex job : placed.jobs) any.edges.push_back(planned(edge, job, std::nullopt));
        into.groups.push_back(std::move(any));
    } else if (edge.kind != EdgeKind::afternotok && placed.jobs.size() > 1 && into.join == Join::any) {
        Needs all;
        for (const JobIndex job : placed.jobs) all.edges.push_back(planned(edge, job, std::nullopt));
        into.groups.push_back(std::move(all));
    } else {
        for (const JobIndex job : placed.jobs) into.edges.push_back(planned(edge, job, std::nullopt));
    }
}

void Lowering::lower(PlannedJob& job, Needs needs, const Task& task) {
    // What is nothing but one other level is that level.
    while (needs.edges.empty() && needs.groups.size() == 1) {
        Needs only = std::move(needs.groups.front());
        needs = std::move(only);
    }
    for (Needs& group : needs.groups)
        needs.edges.push_back(
            {.kind = EdgeKind::afterok, .parent = gate(std::move(group), task), .element = {}});
    needs.groups.clear();
    if (text_size(needs.edges, needs.join) > k_longest_dependency) {
        std::vector<PlannedEdge> edges;
        const auto is_pair = [](const PlannedEdge& edge) { return edge.kind == EdgeKind::aftercorr; };
        std::copy_if(needs.edges.begin(), needs.edges.end(), std::back_inserter(edges), is_pair);
        std::erase_if(needs.edges, is_pair);
        for (auto begin = needs.edges.begin(); begin != needs.edges.end();) {
            std::size_t size = 0;
            const auto end = std::find_if(begin, needs.edges.end(), [&](const PlannedEdge& edge) {
                size += text_size(edge, needs.join);
                return size > k_longest_dependency;
            });
            edges.push_back({.kind = EdgeKind::afterok,
                             .parent = gate({needs.join, {begin, end}, {}}, task),
                             .element = {}});
            begin = end;
        }
        needs.edges = std::move(edges);
    }
    job.join = needs.edges.size() > 1 ? needs.join : Join::all;
    job.edges = std::move(needs.edges);
}

JobIndex Lowering::gate(Needs needs, const Task& task) {
    PlannedJob job;
    job.role = JobRole::gate;
    job.task = task.name;
    job.file = task.file;
    job.line = task.place.line;
    lower(job, std::move(needs), task);
    const auto [known, is_new] = gates_.try_emplace(key_of(job.join, job.edges));
    if (!is_new) return known->second;
    job.part = free_part(task.name, fmt::format("gate{}", gates_.size()));
    return known->second = add_small_job(std::move(job), task, {});
}

void Lowering::add_turnstile(TaskIndex turnstile) {
    const Task& task = workflow_.task(turnstile);
    placed_[turnstile.value].jobs.push_back(gate(needs_of(task, 0), task));
}

void Lowering::add_closer(TaskIndex service) {
    const Task& task = workflow_.task(service);
    Needs needs;
    for (const TaskIndex other : served_by(workflow_.tasks(), service))
        for (const JobIndex job : placed_[other.value].jobs)
            needs.edges.push_back({.kind = EdgeKind::afterany, .parent = job, .element = {}});
    PlannedJob job;
    job.role = JobRole::closer;
    job.task = task.name;
    job.line = task.place.line;
    lower(job, std::move(needs), task);
    job.part = free_part(task.name, "end");
    add_small_job(std::move(job), task, {});
}

/// Of all jobs and not only of the last: what was cancelled may end before what it waits for.
void Lowering::add_notifier() {
    Needs needs;
    for (std::uint32_t i = 0; i < plan_.jobs.size(); ++i)
        needs.edges.push_back({.kind = EdgeKind::afterany, .parent = JobIndex{i}, .element = {}});
    const Task& task = workflow_.tasks().front();
    PlannedJob job;
    job.role = JobRole::notifier;
    lower(job, std::move(needs), task);
    job.task = free_name("notify");
    const std::string logs = plan_.run_dir + "/logs";
    job.log_directories = {logs};
    std::string output = fmt::format("{}/{}-%j.out", logs, job.task);
    // It reads the whole plan, and has time to try again.
    add_small_job(std::move(job), task, {"512M", "15", std::move(output)});
}

JobIndex Lowering::add_small_job(PlannedJob job, const Task& task, SmallJob how) {
    job.output = std::move(how.output);
    job.options = {"--chdir=/",
                   "--cpus-per-task=1",
                   fmt::format("--job-name={}.{}", plan_.workflow, job.name()),
                   fmt::format("--mem={}", how.memory),
                   "--nodes=1",
                   "--ntasks=1",
                   fmt::format("--output={}", job.output),
                   fmt::format("--time={}", how.minutes)};
    for (const std::string_view name : k_where) {
        const SbatchOption* const option = task.option(name);
        if (option != nullptr && option->value)
            job.options.push_back(fmt::format("--{}={}", name, *option->value));
    }
    std::sort(job.options.begin(), job.options.end());
    job.options.insert(job.options.end(), gate_options_.begin(), gate_options_.end());
    plan_.jobs.push_back(std::move(job));
    return JobIndex{static_cast<std::uint32_t>(plan_.jobs.size() - 1)};
}

std::string Lowering::free_part(const std::string& task, const std::string& stem) {
    return free_name(task + "." + stem).substr(task.size() + 1);
}

std::string Lowering::free_name(std::string name) {
    if (names_.empty()) {
        for (const Task& other : workflow_.tasks()) names_.insert(other.name);
        for (const SubWorkflowName& sub : workflow_.sub_workflows()) names_.insert(sub.name);
    }
    while (!names_.insert(name).second) name += '_';
    return name;
}

}  // namespace sbraid
