#include "commands/commands.hpp"
#include "sbraid/flow_schema.hpp"

namespace sbraid {

namespace {

Outcome run(App& app, const Options& options) {
    std::ignore = options;
    app.answer(flow_schema());
    return 0;
}

}  // namespace

const Subcommand& schema_command() {
    static const Subcommand command{
        .spec = {.name = "schema",
                 .summary = "the JSON Schema of workflow files, for editors",
                 .operands = "",
                 .description = "Editors with a TOML language server (Even Better TOML and others built on "
                                "Taplo) then complete\n"
                                "keys, show what they mean, and mark what is wrong. A file names its schema "
                                "in its first line,\n"
                                "by a path from its own folder or a URL: #:schema ./flow.schema.json",
                 .examples = {{"sbraid schema >flow.schema.json", "beside the file, with that first line"}},
                 .options = {json_option()},
                 .exit_codes = {}},
        .run = run};
    return command;
}

}  // namespace sbraid
