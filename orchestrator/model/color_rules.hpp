#pragma once

#include "ipc/base/result.hpp"
#include "ipc/frame/color.hpp"
#include "ipc/frame/media_info.hpp"
#include "orchestrator/model/project.hpp"

namespace reelpool::model {

/// What a medium's code values mean: the project's word, else the file's tags, else the rules.
/// Rules for what is not tagged: YUV is BT.601 up to 576 coded lines and BT.709 above, limited
/// range; full-range 8-bit YUV and JPEG are BT.601; RGB is sRGB, full range; gray is like YUV, but
/// full range in still pictures; chroma is sited left.
/// PQ and HLG without primaries are BT.2020's.
/// No field of the result is `unspecified`. The matrix of BT.601 of both kinds is `smpte170m`;
/// transfers whose codes are shown as they are, are `bt709` or `srgb`, and primaries that are shown
/// as BT.709's, `bt709`: of these, the project's word is taken literally, and the file's is not.
/// Errors: media, without a subject: a description that is not built yet, by name.
/// Source: ITU-T H.273 for the code points.
[[nodiscard]] Result<ColorDescription> effective_color(const MediaInfo& info,
                                                       const ColorOverrides& overrides);

}  // namespace reelpool::model
