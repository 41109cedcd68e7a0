@0xb3c1f5f0a7d24e61;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("reelpool_proto");
# What Reelpool's processes say to each other. Cap'n Proto is used for serialisation only; messages
# travel over SOCK_SEQPACKET Unix sockets (ipc/process/channel.hpp), with descriptors beside them.
#
# Orchestrator -> zygote: any number of ForkWorker and ReapWorker. Each ForkWorker is answered by
# one WorkerForked, each ReapWorker by one WorkerExited. ReapWorker is sent once per forked worker,
# after its pidfd became readable.
#
# Orchestrator -> worker, in this order: OpenMedia once; after MediaOpened any mix of the others.
#   AddSegment before a Decode that grants slots in it. DropSegment after every grant in it was
#   answered by SlotReady and every held slot released. OpenCursor before the cursor's first Decode, whose seekTo must be given.
#   Steps of one Decode ascend; a Decode without seekTo begins after the cursor's last frame.
# OpenMedia may carry a stored table entry as its second descriptor (tableEntry says so); an entry in
#   MediaOpened is for the orchestrator to store, unread, for the next worker on the same file.
# Worker -> orchestrator: MediaOpened once, or WorkerFailed. Then SlotsReady: every granted slot is
#   answered exactly once, per cursor in the order of its steps. A slot that was granted with
#   mayBeDirect may be reported as held: its codec still refers to the picture, so nobody may write
#   there; the slot is in `released` once, later. An idle cursor may hold its slots for ever; closing
#   it releases them, then with a SlotsReady of the closed cursor that has no slots.
#   WorkerFailed is a last message.
#   OpenSound comes once, or again after CloseSound or SoundFailed; only where the medium has sound.
#   DecodeSound only in between; the first one must say where to start. Each is answered, in order,
#   by a SoundReady, or by a SoundFailed: then the sound cursor is gone, and what was ordered of it
#   besides is answered with it. CloseSound only when everything is answered; it has no answer.
#   AskProgress is answered by one Progress: at once if more has happened than was known, else as
#   soon as it has. One is asked at a time. It may come at any time after OpenMedia.
#   Nothing that a worker says is believed before it was validated. What it says unasked, or twice,
#   or of slots that were not lent to it for that, ends it.
#
# Orchestrator -> compositor: ListDevices alone, or Configure once, then LoadTables at most once and
#   before the first Draw whose effects use them, MapSegment before a Draw
#   that reads it, UnmapSegment after the last such Draw is in a FramesDone, Draw in the order of
#   the output frames, FinishOutput once after the last Draw. With a journal, whole segments of the
#   output may be left out of the Draws: they are there already when FinishOutput is sent.
#   With sound in the OutputSettings every chunk of the mix is sent as one MixSound, in order, all of
#   them before FinishOutput; MapSound comes before the first MixSound that reads the segment,
#   UnmapSound after the last such one is done. Of an output without pictures there are no Draws.
# Compositor -> orchestrator: CompositorReady after Configure; FramesDone names every Draw exactly
#   once; with a journal SegmentSealed names every segment of the output that was drawn, in order,
#   when its file is on the disk for good; OutputFinished after FinishOutput and the last of these.
#   SoundDone names every MixSound once, in order: its slots are read no more.
#   CompositorFailed is a last message.
#
# Ids: a WorkerId and a SegmentId name one thing and are never used again; a CursorId is unique in
#   its worker; a Generation counts the grants of one slot.
# Epochs: a medium's workers follow one another; each has a WorkerId and a channel of its own, so
#   nothing that an earlier one said can be taken for the later one's. Segments outlive them: the next
#   worker is given all of its medium's after MediaOpened, and slots that were granted and not ready
#   are granted again with a new Generation.
# Loss: when a channel is lost, everything that its process had been granted or leased is lost with
#   it and nothing else; frames that a worker had published stay readable. A slot is granted again
#   only when the process that had it is known to be dead.

struct Rational { num @0 :Int64; den @1 :Int64; }
struct Level { x @0 :UInt8; y @1 :UInt8; }
struct PixelFormat {
  model @0 :UInt8; bitDepth @1 :UInt8; chromaShiftX @2 :UInt8; chromaShiftY @3 :UInt8;
  hasAlpha @4 :Bool;
}
struct Color {
  matrix @0 :UInt8; primaries @1 :UInt8; transfer @2 :UInt8; range @3 :UInt8; siting @4 :UInt8;
}
struct Error {
  code @0 :UInt8; component @1 :UInt8; subject @2 :Text; what @3 :Text; cause @4 :Text;
  hint @5 :Text;
}

