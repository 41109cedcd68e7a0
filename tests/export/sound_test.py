"""Sound from the project file to the output, judged by ffmpeg and by formulas.

usage: sound_test.py REELPOOL
Small pictures, short timelines, several questions for each export.
"""

import array
import hashlib
import json
import math
import os
import random
import subprocess
import sys
import tempfile

from sound_checks import RATE, check, failures, run, write_wav

reelpool = os.path.abspath(sys.argv[1])


def ffmpeg(*arguments):
    return run("ffmpeg", "-nostdin", "-v", "error", "-y", *arguments)


def samples_of(path, channels=2, by_time=False):
    """What ffmpeg decodes, one list for each channel; `by_time`: from the container's time 0 on."""
    times = (["-copyts"], ["-af", "aresample=async=1:first_pts=0"]) if by_time else ([], [])
    done = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *times[0], "-i", path, "-map",
                           "0:a:0", *times[1], "-f", "f32le", "-"], capture_output=True, check=True)
    data = array.array("f")
    data.frombytes(done.stdout)
    return [data[c::channels] for c in range(channels)]


def export(project, out, *more, expect=0):
    with open("project.json", "w") as file:
        json.dump(project, file)
    return run(reelpool, "export", "project.json", "-o", out, "--overwrite", "--progress", "none",
               "--report", "report.json", *more, expect=expect)


def report():
    with open("report.json") as file:
        return json.load(file)


def comp(tracks, duration=None, **fields):
    made = {"width": 64, "height": 36, "fps": 25, "tracks": tracks, **fields}
    if duration is not None:
        made["duration"] = duration
    return made


def project(media, tracks, duration=None, comps=None, **fields):
    return {"reelpool": 1, "main": "main", "media": {name: {"path": path}
                                                     for name, path in media.items()},
            "comps": {"main": comp(tracks, duration, **fields), **(comps or {})}}


def track(*clips, **fields):
    return {"clips": list(clips), **fields}


def nonzero(row):
    return {n: x for n, x in enumerate(row) if x != 0}


def tone(hz, seconds, amplitude=0.5):
    return [amplitude * math.sin(2 * math.pi * hz * n / RATE) for n in range(int(RATE * seconds))]


