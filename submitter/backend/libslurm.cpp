#include "backend/libslurm.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "backend/classify.hpp"
#include "sbraid/batch_script.hpp"

// What slurmctld and the job_submit plugin say beside the number of an error is lost on the way through
// libslurm. So what is refused is handed to sbatch once more, which hears it. A limit on the number of jobs
// needs no more words, and sbatch would wait for it by itself.

namespace sbraid {

LibslurmBackend::LibslurmBackend(std::shared_ptr<const LibslurmModule> module,
                                 std::unique_ptr<SbatchBackend> commands, Settings settings)
    : module_(std::move(module)), commands_(std::move(commands)), settings_(std::move(settings)) {}

CallPool::Limits LibslurmBackend::limits() const {
    return {.threads = settings_.connections, .timeout = settings_.call_timeout, .bounds = settings_.bounds};
}

void LibslurmBackend::submit(std::span<const SubmitRequest> requests,
                             const std::function<bool(std::size_t, SubmitOutcome)>& done) {
    // A thread that hangs outlives this, but then it has what it needs.
    const auto call = [requests, module = module_, commands = commands_.get()](
                          std::size_t i, const std::function<void()>& is_ready) {
        const auto& wanted = requests[i];
        const auto arguments = sbatch_arguments(*wanted.plan, *wanted.job, wanted.how);
        const auto environment = commands->environment_of(wanted);
        const auto script = batch_script(*wanted.plan, *wanted.job);
        is_ready();
        return module->submit(arguments, environment, script);
    };
    CallPool::run(requests.size(), call, limits(), [&](std::size_t i, SubmitOutcome outcome) {
        ++submissions_;
        if (settings_.trace) {
            const auto& wanted = requests[i];
            settings_.trace(
                fmt::format("slurm_submit_batch_job: {}",
                            fmt::join(sbatch_arguments(*wanted.plan, *wanted.job, wanted.how), " ")));
        }
        const auto* no = std::get_if<Refused>(&outcome);
        if (no != nullptr && submit_limit(no->message).empty()) {
            bool goes_on = true;
            commands_->submit(requests.subspan(i, 1), [&](std::size_t /*i*/, SubmitOutcome last_word) {
                return goes_on = done(i, std::move(last_word));
            });
            return goes_on;
        }
        return done(i, std::move(outcome));
    });
}

Result<void> LibslurmBackend::release(std::span<const ReleaseRequest> requests) {
    Result<void> result;
    const auto call = [requests, module = module_](std::size_t i,
                                                   const std::function<void()>& is_ready) -> SubmitOutcome {
        const auto id = requests[i].id;
        is_ready();
        const auto done = module->release(id);
        if (done || only_about_gone_jobs(done.error().message)) return Submitted{.id = id, .cluster = {}};
        return classify_words(done.error().message);
    };
    CallPool::run(requests.size(), call, limits(), [&](std::size_t /*i*/, const SubmitOutcome& outcome) {
        ++releases_;
        const auto fail = [&](const std::string& words) {
            result = Unexpected{Error{.kind = ErrorKind::slurm, .message = words}};
        };
        if (const auto* no = std::get_if<Refused>(&outcome)) fail(no->message);
        if (const auto* unclear = std::get_if<Unclear>(&outcome)) fail(unclear->message);
        if (const auto* busy = std::get_if<Busy>(&outcome)) fail(busy->message);
        if (const auto* trouble = std::get_if<Unavailable>(&outcome)) fail(trouble->message);
        return result.has_value();
    });
    if (result) commands_->set_priorities(requests);
    return result;
}

const std::map<std::string, std::size_t>& LibslurmBackend::calls() const {
    calls_ = commands_->calls();
    if (submissions_ > 0) calls_["slurm_submit_batch_job"] = submissions_;
    if (releases_ > 0) calls_["slurm_update_job2"] = releases_;
    return calls_;
}

}  // namespace sbraid
