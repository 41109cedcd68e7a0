#!/usr/bin/env python3
"""seek-stress finds no mismatch in good files, and finds the ones that are there.

usage: seek_stress_test.py SEEK_STRESS
A mismatch is made by an ffmpeg on the PATH that changes one sample of one frame, or loses a frame.
"""

import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile

tool = sys.argv[1]
problems = []
FRAMES = 60
FRAME_BYTES = 160 * 96 * 3 // 2

FALSE_FFMPEG = """#!{python}
import subprocess, sys
raw = subprocess.run(["{ffmpeg}", *sys.argv[1:]], stdout=subprocess.PIPE).stdout
raw = bytearray(raw)
if "{damage}" == "sample":
    raw[10 * {frame_bytes} + 5000] ^= 1
else:
    del raw[:{frame_bytes}]
sys.stdout.buffer.write(raw)
"""


def check(is_good, what):
    if not is_good:
        problems.append(what)
        print("FAILED:", what)


def run(*arguments, path=None):
    environment = dict(os.environ)
    if path:
        environment["PATH"] = f"{path}:{environment['PATH']}"
    done = subprocess.run([tool, *map(str, arguments)], env=environment, text=True,
                          capture_output=True, timeout=120)
    print(done.stdout, done.stderr, sep="", end="")
    return done.returncode, done.stdout, done.stderr


def make(path, *encoding):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i",
                    "testsrc2=size=160x96:rate=25", "-frames:v", str(FRAMES), *encoding, str(path)],
                   check=True)
    return path


def false_ffmpeg(folder, damage):
    folder.mkdir()
    program = folder / "ffmpeg"
    program.write_text(FALSE_FFMPEG.format(python=sys.executable, ffmpeg=shutil.which("ffmpeg"),
                                           damage=damage, frame_bytes=FRAME_BYTES))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


def without_direct(text):
    return re.sub(r"\d+ frames direct", "", text)


def good_files(mp4, ts):
    code, text, errors = run(mp4, ts, "--requests", 200)
    check(code == 0 and not errors, "good files are clean")
    lines = text.splitlines()
    check(len(lines) == 2, "one line for each file")
    for line, path in zip(lines, (mp4, ts)):
        check(line.startswith(f"{path}: {FRAMES} frames in the table"), "the line names the file")
        requests = int(re.search(r"(\d+) requests for", line)[1])
        check(200 <= requests < 208, "as many requests as were asked for, and at most a turn more")
        check(line.endswith(", 0 concealed, 0 mismatches"), "nothing is wrong")
    again = run(mp4, ts, "--requests", 200)[1]
    # How many frames a codec could write itself also depends on when they were asked for.
    check(without_direct(again) == without_direct(text), "the same seed, the same requests")
    other = run(mp4, "--requests", 200, "--seed", 2)[1]
    check(without_direct(other) not in without_direct(text), "another seed, other requests")
    copied = run(mp4, "--requests", 100, "--direct", "off", "--cursors", 1, "--threads", 1)[1]
    check(" 0 frames direct;" in copied and "by 1 cursors" in copied, "--direct off copies")
    direct = run(mp4, "--requests", 100, "--direct", "on", "--cursors", 16)
    check(direct[0] == 0 and " 0 frames direct;" not in direct[1], "--direct on does not")


def wrong_files(folder, mp4):
    code, _, errors = run(mp4, "--requests", 300, path=false_ffmpeg(folder / "a", "sample"))
    check(code == 5, "a sample that differs is a mismatch")
    # 25 frames a second, 512 ticks a frame.
    check("MISMATCH: frame 10, PTS 5120 (0.400000 s): the picture is none that ffmpeg decodes"
          in errors, "frame, time and difference are named")
    check("frame 11" not in errors, "frames that are right are not named")
    code, _, errors = run(mp4, "--requests", 20, path=false_ffmpeg(folder / "b", "frame"))
    check(code == 5 and f"the table has {FRAMES} frames, ffmpeg decodes {FRAMES - 1}" in errors,
          "a frame too many is a mismatch")
    check("the picture is that of frame" in errors, "it is said which frame is shown instead")


def refusals(folder, mp4):
    text = folder / "no video.txt"
    text.write_text("no video\n")
    check(run(text)[0] == 4, "what is no video cannot be used")
    check(run(folder / "missing.mp4")[0] == 4, "nor what is not there")
    check(run(text, mp4, "--requests", 20)[0] == 4, "the other files are examined all the same")
    for arguments in ((), ("--what", "1", mp4), (mp4, "--cursors", "0"), (mp4, "--direct", "yes"),
                      (mp4, "--seconds")):
        check(run(*arguments)[0] == 2, f"{arguments} is no usage")
    code, text, _ = run("--help")
    check(code == 0 and "usage: seek-stress" in text, "--help helps")


with tempfile.TemporaryDirectory() as name:
    root = pathlib.Path(name)
    small_mp4 = make(root / "small.mp4", "-c:v", "libx264", "-g", "12", "-bf", "2")
    small_ts = make(root / "small.ts", "-c:v", "mpeg2video", "-q:v", "4", "-g", "12", "-bf", "2")
    good_files(small_mp4, small_ts)
    wrong_files(root, small_mp4)
    refusals(root, small_mp4)
sys.exit(1 if problems else 0)