struct ToZygote {
  union {
    forkWorker :group { worker @0 :UInt32; }
    reapWorker :group { reaped @1 :UInt32; }
  }
}
struct FromZygote {
  union {
    workerForked :group { worker @0 :UInt32; pid @1 :Int32; }
    workerExited :group { exited @2 :UInt32; waitStatus @3 :Int32; }
  }
}

struct OpenMedia {
  isSequence @0 :Bool; alpha @1 :UInt8; matrixOverride @2 :UInt8; rangeOverride @3 :UInt8;
  maxSidePx @4 :UInt32; unit @5 :UInt8; tableEntry @6 :UInt8; maxFrames @7 :UInt32;
}
struct Segment { segment @0 :UInt32; bytes @1 :UInt64; }
struct OpenCursor { cursor @0 :UInt32; threads @1 :UInt32; }
struct SlotGrant {
  level @0 :Level; segment @1 :UInt32; offsetBytes @2 :UInt32; slotBytes @3 :UInt32;
  generation @4 :UInt32; mayBeDirect @5 :Bool;
}
struct DecodeStep { frame @0 :UInt32; grants @1 :List(SlotGrant); }
struct Decode { cursor @0 :UInt32; seekTo @1 :UInt32; steps @2 :List(DecodeStep); }
struct OpenSound { rateHz @0 :UInt32; }
struct DecodeSound {
  block @0 :UInt32; start @1 :UInt8; startBlock @2 :UInt32; segment @3 :UInt32;
  offsetBytes @4 :UInt32; generation @5 :UInt32;
}
struct ToWorker {
  union {
    openMedia @0 :OpenMedia;
    addSegment @1 :Segment;
    dropSegment @2 :UInt32;
    openCursor @3 :OpenCursor;
    closeCursor @4 :UInt32;
    decode @5 :Decode;
    askProgress @6 :UInt64;
    openSound @7 :OpenSound;
    closeSound @8 :Void;
    decodeSound @9 :DecodeSound;
  }
}

struct StreamSummary {
  index @0 :UInt32; kind @1 :Text; codec @2 :Text; facts @3 :Text; isShown @4 :Bool;
}
struct SoundStream {
  codec @0 :Text; rateHz @1 :UInt32; channels @2 :UInt32; layoutMask @3 :UInt64;
  firstSample @4 :Rational; duration @5 :Rational;
}
struct MediaInfo {
  container @0 :Text; codec @1 :Text; format @2 :PixelFormat; width @3 :UInt32; height @4 :UInt32;
  sampleAspect @5 :Rational; quarterTurns @6 :UInt8; mirrored @7 :Bool; tagged @8 :Color;
  color @9 :Color; isStill @10 :Bool; isInterlaced @11 :Bool; hasSound @12 :Bool;
  notes @13 :List(Text); isTopFieldFirst @14 :Bool; streams @15 :List(StreamSummary);
  hasNoPictures @16 :Bool; soundStream @17 :SoundStream;
}
struct FrameTable {
  timeBase @0 :Rational; pts @1 :List(Int64); endPts @2 :Int64; keyframes @3 :List(UInt32);
}
struct SandboxGap { piece @0 :UInt8; reason @1 :Text; isRelaxed @2 :Bool; }
struct SandboxLevel { mode @0 :UInt8; pieces @1 :List(UInt8); gaps @2 :List(SandboxGap); }
struct MediaOpened {
  info @0 :MediaInfo; table @1 :FrameTable; tableSource @2 :UInt8; openUs @3 :UInt64;
  bytesRead @4 :UInt64; entry @5 :Data; sandbox @6 :SandboxLevel;
}
struct SlotReady {
  segment @0 :UInt32; offsetBytes @1 :UInt32; generation @2 :UInt32; frame @3 :UInt32;
  level @4 :Level; isConcealed @5 :Bool; isHeld @6 :Bool;
}
struct SlotReleased { segment @0 :UInt32; offsetBytes @1 :UInt32; generation @2 :UInt32; }
struct WorkerCounters {
  framesDecoded @0 :UInt64; framesCopied @1 :UInt64; framesDirect @2 :UInt64; seeks @3 :UInt64;
  seekCorrections @4 :UInt64; bytesRead @5 :UInt64; cpuUs @6 :UInt64;
  framesConverted @7 :UInt64;
  framesSkipped @8 :UInt64; copyUs @9 :UInt64; soundBlocks @10 :UInt64; soundSeeks @11 :UInt64;
}
struct SlotsReady {
  cursor @0 :UInt32; slots @1 :List(SlotReady); stepsDone @2 :UInt32;
  counters @3 :WorkerCounters; released @4 :List(SlotReleased);
}
struct SoundReady {
  block @0 :UInt32; segment @1 :UInt32; offsetBytes @2 :UInt32; generation @3 :UInt32;
  missingSamples @4 :UInt32; isConcealed @5 :Bool; counters @6 :WorkerCounters;
}
struct SoundFailed { block @0 :UInt32; error @1 :Error; }
struct WorkerFailed { error @0 :Error; frame @1 :UInt32; }
struct FromWorker {
  union {
    mediaOpened @0 :MediaOpened;
    slotsReady @1 :SlotsReady;
    workerFailed @2 :WorkerFailed;
    progress @3 :UInt64;
    soundReady @4 :SoundReady;
    soundFailed @5 :SoundFailed;
  }
}

