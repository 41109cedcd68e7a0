#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "ipc/base/digest.hpp"
#include "ipc/base/ids.hpp"
#include "ipc/base/result.hpp"
#include "ipc/frame/draw_list.hpp"
#include "ipc/frame/frame_table.hpp"
#include "ipc/frame/media_info.hpp"
#include "ipc/frame/output_settings.hpp"
#include "ipc/frame/sound_mix.hpp"
#include "ipc/frame/sound_result.hpp"
#include "ipc/process/sandbox_level.hpp"

/// What the processes say to each other, as plain values; protocol.capnp documents the order.
/// Errors: decoding never trusts its input; anything out of range is an Error, never a crash.
namespace reelpool::wire {

using Bytes = std::vector<std::byte>;

/// How many frames a medium may have, where nobody allows more.
inline constexpr std::uint32_t usual_max_frames = 20'000'000;

// Orchestrator -> zygote -----------------------------------------------------------------------

/// Carries one descriptor: the worker's end of its channel.
struct ForkWorker {
    WorkerId worker;
    friend bool operator==(const ForkWorker&, const ForkWorker&) = default;
};
/// The worker is known to have ended: collect it and answer with WorkerExited.
struct ReapWorker {
    WorkerId worker;
    friend bool operator==(const ReapWorker&, const ReapWorker&) = default;
};
using ToZygote = std::variant<ForkWorker, ReapWorker>;

// Zygote -> orchestrator -----------------------------------------------------------------------

/// pid stays valid (as a zombie at worst) until ReapWorker is answered.
struct WorkerForked {
    WorkerId worker;
    std::int32_t pid = 0;  ///< < 0: fork failed with this errno, negated
    friend bool operator==(const WorkerForked&, const WorkerForked&) = default;
};
struct WorkerExited {
    WorkerId worker;
    std::int32_t wait_status = 0;  ///< as waitpid gives it
    friend bool operator==(const WorkerExited&, const WorkerExited&) = default;
};
using FromZygote = std::variant<WorkerForked, WorkerExited>;

// Orchestrator -> worker -----------------------------------------------------------------------

enum class AlphaMode : std::uint8_t { straight = 0, premultiplied = 1 };

/// What an entry of the frame table is: a coded frame, or each of its two fields.
enum class FrameUnit : std::uint8_t { frame = 0, field = 1 };

/// What becomes of the frame table beyond this worker.
enum class TableEntry : std::uint8_t {
    unwanted = 0,
    wanted = 1,  ///< MediaOpened shall bring one
    given = 2,   ///< the second descriptor holds one, from its present offset on; if it is of no
                 ///< use, MediaOpened shall bring a better one
};

/// First message. Carries one descriptor: the file, or an image sequence's first picture; a second
/// one with TableEntry::given.
struct OpenMedia {
    /// Every picture of an image sequence is a file of its own, passed with its DecodeStep.
    bool is_sequence = false;
    AlphaMode alpha = AlphaMode::straight;
    ColorMatrix matrix_override = ColorMatrix::unspecified;
    ColorRange range_override = ColorRange::unspecified;
    std::uint32_t max_side_px = max_picture_side;
    std::uint32_t max_frames = usual_max_frames;  ///< packets count, too
    FrameUnit unit = FrameUnit::frame;  ///< field: no sequence
    TableEntry table_entry = TableEntry::unwanted;
    friend bool operator==(const OpenMedia&, const OpenMedia&) = default;
};
/// Carries one descriptor: the memfd, writable.
struct AddSegment {
    SegmentId segment;
    std::uint64_t bytes = 0;
    friend bool operator==(const AddSegment&, const AddSegment&) = default;
};
struct DropSegment {
    SegmentId segment;
    friend bool operator==(const DropSegment&, const DropSegment&) = default;
};
struct OpenCursor {
    CursorId cursor;
    std::uint32_t threads = 1;  ///< codec threads
    friend bool operator==(const OpenCursor&, const OpenCursor&) = default;
};
struct CloseCursor {
    CursorId cursor;
    friend bool operator==(const CloseCursor&, const CloseCursor&) = default;
};

/// Where a granted slot begins. The layout inside follows from the media's format and `level`.
struct SlotGrant {
    Level level;
    SegmentId segment;
    std::uint32_t offset_bytes = 0;
    std::uint32_t slot_bytes = 0;
    Generation generation;
    /// The codec may decode into the slot, and refer to it for as long as it likes.
    bool may_be_direct = false;
    friend bool operator==(const SlotGrant&, const SlotGrant&) = default;
};
/// Decode `frame` and write it into every granted slot.
struct DecodeStep {
    FrameIndex frame;
    std::vector<SlotGrant> grants;
    friend bool operator==(const DecodeStep&, const DecodeStep&) = default;
};
inline constexpr std::uint32_t no_seek = 0xffffffff;
/// Frames ascend; frames in between are decoded and dropped. For a sequence: carries one
/// descriptor per step, in order.
struct Decode {
    CursorId cursor;
    std::uint32_t seek_to = no_seek;  ///< keyframe's frame index, or no_seek: decode on
    std::vector<DecodeStep> steps;
    friend bool operator==(const Decode&, const Decode&) = default;
};
/// The medium's sound is wanted, at this sample rate: its blocks from now on.
struct OpenSound {
    std::uint32_t rate_hz = 0;
    friend bool operator==(const OpenSound&, const OpenSound&) = default;
};
struct CloseSound {
    friend bool operator==(const CloseSound&, const CloseSound&) = default;
};
/// Where decoding begins, which decides what lossy codecs make of the first samples.
enum class SoundStart : std::uint8_t {
    go_on = 0,      ///< after the last block; blocks in between are decoded and dropped
    at_block = 1,   ///< sound_preroll_seconds before `start_block`, by a seek
    beginning = 2,  ///< of the stream
};
/// Decode the block and write it into the slot, which is sound_block_bytes() long.
struct DecodeSound {
    std::uint32_t block = 0;
    SoundStart start = SoundStart::go_on;
    /// at_block: not after `block`. Else 0.
    std::uint32_t start_block = 0;
    SegmentId segment;
    std::uint32_t offset_bytes = 0;
    Generation generation;
    friend bool operator==(const DecodeSound&, const DecodeSound&) = default;
};
/// Answer with Progress as soon as more than this has happened.
struct AskProgress {
    std::uint64_t known = 0;
    friend bool operator==(const AskProgress&, const AskProgress&) = default;
};
using ToWorker = std::variant<OpenMedia, AddSegment, DropSegment, OpenCursor, CloseCursor, Decode,
                              AskProgress, OpenSound, CloseSound, DecodeSound>;

// Worker -> orchestrator -----------------------------------------------------------------------

/// Where a frame table came from.
enum class TableSource : std::uint8_t { scan = 0, decode = 1, cache = 2 };
/// No entry is larger: about a million frames that are all keyframes, or four million that are not.
inline constexpr std::size_t max_table_entry_bytes = std::size_t{32} << 20;

struct MediaOpened {
    MediaInfo info;
    FrameTable table;  ///< for a sequence: one frame, which the orchestrator replaces;
                       ///< of media without pictures: empty
    TableSource table_source = TableSource::scan;
    std::uint64_t open_us = 0;     ///< from OpenMedia to this
    std::uint64_t bytes_read = 0;  ///< of the file, meanwhile
    Bytes entry{};  ///< to be stored; opaque but to workers of the same version; mostly empty
    SandboxLevel sandbox{};  ///< as it was before the first byte of the file was read
    friend bool operator==(const MediaOpened&, const MediaOpened&) = default;
};
struct SlotReady {
    SegmentId segment;
    std::uint32_t offset_bytes = 0;
    Generation generation;
    FrameIndex frame;
    Level level;
    bool is_concealed = false;  ///< the codec flagged an error in it, or it is another in its place
    bool is_held = false;       ///< the codec refers to it until it is released
    friend bool operator==(const SlotReady&, const SlotReady&) = default;
};
/// The codec refers no longer to a slot that was reported as held.
struct SlotReleased {
    SegmentId segment;
    std::uint32_t offset_bytes = 0;
    Generation generation;
    friend bool operator==(const SlotReleased&, const SlotReleased&) = default;
};
struct WorkerCounters {
    std::uint64_t frames_decoded = 0;    ///< frames that cursors passed or stopped at
    std::uint64_t frames_skipped = 0;    ///< of these, left undecoded: nobody needed them
    std::uint64_t frames_copied = 0;     ///< written to slots by a copy or a reduction
    std::uint64_t frames_direct = 0;     ///< decoded straight into slots
    std::uint64_t frames_converted = 0;  ///< of another size, format or range than the first one
    std::uint64_t seeks = 0;             ///< moves of a cursor to a keyframe, the first included
    std::uint64_t seek_corrections = 0;  ///< landings that were wrong and had to be repeated
    std::uint64_t bytes_read = 0;
    std::uint64_t cpu_us = 0;        ///< of the whole process
    std::uint64_t copy_us = 0;       ///< of this, for copies of pictures that were whole already
    std::uint64_t sound_blocks = 0;  ///< that were written
    std::uint64_t sound_seeks = 0;   ///< starts of the sound cursor, the first included
    friend bool operator==(const WorkerCounters&, const WorkerCounters&) = default;
    friend WorkerCounters operator+(const WorkerCounters& a, const WorkerCounters& b) {
        return {.frames_decoded = a.frames_decoded + b.frames_decoded,
                .frames_skipped = a.frames_skipped + b.frames_skipped,
                .frames_copied = a.frames_copied + b.frames_copied,
                .frames_direct = a.frames_direct + b.frames_direct,
                .frames_converted = a.frames_converted + b.frames_converted,
                .seeks = a.seeks + b.seeks,
                .seek_corrections = a.seek_corrections + b.seek_corrections,
                .bytes_read = a.bytes_read + b.bytes_read,
                .cpu_us = a.cpu_us + b.cpu_us,
                .copy_us = a.copy_us + b.copy_us,
                .sound_blocks = a.sound_blocks + b.sound_blocks,
                .sound_seeks = a.sound_seeks + b.sound_seeks};
    }
};
struct SlotsReady {
    CursorId cursor;
    std::vector<SlotReady> slots;
    std::uint32_t steps_done = 0;  ///< of this cursor's steps since its opening, all told
    WorkerCounters counters;
    std::vector<SlotReleased> released;
    friend bool operator==(const SlotsReady&, const SlotsReady&) = default;
};
/// The worker's last message: it cannot go on.
struct WorkerFailed {
    Error error;
    std::uint32_t frame = no_seek;  ///< the frame in question, if one is
    friend bool operator==(const WorkerFailed&, const WorkerFailed&) = default;
};
/// What has happened so far: parts of the file that were read, packets, pictures, all told.
struct Progress {
    std::uint64_t count = 0;
    friend bool operator==(const Progress&, const Progress&) = default;
};
struct SoundReady {
    std::uint32_t block = 0;
    SegmentId segment;
    std::uint32_t offset_bytes = 0;
    Generation generation;
    /// Samples that the file does not have, between its first and its last: zero in the slot.
    /// About, and at the mix rate.
    std::uint32_t missing_samples = 0;
    bool is_concealed = false;  ///< the codec complained about some of it
    WorkerCounters counters;
    friend bool operator==(const SoundReady&, const SoundReady&) = default;
};
/// The sound cursor cannot go on and is gone; pictures go on.
struct SoundFailed {
    std::uint32_t block = 0;
    Error error;
    friend bool operator==(const SoundFailed&, const SoundFailed&) = default;
};
using FromWorker =
    std::variant<MediaOpened, SlotsReady, WorkerFailed, Progress, SoundReady, SoundFailed>;

// Orchestrator -> compositor -------------------------------------------------------------------

/// Answer with Devices, then end.
struct ListDevices {
    friend bool operator==(const ListDevices&, const ListDevices&) = default;
};
enum class FrameAccess : std::uint8_t { automatic = 0, host_pointer = 1, staging = 2 };
/// First message of an export.
struct Configure {
    OutputSettings output;
    std::int32_t device = -1;  ///< index as ListDevices numbers them; -1: the best
    FrameAccess access = FrameAccess::automatic;
    std::uint32_t frames_in_flight = 3;
    CanvasBytes canvas_bytes;  ///< the most that any draw list needs
    friend bool operator==(const Configure&, const Configure&) = default;
};
/// The compositor's view stays empty for so long after each segment: shaders may read this far past
/// a slot's end (a tile that juts out of the picture).
inline constexpr std::uint64_t view_gap_bytes = std::uint64_t{512} << 10;
/// Carries one descriptor: the memfd, read-only. Its place in the view, whose size CompositorReady
/// tells, is free.
struct MapSegment {
    SegmentId segment;
    std::uint64_t bytes = 0;
    std::uint64_t offset_bytes = 0;  ///< in the view, a multiple of 4096
    friend bool operator==(const MapSegment&, const MapSegment&) = default;
};
/// No draw list that is not done yet may use it.
struct UnmapSegment {
    SegmentId segment;
    friend bool operator==(const UnmapSegment&, const UnmapSegment&) = default;
};
/// Carries one descriptor: the memfd, read-only, with the tables of all effects: entries of four
/// floats.
struct LoadTables {
    std::uint64_t bytes = 0;
    friend bool operator==(const LoadTables&, const LoadTables&) = default;
};
struct Draw {
    DrawList list;
    friend bool operator==(const Draw&, const Draw&) = default;
};
/// Carries one descriptor: the memfd, read-only, with blocks of sound.
struct MapSound {
    SegmentId segment;
    std::uint64_t bytes = 0;
    friend bool operator==(const MapSound&, const MapSound&) = default;
};
/// No mix that is not done yet may use it.
struct UnmapSound {
    SegmentId segment;
    friend bool operator==(const UnmapSound&, const UnmapSound&) = default;
};
struct MixSound {
    SoundMix mix;
    friend bool operator==(const MixSound&, const MixSound&) = default;
};
/// Every frame and every chunk of the sound has been sent: drain, finish, verify, answer with OutputFinished.
struct FinishOutput {
    friend bool operator==(const FinishOutput&, const FinishOutput&) = default;
};
using ToCompositor =
    std::variant<ListDevices, Configure, MapSegment, UnmapSegment, Draw, FinishOutput, MapSound,
                 UnmapSound, MixSound, LoadTables>;

// Compositor -> orchestrator -------------------------------------------------------------------

struct Device {
    std::string name;
    std::string kind;  ///< "cpu", "integrated", "discrete", "virtual", "other"
    std::string driver;
    std::string strategy;  ///< "host-pointer" or "staging"
    std::string refusal;   ///< why it cannot be used; empty: it can
    friend bool operator==(const Device&, const Device&) = default;
};
struct Devices {
    std::vector<Device> devices;
    friend bool operator==(const Devices&, const Devices&) = default;
};
struct CompositorReady {
    Device device;
    std::string encoder;           ///< e.g. "libx264"
    std::uint64_t view_bytes = 0;  ///< how much of the rings it can look at, at once
    SandboxLevel sandbox{};
    std::string build;  ///< tells apart all code that it runs, libraries and driver included
    friend bool operator==(const CompositorReady&, const CompositorReady&) = default;
};
struct CompositorCounters {
    std::uint64_t layers_imported = 0;        ///< frame layers read in place
    std::uint64_t layers_staged = 0;          ///< frame layers copied by the CPU first
    std::uint64_t frames_passed_through = 0;  ///< output frames that are a slot, untouched
    std::uint64_t frames_repeated = 0;        ///< output frames that are the one before again
    std::uint64_t comps_rasterized = 0;       ///< canvases drawn
    std::uint64_t composite_us = 0;           ///< to submit frames, and on the device
    std::uint64_t encode_us = 0;              ///< time spent in the encoder's calls, summed
    std::uint64_t cpu_us = 0;                 ///< of the whole process
    /// Of this, to draw: by the threads of the device's driver and the one that feeds it. Known at
    /// the end.
    std::uint64_t draw_us = 0;
    std::uint64_t start_us = 0;  ///< of cpu_us, by all others until the first picture was drawn
    std::uint64_t transfer_us = 0;            ///< of this, for mapping and copying slots
    std::uint64_t bytes_written = 0;
    friend bool operator==(const CompositorCounters&, const CompositorCounters&) = default;
};
/// The slots of these draw lists are read no more.
struct FramesDone {
    std::vector<OutputIndex> frames;
    std::uint32_t frames_encoded = 0;  ///< all told: pictures that the encoder has taken
    CompositorCounters counters;
    std::uint64_t composite_us = 0;  ///< of these, as in CompositorCounters
    friend bool operator==(const FramesDone&, const FramesDone&) = default;
};
/// A segment of the output is in a file of its own, which has its name and is on the disk.
struct SegmentSealed {
    std::uint32_t segment = 0;
    std::uint32_t frames = 0;
    std::uint64_t bytes = 0;
    Digest digest;  ///< of the whole file
    friend bool operator==(const SegmentSealed&, const SegmentSealed&) = default;
};
struct OutputFinished {
    std::uint64_t bytes = 0;
    std::uint32_t frames = 0;
    CompositorCounters counters;
    std::optional<SoundResult> sound = {};
    friend bool operator==(const OutputFinished&, const OutputFinished&) = default;
};
/// The compositor's last message: it cannot go on.
struct CompositorFailed {
    Error error;
    friend bool operator==(const CompositorFailed&, const CompositorFailed&) = default;
};
/// The slots of this chunk of the mix are read no more.
struct SoundDone {
    std::uint32_t chunk = 0;
    friend bool operator==(const SoundDone&, const SoundDone&) = default;
};
using FromCompositor = std::variant<Devices, CompositorReady, FramesDone, OutputFinished,
                                    CompositorFailed, SegmentSealed, SoundDone>;

// ----------------------------------------------------------------------------------------------

[[nodiscard]] Bytes encode(const ToZygote& message);
[[nodiscard]] Bytes encode(const FromZygote& message);
[[nodiscard]] Bytes encode(const ToWorker& message);
[[nodiscard]] Bytes encode(const FromWorker& message);
[[nodiscard]] Bytes encode(const ToCompositor& message);
[[nodiscard]] Bytes encode(const FromCompositor& message);

[[nodiscard]] Result<ToZygote> decode_to_zygote(std::span<const std::byte> bytes);
[[nodiscard]] Result<FromZygote> decode_from_zygote(std::span<const std::byte> bytes);
[[nodiscard]] Result<ToWorker> decode_to_worker(std::span<const std::byte> bytes);
[[nodiscard]] Result<FromWorker> decode_from_worker(std::span<const std::byte> bytes);
[[nodiscard]] Result<ToCompositor> decode_to_compositor(std::span<const std::byte> bytes);
[[nodiscard]] Result<FromCompositor> decode_from_compositor(std::span<const std::byte> bytes);

}  // namespace reelpool::wire
