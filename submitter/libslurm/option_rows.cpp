#include "option_rows.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <string>

#include "gpu_options.hpp"
#include "job_request.hpp"
#include "option_values.hpp"

// One row an option, by name: where its value goes, and how it is read. What is not here, sbatch does.

namespace sbraid {

namespace {

using Desc = job_desc_msg_t;
using Ranks = JobRequest::Ranks;

template <auto Field>
bool text(JobRequest& job, std::string_view value) {
    job.desc.*Field = job.keep(value);
    return true;
}

/// The same, and the job is told in a variable of its environment.
template <auto Field>
void told(JobRequest& job, std::string_view value, std::string_view variable) {
    job.desc.*Field = job.keep(value);
    job.environment.set(variable, value);
}

template <auto Field, std::uint32_t Least>
bool number(JobRequest& job, std::string_view value) {
    using Number = std::remove_reference_t<decltype(job.desc.*Field)>;
    const auto parsed = parse_number(value, Least, sizeof(Number) == 2 ? 0xfff0 : 0x7fffffff);
    if (parsed) job.desc.*Field = static_cast<Number>(*parsed);
    return parsed.has_value();
}

template <std::uint64_t Flag>
bool flag(JobRequest& job, std::string_view /*value*/) {
    job.desc.bitflags |= Flag;
    return true;
}

/// A number that others are made of.
template <auto Field>
bool of_ranks(JobRequest& job, std::string_view value) {
    job.ranks.*Field = parse_number(value, 1, 0xfff0);
    return (job.ranks.*Field).has_value();
}

template <auto Field>
bool view(JobRequest& job, std::string_view value) {
    job.*Field = value;
    return true;
}

/// For --output and its like: `none` is /dev/null.
template <auto Field>
bool file(JobRequest& job, std::string_view value) {
    job.*Field = equal_ignoring_case(value, "none") ? std::string_view("/dev/null") : value;
    return !value.empty();
}

template <auto Field>
bool time_limit(JobRequest& job, std::string_view value) {
    const auto minutes = static_cast<std::uint32_t>(slurm_time_str2mins(job.keep(value)));
    if (minutes == NO_VAL) return false;
    job.desc.*Field = minutes == 0 ? INFINITE : minutes;
    return true;
}

template <auto Field>
bool moment(JobRequest& job, std::string_view value) {
    static std::mutex mutex;  // slurm_parse_time() keeps its clock in variables of its own
    const std::lock_guard lock(mutex);
    job.desc.*Field = slurm_parse_time(job.keep(value), 0);
    return job.desc.*Field != 0;
}

bool take_delay_boot(JobRequest& job, std::string_view value) {
    const auto seconds = static_cast<std::uint32_t>(slurm_time_str2secs(job.keep(value)));
    job.desc.delay_boot = seconds;
    return seconds != NO_VAL;
}

bool take_exclusive(JobRequest& job, std::string_view value) {
    constexpr std::array<std::pair<std::string_view, std::uint16_t>, 5> k_ways{
        {{"", JOB_SHARED_NONE},
         {"exclusive", JOB_SHARED_NONE},
         {"oversubscribe", JOB_SHARED_OK},
         {"user", JOB_SHARED_USER},
         {"mcs", JOB_SHARED_MCS}}};
    for (const auto& [word, shared] : k_ways) {
        if (!equal_ignoring_case(word, value)) continue;
        job.desc.shared = shared;
        return true;
    }
    return false;
}

bool take_oversubscribe(JobRequest& job, std::string_view /*value*/) {
    job.desc.shared = JOB_SHARED_OK;
    return true;
}

/// A file with names of nodes is sbatch's business.
bool take_exclude(JobRequest& job, std::string_view value) {
    job.desc.exc_nodes = job.keep(value);
    return value.find('/') == std::string_view::npos;
}

bool take_gres_flags(JobRequest& job, std::string_view value) {
    if (equal_ignoring_case(value, "disable-binding")) return flag<GRES_DISABLE_BIND>(job, value);
    return equal_ignoring_case(value, "enforce-binding") && flag<GRES_ENFORCE_BIND>(job, value);
}

bool take_hold(JobRequest& job, std::string_view /*value*/) {
    job.is_held = true;
    return true;
}

bool take_kill_on_invalid_dep(JobRequest& job, std::string_view value) {
    if (equal_ignoring_case(value, "yes")) return flag<KILL_INV_DEP>(job, value);
    return equal_ignoring_case(value, "no") && flag<NO_KILL_INV_DEP>(job, value);
}

bool take_dependency(JobRequest& job, std::string_view value) {
    told<&Desc::dependency>(job, value, "SLURM_JOB_DEPENDENCY");
    return true;
}

bool take_job_name(JobRequest& job, std::string_view value) {
    if constexpr (release::k_tells_name_and_mode) {
        told<&Desc::name>(job, value, "SLURM_JOB_NAME");
    } else {
        job.desc.name = job.keep(value);
    }
    return true;
}

bool take_mail_type(JobRequest& job, std::string_view value) {
    const auto types = parse_mail_types(value);
    if (types) job.desc.mail_type = *types;
    return types.has_value();
}

bool take_mem(JobRequest& job, std::string_view value) {
    const auto amount = parse_memory(value);
    if (amount) job.desc.pn_min_memory = *amount;
    return amount.has_value();
}

bool take_mem_per_cpu(JobRequest& job, std::string_view value) {
    const auto amount = parse_memory(value);
    if (amount) job.desc.pn_min_memory = *amount | MEM_PER_CPU;
    return amount.has_value();
}

bool take_nice(JobRequest& job, std::string_view value) {
    const bool is_negative = value.starts_with('-');
    const auto amount = value.empty() ? std::optional<std::uint32_t>{100}
                                      : parse_number(value.substr(is_negative ? 1 : 0), 0, NICE_OFFSET - 3);
    if (amount) job.desc.nice = is_negative ? NICE_OFFSET - *amount : NICE_OFFSET + *amount;
    return amount.has_value();
}

bool take_no_kill(JobRequest& job, std::string_view value) {
    const bool goes_on = value.empty() || equal_ignoring_case(value, "set");
    if (goes_on) job.desc.kill_on_node_fail = 0;
    return goes_on || equal_ignoring_case(value, "off") || equal_ignoring_case(value, "no");
}

template <bool Allowed>
bool requeue(JobRequest& job, std::string_view /*value*/) {
    job.desc.requeue = Allowed ? 1 : 0;
    return true;
}

bool take_nodes(JobRequest& job, std::string_view value) {
    const auto count = parse_nodes(value);
    if (!count) return false;
    job.ranks.least_nodes = count->least;
    job.ranks.most_nodes = count->most;
    job.ranks.nodes_set = true;
    return true;
}

/// A file with names of nodes is sbatch's business, and so are sizes that the list does not name.
bool take_nodelist(JobRequest& job, std::string_view value) {
    if (value.find_first_of("/{") != std::string_view::npos) return false;
    auto* const nodes = slurm_hostlist_create(job.keep(value));
    if (nodes == nullptr) return false;
    slurm_hostlist_uniq(nodes);
    job.ranks.named_nodes = static_cast<std::uint32_t>(slurm_hostlist_count(nodes));
    std::array<char, 65536> names{};
    const auto size = slurm_hostlist_ranged_string(nodes, names.size(), names.data());
    slurm_hostlist_destroy(nodes);
    if (size <= 0) return false;
    job.desc.req_nodes = job.keep(names.data());
    return true;
}

bool take_ntasks(JobRequest& job, std::string_view value) {
    const auto count = parse_number(value, 1);
    if (!count) return false;
    job.ranks.count = *count;
    job.ranks.is_set = true;
    return true;
}

/// `1@60`.
bool take_switches(JobRequest& job, std::string_view value) {
    const auto at = value.find('@');
    const auto count = parse_number(value.substr(0, at), 1);
    if (count) job.desc.req_switch = *count;
    if (at == std::string_view::npos) return count.has_value();
    const auto seconds = static_cast<std::uint32_t>(slurm_time_str2secs(job.keep(value.substr(at + 1))));
    job.desc.wait4switch = seconds;
    return count.has_value() && seconds != NO_VAL;
}

bool take_contiguous(JobRequest& job, std::string_view /*value*/) {
    job.desc.contiguous = 1;
    return true;
}

template <auto Field>
bool ranks_on(JobRequest& job, std::string_view value, std::string_view variable) {
    if (!number<Field, 1>(job, value)) return false;
    job.environment.set(variable, value);
    return true;
}
bool take_ntasks_per_socket(JobRequest& job, std::string_view value) {
    return ranks_on<&Desc::ntasks_per_socket>(job, value, "SLURM_NTASKS_PER_SOCKET");
}
bool take_ntasks_per_core(JobRequest& job, std::string_view value) {
    return ranks_on<&Desc::ntasks_per_core>(job, value, "SLURM_NTASKS_PER_CORE");
}

bool take_open_mode(JobRequest& job, std::string_view value) {
    const bool appends = value.starts_with('a') || value.starts_with('A');
    if (!appends && !value.starts_with('t') && !value.starts_with('T')) return false;
    job.desc.open_mode = appends ? OPEN_MODE_APPEND : OPEN_MODE_TRUNCATE;
    if constexpr (release::k_tells_name_and_mode) job.environment.set("SLURM_OPEN_MODE", appends ? "a" : "t");
    return true;
}

bool take_overcommit(JobRequest& job, std::string_view /*value*/) {
    job.ranks.overcommit = true;
    return true;
}

/// It is about what sbatch prints.
bool take_parsable(JobRequest& /*job*/, std::string_view /*value*/) {
    return true;
}

bool take_priority(JobRequest& job, std::string_view value) {
    const auto priority = parse_number(value, 1, NO_VAL - 2);
    if (priority) job.desc.priority = *priority;
    return priority.has_value();
}

bool take_signal(JobRequest& job, std::string_view value) {
    const auto warning = parse_warning_signal(value);
    if (!warning) return false;
    job.desc.warn_flags = warning->flags;
    job.desc.warn_signal = warning->signal;
    job.desc.warn_time = warning->lead;
    return true;
}

bool take_tmp(JobRequest& job, std::string_view value) {
    const auto amount = parse_memory(value);
    if (!amount || *amount >= NO_VAL) return false;
    job.desc.pn_min_tmp_disk = static_cast<std::uint32_t>(*amount);
    return true;
}

constexpr auto k_none = OptionRow::Value::none;
constexpr auto k_needed = OptionRow::Value::needed;
constexpr auto k_optional = OptionRow::Value::optional;

// clang-format off
constexpr std::array k_rows{  // by name
    OptionRow{"account", k_needed, text<&Desc::account>},
    OptionRow{"array", k_needed, text<&Desc::array_inx>},
    OptionRow{"batch", k_needed, text<&Desc::batch_features>},
    OptionRow{"begin", k_needed, moment<&Desc::begin_time>},
    OptionRow{"chdir", k_needed, view<&JobRequest::folder>},
    OptionRow{"comment", k_needed, text<&Desc::comment>},
    OptionRow{"constraint", k_needed, text<&Desc::features>},
    OptionRow{"contiguous", k_none, take_contiguous},
    OptionRow{"cores-per-socket", k_needed, of_ranks<&Ranks::cores>},
    OptionRow{"cpus-per-gpu", k_needed, take_cpus_per_gpu},
    OptionRow{"cpus-per-task", k_needed, of_ranks<&Ranks::cpus>},
    OptionRow{"deadline", k_needed, moment<&Desc::deadline>},
    OptionRow{"delay-boot", k_needed, take_delay_boot},
    OptionRow{"dependency", k_needed, take_dependency},
    OptionRow{"error", k_needed, file<&JobRequest::error>},
    OptionRow{"exclude", k_needed, take_exclude},
    OptionRow{"exclusive", k_optional, take_exclusive},
    OptionRow{"export", k_needed, view<&JobRequest::exported>},
    OptionRow{"gpus", k_needed, take_gpus},
    OptionRow{"gpus-per-node", k_needed, take_gpus_per_node},
    OptionRow{"gpus-per-socket", k_needed, take_gpus_per_socket},
    OptionRow{"gpus-per-task", k_needed, take_gpus_per_task},
    OptionRow{"gres", k_needed, take_gres},
    OptionRow{"gres-flags", k_needed, take_gres_flags},
    OptionRow{"hold", k_none, take_hold},
    OptionRow{"input", k_needed, file<&JobRequest::input>},
    OptionRow{"job-name", k_needed, take_job_name},
    OptionRow{"kill-on-invalid-dep", k_needed, take_kill_on_invalid_dep},
    OptionRow{"licenses", k_needed, text<&Desc::licenses>},
    OptionRow{"mail-type", k_needed, take_mail_type},
    OptionRow{"mail-user", k_needed, text<&Desc::mail_user>},
    OptionRow{"mcs-label", k_needed, text<&Desc::mcs_label>},
    OptionRow{"mem", k_needed, take_mem},
    OptionRow{"mem-per-cpu", k_needed, take_mem_per_cpu},
    OptionRow{"mem-per-gpu", k_needed, take_mem_per_gpu},
    OptionRow{"mincpus", k_needed, of_ranks<&Ranks::least_cpus>},
    OptionRow{"nice", k_optional, take_nice},
    OptionRow{"no-kill", k_optional, take_no_kill},
    OptionRow{"no-requeue", k_none, requeue<false>},
    OptionRow{"nodelist", k_needed, take_nodelist},
    OptionRow{"nodes", k_needed, take_nodes},
    OptionRow{"ntasks", k_needed, take_ntasks},
    OptionRow{"ntasks-per-core", k_needed, take_ntasks_per_core},
    OptionRow{"ntasks-per-node", k_needed, of_ranks<&Ranks::on_node>},
    OptionRow{"ntasks-per-socket", k_needed, take_ntasks_per_socket},
    OptionRow{"open-mode", k_needed, take_open_mode},
    OptionRow{"output", k_needed, file<&JobRequest::output>},
    OptionRow{"overcommit", k_none, take_overcommit},
    OptionRow{"oversubscribe", k_none, take_oversubscribe},
    OptionRow{"parsable", k_none, take_parsable},
    OptionRow{"partition", k_needed, text<&Desc::partition>},
    OptionRow{"prefer", k_needed, text<&Desc::prefer>},
    OptionRow{"priority", k_needed, take_priority},
    OptionRow{"qos", k_needed, text<&Desc::qos>},
    OptionRow{"requeue", k_none, requeue<true>},
    OptionRow{"reservation", k_needed, text<&Desc::reservation>},
    OptionRow{"signal", k_needed, take_signal},
    OptionRow{"sockets-per-node", k_needed, of_ranks<&Ranks::sockets>},
    OptionRow{"spread-job", k_none, flag<SPREAD_JOB>},
    OptionRow{"switches", k_needed, take_switches},
    OptionRow{"threads-per-core", k_needed, of_ranks<&Ranks::threads>},
    OptionRow{"time", k_needed, time_limit<&Desc::time_limit>},
    OptionRow{"time-min", k_needed, time_limit<&Desc::time_min>},
    OptionRow{"tmp", k_needed, take_tmp},
    OptionRow{"use-min-nodes", k_none, flag<USE_MIN_NODES>},
    OptionRow{"wait-all-nodes", k_needed, number<&Desc::wait_all_nodes, 0>},
    OptionRow{"wckey", k_needed, text<&Desc::wckey>},
};
// clang-format on
static_assert(std::is_sorted(k_rows.begin(), k_rows.end(),
                             [](const OptionRow& a, const OptionRow& b) { return a.name < b.name; }));

}  // namespace

const OptionRow* find_option_row(std::string_view name) {
    const auto found =
        std::lower_bound(k_rows.begin(), k_rows.end(), name,
                         [](const OptionRow& row, std::string_view n) { return row.name < n; });
    return found == k_rows.end() || found->name != name ? nullptr : &*found;
}

}  // namespace sbraid
