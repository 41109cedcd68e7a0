#!/usr/bin/env python3
"""Draws the pictures of examples/media with nothing but Python's standard library.

usage: examples/media/draw.py
Writes reel.png, wordmark.png and ripple/ripple_%03d.png next to itself: 8-bit RGBA with straight
alpha. They are in the repository already; run this only to change them.
"""

import math
import pathlib
import struct
import zlib

HERE = pathlib.Path(__file__).resolve().parent
CREAM = (246, 241, 230)
AMBER = (255, 176, 59)
TEAL = (14, 74, 92)


def write_png(path, width, height, rgba):
    """rgba: width * height * 4 bytes, straight alpha."""
    def chunk(kind, body):
        return (struct.pack(">I", len(body)) + kind + body +
                struct.pack(">I", zlib.crc32(kind + body)))
    rows = b"".join(b"\0" + bytes(rgba[y * width * 4:(y + 1) * width * 4]) for y in range(height))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" +
                     chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)) +
                     chunk(b"sRGB", b"\0") + chunk(b"IDAT", zlib.compress(rows, 9)) +
                     chunk(b"IEND", b""))


class Canvas:
    """Straight RGBA, drawn with antialiased shapes that are given as signed distances."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.pixels = bytearray(width * height * 4)

    def paint(self, x, y, color, alpha):
        """Puts a colour over one pixel."""
        if alpha <= 0:
            return
        at = (y * self.width + x) * 4
        below = self.pixels[at + 3] / 255 * (1 - alpha)
        total = alpha + below
        for c in range(3):
            mixed = (color[c] * alpha + self.pixels[at + c] * below) / total
            self.pixels[at + c] = round(mixed)
        self.pixels[at + 3] = round(total * 255)

    def erase(self, x, y, alpha):
        at = (y * self.width + x) * 4 + 3
        self.pixels[at] = round(self.pixels[at] * (1 - alpha))

    def save(self, path):
        write_png(path, self.width, self.height, self.pixels)


def coverage(distance):
    """How much of a pixel lies inside a shape whose edge is `distance` away (negative: inside)."""
    return min(1.0, max(0.0, 0.5 - distance))


def draw_reel(size=512):
    """A film reel: a disc with five windows, a hub, and a soft shadow around it."""
    canvas = Canvas(size, size)
    middle = size / 2
    unit = size / 512
    windows = [(math.cos(a) * 138 * unit, math.sin(a) * 138 * unit)
               for a in (math.tau * k / 5 - math.pi / 2 for k in range(5))]
    for py in range(size):
        for px in range(size):
            x, y = px + 0.5 - middle, py + 0.5 - middle
            r = math.hypot(x, y)
            shadow = max(0.0, 1 - max(0.0, r - 226 * unit) / (28 * unit))
            canvas.paint(px, py, (0, 0, 0), 0.45 * shadow * shadow)
            canvas.paint(px, py, CREAM, coverage(r - 226 * unit))
            canvas.paint(px, py, AMBER, coverage(abs(r - 212 * unit) - 5 * unit))
            canvas.paint(px, py, TEAL, coverage(r - 52 * unit))
            canvas.paint(px, py, AMBER, coverage(abs(r - 52 * unit) - 5 * unit))
            window = min(math.hypot(x - wx, y - wy) for wx, wy in windows)
            rim = coverage(abs(window - 58 * unit) - 4 * unit)
            # One window's rim is amber, so that the eye sees the reel turn.
            first = math.hypot(x - windows[0][0], y - windows[0][1])
            canvas.paint(px, py, AMBER if first == window else TEAL, rim)
            canvas.erase(px, py, coverage(window - 56 * unit))
            canvas.erase(px, py, coverage(r - 18 * unit))
    canvas.save(HERE / "reel.png")


def arc(cx, cy, rx, ry, begin, end, steps=24):
    """Points on an ellipse, angles in degrees clockwise from the right."""
    return [(cx + rx * math.cos(math.radians(begin + (end - begin) * k / steps)),
             cy + ry * math.sin(math.radians(begin + (end - begin) * k / steps)))
            for k in range(steps + 1)]


# Letters as strokes in a box of 76 x 120.
BOWL = [(0, 0), (40, 0)] + arc(40, 31, 32, 31, -90, 90) + [(0, 62)]
LETTERS = {
    "R": [[(0, 120), (0, 0)], BOWL, [(38, 62), (72, 120)]],
    "E": [[(70, 0), (0, 0), (0, 120), (70, 120)], [(0, 60), (58, 60)]],
    "L": [[(0, 0), (0, 120), (66, 120)]],
    "P": [[(0, 120), (0, 0)], BOWL],
    "O": [arc(42, 60, 42, 60, 0, 360, 48)],
}
ADVANCE = {"R": 114, "E": 110, "L": 104, "P": 110, "O": 128}


def segment_distance(x, y, a, b):
    dx, dy = b[0] - a[0], b[1] - a[1]
    t = ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy)
    t = min(1.0, max(0.0, t))
    return math.hypot(x - a[0] - t * dx, y - a[1] - t * dy)


def draw_wordmark(text="REELPOOL"):
    """The name in round strokes, REEL in cream and POOL in amber, on a soft shadow."""
    margin, top, thickness = 40, 40, 11
    width = margin * 2 + sum(ADVANCE[c] for c in text) - 32
    canvas = Canvas(width + width % 2, 200)
    # All shadows first, so that no letter's shadow falls on its neighbour.
    for is_shadow in (True, False):
        left = margin
        for index, letter in enumerate(text):
            segments = [(a, b) for stroke in LETTERS[letter]
                        for a, b in zip(stroke, stroke[1:]) if a != b]
            color = CREAM if index < 4 else AMBER
            for py in range(canvas.height):
                for px in range(max(0, left - 40), min(canvas.width, left + 130)):
                    x, y = px + 0.5 - left, py + 0.5 - top - (4 if is_shadow else 0)
                    near = min(segment_distance(x, y, a, b) for a, b in segments)
                    if is_shadow:
                        shadow = max(0.0, 1 - max(0.0, near - thickness) / 14)
                        canvas.paint(px, py, (0, 0, 0), 0.35 * shadow * shadow)
                    else:
                        canvas.paint(px, py, color, coverage(near - thickness))
            left += ADVANCE[letter]
    canvas.save(HERE / "wordmark.png")


def draw_ripple(count=24, size=192):
    """Rings that run outwards in still water: an image sequence that loops."""
    folder = HERE / "ripple"
    folder.mkdir(exist_ok=True)
    for frame in range(count):
        canvas = Canvas(size, size)
        for py in range(size):
            for px in range(size):
                r = math.hypot(px + 0.5 - size / 2, py + 0.5 - size / 2) / (size / 2)
                for ring in range(3):
                    reach = (frame / count + ring) / 3
                    edge = abs(r - reach * 0.94) * size / 2 - (6.5 - 5 * reach)
                    canvas.paint(px, py, AMBER if ring == 1 else CREAM,
                                 coverage(edge) * (1 - reach) ** 0.7)
        canvas.save(folder / f"ripple_{frame + 1:03d}.png")


if __name__ == "__main__":
    draw_reel()
    draw_wordmark()
    draw_ripple()
