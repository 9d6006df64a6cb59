#pragma once

#include "app.hpp"
#include "options.hpp"
#include "run.hpp"

namespace sbraid {

/// What `submit` and `resume` answer when all is in: `run ID: N tasks, jobs 12-20`; --parsable
/// `jobid[;cluster]` a line; --json `sbraid.submit/1` (or the schema given). A directory that RUN does not
/// find from here is told. `found` stands before all that in the words for people.
void write_submitted(const App& app, const Options& options, const Run& run, std::string_view schema,
                     std::string_view found = {});

/// `12-14,20`
[[nodiscard]] std::string job_ranges(std::vector<JobId> ids);

}  // namespace sbraid
