"""Clustering on arrays small enough to check by hand."""

from __future__ import annotations

import math

import pytest
import torch

from segmentation_engine.model.centroids import pool_under
from segmentation_engine.model.clustering import assign, label_scores, won_features


def test_every_pixel_is_shared_out_among_the_centroids() -> None:
    scores = torch.tensor([[[0.0, math.log(3.0)], [0.0, 0.0]]])  # two centroids, two pixels
    assert torch.allclose(assign(scores, hard=False), torch.tensor([[[0.5, 0.75], [0.5, 0.25]]]))


def test_hard_assignment_gives_a_pixel_to_one_centroid_and_learns_like_the_soft_one() -> None:
    scores = torch.tensor([[[2.0, 0.0], [1.0, 3.0]]], requires_grad=True)
    hard = assign(scores, hard=True)
    assert torch.allclose(hard, torch.tensor([[[1.0, 0.0], [0.0, 1.0]]]))
    (wanted,) = torch.autograd.grad(assign(scores, hard=False)[0, 0, 0], scores)
    (given,) = torch.autograd.grad(hard[0, 0, 0], scores)
    assert torch.allclose(given, wanted)


def test_a_centroid_moves_to_the_mean_of_the_pixels_that_it_won() -> None:
    features = torch.tensor([[[1.0, 0.0], [3.0, 2.0], [5.0, 10.0]]])  # three pixels of two channels
    assignment = torch.tensor([[[1.0, 1.0, 0.0], [0.0, 0.0, 0.5]]])
    assert torch.allclose(won_features(assignment, features), torch.tensor([[[2.0, 1.0], [5.0, 10.0]]]))


def test_a_centroid_that_won_nothing_stays_finite() -> None:
    won = won_features(torch.zeros(1, 1, 3), torch.ones(1, 3, 2))
    assert torch.equal(won, torch.zeros(1, 1, 2))


def test_prompt_features_are_the_weighted_mean_under_the_splat() -> None:
    features = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])  # one channel, 2 x 2 cells
    weights = torch.tensor([[[[1.0, 0.0], [0.5, 0.0]], [[0.0, 0.0], [0.0, 0.0]]]])
    assert pool_under(features, weights).flatten().tolist() == pytest.approx([2.5 / 1.5, 0.0])


def test_a_label_is_worth_the_sum_of_its_centroids_and_background_comes_first() -> None:
    odds = torch.tensor([1.0, 3.0, 2.0, 2.0, 5.0]).log()  # one pixel: two labels of two centroids, one background
    scores = label_scores(odds.reshape(1, 5, 1), torch.Size((1, 2, 2, 8)), (1, 1))
    assert torch.allclose(scores.exp().flatten(), torch.tensor([5.0, 4.0, 4.0]))
