#!/usr/bin/env python3
"""Files that name other files, called .mp4: nothing that they name is opened or connected to, with
the sandbox and without it.

usage: disguise_test.py REELPOOL MEDIUM
Canaries that would tell: a video and a FIFO, watched by inotify, and a listener on 127.0.0.1. For
each kind of file that ffprobe follows when it is allowed to, it is shown that the canary tells.
"""
import ctypes
import json
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

reelpool, medium = sys.argv[1:3]
problems = []
libc = ctypes.CDLL(None, use_errno=True)
IN_ACCESS, IN_OPEN = 0x1, 0x20


def expect(truth, what):
    if not truth:
        problems.append(what)
        print("FAILED:", what)


class Canaries:
    """Things that only somebody who follows a file's words would touch."""

    def __init__(self, folder):
        self.video = f"{folder}/canary.mp4"
        shutil.copy(medium, self.video)
        self.fifo = f"{folder}/canary.fifo"
        os.mkfifo(self.fifo)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        self.watch = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        for path in [self.video, self.fifo]:
            if libc.inotify_add_watch(self.watch, path.encode(), IN_ACCESS | IN_OPEN) < 0:
                raise OSError(ctypes.get_errno(), "inotify_add_watch")

    def were_touched(self):
        """Since the last call. Both kinds of traces are there before the toucher has ended."""
        touched = False
        try:
            while os.read(self.watch, 4096):
                touched = True
        except BlockingIOError:
            pass
        try:
            while True:
                self.listener.accept()[0].close()
                touched = True
        except BlockingIOError:
            pass
        return touched


def boxes(data, start, end):
    while start + 8 <= end:
        size, kind = struct.unpack(">I4s", data[start:start + 8])
        if size < 8:
            return
        yield kind, start, size
        start += size


