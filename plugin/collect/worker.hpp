// A child process that does one kind of slow or dangerous work and says after each piece how it went. The
// supervisor keeps every piece until then, and gives up a worker that takes too long: it may be in an
// uninterruptible sleep, where not even SIGKILL reaches it, so nobody ever waits for one.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "collect/channel.hpp"

namespace sbraid::collect {

using Clock = std::chrono::steady_clock;

// Runs in the child, gets its end of the channel, never returns. The child has no other descriptor but 0-2.
using WorkerBody = std::function<void(int socket)>;

// A forked child, named as in ps. nullopt when the kernel refuses.
struct Child {
    pid_t pid = -1;
    Fd socket;
};
std::optional<Child> start_child(const char* name, const WorkerBody& body);

// SIGKILL, without waiting. The dead are reaped by reap_children.
void give_up(Child& child);
void reap_children();

// The pieces that a worker was given, in order; each is answered by an Ack.
struct Ack {
    bool done = false;
};

// How long a Pipeline puts up with what.
struct Patience {
    std::chrono::milliseconds deadline;     // without an answer a worker counts as hung
    int restarts = 0;                       // of a worker that died, at once
    int replacements = 0;                   // of one that hung,
    std::chrono::milliseconds back_off{0};  // after so long, in which every piece is refused
    std::size_t most_bytes = 0;             // held at a time; further ones are refused
};

// Pieces of work on their way through a child that acknowledges each.
class Pipeline {
  public:
    Pipeline(const char* name, WorkerBody body, Patience patience);

    // False when it was refused: the pipeline is dead, resting after a hang, or full.
    bool push(std::string piece, Clock::time_point now);

    // Sends what can be sent, takes answers. What was not done, or can no longer be, comes back for somebody
    // else.
    std::vector<std::string> step(Clock::time_point now);

    // Ends it at once. Hands back what was not answered; some of it may be done.
    std::vector<std::string> abandon();

    // Nothing is under way.
    [[nodiscard]] bool is_idle() const { return pieces_.empty(); }
    [[nodiscard]] bool is_dead() const { return dead_; }
    [[nodiscard]] bool has_hung() const { return hung_; }
    // For poll(2); -1 when there is none.
    [[nodiscard]] int socket() const { return child_ ? child_->socket.get() : -1; }
    // When step() must be called next whatever happens; nullopt: only on input.
    [[nodiscard]] std::optional<Clock::time_point> next_deadline() const;

    // The child ends when it has done what it has.
    void close();
    void kill();

  private:
    void start();
    void lose_child();
    void leave_hung_child(Clock::time_point now);
    std::vector<std::string> drop_all();

    const char* name_;
    WorkerBody body_;
    Patience patience_;  // what is left of it
    std::optional<Child> child_;
    std::optional<Clock::time_point> resting_until_;
    bool dead_ = false;
    bool hung_ = false;
    std::deque<std::string> pieces_;
    std::size_t sent_ = 0;   // of pieces_, from the front
    std::size_t bytes_ = 0;  // of pieces_
    Clock::time_point waiting_since_;
    std::string packet_;
};

}  // namespace sbraid::collect
