#include "collect/worker.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "collect/detach.hpp"

namespace sbraid::collect {
namespace {

// The lowest free number, so that everything above can be closed.
constexpr int k_child_socket = 3;

void keep_only(int socket) {
    if (socket != k_child_socket) dup2(socket, k_child_socket);
    fcntl(k_child_socket, F_SETFD, FD_CLOEXEC);
    close_others(k_child_socket + 1);
}

}  // namespace

std::optional<Child> start_child(const char* name, const WorkerBody& body) {
    auto channel = make_channel();
    if (!channel) return std::nullopt;
    const pid_t pid = fork();
    if (pid < 0) return std::nullopt;
    if (pid == 0) {
        keep_only(channel->theirs.get());
        become_child(name);
        body(k_child_socket);
        _exit(0);
    }
    return Child{pid, std::move(channel->ours)};
}

void give_up(Child& child) {
    if (child.pid > 0) kill(child.pid, SIGKILL);
    child.socket.reset();
}

void reap_children() {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
}

Pipeline::Pipeline(const char* name, WorkerBody body, Patience patience)
    : name_(name), body_(std::move(body)), patience_(patience) {}

bool Pipeline::push(std::string piece, Clock::time_point now) {
    if (resting_until_ && now >= *resting_until_) resting_until_.reset();
    if (dead_ || resting_until_ || piece.size() > k_most_packet ||
        bytes_ + piece.size() > patience_.most_bytes)
        return false;
    bytes_ += piece.size();
    pieces_.push_back(std::move(piece));
    return true;
}

std::vector<std::string> Pipeline::step(Clock::time_point now) {
    if (dead_) return drop_all();
    if (!child_ && !pieces_.empty()) start();
    if (dead_) return drop_all();

    std::vector<std::string> undone;
    while (child_) {
        const Received received = receive_bytes(child_->socket.get(), packet_, false);
        if (received == Received::nothing) break;
        const auto ack = as_struct<Ack>(packet_);
        if (received == Received::gone || !ack || sent_ == 0) {
            lose_child();
            break;
        }
        if (!ack->done) undone.push_back(pieces_.front());
        bytes_ -= pieces_.front().size();
        pieces_.pop_front();
        --sent_;
        waiting_since_ = now;
    }
    if (!child_ && !dead_ && !pieces_.empty()) start();
    while (child_ && sent_ < pieces_.size()) {
        if (sent_ == 0) waiting_since_ = now;
        const Sent sent = send_bytes(child_->socket.get(), pieces_[sent_]);
        if (sent == Sent::gone) lose_child();
        if (sent != Sent::yes) break;
        ++sent_;
    }
    if (child_ && sent_ > 0 && now - waiting_since_ >= patience_.deadline) leave_hung_child(now);
    if (dead_ || resting_until_)
        for (std::string& piece : drop_all()) undone.push_back(std::move(piece));
    return undone;
}

std::optional<Clock::time_point> Pipeline::next_deadline() const {
    if (dead_ || pieces_.empty()) return std::nullopt;
    if (!child_) return Clock::time_point{};
    if (sent_ == 0) return Clock::now() + std::chrono::milliseconds(10);  // its socket is full
    return waiting_since_ + patience_.deadline;
}

void Pipeline::close() {
    if (child_) child_->socket.reset();
    child_.reset();
    dead_ = true;
}

void Pipeline::kill() {
    if (child_) give_up(*child_);
    child_.reset();
    dead_ = true;
}

std::vector<std::string> Pipeline::abandon() {
    kill();
    return drop_all();
}

void Pipeline::start() {
    child_ = start_child(name_, body_);
    sent_ = 0;
    if (!child_) dead_ = true;
}

// What was sent and not answered is sent again to the next child: a record that is stored twice is found by
// readers, one that is not stored is lost.
void Pipeline::lose_child() {
    if (child_) give_up(*child_);
    child_.reset();
    sent_ = 0;
    if (patience_.restarts-- <= 0) dead_ = true;
}

// It may stay behind for ever, asleep in the kernel; the next one may find the file system back.
void Pipeline::leave_hung_child(Clock::time_point now) {
    hung_ = true;
    give_up(*child_);
    child_.reset();
    if (patience_.replacements-- <= 0) {
        dead_ = true;
    } else {
        resting_until_ = now + patience_.back_off;
    }
}

std::vector<std::string> Pipeline::drop_all() {
    std::vector<std::string> rest(std::make_move_iterator(pieces_.begin()),
                                  std::make_move_iterator(pieces_.end()));
    pieces_.clear();
    sent_ = 0;
    bytes_ = 0;
    return rest;
}

}  // namespace sbraid::collect