struct OutputFormat { width @0 :UInt32; height @1 :UInt32; format @2 :PixelFormat; color @3 :Color; dither @4 :UInt8; }
struct Metadata { key @0 :Text; value @1 :Text; }
struct OutputSettings {
  partPath @0 :Text; pngPattern @1 :Text; codec @2 :UInt8; container @3 :UInt8;
  format @4 :OutputFormat; frameRate @5 :Rational; frameCount @6 :UInt32; preset @7 :Text;
  crf @8 :Int32; bitrate @9 :UInt64; encoderThreads @10 :UInt32; keyframeInterval @11 :UInt32;
  metadata @12 :List(Metadata); journalPath @13 :Text; hasSound @14 :Bool;
  sound @15 :SoundSettings;
  masteringDisplay @16 :List(UInt32);  # green, blue, red, white, luminance; or nothing
  contentLight @17 :List(UInt32);      # MaxCLL, MaxFALL; or nothing
}
struct SoundSettings {
  codec @0 :UInt8; rateHz @1 :UInt32; layout @2 :UInt8; bitrate @3 :UInt64; samples @4 :UInt64;
  hasLoudness @5 :Bool; loudness @6 :Float64;
}
struct SoundRun {
  first @0 :UInt64; count @1 :UInt32; position @2 :Int64; fraction @3 :Float64; step @4 :Float64;
  pitch @5 :Float64;
}
struct SoundVoice {
  key @0 :UInt64; media @1 :UInt32; channels @2 :UInt32; runs @3 :List(SoundRun);
  routes @4 :List(UInt16);  # the medium's channel in the high byte, the mix's in the low one
  points @5 :List(UInt64); gains @6 :List(Float64); bus @7 :UInt32;
}
struct SoundEffect { kind @0 :UInt8; values @1 :List(Float64); key @2 :UInt32; }
struct SoundBus {
  key @0 :UInt64; parent @1 :UInt32; layoutMask @2 :UInt64; first @3 :UInt64; count @4 :UInt32;
  effects @5 :List(SoundEffect); routes @6 :List(UInt16); points @7 :List(UInt64);
  gains @8 :List(Float64);
}
struct SoundSlot {
  media @0 :UInt32; block @1 :UInt32; segment @2 :UInt32; offsetBytes @3 :UInt32;
  generation @4 :UInt32;
}
struct SoundMix {
  chunk @0 :UInt32; first @1 :UInt64; samples @2 :UInt32; voices @3 :List(SoundVoice);
  slots @4 :List(SoundSlot); buses @5 :List(SoundBus);
}
struct SoundResult {
  encoder @0 :Text; mixed @1 :Float64; integrated @2 :Float64; range @3 :Float64;
  truePeak @4 :Float64; gain @5 :Float64; clipped @6 :UInt64; worst @7 :Float64;
  worstSample @8 :UInt64; mixUs @9 :UInt64; encodeUs @10 :UInt64;
}
struct Configure {
  output @0 :OutputSettings; device @1 :Int32; access @2 :UInt8; framesInFlight @3 :UInt32;
  canvasBytes @4 :UInt64; largestCanvasBytes @5 :UInt64;
}
struct Matrix {
  xx @0 :Float64; xy @1 :Float64; yx @2 :Float64; yy @3 :Float64; tx @4 :Float64; ty @5 :Float64;
}
struct Rect { left @0 :Float64; top @1 :Float64; right @2 :Float64; bottom @3 :Float64; }
struct Rgba { r @0 :Float64; g @1 :Float64; b @2 :Float64; a @3 :Float64; }
struct FrameSource {
  media @0 :UInt32; frame @1 :UInt32; level @2 :Level; format @3 :PixelFormat; width @4 :UInt32;
  height @5 :UInt32; color @6 :Color; segment @7 :UInt32; offsetBytes @8 :UInt32;
}
struct Mix {
  kind @0 :UInt8; first @1 :UInt32; second @2 :UInt32; progress @3 :Float64;
  softness @4 :Float64;
}
struct MaskPoint { x @0 :Float64; y @1 :Float64; }
struct MaskVertex { point @0 :MaskPoint; in @1 :MaskPoint; out @2 :MaskPoint; }
struct Mask {
  shape @0 :UInt8; mode @1 :UInt8; isInverted @2 :Bool; feather @3 :Float64;
  expansion @4 :Float64; opacity @5 :Float64; center @6 :MaskPoint; size @7 :MaskPoint;
  vertices @8 :List(MaskVertex);
}
struct EffectTable { first @0 :UInt32; dimensions @1 :UInt8; size @2 :UInt32; checksum @3 :UInt64; }
struct Effect { kind @0 :UInt8; values @1 :List(Float64); table @2 :EffectTable; }
struct DrawLayer {
  union {
    frame @0 :FrameSource;
    solid @1 :Rgba;
    group @2 :UInt32;
    canvas @8 :UInt32;
    mix @13 :Mix;
    adjustment @17 :Void;
  }
  sampling @3 :UInt8; opacity @4 :Float64; matrix @5 :Matrix; rect @6 :Rect;
  edges @7 :UInt32;  # one byte each, left lowest, then top, right, bottom
  level @9 :Level;  # of a canvas
  blend @10 :UInt8; dissolveTrack @11 :UInt32; dissolveFrame @12 :UInt32;
  masks @14 :List(Mask); maskMatrix @15 :Matrix; effects @16 :List(Effect);
}
struct DrawGroup {
  background @0 :Rgba; layers @1 :List(DrawLayer); comp @2 :UInt32; light @3 :UInt8;
}
struct DrawCanvas {
  width @0 :UInt32; height @1 :UInt32; hasAlpha @2 :Bool; levels @3 :List(Level);
  groups @4 :List(DrawGroup);
}
struct DrawList {
  output @0 :UInt32; groups @1 :List(DrawGroup); canvases @2 :List(DrawCanvas);
}
struct MapSegment { segment @0 :UInt32; bytes @1 :UInt64; offsetBytes @2 :UInt64; }
struct ToCompositor {
  union {
    listDevices @0 :Void;
    configure @1 :Configure;
    mapSegment @2 :MapSegment;
    unmapSegment @3 :UInt32;
    draw @4 :DrawList;
    finishOutput @5 :Void;
    mapSound @6 :Segment;
    unmapSound @7 :UInt32;
    mixSound @8 :SoundMix;
    loadTables @9 :UInt64;
  }
}

