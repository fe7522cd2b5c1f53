"""Reading a checkpoint: fp16 safetensors that carry the network's configuration with them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from segmentation_engine.model import S2VNet, S2VNetConfig

BUNDLED = Path(__file__).parent / "weights" / "s2vnet.safetensors"
FORMAT = "s2vnet"


def read_checkpoint(path: Path) -> tuple[S2VNet, str]:
    """-> the network in evaluation mode (float32) and the hash of the file; ValueError if it does not fit."""
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        with safe_open(path, "pt") as file:
            facts = file.metadata() or {}
            values = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except OSError as error:
        raise ValueError(f"The checkpoint {path.name} cannot be read: {error.strerror or error}.") from error
    except SafetensorError as error:
        raise ValueError(f"{path.name} is not a whole safetensors file.") from error
    if facts.get("format") != FORMAT:
        raise ValueError(f"{path.name} is not a checkpoint of this engine.")
    net = S2VNet(S2VNetConfig.from_dict(json.loads(facts["config"])))
    floats = {name: value.float() if value.is_floating_point() else value for name, value in values.items()}
    try:
        net.load_state_dict(floats)
    except RuntimeError as error:
        raise ValueError(f"The values in {path.name} do not fit the network that it describes.") from error
    return net.eval(), digest


def write_checkpoint(path: Path, net: S2VNet, facts: dict[str, str] | None = None) -> None:
    """Store a network as fp16 safetensors, replaced atomically."""
    values: dict[str, torch.Tensor] = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in net.state_dict().items()
    }
    part = path.with_suffix(".part")
    save_file(values, part, {"format": FORMAT, "config": json.dumps(net.config.to_dict()), **(facts or {})})
    part.replace(path)
