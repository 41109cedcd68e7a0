#include "tools/seek_stress/linear_decoding.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "ipc/frame/slot_layout.hpp"

namespace reelpool::seek_stress {
namespace {

Unexpected unusable(std::string what, std::string hint = {}) {
    return unexpected({.code = ErrorCode::media,
                       .component = Component::worker,
                       .subject = {},
                       .what = std::move(what),
                       .cause = {},
                       .hint = std::move(hint)});
}

/// ffmpeg's own name for the format in which it decodes the file, such as "yuvj420p".
Result<std::string> native_format(const std::string& path) {
    REELPOOL_TRY(probe, ChildOutput::start(
                            {"ffprobe", "-v", "quiet", "-select_streams", "v:0", "-show_entries",
                             "stream=pix_fmt", "-of", "default=nw=1:nk=1", path},
                            Complaints::dropped));
    std::array<std::byte, 64> bytes{};
    REELPOOL_TRY(size, probe.read(bytes));
    const std::string text(reinterpret_cast<const char*>(bytes.data()), size);
    return text.substr(0, text.find('\n'));
}

/// What ffmpeg is asked for: the slots' samples, but "yuvj" stays "yuvj", or it would change the
/// range.
std::string wanted_format(const PixelFormat& format, const std::string& native) {
    std::string name = to_text(format);
    if (format.bit_depth > 8) name += "le";
    if (native.starts_with("yuvj")) name.insert(3, "j");
    return name;
}

/// ffmpeg's own VP8 and VP9 decoders ignore the alpha that WebM carries beside the picture.
std::vector<std::string> decoder_choice(const MediaInfo& info) {
    if (!info.format.has_alpha) return {};
    if (info.codec == "vp8") return {"-c:v", "libvpx"};
    if (info.codec == "vp9") return {"-c:v", "libvpx-vp9"};
    return {};
}

struct PlaneSize {
    std::uint32_t width = 0;  ///< in samples
    std::uint32_t height = 0;
};

PlaneSize plane_size(const MediaInfo& info, int plane) {
    const bool is_chroma = info.format.is_chroma_plane(plane);
    return {is_chroma ? halved(info.width, info.format.chroma_shift_x) : info.width,
            is_chroma ? halved(info.height, info.format.chroma_shift_y) : info.height};
}

/// Which of ffmpeg's planes is the slot's n-th: it keeps G, B, R, A.
int ffmpeg_plane(const PixelFormat& format, int plane) {
    constexpr int planes[] = {2, 0, 1, 3};
    return format.model == ColorModel::rgb ? planes[plane] : plane;
}

/// ffmpeg knows gray with alpha only sample by sample, side by side.
bool is_interleaved(const PixelFormat& format) {
    return format.model == ColorModel::gray && format.has_alpha;
}

/// A raw picture as ffmpeg writes it.
class RawPicture {
  public:
    explicit RawPicture(const MediaInfo& info) : info_(info) {
        for (int plane = 0; plane < info.format.plane_count(); ++plane) {
            offsets_.push_back(bytes_);
            const PlaneSize size = plane_size(info, plane);
            bytes_ += std::size_t{size.width} * size.height * sample_bytes();
        }
        // With its planes swapped, too: those of RGB are all of one size.
    }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    [[nodiscard]] PictureHash hash(std::span<const std::byte> raw) const {
        PictureHasher hasher;
        std::vector<std::byte> row;
        for (int plane = 0; plane < info_.format.plane_count(); ++plane) {
            const PlaneSize size = plane_size(info_, plane);
            row.resize(size.width * sample_bytes());
            for (std::uint32_t y = 0; y < size.height; ++y) {
                copy_row(raw, plane, y, row);
                hasher.add_row(row);
            }
        }
        return hasher.result();
    }

  private:
    [[nodiscard]] std::size_t sample_bytes() const {
        return static_cast<std::size_t>(info_.format.sample_bytes());
    }

    void copy_row(std::span<const std::byte> raw, int plane, std::uint32_t y,
                  std::vector<std::byte>& row) const {
        if (!is_interleaved(info_.format)) {
            const auto from = static_cast<std::size_t>(ffmpeg_plane(info_.format, plane));
            const auto at = raw.subspan(offsets_[from] + y * row.size(), row.size());
            std::copy(at.begin(), at.end(), row.begin());
            return;
        }
        const std::size_t first =
            2 * y * row.size() + static_cast<unsigned>(plane) * sample_bytes();
        for (std::size_t i = 0; i < row.size(); ++i)
            row[i] = raw[first + i / sample_bytes() * 2 * sample_bytes() + i % sample_bytes()];
    }

    const MediaInfo& info_;
    std::vector<std::size_t> offsets_;
    std::size_t bytes_ = 0;
};

}  // namespace

Result<std::vector<PictureHash>> hash_linear_decoding(const std::string& path,
                                                      const MediaInfo& info,
                                                      Complaints complaints) {
    REELPOOL_TRY(native, native_format(path));
    std::vector<std::string> argv{"ffmpeg", "-v", "error", "-nostdin", "-noautorotate"};
    const std::vector<std::string> decoder = decoder_choice(info);
    argv.insert(argv.end(), decoder.begin(), decoder.end());
    // Without the colon a name such as "a:b.mp4" would be a protocol.
    argv.insert(argv.end(), {"-i", "file:" + path, "-map", "0:v:0", "-fps_mode", "passthrough",
                             "-sws_flags", "neighbor+accurate_rnd+bitexact+full_chroma_int"});
    // Straight to planes, ffmpeg looks palettes up in YUV.
    if (native == "pal8") argv.insert(argv.end(), {"-vf", "format=rgba"});
    argv.insert(argv.end(),
                {"-pix_fmt", wanted_format(info.format, native), "-f", "rawvideo", "-"});
    REELPOOL_TRY(ffmpeg, ChildOutput::start(argv, complaints));
    const RawPicture picture(info);
    std::vector<std::byte> raw(picture.bytes());
    std::vector<PictureHash> hashes;
    for (;;) {
        REELPOOL_TRY(size, ffmpeg.read(raw));
        if (size == 0) break;
        if (size < raw.size())
            return unusable("ffmpeg's pictures are of another size than the worker's",
                            "the picture size may change in the middle of the file");
        hashes.push_back(picture.hash(raw));
    }
    REELPOOL_TRY(status, ffmpeg.wait());
    if (!WIFEXITED(status)) return unusable("the ffmpeg command line crashed");
    // It exits with an error for a damaged end, too: what came out before counts.
    if (hashes.empty()) return unusable("the ffmpeg command line decodes no frame of the file");
    return hashes;
}

PictureHash hash_slot(const std::byte* slot, const MediaInfo& info) {
    const auto layout = slot_layout(info.format, info.width, info.height, {});
    REELPOOL_CHECK(layout.has_value());
    PictureHasher hasher;
    for (int plane = 0; plane < layout->plane_count; ++plane) {
        const PlaneLayout& at = layout->planes[static_cast<std::size_t>(plane)];
        const std::size_t row_bytes =
            std::size_t{at.width} * static_cast<unsigned>(info.format.sample_bytes());
        for (std::uint32_t y = 0; y < at.height; ++y)
            hasher.add_row({slot + at.offset_bytes + std::size_t{y} * at.stride_bytes, row_bytes});
    }
    return hasher.result();
}

}  // namespace reelpool::seek_stress
