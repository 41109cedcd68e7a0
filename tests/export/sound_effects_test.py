"""Effects on sound, judged by the ffmpeg command line: the same filters on the same samples.

usage: sound_effects_test.py REELPOOL
All effects are clips of one project, one after another, so one export answers for most of them.
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
SILENT = 3.16e-5  # -90 dBFS


def filtered(graph, *inputs, channels=2):
    """What ffmpeg makes of files with a filter graph whose output is [out]."""
    named = [word for path in inputs for word in ("-i", path)]
    done = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *named, "-filter_complex",
                           f"{graph}", "-map", "[out]", "-f", "f32le", "-"], capture_output=True)
    if done.returncode != 0:
        raise SystemExit(f"{graph}\n{done.stderr.decode()}")
    data = array.array("f")
    data.frombytes(done.stdout)
    return [data[c::channels] for c in range(channels)]


def plain(path, channels=2):
    return filtered("[0:a]anull[out]", path, channels=channels)


def export(project, out, *more, expect=0):
    with open("project.json", "w") as file:
        json.dump(project, file)
    return run(reelpool, "export", "project.json", "-o", out, "--overwrite", "--progress", "none",
               "--report", "report.json", *more, expect=expect)


def comp(tracks, duration=None, **fields):
    made = {"width": 64, "height": 36, "fps": 25, "tracks": tracks, **fields}
    if duration is not None:
        made["duration"] = duration
    return made


def project(media, tracks, duration=None, comps=None, **fields):
    return {"reelpool": 1, "main": "main", "media": {name: {"path": path}
                                                     for name, path in media.items()},
            "comps": {"main": comp(tracks, duration, **fields), **(comps or {})}}


def off(got, wanted):
    """The largest difference of rows that are equally long."""
    if [len(row) for row in got] != [len(row) for row in wanted]:
        return math.inf
    return max(abs(a - b) for g, w in zip(got, wanted) for a, b in zip(g, w))


def part(rows, begin, end):
    return [row[round(begin * RATE):round(end * RATE)] for row in rows]


def lengthened(rows, seconds):
    count = round(seconds * RATE)
    return [(list(row) + [0.0] * count)[:count] for row in rows]


def music(seconds, seed):
    """Noise and a tone whose level goes up and down: something for compressors to do."""
    dice = random.Random(seed)
    rows = [[], []]
    for n in range(int(seconds * RATE)):
        level = (0.02, 0.7, 0.2, 0.9)[n * 8 // RATE % 4]
        tone = math.sin(n * 2 * math.pi * 440 / RATE)
        for row in rows:
            row.append(level * (0.6 * tone + 0.4 * dice.uniform(-1, 1)))
    return rows


def db(value):
    return repr(10 ** (value / 20))


def impulse(decay, predelay, damping, mix, channels):
    """The reverb's, by the words of docs/project-format.md."""
    rows = []
    before, length = round(predelay * RATE / 1000), round(decay * RATE)
    a = 1 - math.exp(-2 * math.pi * damping / RATE)
    for channel in range(channels):
        state, smooth, tail = channel + 1, 0.0, []
        for n in range(length):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2 ** 64
            smooth += a * ((state >> 33) / 2 ** 30 - 1 - smooth)
            tail.append(smooth * 10 ** (-3 * n / length))
        level = mix / math.sqrt(sum(x * x for x in tail))
        rows.append([1.0] + [0.0] * before + [level * x for x in tail])
    return rows


SHAPE = "attack=20:release=250:knee=" + db(9)
REVERB = "afir=gtype=none:dry=1:wet=1"
# Effects, and what the command line calls the same: on 1 s of music.
EFFECTS = [
    ([{"type": "volume", "gain": -7.5}], "volume=-7.5dB"),
    ([{"type": "equalizer", "frequency": 440, "q": 2, "gain": -12}],
     "equalizer=f=440:t=q:w=2:g=-12"),
    ([{"type": "highpass", "frequency": 300}], "highpass=f=300:t=q:w=0.7071"),
    ([{"type": "lowpass", "frequency": 2000, "q": 2}], "lowpass=f=2000:t=q:w=2"),
    ([{"type": "compressor", "threshold": -20, "ratio": 4, "attack": 5, "makeup": 6}],
     f"acompressor=threshold={db(-20)}:ratio=4:attack=5:release=250:knee={db(9)}:makeup={db(6)}"),
    # Without compensation it is 239 samples late.
    ([{"type": "limiter", "ceiling": -6}],
     f"apad=pad_len=239,alimiter=limit={db(-6)}:attack=5:release=50:level=0,"
     "atrim=start_sample=239"),
    ([{"type": "gate", "threshold": -12, "range": -40}],
     f"agate=threshold={db(-12)}:range={db(-40)}:ratio=10:attack=5:release=100:knee={db(9)}"),
    ([{"type": "delay", "time": 100, "feedback": 0.5, "mix": 0.5}],
     "volume=0.1,aecho=1:1:" + "|".join(str(100 * k) for k in range(1, 11)) + ":" +
     "|".join(str(0.5 ** k) for k in range(1, 10)) + "|0.0009765625,volume=10"),
    ([{"type": "reverb", "decay": 0.5, "predelay": 10, "mix": 0.5}], None),
    ([{"type": "highpass", "frequency": 300}, {"type": "limiter", "ceiling": -12},
      {"type": "volume", "gain": 3}],
     f"highpass=f=300:t=q:w=0.7071,alimiter=limit={db(-12)}:attack=5:release=50:level=0:latency=1,"
     "volume=3dB"),
]


