"""S2VNet: slice to volume by centroids. One network for automatic and interactive use."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segmentation_engine.model.assembly import EdgeHead, GeodesicOdds, LabelFusion, PriorOdds
from segmentation_engine.model.centroids import CentroidAggregation, CentroidStart
from segmentation_engine.model.clustering import ClusteringDecoder
from segmentation_engine.model.config import S2VNetConfig
from segmentation_engine.model.encoder import Encoder
from segmentation_engine.model.pixel_decoder import PixelDecoder
from segmentation_engine.model.place import place_maps
from segmentation_engine.model.presence import PresenceHead, QualityHead, dice_optimal_shift
from segmentation_engine.model.state import Carried, Guidance, Pyramid, SlicePrediction


class S2VNet(nn.Module):
    """``encode`` once per slice, ``decode`` once per slice and prompt.

    Both may run inside ``torch.autocast``; what must be exact (clustering, presence, aggregation) runs in float32
    by itself. Heights and widths are multiples of 32.
    """

    def __init__(self, config: S2VNetConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.pixel_decoder = PixelDecoder(config)
        self.start = CentroidStart(config)
        self.clustering = ClusteringDecoder(config)
        self.fusion = LabelFusion(config)
        self.geodesic = GeodesicOdds(config)
        self.inherited = PriorOdds(config)
        self.edges = EdgeHead(config)
        self.presence = PresenceHead(config)
        self.quality = QualityHead(config)
        self.aggregation = CentroidAggregation(config)

    def encode(self, slices: Tensor) -> Pyramid:
        """Normalised slices z-1, z, z+1 as channels (B, 3, H, W) -> Pyramid."""
        _check_size(slices, 3)
        levels = self.encoder(slices.contiguous(memory_format=torch.channels_last))
        pyramid: Pyramid = self.pixel_decoder(levels)
        return pyramid

    def empty_carried(
        self, batch: int, labels: int, height4: int, width4: int, device: torch.device | str = "cpu"
    ) -> Carried:
        """Nothing known yet about any label; ``height4`` and ``width4`` are those of the stride 4 maps."""
        memory = torch.zeros(batch, labels, self.config.centroids_per_label, self.config.centroid_dim, device=device)
        none = torch.zeros(batch, labels, device=device)
        prior = torch.zeros(batch, labels, height4, width4, device=device)
        return Carried(memory, memory.clone(), prior, none.bool(), none, none.clone(), none.clone())

    def decode(self, pyramid: Pyramid, image: Tensor, guidance: Guidance, carried: Carried) -> SlicePrediction:
        """One slice of each of B independent streams; ``image`` (B, 1, H, W) is the slice itself, normalised."""
        _check_size(image, 1)
        with torch.autocast(image.device.type, enabled=False):
            exact = Pyramid(*(level.float() for level in pyramid))
            maps = place_maps(guidance, carried, image.float())
            labels, background = self.start(exact, guidance, carried)
            clustered = self.clustering(labels, background, exact, maps, guidance.active, self.training)
        centroids = clustered.labels
        features = pyramid.stride4 if torch.is_autocast_enabled(image.device.type) else exact.stride4
        odds, fused = self.fusion(features, centroids, clustered.scores, maps.label)
        odds = odds + self.geodesic(maps.nearer, carried.known, maps.contradicted)
        odds = odds + self.inherited(carried, maps.contradicted)
        rise = self.edges(features, image, fused, odds)
        with torch.autocast(image.device.type, enabled=False):
            presence = self.presence(centroids, odds, maps.label, guidance)
            quality = self.quality(centroids, odds, maps.label, presence)
            if not self.training:
                rise = rise + dice_optimal_shift(quality, carried.known)[:, :, None, None]
            logits = self._label_logits(rise, presence, guidance.active)
            prior = F.avg_pool2d(logits.detach().softmax(1)[:, 1:], 4)
            after = self.aggregation(centroids, presence, quality, guidance, carried, prior)
        return SlicePrediction(logits, presence, quality, after, clustered.step_scores)

    @staticmethod
    def _label_logits(rise: Tensor, presence: Tensor, active: Tensor) -> Tensor:
        """A label must be here (presence) and at this pixel: their log-probabilities add. Background is 0."""
        logits = rise + F.logsigmoid(presence)[:, :, None, None]
        logits = logits.masked_fill(~active[:, :, None, None], -math.inf)
        return F.pad(logits, (0, 0, 0, 0, 1, 0))


def _check_size(images: Tensor, channels: int) -> None:
    if images.dim() != 4 or images.shape[1] != channels or images.shape[2] % 32 or images.shape[3] % 32:
        wanted = f"(B, {channels}, H, W) with H and W multiples of 32"
        raise ValueError(f"The network needs slices of shape {wanted}, not {tuple(images.shape)}.")
