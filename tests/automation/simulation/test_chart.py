"""The chart is a picture that any viewer opens, with what it should show in it."""

import struct
import zlib

from automation.simulation.canvas import Canvas
from automation.simulation.chart import HEIGHT, OURS, THEIRS, WIDTH, Mark, front, pareto_chart


def pixels_of(png: bytes) -> tuple[int, int, bytes]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, position = {}, 8
    while position < len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        name, data = png[position + 4 : position + 8], png[position + 8 : position + 8 + length]
        (check,) = struct.unpack(">I", png[position + 8 + length : position + 12 + length])
        assert check == zlib.crc32(name + data)
        chunks[name] = data
        position += 12 + length
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    raw = zlib.decompress(chunks[b"IDAT"])
    rows = [raw[row * (3 * width + 1) + 1 : (row + 1) * (3 * width + 1)] for row in range(height)]
    return width, height, b"".join(rows)


def test_a_dot_and_a_letter_are_where_they_were_drawn():
    canvas = Canvas(40, 30)
    canvas.dot(3, 2, (10, 20, 30))
    canvas.dot(400, 2, (10, 20, 30))
    canvas.text(10, 5, "I", (0, 0, 0))
    width, height, pixels = pixels_of(canvas.png())
    assert (width, height) == (40, 30)
    assert pixels[3 * (2 * 40 + 3) : 3 * (2 * 40 + 3) + 3] == bytes((10, 20, 30))
    assert min(pixels[3 * (12 * 40 + 10) : 3 * (12 * 40 + 14)]) < 100


def test_the_chart_shows_us_and_others():
    marks = [
        Mark(label="ours", hours=90, wait_seconds=390, is_ours=True),
        Mark(label="theirs", hours=134, wait_seconds=396),
    ]
    width, height, pixels = pixels_of(pareto_chart("t", marks, bound_hours=68.0, slo_seconds=300))
    assert (width, height) == (WIDTH, HEIGHT)
    found = {pixels[begin : begin + 3] for begin in range(0, len(pixels), 3)}
    assert {bytes(OURS), bytes(THEIRS)} <= found


def test_a_chart_of_one_scaler_and_strange_names_is_drawn_too():
    assert pareto_chart("é✓", [Mark(label="ü", hours=0.0, wait_seconds=0.0)], bound_hours=None, slo_seconds=1)


def test_the_front_holds_who_is_beaten_by_nobody():
    cheap = Mark(label="cheap", hours=1, wait_seconds=9)
    quick = Mark(label="quick", hours=9, wait_seconds=1)
    beaten = Mark(label="beaten", hours=9, wait_seconds=10)
    assert front([quick, beaten, cheap]) == [cheap, quick]