def every_effect():
    write_wav("m.wav", music(1, 1))
    write_wav("voice.wav", music(1.5, 2))
    write_wav("impulse.wav", impulse(0.5, 10, 6000, 0.5, 2))
    clips = [{"media": "m", "start": i, "effects": effects}
             for i, (effects, _) in enumerate(EFFECTS)]
    end = len(EFFECTS)
    duck = {"type": "duck", "track": "voice", "threshold": -30, "ratio": 6}
    tracks = [
        {"clips": clips},
        # Two clips on a track with effects, a gap where the echo goes on, gain and pan.
        {"clips": [{"media": "m", "start": end + 0.1, "duration": 0.3},
                   {"media": "m", "start": end + 0.4, "in": 0.6, "duration": 0.2, "gain": -3}],
         "effects": [{"type": "delay", "time": 150, "feedback": 0, "mix": 0.8},
                     {"type": "lowpass", "frequency": 5000}], "gain": -6, "pan": 0.5},
        # Under a voice: a whole track, and one clip, whose track is the voice's neighbour.
        {"clips": [{"media": "m", "start": end + 2}], "effects": [duck]},
        {"clips": [{"media": "m", "start": end + 4, "effects": [duck]}]},
        {"id": "voice", "gain": -4,
         "clips": [{"media": "v", "start": end + 2.2, "duration": 0.4, "gain": -2},
                   {"media": "v", "start": end + 4.5}]},
        # A nested comp has its own: they end with it.
        {"clips": [{"comp": "n", "start": end + 6.5, "in": 0.5, "duration": 1.2,
                    "fadeOut": 0.2}]},
    ]
    nested = comp([{"clips": [{"media": "m", "start": 0.5, "duration": 0.25}],
                    "effects": [{"type": "delay", "time": 250, "feedback": 0.5}]}], 2)
    timeline = project({"m": "m.wav", "v": "voice.wav"}, tracks, end + 8, {"n": nested})
    export(timeline, "out.wav", "--audio", "pcm32f")
    out = plain("out.wav")
    check(len(out[0]) == (end + 8) * RATE, "length")
    for i, (effects, graph) in enumerate(EFFECTS):
        if graph is None:
            wanted = filtered(f"[0:a][1:a]{REVERB}[out]", "m.wav", "impulse.wav")
        else:
            wanted = filtered(f"[0:a]{graph}[out]", "m.wav")
        worst = off(part(out, i, i + 1), lengthened(wanted, 1))
        check(worst < SILENT, f"{'+'.join(e['type'] for e in effects)}: off by {worst}")
    a = 0.5 * math.pi / 2
    gain = 10 ** (-6 / 20)
    wanted = filtered(
        "[0:a]atrim=end=0.3[a];[0:a]atrim=start=0.6:end=0.8,asetpts=PTS-STARTPTS,volume=-3dB[b];"
        "[a][b]concat=n=2:v=0:a=1,apad=whole_dur=1.5,volume=0.1,aecho=1:1:150:0.8,volume=10,"
        f"lowpass=f=5000:t=q:w=0.7071,pan=stereo|c0={gain * math.cos(a)}*c0|"
        f"c1={gain}*c1+{gain * math.sin(a)}*c0[out]", "m.wav")
    worst = off(part(out, end + 0.1, end + 1.6), lengthened(wanted, 1.5))
    check(worst < SILENT, f"track with gain and pan: off by {worst}")
    check(any(part(out, end + 0.62, end + 0.74)[0]), "the track's echo sounds where no clip is")
    squeeze = f"sidechaincompress=threshold={db(-30)}:ratio=6:{SHAPE}"
    for begin, voice, seconds in ((2, "atrim=end=0.4,volume=-6dB,adelay=200:all=1", 1),
                                  (4, "volume=-4dB,adelay=500:all=1", 2)):
        wanted = filtered(f"[1:a]{voice},apad=whole_dur=3,asplit[k][h];"
                          f"[0:a][k]{squeeze}[d];[h]atrim=end={seconds}[v];[d]apad=whole_dur=3,"
                          f"atrim=end={seconds}[p];[p][v]amix=normalize=0[out]",
                          "m.wav", "voice.wav")
        worst = off(part(out, end + begin, end + begin + seconds), lengthened(wanted, seconds))
        check(worst < SILENT, f"duck at {begin}: off by {worst}")
    wanted = filtered("[0:a]atrim=end=0.25,apad=whole_dur=1.2,volume=0.1,"
                      "aecho=1:1:250|500|750|1000:0.5|0.25|0.125|0.0625,volume=10,"
                      "afade=t=out:st=1:d=0.2[out]", "m.wav")
    worst = off(part(out, end + 6.5, end + 7.7), lengthened(wanted, 1.2))
    check(worst < SILENT, f"nested: off by {worst}")
    check(not any(out[0][round((end + 7.7) * RATE):]), "a nested comp's tail ends with its clip")
    # Pictures beside it, either engine, and resuming.
    hashes = []
    for more in (["--engine", "v1"], ["--engine", "v2"],
                 ["--segment-frames", "100", "--keep-segments"],
                 ["--segment-frames", "100", "--resume", "--keep-segments"]):
        export(timeline, "out.mkv", "--audio", "flac", *more)
        hashes.append(hashlib.sha256(open("out.mkv", "rb").read()).hexdigest())
    check(hashes[0] == hashes[1], "V1 and V2 give the same bytes")
    check(hashes[2] == hashes[3], "resumed: the same bytes")


