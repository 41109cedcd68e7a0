#include "orchestrator/run/content_keys.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>

namespace reelpool::run {
namespace {

/// Changes with what is digested, and how.
constexpr std::string_view scheme = "reelpool segment content 3";

void add(Digester& digester, const Digest& digest) {
    digester.add_number(digest.high);
    digester.add_number(digest.low);
}

void add(Digester& digester, const ColorDescription& color) {
    digester.add_number(color.matrix);
    digester.add_number(color.primaries);
    digester.add_number(color.transfer);
    digester.add_number(color.range);
    digester.add_number(color.siting);
}

void add(Digester& digester, const PixelFormat& format) {
    digester.add_number(format.model);
    digester.add_number(format.bit_depth);
    digester.add_number(format.chroma_shift_x);
    digester.add_number(format.chroma_shift_y);
    digester.add_number(format.has_alpha);
}

void add(Digester& digester, const Level& level) {
    digester.add_number(level.x);
    digester.add_number(level.y);
}

void add(Digester& digester, const Color& color) {
    for (const double part : {color.r, color.g, color.b, color.a}) digester.add_number(part);
}

void add(Digester& digester, const Matrix& m) {
    for (const double part : {m.xx, m.xy, m.yx, m.yy, m.tx, m.ty}) digester.add_number(part);
}

void add(Digester& digester, const Rect& r) {
    for (const double part : {r.left, r.top, r.right, r.bottom}) digester.add_number(part);
}

void add(Digester& digester, const MaskPoint& p) {
    digester.add_number(p.x);
    digester.add_number(p.y);
}

void add(Digester& digester, const Mask& mask) {
    digester.add_number(mask.shape);
    digester.add_number(mask.mode);
    digester.add_number(mask.is_inverted);
    for (const double part : {mask.feather, mask.expansion, mask.opacity})
        digester.add_number(part);
    add(digester, mask.center);
    add(digester, mask.size);
    digester.add_number(mask.vertices.size());
    for (const MaskVertex& vertex : mask.vertices)
        for (const MaskPoint& point : {vertex.point, vertex.in, vertex.out}) add(digester, point);
}

void add(Digester& digester, const timespec& time) {
    digester.add_number(std::int64_t{time.tv_sec});
    digester.add_number(std::int64_t{time.tv_nsec});
}

/// How it is read decides the pixels, too.
void add(Digester& digester, const wire::OpenMedia& open) {
    digester.add_number(open.is_sequence);
    digester.add_number(open.alpha);
    digester.add_number(open.matrix_override);
    digester.add_number(open.range_override);
    digester.add_number(open.max_side_px);
    digester.add_number(open.unit);
}

}  // namespace

Digest sampled_content(const UniqueFd& file) {
    constexpr std::int64_t end_block = 65536;
    constexpr std::int64_t inner_block = 4096;
    constexpr std::int64_t inner_blocks = 14;
    Digester digester;
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return digester.digest();
    const std::int64_t size = status.st_size;
    digester.add_number(size);
    add(digester, status.st_mtim);
    std::array<std::byte, end_block> block{};
    const auto sample = [&](std::int64_t offset, std::int64_t bytes) {
        const ssize_t got =
            ::pread(file.get(), block.data(), static_cast<std::size_t>(bytes), offset);
        digester.add_number(std::int64_t{got});
        if (got > 0) digester.add(std::span(block).first(static_cast<std::size_t>(got)));
    };
    sample(0, end_block);
    sample(std::max<std::int64_t>(0, size - end_block), end_block);
    for (std::int64_t i = 1; i <= inner_blocks; ++i)
        sample(size / (inner_blocks + 1) * i, inner_block);
    return digester.digest();
}

ContentKeys::ContentKeys(const model::Timeline& timeline, const std::vector<MediaFile>& media,
                         const OutputSettings& settings, std::string renderer)
    : timeline_(timeline), media_(media), settings_(settings), renderer_(std::move(renderer)) {}

Digest ContentKeys::of(const OutputSegment& segment) {
    Digester digester;
    digester.add_text(scheme);
    digester.add_text(renderer_);
    add_settings(digester);
    digester.add_number(segment.first_frame);
    digester.add_number(segment.frame_count);
    for (std::uint32_t n = segment.first_frame; n < segment.end(); ++n)
        add_list(digester, timeline_.frame(OutputIndex{n}));
    return digester.digest();
}

Digest ContentKeys::medium(MediaId id) {
    const auto known = content_.find(id.value);
    if (known != content_.end()) return known->second;
    Digester digester;
    add(digester, media_[id.value].open);
    add(digester, sampled_content(media_[id.value].file));
    return content_[id.value] = digester.digest();
}

Digest ContentKeys::frame_content(const FrameSource& frame) {
    const MediaFile& file = media_[frame.media.value];
    if (!file.is_sequence) return medium(frame.media);
    const std::pair key{frame.media.value, frame.frame.value};
    const auto known = pictures_.find(key);
    if (known != pictures_.end()) return known->second;
    Digester digester;
    add(digester, file.open);
    // Its size and times stand for a picture; the first one's decide the format of all.
    add(digester, medium(frame.media));
    struct stat status {};
    if (frame.frame.value < file.pictures.size() &&
        ::stat(file.pictures[frame.frame.value].c_str(), &status) == 0) {
        digester.add_number(std::int64_t{status.st_size});
        add(digester, status.st_mtim);
    }
    return pictures_[key] = digester.digest();
}

void ContentKeys::add_settings(Digester& digester) const {
    const OutputSettings& s = settings_;
    digester.add_number(s.codec);
    digester.add_number(s.container);
    digester.add_number(s.format.width);
    digester.add_number(s.format.height);
    add(digester, s.format.format);
    add(digester, s.format.color);
    digester.add_number(s.format.dither);
    digester.add_text(s.frame_rate.to_text());
    digester.add_text(s.preset);
    digester.add_number(s.crf);
    digester.add_number(s.bitrate);
    digester.add_number(s.encoder_threads);
    digester.add_number(s.keyframe_interval);
    digester.add_text(s.mastering_display ? to_text(*s.mastering_display) : std::string());
    digester.add_text(s.content_light ? to_text(*s.content_light) : std::string());
}

void ContentKeys::add_layer(Digester& digester, const DrawLayer& layer) {
    digester.add_number(layer.kind);
    switch (layer.kind) {
        case LayerKind::frame:
            add(digester, frame_content(layer.frame));
            digester.add_number(layer.frame.frame.value);
            add(digester, layer.frame.level);
            add(digester, layer.frame.format);
            digester.add_number(layer.frame.width);
            digester.add_number(layer.frame.height);
            add(digester, layer.frame.color);
            break;
        case LayerKind::solid:
            add(digester, layer.solid);
            break;
        case LayerKind::group:
            digester.add_number(layer.group);
            break;
        case LayerKind::canvas:
            digester.add_number(layer.canvas);
            add(digester, layer.level);
            break;
        case LayerKind::adjustment:
            break;
        case LayerKind::mix:
            digester.add_number(layer.group);
            digester.add_number(layer.mix.kind);
            digester.add_number(layer.mix.second);
            digester.add_number(layer.mix.progress);
            digester.add_number(layer.mix.softness);
            break;
    }
    digester.add_number(layer.sampling);
    digester.add_number(layer.opacity);
    digester.add_number(layer.blend);
    digester.add_number(layer.dissolve.track);
    digester.add_number(layer.dissolve.frame);
    add(digester, layer.matrix);
    add(digester, layer.rect);
    for (const EdgeRule edge : layer.edges) digester.add_number(edge);
    digester.add_number(layer.masks.size());
    if (!layer.masks.empty()) add(digester, layer.mask_matrix);
    for (const Mask& mask : layer.masks) add(digester, mask);
    digester.add_number(layer.effects.size());
    for (const PictureEffect& effect : layer.effects) {
        digester.add_text(effect.type().name);
        for (const double value : effect.values) digester.add_number(value);
        digester.add_number(effect.table.checksum);
    }
}

void ContentKeys::add_groups(Digester& digester, const std::vector<DrawGroup>& groups) {
    digester.add_number(groups.size());
    for (const DrawGroup& group : groups) {
        add(digester, group.background);
        digester.add_number(group.light);
        digester.add_number(group.layers.size());
        for (const DrawLayer& layer : group.layers) add_layer(digester, layer);
    }
}

void ContentKeys::add_list(Digester& digester, const DrawList& list) {
    digester.add_number(list.canvases.size());
    for (const DrawCanvas& canvas : list.canvases) {
        digester.add_number(canvas.width);
        digester.add_number(canvas.height);
        digester.add_number(canvas.has_alpha);
        digester.add_number(canvas.levels.size());
        for (const Level& level : canvas.levels) add(digester, level);
        add_groups(digester, canvas.groups);
    }
    add_groups(digester, list.groups);
}

}  // namespace reelpool::run
