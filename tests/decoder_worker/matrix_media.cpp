#include "tests/decoder_worker/matrix_media.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

#include "tests/decoder_worker/field_stream.hpp"
#include "tests/decoder_worker/generated_media.hpp"
#include "tests/media/barcode_clip.hpp"

namespace reelpool::worker::test {
namespace {

constexpr Seeking by_keyframes = Seeking::by_keyframes;
constexpr Seeking mended = Seeking::mended;
constexpr Seeking linear = Seeking::linear;
constexpr Barcodes counting = Barcodes::counting;
constexpr Barcodes increasing = Barcodes::increasing;
constexpr Barcodes unreadable = Barcodes::unreadable;

// clang-format off
constexpr MatrixRow rows[] = {
    // H.264
    {"h264.mp4", "-c:v libx264 -preset veryfast -g 24 -bf 3", by_keyframes, 150},
    {"h264-open.mp4", "-c:v libx264 -x264-params open-gop=1:keyint=20:bframes=3"},
    {"h264-open-gop.ts", "-c:v libx264 -x264-params open-gop=1:keyint=20:bframes=3"},
    {"h264-open-pyramid.mkv", "-c:v libx264 -x264-params open-gop=1:keyint=24:bframes=7:b-adapt=0:b-pyramid=normal"},
    {"h264-keyframe-every-250.mp4", "-c:v libx264 -preset veryfast -g 250 -keyint_min 250 -sc_threshold 0", by_keyframes, 310},
    {"h264-444-10.mkv", "-c:v libx264 -pix_fmt yuv444p10le -g 24 -bf 2"},
    {"h264-422-10.mov", "-c:v libx264 -pix_fmt yuv422p10le -g 24 -bf 2"},
    {"h264-rgb.mkv", "-c:v libx264rgb -crf 12 -g 24 -bf 2"},
    {"h264-gray.mp4", "-c:v libx264 -pix_fmt gray -g 24 -bf 2"},
    {"h264-full-range.mp4", "-c:v libx264 -pix_fmt yuvj420p -g 24 -bf 2"},
    {"h264-cropped.mp4", "-vf scale=158:90 -c:v libx264 -g 24 -bf 2"},
    {"h264.avi", "-c:v libx264 -g 24 -bf 2", linear},
    {"h264.flv", "-c:v libx264 -g 24 -bf 2"},
    {"h264.h264", "-c:v libx264 -g 24 -bf 2", linear},
    {"h264-fragments.mp4", "-c:v libx264 -g 24 -bf 2 -movflags frag_keyframe+empty_moov"},
    {"h264-fragments-edit-list.mp4", "-c:v libx264 -g 24 -bf 2 -movflags +frag_keyframe+delay_moov"},
    {"h264-edit-list-mid-gop.mp4", "{h264.mp4}-c copy", by_keyframes, 120, counting, 30, "25", "-ss 1.2"},
    {"h264-mbaff.ts", "-c:v libx264 -flags +ildct+ilme -g 24 -bf 2"},
    {"h264-paff.h264", "PAFF", linear},
    {"h264-paff.ts", "{h264-paff.h264}-c copy -bsf:v \"setts=ts='1800*(10*floor(N/9)+mod(N,9)+gt(mod(N,9),6))'\""},
    {"h264-paff.mkv", "{h264-paff.ts}-c copy"},
    {"h264-intra-refresh.ts", "-c:v libx264 -x264-params intra-refresh=1:keyint=20:bframes=0", linear},
    {"h264-intra-refresh.mp4", "-c:v libx264 -x264-params intra-refresh=1:keyint=20:bframes=0", linear},
    {"h264-intra-refresh.mkv", "{h264-intra-refresh.mp4}-c copy", linear},
    {"h264-all-intra.mov", "-c:v libx264 -g 1"},
    // time stamps
    {"h264-vfr-rotated-phone.mp4", "-vf \"select='not(eq(mod(n,5),3))',settb=1/90000,setpts=PTS+37*mod(N\\,7)\" -c:v libx264 -g 24 -bf 2 -fps_mode passthrough -enc_time_base 1/90000 -metadata:s:v rotate=90", by_keyframes, 120, increasing},
    {"h264-vfr.mkv", "-vf \"select='not(eq(mod(n,5),3))'\" -c:v libx264 -g 24 -bf 2 -fps_mode passthrough", by_keyframes, 120, increasing},
    {"h264-first-pts-0.854.mkv", "-c:v libx264 -g 24 -bf 2 -output_ts_offset 0.854"},
    {"h264-first-pts-0.854.ts", "-c:v libx264 -g 24 -bf 2 -muxdelay 0 -muxpreload 0 -output_ts_offset 0.854"},
    {"h264-first-pts-0.854.mp4", "-c:v libx264 -g 24 -bf 2 -output_ts_offset 0.854"},
    {"h264-negative-first-pts.ts", "-c:v libx264 -g 24 -bf 2 -muxdelay 0 -muxpreload 0 -avoid_negative_ts disabled -output_ts_offset -1"},
    {"h264-negative-first-pts.mp4", "-c:v libx264 -g 24 -bf 2 -use_editlist 0 -movflags +negative_cts_offsets -avoid_negative_ts disabled -output_ts_offset -1"},
    {"h264-wrapping-time-stamps.ts", "-c:v libx264 -g 24 -bf 2 -muxdelay 0 -muxpreload 0 -output_ts_offset 95440"},
    {"mpeg2-wrapping-time-stamps.ts", "-c:v mpeg2video -q:v 4 -bf 2 -g 15 -muxdelay 0 -muxpreload 0 -output_ts_offset 95440"},
    {"h264-unknown-rate.flv", "-c:v libx264 -g 24 -bf 2 -flvflags no_metadata"},
    {"h264-29.97.mov", "-c:v libx264 -g 30 -bf 2", by_keyframes, 120, counting, 0, "30000/1001"},
    {"mpeg4-dropped.avi", "-vf \"select='not(eq(mod(n,5),3))'\" -fps_mode passthrough -c:v mpeg4 -q:v 4 -g 20", by_keyframes, 120, increasing},
    // the ends of files that were cut
    {"cut.ts", "-c:v libx264 -g 24 -bf 2 -x264-params scenecut=0", by_keyframes, 0, increasing, 0, "25", "", 71},
    {"cut.mkv", "-c:v libx264 -g 24 -bf 2 -x264-params scenecut=0", by_keyframes, 0, counting, 0, "25", "", 71},
    {"cut.mp4", "-c:v libx264 -g 24 -bf 2 -x264-params scenecut=0 -movflags +faststart", by_keyframes, 0, counting, 0, "25", "", 71},
    {"cut-fragments.mp4", "-c:v libx264 -g 24 -bf 2 -movflags frag_keyframe+empty_moov", by_keyframes, 0, counting, 0, "25", "", 71},
    {"cut.mpg", "-c:v mpeg2video -q:v 1 -bf 2 -g 15", mended, 0, counting, 0, "25", "", 71},
    // HEVC
    {"hevc-rasl.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=0:keyint=20:min-keyint=20:open-gop=1:bframes=4:b-adapt=0"},
    {"hevc-rasl-10.ts", "-c:v libx265 -pix_fmt yuv420p10le -preset ultrafast -x265-params log-level=0:keyint=20:min-keyint=20:open-gop=1:bframes=4:b-adapt=0"},
    {"hevc-12-422.mkv", "-c:v libx265 -pix_fmt yuv422p12le -preset ultrafast -x265-params log-level=0:keyint=24:bframes=3"},
    {"hevc-cropped.mkv", "-vf scale=158:90 -c:v libx265 -preset ultrafast -x265-params log-level=0:keyint=24:bframes=3"},
    {"hevc.hevc", "-c:v libx265 -preset ultrafast -x265-params log-level=0:keyint=20:bframes=3", linear},
    // VP8, VP9, AV1
    {"vp9-alt-ref-24.webm", "-c:v libvpx-vp9 -g 30 -auto-alt-ref 1 -lag-in-frames 16 -cpu-used 8 -b:v 200k", by_keyframes, 120, counting, 0, "24"},
    {"vp9-live.webm", "-c:v libvpx-vp9 -g 20 -cpu-used 8 -b:v 200k -f webm -live 1"},
    {"vp9-alpha.webm", "-vf format=yuva420p -c:v libvpx-vp9 -auto-alt-ref 0 -g 30 -cpu-used 8 -b:v 200k"},
    {"vp9-odd-size.mkv", "-vf scale=157:91 -c:v libvpx-vp9 -g 30 -cpu-used 8 -b:v 200k"},
    {"vp9.ivf", "-c:v libvpx-vp9 -g 30 -auto-alt-ref 1 -lag-in-frames 16 -cpu-used 8 -b:v 200k"},
    {"vp8-alt-ref.webm", "-c:v libvpx -g 30 -auto-alt-ref 1 -lag-in-frames 16 -cpu-used 8 -b:v 200k"},
    {"vp8.ivf", "-c:v libvpx -g 30 -auto-alt-ref 1 -lag-in-frames 16 -cpu-used 8 -b:v 200k"},
    {"av1.mp4", "-c:v libsvtav1 -preset 12 -g 30"},
    {"av1-10.mkv", "-c:v libsvtav1 -preset 12 -g 30 -pix_fmt yuv420p10le"},
    {"av1.ivf", "-c:v libsvtav1 -preset 12 -g 30"},
    {"av1-aom.webm", "-c:v libaom-av1 -cpu-used 8 -usage realtime -g 30 -b:v 200k"},
    // MPEG-1, MPEG-2, MPEG-4
    {"mpeg4-b.avi", "-c:v mpeg4 -q:v 4 -bf 2 -g 20"},
    // Xvid loses four frames, and mixes two where a GOP ends; so does every decoder.
    {"mpeg4-packed-b.avi", "-c:v libxvid -q:v 4 -bf 2 -g 20", linear, 0, unreadable},
    {"mpeg4.avi", "-c:v mpeg4 -q:v 4 -g 20"},
    {"mpeg4-b.mp4", "-c:v mpeg4 -q:v 4 -bf 2 -g 20"},
    {"mpeg2.ts", "-c:v mpeg2video -q:v 4 -bf 2 -g 15"},
    {"mpeg2-open.ts", "-c:v mpeg2video -q:v 4 -bf 2 -g 15 -flags -cgop"},
    {"mpeg2.mpg", "-vf noise=alls=40:allf=t -c:v mpeg2video -q:v 1 -bf 2 -g 15"},
    {"mpeg2-thin.mpg", "-c:v mpeg2video -q:v 4 -bf 2 -g 15", mended},
    {"mpeg2-interlaced.vob", "-vf noise=alls=40:allf=t -c:v mpeg2video -q:v 1 -flags +ildct+ilme -bf 2 -g 15"},
    {"mpeg1.mpg", "-vf noise=alls=40:allf=t -c:v mpeg1video -q:v 1 -bf 2 -g 15"},
    {"mpeg2.mxf", "-c:v mpeg2video -pix_fmt yuv422p -q:v 4 -bf 2 -g 15"},
    {"mpeg2-interlaced.gxf", "-vf scale=720:576 -c:v mpeg2video -q:v 4 -flags +ildct+ilme -g 6", by_keyframes, 100},
    {"mpeg2.m2v", "-c:v mpeg2video -q:v 4 -bf 2 -g 15"},
    // every frame a keyframe
    {"prores.mov", "-c:v prores_ks -profile:v 3"},
    {"prores-4444.mov", "-vf format=yuva444p10le -c:v prores_ks -profile:v 4444"},
    {"dnxhr.mov", "-vf scale=320:192 -c:v dnxhd -profile:v dnxhr_hq -pix_fmt yuv422p"},
    {"dnxhr.mxf", "-vf scale=320:192 -c:v dnxhd -profile:v dnxhr_hq -pix_fmt yuv422p"},
    {"mjpeg.avi", "-c:v mjpeg -q:v 4 -pix_fmt yuvj420p"},
    {"rgb.avi", "-c:v rawvideo -pix_fmt bgr24"},
    {"nv12.nut", "-c:v rawvideo -pix_fmt nv12"},
    {"yuyv.nut", "-c:v rawvideo -pix_fmt yuyv422"},
    {"raw.y4m", ""},
    {"huffyuv.avi", "-c:v huffyuv -pix_fmt yuv422p"},
    {"png-rgba.mov", "-vf format=rgba -c:v png"},
    {"palette.mkv", "-vf \"split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse\" -c:v png -pix_fmt pal8"},
    // other codecs that depend on frames before
    {"ffv1.mkv", "-c:v ffv1 -g 10"},
    {"ffv1-gray16.mkv", "-c:v ffv1 -level 3 -pix_fmt gray16le -g 10"},
    {"ffv1-gray-alpha.nut", "-vf format=ya8 -c:v rawvideo"},
    {"qtrle.mov", "-c:v qtrle -pix_fmt rgb24 -g 10"},
    {"moving.gif", "-r 25", linear},
    {"moving.apng", "-plays 0", linear},
    {"theora.ogv", "-c:v libtheora -q:v 8 -g 20"},
    {"h263.flv", "-c:v flv -q:v 3 -g 20"},
    {"wmv.asf", "-c:v wmv2 -q:v 3 -g 20"},
};
// clang-format on

std::string directory() {
    const std::string path = media_directory() + "matrix/";
    ::mkdir(path.c_str(), 0755);
    return path;
}

/// Makes a file under another name first: several tests may make the same one at once.
template <class Make>
std::string made_once(const std::string& name, const Make& make) {
    const std::string path = directory() + name;
    if (::access(path.c_str(), R_OK) == 0) return path;
    const std::string part = directory() + "part" + std::to_string(::getpid()) + "-" + name;
    make(part);
    INFO(path);
    REQUIRE(std::rename(part.c_str(), path.c_str()) == 0);
    return path;
}

constexpr int width = 160;
constexpr int height = 96;

std::vector<std::byte> barcode_picture(int number) {
    return test_media::barcode_frame({.media_id = 7, .width = width, .height = height}, number);
}

/// As many raw frames as the longest row needs.
std::string raw_clip() {
    return made_once("barcodes.yuv", [](const std::string& part) {
        std::string bytes;
        for (int n = 0; n < 320; ++n) {
            const std::vector<std::byte> frame = barcode_picture(n);
            bytes.append(reinterpret_cast<const char*>(frame.data()), frame.size());
        }
        write_file(part, bytes);
    });
}

std::string field_clip() {
    return field_stream({.width = width, .height = height, .luma = [](int number) {
                             std::vector<std::byte> frame = barcode_picture(number);
                             frame.resize(std::size_t{width} * height);
                             return frame;
                         }});
}

/// ffmpeg's command line up to the output's name.
std::string command_for(const MatrixRow& row) {
    std::string command = "ffmpeg -nostdin -v error -y " + std::string(row.input_options);
    std::string arguments = row.arguments;
    if (arguments.starts_with('{')) {
        const std::size_t end = arguments.find('}');
        command += " -i " + matrix_file(arguments.substr(1, end - 1));
        arguments.erase(0, end + 1);
    } else {
        command += " -f rawvideo -pix_fmt yuv420p -s 160x96 -framerate " + std::string(row.rate) +
                   " -i " + raw_clip();
        const std::uint32_t frames = row.frames > 0 ? row.frames : 120;
        arguments += " -frames:v " + std::to_string(frames);
    }
    // The machine's number of cores must not show in the files.
    return command + " " + arguments + " -threads 1 ";
}

}  // namespace

std::span<const MatrixRow> matrix_rows() {
    return rows;
}

std::string matrix_file(const std::string& name) {
    const auto row = std::find_if(std::begin(rows), std::end(rows),
                                  [&](const MatrixRow& r) { return r.name == name; });
    REQUIRE(row != std::end(rows));
    return matrix_file(*row);
}

std::string matrix_file(const MatrixRow& row) {
    return made_once(row.name, [&](const std::string& part) {
        if (row.arguments == std::string("PAFF"))
            write_file(part, field_clip());
        else
            run_command(command_for(row) + part + " 2>/dev/null");
        if (row.kept_percent == 100) return;
        const std::string whole = read_file(part);
        write_file(part, whole.substr(0, whole.size() * row.kept_percent / 100));
    });
}

std::string sequence_pattern() {
    return directory() + "picture%03d.png";
}

std::vector<std::string> matrix_sequence(std::uint32_t frames) {
    run_command("ffmpeg -nostdin -v error -y -f rawvideo -pix_fmt yuv420p -s 160x96 -i " +
                raw_clip() + " -frames:v " + std::to_string(frames) + " -pix_fmt rgb24 " +
                sequence_pattern());
    std::vector<std::string> files;
    for (std::uint32_t n = 1; n <= frames; ++n) {
        char name[24];
        std::snprintf(name, sizeof name, "picture%03u.png", n);
        files.push_back(directory() + name);
    }
    return files;
}

}  // namespace reelpool::worker::test
