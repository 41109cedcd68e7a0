#!/usr/bin/env python3
"""Exports where there is too little of something: descriptors, processes and threads, memory of a
control group, --cache-size; and with a wall clock that jumps about. They end with the right bytes or
with an error that says so, and never hang, crash or blame a file.

usage: scarce_test.py REELPOOL JUMPING_CLOCK_SO
What this user may not try (another user's limits, a control group) is skipped by its name.
"""
import json
import os
import resource
import subprocess
import sys
import tempfile

from durable_export import Exports, children_of, content, expect, finish, make_media, write_project

LIMITED_USER = 61234  # one that runs nothing else
TELLING = ("Too many open files", "Resource temporarily unavailable", "Cannot allocate memory")


class Scarce:
    def __init__(self, exports, reference):
        self.exports, self.reference = exports, reference

    def run(self, what, limit, value, user=None):
        """One export under a limit: whether it was done."""
        out = self.exports.path("out.mp4")

        def confine():
            resource.setrlimit(limit, (value, value))
            if user is not None:
                os.setgroups([])
                os.setresgid(user, user, user)
                os.setresuid(user, user, user)

        run = subprocess.run(
            self.exports.command(out, "--progress", "none", "--compositor-timeout", "3"),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, preexec_fn=confine,
            timeout=120, check=False,
            # A sanitizer cannot look for leaks without a thread and files of its own, and asks by a
            # pipe whether an object is there: without one it takes the object for a wrong one.
            env={**os.environ,
                 "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0",
                 "UBSAN_OPTIONS": os.environ.get("UBSAN_OPTIONS", "") + ":halt_on_error=0"})
        if run.returncode == 0:
            expect(content(out) == self.reference, f"{what}: other bytes")
            os.unlink(out)
            return True
        expect(not os.path.exists(out), f"{what}: a failed export left an output")
        return self.check_error(what, run)

    @staticmethod
    def check_error(what, run):
        # A driver or an encoder that cannot start its threads says of it what it likes.
        is_told = any(word in run.stderr for word in TELLING)
        component = {6: "Compositor", 7: "Encoder"}.get(run.returncode)
        expect((run.returncode in (7, 8, 75) and is_told) or
               (component and f"component:  {component}" in run.stderr),
               f"{what}: exit {run.returncode}: {run.stderr}")
        expect("reelpool: error:" in run.stderr, f"{what}: says {run.stderr!r}")
        return False


def descriptors(exports, reference):
    scarce = Scarce(exports, reference)
    done = [scarce.run(f"{n} descriptors", resource.RLIMIT_NOFILE, n)
            for n in (8, 10, 12, 13, 14, 16, 19, 22, 25, 28, 64)]
    expect(done[-1] and not done[0], f"descriptors: {done}")


def may_run(program, user):
    try:
        return subprocess.run([program, "--version"], user=user, group=user, extra_groups=[],
                              stdin=subprocess.DEVNULL, capture_output=True,
                              check=False).returncode == 0
    except PermissionError:
        return False


def processes(exports, reference):
    if os.geteuid() != 0:
        print("skipped: limits of processes (only root may become a user that runs nothing else)")
        return
    if not may_run(exports.reelpool, LIMITED_USER):
        print("skipped: limits of processes (another user may not reach the program where it lies)")
        return
    os.chown(exports.directory, LIMITED_USER, LIMITED_USER)
    scarce = Scarce(exports, reference)
    done = [scarce.run(f"{n} processes", resource.RLIMIT_NPROC, n, LIMITED_USER)
            for n in (1, 2, 3, 4, 5, 7, 9, 11, 200)]
    expect(done[-1] and not done[0], f"processes: {done}")


class ControlGroup:
    """A memory limit for the processes that are put into it. None where that is not allowed."""

    def __init__(self, bytes_):
        self.path = None
        for root, limit in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
                            ("/sys/fs/cgroup", "memory.max")):
            path = f"{root}/reelpool-test-{os.getpid()}"
            try:
                os.mkdir(path)
            except OSError:
                continue
            try:
                with open(f"{path}/{limit}", "w", encoding="ascii") as file:
                    file.write(str(bytes_))
                self.path = path
                return
            except OSError:
                os.rmdir(path)

    def add(self, pid):
        with open(self.path + "/cgroup.procs", "w", encoding="ascii") as file:
            file.write(str(pid))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.path:
            os.rmdir(self.path)


