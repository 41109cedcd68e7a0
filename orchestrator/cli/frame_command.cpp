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

Result<Codec> codec_of(const std::string& path) {
    if (ends_with(path, ".png")) return Codec::png;
    if (ends_with(path, ".jpg") || ends_with(path, ".jpeg")) return Codec::jpeg;
    if (ends_with(path, ".webp")) return Codec::webp;
    return unexpected({.code = ErrorCode::usage,
                       .component = Component::output,
                       .subject = path,
                       .what = "a frame is written as PNG, JPEG or WebP",
                       .cause = {},
                       .hint = "name the picture something.png, .jpg or .webp"});
}

Status render_frame(const FrameOptions& options) {
    REELPOOL_TRY(codec, codec_of(options.output));
    RenderJob job;
    job.request.project = options.project;
    job.output = options.output;
    job.output_kind = run::OutputKind::picture;
    job.codec = codec;
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
