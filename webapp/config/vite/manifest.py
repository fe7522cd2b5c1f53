import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class Entry:
    """The files of one entry, relative to the static root: scripts to run, those to fetch ahead, style sheets."""

    script: str
    preloads: tuple[str, ...]
    styles: tuple[str, ...]


class ManifestError(RuntimeError):
    """The front end is not built, or has no such entry."""


def entry(name: str) -> Entry:
    """The built files of a Vite entry such as "src/app/workspace.ts"."""
    path = Path(settings.FRONTEND_DIST) / ".vite" / "manifest.json"
    if not path.exists():
        raise ManifestError("The front end is not built yet: run `npm run build` in frontend/.")
    chunks = _read(path, path.stat().st_mtime_ns)
    if name not in chunks or not chunks[name].get("isEntry"):
        raise ManifestError(f"The front-end build has no entry {name}.")
    return _collect(chunks, name)


@lru_cache(maxsize=2)
def _read(path: Path, _modified_ns: int) -> dict[str, dict[str, object]]:
    chunks: dict[str, dict[str, object]] = json.loads(path.read_text())
    return chunks


def _collect(chunks: dict[str, dict[str, object]], name: str) -> Entry:
    """Walk the static imports: their styles come before ours, their scripts are fetched ahead."""
    seen: list[str] = []

    def walk(key: str) -> None:
        imports = chunks[key].get("imports", [])
        for imported in imports if isinstance(imports, list) else []:
            if imported not in seen:
                walk(imported)
        if key not in seen:
            seen.append(key)

    walk(name)
    styles: list[str] = []
    for key in seen:
        css = chunks[key].get("css", [])
        styles += [path for path in css if path not in styles] if isinstance(css, list) else []
    preloads = tuple(str(chunks[key]["file"]) for key in seen if key != name)
    return Entry(script=str(chunks[name]["file"]), preloads=preloads, styles=tuple(styles))
