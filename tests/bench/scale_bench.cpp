// Time and memory from the text of a workflow to its plan, at a size and at a tenth of it. Each measurement
// is a process of its own, which does it once, as `sbraid plan` does: with no memory that was warmed up
// before.

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "layered.hpp"

namespace {

using namespace sbraid;  // NOLINT: a program of its own

constexpr int k_rounds = 5;

/// One task of `elements` elements, ten of each seed.
std::string matrix(std::int64_t elements) {
    std::string text = "name = \"bench\"\n[task.sweep]\nrun = \"./work {{lr}} {{seed}}\"\n";
    text += "matrix = { lr = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], seed = [0";
    for (std::int64_t seed = 1; seed < elements / 10; ++seed)
        fmt::format_to(std::back_inserter(text), ", {}", seed);
    return text + "] }\n";
}

struct Cost {
    double seconds = 0;  // of the processor
    double mib = 0;      // at most at once, the text and the program itself among it
};

Cost cost_of(std::string& text) {
    const pid_t child = fork();
    if (child == 0) _exit(bench::plan_of(std::move(text)).jobs.empty() ? 1 : 0);
    int status = 0;
    rusage used{};
    if (child < 0 || wait4(child, &status, 0, &used) != child || status != 0) {
        fmt::print(stderr, "a measurement failed\n");
        std::exit(1);
    }
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return {seconds(used.ru_utime) + seconds(used.ru_stime), static_cast<double>(used.ru_maxrss) / 1024};
}

/// Prints the median of several, and returns its time.
double show(std::string_view what, std::int64_t size, std::string text) {
    text.shrink_to_fit();
    std::vector<Cost> costs;
    for (int round = 0; round < k_rounds; ++round) costs.push_back(cost_of(text));
    std::sort(costs.begin(), costs.end(), [](const Cost& a, const Cost& b) { return a.seconds < b.seconds; });
    const double median = costs[k_rounds / 2].seconds;
    fmt::print("{:>9} {}  {:.3f} s of CPU ({:.3f} to {:.3f})  {:.0f} MiB\n", size, what, median,
               costs.front().seconds, costs.back().seconds, costs.front().mib);
    return median;
}

}  // namespace

int main(int count, char** arguments) {
    const std::int64_t size = count > 1 ? std::strtoll(arguments[1], nullptr, 10) : 100'000;
    const double tenth = show("tasks of three edges each", size / 10, bench::layered(size / 10));
    const double whole = show("tasks of three edges each", size, bench::layered(size));
    fmt::print("{:>9} times as long as a tenth\n", fmt::format("{:.1f}", whole / tenth));
    show("elements of one matrix   ", size, matrix(size));
    return 0;
}
