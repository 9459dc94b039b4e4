"""What becomes of the figures of several sizes."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console

from eval.bench.figures import Figures
from eval.bench.growing import cliff, show, write_plot

FOUND: dict[int, Figures] = {
    1_000: {
        "build_s": 1.5,
        "disk_mb": 30.0,
        "disk_late_mb": 20.0,
        "pss_mb": 300.0,
        "total_p50_ms": 8.0,
        "total_p95_ms": 12.0,
    },
    10_000: {
        "build_s": 15.0,
        "disk_mb": 300.0,
        "disk_late_mb": 200.0,
        "pss_mb": 500.0,
        "total_p50_ms": 9.0,
        "total_p95_ms": 16.0,
    },
    100_000: {"build_s": 150.0, "disk_mb": 3000.0, "pss_mb": None, "total_p50_ms": 20.0, "total_p95_ms": 40.0},
}


def test_the_cliff_is_the_largest_over_ten_thousand() -> None:
    assert cliff(FOUND) == 2.5


def test_without_ten_thousand_the_smallest_is_the_base() -> None:
    assert cliff({1_000: {"total_p95_ms": 10.0}, 2_000: {"total_p95_ms": 15.0}}) == 1.5


def test_the_table_shows_each_size_and_a_dash_for_what_is_not_known() -> None:
    console = Console(record=True, width=120)
    show(console, FOUND)
    text = console.export_text()
    assert "100,000" in text
    assert "8.0 / 12.0" in text
    assert "p95 at 100,000 over 10,000 passages: 2.50" in text
    assert "–" in next(line for line in text.splitlines() if "PSS" in line)


def test_the_plot_is_an_svg_that_names_stages_and_sizes(tmp_path: Path) -> None:
    write_plot(FOUND, tmp_path / "new" / "scale.svg")
    root = ElementTree.parse(tmp_path / "new" / "scale.svg").getroot()  # noqa: S314 (written the line before)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "<!-- p95 of an answer by stage, ms -->" in (tmp_path / "new" / "scale.svg").read_text()
