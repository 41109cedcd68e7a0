// Which pictures may be left out: what FFmpeg makes of a stream with and without them.
#include "decoder_worker/disposable_pictures.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "decoder_worker/av_log.hpp"
#include "decoder_worker/demuxer.hpp"
#include "ipc/base/checksum.hpp"
#include "ipc/frame/slot_layout.hpp"
#include "tests/decoder_worker/generated_media.hpp"

using namespace reelpool;
using namespace reelpool::worker;
using namespace reelpool::worker::test;

namespace {

struct Stream {
    std::shared_ptr<MediaFile> file;
    std::unique_ptr<Demuxer> demuxer;
    std::vector<av::Packet> packets;

    [[nodiscard]] const AVCodecParameters& parameters() const { return *demuxer->video().codecpar; }
};

Stream read_stream(const std::string& path) {
    Stream stream;
    auto file = MediaFile::open(open_file(path));
    REQUIRE(file.has_value());
    stream.file = *file;
    auto demuxer = Demuxer::open(stream.file, Probing::full, max_picture_side);
    REQUIRE(demuxer.has_value());
    stream.demuxer = std::make_unique<Demuxer>(std::move(*demuxer));
    for (;;) {
        av::Packet packet(av_packet_alloc());
        auto outcome = stream.demuxer->read(packet.get());
        REQUIRE(outcome.has_value());
        if (*outcome == Demuxer::Outcome::end) return stream;
        REQUIRE(av_packet_make_writable(packet.get()) == 0);
        stream.packets.push_back(std::move(packet));
    }
}

/// Where damage leaves a part of a picture unwritten, workers notice; here it is always the same.
int cleared_buffer(AVCodecContext* codec, AVFrame* frame, int flags) {
    const int error = avcodec_default_get_buffer2(codec, frame, flags);
    for (int i = 0; error == 0 && i < AV_NUM_DATA_POINTERS && frame->buf[i] != nullptr; ++i)
        std::fill_n(frame->buf[i]->data, frame->buf[i]->size, std::uint8_t{0});
    return error;
}

/// What one thread of FFmpeg shows of some packets, by PTS, and whether it complains.
struct Decoded {
    std::map<std::int64_t, std::uint64_t> pictures;
    bool has_complaints = false;
};

std::uint64_t checksum_of(const AVFrame& frame) {
    std::uint64_t sum = 0;
    for (int plane = 0; plane < 3; ++plane) {
        const int shift = plane == 0 ? 0 : 1;
        for (int y = 0; y < frame.height >> shift; ++y)
            sum = checksum(std::as_bytes(std::span(frame.data[plane] + y * frame.linesize[plane],
                                                   static_cast<std::size_t>(frame.width >> shift))),
                           sum);
    }
    return sum;
}

Decoded decoded(const Stream& stream, const std::vector<bool>& is_left_out) {
    av::Codec codec(avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264)));
    REQUIRE(avcodec_parameters_to_context(codec.get(), &stream.parameters()) >= 0);
    codec->thread_count = 1;
    codec->get_buffer2 = cleared_buffer;
    REQUIRE(avcodec_open2(codec.get(), nullptr, nullptr) == 0);
    Decoded result;
    static_cast<void>(take_av_log());
    av::Frame frame(av_frame_alloc());
    const auto take = [&] {
        while (avcodec_receive_frame(codec.get(), frame.get()) == 0) {
            result.pictures[frame->pts] = checksum_of(*frame);
            if (frame->decode_error_flags != 0) result.has_complaints = true;
        }
    };
    for (std::size_t i = 0; i < stream.packets.size(); ++i) {
        if (is_left_out[i]) continue;
        avcodec_send_packet(codec.get(), stream.packets[i].get());
        take();
    }
    avcodec_send_packet(codec.get(), nullptr);
    take();
    if (!take_av_log().empty()) result.has_complaints = true;
    return result;
}

/// What is left out of a stream of which nothing before `wanted_from` is wanted.
struct Judged {
    std::vector<bool> is_left_out;
    bool has_contradictions = false;

    [[nodiscard]] int count() const {
        return static_cast<int>(std::count(is_left_out.begin(), is_left_out.end(), true));
    }
};

Judged judged(const Stream& stream, std::int64_t wanted_from) {
    using Wish = DisposablePictures::Wish;
    using Verdict = DisposablePictures::Verdict;
    DisposablePictures disposable(stream.parameters());
    Judged result;
    for (const av::Packet& packet : stream.packets) {
        const Verdict verdict =
            disposable.judge(*packet, packet->pts < wanted_from ? Wish::unwanted : Wish::wanted);
        result.is_left_out.push_back(verdict == Verdict::left_out);
        if (verdict == Verdict::contradicts) result.has_contradictions = true;
    }
    return result;
}

constexpr std::int64_t everything_unwanted = std::numeric_limits<std::int64_t>::max();

/// Everything from there on is as if nothing had been left out, or it was noticed.
enum class Outcome : std::uint8_t { same, noticed, different };
Outcome outcome(const Stream& stream, std::int64_t wanted_from) {
    const Judged verdicts = judged(stream, wanted_from);
    if (verdicts.has_contradictions) return Outcome::noticed;
    Decoded ours = decoded(stream, verdicts.is_left_out);
    if (ours.has_complaints) return Outcome::noticed;
    Decoded linear = decoded(stream, std::vector<bool>(stream.packets.size()));
    const auto forget_unwanted = [wanted_from](auto& pictures) {
        pictures.erase(pictures.begin(), pictures.lower_bound(wanted_from));
    };
    forget_unwanted(ours.pictures);
    forget_unwanted(linear.pictures);
    return ours.pictures == linear.pictures ? Outcome::same : Outcome::different;
}

