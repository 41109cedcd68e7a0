"""Flashes and beeps through cuts, nests and footage of variable frame rate stay together.

usage: sync_test.py REELPOOL
Every second the footage shows a white picture for three frames and beeps meanwhile, and every clip
lies on the output's frames: in the output each beep begins where a flash begins. A minute of it, and
30 with REELPOOL_LONG.
"""

import array
import json
import os
import random
import subprocess
import sys
import tempfile

reelpool = os.path.abspath(sys.argv[1])
FPS = 30000 / 1001
RATE = 48000
SECONDS = 40  # of each medium
minutes = 30 if os.environ.get("REELPOOL_LONG") else 1
dice = random.Random(2)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\nexit {done.returncode}\n{done.stdout}{done.stderr}")


def make(path, rate, per_second, keep, hz):
    """Footage of `per_second` pictures in 1.001 s; only pictures for which `keep` is true."""
    white, black = b"\xeb" * (160 * 90), b"\x10" * (160 * 90)
    chroma = b"\x80" * (2 * 80 * 45)
    flash = per_second // 10
    beep = (f"aevalsrc='0.7*sin(2*PI*1000*t)*lt(mod(t,1.001),{flash}*1.001/{per_second})'"
            f":s={hz}:d={SECONDS * 1.001}")
    encoder = subprocess.Popen(
        ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s",
         "160x90", "-r", rate, "-i", "pipe:0", "-f", "lavfi", "-i", beep, "-vf",
         f"select='{keep}'", "-vsync", "vfr", "-enc_time_base", "1001/60000",
         "-video_track_timescale", "60000", "-c:v", "libx264", "-preset", "veryfast", "-g", "60",
         "-c:a", "aac", "-shortest", path],
        stdin=subprocess.PIPE)
    for n in range(SECONDS * per_second):
        encoder.stdin.write((white if n % per_second < flash else black) + chroma)
    encoder.stdin.close()
    if encoder.wait() != 0:
        raise SystemExit(f"cannot make {path}")


def clip(source, start, frames, into, at):
    """Of `frames` output frames, its first one `into` frames into a second of the footage."""
    return {**source, "start": f"{start * 1001}/30000", "duration": f"{frames * 1001}/30000",
            "in": f"{(at * 30 + into) * 1001}/30000"}


def timeline(total):
    """Clips one after another, alternately on two tracks; most cut, some nested once or twice."""
    sources = [{"media": "even"}, {"media": "uneven"}, {"media": "fast"}, {"comp": "nest"},
               {"comp": "deep"}]
    tracks = [[], []]
    start, number = 0, 0
    while start < total:
        # Cuts keep away from flashes: they last 3 frames.
        into = dice.randint(8, 24)
        frames = min(dice.randint(0, 5) * 30 + dice.randint(8, 24) - into + 30, total - start)
        if frames <= 0:
            break
        tracks[number % 2].append(clip(sources[number % 5], start, frames, into,
                                       dice.randint(0, 8)))
        start += frames
        number += 1
    comp = {"width": 160, "height": 90, "fps": "30000/1001"}
    return {"reelpool": 1, "main": "main",
            "media": {name: {"path": name + ".mp4"} for name in ("even", "uneven", "fast")},
            "comps": {"main": {**comp, "duration": f"{total}f",
                               "tracks": [{"clips": clips} for clips in tracks]},
                      "nest": {**comp, "duration": "900f", "tracks": [{"clips": [
                          clip({"media": "uneven"}, 0, 450, 0, 3),
                          clip({"media": "fast"}, 450, 450, 0, 1)]}]},
                      "deep": {**comp, "fps": "60000/1001", "duration": "1800f", "tracks": [
                          {"clips": [clip({"comp": "nest"}, 0, 900, 0, 0)]}]}}}, number


def flashes(path):
    pictures = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-vf",
                               "scale=2:2:flags=area,format=gray", "-f", "rawvideo", "-"],
                              capture_output=True, check=True).stdout[::4]
    white = [False] + [level > 128 for level in pictures]
    return [n / FPS for n in range(len(pictures)) if white[n + 1] and not white[n]], len(pictures)


def beeps(path):
    """A beep begins with the first loud sample after 50 ms without one."""
    sound = subprocess.Popen(["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-ac", "1", "-f",
                              "s16le", "-"], stdout=subprocess.PIPE)
    step, loud, begins, at, last = 480, 6000, [], 0, -RATE
    while raw := sound.stdout.read(2 * step):
        block = array.array("h")
        block.frombytes(raw)
        if max(block) > loud:
            for i, sample in enumerate(block):
                if sample > loud:
                    if at + i - last > RATE // 20:
                        begins.append((at + i) / RATE)
                    last = at + i
        at += len(block)
    sound.wait()
    return begins


with tempfile.TemporaryDirectory(prefix="reelpool-sync-") as folder:
    os.chdir(folder)
    make("even.mp4", "30000/1001", 30, "1", 48000)
    # Flashes begin and end where they should; of the rest about half is left, without a pattern.
    make("uneven.mp4", "60000/1001", 60, "lt(mod(n,60),1)+eq(mod(n,60),6)+lt(mod(n*n*7+n*3,11),5)",
         48000)
    make("fast.mp4", "60000/1001", 60, "1", 44100)
    total = round(minutes * 60 * FPS)
    project, clips = timeline(total)
    with open("project.json", "w") as file:
        json.dump(project, file)
    run(reelpool, "export", "project.json", "-o", "out.mp4", "--progress", "none", "--preset",
        "veryfast")
    (seen, pictures), heard = flashes("out.mp4"), beeps("out.mp4")
    wrong = []
    if pictures != total:
        wrong.append(f"{pictures} pictures, not {total}")
    if len(seen) != len(heard) or len(seen) < 0.7 * minutes * 60:
        wrong.append(f"{len(seen)} flashes and {len(heard)} beeps")
    off = [beep - flash for flash, beep in zip(seen, heard)]
    print(f"{minutes} min, {clips} clips, {len(seen)} flashes: beeps {min(off) * 1000:.2f} to "
          f"{max(off) * 1000:.2f} ms after them")
    if max(map(abs, off)) >= 0.5 / FPS:
        n = max(range(len(off)), key=lambda i: abs(off[i]))
        wrong.append(f"the flash at {seen[n]:.3f} s and its beep are {off[n] * 1000:.1f} ms apart")
    print("\n".join("FAILED: " + what for what in wrong))
    os.chdir("/")
sys.exit(1 if wrong else 0)