def sha(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def clicks_everywhere():
    """Clicks at random samples of a medium: over a cut, a nest, a fade and a reversed clip."""
    chosen = sorted(random.Random(5).sample(range(4 * RATE), 50))
    row = [0.0] * (4 * RATE)
    for n in chosen:
        row[n] = 0.5
    write_wav("clicks.wav", [row])
    half = math.sqrt(0.5)
    nested = comp([track({"media": "c", "start": 0.5, "in": 1, "duration": 1})], 2)
    timeline = project(
        {"c": "clicks.wav"},
        [track({"media": "c", "duration": 0.7, "in": 0.3},
               {"media": "c", "start": 0.7, "in": 2.1, "duration": 0.9, "fadeIn": 0.5}),
         track({"comp": "n", "start": 2, "duration": 2}),
         track({"media": "c", "start": 4, "duration": 1, "in": 0.5, "reverse": True}),
         track({"media": "c", "start": "1/144000", "in": 3.5, "duration": 0.25, "gain": -20})],
        5.2, {"n": nested})
    wanted = {}

    def add(n, value):
        wanted[n] = wanted.get(n, 0) + value

    for n in chosen:
        if 0.3 * RATE <= n < 1.0 * RATE:
            add(n - int(0.3 * RATE), 0.5)
        if round(2.1 * RATE) <= n < round(3.0 * RATE):
            at = n - round(2.1 * RATE)
            add(at + round(0.7 * RATE), 0.5 * min(1, at / (0.5 * RATE)))
        if RATE <= n < 2 * RATE:
            add(n - RATE + int(2.5 * RATE), 0.5)
        if 0.5 * RATE <= n < 1.5 * RATE:
            add(4 * RATE + (int(1.5 * RATE) - 1 - n), 0.5)
        if 3.5 * RATE <= n < 3.75 * RATE:
            add(n - int(3.5 * RATE), 0.05)
    export(timeline, "clicks-out.wav", "--audio", "pcm32f")
    left, right = samples_of("clicks-out.wav")
    check(len(left) == int(5.2 * RATE), f"clicks: {len(left)} samples")
    got = nonzero(left)
    check(set(got) == set(n for n, x in wanted.items() if x), "clicks: places, and zero elsewhere")
    worst = max(abs(got.get(n, 0) - x * half) for n, x in wanted.items())
    check(worst < 3.2e-5, f"clicks: off by {worst}")
    check(left == right, "clicks: both sides")
    sound = report()["sound"]
    check(sound["samples"] == len(left) and sound["codec"] == "pcm32f", "clicks: report")
    # The range is a cut of the whole.
    export(timeline, "part.wav", "--audio", "pcm32f", "--range", "0.8s..3s")
    part, _ = samples_of("part.wav")
    check(part == left[int(0.8 * RATE):3 * RATE], "clicks: a range is a cut of the whole")


def pictures_and_sound():
    """Video with sound: both engines, lossy codecs in time, lengths, resuming."""
    row = [0.3 * math.sin(2 * math.pi * 300 * n / RATE) * 0.05 for n in range(3 * RATE)]
    places = [10000, 60000, 110000]
    for n in places:
        row[n] = 0.9
    write_wav("s.wav", [row, row])
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=64x36:rate=25", "-i", "s.wav", "-t", "3", "-c:v",
           "libx264", "-c:a", "pcm_s24le", "av.mov")
    timeline = project({"a": "av.mov"},
                       [track({"media": "a", "duration": 1.5},
                              {"media": "a", "start": 1.5, "in": 1.5, "duration": 1.5})], 3)
    hashes = {}
    for engine in ("v1", "v2"):
        export(timeline, "out.mp4", "--engine", engine)
        hashes[engine] = sha("out.mp4")
    check(hashes["v1"] == hashes["v2"], "V1 and V2 give the same file")
    check(report()["sound"]["codec"] == "aac", "the usual codec of mp4 is aac")
    for out, codec in (("out.mp4", "aac"), ("aac.mkv", "aac"), ("out.webm", "opus"),
                       ("opus.mp4", "opus"), ("vorbis.webm", "vorbis"), ("ac3.mov", "ac3")):
        if out != "out.mp4":
            export(timeline, out, "--audio", codec)
        left, _ = samples_of(out, by_time=True)
        for n in places:
            near = max(range(n - 2000, n + 2000), key=lambda i: abs(left[i]))
            check(abs(near - n) <= 48, f"{out}: the click at {n} is at {near}")
        probe = json.loads(run("ffprobe", "-v", "error", "-show_streams", "-show_packets", "-of",
                               "json", out).stdout)
        ends = {}
        for packet in probe["packets"]:
            end = float(packet["pts_time"]) + float(packet.get("duration_time", 0))
            ends[packet["codec_type"]] = max(end, ends.get(packet["codec_type"], 0))
        check(abs(ends["audio"] - 3) < 0.03, f"{out}: sound ends at {ends['audio']}")
        pictures = [p for p in probe["packets"] if p["codec_type"] == "video"]
        check(min(float(p["pts_time"]) for p in pictures) == 0, f"{out}: pictures begin at 0")
    # Interrupted by nothing, but resumed: every segment is there, the sound is mixed again.
    export(timeline, "out.mp4", "--segment-frames", "25", "--keep-segments")
    first = sha("out.mp4")
    export(timeline, "out.mp4", "--segment-frames", "25", "--resume", "--keep-segments")
    check(sha("out.mp4") == first, "resumed with sound: the same bytes")
    check(report()["segments"]["reused"] == 3, "resumed with sound: nothing is rendered again")
    export(timeline, "rate.mp4", "--bitrate", "200k")
    check(len(samples_of("rate.mp4")[0]) >= 3 * RATE, "sound with --bitrate")
    export(timeline, "none.mp4", "--audio", "none")
    streams = run("ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0",
                  "none.mp4").stdout.split()
    check(streams == ["video"], "--audio none")
    check(report()["sound"] is None, "--audio none: report")
    left_over = [name for name in os.listdir(".") if ".part" in name]
    check(not left_over, f"left over: {left_over}")


def stream_ends(path, codec):
    """When the pictures and the sound of a file end, by its packets, and when the decoded sound."""
    probe = json.loads(run("ffprobe", "-v", "error", "-show_packets", "-show_entries",
                           "stream=index", "-of", "json", path).stdout)
    ends, begins = {}, {}
    for packet in probe["packets"]:
        kind, pts = packet["codec_type"], float(packet["pts_time"])
        ends[kind] = max(ends.get(kind, 0), pts + float(packet.get("duration_time", 0)))
        begins[kind] = min(begins.get(kind, 1), pts)
    # Of AAC in mp4 the priming has no samples; Opus' is taken off.
    begin = min(begins["audio"], 0) if path.endswith(".mkv") and codec == "aac" else 0
    return ends["video"], ends["audio"], begin + len(samples_of(path)[0]) / RATE


