#include "job_environment.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

#include "option_values.hpp"
#include "release.hpp"

// Entries are looked for one by one: there are some dozens, and a dozen is set for each job.

namespace sbraid {

namespace {

bool is_of(std::string_view entry, std::string_view name) {
    return entry.starts_with(name) && entry.substr(name.size()).starts_with('=');
}

bool is_in_list(std::string_view list, std::string_view name) {
    while (!list.empty()) {
        auto word = list.substr(0, list.find_first_of(", \t\n"));
        list.remove_prefix(std::min(list.size(), word.size() + 1));
        if (word.starts_with("RLIMIT_")) word.remove_prefix(std::string_view("RLIMIT_").size());
        if (word == name) return true;
    }
    return false;
}

/// PropagateResourceLimits and PropagateResourceLimitsExcept; neither is set: all are.
bool is_propagated(std::string_view limit) {
    if (slurm_conf.propagate_rlimits_except != nullptr)
        return !is_in_list(slurm_conf.propagate_rlimits_except, limit);
    if (slurm_conf.propagate_rlimits == nullptr) return true;
    const std::string_view list = slurm_conf.propagate_rlimits;
    return list == "ALL" || (list != "NONE" && is_in_list(list, limit));
}

std::size_t find_in(const std::vector<const char*>& entries, std::string_view name) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [name](const char* entry) { return is_of(entry, name); });
    return static_cast<std::size_t>(found - entries.begin());
}

constexpr std::array<std::pair<__rlimit_resource, std::string_view>, 10> k_limits{{
    {RLIMIT_CPU, "CPU"},
    {RLIMIT_FSIZE, "FSIZE"},
    {RLIMIT_DATA, "DATA"},
    {RLIMIT_STACK, "STACK"},
    {RLIMIT_CORE, "CORE"},
    {RLIMIT_RSS, "RSS"},
    {RLIMIT_NPROC, "NPROC"},
    {RLIMIT_NOFILE, "NOFILE"},
    {RLIMIT_MEMLOCK, "MEMLOCK"},
    {RLIMIT_AS, "AS"},
}};

}  // namespace

JobEnvironment::JobEnvironment(const char* const* base) {
    for (; *base != nullptr; ++base) entries_.push_back(*base);
}

std::size_t JobEnvironment::find(std::string_view name) const {
    return find_in(entries_, name);
}

void JobEnvironment::set_entry(std::string_view entry) {
    const auto equals = entry.find('=');
    set(entry.substr(0, equals), entry.substr(std::min(entry.size(), equals + 1)));
}

void JobEnvironment::set(std::string_view name, std::string_view value) {
    const auto at = find(name);
    own_.push_back(std::string(name).append("=").append(value));
    if (at == entries_.size()) {
        entries_.push_back(own_.back().c_str());
    } else {
        entries_[at] = own_.back().c_str();
    }
}

void JobEnvironment::set_if_absent(std::string_view name, std::string_view value) {
    if (find(name) == entries_.size()) set(name, value);
}

void JobEnvironment::remove(std::string_view name) {
    if (const auto at = find(name); at < entries_.size())
        entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(at));
}

std::optional<std::string_view> JobEnvironment::value(std::string_view name) const {
    const auto at = find(name);
    if (at == entries_.size()) return std::nullopt;
    return std::string_view(entries_[at]).substr(name.size() + 1);
}

void JobEnvironment::keep_slurm_only() {
    std::erase_if(entries_, [](std::string_view entry) {
        return !entry.starts_with("SLURM") && !entry.starts_with("_SLURM_SPANK_OPTION_");
    });
}

void JobEnvironment::keep_listed(std::string_view list) {
    const auto before = std::exchange(entries_, {});
    for (auto rest = list; !rest.empty();) {
        const auto word = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        if (equal_ignoring_case(word, "ALL")) {
            for (const char* entry : before) set_entry(entry);
        } else if (word.find('=') != std::string_view::npos) {
            set_entry(word);
        } else if (const auto at = find_in(before, word); at < before.size()) {
            set_entry(before[at]);
        }
    }
    for (const std::string_view entry : before)
        if (entry.starts_with("SLURM_")) set_entry(entry);
}

bool JobEnvironment::keep_exported(std::string_view exported) {
    if (equal_ignoring_case(exported, "ALL")) return true;
    if (exported.find_first_of("'\"") != std::string_view::npos || equal_ignoring_case(exported, "NIL"))
        return false;
    set_if_absent("SLURM_EXPORT_ENV", exported);
    if (equal_ignoring_case(exported, "NONE")) {
        keep_slurm_only();
    } else {
        keep_listed(exported);
    }
    set("SLURM_GET_USER_ENV", "1");
    return true;
}

char** JobEnvironment::data() {
    handed_out_.clear();
    // Slurm packs them and does not write to them.
    for (const char* entry : entries_) handed_out_.push_back(const_cast<char*>(entry));
    handed_out_.push_back(nullptr);
    return handed_out_.data();
}

Surroundings::Surroundings() {
    for (const auto& [resource, name] : k_limits) {
        rlimit limit{};
        if (!is_propagated(name) || ::getrlimit(resource, &limit) != 0) continue;
        variables_.emplace_back(std::string("SLURM_RLIMIT_").append(name), std::to_string(limit.rlim_cur));
    }
    errno = 0;  // -1 is a priority
    const int priority = ::getpriority(PRIO_PROCESS, 0);
    if (priority != -1 || errno == 0) variables_.emplace_back("SLURM_PRIO_PROCESS", std::to_string(priority));
    std::array<char, PATH_MAX + 1> folder{};
    if (::getcwd(folder.data(), folder.size()) != nullptr)
        variables_.emplace_back("SLURM_SUBMIT_DIR", folder.data());
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) == 0)
        variables_.emplace_back("SLURM_SUBMIT_HOST", host.data());
    const auto mask = ::umask(0);
    ::umask(mask);
    umask_ = "0";
    for (const unsigned shift : {6U, 3U, 0U}) umask_ += static_cast<char>('0' + (mask >> shift & 7U));
}

void Surroundings::tell(JobEnvironment& environment) const {
    for (const auto& [name, value] : variables_) environment.set(name, value);
    environment.set_if_absent("SLURM_UMASK", umask_);
}

}  // namespace sbraid
