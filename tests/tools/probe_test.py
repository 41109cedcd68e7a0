#!/usr/bin/env python3
"""What `reelpool probe` says of a file, against ffprobe. Arguments: reelpool."""
import json
import os
import subprocess
import sys
import tempfile
from fractions import Fraction

reelpool = sys.argv[1]


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def probe(path):
    return json.loads(output_of(reelpool, "probe", path, "--json", "--frames"))


def ffprobe(path, *what):
    return json.loads(output_of("ffprobe", "-v", "error", "-of", "json", *what, path))


def make(path, *arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments, path], check=True)


def check_against_ffprobe(path):
    ours = probe(path)
    streams = ffprobe(path, "-show_streams")["streams"]
    assert [(s["index"], s["kind"], s["codec"]) for s in ours["streams"]] == \
        [(s["index"], s["codec_type"], s["codec_name"]) for s in streams], ours["streams"]
    # The pictures and the sound that play: there is one stream of each here.
    assert [s["shown"] for s in ours["streams"]] == \
        [s["codec_type"] in ("video", "audio") for s in streams]
    frames = ffprobe(path, "-select_streams", "v", "-show_entries",
                     "frame=pts,key_frame,interlaced_frame,top_field_first")["frames"]
    assert [f["pts"] for f in ours["frameTable"]] == [f["pts"] for f in frames]
    assert [f["key"] for f in ours["frameTable"]] == [f["key_frame"] == 1 for f in frames]
    assert ours["frames"] == len(frames) and ours["firstPts"] == frames[0]["pts"]
    assert ours["gops"]["count"] == sum(f["key_frame"] for f in frames)
    order = "progressive" if not frames[0]["interlaced_frame"] else \
        "top-first" if frames[0]["top_field_first"] else "bottom-first"
    assert ours["fieldOrder"] == order, ours["fieldOrder"]
    total = sum(f["duration"] for f in ours["frameTable"])
    assert abs(total - ours["seconds"]) < 1e-6
    return ours


def main():
    with tempfile.TemporaryDirectory() as folder:
        def at(name):
            return os.path.join(folder, name)
        words = at("words.srt")
        with open(words, "w", encoding="utf-8") as file:
            file.write("1\n00:00:00,000 --> 00:00:01,000\nhello\n")
        picture = ["-f", "lavfi", "-i", "testsrc2=size=160x96:rate=24000/1001:duration=3"]
        sound = ["-f", "lavfi", "-i", "sine=duration=3"]
        make(at("a.mkv"), *picture, *sound, "-i", words, "-c:v", "libx264", "-g", "20", "-c:a",
             "aac", "-c:s", "srt", "-metadata:s:a:0", "language=deu")
        ours = check_against_ffprobe(at("a.mkv"))
        assert ours["frameRate"]["kind"] == "constant, rounded to the time base", ours["frameRate"]
        assert Fraction(ours["frameRate"]["fps"]) == Fraction(24000, 1001)
        assert "44100 Hz, mono, deu" in ours["streams"][1]["facts"], ours["streams"]
        assert ours["colorOrigin"]["matrix"] == ours["colorOrigin"]["range"] == "assumed"

        project = at("p.json")
        with open(project, "w", encoding="utf-8") as file:
            json.dump({"reelpool": 1, "main": "m", "media": {
                "a": {"path": "a.mkv", "color": {"matrix": "bt601"}}, "b": {"path": "b.mp4"}},
                "comps": {"m": {"width": 160, "height": 96, "fps": 25, "duration": 1, "tracks": [
                    {"clips": [{"media": "a", "duration": 0.5}, {"media": "b", "start": 0.5}]}]}}}, file)

        make(at("b.mp4"), *picture, "-vf", "tinterlace=interleave_bottom", "-c:v", "libx264",
             "-flags", "+ildct+ilme", "-x264-params", "bff=1", "-g", "8", "-colorspace", "bt709",
             "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")
        ours = check_against_ffprobe(at("b.mp4"))
        assert ours["frameRate"] == {"kind": "constant", "fps": "12000/1001",
                                     "shortest": 1001 / 12000, "longest": 1001 / 12000}
        assert ours["colorOrigin"]["matrix"] == "tagged"
        check = subprocess.run([reelpool, "check", project], capture_output=True, text=True)
        assert check.stdout == "reelpool: note: media.a (a.mkv) does not say its range, primaries, " \
            "transfer; taken for limited, bt709, bt709\n", check
        assert ours["tagged"]["transfer"] == ours["color"]["transfer"] == "bt709"

        make(at("c.mkv"), *picture, "-vf", "select='not(eq(mod(n,7),3))'", "-fps_mode",
             "passthrough", "-c:v", "libx264")
        assert check_against_ffprobe(at("c.mkv"))["frameRate"]["kind"] == "variable"

        text = output_of(reelpool, "probe", at("a.mkv"), "--frames")
        assert "stream 2   subtitle subrip" in text and text.count("  pts ") == 72, text

        for path in (at("missing.mp4"), words, folder):
            refused = subprocess.run([reelpool, "probe", path], capture_output=True, text=True)
            assert refused.returncode == 4, (path, refused)
            assert refused.stdout == "" and "reelpool: error:" in refused.stderr, refused
    print("probe agrees with ffprobe")


main()
