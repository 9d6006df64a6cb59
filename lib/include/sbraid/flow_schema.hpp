#pragma once

#include <string>

namespace sbraid {

/// The JSON Schema of a workflow file, for editors, made from the table of keys: names, types, words, and
/// what each key means. What it refuses `check` refuses; what it takes may still be wrong, since names of
/// tasks, combinations of keys and most grammars are beyond a schema.
///
/// Draft-07, and of it only what draft-04 had: the editors' TOML language servers know no more for sure.
[[nodiscard]] std::string flow_schema();

}  // namespace sbraid
