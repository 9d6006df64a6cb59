#pragma once

#include <vector>

#include "app.hpp"
#include "run.hpp"
#include "sbraid/resume_view.hpp"

namespace sbraid {

/// The answer of `resume --dry-run`: what would be submitted, what is adopted, why each.
void show_resume(const App& app, const Options& options, const Run& run, const std::vector<ResumeRow>& rows);

}  // namespace sbraid
