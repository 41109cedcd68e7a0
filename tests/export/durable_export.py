"""What the tests of interrupted exports have in common: a project whose output has several
segments, exports of it, and events of the journal's directory instead of naps."""
import ctypes
import json
import os
import select
import struct
import subprocess
import sys
import time

RATE = 25
FRAMES = 150
SEGMENT = 30
SEGMENTS = FRAMES // SEGMENT

problems = []


def expect(truth, what):
    if not truth:
        problems.append(what)
        print("FAILED:", what, flush=True)
    return truth


def finish():
    sys.exit(1 if problems else 0)


def make_media(directory):
    for name, source, gop in (("a", "testsrc2", 30), ("b", "mandelbrot", 12)):
        subprocess.run(
            ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"{source}=size=320x180:rate={RATE}",
             "-frames:v", str(FRAMES), "-c:v", "libx264", "-preset", "veryfast", "-threads", "1",
             "-g", str(gop), "-bf", "2", "-pix_fmt", "yuv420p",
             os.path.join(directory, name + ".mp4")], check=True)


def write_project(directory, name="project.json", opacity=0.5, opacity_last=0.5, media=None):
    """Two layers over all frames. The upper one is two clips: `opacity` is that of the first, which
    is seen in segments 0 to 2, `opacity_last` that of the second, seen in segments 3 and 4."""
    half = 3 * SEGMENT
    tracks = [{"clips": [{"media": "a", "start": 0, "duration": f"{FRAMES}f"}]},
              {"clips": [{"media": "b", "start": 0, "duration": f"{half}f", "opacity": opacity},
                         {"media": "b", "start": f"{half}f", "duration": f"{FRAMES - half}f",
                          "in": "10f", "opacity": opacity_last}]}]
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"reelpool": 1, "main": "c",
                   "media": media or {"a": {"path": "a.mp4"}, "b": {"path": "b.mp4"}},
                   "comps": {"c": {"width": 320, "height": 180, "fps": RATE,
                                   "duration": f"{FRAMES}f", "tracks": tracks}}}, file)
    return path


class Exports:
    """Exports one project again and again."""

    def __init__(self, reelpool, project, directory, *options):
        self.reelpool, self.project, self.directory = reelpool, project, directory
        self.options = ["--segment-frames", str(SEGMENT), *options]

    def path(self, name):
        return os.path.join(self.directory, name)

    def command(self, out, *more, project=None):
        return [self.reelpool, "export", project or self.project, "-o", out, *self.options, *more]

    def start(self, out, *more, progress="plain", project=None, **popen):
        settings = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL,
                    "stderr": subprocess.PIPE, "text": True, **popen}
        return subprocess.Popen(self.command(out, "--progress", progress, *more, project=project),
                                **settings)

    def run(self, out, *more, project=None, env=None):
        """Exit code, report, and what it says."""
        report = self.path("report.json")
        if os.path.exists(report):
            os.unlink(report)
        run = subprocess.run(
            self.command(out, "--progress", "plain", "--report", report, *more, project=project),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, env=env, check=False)
        said = None
        if os.path.exists(report):
            with open(report, encoding="utf-8") as file:
                said = json.load(file)
        return run.returncode, said, run.stderr


def content(path):
    if os.path.isdir(path):
        return {name: content(os.path.join(path, name)) for name in sorted(os.listdir(path))}
    with open(path, "rb") as file:
        return file.read()


def sealed(out, suffix=".part"):
    """The segments that the manifest lists, and nothing if there is none."""
    try:
        with open(out + suffix + "/manifest.json", encoding="utf-8") as file:
            return [segment["index"] for segment in json.load(file)["segments"]]
    except FileNotFoundError:
        return []


class Watch:
    """Tells when something gets a name in a directory (inotify)."""
    CREATE, MOVED_TO = 0x100, 0x80

    def __init__(self, directory):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(os.O_CLOEXEC)
        self.add(directory)

    def add(self, directory):
        return self.libc.inotify_add_watch(self.fd, os.fsencode(directory),
                                           self.CREATE | self.MOVED_TO) >= 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)

    def names(self):
        data = os.read(self.fd, 65536)
        names = []
        while data:
            _, _, _, length = struct.unpack_from("iIII", data)
            names.append(data[16:16 + length].rstrip(b"\0").decode())
            data = data[16 + length:]
        return names

    def wait_for(self, is_there, process):
        """Until is_there() holds, asked whenever something happens; false if the process ends."""
        with_end = os.pidfd_open(process.pid)
        try:
            while not is_there():
                ready, _, _ = select.select([self.fd, with_end], [], [])
                if self.fd in ready:
                    self.names()
                elif with_end in ready:
                    return is_there()
            return True
        finally:
            os.close(with_end)


def wait_for_segments(export, out, count):
    """Until the manifest lists so many segments; false if the export ends before."""
    with Watch(os.path.dirname(out)) as watch:
        def is_there():
            watch.add(out + ".part")
            return len(sealed(out)) >= count
        return watch.wait_for(is_there, export)


def children_of(pid):
    """Process ids by program."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8") as file:
                name, rest = file.read().rsplit(")", 1)
            if int(rest.split()[1]) == pid:
                found[name.split("(", 1)[1]] = int(entry)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def wait_for_child(export, program):
    """The pid of a child of this name; None if the export ends before there is one."""
    while export.poll() is None:
        pid = children_of(export.pid).get(program)
        if pid:
            return pid
        select.select([], [], [], 0.005)  # no event tells of a new process
    return None


def ends_within(pid_fds, seconds):
    end = time.monotonic() + seconds
    return all(select.select([fd], [], [], max(0.0, end - time.monotonic()))[0] for fd in pid_fds)
