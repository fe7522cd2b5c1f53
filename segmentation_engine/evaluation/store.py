"""evaluation.json: what was measured so far, under which settings. A run that was killed goes on from it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from segmentation_engine.evaluation.score import Score

STORE = "evaluation.json"
Done = tuple[str, str, str, str]  # set, case, method, prompting


@dataclass
class Store:
    """Settings are what must be alike for two rows to stand in one table."""

    folder: Path
    settings: dict[str, Any]
    scores: list[Score] = field(default_factory=list)
    done: set[Done] = field(default_factory=set)

    def add(self, key: Done, scores: list[Score]) -> None:
        """Keep what one method reached on one case; a case without labels to play is done as well."""
        self.scores += scores
        self.done.add(key)
        self.save()

    def save(self) -> None:
        """One row a line; written beside and renamed, so that a kill leaves a whole file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        parts = [
            f'"settings": {json.dumps(self.settings)}',
            _listed("done", sorted(self.done)),
            _listed("scores", [score.to_dict() for score in self.scores]),
        ]
        part = self.folder / f"{STORE}.part"
        part.write_text("{" + ",\n".join(parts) + "}\n")
        part.replace(self.folder / STORE)


def resumed_store(folder: Path, settings: dict[str, Any]) -> Store:
    """What an earlier run left in the folder, nothing if there was none; ValueError if it measured something else."""
    path = folder / STORE
    if not path.exists():
        return Store(folder, settings)
    try:
        kept = json.loads(path.read_text())
        before = kept["settings"]
        scores = [Score.from_dict(row) for row in kept["scores"]]
        done = {(row[0], row[1], row[2], row[3]) for row in kept["done"]}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a store that can be resumed; start without --resume.") from error
    differing = sorted(name for name in {*before, *settings} if before.get(name) != settings.get(name))
    if differing:
        raise ValueError(f"{path} was made with another {', '.join(differing)}; start without --resume, or elsewhere.")
    return Store(folder, settings, scores, done)


def _listed(name: str, rows: Sequence[object]) -> str:
    return f'"{name}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]"
