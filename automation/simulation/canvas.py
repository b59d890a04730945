"""A picture of pixels, written as PNG: lines, discs and letters are all that a chart takes."""

import struct
import zlib

from automation.simulation.glyphs import HEIGHT, letters

Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)
OPAQUE = 15
"""Darkness of a pixel that is all letter."""


class Canvas:
    """Width times height pixels, white."""

    def __init__(self, width: int, height: int) -> None:
        """Begin with nothing drawn."""
        self.width, self.height = width, height
        self._pixels = bytearray(bytes(WHITE) * (width * height))
        self._letters = letters()

    def dot(self, x: int, y: int, colour: Colour, opacity: float = 1.0) -> None:
        """Colour one pixel; outside there is none."""
        if not (0 <= x < self.width and 0 <= y < self.height):
            return
        begin = 3 * (y * self.width + x)
        for channel in range(3):
            old = self._pixels[begin + channel]
            self._pixels[begin + channel] = round(old + (colour[channel] - old) * opacity)

    def bar(self, left: int, top: int, right: int, bottom: int, *, colour: Colour) -> None:
        """Fill a rectangle, borders included: an upright or level line is a thin one."""
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                self.dot(x, y, colour)

    def line(self, begin: tuple[float, float], end: tuple[float, float], colour: Colour) -> None:
        """Draw a line of two pixels' width."""
        steps = int(max(abs(end[0] - begin[0]), abs(end[1] - begin[1]), 1))
        for step in range(steps + 1):
            x = begin[0] + (end[0] - begin[0]) * step / steps
            y = begin[1] + (end[1] - begin[1]) * step / steps
            self.disc((x, y), 1.0, colour)

    def disc(self, centre: tuple[float, float], radius: float, colour: Colour) -> None:
        """Draw a disc with a soft border."""
        reach = int(radius + 2)
        for y in range(int(centre[1]) - reach, int(centre[1]) + reach + 1):
            for x in range(int(centre[0]) - reach, int(centre[0]) + reach + 1):
                distance = ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) ** 0.5
                self.dot(x, y, colour, min(max(radius + 0.5 - distance, 0.0), 1.0))

    def text(self, x: float, y: float, text: str, colour: Colour) -> None:
        """Write from a point, which is the upper left; what is not ASCII becomes a question mark."""
        left = round(x)
        for sign in text:
            rows = self._letters.get(sign, self._letters["?"])
            for row, pixels in enumerate(rows):
                for column, darkness in enumerate(pixels):
                    if darkness:
                        self.dot(left + column, round(y) + row, colour, darkness / OPAQUE)
            left += len(rows[0])

    def text_width(self, text: str) -> int:
        """Return how wide a text is."""
        return sum(len(self._letters.get(sign, self._letters["?"])[0]) for sign in text)

    @property
    def text_height(self) -> int:
        """How high a line of text is."""
        return HEIGHT

    def png(self) -> bytes:
        """Return the picture as a PNG file."""
        rows = b"".join(
            b"\0" + self._pixels[3 * self.width * y : 3 * self.width * (y + 1)] for y in range(self.height)
        )
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