def lengths():
    """Pictures and sound end within one frame of sound of each other, whatever the length."""
    kinds = [("l.mp4", "aac", 1024), ("l.mkv", "flac", 0), ("l.mov", "pcm16", 0),
             ("l.mkv", "aac", 1024), ("l.webm", "opus", 960), ("l.mov", "ac3", 1536),
             ("l.mp4", "mp3", 1152)]
    dice = random.Random(6)
    fixed = [("24000/1001", 31), ("30000/1001", 50), ("60000/1001", 61)]
    is_long = os.environ.get("REELPOOL_LONG")
    write_wav("long.wav", [tone(440, 12 if is_long else 4)])
    worst = 0
    for i in range(20 if is_long else 3):
        out, codec, frame = kinds[i % len(kinds)]
        fps = (fixed[i][0] if i < 3 else
               f"{dice.randint(6000, 61000)}/{dice.choice((1000, 1001))}")
        rate = int(fps.split("/")[0]) / int(fps.split("/")[1])
        frames = fixed[i][1] if i < 3 else dice.randint(1, int(10 * rate))
        timeline = project({"l": "long.wav"},
                           [track({"media": "l", "duration": f"{frames // 2}f"},
                                  {"media": "l", "start": f"{frames // 2}f",
                                   "duration": f"{frames - frames // 2}f"})],
                           f"{frames}f", fps=fps)
        export(timeline, out, "--audio", codec)
        video, audio, decoded = stream_ends(out, codec)
        # Matroska counts milliseconds.
        for what, end in (("its packets", audio), ("what is decoded", decoded)):
            off = abs(end - video)
            worst = max(worst, off)
            check(off <= frame / RATE + 0.001,
                  f"{frames} frames at {fps} as {codec} in {out}: {what} end {off} s off")
        if frame == 0:
            count = round(decoded * RATE)
            check(count == round(frames / rate * RATE),
                  f"{frames} frames at {fps}: {count} samples")
    print(f"   {i + 1} files, worst {worst * 1000:.1f} ms")


def frequency(row, hz):
    """The slope of a tone's phase against `hz`."""
    window = 4800
    turns, last = 0.0, None
    steps = 0
    for at in range(0, len(row) - window + 1, window):
        re = im = 0.0
        for i in range(window):
            angle = 2 * math.pi * hz * (at + i) / RATE
            weight = row[at + i] * (1 - math.cos(2 * math.pi * i / window))
            re += weight * math.cos(angle)
            im -= weight * math.sin(angle)
        phase = math.atan2(im, re) / (2 * math.pi)
        if last is not None:
            turns += phase - last - round(phase - last)
            steps += 1
        last = phase
    return hz + turns * RATE / (steps * window)


