#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "job_environment.hpp"
#include "module.h"
#include "release.hpp"

namespace sbraid {

/// A job as slurm_submit_batch_job() takes it: made of options in the same way as sbatch makes it.
class JobRequest {
  public:
    /// `job` outlives this.
    JobRequest(const sbraid_module_job& job, const Surroundings& surroundings);
    JobRequest(const JobRequest&) = delete;
    JobRequest& operator=(const JobRequest&) = delete;
    ~JobRequest() = default;

    /// What is in the way of submitting it; empty: nothing is.
    [[nodiscard]] const std::string& trouble() const { return trouble_; }
    /// Good as long as this lives. Only where there is no trouble.
    [[nodiscard]] job_desc_msg_t* message();

    // --- for the rows of the table of options

    /// A copy that lives as long as this, for a field of the message.
    [[nodiscard]] char* keep(std::string_view text);

    job_desc_msg_t desc{};
    JobEnvironment environment;

    /// What several options and their order decide together; see count_ranks().
    struct Ranks {
        std::uint32_t count = 1;
        bool is_set = false;
        std::uint32_t least_nodes = 1;
        std::uint32_t most_nodes = 0;
        bool nodes_set = false;
        std::optional<std::uint32_t> named_nodes;  ///< of --nodelist
        std::optional<std::uint32_t> cpus;         ///< for each rank
        std::optional<std::uint32_t> on_node;      ///< ranks
        std::optional<std::uint32_t> sockets;
        std::optional<std::uint32_t> cores;
        std::optional<std::uint32_t> threads;
        std::optional<std::uint32_t> least_cpus;  ///< of a node
        bool overcommit = false;
    } ranks;
    std::string gpus_per_node, gres, gpus_per_task;
    std::optional<std::string_view> exported;  ///< --export
    std::string_view folder, output, error, input;
    bool is_held = false;

  private:
    void take(std::string_view option);
    void count_ranks();
    void fill_ranks();
    [[nodiscard]] std::string_view gpus_that_count() const;
    void fill_tres();
    void fill_files();
    void tell_environment();

    std::deque<std::string> texts_;
    std::string trouble_;
};

}  // namespace sbraid
