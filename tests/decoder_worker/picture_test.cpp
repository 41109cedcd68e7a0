#include <doctest/doctest.h>

#include <cstring>

#include "decoder_worker/media_facts.hpp"
#include "tests/decoder_worker/worker_session.hpp"

using namespace reelpool;
using namespace reelpool::worker::test;

namespace {

/// A moving picture whose alpha runs from clear to opaque across, and is clear in a corner.
std::string with_alpha(int frames, const std::string& format) {
    return "-f lavfi -i testsrc2=size=150x90:rate=25 -vf \"trim=end_frame=" +
           std::to_string(frames) +
           ",scale=151:91,format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='if(lt(X+Y,40),0,"
           "min(255,X*2))',format=" +
           format + "\"";
}

/// round(v a / 255) in whole numbers.
std::uint16_t multiplied(std::uint32_t v, std::uint32_t a) {
    return static_cast<std::uint16_t>((2 * v * a + 255) / 510);
}

Planes premultiplied_rgb(Planes planes) {
    for (std::size_t plane = 0; plane < 3; ++plane)
        for (std::size_t i = 0; i < planes[plane].size(); ++i)
            planes[plane][i] = multiplied(planes[plane][i], planes[3][i]);
    return planes;
}

/// The first picture as planes R, G, B, A. (Not by -pix_fmt gbrap: FFmpeg 5.1 spoils its alpha.)
Planes decoded_rgba(const std::string& path) {
    const std::string raw = media_directory() + "rgba.raw";
    run_command("ffmpeg -nostdin -v error -y -i " + path +
                " -frames:v 1 -f rawvideo -pix_fmt rgba " + raw);
    const std::string bytes = read_file(raw);
    Planes planes(4);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        planes[i % 4].push_back(static_cast<std::uint8_t>(bytes[i]));
    return planes;
}

std::vector<std::uint16_t> halved_once(const std::vector<std::uint16_t>& plane, std::size_t w,
                                       std::size_t h) {
    std::vector<std::uint16_t> out;
    for (std::size_t y = 0; y < h; y += 2)
        for (std::size_t x = 0; x < w; x += 2) {
            const std::size_t x1 = std::min(x + 1, w - 1);
            const std::size_t y1 = std::min(y + 1, h - 1);
            const unsigned sum =
                0U + plane[y * w + x] + plane[y * w + x1] + plane[y1 * w + x] + plane[y1 * w + x1];
            out.push_back(static_cast<std::uint16_t>((sum + 2) / 4));
        }
    return out;
}

}  // namespace

TEST_CASE("a still with alpha is premultiplied") {
    const std::string path = generated("alpha.png", with_alpha(1, "rgba"), "-frames:v 1");
    const Planes straight = decoded_rgba(path);
    for (const auto mode : {wire::AlphaMode::straight, wire::AlphaMode::premultiplied}) {
        WorkerSession worker;
        worker.open(path, {.alpha = mode});
        REQUIRE(worker.is_open());
        CHECK(worker.opened().info.is_still);
        CHECK(worker.opened().info.format ==
              PixelFormat{.model = ColorModel::rgb, .has_alpha = true});
        worker.open_cursor(0, 1);
        worker.decode(0, 0, {0});
        CHECK(worker.picture(0) ==
              (mode == wire::AlphaMode::straight ? premultiplied_rgb(straight) : straight));
    }
}

TEST_CASE("alpha is multiplied in before levels are made") {
    const std::string path = generated("alpha.png", with_alpha(1, "rgba"), "-frames:v 1");
    const Planes full = premultiplied_rgb(decoded_rgba(path));
    WorkerSession worker;
    worker.open(path);
    REQUIRE(worker.is_open());
    worker.open_cursor(0, 1);
    worker.decode(0, 0, {0}, {1, 1});
    const Planes half = worker.picture(0);
    for (std::size_t plane = 0; plane < 4; ++plane)
        CHECK(half[plane] == halved_once(full[plane], 151, 91));
}

