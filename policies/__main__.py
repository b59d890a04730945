"""Pulumi's entry point of the policy pack: serve components/guardrails.py to the engine that started this process.

It speaks the engine's protocol itself, by the SDK that the program uses: the published pulumi-policy holds protobuf at version 5, Pulumi's own
SDK is at 6 here, and one environment can't have both.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]  # the engine starts this file alone

from analyzer import serve  # noqa: E402 - found by the line above

serve()
