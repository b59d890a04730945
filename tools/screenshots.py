"""Pictures for docs/images: the plan of stack dev, its cost, and its dashboard, by the program itself.

`pip install cairosvg`, then `python -m tools.screenshots` in the repository's root, with the packages of `make setup`. The first two are what the
commands print; the dashboard is drawn from the JSON that CloudWatch gets, each widget in its place with what it shows. There is no data in
it: nothing has run.
"""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import cairosvg
from PIL import Image
from rich.console import Console
from rich.text import Text

from tests.components.declared import declare

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "images"
COLUMNS = 132
FONT = "DejaVu Sans Mono, monospace"
SHOWN = {
    "plan": ["preview", "--env", "dev", "--offline"],
    "cost": ["cost", "estimate", "--env", "dev", "--offline"],
}
CELL, ROW = 44, 30
"""Pixels of a dashboard's unit: it is 24 units wide."""


def printed(arguments: Sequence[str]) -> str:
    """What a command prints on a terminal with colours."""
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    done = subprocess.run(
        [sys.executable, "-m", "automation", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return last_frame(done.stdout)


def last_frame(text: str) -> str:
    """What stays on the terminal: the progress before it is drawn over there, and stands below each other here."""
    lines = text.splitlines()
    plain = [Text.from_ansi(line).plain for line in lines]
    ends = [number for number, line in enumerate(plain) if line.startswith("Preview: ")]
    return "\n".join(lines[ends[-1] + 1 :] if ends else lines)


def terminal_svg(text: str, title: str) -> str:
    """A terminal with the text."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(text.rstrip()))
    return console.export_svg(title=title).replace("Fira Code", "DejaVu Sans Mono")


def dashboard_svg(body: Mapping[str, Any]) -> str:
    """The widgets in their places, each with the names of what it shows."""
    widgets = body["widgets"]
    height = max(it["y"] + it["height"] for it in widgets) * ROW + 10
    parts = [part for widget in widgets for part in _widget(widget)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{24 * CELL + 10}" height="{height}" font-family="{FONT}">'
        f'<rect width="100%" height="100%" fill="#f2f3f3"/>{"".join(parts)}</svg>'
    )


def _widget(widget: Mapping[str, Any]) -> Iterator[str]:
    left, top = widget["x"] * CELL + 8, widget["y"] * ROW + 8
    width, height = widget["width"] * CELL - 6, widget["height"] * ROW - 6
    yield f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="4" fill="#ffffff" stroke="#d5dbdb"/>'
    for number, (size, colour, line) in enumerate(_lines(widget)):
        y = top + 18 + number * 15
        if y < top + height - 3:
            kept = line[: int(width / (size * 0.62))]
            yield f'<text x="{left + 8}" y="{y}" font-size="{size}" fill="{colour}">{escape(kept)}</text>'


def _lines(widget: Mapping[str, Any]) -> Iterator[tuple[int, str, str]]:
    properties = widget["properties"]
    if widget["type"] == "text":
        for number, line in enumerate(filter(None, str(properties["markdown"]).splitlines())):
            yield (13, "#16191f", line.lstrip("# ")) if number == 0 else (10, "#545b64", line)
        return
    yield 12, "#16191f", str(properties.get("title", ""))
    for series in properties.get("metrics") or ():
        yield 10, "#0073bb", f"— {_name(series)}"
    if "alarms" in properties:
        yield from ((10, "#1d8102", f"● {str(it).rpartition(':')[2]}") for it in properties["alarms"])


def _name(series: Sequence[Any]) -> str:
    options = series[-1] if isinstance(series[-1], dict) else {}
    words = [str(it) for it in series if not isinstance(it, dict)]
    return str(options.get("label") or options.get("expression") or " ".join(words))


def main() -> None:
    """Draw all three, in few colours: a repository should not carry megabytes."""
    FOLDER.mkdir(exist_ok=True)
    drawn = {
        name: terminal_svg(printed(arguments), f"python -m automation {' '.join(arguments)}")
        for name, arguments in SHOWN.items()
    }
    page = declare("dev").only("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]
    drawn["dashboard"] = dashboard_svg(json.loads(page))
    for name, svg in drawn.items():
        pixels = cairosvg.svg2png(bytestring=svg.encode(), output_width=1100)
        few_colours = Image.open(io.BytesIO(pixels)).convert("RGB").quantize(colors=16)
        few_colours.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
