// A lock on one byte far behind the end of state.jsonl (locks may lie there, fcntl(2)), on an open file
// description of its own, so that the short locks of appending never touch it.

#include "sbraid/journal/run_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include "byte_lock.hpp"
#include "descriptor.hpp"
#include "sbraid/journal/lock_trust.hpp"

namespace sbraid {

struct RunLock::Impl {
    Descriptor file;
    bool trusted = false;
};

RunLock::RunLock(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunLock::RunLock(RunLock&&) noexcept = default;
RunLock& RunLock::operator=(RunLock&&) noexcept = default;
RunLock::~RunLock() = default;
int RunLock::fd() const {
    return impl_->file.get();
}
bool RunLock::trusted() const {
    return impl_->trusted;
}

Result<RunLock> RunLock::acquire(const std::string& run_dir, std::chrono::milliseconds timeout) {
    auto directory = open_directory(run_dir, false);
    if (!directory) return Unexpected{std::move(directory.error())};
    if (!is_ours(directory->get()))
        return Unexpected{Error{ErrorKind::failed, run_dir + " belongs to another user"}};
    int error = 0;
    auto impl = std::make_unique<Impl>();
    impl->file = open_regular(directory->get(), "state.jsonl", O_RDWR | O_CREAT | O_APPEND, error);
    if (!impl->file) return cannot("open", run_dir + "/state.jsonl", error);
    switch (lock_byte(impl->file.get(), k_run_byte, timeout)) {
        case Locked::yes:
            impl->trusted = lock_trust(run_dir) != LockTrust::lying;
            break;
        case Locked::unsupported:
            break;
        case Locked::busy:
            return Unexpected{Error{
                ErrorKind::failed, fmt::format("another sbraid is submitting jobs of the run in {}", run_dir),
                "wait until it has ended, or until the sbatch that it has left behind has"}};
    }
    return RunLock{std::move(impl)};
}

bool is_run_locked(const std::string& run_dir) {
    const auto directory = open_directory(run_dir, true);
    if (!directory) return false;
    int error = 0;
    const Descriptor file = open_regular(directory->get(), "state.jsonl", O_RDONLY, error);
    return file && is_byte_locked(file.get(), k_run_byte);
}

}  // namespace sbraid
