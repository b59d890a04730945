"""Units whose work the sandbox forbids are left alone, and said to be."""

import pytest

from worker.domain.errors import SourceRejected
from worker.domain.exchange import Subject
from worker.languages.python import PythonLanguage

SOURCE = """
import os
import subprocess as sp
from urllib import request
from urllib.parse import quote


def fetch(url):
    return request.urlopen(url).read()


def size_of(url):
    return len(fetch(url))


def run(command):
    return sp.run(command, check=True)


def leave():
    os._exit(1)


def place(name):
    return os.path.join("a", quote(name))


class Client:
    def __init__(self, host):
        self.text = fetch(host)

    def shout(self):
        return self.text.upper()


class Shell:
    def start(self):
        return self.spawn("ls")

    def spawn(self, name):
        return os.spawnlp(os.P_WAIT, name)

    def quoted(self, name):
        return quote(name)
"""


def subject(source: str, *targets: str) -> Subject:
    return Subject(source=source, module_name="site", path="site.py", targets=targets)


def test_what_calls_something_forbidden_is_skipped_with_the_reason() -> None:
    survey = PythonLanguage().survey(subject(SOURCE))
    assert dict(survey.skipped) == {
        "fetch": "it uses the network",
        "size_of": "it uses the network",
        "run": "it starts processes",
        "leave": "it ends the process",
        "Client.__init__": "it uses the network",
        "Client.shout": "it uses the network",
        "Shell.start": "it starts processes",
        "Shell.spawn": "it starts processes",
    }
    assert survey.targets == ("place", "Shell.quoted")


def test_a_name_that_only_looks_forbidden_is_none() -> None:
    source = "def f(socket, os):\n    return socket.socket(), os.system('x')\n"
    assert PythonLanguage().survey(subject(source)).skipped == ()


def test_where_all_is_forbidden_the_source_is_rejected() -> None:
    source = "import socket\ndef f():\n    return socket.socket()\n"
    with pytest.raises(SourceRejected, match="f: it uses the network"):
        PythonLanguage().survey(subject(source))


def test_who_asks_for_what_is_forbidden_is_told() -> None:
    with pytest.raises(SourceRejected, match="run: it starts processes"):
        PythonLanguage().survey(subject(SOURCE, "run"))
