"""Loads the modules of this package from code that the worker compiled once: compiling them in every run takes longer than many a run.

The worker puts this in the place of the package's `__init__.py`, and beside it `code.json`: name of a module -> its code, marshalled, in base64.
"""

import base64
import importlib.machinery
import json
import marshal
import os
import sys


class Packed:
    """Finds and loads."""

    def __init__(self, package, folder):
        self._package, self._folder = package, folder
        with open(os.path.join(folder, "code.json"), encoding="ascii") as file:
            self._codes = json.load(file)

    def find_spec(self, name, _path=None, _target=None):
        package, _, module = name.rpartition(".")
        if package != self._package or module not in self._codes:
            return None
        return importlib.machinery.ModuleSpec(name, self, origin=os.path.join(self._folder, module + ".py"))

    def create_module(self, _spec):
        return None

    def exec_module(self, module):
        exec(self.get_code(module.__name__), module.__dict__)

    def get_code(self, name):
        return marshal.loads(base64.b64decode(self._codes[name.rpartition(".")[2]]))


sys.meta_path.insert(0, Packed(__name__, os.path.dirname(os.path.abspath(__file__))))
