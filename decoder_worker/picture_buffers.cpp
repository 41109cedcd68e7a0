#include "decoder_worker/picture_buffers.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "decoder_worker/unpack.hpp"

namespace reelpool::worker {
namespace {

struct Offer {
    std::shared_ptr<Mapping> segment;
    std::uint32_t offset_bytes = 0;
    bool is_taken = false;
};

struct PoolCloser {
    void operator()(AVBufferPool* pool) const { av_buffer_pool_uninit(&pool); }
};

/// HEVC's decoder conceals nothing, those of MPEG-1 and 2 nothing in a picture that just ends.
bool leaves_gaps(AVCodecID id) {
    return id == AV_CODEC_ID_HEVC || id == AV_CODEC_ID_MPEG2VIDEO || id == AV_CODEC_ID_MPEG1VIDEO;
}

/// Four samples in every 16x16 block of luma, as they hardly ever come out of a codec; so far
/// inside that the loop filter of a neighbour does not reach them.
constexpr int block_side = 16;
constexpr int mark_inset = 4;

template <class Sample>
std::array<Sample, 4> mark_of(const PixelFormat& format) {
    const unsigned top = (1U << static_cast<unsigned>(format.bit_depth)) - 1;
    return {static_cast<Sample>(1), static_cast<Sample>(top - 2), static_cast<Sample>(3),
            static_cast<Sample>(top - 4)};
}

struct BufferCloser {
    void operator()(AVBufferRef* buffer) const { av_buffer_unref(&buffer); }
};

/// A marked picture that is being decoded.
struct MarkedPicture {
    std::int64_t packet = 0;
    std::unique_ptr<AVBufferRef, BufferCloser> buffer;
    std::uint8_t* luma = nullptr;
    int stride_bytes = 0;
    int width = 0;
    int height = 0;
};

template <class Sample, class Visit>
void visit_blocks(const MarkedPicture& picture, Visit visit) {
    for (int y = mark_inset; y < picture.height; y += block_side)
        for (int x = mark_inset; x + 4 <= picture.width; x += block_side)
            visit(picture.luma + std::ptrdiff_t{y} * picture.stride_bytes +
                  static_cast<std::size_t>(x) * sizeof(Sample));
}

template <class Sample>
void set_marks(const PixelFormat& format, const MarkedPicture& picture) {
    const auto mark = mark_of<Sample>(format);
    visit_blocks<Sample>(
        picture, [&](std::uint8_t* block) { std::memcpy(block, mark.data(), sizeof mark); });
}

template <class Sample>
bool has_marks(const PixelFormat& format, const MarkedPicture& picture) {
    const auto mark = mark_of<Sample>(format);
    bool is_marked = false;
    visit_blocks<Sample>(picture, [&](const std::uint8_t* block) {
        is_marked = is_marked || std::memcmp(block, mark.data(), sizeof mark) == 0;
    });
    return is_marked;
}

/// Fills every line that there is room for.
void fill_with_gray(std::byte* slot, const PixelFormat& format, const SlotLayout& layout) {
    const auto middle =
        static_cast<std::uint16_t>(1U << static_cast<unsigned>(format.bit_depth - 1));
    for (int plane = 0; plane < layout.plane_count; ++plane) {
        const PlaneLayout& at = layout.planes[static_cast<std::size_t>(plane)];
        std::byte* const data = slot + at.offset_bytes;
        const std::size_t bytes = std::size_t{at.stride_bytes} * at.lines;
        if (format.sample_bytes() == 1)
            std::fill_n(data, bytes, static_cast<std::byte>(middle));
        else
            std::fill_n(reinterpret_cast<std::uint16_t*>(data), bytes / 2, middle);
    }
}

/// Does a codec's picture of this coded size fit the layout, margins included?
bool fits(AVCodecContext& codec, const AVFrame& frame, const PixelFormat& format,
          const SlotLayout& layout) {
    int width = frame.width;
    int height = frame.height;
    int stride_units[AV_NUM_DATA_POINTERS];
    avcodec_align_dimensions2(&codec, &width, &height, stride_units);
    if (width <= 0 || height <= 0) return false;
    for (int plane = 0; plane < layout.plane_count; ++plane) {
        const auto index = static_cast<std::size_t>(plane);
        const bool chroma = format.is_chroma_plane(plane);
        const std::uint32_t wide =
            halved(static_cast<std::uint32_t>(width), chroma ? format.chroma_shift_x : 0);
        const std::uint32_t high =
            halved(static_cast<std::uint32_t>(height), chroma ? format.chroma_shift_y : 0);
        const PlaneLayout& room = layout.planes[index];
        if (wide * static_cast<std::uint32_t>(format.sample_bytes()) > room.stride_bytes ||
            high > room.lines || stride_units[plane] <= 0 ||
            room.stride_bytes % static_cast<std::uint32_t>(stride_units[plane]) != 0)
            return false;
    }
    return true;
}

}  // namespace

struct PictureBuffers::State {
    PixelFormat format;
    SlotLayout layout;
    const MediaIndex* index = nullptr;
    std::unique_ptr<AVBufferPool, PoolCloser> heap;

