"""Browsers and npm packages, where they are there, for tests that need them."""

import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
NPM = TESTS / "npm"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def npm() -> Path:
    """The packages, installed."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not here")
    if not (NPM / "node_modules" / "cometd").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NPM, check=True, capture_output=True)
    return NPM
