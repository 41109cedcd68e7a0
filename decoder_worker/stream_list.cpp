#include "decoder_worker/stream_list.hpp"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <string>

namespace reelpool::worker {
namespace {

constexpr unsigned most_streams = 256;

void add(std::string& facts, const std::string& fact) {
    if (fact.empty()) return;
    if (!facts.empty()) facts += ", ";
    facts += fact;
}

std::string fraction(AVRational value) {
    std::string text = std::to_string(value.num);
    if (value.den != 1) text += "/" + std::to_string(value.den);
    return text;
}

void add_picture(std::string& facts, const AVStream& stream) {
    const AVCodecParameters& codec = *stream.codecpar;
    const char* format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(codec.format));
    if (codec.width > 0 && codec.height > 0)
        add(facts, std::to_string(codec.width) + "x" + std::to_string(codec.height));
    if (format != nullptr) add(facts, format);
    if (stream.avg_frame_rate.num > 0 && stream.avg_frame_rate.den > 0)
        add(facts, fraction(stream.avg_frame_rate) + " fps");
}

void add_sound(std::string& facts, const AVCodecParameters& codec) {
    if (codec.sample_rate > 0) add(facts, std::to_string(codec.sample_rate) + " Hz");
    if (codec.ch_layout.nb_channels <= 0) return;
    // A header that only counts the channels means the usual layout of so many.
    AVChannelLayout usual{};
    av_channel_layout_default(&usual, codec.ch_layout.nb_channels);
    const bool is_told = codec.ch_layout.order != AV_CHANNEL_ORDER_UNSPEC;
    std::array<char, 128> layout{};
    if (av_channel_layout_describe(is_told ? &codec.ch_layout : &usual, layout.data(),
                                   layout.size()) > 0)
        add(facts, layout.data());
}

void add_words(std::string& facts, const AVStream& stream) {
    for (const char* key : {"language", "title"})
        if (const AVDictionaryEntry* entry = av_dict_get(stream.metadata, key, nullptr, 0))
            add(facts, entry->value);
    if ((stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) add(facts, "cover picture");
    if ((stream.disposition & AV_DISPOSITION_DEFAULT) != 0) add(facts, "default");
}

}  // namespace

std::vector<StreamSummary> list_streams(const AVFormatContext& container, int shown) {
    std::vector<StreamSummary> streams;
    for (unsigned i = 0; i < std::min(container.nb_streams, most_streams); ++i) {
        const AVStream& stream = *container.streams[i];
        const AVCodecParameters& codec = *stream.codecpar;
        const char* kind = av_get_media_type_string(codec.codec_type);
        StreamSummary summary{.index = i,
                              .kind = kind != nullptr ? kind : "unknown",
                              .codec = avcodec_get_name(codec.codec_id),
                              .facts = {},
                              .is_shown = stream.index == shown};
        if (codec.codec_type == AVMEDIA_TYPE_VIDEO) add_picture(summary.facts, stream);
        if (codec.codec_type == AVMEDIA_TYPE_AUDIO) add_sound(summary.facts, codec);
        add_words(summary.facts, stream);
        streams.push_back(std::move(summary));
    }
    return streams;
}

}  // namespace reelpool::worker
