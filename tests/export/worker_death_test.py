#!/usr/bin/env python3
"""Kills, crashes and stops workers of running exports: the output is what it is without that.

usage: worker_death_test.py REELPOOL IPC_DUMP
For both engines: any signal at any time costs one restart and nothing of the picture; ten workers in
a row; a stopped worker is a hang; a zygote takes its workers with it and is replaced. Nothing is left
behind: no process, no descriptor, nothing in /dev/shm.
"""
import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time

from sanitized import is_sanitized

reelpool, ipc_dump = sys.argv[1:3]
problems = []
FILES, SECONDS, GOP, RATE = 4, 8, 50, 25
waits = []  # of output frames after deaths, in ms


def expect(truth, what):
    if not truth:
        problems.append(what)
        print("FAILED:", what, flush=True)


# A sanitizer's handler would look for names of functions, which no sandbox lets it do.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":handle_segv=0:handle_sigbus=0"


def make_media(folder):
    """Files with B-frames that decode at different speeds; one is VP9, which cannot be direct."""
    for i in range(FILES):
        codec = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "600k"] \
            if i == 3 else ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-crf", "30"]
        subprocess.run(
            ["ffmpeg", "-v", "error", "-f", "lavfi", "-i",
             f"testsrc2=s=640x360:r={RATE}:d={SECONDS + 2}", "-vf", f"hue=h={i * 80}", *codec,
             "-g", str(GOP), "-pix_fmt", "yuv420p", "-y",
             os.path.join(folder, f"{i}." + ("webm" if i == 3 else "mp4"))], check=True)


