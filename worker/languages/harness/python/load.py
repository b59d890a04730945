"""Loads the subject once and reports what went wrong, if anything: report.json: {"error": null or text}."""

import traceback

from . import forks, subject


def main():
    plan = forks.read_plan()
    forks.silence()
    too_long = f"loading it takes longer than {plan['seconds']:g} s: an endless loop at import?"

    def work(send):
        try:
            with forks.time_limit(plan["seconds"], of_cpu=True):
                subject.load(plan)
        except forks.CallTimeout:
            send({"error": too_long})
        except BaseException as error:
            send({"error": _explain(error, plan)})
        else:
            send({"error": None})

    message, too_slow = forks.run_in_fork(work, 2 * plan["seconds"])
    if too_slow:
        message = {"error": too_long}
    forks.write_report(message or {"error": "the process ended while loading it (exit, crash or a limit)"})


def _explain(error, plan):
    if isinstance(error, MemoryError):
        return "loading it takes more memory than a sandboxed process may have"
    entries = [entry for entry in traceback.extract_tb(error.__traceback__) if entry.filename == plan["file"]]
    text = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]
    return (f"line {entries[-1].lineno}: " if entries else "") + text[:300]


if __name__ == "__main__":
    main()