def control_group(exports):
    """The decoder's group has less memory than it needs: the kernel kills it, and nothing else."""
    large = exports.path("large.mp4")
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=3840x2160:r=25",
                    "-frames:v", "25", "-c:v", "libx264", "-preset", "ultrafast", "-refs", "8",
                    "-bf", "3", large], check=True)
    project = exports.path("large.json")
    with open(project, "w", encoding="utf-8") as file:
        json.dump({"reelpool": 1, "main": "c", "media": {"m": {"path": large}},
                   "comps": {"c": {"width": 64, "height": 36, "fps": 25, "duration": 1, "tracks": [
                       {"clips": [{"media": "m", "start": 0, "duration": 1,
                                   "transform": {"scale": 0.02}}]}]}}}, file)
    with ControlGroup(48 << 20) as group:
        if group.path is None:
            print("skipped: a control group's memory limit (this user may not make one)")
            return
        out = exports.path("large-out.mp4")
        export = exports.start(out, project=project)
        while export.poll() is None:
            # The workers are forked in the group of their zygote.
            zygote = children_of(export.pid).get("reelpool-zygote")
            if zygote:
                group.add(zygote)
                break
        _, said = export.communicate(timeout=120)
        expect(export.returncode == 5 and "want of memory" in said and "large.mp4" in said,
               f"control group: exit {export.returncode}: {said}")
        expect(not os.path.exists(out), "control group: there is an output")


def cache_size(exports, reference):
    """Too little is refused before anything is done, and the size that is named is enough."""
    out = exports.path("out.mp4")
    code, _, said = exports.run(out, "--cache-size", "64kB", "--engine", "v2")
    size = said.rsplit("use --cache-size ", 1)[-1].split()[0]
    expect(code == 8 and size.endswith("MB"), f"cache size: exit {code}: {said}")
    for sandbox in ("best-effort", "off"):
        code, report, said = exports.run(out, "--overwrite", "--cache-size", size, "--engine", "v2",
                                         "--sandbox", sandbox)
        expect(code == 0 and content(out) == reference, f"{size}, {sandbox}: exit {code}: {said}")
        expect(report["cache"]["peakBytes"] <= report["cache"]["budgetBytes"],
               f"{size}, {sandbox}: {report['cache']}")
    os.unlink(out)


def jumping_clock(exports, reference, library):
    out = exports.path("out.mp4")
    options = os.environ.get("ASAN_OPTIONS", "")
    code, report, said = exports.run(
        out, "--worker-timeout", "10", "--compositor-timeout", "10",
        env={**os.environ, "LD_PRELOAD": library,
             "ASAN_OPTIONS": (options + ":" if options else "") + "verify_asan_link_order=0"})
    if not expect(code == 0 and content(out) == reference, f"clock: exit {code}: {said}"):
        return
    day = 24 * 3600
    expect(0 < report["wallSeconds"] < day / 2 and
           all(0 <= ms < day * 500 for ms in report["times"].values()), f"clock: {report['times']}")
    expect(report["decode"]["workersRestarted"] == 0 and report["compositorRestarts"] == 0,
           f"clock: somebody was taken for one that hangs: {said}")
    os.unlink(out)


with tempfile.TemporaryDirectory(prefix="reelpool-scarce-") as directory:
    os.chmod(directory, 0o755)
    make_media(directory)
    exports = Exports(sys.argv[1], write_project(directory), directory, "--range", "0s..0.6s",
                      "--preset", "ultrafast", "--crash-dir", "off")
    code, _, said = exports.run(exports.path("reference.mp4"))
    expect(code == 0, said)
    reference = content(exports.path("reference.mp4"))
    jumping_clock(exports, reference, os.path.abspath(sys.argv[2]))
    cache_size(exports, reference)
    descriptors(exports, reference)
    control_group(exports)
    processes(exports, reference)
finish()
