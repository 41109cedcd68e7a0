#include "ipc/av/pixel_formats.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <random>
#include <set>

#include "tests/decoder_worker/worker_session.hpp"

using namespace reelpool;
using namespace reelpool::worker::test;

namespace {

constexpr std::uint32_t width = 34;
constexpr std::uint32_t height = 26;

/// One raw picture in `format`: converted where ffmpeg writes the format, else of random bytes.
/// Nothing where no container carries it.
std::optional<std::string> raw_media(AVPixelFormat format) {
    const std::string name = av_get_pix_fmt_name(format);
    const std::string path = media_directory() + "raw-" + name + ".nut";
    const std::string quiet = "ffmpeg -nostdin -v quiet -y ";
    const std::string size = std::to_string(width) + "x" + std::to_string(height);
    std::string command = quiet + "-f lavfi -i testsrc2=size=" + size +
                          " -vf \"format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='40+5*X'\" "
                          "-frames:v 1 -pix_fmt " +
                          name + " -c:v rawvideo -strict -1 " + path;
    if (sws_isSupportedOutput(format) <= 0) {
        std::mt19937 random(1);
        std::string bytes(64 * width * height, '\0');
        for (char& byte : bytes) byte = static_cast<char>(random());
        write_file(media_directory() + "random.raw", bytes);
        command = quiet + "-f rawvideo -video_size " + size + " -pixel_format " + name + " -i " +
                  media_directory() + "random.raw -frames:v 1 -c copy " + path;
    }
    if (std::system(command.c_str()) != 0) return std::nullopt;
    return path;
}

/// Raw pictures of interleaved samples, in the order in which they lie.
Planes deinterleaved(const std::string& path, const std::string& pix_fmt, std::size_t count,
                     std::size_t sample_bytes) {
    const std::string raw = media_directory() + "interleaved.raw";
    run_command("ffmpeg -nostdin -v error -y -i " + path + " -f rawvideo -pix_fmt " + pix_fmt +
                " " + raw);
    const std::string bytes = read_file(raw);
    REQUIRE(bytes.size() == count * width * height * sample_bytes);
    Planes planes(count, std::vector<std::uint16_t>(width * height));
    for (std::size_t i = 0; i < count * width * height; ++i)
        std::memcpy(&planes[i % count][i / count], bytes.data() + i * sample_bytes, sample_bytes);
    return planes;
}

/// The command line's own conversion to the slots' format, in the slots' order of planes.
Planes converted_by_ffmpeg(const std::string& path, const PixelFormat& format) {
    const bool is_wide = format.bit_depth > 8;
    if (format.model == ColorModel::gray && format.has_alpha)
        return deinterleaved(path, is_wide ? "ya16le" : "ya8", 2, is_wide ? 2 : 1);
    // Not to gbrap: FFmpeg 5.1 spoils its alpha.
    if (format == PixelFormat{.model = ColorModel::rgb, .has_alpha = true})
        return deinterleaved(path, "rgba", 4, 1);
    const std::string name = av::format_name(av::planar_av_format(format));
    Planes planes = decoded_by_ffmpeg(path, name, width, height).at(0);
    if (format.model != ColorModel::rgb) return planes;
    std::swap(planes[0], planes[2]);
    std::swap(planes[1], planes[2]);
    return planes;
}

}  // namespace

TEST_CASE("every pixel format that ffmpeg reads is read alike") {
    int equal = 0;
    std::set<std::string> uncarried;
    for (int number = 0; number < AV_PIX_FMT_NB; ++number) {
        const auto format = static_cast<AVPixelFormat>(number);
        if (av_pix_fmt_desc_get(format) == nullptr || sws_isSupportedInput(format) <= 0) continue;
        const std::string name = av_get_pix_fmt_name(format);
        CAPTURE(name);
        const auto path = raw_media(format);
        if (!path) {
            uncarried.insert(name);
            continue;
        }
        WorkerSession worker;
        worker.open(*path, {.alpha = wire::AlphaMode::premultiplied});
        if (!worker.is_open()) {
            CHECK(std::system(
                      ("ffmpeg -nostdin -v quiet -xerror -i " + *path + " -f null -").c_str()) !=
                  0);
            uncarried.insert(name);
            continue;
        }
        worker.open_cursor(0, 1);
        worker.decode(0, 0, {0});
        CHECK(worker.picture(0) == converted_by_ffmpeg(*path, worker.opened().info.format));
        ++equal;
    }
    MESSAGE(equal << " formats, not in any container: " << uncarried.size());
    // NUT keeps it under a tag that FFmpeg itself reads as another format.
    CHECK(uncarried == std::set<std::string>{"yuvj411p"});
    CHECK(equal >= 180);
}

