#include "terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <tuple>

namespace sbraid {

namespace {

bool decide_colour(bool tty, const Environment& environment, ColourChoice choice) {
    switch (choice) {
        case ColourChoice::always:
            return true;
        case ColourChoice::never:
            return false;
        case ColourChoice::automatic:
            break;
    }
    return tty && !environment.has("NO_COLOR") && environment.get("TERM") != "dumb";
}

std::string_view escape(Style style) {
    switch (style) {
        case Style::plain:
            return "";
        case Style::bold:
            return "\033[1m";
        case Style::good:
            return "\033[32m";
        case Style::bad:
            return "\033[31m";
        case Style::weak:
            return "\033[2m";
        case Style::active:
            return "\033[36m";
    }
    return "";
}

}  // namespace

Result<ColourChoice> parse_colour_choice(std::string_view text) {
    if (text == "auto") return ColourChoice::automatic;
    if (text == "always") return ColourChoice::always;
    if (text == "never") return ColourChoice::never;
    return Unexpected{Error{.kind = ErrorKind::usage,
                            .message = "--color is auto, always or never, not '" + std::string(text) + "'"}};
}

Terminal::Terminal(int fd, const Environment& environment, ColourChoice choice)
    : fd_(fd), tty_(::isatty(fd) == 1), colour_(decide_colour(tty_, environment, choice)) {}

std::size_t Terminal::width() const {
    if (!tty_) return 0;
    winsize size{};
    return ::ioctl(fd_, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::string Terminal::paint(Style style, std::string_view text) const {
    if (!colour_ || style == Style::plain) return std::string(text);
    return std::string(escape(style)).append(text).append("\033[0m");
}

bool Terminal::write(std::string_view text) const {
    while (!text.empty()) {
        const auto count = ::write(fd_, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {  // somebody shares it, and made it so
            pollfd polled{.fd = fd_, .events = POLLOUT, .revents = 0};
            std::ignore = ::poll(&polled, 1, -1);
            continue;
        }
        if (count <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace sbraid
