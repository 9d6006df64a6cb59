#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reader.hpp"
#include "sbraid/document.hpp"
#include "sbraid/workflow.hpp"
#include "settings.hpp"

namespace sbraid {

/// Choices from outside of the file (WorkflowContext::overrides), each a text of its own in the sources.
class Overrides {
  public:
    Overrides(Sources& sources, const std::vector<Override>& overrides);

    /// What a task says itself, with those of the task in its place. What is wrong with them is reported as
    /// it would be in the file, for each task anew.
    [[nodiscard]] Settings over(Reader& reader, std::string_view task, const Settings& own) const;

  private:
    std::vector<Document> texts_;  ///< each of one line: `key = value`
    std::map<std::string, std::vector<std::size_t>, std::less<>> by_task_;  ///< of texts_; "": of all tasks
};

}  // namespace sbraid
