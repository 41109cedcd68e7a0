#include "decoder_worker/picture_parser.hpp"

#include <cstddef>
#include <vector>

#include "decoder_worker/nal_units.hpp"

namespace reelpool::worker {
namespace {

bool tells_something(AVCodecID id) {
    return id == AV_CODEC_ID_MPEG4 || id == AV_CODEC_ID_MPEG2VIDEO ||
           id == AV_CODEC_ID_MPEG1VIDEO || id == AV_CODEC_ID_H264;
}

Structure structure_of(AVPictureStructure structure) {
    if (structure == AV_PICTURE_STRUCTURE_TOP_FIELD) return Structure::top_field;
    if (structure == AV_PICTURE_STRUCTURE_BOTTOM_FIELD) return Structure::bottom_field;
    return Structure::frame;
}

/// The messages of an SEI unit up to a recovery point. Source: ITU-T H.264, 7.3.2.3.1 and D.1.8.
bool has_gradual_recovery(NalUnits::Bytes unit) {
    const std::vector<std::uint8_t> sei = unescaped(unit, unit.size());
    constexpr unsigned recovery_point = 6;
    const auto number = [&](std::size_t& at) {
        unsigned value = 0;
        while (at < sei.size() && sei[at] == 0xff) value += sei[at++];
        if (at < sei.size()) value += sei[at++];
        return value;
    };
    for (std::size_t at = 1; at + 2 < sei.size();) {
        const unsigned type = number(at);
        const unsigned bytes = number(at);
        // recovery_frame_cnt is an Exp-Golomb number: 0 is a single 1.
        if (type == recovery_point) return at < sei.size() && (sei[at] & 0x80U) == 0;
        at += bytes;
    }
    return false;
}

}  // namespace

PictureParser::PictureParser(const AVCodecParameters& parameters) {
    if (!tells_something(parameters.codec_id)) return;
    parser_.reset(av_parser_init(parameters.codec_id));
    codec_.reset(avcodec_alloc_context3(nullptr));
    if (!parser_ || !codec_ || avcodec_parameters_to_context(codec_.get(), &parameters) < 0)
        parser_.reset();
    else
        parser_->flags |= PARSER_FLAG_COMPLETE_FRAMES;
}

CodedPicture PictureParser::parse(const AVPacket& packet) {
    if (!parser_) return {};
    std::uint8_t* out = nullptr;
    int out_bytes = 0;
    av_parser_parse2(parser_.get(), codec_.get(), &out, &out_bytes, packet.data, packet.size,
                     packet.pts, packet.dts, packet.pos);
    // MPEG-2's fields come in one packet, and this word is not about them.
    const bool is_h264 = codec_->codec_id == AV_CODEC_ID_H264;
    return {.is_bidirectional = !is_h264 && parser_->pict_type == AV_PICTURE_TYPE_B,
            .structure = is_h264 ? structure_of(parser_->picture_structure) : Structure::frame,
            .order = parser_->output_picture_number};
}

bool begins_gradually(const AVCodecParameters& parameters, const AVPacket& packet) {
    constexpr unsigned sei = 6;
    constexpr unsigned last_slice_type = 5;
    if (parameters.codec_id != AV_CODEC_ID_H264 || packet.size < 1) return false;
    NalUnits units(parameters, {packet.data, static_cast<std::size_t>(packet.size)});
    for (NalUnits::Bytes unit = units.next(); !unit.empty(); unit = units.next()) {
        const unsigned type = unit[0] & 0x1fU;
        if (type >= 1 && type <= last_slice_type) return false;
        if (type == sei && has_gradual_recovery(unit)) return true;
    }
    return false;
}

}  // namespace reelpool::worker
