#include "decoder_worker/formats.hpp"

extern "C" {
#include <libavformat/avformat.h>
}

#include <algorithm>
#include <array>
#include <string_view>

namespace reelpool::worker {
namespace {

/// By the first of their names.
constexpr std::array<std::string_view, 13> refused_formats{
    "hls", "dash",   "concat", "webm_dash_manifest", "imf", "sdp", "rtsp", "rtp", "image2",
    "sap", "vobsub", "libgme", "libopenmpt"};

std::string list_formats() {
    std::string list;
    void* position = nullptr;
    while (const AVInputFormat* const format = av_demuxer_iterate(&position)) {
        const std::string_view names = format->name;
        const std::string_view first = names.substr(0, names.find(','));
        const bool is_refused = std::find(refused_formats.begin(), refused_formats.end(), first) !=
                                refused_formats.end();
        if (is_refused || (format->flags & AVFMT_NOFILE) != 0) continue;
        if (!list.empty()) list += ',';
        list += names;
    }
    return list;
}

}  // namespace

const std::string& allowed_formats() {
    static const std::string list = list_formats();
    return list;
}

}  // namespace reelpool::worker
