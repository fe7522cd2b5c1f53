"""What a user would run instead, on the same volume and machine, in the same run: time and memory of one answer.

    .venv/bin/python -m benchmarks.against_others

Networks of others have random weights, which changes neither. Each runs in a process of its own, bf16 autocast, all
cores; its memory is the peak above the same process after it has imported torch and loaded the volume. Needs more than
the product does; a network whose package is missing is left out, and named:

    .venv/bin/pip install --no-deps dynamic-network-architectures==0.4.4 \\
        transformers==4.57.1 'huggingface_hub<1' tokenizers requests

Writes its section of docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil
import torch
from torch import nn

from benchmarks import page
from benchmarks.engine_speed import SIDE, balls
from segmentation_engine import Prompt, load_engine

SLICES = 100
SPACING_MM = (2.0, 1.0, 1.0)
CLASSES = 3
CLICKS = 5
Volume = npt.NDArray[np.int16]
Facts = dict[str, float]


def ours(volume: Volume) -> Facts:
    """Encoding once, then clicks on the encoded volume, each in a session of its own; features go to disk."""
    _, centres = balls(SLICES, 1)
    with tempfile.TemporaryDirectory() as folder:
        engine = load_engine()
        began = time.perf_counter()
        features = engine.encode(volume, SPACING_MM, store=folder)
        list(features.fill())
        encoding = time.perf_counter() - began
        firsts, wholes, slices = [], [], 0
        for _ in range(CLICKS):
            session = engine.session(features, 1)
            began = time.perf_counter()
            session.add(Prompt.point(1, centres[0]))
            arrived = [time.perf_counter() - began for _ in session.propagate()]
            firsts.append(arrived[0])
            wholes.append(arrived[-1])
            slices = len(arrived)
        return {
            "encoding_s": encoding,
            "first_s": float(np.median(firsts)),
            "whole_s": float(np.median(wholes)),
            "slices": slices,
        }


def automatic(volume: Volume) -> Facts:
    """Our automatic mode with three classes, encoding included."""
    engine = load_engine()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        features = engine.encode(volume, SPACING_MM, store=folder)
        list(features.fill())
        for _ in engine.automatic(features, list(engine.classes[:CLASSES])):
            pass
        return {"whole_s": time.perf_counter() - began}


def nninteractive(volume: Volume) -> Facts:
    """One prediction of nnInteractive's network: residual encoder U-Net (L) on a patch of 192^3, the image and seven
    channels of interactions (Isensee et al., 2025, section 3)."""
    from dynamic_network_architectures.architectures.unet import ResidualEncoderUNet

    net = ResidualEncoderUNet(
        input_channels=8,
        n_stages=6,
        features_per_stage=[32, 64, 128, 256, 320, 320],
        conv_op=nn.Conv3d,
        kernel_sizes=3,
        strides=[1, 2, 2, 2, 2, 2],
        n_blocks_per_stage=[1, 3, 4, 6, 6, 6],
        num_classes=2,
        n_conv_per_stage_decoder=[1] * 5,
        conv_bias=True,
        norm_op=nn.InstanceNorm3d,
        norm_op_kwargs={"eps": 1e-5, "affine": True},
        nonlin=nn.LeakyReLU,
        nonlin_kwargs={"inplace": True},
    )
    patch = torch.zeros(1, 8, 192, 192, 192)
    depth = min(192, len(volume))
    patch[0, 0, :depth] = torch.from_numpy(volume[:depth, :192, :192].astype(np.float32))
    return {"whole_s": _timed(lambda: net.eval()(patch))}


def dynunet(volume: Volume) -> Facts:
    """DynUNet in a window of 128^3 that slides over the volume with half overlap, as nnU-Net's inference does."""
    from monai.networks.nets.dynunet import DynUNet

    net = DynUNet(3, 1, CLASSES + 1, [3] * 6, [1, 2, 2, 2, 2, 2], [2] * 5, filters=[32, 64, 128, 256, 320, 320])
    return {"whole_s": _sliding(net, volume, 128)}


def swin_unetr(volume: Volume) -> Facts:
    """SwinUNETR (feature size 48) in a sliding window of 96^3, half overlap, as its authors evaluate it."""
    from monai.networks.nets.swin_unetr import SwinUNETR

    return {"whole_s": _sliding(SwinUNETR(in_channels=1, out_channels=CLASSES + 1, feature_size=48), volume, 96)}


