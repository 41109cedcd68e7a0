// Which pictures may be left out: against what FFmpeg makes of a stream with and without them.
#include "decoder_worker/disposable_pictures.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

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

/// What one thread of FFmpeg shows, by PTS, of all packets but one.
std::map<std::int64_t, std::uint64_t> shown(const Stream& stream, std::size_t without) {
    av::Codec codec(avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264)));
    REQUIRE(avcodec_parameters_to_context(codec.get(), &stream.parameters()) >= 0);
    codec->thread_count = 1;
    REQUIRE(avcodec_open2(codec.get(), nullptr, nullptr) == 0);
    std::map<std::int64_t, std::uint64_t> pictures;
    av::Frame frame(av_frame_alloc());
    const auto take = [&] {
        while (avcodec_receive_frame(codec.get(), frame.get()) == 0) {
            std::uint64_t sum = 0;
            for (int y = 0; y < frame->height; ++y)
                sum = checksum(std::as_bytes(std::span(frame->data[0] + y * frame->linesize[0],
                                                       static_cast<std::size_t>(frame->width))),
                               sum);
            pictures[frame->pts] = sum;
        }
    };
    for (std::size_t i = 0; i < stream.packets.size(); ++i) {
        if (i == without) continue;
        avcodec_send_packet(codec.get(), stream.packets[i].get());
        take();
    }
    avcodec_send_packet(codec.get(), nullptr);
    take();
    return pictures;
}

/// Its answer about every packet.
std::vector<bool> answers(const Stream& stream) {
    DisposablePictures disposable(stream.parameters());
    std::vector<bool> all;
    for (const av::Packet& packet : stream.packets)
        all.push_back(disposable.may_leave_out(*packet));
    return all;
}

std::size_t count_yes(const std::vector<bool>& all) {
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), true));
}

bool changes_nothing_else(const Stream& stream, std::size_t packet) {
    auto with = shown(stream, stream.packets.size());
    auto without = shown(stream, packet);
    with.erase(stream.packets[packet]->pts);
    without.erase(stream.packets[packet]->pts);
    return with == without;
}

/// Places of the first bytes of a packet's slice, behind what announces the unit.
std::size_t first_slice_byte(const AVPacket& packet, bool has_start_codes) {
    const std::span<const std::uint8_t> bytes(packet.data, static_cast<std::size_t>(packet.size));
    if (!has_start_codes) return 4;
    for (std::size_t at = 3; at < bytes.size(); ++at)
        if (bytes[at - 3] == 0 && bytes[at - 2] == 0 && bytes[at - 1] == 1 &&
            (bytes[at] & 0x1fU) == 1)
            return at;
    return 0;
}

}  // namespace

TEST_CASE("pictures that are left out change no other") {
    for (const std::string name : {"disposable.mp4", "disposable.ts", "disposable_2_slices.mp4"}) {
        CAPTURE(name);
        const std::string slices = name.find("slices") == std::string::npos ? "" : " -slices 2";
        const Stream stream = read_stream(
            generated(name, moving_picture(40), "-c:v libx264 -bf 3 -g 20 -preset fast" + slices));
        const std::vector<bool> all = answers(stream);
        CHECK(count_yes(all) >= 12);
        for (std::size_t i = 0; i < all.size(); ++i)
            if (all[i]) CHECK(changes_nothing_else(stream, i));
    }
}

TEST_CASE("a picture whose header is damaged is left out only where that changes no other") {
    for (const bool has_start_codes : {false, true}) {
        const std::string name = has_start_codes ? "disposable.ts" : "disposable.mp4";
        Stream stream = read_stream(
            generated(name, moving_picture(40), "-c:v libx264 -bf 3 -g 20 -preset fast"));
        stream.packets.resize(16);
        const std::vector<bool> all = answers(stream);
        const auto victim =
            static_cast<std::size_t>(std::find(all.begin() + 5, all.end(), true) - all.begin());
        REQUIRE(victim < all.size());
        AVPacket& packet = *stream.packets[victim];
        const std::size_t begin = first_slice_byte(packet, has_start_codes);
        REQUIRE(begin > 0);
        int refused = 0;
        // Its length or start code, the unit's type, and all of the slice's header.
        for (std::size_t bit = (begin - 4) * 8; bit < (begin + 10) * 8; ++bit) {
            CAPTURE(bit);
            packet.data[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> bit % 8);
            if (!answers(stream)[victim])
                ++refused;
            else
                CHECK(changes_nothing_else(stream, victim));
            packet.data[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> bit % 8);
        }
        CHECK(refused >= 16);
        CHECK(answers(stream)[victim]);
    }
}

TEST_CASE("nothing is said of what is not known") {
    SUBCASE("before the first reference after a seek") {
        const Stream stream = read_stream(generated("disposable.mp4", moving_picture(40),
                                                    "-c:v libx264 -bf 3 -g 20 -preset fast"));
        DisposablePictures disposable(stream.parameters());
        const std::vector<bool> all = answers(stream);
        for (std::size_t i = 0; i < all.size(); ++i) {
            disposable.restart();
            CHECK_FALSE(disposable.may_leave_out(*stream.packets[i]));
        }
    }
    SUBCASE("of interlaced streams") {
        const Stream stream =
            read_stream(generated("disposable_interlaced.mp4", moving_picture(40, "scale=160:96"),
                                  "-c:v libx264 -bf 3 -flags +ilme+ildct -x264-params tff=1"));
        CHECK(count_yes(answers(stream)) == 0);
    }
    SUBCASE("of pictures whose fields have orders of their own") {
        const Stream stream =
            read_stream(generated("disposable_fake.mp4", moving_picture(40, "scale=160:96"),
                                  "-c:v libx264 -bf 3 -x264-params fake-interlaced=1"));
        CHECK(count_yes(answers(stream)) == 0);
    }
}
