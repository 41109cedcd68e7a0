#include "random_media.hpp"

#include <string>
#include <vector>

#include "barcode_clip.hpp"
#include "child.hpp"

namespace reelpool::export_test {

void make_random_media(const std::filesystem::path& folder) {
    struct File {
        const char* name;
        int width, height;
        const char* fps;
        std::vector<std::string> encoding;
    };
    const std::vector<File> files{
        {"a.mp4", 320, 180, "30", test_media::small_h264(15)},
        {"b.mkv", 200, 120, "25", test_media::lossless_ffv1("yuv422p10le")},
        {"c.mkv", 131, 77, "24000/1001", test_media::lossless_ffv1("yuv444p")},
        {"d.mkv", 160, 90, "30", {"-c:v", "ffv1", "-pix_fmt", "yuv420p"}},
        {"e.webm",
         192,
         108,
         "24",
         {"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"}},
        {"f.avi", 176, 144, "30", {"-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p"}},
        {"g%03d.png", 120, 80, "10", {"-c:v", "png"}}};
    int id = 1;
    for (const File& file : files) {
        test_media::make_barcode_clip({.media_id = id++,
                                       .width = file.width,
                                       .height = file.height,
                                       .fps = file.fps,
                                       .frames = file.encoding.at(1) == "png" ? 12 : 40,
                                       .encoding = file.encoding,
                                       .out = folder / file.name});
    }
    test_media::run_or_throw(
        {"ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i",
         "testsrc2=s=120x90:r=1,format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':"
         "a='clip(255-6*abs(hypot(X-60,Y-45)-10),0,255)'",
         "-frames:v", "1", (folder / "h.png").string()});
}

Json random_media() {
    return {{"a", {{"path", "a.mp4"}}},
            {"b", {{"path", "b.mkv"}}},
            {"c", {{"path", "c.mkv"}}},
            {"d", {{"path", "d.mkv"}}},
            {"e", {{"path", "e.webm"}}},
            {"f", {{"path", "f.avi"}}},
            {"g", {{"path", "g%03d.png"}, {"fps", 10}}},
            {"h", {{"path", "h.png"}}}};
}

}  // namespace reelpool::export_test
