"""``python -m benchmarks.strangers``: how many wrong implementations the kit finds, within its default examples.

Those of ``mutants.py``, ``strangers.py`` and ``newcomers.py`` in ``tests/helpers``, each over the media where it shows.
``--suite`` leaves the machine out.
"""

import sys
from pathlib import Path
from time import perf_counter

from ixnstate.testing import conform
from ixnstate.testing.forms import WORKBINS

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "helpers"))


def main() -> None:
    """Measure and print."""
    from mutants import MUTANTS
    from newcomers import MUTANTS as NEWCOMERS
    from strangers import MUTANTS as STRANGERS

    examples = 0 if "--suite" in sys.argv else 100
    for name, known in {"mutants": MUTANTS, "strangers": STRANGERS, "newcomers": NEWCOMERS}.items():
        missed, findings, lines, began = [], [], [], perf_counter()
        for mutant, (driver, media) in known.items():
            named = {media} if isinstance(media, str) else {*media}
            report = conform(driver, supports={*named, *WORKBINS}, examples=examples, seed=1)
            findings.append(len(report.findings))
            lines.append(len(report.summary().splitlines()))
            if report.ok:
                missed.append(mutant)
        caught = len(known) - len(missed)
        print(f"{name}: {caught} of {len(known)} found in {perf_counter() - began:.0f} s; missed: {missed or 'none'}")
        print(
            f"  findings: median {sorted(findings)[len(findings) // 2]}, most {max(findings)}; lines: most {max(lines)}"
        )


if __name__ == "__main__":
    main()