def sam_encoder(volume: Volume) -> Facts:
    """SAM's image encoder (ViT-B, 1024 x 1024) on one slice; a volume needs it once for each."""
    from transformers import SamVisionConfig
    from transformers.models.sam.modeling_sam import SamVisionEncoder

    net = SamVisionEncoder(SamVisionConfig()).eval()
    image = torch.from_numpy(volume[SLICES // 2].astype(np.float32))[None, None].expand(1, 3, -1, -1)
    image = nn.functional.interpolate(image, size=(1024, 1024), mode="bilinear")
    a_slice = _timed(lambda: net(image))
    return {"first_s": a_slice, "whole_s": a_slice * len(volume)}


METHODS: dict[str, tuple[str, Callable[[Volume], Facts]]] = {
    "ours": ("S2V Annotate, one click on the encoded volume", ours),
    "automatic": ("S2V Annotate, automatic mode with encoding", automatic),
    "nninteractive": ("nnInteractive's network, one prediction (192^3)", nninteractive),
    "dynunet": ("DynUNet, sliding window (128^3)", dynunet),
    "swin_unetr": ("SwinUNETR, sliding window (96^3)", swin_unetr),
    "sam_encoder": ("SAM's encoder (ViT-B), a slice, times the slices", sam_encoder),
}


def _timed(run: Callable[[], object]) -> float:
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        began = time.perf_counter()
        run()
        return time.perf_counter() - began


def _sliding(net: nn.Module, volume: Volume, side: int) -> float:
    from monai.inferers.inferer import SlidingWindowInferer

    image = torch.from_numpy(volume.astype(np.float32))[None, None]
    infer = SlidingWindowInferer(roi_size=side, sw_batch_size=1, overlap=0.5, mode="gaussian")
    net.eval()

    def run() -> object:
        return infer(image, net)

    return _timed(run)


def _alone(name: str, file: Path) -> None:
    """Run one method in this process and print its facts as the last line."""
    volume: Volume = np.load(file)
    before = psutil.Process().memory_info().rss
    try:
        facts = METHODS[name][1](volume)
    except ImportError as missing:
        print(json.dumps({"missing": str(missing)}))
        return
    print(json.dumps({**facts, "memory_mib": (_peak_bytes() - before) / 2**20}))


def _peak_bytes() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _measured(name: str, file: Path) -> dict[str, float | str]:
    command = [sys.executable, "-m", "benchmarks.against_others", "--alone", name, str(file)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    facts: dict[str, float | str] = json.loads(answer.stdout.strip().splitlines()[-1])
    print(METHODS[name][0], facts, flush=True)
    return facts


def section(found: dict[str, dict[str, float | str]], load: float) -> str:
    """The section of the page; ratios are against one click."""
    click = found["ours"]
    rows = []
    for name, facts in found.items():
        if "missing" in facts:
            rows.append([METHODS[name][0], f"not installed: {facts['missing']}", "", "", "", ""])
            continue
        first, whole = float(facts.get("first_s", facts["whole_s"])), float(facts["whole_s"])
        ratios = [f"{first / float(click['first_s']):.0f}", f"{whole / float(click['whole_s']):.1f}"]
        memory = f"{float(facts['memory_mib']):.0f}"
        rows.append([METHODS[name][0], f"{first:.3f}", f"{whole:.2f}", *ratios, memory])
    heads = ["method", "first slice s", "whole volume s", "first: times ours", "whole: times ours", "memory MiB"]
    return f"""## Against what one would run instead
Made by `python -m benchmarks.against_others` on {page.machine(load)}.
{SLICES} slices of {SIDE} x {SIDE}, bf16 autocast, {torch.get_num_threads()} threads; one answer each. Networks
of others have random weights. A click of ours is the median of {CLICKS} and changed {click["slices"]:.0f} slices;
encoding the volume before, once, took {click["encoding_s"]:.1f} s and happens in the background while one looks at it.
Memory is the peak above a process that has imported torch and loaded the volume.

{page.table(heads, rows)}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alone", nargs=2, metavar=("METHOD", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("--methods", nargs="*", default=list(METHODS), choices=list(METHODS))
    given = parser.parse_args()
    if given.alone:
        _alone(given.alone[0], Path(given.alone[1]))
        return
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "volume.npy"
        np.save(file, balls(SLICES, 1)[0])
        found = {name: _measured(name, file) for name in dict.fromkeys(["ours", *given.methods])}
    page.write_section("others", section(found, load))


if __name__ == "__main__":
    main()
