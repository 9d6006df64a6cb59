#include <fmt/format.h>

#include "characters.hpp"
#include "sbraid/plan.hpp"

// `sbraid:<run>:<job name>#<submission>`: none of the parts can hold a ':', '#' or blank.

namespace sbraid {

namespace {

constexpr std::string_view k_prefix = "sbraid:";
constexpr std::string_view k_option = "--comment=";

std::optional<Token> parse_word(std::string_view text) {
    if (!text.starts_with(k_prefix)) return std::nullopt;
    text = text.substr(0, text.find_first_of(" \t\n'\""));
    text.remove_prefix(k_prefix.size());
    const std::size_t colon = text.find(':');
    const std::size_t hash = text.rfind('#');
    if (colon == std::string_view::npos || hash == std::string_view::npos || hash <= colon + 1)
        return std::nullopt;
    const std::string_view run = text.substr(0, colon);
    const std::string_view job = text.substr(colon + 1, hash - colon - 1);
    const auto submission = number(text.substr(hash + 1));
    if (!is_run_id(run) || job.find_first_of(":#") != std::string_view::npos) return std::nullopt;
    if (!submission || *submission == 0 || *submission > UINT32_MAX) return std::nullopt;
    return Token{std::string{run}, std::string{job}, static_cast<std::uint32_t>(*submission)};
}

}  // namespace

std::string to_string(const Token& token) {
    return fmt::format("{}{}:{}#{}", k_prefix, token.run, token.job, token.submission);
}

std::optional<Token> find_token(std::string_view text) {
    if (auto token = parse_word(text)) return token;
    for (std::size_t at = text.find(k_option); at != std::string_view::npos;
         at = text.find(k_option, at + 1)) {
        if (at > 0 && std::string_view{" '\""}.find(text[at - 1]) == std::string_view::npos) continue;
        std::string_view value = text.substr(at + k_option.size());
        if (value.starts_with('\'') || value.starts_with('"')) value.remove_prefix(1);
        if (auto token = parse_word(value)) return token;
    }
    return std::nullopt;
}

bool may_be_of(std::string_view run, std::string_view text) {
    const auto token = find_token(text);
    return !token || token->run == run;
}

}  // namespace sbraid
