// Two patterns can only meet when what one begins with, up to its first wildcard, begins what the other
// begins with. So the outputs are sorted by that, and each is compared with those on a stack alone whose
// beginnings its own goes on from. A workflow with thousands of wildcards in one folder is not worth minutes:
// comparisons are counted, and so are the paths of elements.
#include "shared_outputs.hpp"

#include <algorithm>
#include <tuple>

#include "path_pattern.hpp"
#include "sbraid/up_to_date.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_most_steps = 2'000'000;
constexpr std::size_t k_steps_of_meeting = 10;  // two patterns are looked at, not only their kinds
constexpr std::size_t k_most_paths = 200'000;

struct Written {
    TaskIndex task;
    const PlacedText* text;
    PathPattern pattern;

    [[nodiscard]] bool is_folder() const { return pattern.text().ends_with('/'); }
    /// By name, if of many elements.
    [[nodiscard]] bool is_file() const { return pattern.is_plain() && !is_folder(); }
    [[nodiscard]] bool is_one_file() const { return is_file() && !pattern.literal().empty(); }
};

class Search {
  public:
    explicit Search(const std::vector<Task>& tasks) : tasks_(tasks) {}

    std::vector<SharedOutput> run() {
        for (std::uint32_t task = 0; task < tasks_.size(); ++task)
            for (const PlacedText& text : tasks_[task].outputs)
                all_.push_back({TaskIndex{task}, &text, {tasks_[task].workdir, text.text}});
        if (std::all_of(all_.begin(), all_.end(), [](const Written& one) { return one.is_one_file(); }))
            return {};
        std::stable_sort(all_.begin(), all_.end(), [](const Written& a, const Written& b) {
            return a.pattern.known_start() < b.pattern.known_start();
        });
        std::vector<const Written*> open;
        for (const Written& one : all_) {
            while (!open.empty() &&
                   !one.pattern.known_start().starts_with(open.back()->pattern.known_start()))
                open.pop_back();
            for (const Written* const other : open) compare(*other, one);
            if (steps_ > k_most_steps) break;
            open.push_back(&one);
        }
        return firsts();
    }

  private:
    void compare(const Written& a, const Written& b) {
        ++steps_;
        if (a.task == b.task || (a.is_folder() && b.is_folder()) || (a.is_one_file() && b.is_one_file()))
            return;
        steps_ += k_steps_of_meeting;
        if (!a.pattern.overlaps(b.pattern)) return;
        const bool is_certain = a.is_file() && b.is_file();
        if (is_certain && !share_a_path(a, b)) return;
        const auto& [first, second] =
            std::minmax(a, b, [](const Written& x, const Written& y) { return x.task < y.task; });
        found_.push_back({first.task, first.text, second.task, second.text, is_certain});
    }

    bool share_a_path(const Written& a, const Written& b) {
        for (const Written* one : {&a, &b}) {
            const auto& array = tasks_[one->task.value].array;
            paths_ += array ? array->size() : 1;
        }
        if (paths_ > k_most_paths) return false;
        const auto of = paths_of(tasks_[a.task.value], {*a.text});
        const auto others = paths_of(tasks_[b.task.value], {*b.text});
        return std::any_of(of.begin(), of.end(), [&others](const std::string& path) {
            return std::binary_search(others.begin(), others.end(), path);
        });
    }

    /// What is certain before what is not.
    std::vector<SharedOutput> firsts() {
        const auto rank = [](const SharedOutput& one) {
            return std::make_tuple(one.second, one.second_text, !one.is_certain, one.first, one.first_text);
        };
        std::sort(found_.begin(), found_.end(),
                  [&rank](const SharedOutput& a, const SharedOutput& b) { return rank(a) < rank(b); });
        const auto is_same = [](const SharedOutput& a, const SharedOutput& b) {
            return a.second_text == b.second_text;
        };
        found_.erase(std::unique(found_.begin(), found_.end(), is_same), found_.end());
        return std::move(found_);
    }

    const std::vector<Task>& tasks_;
    std::vector<Written> all_;
    std::vector<SharedOutput> found_;
    std::size_t steps_ = 0;
    std::size_t paths_ = 0;
};

}  // namespace

std::vector<SharedOutput> shared_outputs(const std::vector<Task>& tasks) {
    return Search{tasks}.run();
}

}  // namespace sbraid