TEST_CASE("every picture of a sequence comes from its own file") {
    const std::string pattern = media_directory() + "sequence%02d.png";
    run_command("ffmpeg -nostdin -v error -y " + with_alpha(5, "rgba") + " " + pattern);
    std::vector<std::string> files;
    for (int i = 1; i <= 5; ++i)
        files.push_back(media_directory() + "sequence0" + std::to_string(i) + ".png");
    WorkerSession worker;
    worker.open(files[0], {.is_sequence = true});
    REQUIRE(worker.is_open());
    CHECK(worker.opened().table.frame_count() == 1);
    worker.open_cursor(0, 1);
    worker.decode(0, 0, {0, 1, 2, 3, 4}, {}, files);
    worker.decode(0, 2, {2}, {}, {files[2]});
    for (std::size_t n = 0; n < 6; ++n) {
        const std::size_t which = n < 5 ? n : 2;
        CHECK(worker.ready()[n].frame.value == which);
        CHECK(worker.picture(n) == premultiplied_rgb(decoded_rgba(files[which])));
    }
    CHECK(worker.counters().frames_decoded == 6);
}

TEST_CASE("pictures of a sequence that differ in size or format become like the first one") {
    const std::string first = generated("alpha.png", with_alpha(1, "rgba"), "-frames:v 1");
    const std::string smaller =
        generated("smaller.png", with_alpha(1, "rgba"), "-frames:v 1 -s 80x46");
    const std::string opaque =
        generated("opaque.png", with_alpha(1, "rgba"), "-frames:v 1 -pix_fmt rgb24");
    WorkerSession worker;
    worker.open(first, {.is_sequence = true});
    REQUIRE(worker.is_open());
    worker.open_cursor(0, 1);
    worker.decode(0, 0, {0, 1, 2}, {}, {first, smaller, opaque});
    CHECK(worker.counters().frames_converted == 2);
    const std::string grown =
        generated("grown.png", "-i " + smaller, "-vf scale=151:91:flags=bicubic");
    CHECK(worker.picture(0) == premultiplied_rgb(decoded_rgba(first)));
    CHECK(worker.picture(1) == premultiplied_rgb(decoded_rgba(grown)));
    CHECK(worker.picture(2) == decoded_rgba(opaque));
}

TEST_CASE("alpha in YUV: ProRes 4444 and VP9") {
    const std::string prores =
        generated("alpha.mov", with_alpha(4, "yuva444p10le"), "-c:v prores_ks -profile:v 4");
    WorkerSession worker;
    worker.open(prores);
    REQUIRE(worker.is_open());
    CHECK(worker.opened().info.format.has_alpha);
    CHECK(worker.opened().info.format.bit_depth == 12);
    worker.open_cursor(0, 2);
    worker.decode(0, 2, {2});
    Planes expected = decoded_by_ffmpeg(prores, "yuva444p12le", 151, 91).at(2);
    const bool is_full = worker.opened().info.color.range == ColorRange::full;
    for (std::size_t plane = 0; plane < 3; ++plane)
        for (std::size_t i = 0; i < expected[plane].size(); ++i) {
            const int zero = plane > 0 ? 2048 : is_full ? 0 : 256;
            const int product = (expected[plane][i] - zero) * expected[3][i];
            const int rounded = (2 * product + 4095 + 8190 * 4096) / 8190 - 4096;
            expected[plane][i] = static_cast<std::uint16_t>(zero + rounded);
        }
    CHECK(worker.picture(0) == expected);

    const std::string vp9 = generated("alpha.webm", with_alpha(20, "yuva420p"),
                                      "-c:v libvpx-vp9 -cpu-used 8 -b:v 500k -auto-alt-ref 0 -g 8");
    WorkerSession other;
    other.open(vp9);
    REQUIRE(other.is_open());
    CHECK(other.opened().info.format.has_alpha);
    other.open_cursor(0, 2);
    other.decode_from_keyframe(0, 13);
    CHECK(other.picture(0).size() == 4);
    // At the left edge alpha is 0, and premultiplied chroma is neutral.
    CHECK(other.picture(0)[3].at(151 * 60) < 8);
}

