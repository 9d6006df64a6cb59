#include "collect/channel.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace sbraid::collect {
namespace {

constexpr int k_room = 1 << 20;

}  // namespace

std::optional<Channel> make_channel() {
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) return std::nullopt;
    for (const int fd : fds)
        if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &k_room, sizeof k_room) != 0)
            setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &k_room, sizeof k_room);
    return Channel{Fd(fds[0]), Fd(fds[1])};
}

Sent send_bytes(int socket, std::string_view bytes) {
    for (;;) {
        if (send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return Sent::yes;
        if (errno == EINTR) continue;
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? Sent::full : Sent::gone;
    }
}

bool send_waiting(int socket, std::string_view bytes) {
    for (;;) {
        const Sent sent = send_bytes(socket, bytes);
        if (sent != Sent::full) return sent == Sent::yes;
        pollfd room{socket, POLLOUT, 0};
        if (poll(&room, 1, -1) < 0 && errno != EINTR) return false;
    }
}

Received receive_bytes(int socket, std::string& packet, bool wait) {
    packet.resize(k_most_packet);
    for (;;) {
        const ssize_t got = recv(socket, packet.data(), packet.size(), wait ? 0 : MSG_DONTWAIT);
        if (got > 0) {
            packet.resize(static_cast<std::size_t>(got));
            return Received::packet;
        }
        if (got < 0 && errno == EINTR) continue;
        packet.clear();
        return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? Received::nothing : Received::gone;
    }
}

}  // namespace sbraid::collect
