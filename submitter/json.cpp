#include "json.hpp"

namespace sbraid {

std::string dump(const Json& document) {
    return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json to_json(const Issue& issue) {
    Json result;
    result["severity"] = issue.severity == Severity::error ? "error" : "warning";
    result["file"] = text_or_null(issue.file);
    result["line"] = issue.line == 0 ? Json(nullptr) : Json(issue.line);
    result["column"] = issue.column == 0 ? Json(nullptr) : Json(issue.column);
    result["message"] = issue.message;
    result["hint"] = text_or_null(issue.hint);
    return result;
}

Json text_or_null(std::string_view text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json to_json(const std::optional<Timestamp>& time) {
    if (!time) return nullptr;
    return std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count();
}

}  // namespace sbraid
