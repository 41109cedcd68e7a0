#!/usr/bin/env python3
"""Exports with a disk cache: the same bytes, fewer decodes, exactly what the plan says; and when
the disk lies or is full, the same bytes all the same, and a warning.

usage: disk_cache_test.py REELPOOL
"""
import filecmp
import json
import os
import signal
import subprocess
import sys
import tempfile

reelpool = sys.argv[1]
problems = []
# 200 frames of 345,600 bytes in one group of pictures, and a cache for about 30 of them.
CACHE = "10MB"
FRAME = 640 * 360 * 3 // 2


def expect(truth, what):
    if not truth:
        problems.append(what)
        print("FAILED:", what)


def make_project(directory):
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30",
         "-frames:v", "200", "-c:v", "libx264", "-preset", "veryfast", "-g", "250", "-bf", "2",
         "-pix_fmt", "yuv420p", os.path.join(directory, "medium.mp4")], check=True)
    clip = {"media": "m", "start": 0, "duration": "200f"}
    layers = [{"clips": [{**clip, "reverse": True}]},
              {"clips": [{**clip, "reverse": True, "in": "60f", "duration": "140f",
                          "opacity": 0.5}]}]
    path = os.path.join(directory, "project.json")
    with open(path, "w") as file:
        json.dump({"reelpool": 1, "media": {"m": {"path": "medium.mp4"}}, "main": "c",
                   "comps": {"c": {"width": 640, "height": 360, "fps": 30, "duration": "200f",
                                   "tracks": layers}}}, file)
    return path


class Export:
    """One export to NAME.mkv, with its report."""

    def __init__(self, directory, name, *more):
        self.out = os.path.join(directory, name + ".mkv")
        self.report_path = os.path.join(directory, name + ".json")
        self.run = subprocess.Popen(
            [reelpool, "export", os.path.join(directory, "project.json"), "-o", self.out,
             "--engine", "v2", "--cache-size", CACHE, "--preset", "slower", "--progress", "json",
             "--report", self.report_path, *more],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self):
        _, self.errors = self.run.communicate()
        self.code = self.run.returncode
        self.report = json.load(open(self.report_path)) if self.code == 0 else None
        return self

    def has_frames(self):
        """Waits for progress that tells of encoded frames; False if it has ended before."""
        for line in self.run.stdout:
            told = json.loads(line)
            if told["type"] == "progress" and told["frame"] > 0:
                return True
        return False


def plan(directory, *more):
    run = subprocess.run(
        [reelpool, "plan", os.path.join(directory, "project.json"), "--json", "--engine", "v2",
         "--cache-size", CACHE, *more], capture_output=True, text=True)
    return json.loads(run.stdout)


def warnings_of(export):
    return [w["code"] for w in export.report["warnings"]].count("disk-cache")


def expect_same(export, plain, name):
    expect(export.code == 0, f"{name}: exit code {export.code}: {export.errors}")
    return export.code == 0 and expect_equal_files(export, plain, name)


def expect_equal_files(export, plain, name):
    same = filecmp.cmp(export.out, plain.out, shallow=False)
    expect(same, f"{name}: another file came out")
    return same


def as_planned(directory, scratch, plain):
    for size, name in (("", "usual size"), (":12MB", "small"), (f":{FRAME}B", "one frame"),
                       (":1KB", "too small for a frame")):
        export = Export(directory, "with", "--overwrite", "--disk-cache", scratch + size).finish()
        if not expect_same(export, plain, name):
            continue
        planned = plan(directory, "--disk-cache", scratch + size)
        decode, disk = export.report["decode"], export.report["diskCache"]
        expect(decode["framesDecoded"] == planned["decode"]["framesDecoded"], f"{name}: decodes")
        expect(decode["seeks"] == planned["decode"]["seeks"], f"{name}: seeks")
        for count in ("spilled", "loaded"):
            expect(disk[count] == planned["diskCache"][count], f"{name}: {count}")
        expect(disk["peakBytes"] <= planned["diskCache"]["budgetBytes"], f"{name}: too large")
        expect(disk["failed"] == 0 and disk["decodedAgain"] == 0, f"{name}: {disk}")
        expect(warnings_of(export) == 0, f"{name}: {export.report['warnings']}")
        before = plain.report["decode"]["framesDecoded"]
        expect(decode["framesDecoded"] <= before, f"{name}: more decodes")
        if not size:
            expect(decode["framesDecoded"] == 200, f"{name}: {decode['framesDecoded']} decodes")
            expect(before > 400, f"without: {before} decodes prove nothing")
            expect(disk["loaded"] > 100, f"{name}: {disk}")
        print(f"{name}: {decode['framesDecoded']} decodes instead of {before}, {disk}")
        expect(os.listdir(scratch) == [], f"{name}: something is left")


