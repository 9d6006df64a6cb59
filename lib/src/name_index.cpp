// Names and globs over many tasks.
//
// A name is looked up in a hash table of numbers, twice as large as there are names; one that finds its slot
// taken goes to the next. (A std::unordered_map would be a hundred thousand small pieces of memory.)
//
// A glob is matched only against the names that share the text before its first `*` (a range of the sorted
// names), or, when it starts with `*`, the text behind its last one (a range of the names sorted from their
// ends). What was found is kept, since many tasks wait for the same glob.
#include "name_index.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <numeric>

#include "sbraid/suggest.hpp"

namespace sbraid {
namespace {

constexpr std::uint32_t k_free = std::numeric_limits<std::uint32_t>::max();

// The part of `sorted` whose names start with `prefix`.
template <class Name>
std::pair<std::size_t, std::size_t> range_of(const std::vector<std::uint32_t>& sorted,
                                             std::string_view prefix, Name name) {
    const auto cut = [&](std::uint32_t i) { return std::string_view{name(i)}.substr(0, prefix.size()); };
    const auto first = std::lower_bound(sorted.begin(), sorted.end(), prefix,
                                        [&](std::uint32_t i, std::string_view p) { return cut(i) < p; });
    const auto last = std::upper_bound(first, sorted.end(), prefix,
                                       [&](std::string_view p, std::uint32_t i) { return p < cut(i); });
    return {static_cast<std::size_t>(first - sorted.begin()),
            static_cast<std::size_t>(last - sorted.begin())};
}

std::vector<std::uint32_t> numbers(std::size_t count) {
    std::vector<std::uint32_t> result(count);
    std::iota(result.begin(), result.end(), 0U);
    return result;
}

std::vector<std::string_view> names_of(const std::vector<Task>& tasks) {
    std::vector<std::string_view> names;
    names.reserve(tasks.size());
    for (const Task& task : tasks) names.emplace_back(task.name);
    return names;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view name) {
    // On a mismatch the last `*` takes one more character; earlier ones need no second look.
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::string_view::npos;
    std::size_t taken = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            taken = n;
        } else if (p < pattern.size() && pattern[p] == name[n]) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++taken;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

NameIndex::NameIndex(const std::vector<Task>& tasks) : NameIndex(names_of(tasks)) {}

NameIndex::NameIndex(std::vector<std::string_view> names)
    : names_(std::move(names)), slots_(std::bit_ceil(2 * names_.size() + 1), k_free) {
    for (std::uint32_t i = 0; i < names_.size(); ++i) {
        std::uint32_t& slot = slots_[slot_of(names_[i])];
        if (slot == k_free) slot = i;
    }
}

/// Where the name is, or would be.
std::size_t NameIndex::slot_of(std::string_view name) const {
    const std::size_t last = slots_.size() - 1;  // a power of two, less one
    std::size_t slot = std::hash<std::string_view>{}(name)&last;
    while (slots_[slot] != k_free && names_[slots_[slot]] != name) slot = (slot + 1) & last;
    return slot;
}

std::optional<TaskIndex> NameIndex::find(std::string_view name) const {
    const std::uint32_t found = slots_[slot_of(name)];
    return found == k_free ? std::nullopt : std::optional{TaskIndex{found}};
}

const std::vector<TaskIndex>& NameIndex::matches(std::string_view pattern) {
    const auto [entry, is_new] = found_.try_emplace(std::string{pattern});
    if (is_new) entry->second = search(pattern);
    return entry->second;
}

std::vector<TaskIndex> NameIndex::search(std::string_view pattern) {
    if (by_name_.size() != names_.size()) {
        by_name_ = numbers(names_.size());
        std::sort(by_name_.begin(), by_name_.end(),
                  [this](std::uint32_t a, std::uint32_t b) { return names_[a] < names_[b]; });
    }
    const std::string_view prefix = pattern.substr(0, pattern.find('*'));
    std::string ending{pattern.substr(pattern.rfind('*') + 1)};
    const bool from_the_end = prefix.empty() && !ending.empty();
    if (from_the_end && backwards_.size() != names_.size()) {
        for (const std::string_view name : names_) backwards_.emplace_back(name.rbegin(), name.rend());
        by_ending_ = numbers(names_.size());
        std::sort(by_ending_.begin(), by_ending_.end(),
                  [this](std::uint32_t a, std::uint32_t b) { return backwards_[a] < backwards_[b]; });
    }
    std::reverse(ending.begin(), ending.end());
    const auto [first, last] =
        from_the_end ? range_of(by_ending_, ending,
                                [this](std::uint32_t i) -> std::string_view { return backwards_[i]; })
                     : range_of(by_name_, prefix, [this](std::uint32_t i) { return names_[i]; });
    const std::vector<std::uint32_t>& sorted = from_the_end ? by_ending_ : by_name_;
    std::vector<TaskIndex> result;
    for (std::size_t i = first; i < last; ++i)
        if (glob_matches(pattern, names_[sorted[i]])) result.emplace_back(sorted[i]);
    std::sort(result.begin(), result.end());
    return result;
}

std::string NameIndex::hint(std::string_view name) {
    constexpr std::size_t k_most = 500'000;  // so that a file full of wrong names is not quadratic
    if (compared_ > k_most) return {};
    compared_ += names_.size();
    return did_you_mean(name, names_);
}

}  // namespace sbraid
