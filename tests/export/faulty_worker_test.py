#!/usr/bin/env python3
"""Exports with a decoder worker that crashes, hangs and lies (tests/decoder_worker/faulty_worker.cpp).

usage: faulty_worker_test.py REELPOOL COMPOSITOR FAULTY_WORKER IPC_DUMP [part]
Once is an accident: the output is what it is without. Always is an error that names the file, with
the documented exit code; with --on-bad-frame hold the nearest earlier frame is shown. Nothing hangs,
and nothing is left behind.
"""
import array
import json
import os
import shutil
import subprocess
import sys
import tempfile

reelpool, compositor, faulty_worker, ipc_dump = sys.argv[1:5]
parts = sys.argv[5:] or ["crashes", "hold", "lies", "sound"]
problems = []
FRAMES, GOP, RATE = 75, 25, 25
DEADLY = 33


def expect(truth, what):
    if not truth:
        problems.append(what)
        print("FAILED:", what, flush=True)


def children_of(pid):
    """The descendants of a process, by /proc."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                parents[int(name)] = int(file.read().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            pass
    found, more = set(), {pid}
    while more:
        found |= more
        more = {child for child, parent in parents.items() if parent in more} - found
    return found - {pid}


def make_media(folder):
    for width in (322, 320):
        subprocess.run(
            ["ffmpeg", "-v", "error", "-f", "lavfi", "-i",
             f"testsrc2=s={width}x180:r={RATE}:d={FRAMES / RATE}", "-c:v", "libx264", "-preset",
             "fast", "-bf", "2", "-x264-params", f"keyint={GOP}:min-keyint={GOP}:scenecut=0",
             "-pix_fmt", "yuv420p", "-video_track_timescale", str(RATE), "-y",
             os.path.join(folder, f"{width}.mp4")], check=True)


def clip(name, x):
    return {"id": name, "clips": [{"id": name, "media": name, "start": 0,
                                   "duration": FRAMES / RATE, "transform": {"position": [x, 90]}}]}


def write_project(folder, name, tracks):
    media = {"wide": {"path": "322.mp4"}, "other": {"path": "320.mp4"}}
    used = {track["clips"][0]["media"] for track in tracks}
    project = {"reelpool": 1, "main": "main", "media": {n: media[n] for n in sorted(used)},
               "comps": {"main": {"width": 642 if len(tracks) > 1 else 322, "height": 180,
                                  "fps": RATE, "duration": FRAMES / RATE, "tracks": tracks}}}
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(project, file)
    return path


class Run:
    def __init__(self, program, project, out, more=(), **settings):
        report = out + ".json"
        if os.path.exists(report):
            os.remove(report)
        faults = os.path.join(os.path.dirname(program), "faults")
        with open(faults, "w", encoding="utf-8") as file:
            file.writelines(f"{key.upper()}={value}\n" for key, value in settings.items())
        env = dict(os.environ, REELPOOL_CACHE="off")
        process = subprocess.Popen(
            [program, "export", project, "-o", out, "--codec", "ffv1", "--overwrite", "--progress",
             "none", "--report", report, *more],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
        try:
            _, errors = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            _, errors = process.communicate()
            expect(False, f"{settings} hangs")
        self.code, self.errors = process.returncode, errors.decode("utf-8", "replace")
        with open(report, encoding="utf-8") as file:
            self.report = json.load(file)
        self.out = out

    def pictures(self, crop=None):
        more = ["-vf", f"crop={crop}"] if crop else []
        run = subprocess.run(["ffmpeg", "-v", "error", "-i", self.out, *more, "-f", "framemd5", "-"],
                             capture_output=True, text=True, check=True)
        return [line.rsplit(",", 1)[1].strip() for line in run.stdout.splitlines()
                if not line.startswith("#")]

    def restarts(self):
        return self.report["decode"]["workersRestarted"]


def check_dump(run, what):
    """The error points to a crash dump beside the report, which ipc-dump reads."""
    folder = run.report["error"]["suggestion"].rsplit("ipc-dump ", 1)[1]
    expect(os.path.dirname(folder) == os.path.dirname(run.out), f"{what}: {folder}")
    expect(sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder)) < 4 << 20,
           f"{what}: the dump is large")
    text = subprocess.run([ipc_dump, folder], capture_output=True, text=True)
    expect(text.returncode == 0 and "lost workers" in text.stdout and "cursor" in text.stdout,
           f"{what}: ipc-dump: {text.returncode} {text.stderr} {text.stdout[:1000]}")
    dump = subprocess.run([ipc_dump, folder, "--json"], capture_output=True, text=True)
    state = json.loads(dump.stdout)
    crash = state["crash"]
    expect(crash["error"]["message"] == run.report["error"]["message"], f"{what}: {crash['error']}")
    peers = {channel["peer"]: channel["last"] for channel in crash["channels"]}
    worker = next(last for peer, last in peers.items() if peer.endswith("322.mp4"))
    expect("Decode" in {m["message"] for m in worker} and
           {"sent", "received"} == {m["direction"] for m in worker}, f"{what}: {worker}")
    expect(state["totals"]["framesTotal"] == FRAMES and state["rings"], f"{what}: the ledger")
    folders = [f for f in os.listdir(os.path.dirname(folder)) if f.startswith("reelpool-crash-")]
    expect(len(folders) <= 10, f"{what}: {len(folders)} dumps are kept")


def check_crashes(program, folder, out, both, plain):
    whole = plain.pictures()
    for engine in ("v2", "v1"):
        for fault in ("segv", "kill", "abort", "exit", "hang"):
            what = f"{engine}: once {fault}"
            run = Run(program, both, out, ["--engine", engine, "--worker-timeout", "2"], fault=fault,
                      fault_width=322, fault_frame=DEADLY, fault_times=1)
            expect(run.code == 0, f"{what}: exit {run.code}: {run.errors}")
            if run.code == 0:
                expect(run.pictures() == whole, f"{what}: the pictures differ")
                expect(run.restarts() == 1, f"{what}: {run.restarts()} restarts")
                extra = run.report["decode"]["framesDecoded"] - plain.report["decode"]["framesDecoded"]
                expect(extra <= GOP + 24, f"{what}: {extra} frames more")
        what = f"{engine}: once while the file is examined"
        run = Run(program, both, out, ["--engine", engine], fault="kill-opening", fault_width=322,
                  fault_times=1)
        expect(run.code == 0 and run.pictures() == whole, f"{what}: exit {run.code}: {run.errors}")
        # (Of a SIGSEGV sanitizers make something of their own.)
        for fault, said in (("abort", "killed by signal 6 (Aborted)"),
                            ("exit", "exited with status 3")):
            what = f"{engine}: always {fault}"
            run = Run(program, both, out, ["--engine", engine], fault=fault, fault_width=322,
                      fault_frame=DEADLY)
            expect(run.code == 5, f"{what}: exit {run.code}: {run.errors}")
            error = run.report["error"]
            expect(error["message"] == "the decoder died twice on the same frame", f"{what}: {error}")
            # Codecs decode ahead: the frame that was asked for may lie a little before it.
            subject = error["subject"]
            blamed = int(subject.split(", frame ")[1].split(" ")[0])
            expect(DEADLY - 8 <= blamed <= DEADLY and "322.mp4" in subject and
                   f"at {blamed / RATE:.3f} s" in subject and "clip" in subject, f"{what}: {error}")
            expect(said in error["cause"], f"{what}: {error}")
            expect("--on-bad-frame hold" in error["suggestion"] and
                   ("--engine v1" in error["suggestion"]) == (engine == "v2"), f"{what}: {error}")
            # While codecs decode ahead, a death may fall on any of the requests that may be blamed
            # above; it is the second one at the same request that counts.
            expect(1 <= run.restarts() <= 8, f"{what}: {run.restarts()} restarts")
            expect(not os.path.exists(out + ".part"), f"{what}: a part is left")
            check_dump(run, what)
    run = Run(program, both, out, fault="sigsys", fault_width=322, fault_frame=DEADLY, fault_times=1)
    expect(run.code == 5 and "forbidden system call" in run.errors and run.restarts() == 0,
           f"a forbidden call: exit {run.code}: {run.errors}")
    run = Run(program, both, out, ["--worker-timeout", "1"], fault="slow", fault_width=322,
              fault_times=8)
    expect(run.code == 0 and run.restarts() == 0, f"slow: exit {run.code}, {run.errors}")


def check_hold(program, folder, out, single):
    plain = Run(reelpool, single, out)
    whole = plain.pictures()
    for engine in ("v2", "v1"):
        for deadly in (DEADLY, GOP, 0, GOP - 1):
            what = f"{engine}: held from {deadly}"
            run = Run(program, single, out, ["--engine", engine, "--on-bad-frame", "hold"],
                      fault="segv", fault_width=322, fault_frame=deadly)
            expect(run.code == 0, f"{what}: exit {run.code}: {run.errors}")
            if run.code != 0:
                continue
            end = (deadly // GOP + 1) * GOP
            shown = whole[deadly - 1] if deadly > 0 else whole[end]
            wanted = whole[:deadly] + [shown] * (end - deadly) + whole[end:]
            expect(run.pictures() == wanted, f"{what}: not the pictures that were to be shown")
            expect(run.report["files"][0]["held"] == list(range(deadly, end)),
                   f"{what}: {run.report['files']}")
            expect("held" in [w["code"] for w in run.report["warnings"]] and
                   (f"{deadly}-{end - 1}" in run.errors or end - 1 == deadly), f"{what}: {run.errors}")


# What each lie is called, or nothing: what it is called depends on which check sees it first.
LIES = ["garbage", "garbage-message", "short-packet", "truncated", "oversized", "descriptor",
        "close-channel", "stale-generation", "next-generation", "other-segment", "outside-segment",
        "unaligned-slot", "other-frame", "other-level", "held-unasked", "slot-twice", "slot-missing",
        "too-many-steps", "steps-backwards", "other-cursor", "released-unheld", "replay", "flood",
        "empty-flood", "opened-twice", "progress-unasked"]


def check_examination(program, out, both):
    """Two workers die while they examine one file, before anything is rendered."""
    run = Run(program, both, out, fault="kill-opening", fault_width=322)
    error = run.report["error"]
    expect(run.code == 5 and "322.mp4" in error["subject"] and "so did a second one" in error["cause"],
           f"examined: exit {run.code}: {error}")
    expect(not os.path.exists(out) and not os.path.exists(out + ".part"), "examined: something is there")


def check_lies(program, folder, out, both, plain):
    whole = plain.pictures()
    for lie in LIES:
        run = Run(program, both, out, fault=lie, fault_width=322, fault_times=1, fault_message=3)
        expect(run.code == 0, f"once {lie}: exit {run.code}: {run.errors}")
        if run.code == 0:
            expect(run.pictures() == whole, f"once {lie}: the pictures differ")
            expect(run.restarts() == 1, f"once {lie}: {run.restarts()} restarts")
        run = Run(program, both, out, fault=lie, fault_width=322)
        expect(run.code == 5, f"always {lie}: exit {run.code}: {run.errors}")
        expect("322.mp4" in run.report["error"]["subject"] and "320.mp4" not in run.errors,
               f"always {lie}: {run.report['error']}")
        expect(run.restarts() <= 20, f"always {lie}: {run.restarts()} restarts")
    for lie, code in (("wrong-geometry", 5), ("other-table", 0)):
        run = Run(program, both, out, fault=lie, fault_width=322)
        expect(run.code == code, f"{lie}: exit {run.code}: {run.errors}")
    run = Run(program, both, out, fault="text", fault_width=322)
    expect(run.code == 5 and "\x1b" not in run.errors and len(run.errors) < 20000 and
           "?" in run.errors and "322.mp4" in run.report["error"]["subject"], f"text: exit {run.code}: {run.errors[:2000]!r}")
    # All its rings, again and again: its own pictures may be anything, the other's are not.
    run = Run(program, both, out, ["--engine", "v2"], fault="scribble", fault_width=322)
    expect(run.code == 0, f"scribble: exit {run.code}: {run.errors}")
    if run.code == 0:
        half = "320:180:322:0"
        expect(run.pictures(half) == plain.pictures(half), "scribble: another file's pictures differ")
        expect(run.pictures() != whole, "scribble: it did nothing")


# Sound: 16384 samples a block, so the deadly packet of 4608 lies in block 11.
BLOCK, DEADLY_MS, BAD_BLOCK, BAD_BLOCKS = 16384, 3936, 11, 5
SOUND_LIES = ["sound-block", "sound-generation", "sound-segment", "sound-offset", "sound-twice",
              "sound-failed-twice"]


def write_loud_project(folder):
    path = os.path.join(folder, "loud.mkv")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=324x180:r=25:d=6", "-f", "lavfi",
         "-i", "aevalsrc=0.3*sin(2*PI*(200+90*t)*t):s=48000:d=6", "-c:v", "mpeg4", "-g", "25",
         "-c:a", "flac", "-frame_size", "4608", "-y", path], check=True)
    project = {"reelpool": 1, "main": "main", "media": {"loud": {"path": "loud.mkv"}},
               "comps": {"main": {"width": 324, "height": 180, "fps": 25, "duration": 6, "tracks": [
                   {"id": "a", "clips": [{"id": "a", "media": "loud", "start": 0, "duration": 6}]}]}}}
    with open(os.path.join(folder, "loud.json"), "w", encoding="utf-8") as file:
        json.dump(project, file)
    return file.name


def sound_of(path):
    run = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:a:0", "-ac", "1", "-f",
                          "f32le", "-"], capture_output=True, check=True)
    samples = array.array("f")
    samples.frombytes(run.stdout)
    return samples


def check_sound(program, folder, out):
    """The same for sound, in the worker that decodes pictures too (V2) or in one of its own (V1)."""
    loud = write_loud_project(folder)
    more = ["--audio", "flac"]
    plain = Run(reelpool, loud, os.path.join(folder, "loud-plain.mkv"), more)
    expect(plain.code == 0, plain.errors)
    if plain.code != 0:
        return
    whole, heard = plain.pictures(), sound_of(plain.out)
    for engine, fault in (("v2", "segv"), ("v1", "kill"), ("v2", "hang")):
        what = f"{engine}: sound, once {fault}"
        run = Run(program, loud, out, [*more, "--engine", engine, "--worker-timeout", "2"],
                  fault=fault, fault_width=324, fault_frame=DEADLY_MS, fault_times=1)
        expect(run.code == 0, f"{what}: exit {run.code}: {run.errors}")
        if run.code == 0:
            expect(run.pictures() == whole, f"{what}: the output differs")
            expect(run.restarts() == 1, f"{what}: {run.restarts()} restarts")
    for engine in ("v2", "v1"):
        what = f"{engine}: sound, always exit"
        run = Run(program, loud, out, [*more, "--engine", engine], fault="exit", fault_width=324,
                  fault_frame=DEADLY_MS)
        error = run.report["error"]
        expect(run.code == 5 and error["message"] == "the decoder died twice on the same sound",
               f"{what}: exit {run.code}: {error}")
        expect(error["subject"].endswith(f"loud.mkv, sound at {BAD_BLOCK * BLOCK / 48000:.3f} s") and
               "--on-bad-frame hold" in error["suggestion"], f"{what}: {error}")
        what = f"{engine}: silence instead"
        run = Run(program, loud, out, [*more, "--engine", engine, "--on-bad-frame", "hold"],
                  fault="segv", fault_width=324, fault_frame=DEADLY_MS)
        expect(run.code == 0, f"{what}: exit {run.code}: {run.errors}")
        if run.code == 0:
            begin, end = BAD_BLOCK * BLOCK, (BAD_BLOCK + BAD_BLOCKS) * BLOCK
            now = sound_of(run.out)
            expect(len(now) == len(heard) and now[:begin] == heard[:begin] and
                   now[end:] == heard[end:] and not any(now[begin:end]), f"{what}: it is not so")
            expect("silenced" in [w["code"] for w in run.report["warnings"]], f"{what}: {run.errors}")
    for lie in SOUND_LIES:
        run = Run(program, loud, out, more, fault=lie, fault_width=324, fault_times=1)
        expect(run.code == 0, f"once {lie}: exit {run.code}: {run.errors}")
        if run.code == 0:
            expect(run.pictures() == whole, f"once {lie}: the output differs")
            expect(run.restarts() == 1, f"once {lie}: {run.restarts()} restarts")
    run = Run(program, loud, out, more, fault="sound-block", fault_width=324)
    expect(run.code == 5 and "loud.mkv" in run.report["error"]["subject"], f"always a lie: {run.errors}")
    run = Run(program, loud, out, more, fault="sound-failed", fault_width=324, fault_times=1)
    expect(run.code == 5 and "sound at" in run.report["error"]["subject"] and run.restarts() == 0,
           f"it gives up: exit {run.code}: {run.report['error']}")


with tempfile.TemporaryDirectory(prefix="reelpool-faulty-") as folder:
    # Reelpool takes its parts from beside it.
    program = os.path.join(folder, "reelpool")
    shutil.copy2(reelpool, program)
    os.symlink(os.path.abspath(compositor), os.path.join(folder, "reelpool-compositor"))
    os.symlink(os.path.abspath(faulty_worker), os.path.join(folder, "reelpool-decoder-worker"))
    shm_before, children_before = set(os.listdir("/dev/shm")), children_of(os.getpid())
    make_media(folder)
    both = write_project(folder, "both.json", [clip("wide", 161), clip("other", 482)])
    single = write_project(folder, "single.json", [clip("wide", 161)])
    out = os.path.join(folder, "out.mkv")
    plain = Run(reelpool, both, os.path.join(folder, "plain.mkv"))
    expect(plain.code == 0, plain.errors)
    if plain.code == 0 and "crashes" in parts:
        check_crashes(program, folder, out, both, plain)
        os.unlink(out)
        check_examination(program, out, both)
    if plain.code == 0 and "hold" in parts:
        check_hold(program, folder, out, single)
    if plain.code == 0 and "lies" in parts:
        check_lies(program, folder, out, both, plain)
    if "sound" in parts:
        check_sound(program, folder, out)
    expect(children_of(os.getpid()) <= children_before, "processes are left")
    expect(set(os.listdir("/dev/shm")) <= shm_before, "something is left in /dev/shm")
sys.exit(1 if problems else 0)
