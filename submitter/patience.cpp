#include "patience.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "backend/classify.hpp"
#include "io/file.hpp"
#include "sbraid/units.hpp"

namespace sbraid {

namespace {

constexpr std::chrono::milliseconds k_first_step{1000};
constexpr std::chrono::milliseconds k_longest_step{60'000};

/// The last line is the verdict; the ones before it are how it came about. Without munged the verdict is a
/// mere "Protocol authentication error".
std::string telling_line(const std::string& text) {
    if (const auto munge = text.find("Munge encode failed"); munge != std::string::npos)
        return text.substr(munge, text.find('\n', munge) - munge);
    const auto newline = text.rfind('\n');
    return newline == std::string::npos ? text : text.substr(newline + 1);
}

}  // namespace

Patience::Patience(const App& app, CallBounds& bounds, std::chrono::seconds limit)
    : app_(&app), bounds_(&bounds), limit_(limit), step_(k_first_step), random_(random_bits()) {}

std::chrono::milliseconds Patience::left() {
    const auto now = app_->clock.now();
    if (!since_) since_ = now;
    return limit_ - std::chrono::duration_cast<std::chrono::milliseconds>(now - *since_);
}

void Patience::within(const std::function<void()>& call) {
    bounds_->end = std::chrono::steady_clock::now() + left();
    call();
    bounds_->end.reset();
}

bool Patience::wait(const std::string& reason) {
    if (interrupted()) return false;
    const auto rest = left();
    if (rest <= std::chrono::milliseconds::zero()) return false;
    std::uniform_int_distribution<long long> jitter(step_.count() * 3 / 4, step_.count() * 5 / 4);
    const auto pause = std::min(std::chrono::milliseconds(jitter(random_)), rest);
    app_->say(fmt::format("{}; trying again in {} (for at most {} more)", telling_line(reason),
                          format_duration(std::max<std::int64_t>(1, pause.count() / 1000)),
                          format_duration(rest.count() / 1000)));
    app_->clock.sleep(pause, bounds_->interrupts);
    step_ = std::min(step_ * 2, k_longest_step);
    return !interrupted();
}

void Patience::restart() {
    since_.reset();
    step_ = k_first_step;
    if (bounds_->end) bounds_->end = std::chrono::steady_clock::now() + limit_;
}

bool Patience::worth_waiting(const Error& error) {
    return error.kind == ErrorKind::slurm && is_temporary(error.message) && wait(error.message);
}

}  // namespace sbraid
