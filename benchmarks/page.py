"""docs/performance.md: one section a benchmark, each replaced by its own script and kept by the others."""

from __future__ import annotations

import platform
import re
from pathlib import Path

import psutil

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
BUSY_LOAD = 0.5
_SECTION = re.compile(r"<!-- (\w+) -->\n.*?<!-- end of \1 -->\n", re.DOTALL)


def sections(text: str) -> list[str]:
    """The marked sections of a page, with their marks."""
    return [found.group(0) for found in _SECTION.finditer(text)]


def with_section(text: str, name: str, body: str) -> str:
    """The page with this section replaced, or added at its end."""
    marked = f"<!-- {name} -->\n{body.strip()}\n<!-- end of {name} -->\n"
    for section in sections(text):
        if section.startswith(f"<!-- {name} -->"):
            return text.replace(section, marked)
    return text.rstrip() + "\n\n" + marked


def write_section(name: str, body: str, path: Path = PAGE) -> None:
    """Replace a section of the page on disk."""
    text = path.read_text() if path.exists() else "# Performance\n"
    path.write_text(with_section(text, name, body))


def machine(load: float) -> str:
    """The machine in half a sentence, and whether something else ran on it: `load` is the load average before."""
    model = next((line.partition(":")[2].strip() for line in _cpu_lines() if line.startswith("model name")), "")
    cores = psutil.cpu_count() or 1
    memory_gib = psutil.virtual_memory().total / 2**30
    shared = f"shared with other work (load average before: {load:.1f})" if load > BUSY_LOAD else "otherwise idle"
    named = model or platform.processor() or platform.machine()
    return f"{cores} cores ({named}),\n{memory_gib:.0f} GiB of memory, {shared}"


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table whose columns after the first are numbers."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _cpu_lines() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []
