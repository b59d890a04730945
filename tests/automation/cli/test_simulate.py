"""simulate: what it prints, what it writes, what it refuses."""

import json
from pathlib import Path

import pytest

from automation.cli.app import main
from automation.errors import ExitCode

TRACE = "time,seconds\n" + "".join(f"{minute * 1800},40\n" for minute in range(12))


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "load.csv"
    path.write_text(TRACE)
    return path


def test_a_trace_gets_a_table_a_recommendation_and_a_chart(capsys, trace):
    chart = trace.with_suffix(".png")
    code = main(["simulate", "--trace", str(trace), "--seeds", "1", "--plot", str(chart)])
    shown = capsys.readouterr().out
    assert code == ExitCode.OK
    for word in ("ours", "KEDA queueLength 5", "always-on 2", "Recommended:", "always on", "Lower bound"):
        assert word in shown
    assert chart.read_bytes().startswith(b"\x89PNG")


def test_json_is_one_document_with_every_scaler(capsys, trace):
    code = main(["simulate", "--trace", str(trace), "--seeds", "2", "--type", "ecs-fargate", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert code == ExitCode.OK
    (report,) = document
    assert {one["scaler"] for one in report["scalers"]} >= {"ours", "KEDA queueLength 1", "SkyPilot pool"}
    assert report["recommendation"]["best"]["compute"] == "ecs-fargate"
    assert report["bound_hours"]["mean"] > 0


def test_a_price_of_one_s_own_is_taken(capsys, trace):
    arguments = ["simulate", "--trace", str(trace), "--seeds", "1", "--type", "ec2-gpu", "--json"]
    main(arguments)
    dear = json.loads(capsys.readouterr().out)[0]
    main([*arguments, "--price-per-hour", "0.2655"])
    cheap = json.loads(capsys.readouterr().out)[0]
    assert cheap["scalers"][0]["usd_per_month"] == pytest.approx(dear["scalers"][0]["usd_per_month"] / 2)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--price-per-hour", "1"], "--type"),
        (["--slo", "soon"], "no span of time"),
        (["--idle", "16m"], "idle_seconds"),
        (["--slo", "0"], "slo_seconds"),
        (["--workload", "W10"], "W10"),
        (["--plot", "nowhere/at/all.png"], "no folder"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_simulated(capsys, arguments, told):
    assert main(["simulate", *arguments]) == ExitCode.USAGE
    assert told in capsys.readouterr().err


def test_a_file_that_is_no_trace_is_refused_with_its_line(capsys, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_bytes(b"1,2\n\xff\xfe,x\n")
    assert main(["simulate", "--trace", str(path)]) == ExitCode.USAGE
    assert "line 2" in capsys.readouterr().err
