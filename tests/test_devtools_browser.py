"""Finding Chromium."""

import os

import pytest

from devtools.browser import chromium
from devtools.environment.problem import Problem


def test_chromium_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "nothing"))
    with pytest.raises(Problem, match="there is no such program"):
        chromium.find_chromium()


def test_chromium_missing_for_an_ordinary_user(tmp_path, monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Problem, match="apt-get install chromium"):
        chromium.use_chromium()
