"""What the tests of sound share: checks that are counted, commands that must work, WAVE files."""

import array
import struct
import subprocess

RATE = 48000
failures = []


def check(condition, what):
    if not condition:
        failures.append(what)
        print("FAILED:", what, flush=True)


def run(*command, expect=0):
    done = subprocess.run(command, capture_output=True, text=True)
    if expect is not None and done.returncode != expect:
        raise SystemExit(f"{' '.join(command)}\nexit {done.returncode}, not {expect}\n"
                         f"{done.stdout}{done.stderr}")
    return done


def write_wav(path, channels):
    """Rows of floats as 32-bit float WAVE; returns the samples in a row."""
    data = array.array("f")
    for frame in zip(*channels):
        data.extend(frame)
    raw = data.tobytes()
    n = len(channels)
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(raw), b"WAVE", b"fmt ", 16, 3, n,
                         RATE, RATE * 4 * n, 4 * n, 32, b"data", len(raw))
    with open(path, "wb") as file:
        file.write(header + raw)
    return len(channels[0])