    mutable std::mutex mutex;
    bool is_offering = false;
    std::map<std::uint32_t, Offer> offers;
    std::vector<MarkedPicture> marked;
    std::atomic<Memory> memory{Memory::as_it_is};

    void mark_gaps(const AVCodecContext& codec, AVFrame& frame);
    [[nodiscard]] bool has_gaps(const MarkedPicture& picture) const;
    std::optional<std::pair<std::uint32_t, Offer>> take(std::int64_t pts);
    void give_back(std::uint32_t frame, const Offer& taken);
};

namespace {

/// What a buffer in a slot keeps alive, and whom its end concerns.
template <class State>
struct Lent {
    std::shared_ptr<State> state;
    std::uint32_t frame = 0;
    Offer offer;
};

}  // namespace

PictureBuffers::PictureBuffers(const MediaInfo& info, const MediaIndex& index)
    : state_(std::make_shared<State>()) {
    state_->format = info.format;
    state_->index = &index;
    auto layout = slot_layout(info.format, info.width, info.height, {});
    if (!layout) return;
    state_->layout = *layout;
    state_->heap.reset(av_buffer_pool_init(layout->bytes, av_buffer_allocz));
    // RGB planes are in another order there, alpha may have to be multiplied in: both are copied.
    state_->is_offering = state_->heap && index.naming != FrameNaming::by_count &&
                          info.format.model != ColorModel::rgb && !info.format.has_alpha;
}

void PictureBuffers::offer(std::uint32_t frame, std::shared_ptr<Mapping> segment,
                           std::uint32_t offset_bytes) {
    const std::lock_guard lock(state_->mutex);
    if (state_->is_offering)
        state_->offers.try_emplace(frame, Offer{std::move(segment), offset_bytes, false});
}

void PictureBuffers::withdraw(std::uint32_t frame) {
    const std::lock_guard lock(state_->mutex);
    state_->offers.erase(frame);
}

bool PictureBuffers::is_taken(std::uint32_t frame) const {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->offers.find(frame);
    return found != state_->offers.end() && found->second.is_taken;
}

void PictureBuffers::set_memory(Memory memory) {
    state_->memory = memory;
}

void PictureBuffers::stop_offering() {
    const std::lock_guard lock(state_->mutex);
    state_->is_offering = false;
    state_->offers.clear();
}

std::optional<std::pair<std::uint32_t, Offer>> PictureBuffers::State::take(std::int64_t pts) {
    const std::lock_guard lock(mutex);
    if (!is_offering || pts == AV_NOPTS_VALUE) return std::nullopt;
    const auto frame = index->frame_of(pts);
    if (!frame) return std::nullopt;
    const auto found = offers.find(*frame);
    if (found == offers.end() || found->second.is_taken) return std::nullopt;
    found->second.is_taken = true;
    return *found;
}

void PictureBuffers::State::give_back(std::uint32_t frame, const Offer& taken) {
    const std::lock_guard lock(mutex);
    const auto found = offers.find(frame);
    if (found != offers.end() && found->second.segment == taken.segment &&
        found->second.offset_bytes == taken.offset_bytes)
        found->second.is_taken = false;
}

void PictureBuffers::State::mark_gaps(const AVCodecContext& codec, AVFrame& frame) {
    MarkedPicture picture{.packet = codec.reordered_opaque,
                          .buffer = {},
                          .luma = frame.data[0],
                          .stride_bytes = frame.linesize[0],
                          .width = std::min(codec.width, frame.width),
                          .height = std::min(codec.height, frame.height)};
    picture.buffer.reset(av_buffer_ref(frame.buf[0]));
    if (!picture.buffer) return;
    if (format.sample_bytes() == 1)
        set_marks<std::uint8_t>(format, picture);
    else
        set_marks<std::uint16_t>(format, picture);
    const std::lock_guard lock(mutex);
    marked.push_back(std::move(picture));
}

bool PictureBuffers::State::has_gaps(const MarkedPicture& picture) const {
    return format.sample_bytes() == 1 ? has_marks<std::uint8_t>(format, picture)
                                      : has_marks<std::uint16_t>(format, picture);
}

std::vector<std::int64_t> PictureBuffers::take_gaps(std::int64_t last_packet) {
    std::vector<MarkedPicture> done;
    {
        const std::lock_guard lock(state_->mutex);
        auto& marked = state_->marked;
        const auto first_done = std::stable_partition(
            marked.begin(), marked.end(),
            [&](const MarkedPicture& picture) { return picture.packet > last_packet; });
        done.assign(std::move_iterator(first_done), std::move_iterator(marked.end()));
        marked.erase(first_done, marked.end());
    }
    std::vector<std::int64_t> gaps;
    for (const MarkedPicture& picture : done)
        if (state_->has_gaps(picture)) gaps.push_back(picture.packet);
    return gaps;
}

void PictureBuffers::forget_gaps() {
    std::vector<MarkedPicture> gone;  // their ends ask for the lock
    const std::lock_guard lock(state_->mutex);
    gone.swap(state_->marked);
}

int PictureBuffers::provide(AVCodecContext& codec, AVFrame& frame, int flags) {
    State& state = *state_;
    const auto format = static_cast<AVPixelFormat>(frame.format);
    const auto plan = plan_picture(format);
    const bool is_native =
        plan && plan->way == PicturePlan::Way::planes && plan->format == state.format;
    if (!state.heap || !is_native || state.format.model == ColorModel::rgb ||
        !fits(codec, frame, state.format, state.layout))
        return avcodec_default_get_buffer2(&codec, &frame, flags);

    if (auto taken = state.take(frame.pts)) {
        auto* lent = new Lent<State>{state_, taken->first, std::move(taken->second)};
        std::byte* const slot = lent->offer.segment->data() + lent->offer.offset_bytes;
        frame.buf[0] = av_buffer_create(
            reinterpret_cast<std::uint8_t*>(slot), state.layout.bytes,
            [](void* opaque, std::uint8_t*) {
                const std::unique_ptr<Lent<State>> ended(static_cast<Lent<State>*>(opaque));
                ended->state->give_back(ended->frame, ended->offer);
            },
            lent, 0);
        if (frame.buf[0] == nullptr) {
            state.give_back(lent->frame, lent->offer);
            delete lent;
        }
    }
    if (frame.buf[0] == nullptr) frame.buf[0] = av_buffer_pool_get(state.heap.get());
    if (frame.buf[0] == nullptr) return AVERROR(ENOMEM);
    for (int plane = 0; plane < state.layout.plane_count; ++plane) {
        const PlaneLayout& at = state.layout.planes[static_cast<std::size_t>(plane)];
        frame.data[plane] = frame.buf[0]->data + at.offset_bytes;
        frame.linesize[plane] = static_cast<int>(at.stride_bytes);
    }
    frame.extended_data = frame.data;
    if (state.memory == Memory::cleared)
        fill_with_gray(reinterpret_cast<std::byte*>(frame.buf[0]->data), state.format,
                       state.layout);
    if (leaves_gaps(codec.codec_id)) state.mark_gaps(codec, frame);
    return 0;
}

}  // namespace reelpool::worker