def scratch_descriptor(pid, scratch):
    for fd in os.listdir(f"/proc/{pid}/fd"):
        path = f"/proc/{pid}/fd/{fd}"
        try:
            target = os.readlink(path)
        except FileNotFoundError:
            continue
        if target.startswith(scratch + "/") and target.endswith("(deleted)"):
            return path
    return None


def spoilt(directory, scratch, plain, spoil, name):
    export = Export(directory, "spoilt", "--overwrite", "--disk-cache", scratch)
    if not export.has_frames():
        expect(False, f"{name}: the export ended before its disk could be spoilt")
        export.finish()
        return
    os.kill(export.run.pid, signal.SIGSTOP)
    try:
        with open(scratch_descriptor(export.run.pid, scratch), "r+b") as file:
            spoil(file)
    finally:
        os.kill(export.run.pid, signal.SIGCONT)
    export.finish()
    if not expect_same(export, plain, name):
        return
    disk = export.report["diskCache"]
    expect(disk["failed"] > 0, f"{name}: nothing failed: {disk}")
    expect(disk["decodedAgain"] > 0, f"{name}: {disk}")
    expect(warnings_of(export) == 1, f"{name}: {export.report['warnings']}")
    expect("disk cache" in export.errors, export.errors)
    print(f"{name}: {disk}")


def change_a_byte_of_each_frame(file):
    size = os.fstat(file.fileno()).st_size
    for offset in range(FRAME // 2, size, FRAME // 2):
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 1]))


def full(directory, plain):
    """A disk that has room for a few frames only."""
    small = os.path.join(directory, "small")
    os.mkdir(small)
    if os.geteuid() != 0 or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", small],
            stderr=subprocess.DEVNULL).returncode != 0:
        print("SKIPPED: a full disk: only root may mount a small file system")
        return
    try:
        export = Export(directory, "full", "--overwrite", "--disk-cache", small).finish()
        if not expect_same(export, plain, "full"):
            return
        disk = export.report["diskCache"]
        expect(disk["failed"] > 0 and 0 < disk["spilled"] < 30, f"full: {disk}")
        expect(warnings_of(export) == 1, f"full: {export.report['warnings']}")
        expect("No space left" in export.errors, export.errors)
        print("full:", disk, "decoded", export.report["decode"]["framesDecoded"])
    finally:
        subprocess.run(["umount", small])


def refused(directory):
    for more, code in ((["--disk-cache", os.path.join(directory, "missing")], 7),
                       (["--disk-cache", os.path.join(directory, "project.json")], 7),
                       (["--disk-cache", directory + ":0"], 2),
                       (["--engine", "v1", "--disk-cache", directory], 2)):
        run = subprocess.run(
            [reelpool, "export", os.path.join(directory, "project.json"), "-o",
             os.path.join(directory, "refused.mkv"), *more], capture_output=True, text=True)
        expect(run.returncode == code, f"{more}: exit code {run.returncode}")
        expect("--disk-cache" in run.stderr, run.stderr)


def killed(directory, scratch):
    export = Export(directory, "killed", "--disk-cache", scratch)
    expect(export.has_frames(), "killed: it ended before it could be killed")
    export.run.kill()
    export.run.communicate()
    expect(os.listdir(scratch) == [], "killed: something is left")


with tempfile.TemporaryDirectory() as directory:
    directory = os.path.realpath(directory)
    make_project(directory)
    scratch = os.path.join(directory, "scratch")
    os.mkdir(scratch)
    plain = Export(directory, "plain").finish()
    expect(plain.code == 0, plain.errors)
    if plain.code == 0:
        expect(plain.report["diskCache"] is None, "a disk cache that nobody asked for")
        as_planned(directory, scratch, plain)
        spoilt(directory, scratch, plain, change_a_byte_of_each_frame, "changed")
        spoilt(directory, scratch, plain, lambda file: file.truncate(FRAME // 2), "cut")
        full(directory, plain)
        refused(directory)
        killed(directory, scratch)

sys.exit(1 if problems else 0)
