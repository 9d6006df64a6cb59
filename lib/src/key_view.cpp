// The table of keys as an answer: what option_table.cpp says, row by row.
#include "sbraid/key_view.hpp"

#include "sbraid/option_table.hpp"

namespace sbraid {
namespace {

std::string_view where(KeyScope scope) {
    switch (scope) {
        case KeyScope::file:
            return "file";
        case KeyScope::task:
            return "task";
        case KeyScope::defaults:
            return "task+defaults";
    }
    return {};
}

std::string_view status(KeyRole role) {
    switch (role) {
        case KeyRole::structure:
        case KeyRole::edge:
        case KeyRole::job:
            return "yes";
        case KeyRole::refused:
            return "never";
    }
    return {};
}

}  // namespace

TextTable key_list() {
    TextTable table{.columns = {{.key = "key", .title = "KEY"},
                                {.key = "where", .title = "WHERE"},
                                {.key = "status", .title = "STATUS"},
                                {.key = "example", .title = "EXAMPLE"},
                                {.key = "meaning", .title = "MEANING"}},
                    .rows = {}};
    for (const Key& key : key_table()) {
        table.rows.push_back({std::string{key.name}, std::string{where(key.scope)},
                              std::string{status(key.role)}, std::string{key.example}, std::string{key.doc}});
    }
    return table;
}

}  // namespace sbraid