TEST_CASE("formats that ffmpeg cannot convert either are refused by name, with a way out") {
    const std::string random(64 * width * height, 'x');
    write_file(media_directory() + "x.raw", random);
    for (const std::string name : {"uyyvyy411", "rgb4", "bgr4"}) {
        CAPTURE(name);
        const std::string path = generated("refused-" + name + ".nut",
                                           "-f rawvideo -video_size 32x26 -pixel_format " + name +
                                               " -i " + media_directory() + "x.raw",
                                           "-frames:v 1 -c copy");
        WorkerSession worker;
        worker.open(path);
        REQUIRE(worker.failure().has_value());
        const Error& error = worker.failure()->error;
        CHECK(error.code == ErrorCode::media);
        CHECK(error.what.find(name) != std::string::npos);
        CHECK(error.hint.find("ffmpeg") != std::string::npos);
    }
}

TEST_CASE("codecs with alpha, through their containers") {
    struct Coding {
        const char* name;
        const char* source;   ///< pixel format that is coded
        const char* pix_fmt;  ///< planar, that is decoded
        const char* arguments;
        const char* decoder = "";  ///< that the command line must be told
    };
    const Coding codings[] = {
        {"a-qtrle.mov", "argb", "gbrap", "-c:v qtrle"},
        {"a-vp8.webm", "yuva420p", "yuva420p", "-c:v libvpx -auto-alt-ref 0 -b:v 500k -g 4",
         "-c:v libvpx "},
        {"a-vp9.webm", "yuva420p", "yuva420p",
         "-c:v libvpx-vp9 -auto-alt-ref 0 -b:v 500k -cpu-used 8 -g 4", "-c:v libvpx-vp9 "},
        {"a-prores.mov", "yuva444p10le", "yuva444p12le", "-c:v prores_ks -profile:v 4"},
        {"a-ffv1.mkv", "yuva422p10le", "yuva422p10le", "-c:v ffv1"},
        {"a-deep.mkv", "gbrap16le", "gbrap16le", "-c:v ffv1 -level 3"},
        {"a-utvideo.avi", "gbrap", "gbrap", "-c:v utvideo"},
        {"a-png.mov", "rgba64be", "gbrap16le", "-c:v png"},
        {"a-gray.mkv", "ya8", "ya8", "-c:v png"},
        {"a-deep-gray.mkv", "ya16be", "ya16le", "-c:v png"},
    };
    for (const Coding& coding : codings) {
        CAPTURE(coding.name);
        const std::string path =
            generated(coding.name,
                      moving_picture(6,
                                     "scale=34:26,format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)'"
                                     ":a='40+5*X'"),
                      std::string("-pix_fmt ") + coding.source + " " + coding.arguments);
        std::string plain = path;
        if (coding.decoder[0] != '\0')
            plain = generated(std::string("decoded-") + coding.name + ".mkv",
                              coding.decoder + ("-i " + path), "-c:v ffv1 -pix_fmt yuva420p");
        WorkerSession worker;
        worker.open(path, {.alpha = wire::AlphaMode::premultiplied});
        REQUIRE(worker.is_open());
        const PixelFormat& format = worker.opened().info.format;
        CHECK(format.has_alpha);
        CHECK(worker.opened().table.frame_count() == 6);
        worker.open_cursor(0, 1);
        worker.decode_from_keyframe(0, 0);
        CHECK(worker.picture(0) == converted_by_ffmpeg(plain + " -frames:v 1", format));
        const PixelFormat decoded = av::sample_format(av_get_pix_fmt(coding.pix_fmt)).value();
        CHECK(format == decoded);
    }
}
