// A URL is cut at `://`, at the first of `/?#`, and at the last `@` before that; what is left is host and
// port.
#include "sbraid/webhook.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "characters.hpp"

namespace sbraid {
namespace {

constexpr std::string_view k_file = "file:";

struct Url {
    std::string_view scheme, host, port;
    bool has_port = false;
    bool has_more = false;  ///< anything behind the port
};

/// nullopt: there is no `://`.
std::optional<Url> split_url(std::string_view text) {
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos) return std::nullopt;
    Url url;
    url.scheme = text.substr(0, colon);
    std::string_view rest = text.substr(colon + 3);
    const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
    url.has_more = end < rest.size() && rest.substr(end) != "/";
    rest = rest.substr(0, end);
    if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
    const std::size_t bracket = rest.rfind(']');
    const std::size_t port = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
    url.host = rest.substr(0, port);
    url.has_port = port != std::string_view::npos;
    if (url.has_port) url.port = rest.substr(port + 1);
    return url;
}

bool is_port(std::string_view text) {
    const auto value = number(text);
    return value && *value >= 1 && *value <= 65535;
}

bool is_host(std::string_view text) {
    if (text.starts_with('[')) {
        if (text.size() < 4 || !text.ends_with(']')) return false;
        text = text.substr(1, text.size() - 2);
        return text.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
    }
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
    });
}

}  // namespace

std::string_view to_string(Occasion occasion) {
    switch (occasion) {
        case Occasion::finished:
            return "finished";
        case Occasion::failed:
            return "failed";
    }
    return "";
}

std::optional<Occasion> parse_occasion(std::string_view text) {
    for (const Occasion occasion : {Occasion::finished, Occasion::failed})
        if (text == to_string(occasion)) return occasion;
    return std::nullopt;
}

std::string why_no_url(std::string_view text) {
    const bool has_others =
        std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~' || c == '\\'; });
    if (has_others) return "it holds a blank or another character that stands in no URL";
    const auto url = split_url(text);
    if (!url || !(equal_ignoring_case(url->scheme, "https") || equal_ignoring_case(url->scheme, "http")))
        return "it begins neither with https:// nor with http://";
    if (url->host.empty()) return "it names no host";
    if (!is_host(url->host)) return "its host is neither a name nor an address";
    if (url->has_port && !is_port(url->port)) return "its port is no number from 1 to 65535";
    return {};
}

std::optional<std::string_view> address_file(std::string_view address) {
    if (!address.starts_with(k_file)) return std::nullopt;
    return address.substr(k_file.size());
}

std::string shown_address(std::string_view address) {
    if (address_file(address)) return std::string{address};
    const auto url = split_url(address);
    if (!url) return "…";
    return fmt::format("{}://{}{}{}{}", url->scheme, url->host, url->has_port ? ":" : "", url->port,
                       url->has_more ? "/…" : "");
}

}  // namespace sbraid
