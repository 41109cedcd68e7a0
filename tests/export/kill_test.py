#!/usr/bin/env python3
"""Kills each process of a running export and looks for what is left behind.

usage: kill_test.py REELPOOL IPC_DUMP PROJECT
For each victim: no process and nothing in /dev/shm is left. A worker, the zygote or the compositor is
replaced and the export goes on; else nothing lies under the final name, there is a clear error and
exit code from whoever survives, and the next export to the same place works.
Also: ipc-dump reads a stopped run, and one worker serves one file however often it is shown.
"""
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time

reelpool, ipc_dump, project = sys.argv[1:4]
problems = []


def expect(truth, what):
    if not truth:
        problems.append(what)
        print("FAILED:", what)


def start(out, *more):
    return subprocess.Popen(
        [reelpool, "export", project, "-o", out, "--progress", "none", "--preset", "veryslow",
         "--range", "0s..3s", *more],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def dump(pid):
    run = subprocess.run([ipc_dump, str(pid), "--json"], capture_output=True, text=True)
    return json.loads(run.stdout) if run.returncode == 0 else None


def wait_until_busy(export, victim):
    """The dump of a run that has encoded a few frames and has the victim, or None if it ended."""
    while export.poll() is None:
        state = dump(export.pid)
        if state and state["totals"]["framesDone"] >= 3:
            living = [p for p in state["processes"] if p["state"] != "ended" and p["pid"] > 0]
            if any(p["kind"] == victim for p in living):
                return state, living
        select.select([], [], [], 0.02)
    return None


def pidfd_of(pid):
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


def ends_within(pidfds, seconds):
    """All processes have ended before the time is over: an event, not a nap."""
    end = time.monotonic() + seconds
    for fd in pidfds:
        if not select.select([fd], [], [], max(0.0, end - time.monotonic()))[0]:
            return False
    return True


def kill_one(victim, directory):
    out = os.path.join(directory, victim + ".mp4")
    shm_before = set(os.listdir("/dev/shm"))
    export = start(out)
    busy = wait_until_busy(export, victim)
    if busy is None:
        expect(False, f"{victim}: the export ended before it could be killed")
        return
    state, living = busy
    fds = [fd for fd in (pidfd_of(p["pid"]) for p in living if p["pid"] != export.pid) if fd]
    target = export.pid if victim == "orchestrator" else next(
        p["pid"] for p in living if p["kind"] == victim)
    os.kill(target, signal.SIGKILL)
    _, errors = export.communicate()
    # A second for the children of a killed orchestrator, more for a loaded machine.
    expect(ends_within(fds, 10), f"{victim}: processes are left")
    for fd in fds:
        os.close(fd)
    goes_on = victim in ("worker", "zygote", "compositor")
    expect(os.path.exists(out) == goes_on, f"{victim}: exit {export.returncode}, output or not")
    expect(set(os.listdir("/dev/shm")) <= shm_before, f"{victim}: something is left in /dev/shm")
    if victim == "orchestrator":
        expect(export.returncode == -signal.SIGKILL, f"{victim}: exit {export.returncode}")
    elif goes_on:
        expect(export.returncode == 0, f"{victim}: exit {export.returncode}: {errors}")
        if victim == "compositor":
            expect("restarted" in errors, f"{victim}: says {errors!r}")
        expect(not os.path.exists(out + ".part"), f"{victim}: the part is left")
    else:
        expect(export.returncode in (1, 5, 6, 7, 75), f"{victim}: exit {export.returncode}")
        expect("error" in errors, f"{victim}: says {errors!r}")
        expect(not os.path.exists(out + ".part"), f"{victim}: the part is left")
    print(f"{victim}: killed, exit {export.returncode}: {errors.strip()[:200]}")
    if victim == "orchestrator":
        again = subprocess.run([reelpool, "export", project, "-o", out, "--progress", "none",
                                "--preset", "ultrafast", "--range", "0s..1s"], capture_output=True, text=True)
        expect(again.returncode == 0 and os.path.exists(out), f"again: {again.stderr}")


def interrupt(directory):
    out = os.path.join(directory, "interrupted.mp4")
    report = os.path.join(directory, "report.json")
    export = start(out, "--report", report)
    if wait_until_busy(export, "compositor") is None:
        expect(False, "interrupt: the export ended early")
        return
    export.send_signal(signal.SIGINT)
    # It says that it will finish the segment; the second one does not wait for that.
    export.stderr.readline()
    export.send_signal(signal.SIGINT)
    export.communicate()
    expect(export.returncode == 130, f"interrupt: exit {export.returncode}")
    expect(not os.path.exists(out) and not os.path.exists(out + ".part"), "interrupt: files left")
    with open(report, encoding="utf-8") as file:
        said = json.load(file)
    expect(said["error"]["code"] == 130 and said["decode"]["framesDecoded"] > 0,
           f"interrupt: the report does not tell how far it came: {said}")


def look_while_stopped(directory):
    export = start(os.path.join(directory, "stopped.mp4"))
    try:
        look_at(export)
    finally:
        export.kill()
        export.communicate()


def look_at(export):
    busy = wait_until_busy(export, "worker")
    if busy is None:
        expect(False, "stopped: the export ended early")
        return
    os.kill(export.pid, signal.SIGSTOP)
    # kill() returns before every thread has stopped.
    os.waitid(os.P_PID, export.pid, os.WSTOPPED)
    state = dump(export.pid)
    if state is None or state["kernelState"] != "stopped":
        expect(False, f"ipc-dump on a stopped run: {state and state['kernelState']}")
        return
    files = [p["media"] for p in state["processes"] if p["kind"] == "worker" and p["state"] != "ended"]
    expect(len(files) == len(set(files)), "one file has two workers")


with tempfile.TemporaryDirectory(prefix="reelpool-kill-") as directory:
    for victim in ("orchestrator", "compositor", "zygote", "worker"):
        kill_one(victim, directory)
    interrupt(directory)
    look_while_stopped(directory)
sys.exit(1 if problems else 0)
