"""The mirror in TypeScript obeys the law of the one in Python, by the same schedules; the file of them is fresh."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mirror_schedules import schedules

PACKAGE = Path(__file__).parents[1] / "clients" / "typescript"


def test_node_plays_the_schedules(tmp_path):
    if shutil.which("npm") is None:
        pytest.skip("npm is not here")
    file = tmp_path / "schedules.json"
    file.write_text(schedules(), encoding="utf-8")
    if not (PACKAGE / "node_modules" / "typescript").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=PACKAGE, check=True, capture_output=True)
    subprocess.run(["npm", "run", "build"], cwd=PACKAGE, check=True, capture_output=True)
    played = subprocess.run(
        ["node", "--test", "test/mirror.test.js"], cwd=PACKAGE, capture_output=True, text=True, check=False,
        env={**os.environ, "SCHEDULES": str(file)},
    )  # fmt: skip
    assert played.returncode == 0, played.stdout[-4000:]
    assert "# pass 3" in played.stdout or "pass 3" in played.stdout, sys.version
