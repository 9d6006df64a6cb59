// Packets between the processes of one collector: SOCK_SEQPACKET, each packet one struct of the same program,
// so no format is needed. Nothing waits that does not say so, and nothing raises SIGPIPE.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "collect/file.hpp"

namespace sbraid::collect {

struct Channel {
    Fd ours, theirs;
};
// nullopt when the kernel refuses.
std::optional<Channel> make_channel();

enum class Sent { yes, full, gone };
Sent send_bytes(int socket, std::string_view bytes);
// Waits for room as long as there is somebody at the other end; false when there is not. For children only.
bool send_waiting(int socket, std::string_view bytes);

enum class Received { packet, nothing, gone };
// Takes the next packet of at most k_most_packet bytes into `packet`; with `wait` until there is one.
Received receive_bytes(int socket, std::string& packet, bool wait);
inline constexpr std::size_t k_most_packet = 32 << 10;

template <class T>
std::string_view as_bytes(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    // Reading any object as bytes is what char pointers are for.
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <class T>
Sent send_struct(int socket, const T& value) {
    return send_bytes(socket, as_bytes(value));
}

// nullopt when the packet is not of this size.
template <class T>
std::optional<T> as_struct(const std::string& packet);

}  // namespace sbraid::collect

// ---------------------------------------------------------------------------------------------------------------

#include <cstring>

template <class T>
std::optional<T> sbraid::collect::as_struct(const std::string& packet) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (packet.size() != sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, packet.data(), sizeof value);
    return value;
}
