#!/usr/bin/env python3
"""What reelpool makes of a machine that lacks a part of the sandbox, and of a decoder that tries
what the sandbox forbids.

usage: sandbox_test.py REELPOOL UNDER_FILTER IPC_DUMP PROJECT MEDIUM
The machine lacks what a seccomp filter takes away from reelpool and all its children. Exit code 77:
filters, or the whole sandbox, cannot be had here.
"""
import json
import os
import select
import signal
import subprocess
import sys
import tempfile

from sanitized import is_sanitized

reelpool, under_filter, ipc_dump, project, medium = sys.argv[1:6]
problems = []

# What is missing, and how it comes.
LACKS = {
    "landlock": ["landlock_create_ruleset=ENOSYS"],
    "namespaces": ["unshare=EPERM"],
    "capabilities": ["capset=EPERM"],
    "limits": ["prlimit64=EPERM", "setrlimit=EPERM"],
    "seccomp": ["seccomp=ENOSYS", "prctl(22)=EINVAL"],
}


def expect(truth, what):
    if not truth:
        problems.append(what)
        print("FAILED:", what)


def run(words, rules=()):
    filtered = [under_filter, *rules, "--"] if rules else []
    return subprocess.run([*filtered, reelpool, *words], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=200)


def warnings(done):
    return [line for line in done.stderr.splitlines() if "warning" in line and "sandbox" in line]


def commands(folder):
    return {
        "probe": ["probe", medium],
        "check": ["check", project],
        "plan": ["plan", project],
        "frame": ["frame", project, "--time", "1", "-o", f"{folder}/frame.png", "--overwrite"],
    }


def is_sanitizers_build(folder):
    return bool(report_of(folder, [])[1]["relaxed"])


def refuses_what_is_missing(folder):
    for piece, rules in LACKS.items():
        if piece == "limits" and is_sanitizers_build(folder):
            print("without limits: a sanitizer does not start without getrlimit()")
            continue
        for name, words in commands(folder).items():
            if is_sanitized and name not in ("probe", "frame"):
                continue
            where = f"{name} without {piece}"
            required = run([*words, "--sandbox", "require"], rules)
            expect(required.returncode == 5, f"{where}: require ends with {required.returncode}")
            expect(piece + " (" in required.stderr, f"{where}: require does not say what is missing")
            expect("best-effort" in required.stderr, f"{where}: require does not say what helps")
            usual = run(words, rules)
            expect(usual.returncode == 0, f"{where}: ends with {usual.returncode}: {usual.stderr}")
            told = usual.stderr + usual.stdout if name == "plan" else usual.stderr
            expect(piece + " (" in told, f"{where}: does not tell what is missing: {told}")
            if name != "frame":
                continue
            off = run([*words, "--sandbox", "off"], rules)
            expect(off.returncode == 0 and not warnings(off), f"{where}: off says {off.stderr}")


def report_of(folder, options, rules=()):
    report = f"{folder}/report.json"
    done = run(["export", project, "-o", f"{folder}/out.mp4", "--overwrite", "--progress", "none",
                "--report", report, "--range", "0s..1s", *options], rules)
    expect(done.returncode == 0, f"export {options} {rules}: {done.returncode}: {done.stderr}")
    with open(report, encoding="utf-8") as file:
        return done, json.load(file)["sandbox"]


def report_tells_the_level(folder):
    done, level = report_of(folder, ["--sandbox", "require"])
    expect(level["full"] and level["mode"] == "require", f"the report says {level}")
    expect(not level["missing"] and not warnings(done), f"the report says {level}")
    expect(set(level["pieces"]) | {gap["piece"] for gap in level["relaxed"]} ==
           set(LACKS) | {"no-new-privileges"}, f"the report says {level}")
    expect(level["compositor"]["full"], f"the report says {level}")
    done, level = report_of(folder, [], LACKS["landlock"])
    expect(not level["full"], f"without landlock the report says {level}")
    expect([gap["piece"] for gap in level["missing"]] == ["landlock"], f"it says {level}")
    expect(len(warnings(done)) == 1, f"without landlock there is no one warning: {done.stderr}")
    expect([gap["piece"] for gap in level["compositor"]["missing"]] == ["landlock"], f"{level}")
    done, level = report_of(folder, ["--sandbox", "off"])
    expect(level["mode"] == "off" and not level["full"] and not level["pieces"], f"off: {level}")


