"""Images that no scanner made: random shapes in 3D, and label maps rendered with random grey values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from segmentation_engine.training.data.intensity import Image, blur, smooth_field

Rng = np.random.Generator
Field = npt.NDArray[np.int64]  # (S, H, W) region numbers
Coordinates = npt.NDArray[np.float32]  # (3, S, H, W): z, y, x in working px around the crop's centre


@dataclass(frozen=True)
class ShapeScene:
    """Regions 0..n of a random scene; `objects` are the numbers of those that may become labels."""

    field: Field
    objects: tuple[int, ...]


def scene_coordinates(rng: Rng, slices: int, size_px: int, step_px: float) -> Coordinates:
    """Coordinates of every pixel, bent by a smooth random displacement."""
    half = (size_px - 1) / 2
    z = (np.arange(slices, dtype=np.float32) - (slices - 1) / 2) * np.float32(step_px)
    plane = np.arange(size_px, dtype=np.float32) - np.float32(half)
    grid = np.stack(np.meshgrid(z, plane, plane, indexing="ij"))
    for axis in range(3):
        grid[axis] += smooth_field(rng, (slices, size_px, size_px), (3, 5, 5)) * np.float32(rng.uniform(1.0, 7.0))
    return grid


def noise_regions(rng: Rng, shape: tuple[int, int, int]) -> Field:
    """Random regions without structure: the largest of several smooth noises wins each pixel."""
    count = int(rng.integers(2, 6))
    cells = (int(rng.integers(2, 4)), int(rng.integers(3, 9)), int(rng.integers(3, 9)))
    coarse = torch.from_numpy(rng.standard_normal((1, count, *cells), dtype=np.float32))
    regions: Field = F.interpolate(coarse, size=shape, mode="trilinear", align_corners=True)[0].argmax(dim=0).numpy()
    return regions


def ellipsoid_radius(rng: Rng, grid: Coordinates, half_depth: float) -> Image:
    """Normalised radius (< 1 inside) of a random ellipsoid or rounded box; it tends to end within the clip."""
    centre = np.array([rng.uniform(-half_depth, half_depth), *rng.uniform(-45, 45, 2)], np.float32)
    radii = np.exp(rng.uniform(np.log(4), np.log(60), 3)).astype(np.float32)
    radii[0] = max(3.0, rng.uniform(0.3, 1.6) * half_depth)
    angle = rng.uniform(0, np.pi)
    z, y, x = (grid[axis] - centre[axis] for axis in range(3))
    tilt_y, tilt_x = rng.normal(0.0, 0.4, 2)
    y, x = y + np.float32(tilt_y) * z, x + np.float32(tilt_x) * z
    cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    along, across = cosine * y - sine * x, sine * y + cosine * x
    if rng.random() < 0.25:
        power = 4
        total = (z / radii[0]) ** power + (along / radii[1]) ** power + (across / radii[2]) ** power
        return np.asarray(np.sqrt(np.sqrt(total)), np.float32)
    total = (z / radii[0]) ** 2 + (along / radii[1]) ** 2 + (across / radii[2]) ** 2
    return np.asarray(np.sqrt(total), np.float32)


def tube_radius(rng: Rng, grid: Coordinates, half_depth: float) -> Image:
    """Normalised distance from a winding centre line that runs through the slices and may end on the way."""
    z = grid[0]
    slope = rng.normal(0.0, 0.5, 2).astype(np.float32)
    centre = rng.uniform(-45, 45, 2).astype(np.float32)
    wave = np.sin(z * np.float32(rng.uniform(0.03, 0.15)) + np.float32(rng.uniform(0, 6.3)))
    swing = rng.normal(0.0, 5.0, 2).astype(np.float32)
    radius = np.float32(np.exp(rng.uniform(np.log(2.5), np.log(12)))) * np.float32(rng.uniform(0.7, 1.3))
    y = grid[1] - centre[0] - slope[0] * z - swing[0] * wave
    x = grid[2] - centre[1] - slope[1] * z - swing[1] * wave
    distance = np.sqrt(y * y + x * x) / radius
    if rng.random() < 0.6:
        end = np.float32(rng.uniform(-0.6, 0.9) * half_depth) * np.float32(rng.choice([-1, 1]))
        distance = np.where((z > end) == (end > 0), np.float32(9.0), distance)
    return np.asarray(distance, np.float32)


def random_scene(rng: Rng, slices: int, size_px: int, step_px: float) -> ShapeScene:
    """Shapes over noise regions; some have a wall or a core of another kind, some come as near-identical twins."""
    grid = scene_coordinates(rng, slices, size_px, step_px)
    field = noise_regions(rng, (slices, size_px, size_px))
    half_depth = max(4.0, slices * step_px / 2)
    objects: list[int] = []
    number = int(field.max()) + 1
    for _ in range(int(rng.integers(2, 8))):
        make = tube_radius if rng.random() < 0.3 else ellipsoid_radius
        radius = make(rng, grid, half_depth)
        field[radius < 1] = number
        objects.append(number)
        number += 1
        if rng.random() < 0.45:
            field[radius < rng.uniform(0.45, 0.92)] = number
            objects.append(number)
            number += 1
    return ShapeScene(field, tuple(objects))


def region_means(rng: Rng, regions: int, objects: tuple[int, ...]) -> Image:
    """Grey values; twins share one, others may differ by little."""
    means = rng.uniform(-1, 1, regions).astype(np.float32)
    if len(objects) > 2 and rng.random() < 0.5:
        means[objects[0]] = means[objects[-1]] + np.float32(rng.normal(0.0, 0.03))
    if rng.random() < 0.4:  # a dark surrounding, as in most scans
        means[0] = -1.0
    return means


def render(rng: Rng, field: Field, means: Image) -> Image:
    """Regions (S, H, W) and their grey values -> image, with texture and partial volume."""
    slices, height, width = field.shape
    image: Image = means[field]
    if rng.random() < 0.6:
        spread = np.abs(rng.normal(0.0, 0.12, means.size)).astype(np.float32)
        cells = int(rng.integers(8, 33))
        image = image + spread[field] * smooth_field(rng, (slices, height, width), (max(2, slices // 2), cells, cells))
    if rng.random() < 0.5:
        image = image + rng.standard_normal(image.shape, dtype=np.float32) * np.float32(rng.uniform(0.01, 0.15))
    if rng.random() < 0.8:
        image = blur(image, float(rng.uniform(0.4, 1.3)))
    return image