def make_project(folder):
    tracks = []
    for i in range(FILES):
        suffix = "webm" if i == 3 else "mp4"
        clips = [{"id": f"c{i}", "media": f"m{i}", "start": 0, "in": 0.4 * i, "duration": SECONDS}]
        tracks.append({"id": f"t{i}", "clips": clips})
    media = {f"m{i}": {"path": f"{i}." + ("webm" if i == 3 else "mp4")} for i in range(FILES)}
    for i, track in enumerate(tracks):
        track["clips"][0]["transform"] = {"scale": 0.6, "position": [320 * (i % 2) + 160,
                                                                     180 * (i // 2) + 90]}
    # The first file a second time, elsewhere in its time: V2 needs another cursor or its cache.
    tracks.append({"id": "t-again", "clips": [{"id": "again", "media": "m0", "start": 0, "in": 1.6, "duration": SECONDS,
                              "transform": {"scale": 0.3, "position": [320, 180]}}]})
    project = {"reelpool": 1, "main": "main", "media": media,
               "comps": {"main": {"width": 640, "height": 360, "fps": RATE, "duration": SECONDS,
                                  "tracks": tracks}}}
    path = os.path.join(folder, "project.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(project, file)
    return path


class Export:
    def __init__(self, project, out, *more):
        self.out, self.report_path = out, out + ".json"
        self.process = subprocess.Popen(
            [reelpool, "export", project, "-o", out, "--progress", "none", "--overwrite",
             "--report", self.report_path, "--codec", "h264", *more],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.pidfds = {}
        self.killed = set()

    def kill(self, pid, sent):
        self.killed.add(pid)
        try:
            os.kill(pid, sent)
            return True
        except ProcessLookupError:
            return False

    def state(self):
        run = subprocess.run([ipc_dump, str(self.process.pid), "--json"], capture_output=True,
                             text=True)
        if run.returncode != 0:
            return None
        state = json.loads(run.stdout)
        for process in state["processes"]:
            pid = process["pid"]
            if process["state"] != "ended" and pid > 0 and pid != self.process.pid and \
                    pid not in self.pidfds:
                try:
                    self.pidfds[pid] = os.pidfd_open(pid)
                except ProcessLookupError:
                    pass
        return state

    def wait_until(self, is_so):
        """The first state that is so; nothing if the export ends before."""
        while self.process.poll() is None:
            state = self.state()
            if state and (found := is_so(state)):
                return found
            select.select([], [], [], 0.01)
        return None

    def worker_of(self, media, frames):
        """The pid of a running worker that has decoded so many frames."""
        def found(state):
            for p in state["processes"]:
                if p["kind"] == "worker" and p["media"] == media and p["state"] == "running" and \
                        p["framesDecoded"] >= frames and p["pid"] not in self.killed:
                    return p["pid"]
            return None
        return self.wait_until(found)

    def finish(self):
        _, self.errors = self.process.communicate()
        self.report = {}
        if os.path.exists(self.report_path):
            with open(self.report_path, encoding="utf-8") as file:
                self.report = json.load(file)
        waits.append(self.report.get("times", {}).get("longestWaitAfterDeathMs", 0))
        for pid, fd in self.pidfds.items():
            ended = select.select([fd], [], [], 10)[0]
            expect(ended, f"process {pid} is left")
            os.close(fd)
        return self

    def sha(self):
        with open(self.out, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()


def check_same(export, reference, what, restarts):
    expect(export.process.returncode == 0, f"{what}: exit {export.process.returncode}: {export.errors}")
    if export.process.returncode != 0:
        return
    expect(export.sha() == reference.sha(), f"{what}: the output differs")
    decode, plain = export.report["decode"], reference.report["decode"]
    expect(decode["workersRestarted"] == restarts,
           f"{what}: {decode['workersRestarted']} restarts, not {restarts}")
    expect(decode["framesPlanned"] == plain["framesPlanned"], f"{what}: the plan differs")
    # A group of pictures and what was in flight, for each cursor of each worker that died.
    most = restarts * 3 * (GOP + 24)
    extra = decode["framesDecoded"] - plain["framesDecoded"]
    expect(0 <= decode["framesDecodedAgain"] <= most and extra <= most,
           f"{what}: {extra} frames more, {decode['framesDecodedAgain']} again, at most {most}")
    expect(any(w["code"] == "worker-restarted" for w in export.report["warnings"]) == (restarts > 0),
           f"{what}: warnings {export.report['warnings']}")


with tempfile.TemporaryDirectory(prefix="reelpool-deaths-") as folder:
    shm_before = set(os.listdir("/dev/shm"))
    make_media(folder)
    project = make_project(folder)
    out = os.path.join(folder, "out.mp4")
    for engine in ("v2",) if is_sanitized else ("v2", "v1"):
        slow = ["--engine", engine, "--cache-size", "60MB", "--preset", "medium"]
        reference = Export(project, os.path.join(folder, f"reference-{engine}.mp4"), *slow).finish()
        expect(reference.process.returncode == 0, f"{engine}: {reference.errors}")
        deaths = ((signal.SIGSEGV, 1, 30), (signal.SIGKILL, 3, 60), (signal.SIGKILL, 0, 1),
                  (signal.SIGABRT, 2, 90))
        for sent, media, frames in deaths[:2] if is_sanitized else deaths:
            what = f"{engine}: signal {sent.name} to worker {media} after {frames} frames"
            export = Export(project, out, *slow)
            pid = export.worker_of(media, frames)
            if pid is None:
                export.finish()
                expect(False, f"{what}: it came to nothing: {export.errors}")
                continue
            export.kill(pid, sent)
            check_same(export.finish(), reference, what, 1)
            expect(sum(f["workersLost"] for f in export.report.get("files", [])) == 1,
                   f"{what}: {export.report.get('files')}")
            print(what, "done", flush=True)

        what = f"{engine}: a stopped worker"
        export = Export(project, out, *slow, "--worker-timeout", "2")
        pid = export.worker_of(1, 20)
        if pid is not None:
            os.kill(pid, signal.SIGSTOP)
        check_same(export.finish(), reference, what, 1)
        expect("hangs" in json.dumps(export.report.get("warnings")), f"{what}: {export.report}")
        print(what, "done", flush=True)

    what = "ten in a row"
    slow = ["--engine", "v2", "--cache-size", "60MB", "--preset", "veryslow"]
    reference = Export(project, os.path.join(folder, "reference.mp4"), *slow).finish()
    export = Export(project, out, *slow)
    killed = 0
    while killed < 10:
        # It has got past what its predecessor was at, or this would be the same request again.
        pid = export.worker_of(killed % FILES, GOP + 10)
        if pid is None:
            break
        killed += export.kill(pid, signal.SIGKILL)
    check_same(export.finish(), reference, what, killed)
    expect(killed == 10, f"{what}: only {killed} could be killed")
    print(what, "done", flush=True)

    for sent, more in ((signal.SIGKILL, []), (signal.SIGSTOP, ["--worker-timeout", "2"])):
        what = f"the zygote, {sent.name}"
        export = Export(project, out, *slow, *more)
        zygote = export.wait_until(lambda state: state["totals"]["framesDone"] >= 3 and next(
            (p["pid"] for p in state["processes"] if p["kind"] == "zygote"), None))
        if zygote is None:
            expect(False, f"{what}: the export ended early")
        else:
            os.kill(zygote, sent)
            if sent == signal.SIGSTOP:
                # Somebody must need it: kill a worker.
                os.kill(export.worker_of(0, 0) or 0, signal.SIGKILL)
        export.finish()
        expect(export.process.returncode == 0, f"{what}: {export.errors}")
        if export.process.returncode == 0:
            expect(export.sha() == reference.sha(), f"{what}: the output differs")
            expect(export.report["decode"]["zygotesRestarted"] == 1, f"{what}: {export.report['decode']}")
        print(what, "done", flush=True)
    expect(set(os.listdir("/dev/shm")) <= shm_before, "something is left in /dev/shm")
    # No test of its own, since no test asserts times. (2 s are a stopped worker's --worker-timeout.)
    print(f"after deaths an output frame waited at most so many ms, by export: {waits}")
sys.exit(1 if problems else 0)
