#include <string>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/error_block.hpp"
#include "orchestrator/cli/render_job.hpp"

namespace reelpool::cli {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
    return text.size() >= end.size() &&
           text.compare(text.size() - end.size(), end.size(), end) == 0;
}

Status render_frame(const FrameOptions& options) {
    if (!ends_with(options.output, ".png"))
        return unexpected({.code = ErrorCode::usage,
                           .component = Component::output,
                           .subject = options.output,
                           .what = "a frame is written as PNG",
                           .cause = {},
                           .hint = "name the picture something.png"});
    RenderJob job;
    job.request.project = options.project;
    job.output = options.output;
    job.output_kind = run::OutputKind::picture;
    job.codec = Codec::png;
    job.container = Container::png_sequence;
    job.request.picture = options.picture;
    job.pixel_format = options.pixel_format;
    job.request.single_frame_at = options.time;
    job.request.engine = run::EngineChoice::v2;
    job.request.cache_bytes = options.cache_bytes;
    job.request.memory_limit_bytes = options.cache_bytes;
    job.overwrite = options.overwrite ? run::Overwrite::replace : run::Overwrite::refuse;
    job.device = options.device;
    job.request.safety = options.safety;
    job.on_start = [](const RenderOutcome& known) {
        for (const Warning& warning : known.warnings)
            if (warning.code == "sandbox") print_warning(warning.message);
    };
    RenderOutcome outcome;
    return render(job, outcome);
}

}  // namespace

int run_frame(const FrameOptions& options) {
    const Status done = render_frame(options);
    return done ? 0 : report_error(done.error());
}

}  // namespace reelpool::cli
