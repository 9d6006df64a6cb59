// Lines of a time series file: what was seen when, small enough to keep for a month's job.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collect/gpu_ledger.hpp"
#include "collect/step.hpp"

namespace sbraid::collect {

// {"v":1,"job":"12_3","step":"0","node":"n1","restart":0,"gpus":["GPU-…"]}: the first line. GPUs are numbers
// below.
std::string series_head(const Step& step, const std::vector<std::string>& uuids, bool simulated);

// {"t":1732147200.000,"gpu":[[0,87,1024,400]],"rank":[[3,0,87,1024]]}: GPU (or rank, GPU), per cent, MiB, and
// of the GPU watts; null is not known. Empty when it would be longer than `most`.
std::string series_line(std::int64_t time_ms, const std::vector<Glance>& glances, std::size_t most);

}  // namespace sbraid::collect
