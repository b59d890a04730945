"""One run of the program for each stack, shared by all tests that only look."""

from functools import cache

import pytest

from tests.components.declared import STACKS, declare

declare_once = cache(declare)


@pytest.fixture(params=STACKS)
def declaration(request):
    return declare_once(request.param)


@pytest.fixture
def local():
    return declare_once("local")


@pytest.fixture
def dev():
    return declare_once("dev")


@pytest.fixture
def prod():
    return declare_once("prod")