TEST_CASE("levels of a video, plane by plane in its own grid") {
    const std::string path =
        generated("h264.mp4", moving_picture(75), "-c:v libx264 -preset veryfast -g 24 -bf 3");
    const Planes full = decoded_by_ffmpeg(path, "yuv420p", 160, 90).at(31);
    WorkerSession worker;
    worker.open(path);
    REQUIRE(worker.is_open());
    worker.open_cursor(0, 1);
    worker.decode_from_keyframe(0, 31, {1, 1});
    CHECK(worker.picture(0)[0] == halved_once(full[0], 160, 90));
    CHECK(worker.picture(0)[1] == halved_once(full[1], 80, 45));
    CHECK(worker.picture(0)[2] == halved_once(full[2], 80, 45));
    worker.decode(0, wire::no_seek, {31}, {15, 15});
    CHECK(worker.picture(1)[0].size() == 1);
}

TEST_CASE("orientation turns the picture as ffmpeg does") {
    const std::string upright =
        generated("h264.mp4", moving_picture(75), "-c:v libx264 -preset veryfast -g 24 -bf 3");
    for (const int degrees : {90, 180, 270}) {
        CAPTURE(degrees);
        const std::string name = "turned" + std::to_string(degrees) + ".mp4";
        const std::string path = generated(
            name, "-i " + upright, "-c copy -metadata:s:v:0 rotate=" + std::to_string(degrees));
        WorkerSession worker;
        worker.open(path);
        REQUIRE(worker.is_open());
        const Orientation turn = worker.opened().info.orientation;
        CHECK(!turn.mirrored_horizontally);
        CHECK(turn.quarter_turns_clockwise != 0);
        worker.open_cursor(0, 1);
        worker.decode(0, 0, {0});
        std::vector<std::uint16_t> luma = worker.picture(0)[0];
        std::size_t w = 160;
        std::size_t h = 90;
        for (int i = 0; i < turn.quarter_turns_clockwise; ++i) {
            std::vector<std::uint16_t> next;
            for (std::size_t y = 0; y < w; ++y)
                for (std::size_t x = 0; x < h; ++x) next.push_back(luma[(h - 1 - x) * w + y]);
            luma = std::move(next);
            std::swap(w, h);
        }
        const std::string raw = media_directory() + "turned.raw";
        run_command("ffmpeg -nostdin -v error -y -i " + path +
                    " -frames:v 1 -f rawvideo -pix_fmt yuv420p " + raw);
        CHECK(split_planes(read_file(raw).data(), "yuv420p", static_cast<std::uint32_t>(w),
                           static_cast<std::uint32_t>(h))[0] == luma);
    }
}

TEST_CASE("tags with numbers that nobody has a name for are read as numbers") {
    const av::Input container(avformat_alloc_context());
    REQUIRE(container != nullptr);
    container->iformat = av_find_input_format("mov");
    AVStream* const stream = avformat_new_stream(container.get(), nullptr);
    const av::Codec codec(avcodec_alloc_context3(nullptr));
    const av::Frame frame(av_frame_alloc());
    REQUIRE((stream != nullptr && codec && frame));
    frame->width = 64;
    frame->height = 64;
    frame->format = AV_PIX_FMT_YUV420P;
    const auto tag = [](auto& field, int code) { std::memcpy(&field, &code, sizeof(code)); };
    tag(stream->codecpar->field_order, 77);
    tag(frame->color_primaries, 1'000);
    tag(frame->color_trc, -3);
    tag(frame->color_range, 9);
    tag(frame->chroma_location, 33);
    const auto info = describe_media(*container, *stream, *codec, *frame, {});
    REQUIRE(info.has_value());
    CHECK(info->tagged == ColorDescription{});
    CHECK(info->color.siting == ChromaSiting::left);
    CHECK_FALSE(info->is_interlaced);

    tag(frame->colorspace, 99);
    const auto refused = describe_media(*container, *stream, *codec, *frame, {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().what.find("the matrix number 99") != std::string::npos);
}
