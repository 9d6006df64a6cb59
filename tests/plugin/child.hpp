// A worker of the collector, taken alone: pieces in, acknowledgements out.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <string>

#include "collect/worker.hpp"

namespace sbraid::collect {

// What `child` says of the piece; nullopt when it ends, or says nothing for 30 s.
inline std::optional<bool> answer(const Child& child) {
    pollfd descriptor{child.socket.get(), POLLIN, 0};
    std::string packet;
    if (poll(&descriptor, 1, 30'000) <= 0 ||
        receive_bytes(child.socket.get(), packet, false) != Received::packet)
        return std::nullopt;
    const auto ack = as_struct<Ack>(packet);
    return ack ? std::optional(ack->done) : std::nullopt;
}

inline std::optional<bool> hand_over(const Child& child, std::string_view piece) {
    if (!send_waiting(child.socket.get(), piece)) return std::nullopt;
    return answer(child);
}

}  // namespace sbraid::collect