struct Kind {
    std::string name;
    std::string arguments;
};
const std::vector<Kind> kinds{
    {"disposable.mp4", "-c:v libx264 -bf 3 -g 20 -preset fast"},
    {"disposable.ts", "-c:v libx264 -bf 3 -g 20 -preset fast"},
    {"disposable_flat.mp4", "-c:v libx264 -bf 3 -g 20 -x264-params b-pyramid=none:b-adapt=0"},
    {"disposable_slices.mp4", "-c:v libx264 -bf 3 -g 20 -slices 2"}};

/// The first 16 packets, and the time at which the 11th of their pictures is shown.
struct Short {
    Stream stream;
    std::int64_t wanted_from = 0;
};
Short short_stream(const Kind& kind) {
    Short result{read_stream(generated(kind.name, moving_picture(40), kind.arguments))};
    result.stream.packets.resize(16);
    std::vector<std::int64_t> times;
    for (const av::Packet& packet : result.stream.packets) times.push_back(packet->pts);
    std::sort(times.begin(), times.end());
    result.wanted_from = times[10];
    return result;
}

}  // namespace

TEST_CASE("pictures that are left out change no other") {
    capture_av_log();
    for (const Kind& kind : kinds) {
        CAPTURE(kind.name);
        const Stream stream = read_stream(generated(kind.name, moving_picture(40), kind.arguments));
        CHECK(judged(stream, everything_unwanted).count() >= 12);
        for (const av::Packet& packet : stream.packets)
            CHECK(outcome(stream, packet->pts) == Outcome::same);
    }
}

TEST_CASE("with any bit of a header damaged, wanted pictures are the same, or it is noticed") {
    capture_av_log();
    for (const Kind& kind : kinds) {
        CAPTURE(kind.name);
        auto [stream, wanted_from] = short_stream(kind);
        int same = 0;
        int noticed = 0;
        for (std::size_t victim = 1; victim < 12; ++victim) {
            AVPacket& packet = *stream.packets[victim];
            const std::size_t bytes = std::min<std::size_t>(14, packet.size);
            for (std::size_t bit = 0; bit < bytes * 8; ++bit) {
                CAPTURE(victim);
                CAPTURE(bit);
                const auto flip = static_cast<std::uint8_t>(0x80U >> bit % 8);
                packet.data[bit / 8] ^= flip;
                const Outcome found = outcome(stream, wanted_from);
                CHECK(found != Outcome::different);
                same += found == Outcome::same ? 1 : 0;
                noticed += found == Outcome::noticed ? 1 : 0;
                packet.data[bit / 8] ^= flip;
            }
        }
        CHECK(same > 100);
        CHECK(noticed > 100);
    }
}

TEST_CASE("with any packet missing, wanted pictures are the same, or it is noticed") {
    capture_av_log();
    for (const Kind& kind : kinds) {
        CAPTURE(kind.name);
        for (std::size_t missing = 1; missing < 12; ++missing) {
            CAPTURE(missing);
            auto [stream, wanted_from] = short_stream(kind);
            stream.packets.erase(stream.packets.begin() + static_cast<std::ptrdiff_t>(missing));
            CHECK(outcome(stream, wanted_from) != Outcome::different);
        }
    }
}

TEST_CASE("what may be more than it seems is not left out") {
    const auto find_left_out = [](const Stream& stream) {
        const auto all = judged(stream, everything_unwanted).is_left_out;
        return static_cast<std::size_t>(std::find(all.begin(), all.end(), true) - all.begin());
    };
    const Stream stream = short_stream(kinds.front()).stream;
    const std::size_t one = find_left_out(stream);
    REQUIRE(one < stream.packets.size());
    AVPacket& packet = *stream.packets[one];
    SUBCASE("a packet that the container calls damaged") {
        packet.flags |= AV_PKT_FLAG_CORRUPT;
    }
    SUBCASE("a start code behind a length") {
        REQUIRE(packet.size > 60);
        packet.data[50] = packet.data[51] = 0;
        packet.data[52] = 1;
    }
    SUBCASE("a packet that is cut") {
        av_shrink_packet(&packet, packet.size - 1);
    }
    SUBCASE("a packet without a time") {
        packet.pts = AV_NOPTS_VALUE;
    }
    CHECK_FALSE(judged(stream, everything_unwanted).is_left_out[one]);
}

TEST_CASE("nothing is said of what is not known") {
    SUBCASE("before the first reference after a seek") {
        const Stream stream = short_stream(kinds.front()).stream;
        DisposablePictures disposable(stream.parameters());
        for (const av::Packet& packet : stream.packets) {
            disposable.restart();
            CHECK(disposable.judge(*packet, DisposablePictures::Wish::unwanted) ==
                  DisposablePictures::Verdict::needed);
        }
    }
    SUBCASE("of interlaced streams") {
        const Stream stream =
            read_stream(generated("disposable_interlaced.mp4", moving_picture(40, "scale=160:96"),
                                  "-c:v libx264 -bf 3 -flags +ilme+ildct -x264-params tff=1"));
        CHECK(judged(stream, everything_unwanted).count() == 0);
    }
    SUBCASE("of pictures whose fields have orders of their own") {
        const Stream stream =
            read_stream(generated("disposable_fake.mp4", moving_picture(40, "scale=160:96"),
                                  "-c:v libx264 -bf 3 -x264-params fake-interlaced=1"));
        CHECK(judged(stream, everything_unwanted).count() == 0);
    }
}
