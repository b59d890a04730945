"""Coverage in the two forms that tools read: Cobertura XML and LCOV's tracefile.

Sources: https://github.com/cobertura/cobertura/blob/master/cobertura/src/site/htdocs/xml/coverage-04.dtd and geninfo(1).
Hits are 1 or 0: a proof says whether a line runs, not how often.
"""

from datetime import datetime
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element

from worker.domain.candidate import Coverage
from worker.domain.reports.markup import document, element
from worker.domain.reports.summary import BatchSummary, FileSummary, added


def cobertura(summary: BatchSummary) -> bytes:
    """Write Cobertura XML: a package for each folder, a class for each file."""
    whole = summary.coverage
    root = element(
        None,
        "coverage",
        {
            **_rates(whole),
            "lines-covered": whole.lines_covered,
            "lines-valid": whole.lines_total,
            "branches-covered": whole.branches_covered,
            "branches-valid": whole.branches_total,
            "complexity": 0,
            "version": "1",
            "timestamp": _milliseconds(summary.finished_at),
        },
    )
    element(element(root, "sources", {}), "source", {}, ".")
    packages = element(root, "packages", {})
    folders: dict[str, list[FileSummary]] = {}
    for file in summary.files:
        folders.setdefault(str(PurePosixPath(file.path).parent), []).append(file)
    for folder, files in sorted(folders.items()):
        rates = _rates(added([file.coverage for file in files]))
        package = element(packages, "package", {"name": folder, **rates, "complexity": 0})
        classes = element(package, "classes", {})
        for file in files:
            _class(classes, file)
    return document(root)


def _class(classes: Element, file: FileSummary) -> None:
    path = PurePosixPath(file.path)
    fields = {"name": path.stem, "filename": file.path, **_rates(file.coverage), "complexity": 0}
    made = element(classes, "class", fields)
    element(made, "methods", {})
    lines = element(made, "lines", {})
    branches = {line: (taken, total) for line, taken, total in file.coverage.branch_lines}
    for line, hits in _hits(file.coverage):
        attributes: dict[str, object] = {"number": line, "hits": hits}
        taken, total = branches.get(line, (0, 0))
        if total:
            attributes["branch"] = "true"
            attributes["condition-coverage"] = f"{100 * taken // total}% ({taken}/{total})"
        else:
            attributes["branch"] = "false"
        element(lines, "line", attributes)


def lcov(summary: BatchSummary) -> bytes:
    """Write a tracefile; files of which no line is known are left out."""
    lines: list[str] = []
    for file in summary.files:
        hits = _hits(file.coverage)
        if not hits:
            continue
        name = "".join(sign if sign.isprintable() else "\ufffd" for sign in file.path)
        lines += ["TN:", f"SF:{name}"]
        for line, taken, total in file.coverage.branch_lines:
            lines += [f"BRDA:{line},0,{at},{1 if at < taken else 0}" for at in range(total)]
        lines += [f"BRF:{file.coverage.branches_total}", f"BRH:{file.coverage.branches_covered}"]
        lines += [f"DA:{line},{count}" for line, count in hits]
        lines += [f"LF:{len(hits)}", f"LH:{sum(count for _, count in hits)}", "end_of_record"]
    return "\n".join([*lines, ""]).encode("utf-8", "replace") if lines else b""


def _hits(coverage: Coverage) -> list[tuple[int, int]]:
    run = [(line, 1) for line in coverage.covered_lines]
    return sorted([*run, *((line, 0) for line in coverage.missed_lines)])


def _rates(coverage: Coverage) -> dict[str, str]:
    """Shares with four digits; where nothing is there, nothing is missing."""
    line, branch = coverage.line_ratio, coverage.branch_ratio
    return {
        "line-rate": f"{1.0 if line is None else line:.4f}",
        "branch-rate": f"{1.0 if branch is None else branch:.4f}",
    }


def _milliseconds(stamp: str) -> int:
    """Epoch milliseconds of an ISO time; 0 where there is none."""
    try:
        return int(datetime.fromisoformat(stamp).timestamp() * 1000)
    except ValueError:
        return 0
