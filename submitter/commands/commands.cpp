#include "commands/commands.hpp"

namespace sbraid {

std::vector<const Subcommand*> all_commands() {
    return {
        &check_command(),  &plan_command(),   &submit_command(),  &status_command(), &list_command(),
        &wait_command(),   &notify_command(), &explain_command(), &logs_command(),   &cancel_command(),
        &resume_command(), &report_command(), &graph_command(),   &import_command(), &export_command(),
        &doctor_command(), &schema_command(),
    };
}

OptionSpec json_option() {
    return {"json", 0, "", "one JSON document, also on error", "Output"};
}
OptionSpec parsable_option() {
    return {"parsable2", 'P', "", "fields with | between them, none at the end", "Output"};
}
OptionSpec noheader_option() {
    return {"noheader", 0, "", "no header line", "Output"};
}
OptionSpec run_option() {
    return {"run", 'r', "RUN",
            "a run id, a unique prefix of one, or a run directory (default: the newest run)", "Which run"};
}
OptionSpec var_option() {
    return {"define", 'D', "NAME=VALUE", "set {{NAME}}; wins over [vars]; may be repeated", "Workflow"};
}

OptionSpec patience_option() {
    return {"patience", 0, "DURATION", "how long to wait for a Slurm that does not answer (10m)", "Slurm"};
}
OptionSpec connections_option() {
    return {"connections", 0, "N", "so many submissions at a time (4)", "Slurm"};
}

OptionSpec backend_option() {
    return {
        "backend", 0, "auto|sbatch|libslurm",
        "how to submit; auto: by Slurm's library where it can do all that the run asks for, else by sbatch",
        "Slurm"};
}

std::vector<Column> columns(std::initializer_list<const char*> keys) {
    std::vector<Column> result;
    for (const char* key : keys) result.push_back({.key = key, .title = key});
    return result;
}

}  // namespace sbraid