def levels_and_speed():
    write_wav("tone.wav", [tone(440, 4), tone(440, 4)])
    timeline = project(
        {"t": "tone.wav"},
        [track({"media": "t", "duration": 0.5, "gain": -6},
               {"media": "t", "start": 0.5, "duration": 0.5, "pan": {"keys": [[0, -1], [0.5, 1]]}},
               {"media": "t", "start": 1, "duration": 1, "speed": 2},
               {"media": "t", "start": 2, "duration": 1, "speed": 0.5},
               {"media": "t", "start": 3, "duration": 0.5, "speed": 2, "pitch": "follow"})], 4)
    export(timeline, "levels.wav", "--audio", "pcm32f")
    left, right = samples_of("levels.wav")
    factor = 10 ** (-6 / 20)
    worst = max(abs(left[n] - factor * 0.5 * math.sin(2 * math.pi * 440 * n / RATE))
                for n in range(RATE // 2))
    check(worst < 3.2e-5, f"gain: off by {worst}")
    worst = 0.0
    for n in range(RATE // 2):
        pan = -1 + 4 * n / RATE
        x = 0.5 * math.sin(2 * math.pi * 440 * n / RATE)
        if pan <= 0:
            angle = (pan + 1) * math.pi / 2
            wanted = (x + x * math.cos(angle), x * math.sin(angle))
        else:
            angle = pan * math.pi / 2
            wanted = (x * math.cos(angle), x + x * math.sin(angle))
        got = (left[RATE // 2 + n], right[RATE // 2 + n])
        worst = max(worst, abs(got[0] - wanted[0]), abs(got[1] - wanted[1]))
    check(worst < 3.2e-5, f"pan: off by {worst}")
    for second, hz in ((1, 440), (2, 440)):
        got = frequency(left[second * RATE:(second + 1) * RATE], hz)
        off = 1200 * math.log2(got / hz)
        check(abs(off) < 3, f"pitch in second {second}: {off} cents off")
    got = frequency(left[3 * RATE:3 * RATE + RATE // 2], 880)
    check(abs(1200 * math.log2(got / 880)) < 1, f"pitch follows: {got} Hz")
    check(not nonzero(left[int(3.5 * RATE):]), "after the last clip there is digital zero")


def surround():
    rows = [tone(200 + 100 * c, 1, 0.1) for c in range(6)]
    write_wav("six.raw.wav", rows)
    ffmpeg("-i", "six.raw.wav", "-c:a", "pcm_f32le", "six.mov")
    timeline = project({"s": "six.mov"}, [track({"media": "s"})], 1)
    export(timeline, "down.wav", "--audio", "pcm32f")
    left, right = samples_of("down.wav")
    h = math.sqrt(0.5)
    for side, gains in ((left, (1, 0, h, 0, h, 0)), (right, (0, 1, h, 0, 0, h))):
        worst = max(abs(side[n] - sum(g * row[n] for g, row in zip(gains, rows)))
                    for n in range(RATE))
        check(worst < 3.2e-5, f"5.1 to stereo: off by {worst}")
    timeline["comps"]["main"]["channelLayout"] = "5.1"
    export(timeline, "six.mkv", "--audio", "flac")
    six = samples_of("six.mkv", 6)
    worst = max(abs(six[c][n] - rows[c][n]) for c in range(6) for n in range(RATE))
    check(worst < 1e-6, f"5.1 stays 5.1: off by {worst}")


def loudness():
    # Lossy codecs keep low tones' loudness; of white noise they drop a part.
    row = [(0.05 if n // RATE % 2 else 0.4) *
           (math.sin(2 * math.pi * 330 * n / RATE) + math.sin(2 * math.pi * 1234.5 * n / RATE))
           for n in range(6 * RATE)]
    write_wav("noise.wav", [row, row])
    timeline = project({"n": "noise.wav"}, [track({"media": "n"})], 6, loudness=-16)
    for out, codec, ceiling in (("loud.wav", "pcm24", -1.0), ("loud.m4a", "aac", -0.5)):
        export(timeline, out, "--audio", codec)
        log = run("ffmpeg", "-nostdin", "-i", out, "-af", "ebur128=peak=true", "-f", "null",
                  "-").stderr
        summary = log[log.rindex("Summary:"):]
        measured = float(summary.split("I:")[1].split("LUFS")[0])
        peak = float(summary.split("Peak:")[1].split("dBFS")[0])
        check(abs(measured + 16) <= 0.3, f"{out}: {measured} LUFS")
        check(peak <= ceiling, f"{out}: {peak} dBTP")
        sound = report()["sound"]
        check(abs(sound["loudness"] - measured) < 0.3, f"{out}: reported {sound['loudness']}")
    loud = project({"n": "noise.wav"}, [track({"media": "n", "gain": 12})], 1)
    done = export(loud, "clip.wav")
    check("the sound clips" in done.stderr, "clipping is warned of")
    sound = report()["sound"]
    check(sound["clippedSamples"] > 0 and sound["worstPeakSeconds"] is not None,
          "clipping is in the report")


def refusals():
    write_wav("x.wav", [tone(440, 1)])
    silent = project({}, [track({"solid": "#ff0000", "duration": 1})])
    check("there is none" in export(silent, "x.wav2.wav", expect=3).stderr, "no sound to export")
    timeline = project({"x": "x.wav"}, [track({"media": "x"})])
    check("cannot be written to mp4" in export(timeline, "x.mp4", "--audio", "vorbis",
                                               expect=2).stderr, "vorbis in mp4 is refused")
    check("no sound codec" in export(timeline, "x.mp4", "--audio", "wma", expect=2).stderr,
          "an unknown codec is refused")
    # Sound alone is a project, and its pictures are the background.
    export(timeline, "x.mp4")
    check(report()["frames"] == 25, "a project of sound alone has pictures")
    for out in ("x.m4a", "x.ogg"):
        export(timeline, out)
        count = len(samples_of(out)[0])
        # FFmpeg's Vorbis encoder may lose the last 128 samples.
        check(RATE - 128 <= count <= RATE + 1152, f"{out}: {count} samples")


with tempfile.TemporaryDirectory(prefix="reelpool-sound-") as folder:
    os.chdir(folder)
    for part in (clicks_everywhere, pictures_and_sound, lengths, levels_and_speed, surround,
                 loudness, refusals):
        print(part.__name__, flush=True)
        part()
    os.chdir("/")
sys.exit(1 if failures else 0)