def clicks_stay():
    """Two clicks through each effect that does not delay by what it is; loudness hears effects."""
    at = [12345, 40000]
    row = [0.0] * RATE
    for n in at:
        row[n] = 0.5
    write_wav("click.wav", [row])
    kinds = [{"type": "volume"}, {"type": "equalizer", "gain": 6}, {"type": "highpass"},
             {"type": "lowpass", "frequency": 20000}, {"type": "compressor"},
             {"type": "limiter", "attack": 80}, {"type": "gate"}, {"type": "delay", "time": 777},
             {"type": "reverb", "decay": 0.3}]
    timeline = project({"c": "click.wav"},
                       [{"clips": [{"media": "c", "start": i, "effects": [kind]}
                                   for i, kind in enumerate(kinds)]}], len(kinds))
    export(timeline, "clicks.wav", "--audio", "pcm32f")
    left = plain("clicks.wav")[0]
    for i, kind in enumerate(kinds):
        here = left[i * RATE:(i + 1) * RATE]
        for low, high, n in ((0, 30000, at[0]), (30000, RATE, at[1])):
            top = max(range(low, high), key=lambda k: abs(here[k]))
            check(top == n, f"{kind['type']}: the click at {n} is at {top}")
        check(max(map(abs, here[:at[0]])) < 1e-6, f"{kind['type']}: sounds before its click")
    write_wav("m.wav", music(4, 3))
    loud = project({"m": "m.wav"}, [{"clips": [{"media": "m"}],
                                     "effects": [{"type": "volume", "gain": -25},
                                                 {"type": "limiter", "ceiling": -20}]}],
                   loudness=-18)
    export(loud, "loud.wav", "--audio", "pcm24")
    log = run("ffmpeg", "-nostdin", "-i", "loud.wav", "-af", "ebur128", "-f", "null", "-").stderr
    measured = float(log[log.rindex("Summary:"):].split("I:")[1].split("LUFS")[0])
    check(abs(measured + 18) <= 0.3, f"loudness after effects: {measured} LUFS")


def refusals():
    def refused(words, effects, where="clip", others=()):
        clip = {"media": "m"}
        track = {"id": "a", "clips": [clip]}
        (clip if where == "clip" else track)["effects"] = effects
        said = export(project({"m": "m.wav"}, [track, {"id": "b", "clips": [],
                                                             "effects": list(others)}]),
                      "x.wav", expect=3).stderr
        for word in words:
            check(word in said, f"{effects} should say {word!r}, not {said!r}")

    refused(["clips[0].effects[0].gain", "-60..36", "is 99"], [{"type": "equalizer", "gain": 99}])
    refused(["tracks[0].effects[1]", "did you mean \"frequency\""],
            [{"type": "volume"}, {"type": "equalizer", "frequenzy": 9}], "track")
    refused(["\"blur\" is not built yet"], [{"type": "blur"}])
    refused(["did you mean \"reverb\"?"], [{"type": "reverv"}])
    refused(["\"type\" is missing"], [{"gain": 3}])
    refused(["keys", "plain number"], [{"type": "volume", "gain": {"keys": [[0, 1]]}}])
    refused(["effects[0].track", "no track", "did you mean \"b\"?"],
            [{"type": "duck", "track": "bb"}])
    refused(["\"track\" is missing"], [{"type": "duck"}])
    refused(["turn itself down"], [{"type": "duck", "track": "a"}])
    refused(["turn itself down"], [{"type": "duck", "track": "b"}],
            others=[{"type": "duck", "track": "a"}])
    refused(["24000 Hz"], [{"type": "lowpass", "frequency": 24000}])


with tempfile.TemporaryDirectory(prefix="reelpool-effects-") as folder:
    os.chdir(folder)
    for question in (every_effect, clicks_stay, refusals):
        print(question.__name__, flush=True)
        question()
    os.chdir("/")
sys.exit(1 if failures else 0)
