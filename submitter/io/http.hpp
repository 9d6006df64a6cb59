#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "io/clock.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

/// One POST. Certificates are checked; proxies are those of the environment (http_proxy, https_proxy,
/// no_proxy, as curl(1) has them).
struct HttpPost {
    std::string url;                   ///< http or https; may hold a secret
    std::vector<std::string> headers;  ///< `Name: value`
    std::string body;
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds timeout{20'000};  ///< of all of it
    Interrupts* interrupts = nullptr;           ///< a signal to us ends it
};

/// The HTTP status of the answer, behind at most three redirects, which stay with POST and never go from
/// https to http. An error when there was no answer (kind interrupted: because of a signal): the request may
/// have arrived all the same. Its message holds nothing of the URL but the host.
[[nodiscard]] Result<int> post(const HttpPost& request);

}  // namespace sbraid
