"""The report as one HTML page that needs nothing else: no script, no font, no network."""

from html import escape
from string import Template

from worker.domain.candidate import Coverage
from worker.domain.reports.summary import BatchSummary, FileSummary, JobSummary
from worker.domain.reports.wording import CAVEAT, MARKS, duration, figures, headline, percent, shortened

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light dark; --good: #1a7f37; --bad: #cf222e; --line: #8884; --soft: #8882; --fill: #2f6fdb; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin-bottom: .2rem; overflow-wrap: anywhere; }
.tiles { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.2rem 0; }
.tile { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem 1rem; min-width: 8rem; flex: 1; }
.tile b { display: block; font-size: 1.5rem; }
.bar { background: var(--soft); border-radius: 3px; height: 6px; margin-top: .35rem; overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--fill); }
table { border-collapse: collapse; width: 100%; }
.wide { overflow-x: auto; }
th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left; }
td.name { white-space: normal; overflow-wrap: anywhere; min-width: 14rem; }
.succeeded { color: var(--good); } .failed { color: var(--bad); }
td details details { margin: .2rem 0; } summary { cursor: pointer; }
ul { margin: .3rem 0; padding-left: 1.2rem; } li { overflow-wrap: anywhere; }
small, .quiet { opacity: .75; } code { font-size: .92em; }
</style>
</head>
<body>
<h1>$title</h1>
<p>$headline</p>
<div class="tiles">$tiles</div>
<div class="wide"><table>
<thead><tr><th></th><th>file</th><th>tests</th><th>lines</th><th>branches</th><th>faults noticed</th><th>work</th></tr></thead>
<tbody>
$rows
</tbody>
</table></div>
<p><small>$caveat Batch <code>$batch</code>$finished.</small></p>
</body>
</html>
""")
_MOST_LINES = 40
"""Line ranges named of a file; who wants all reads the coverage files."""


def page(summary: BatchSummary) -> bytes:
    """Write the batch."""
    finished = f", last result {escape(summary.finished_at)}" if summary.finished_at else ""
    text = _PAGE.substitute(
        title=f"Tests for {escape(summary.label or summary.progress.batch_id)}",
        headline=escape(headline(summary)),
        tiles="".join(_tile(*figure) for figure in figures(summary)),
        rows="\n".join(_row(file) for file in summary.files),
        caveat=escape(CAVEAT),
        batch=escape(summary.progress.batch_id),
        finished=finished,
    )
    return text.encode("utf-8", "replace")


def _tile(name: str, text: str, share: float | None) -> str:
    bar = "" if share is None else f'<div class="bar"><i style="width:{share:.1%}"></i></div>'
    return f'<div class="tile">{escape(name)}<b>{escape(text)}</b>{bar}</div>'


def _row(file: FileSummary) -> str:
    worst = next((job.status for job in file.jobs if job.status != "succeeded"), "succeeded")
    killed, total = (
        sum(job.mutants_killed for job in file.jobs),
        sum(job.mutants_total for job in file.jobs),
    )
    cells = [
        str(sum(len(job.tests) for job in file.jobs)),
        percent(file.coverage.line_ratio),
        percent(file.coverage.branch_ratio),
        percent(killed / total if total else None),
        duration(sum(job.seconds for job in file.jobs)),
    ]
    details = "".join(_details(job) for job in file.jobs) + _missed(file.coverage)
    name = f'<td class="name"><details><summary>{escape(file.path)}</summary>{details}</details></td>'
    mark = f'<td class="{escape(worst)}">{MARKS.get(worst, "?")}</td>'
    return f"<tr>{mark}{name}" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _details(job: JobSummary) -> str:
    heading = f"<code>{escape(job.job_id)}</code> {escape(job.engine)}"
    said = f"<p>{escape(shortened(job.explanation, 1000))}</p>"
    return (
        f'<div class="quiet">{heading}</div>{said}'
        + _listed("tests", job.tests)
        + _listed("faults that no test notices", job.survivors)
    )


def _listed(title: str, items: tuple[str, ...]) -> str:
    if not items:
        return ""
    inner = "".join(f"<li><code>{escape(shortened(item))}</code></li>" for item in items)
    return f"<details><summary>{len(items)} {title}</summary><ul>{inner}</ul></details>"


def _missed(coverage: Coverage) -> str:
    """Name the lines that no test runs, in ranges."""
    ranges: list[list[int]] = []
    for line in coverage.missed_lines:
        if ranges and line == ranges[-1][1] + 1:
            ranges[-1][1] = line
        else:
            ranges.append([line, line])
    if not ranges:
        return ""
    named = [str(first) if first == last else f"{first}-{last}" for first, last in ranges[:_MOST_LINES]]
    more = " …" if len(ranges) > _MOST_LINES else ""
    return f"<p>Lines that no test runs: {', '.join(named)}{more}</p>"
