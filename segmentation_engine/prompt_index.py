"""What was said on a slice: a growing list of edits, looked up by slice."""

from __future__ import annotations

import operator
from collections.abc import Sequence

from segmentation_engine.prompts import Edit, Prompt, SlicePixels, pixels_on


class PromptIndex:
    """The prompts of a list of edits by slice; the list is the caller's and may change."""

    def __init__(self, edits: list[Edit]) -> None:
        self._edits = edits
        self._indexed: list[Edit] = []
        self._by_slice: dict[int, list[tuple[int, Prompt]]] = {}

    def on(self, z: int, upto: int) -> list[Prompt]:
        """The prompts of the first ``upto`` edits that touch slice ``z``, in their order."""
        return [prompt for _, prompt in self._numbered_on(z, upto)]

    def painting(self, z: int, since: int, upto: int) -> list[Prompt]:
        """Those that paint on the slice, of the edits from number ``since`` on."""
        numbered = self._numbered_on(z, upto)
        return [prompt for number, prompt in numbered if number >= since and prompt.paints]

    def locked(self, z: int, upto: int) -> bool:
        """Whether the first ``upto`` edits leave the slice locked."""
        said = [prompt.positive for prompt in self.on(z, upto) if prompt.kind == "lock"]
        return bool(said) and said[-1]

    def pixels_on(self, z: int, upto: int) -> dict[int, SlicePixels]:
        """What they say of each label that they mark there."""
        here = self.on(z, upto)
        return {label: pixels_on(here, z, label) for label in sorted({k for p in here for k in p.labels})}

    def _numbered_on(self, z: int, upto: int) -> list[tuple[int, Prompt]]:
        if len(self._indexed) != len(self._edits) or not all(map(operator.is_, self._indexed, self._edits)):
            self._indexed = list(self._edits)
            self._by_slice = _by_slice(self._edits)
        return [(number, prompt) for number, prompt in self._by_slice.get(z, ()) if number < upto]


def _by_slice(edits: Sequence[Edit]) -> dict[int, list[tuple[int, Prompt]]]:
    """Of each slice the prompts that touch it, with the numbers of their edits."""
    table: dict[int, list[tuple[int, Prompt]]] = {}
    for number, edit in enumerate(edits):
        for prompt in edit:
            for z in prompt.slices:
                table.setdefault(z, []).append((number, prompt))
    return table


def places_of(edit: Edit) -> list[int]:
    """The slices that an edit prompts, ascending."""
    return sorted({z for prompt in edit for z in prompt.slices})


def is_quiet(edit: Edit) -> bool:
    """Whether nothing outside its own voxels follows from the edit."""
    return all(prompt.kind == "stroke" or (prompt.kind == "lock" and prompt.positive) for prompt in edit)


def is_redraw(edit: Edit) -> bool:
    """Whether the edit makes the labels anew from outside."""
    return edit[0].kind == "redraw"