def with_reference(source, target):
    """A QuickTime file whose media lie elsewhere: an alias record in its dref box."""
    mov = source + ".mov"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", source, "-frames:v", "5", "-c", "copy", "-an",
                    mov], check=True)
    with open(mov, "rb") as file:
        data = bytearray(file.read())
    name = os.path.basename(target).encode()
    # As libavformat reads one: volume, folder and file names, then the path as a tagged string.
    # Everything is counted from the 150 bytes of the fixed part.
    path = target.encode()
    head = bytes(10) + bytes([4]) + b"disk".ljust(27, b"\0") + bytes(12)
    head += bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16)
    head += struct.pack(">hh", 1, 1) + bytes(16)
    tagged = struct.pack(">hH", 2, len(path)) + path + (b"\0" if len(path) % 2 else b"")
    tagged += struct.pack(">hH", -1, 0)
    body = bytes(4) + head + tagged
    entry = struct.pack(">I4s", 8 + len(body), b"alis") + body

    def patched(start, end, way):
        for kind, at, size in boxes(data, start, end):
            if kind != way[0]:
                continue
            if kind == b"dref":
                old = at + 16
                grown = len(entry) - (at + size - old)
                data[old:at + size] = entry
            else:
                grown = patched(at + 8, at + size, way[1:])
            if grown is not None:
                data[at:at + 4] = struct.pack(">I", size + grown)
                return grown
        return None

    way = [b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"]
    if patched(0, len(data), way) is None:
        raise ValueError("the QuickTime file has no dref box")
    return bytes(data)


def disguises(folder, canaries):
    """name: (contents, ffprobe's options with which it follows; None: it is not asked)."""
    free = ["-protocol_whitelist", "file,http,tcp,subfile,data,rtp,udp,crypto"]
    hls = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:4,\n{}\n#EXT-X-ENDLIST\n"
    http = f"http://127.0.0.1:{canaries.port}/canary.mp4"
    dash = ('<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
            'mediaPresentationDuration="PT4S" profiles="urn:mpeg:dash:profile:isoff-main:2011">'
            '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1" '
            f'width="16" height="16"><BaseURL>{http}</BaseURL><SegmentBase/></Representation>'
            '</AdaptationSet></Period></MPD>')
    sdp = (f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
           f"m=video {canaries.port} RTP/AVP 96\na=rtpmap:96 H264/90000\n")
    idx = "# VobSub index file, v7 (do not modify this line!)\nsize: 720x480\nid: en, index: 0\n"
    everything = [*free, "-allowed_extensions", "ALL", "-f", "hls"]
    return {
        "hls-file": (hls.format("file://" + canaries.video), everything),
        "hls-plain": (hls.format(canaries.video), everything),
        "hls-http": (hls.format(http), everything),
        "hls-fifo": (hls.format(canaries.fifo), None),
        "hls-subfile": (hls.format("subfile,,start,0,end,0,,:" + canaries.video), None),
        "hls-key": ("#EXTM3U\n#EXT-X-TARGETDURATION:10\n"
                    f'#EXT-X-KEY:METHOD=AES-128,URI="{canaries.video}"\n#EXTINF:4,\n'
                    f"{canaries.video}\n#EXT-X-ENDLIST\n", None),
        "ffconcat": (f"ffconcat version 1.0\nfile '{canaries.video}'\n",
                     [*free, "-safe", "0", "-f", "concat"]),
        "ffconcat-fifo": (f"ffconcat version 1.0\nfile '{canaries.fifo}'\n", None),
        "ffconcat-http": (f"ffconcat version 1.0\nfile '{http}'\n",
                          [*free, "-safe", "0", "-f", "concat"]),
        "dash": (dash, [*free, "-f", "dash"]),
        "sdp": (sdp, None),
        "vobsub": (idx, None),
        "data": ("data:application/vnd.apple.mpegurl;base64,I0VYVE0zVQ==", None),
        "mov-reference": (with_reference(medium_copy(folder), canaries.video),
                          [*free, "-enable_drefs", "1", "-use_absolute_path", "1"]),
    }


def medium_copy(folder):
    copy = f"{folder}/own.mp4"
    shutil.copy(medium, copy)
    return copy


def probe(path, sandbox):
    done = subprocess.run([reelpool, "probe", path, "--sandbox", sandbox], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60,
                          env={**os.environ, "REELPOOL_CACHE": "off"})
    return done


def opens_nothing(folder, canaries):
    controls = 0
    for name, (contents, followed_with) in disguises(folder, canaries).items():
        path = f"{folder}/{name}.mp4"
        with open(path, "wb") as file:
            file.write(contents if isinstance(contents, bytes) else contents.encode())
        canaries.were_touched()
        for sandbox in ["off", "best-effort"]:
            done = probe(path, sandbox)
            where = f"{name}, sandbox {sandbox}"
            expect(not canaries.were_touched(), f"{where}: something else was opened")
            expect(done.returncode == 4, f"{where}: {done.returncode}: {done.stdout}{done.stderr}")
        if followed_with is not None:
            follower = subprocess.Popen(["ffprobe", "-v", "error", *followed_with, "-i", path],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
            # The listener never answers, so ffprobe would wait for long.
            select.select([canaries.watch, canaries.listener], [], [], 60)
            follower.kill()
            follower.wait()
            expect(canaries.were_touched(), f"{name}: ffprobe does not follow it, so what of it?")
            controls += 1
    print(f"{controls} kinds are followed by an ffprobe that is allowed to")


def names_mean_nothing(folder, canaries):
    """Patterns and protocols as names of media: of files, and nothing else."""
    shutil.copy(medium, f"{folder}/shot%03d.mp4")
    os.link(canaries.video, f"{folder}/shot001.mp4")
    canaries.were_touched()
    done = probe(f"{folder}/shot%03d.mp4", "best-effort")
    expect(done.returncode == 0, f"a file with a pattern for a name: {done.stderr}")
    expect(not canaries.were_touched(), "a file with a pattern for a name opens another")
    for path in [f"file:{canaries.video}", f"subfile,,start,0,end,0,,:{canaries.video}",
                 f"concat:{canaries.video}|{canaries.video}", f"crypto:{canaries.video}",
                 f"cache:{canaries.video}", f"async:{canaries.video}", f"tee:{canaries.video}",
                 f"unix:{canaries.fifo}", "pipe:0", f"tcp://127.0.0.1:{canaries.port}",
                 f"http://127.0.0.1:{canaries.port}/x.mp4", f"gopher://127.0.0.1:{canaries.port}/x",
                 "data:video/mp4;base64,AAAA", canaries.fifo, "/dev/null", "/proc/self/environ"]:
        done = probe(path, "off")
        expect(done.returncode == 4, f"{path}: {done.returncode}: {done.stdout}{done.stderr}")
        expect(not canaries.were_touched(), f"{path}: something was opened")


def names_are_shown_escaped(folder):
    name = f"{folder}/\x1b]0;owned\x07\n\x1b[31mred.mp4"
    with open(name, "w", encoding="utf-8") as file:
        file.write("no video")
    project = f"{folder}/escape.json"
    with open(project, "w", encoding="utf-8") as file:
        json.dump({"reelpool": 1, "main": "main", "media": {"m": {"path": name}},
                   "comps": {"main": {"width": 64, "height": 64, "fps": 25, "duration": 1, "tracks": [
                       {"clips": [{"media": "m", "start": 0, "duration": 1}]}]}}}, file)
    for words in [["probe", name], ["check", project], ["probe", name + "\x1b[0m"]]:
        done = subprocess.run([reelpool, *words], capture_output=True, text=True)
        expect(done.returncode == 4, f"{words}: {done.returncode}")
        expect("\x1b" not in done.stderr and "\x07" not in done.stderr, f"raw: {done.stderr!r}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        canaries = Canaries(folder)
        opens_nothing(folder, canaries)
        names_mean_nothing(folder, canaries)
        names_are_shown_escaped(folder)
    print(f"{len(problems)} problems")
    return 1 if problems else 0


sys.exit(main())
