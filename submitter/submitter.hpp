#pragma once

#include <set>
#include <string>
#include <vector>

#include "app.hpp"
#include "backend/backend.hpp"
#include "patience.hpp"
#include "run.hpp"
#include "sbraid/action.hpp"
#include "sbraid/journal/journal.hpp"
#include "workflow_file.hpp"

namespace sbraid {

/// Brings a planned run into Slurm (DESIGN section 6): submits what is missing, records each outcome at once,
/// makes sure that there is one job a token, releases. `submit` and `resume` are the same; they differ in the
/// state they start from. The caller holds the run's lock and has made plan and header durable.
class Submitter {
  public:
    struct Settings {
        std::chrono::seconds patience{600};
        bool kill_on_invalid_dep = true;
        bool keep_partial = false;  ///< on a refusal leave what is in for `resume`
    };
    /// `bounds`: of the backend, with interrupts.
    Submitter(const App& app, Run& run, Backend& backend, Journal& journal, CallBounds& bounds,
              Settings settings);

    /// Asks for the run's tokens: takes over live jobs that no record names, cancels second jobs of a token.
    /// Also the first step of `resume`.
    [[nodiscard]] tl::expected<void, Failure> adopt();

    /// Says of a revision of the plan that a crash kept from being said that it counts. The first step of
    /// `resume`, before anything else is recorded.
    [[nodiscard]] tl::expected<void, Failure> begin_revision();

    /// Makes `next`, a revision of the run's plan, durable, and the run's plan. What it asks for anew and is
    /// still in the queue is cancelled, handlers first.
    /// `edited`: the file that it was made of.
    [[nodiscard]] tl::expected<void, Failure> revise(SubmissionPlan next,
                                                     const WorkflowFile* edited = nullptr);

    /// Learns what became of the jobs (refresh()), for as long as the patience lasts: what became of a parent
    /// decides whether its children may run, so nothing is guessed. The second step of `resume`.
    [[nodiscard]] tl::expected<void, Failure> learn();

    /// Submits everything that is missing, then releases. On a refusal everything submitted is cancelled
    /// again (unless keep_partial), but for that of the notifier, which is a warning. Where a limit on the
    /// number of jobs is reached, what is in is released, and the rest follows as those jobs end (waves). A
    /// job outside the file that Slurm does not know is an error before anything is submitted. Each failure
    /// says what was left and what to do.
    [[nodiscard]] tl::expected<void, Failure> submit_all();

    /// Cancels, round by round (Cancel::round), and records it.
    [[nodiscard]] tl::expected<void, Failure> cancel(const std::vector<Cancel>& wanted);

  private:
    /// A submission that Slurm refused for a limit on the number of jobs.
    struct Full {
        Submit submit;
        std::string words;
    };
    [[nodiscard]] tl::expected<void, Failure> record(Event event);
    [[nodiscard]] tl::expected<void, Failure> submit_level(const std::vector<Submit>& level);
    void take(const Submit& submit, SubmitOutcome outcome);
    [[nodiscard]] tl::expected<void, Failure> take_over(const std::vector<FoundJob>& found);
    [[nodiscard]] tl::expected<void, Failure> release(const std::vector<JobId>& ids);

    // waves.cpp
    /// One walk. True: all is in; false: a limit is reached, and what is left may get in later.
    [[nodiscard]] tl::expected<bool, Failure> submit_wave();
    /// Releases what is in and waits until some of it has ended.
    [[nodiscard]] tl::expected<void, Failure> make_room();
    /// Elements of ours that are in the queue and have not ended.
    [[nodiscard]] std::size_t open_elements() const;
    /// Of what was refused for a limit: jobs of ours count against it now, or it is not larger than those
    /// that did (others may fill it now, or Slurm still remembers ours).
    [[nodiscard]] bool may_get_in_later(const Submit& submit) const;
    [[nodiscard]] std::vector<JobId> to_release_now() const;
    /// The jobs in the queue, where each of them waits for somebody to do something; empty: some do not.
    [[nodiscard]] std::vector<std::string> what_cannot_end() const;
    void say_what_is_in();
    /// What Slurm says of the jobs of earlier commands: which of them may get edges.
    [[nodiscard]] tl::expected<void, Failure> look_at_queue();
    [[nodiscard]] tl::expected<OutsideJobs, Failure> learn_outside();
    [[nodiscard]] tl::expected<void, Failure> roll_back();
    [[nodiscard]] tl::expected<void, Failure> sync();
    // submitter_failures.cpp
    [[nodiscard]] std::string what_is_left() const;
    [[nodiscard]] std::string no_notifier() const;
    [[nodiscard]] Failure refused();
    [[nodiscard]] Failure unavailable();
    [[nodiscard]] Failure interrupted() const;
    /// Slurm did not come back within the patience, or said no to something that is not a submission.
    [[nodiscard]] Failure gave_up(const std::string& what, const Error& error) const;
    [[nodiscard]] std::size_t jobs_in() const;
    [[nodiscard]] bool may_be_in() const { return jobs_in() > 0 || !unclear_.empty() || unseen() > 0; }
    /// Jobs of earlier commands that Slurm may have, and was not asked about yet.
    [[nodiscard]] std::size_t unseen() const;
    void show_progress(bool last) const;

    const App* app_;
    Run* run_;
    Backend* backend_;
    Journal* journal_;
    Interrupts* interrupts_;
    Settings settings_;
    Patience patience_;  ///< of the submissions
    Patience asking_;    ///< of everything else: a squeue that answers says nothing about sbatch
    SeenAlive seen_;
    std::set<JobKey> submitted_here_;
    bool goes_on_ = false;        ///< the run had jobs before
    bool knows_ = false;          ///< which jobs of earlier commands Slurm has, or that there was none
    std::set<JobIndex> unclear_;  ///< their answers were lost, and nobody has looked for them since
    bool was_unclear_ = false;    ///< some answer was lost: its job may arrive whenever, looked for or not

    // Of waves.
    static constexpr std::chrono::milliseconds k_first_pause{2000};
    std::chrono::milliseconds pause_;  ///< before the next look whether there is room
    std::size_t waves_ = 0;            ///< released so far
    std::size_t most_in_ = 0;          ///< elements that were in at once
    Timestamp said_at_{};
    Timestamp looked_at_{};  ///< at the queue

    // What the current level came to.
    std::vector<JobIndex> refused_;
    std::string delayed_;                  ///< why something has to be tried again; empty: nothing has
    std::vector<Full> full_;               ///< what a limit on the number of jobs kept out
    std::string without_notifier_;         ///< Slurm's words, when it refused the notifier
    std::string unavailable_;              ///< why this machine cannot use Slurm; empty: it can
    tl::expected<void, Failure> trouble_;  ///< an outcome could not be recorded
};

/// A message about a task, with its place in the frozen workflow.toml of the run, and Slurm's words below:
/// how a refusal is shown.
[[nodiscard]] Issue task_issue(const Run& run, const PlannedJob& job, std::string message,
                               const std::string& words);

}  // namespace sbraid
