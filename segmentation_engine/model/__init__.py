"""S2VNet, one file per box of its figure."""

from segmentation_engine.model.config import S2VNetConfig
from segmentation_engine.model.inference import cast_convolutions, for_inference
from segmentation_engine.model.s2vnet import S2VNet
from segmentation_engine.model.state import Carried, Guidance, Pyramid, SlicePrediction

__all__ = [
    "Carried",
    "Guidance",
    "Pyramid",
    "S2VNet",
    "S2VNetConfig",
    "SlicePrediction",
    "cast_convolutions",
    "for_inference",
]
