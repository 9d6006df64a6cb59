// The address of the webhook is not in it: it stands in the plan alone. It waits, and is patient with two
// messages, for less than the time limit that Lowering gives this job.
#include "notifier_script.hpp"

#include <fmt/format.h>

#include "sbraid/shell_quote.hpp"

namespace sbraid {

std::string notifier_script(const SubmissionPlan& plan) {
    return fmt::format(
        "#!/bin/sh\n"
        "# Made by sbraid {1} for run {0} ([notify] of {2}). All tasks have ended: this tells the webhook,\n"
        "# unless somebody who waited for the end has done that. Nothing waits for this job.\n"
        "sbraid={3}\n"
        "if [ -x \"$sbraid\" ]; then\n"
        "    \"$sbraid\" notify --wait 5m --patience 3m {4}\n"
        "else\n"
        "    echo \"sbraid: there is no $sbraid on $(hostname), so the webhook is not told from here;\" \\\n"
        "        \"'sbraid wait' and 'sbraid notify' do that\" >&2\n"
        "fi\n"
        "exit 0\n",
        plan.run, plan.version, plan.file.substr(plan.file.rfind('/') + 1), shell_quote(plan.submitter),
        shell_quote(plan.run_dir));
}

}  // namespace sbraid
