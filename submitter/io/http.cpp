#include "io/http.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <memory>
#include <tuple>

#include "sbraid/version.hpp"

// One transfer by libcurl's easy interface. The answer's text is read and dropped: it may repeat the URL.
// libcurl calls the progress function about once a second while nothing moves, which is how a signal ends it.

namespace sbraid {

namespace {

constexpr long k_most_redirects = 3;

struct Cleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::size_t drop(char* /*data*/, std::size_t size, std::size_t count, void* /*user*/) {
    return size * count;
}

int go_on(void* interrupts, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto* const signals = static_cast<Interrupts*>(interrupts);
    return signals != nullptr && signals->requested() ? 1 : 0;
}

/// The fifth letter tells https from http, in any case.
bool is_secure(const std::string& url) {
    return url.size() > 4 && (url[4] == 's' || url[4] == 'S');
}

void limit_schemes(CURL* handle, bool secure) {
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
#else
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
    curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS,
                     secure ? CURLPROTO_HTTPS : CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
}

Error no_answer(CURLcode code, const char* details) {
    if (code == CURLE_ABORTED_BY_CALLBACK) return {.kind = ErrorKind::interrupted, .message = "interrupted"};
    return {.message = *details != '\0' ? details : curl_easy_strerror(code)};
}

}  // namespace

Result<int> post(const HttpPost& request) {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    const std::unique_ptr<CURL, Cleanup> handle(ready == CURLE_OK ? curl_easy_init() : nullptr);
    if (!handle) return Unexpected{Error{.message = "libcurl does not start"}};
    std::unique_ptr<curl_slist, Cleanup> headers;
    for (const auto& header : request.headers) {
        auto* const longer = curl_slist_append(headers.get(), header.c_str());
        if (longer == nullptr) return Unexpected{Error{.message = "no memory for the headers"}};
        std::ignore = headers.release();  // the list is a part of the longer one now
        headers.reset(longer);
    }
    std::array<char, CURL_ERROR_SIZE> details{};
    CURL* const curl = handle.get();
    const auto agent = fmt::format("sbraid/{}", k_version);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, details.data());
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_USERAGENT, agent.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, k_most_redirects);
    curl_easy_setopt(curl, CURLOPT_POSTREDIR, static_cast<long>(CURL_REDIR_POST_ALL));
    limit_schemes(curl, is_secure(request.url));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, static_cast<void*>(request.interrupts));
    const CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    // What failed behind the last status line (an answer cut short, or one that never ends) is answered all
    // the same. A redirect is the last one where it is not followed.
    const bool is_redirect = status >= 300 && status < 400;
    const bool is_followed = is_redirect && code != CURLE_OK && code != CURLE_TOO_MANY_REDIRECTS &&
                             code != CURLE_UNSUPPORTED_PROTOCOL;
    if (status >= 200 && !is_followed) return static_cast<int>(status);
    return Unexpected{no_answer(code, details.data())};
}

}  // namespace sbraid
