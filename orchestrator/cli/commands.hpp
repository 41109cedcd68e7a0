#pragma once

#include "orchestrator/cli/options.hpp"

/// One function per command; each returns the process's exit code.
namespace reelpool::cli {

int run_export(const ExportOptions& options);
int run_frame(const FrameOptions& options);
int run_check(const CheckOptions& options);
int run_plan(const PlanOptions& options);
int run_probe(const ProbeOptions& options);
int run_devices(const DevicesOptions& options);

}  // namespace reelpool::cli
