"""Training data: prepared volumes, random clips, simulated prompts."""

from segmentation_engine.training.data.catalogue import class_names
from segmentation_engine.training.data.dataset import BatchShape, ClipBatch, ClipDataset, clip_loader

__all__ = ["BatchShape", "ClipBatch", "ClipDataset", "class_names", "clip_loader"]
