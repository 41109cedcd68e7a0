#include <sys/resource.h>

#include <csignal>
#include <system_error>
#include <variant>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/error_block.hpp"
#include "orchestrator/cli/options.hpp"

namespace {

/// Rings of many files need many descriptors; the hard limit says how many are allowed.
void allow_many_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
    using namespace reelpool;
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    allow_many_descriptors();

    const auto command = cli::parse_command_line(argc, argv);
    if (!command) return cli::report_error(command.error());

    struct Run {
        int operator()(const cli::NothingToDo& done) const { return done.exit_code; }
        int operator()(const cli::ExportOptions& options) const { return cli::run_export(options); }
        int operator()(const cli::FrameOptions& options) const { return cli::run_frame(options); }
        int operator()(const cli::CheckOptions& options) const { return cli::run_check(options); }
        int operator()(const cli::PlanOptions& options) const { return cli::run_plan(options); }
        int operator()(const cli::ProbeOptions& options) const { return cli::run_probe(options); }
        int operator()(const cli::DevicesOptions& options) const {
            return cli::run_devices(options);
        }
    };
    try {
        return std::visit(Run{}, *command);
    } catch (const std::system_error& error) {
        return cli::report_error(cli::exhausted(error));
    }
}
