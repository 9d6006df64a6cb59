#pragma once

#include <initializer_list>
#include <vector>

#include "app.hpp"
#include "run.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/table.hpp"

namespace sbraid {

// One file a command; each defines one of these.
[[nodiscard]] const Subcommand& check_command();
[[nodiscard]] const Subcommand& plan_command();
[[nodiscard]] const Subcommand& submit_command();
[[nodiscard]] const Subcommand& status_command();
[[nodiscard]] const Subcommand& list_command();
[[nodiscard]] const Subcommand& wait_command();
[[nodiscard]] const Subcommand& notify_command();
[[nodiscard]] const Subcommand& explain_command();
[[nodiscard]] const Subcommand& logs_command();
[[nodiscard]] const Subcommand& cancel_command();
[[nodiscard]] const Subcommand& resume_command();
[[nodiscard]] const Subcommand& report_command();
[[nodiscard]] const Subcommand& graph_command();
[[nodiscard]] const Subcommand& import_command();
[[nodiscard]] const Subcommand& export_command();
[[nodiscard]] const Subcommand& doctor_command();
[[nodiscard]] const Subcommand& schema_command();

/// In the order of --help.
[[nodiscard]] std::vector<const Subcommand*> all_commands();

/// The options that commands share, so that they read the same everywhere.
[[nodiscard]] OptionSpec json_option();
[[nodiscard]] OptionSpec parsable_option();
[[nodiscard]] OptionSpec noheader_option();
[[nodiscard]] OptionSpec run_option();
[[nodiscard]] OptionSpec var_option();

[[nodiscard]] OptionSpec patience_option();
[[nodiscard]] OptionSpec connections_option();
[[nodiscard]] OptionSpec backend_option();

/// The plan as `plan` shows it; `submit --dry-run` shows the same.
void show_plan(const App& app, const Options& options, const SubmissionPlan& made);

/// How a run ended, as `wait` and `submit --wait` tell it. Returns `code`.
int show_end(const App& app, const Options& options, const Run& run, int code);

/// The columns of a -P answer: the keys of its JSON rows, in the same order.
[[nodiscard]] std::vector<Column> columns(std::initializer_list<const char*> keys);

}  // namespace sbraid
