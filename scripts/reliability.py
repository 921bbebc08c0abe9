"""Measures the reliability scenarios and keeps their figures; the page is made from those by `make docs`."""

import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.reliability.model import Figures, as_json, carry_out  # noqa: E402 (the tests' own scenarios)
from support.reliability.table import FIGURES, SCENARIOS  # noqa: E402
from support.resolving import ghe_is_here  # noqa: E402


def measure(wanted: str) -> dict[str, Figures]:
    """Carry out the scenarios whose title holds a word."""
    found = {}
    with ghe_is_here():
        for scenario in SCENARIOS:
            if wanted in scenario.title:
                with tempfile.TemporaryDirectory() as folder:
                    measured = carry_out(scenario, Path(folder))
                wrong = measured.ends != scenario.ends or scenario.ends.says not in measured.text or measured.violations
                print("WRONG" if wrong else "ok   ", scenario.title, measured.figures, flush=True)
                if wrong:
                    print(measured.ends, scenario.ends, measured.violations, measured.text[:3000], sep="\n")
                found[scenario.title] = measured.figures
    return found


def main(arguments: list[str]) -> int:
    """Measure all, or those whose title holds the first argument, and keep what was measured."""
    kept = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    kept |= {title: as_json(figures) for title, figures in measure(arguments[0] if arguments else "").items()}
    titles = [scenario.title for scenario in SCENARIOS]
    FIGURES.write_text(json.dumps({title: kept[title] for title in titles if title in kept}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
