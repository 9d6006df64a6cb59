#include "lock_wait.hpp"

#include <algorithm>

namespace sbraid {

Result<RunLock> wait_for_run_lock(const App& app, const std::string& run_dir, std::chrono::seconds patience) {
    constexpr std::chrono::seconds k_step{5};
    constexpr std::chrono::milliseconds k_before_saying_so{500};
    auto lock = RunLock::acquire(run_dir, k_before_saying_so);
    if (lock) return lock;
    // Free again by now, or it is something else that is wrong: one more call tells.
    if (!is_run_locked(run_dir)) return RunLock::acquire(run_dir, k_before_saying_so);
    app.say(
        "another sbraid is submitting this run (one that waits for room in the queue can be ended with "
        "Ctrl-C, "
        "nothing is lost), or an sbatch or scancel that it left behind; waiting for that");
    for (auto waited = std::chrono::seconds::zero(); !lock && waited < patience; waited += k_step) {
        lock = RunLock::acquire(run_dir, std::min(k_step, patience - waited));
    }
    return lock;
}

}  // namespace sbraid