struct Device {
  name @0 :Text; kind @1 :Text; driver @2 :Text; strategy @3 :Text; refusal @4 :Text;
}
struct CompositorReady {
  device @0 :Device; encoder @1 :Text; viewBytes @2 :UInt64; sandbox @3 :SandboxLevel;
  build @4 :Text;
}
struct SegmentSealed {
  segment @0 :UInt32; frames @1 :UInt32; bytes @2 :UInt64; digestHigh @3 :UInt64;
  digestLow @4 :UInt64;
}
struct CompositorCounters {
  layersImported @0 :UInt64; layersStaged @1 :UInt64; framesPassedThrough @2 :UInt64;
  compositeUs @3 :UInt64; encodeUs @4 :UInt64; cpuUs @5 :UInt64; bytesWritten @6 :UInt64;
  transferUs @7 :UInt64; compsRasterized @8 :UInt64; drawUs @9 :UInt64; startUs @10 :UInt64;
  framesRepeated @11 :UInt64;
}
struct FramesDone {
  frames @0 :List(UInt32); framesEncoded @1 :UInt32; counters @2 :CompositorCounters;
  compositeUs @3 :UInt64;
}
struct OutputFinished {
  bytes @0 :UInt64; frames @1 :UInt32; counters @2 :CompositorCounters; hasSound @3 :Bool;
  sound @4 :SoundResult;
}
struct FromCompositor {
  union {
    devices @0 :List(Device);
    compositorReady @1 :CompositorReady;
    framesDone @2 :FramesDone;
    outputFinished @3 :OutputFinished;
    compositorFailed @4 :Error;
    segmentSealed @5 :SegmentSealed;
    soundDone @6 :UInt32;
  }
}