def forbidden_call_is_named():
    """The worker makes a call that kills it; to reelpool it looks like any other such call."""
    done = run(["probe", medium], ["unshare=KILL"])
    expect(done.returncode == 5, f"a forbidden call ends with {done.returncode}")
    expect("attempted a forbidden system call" in done.stderr, f"it says {done.stderr}")
    expect(os.path.basename(medium) in done.stderr, "the file is not named")


def dump(pid):
    done = subprocess.run([ipc_dump, str(pid), "--json"], capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else None


def busy_worker(export):
    while export.poll() is None:
        state = dump(export.pid)
        if state and state["totals"]["framesDone"] >= 3:
            for process in state["processes"]:
                if process["kind"] == "worker" and process["state"] == "running":
                    return process["pid"]
        select.select([], [], [], 0.02)
    return None


def security_event_is_not_retried(folder):
    report = f"{folder}/report.json"
    out = f"{folder}/killed.mp4"
    export = subprocess.Popen(
        [reelpool, "export", project, "-o", out, "--progress", "none", "--preset", "veryslow",
         "--report", report], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, env={**os.environ, "SECRET_OF_THE_USER": "s3cret"})
    worker = busy_worker(export)
    if worker is None:
        expect(False, "no worker was seen")
        export.communicate()
        return
    # What the zygote was started with is in the memory of every worker.
    zygotes = [p["pid"] for p in dump(export.pid)["processes"] if p["kind"] == "zygote"]
    with open(f"/proc/{zygotes[0]}/environ", "rb") as file:
        expect(b"s3cret" not in file.read(), "workers have the user's environment")
    with open(f"/proc/{export.pid}/environ", "rb") as file:
        expect(b"s3cret" in file.read(), "reelpool itself does not have the user's environment")
    os.kill(worker, signal.SIGSYS)
    said = export.communicate()[1]
    expect(export.returncode == 5, f"after SIGSYS it ends with {export.returncode}")
    expect("attempted a forbidden system call" in said, f"after SIGSYS it says {said}")
    expect(not os.path.exists(out), "after SIGSYS there is an output")
    with open(report, encoding="utf-8") as file:
        told = json.load(file)
    expect(told["error"]["code"] == 5, f"the report says {told['error']}")
    expect(told["decode"]["workersRestarted"] == 0, "the worker was started again")


def memory_is_limited(folder):
    """A picture that does not fit is an error and not a concealed one."""
    if is_sanitizers_build(folder):
        return  # it does without
    large = f"{folder}/large.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=8192x4320:r=25", "-frames:v",
                    "12", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "3", "-refs", "8", large],
                   check=True)
    with open(f"{folder}/large.json", "w", encoding="utf-8") as file:
        json.dump({"reelpool": 1, "main": "main", "media": {"m": {"path": large}},
                   "comps": {"main": {"width": 64, "height": 64, "fps": 25, "duration": 0.4, "tracks": [
                       {"clips": [{"media": "m", "start": 0, "duration": 0.4,
                                   "transform": {"scale": 0.05}}]}]}}}, file)
    words = ["export", f"{folder}/large.json", "-o", f"{folder}/large-out.mp4", "--progress", "none"]
    for size in ["256MB", "400MB", "600MB"]:
        done = run([*words, "--worker-memory", size])
        expect(done.returncode == 8, f"with {size} a large film ends with {done.returncode}")
        expect("--worker-memory" in done.stderr and "large.mp4" in done.stderr, f"{size}: {done.stderr}")
        expect("concealed" not in done.stderr, f"with {size}: {done.stderr}")
    done = run([*words, "--worker-memory", "4GB"])
    expect(done.returncode == 0 and not done.stderr, f"with 4GB: {done.returncode} {done.stderr}")


def main():
    probe = run(["probe", medium, "--sandbox", "require"])
    if probe.returncode != 0:
        print("skipped: this machine lacks a part of the sandbox:", probe.stderr)
        return 77
    if run(["probe", medium], ["swapon=EPERM"]).returncode == 77:
        print("skipped: system calls cannot be filtered here")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        refuses_what_is_missing(folder)
        report_tells_the_level(folder)
        forbidden_call_is_named()
        security_event_is_not_retried(folder)
        memory_is_limited(folder)
    print(f"{len(problems)} problems")
    return 1 if problems else 0


sys.exit(main())
