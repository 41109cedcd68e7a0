#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "orchestrator/run/exporter.hpp"

namespace reelpool::cli {

enum class ProgressKind : std::uint8_t { bar, plain, json, none };

/// Shows how far an export is: one line that is rewritten on a terminal, a line every few seconds
/// elsewhere, JSON lines on stdout for programs.
/// A display that cannot be written to any more (a closed terminal or pipe) is left alone.
class ProgressDisplay {
  public:
    ProgressDisplay(ProgressKind kind, double output_fps);

    void update(const run::ExportProgress& progress);
    /// Leaves the line clean for what is printed next.
    void finish();

  private:
    void print_bar(const run::ExportProgress& progress, double fps, double eta_seconds);
    void print_plain(const run::ExportProgress& progress, double fps, double eta_seconds);
    void print_json(const run::ExportProgress& progress, double fps, double eta_seconds);

    ProgressKind kind_;
    double output_fps_;
    std::chrono::milliseconds last_shown_{-1'000'000};
    bool line_is_open_ = false;
};

}  // namespace reelpool::cli
