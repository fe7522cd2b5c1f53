"""The network as the session uses it: independence of streams and slots, memory, and what a prompt does."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor

from segmentation_engine.model import Carried, Guidance, Pyramid, S2VNet, S2VNetConfig, SlicePrediction, for_inference

HEIGHT, WIDTH = 64, 96


@pytest.fixture(scope="module")
def net() -> S2VNet:
    torch.manual_seed(3)
    config = S2VNetConfig(classes=("spleen", "liver"), stage_widths=(16, 24, 32, 48), stage_blocks=(1, 1, 1, 1))
    net = S2VNet(config)
    net.train()
    with torch.no_grad():  # gives the batch statistics some life
        for _ in range(3):
            run(net, slices(4), guidance(4, 3))
    net.eval()
    return net


def slices(batch: int, seed: int = 0) -> Tensor:
    return torch.randn(batch, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(seed))


def guidance(batch: int, slots: int) -> Guidance:
    positive = torch.zeros(batch, slots, HEIGHT // 4, WIDTH // 4)
    for slot in range(slots):
        positive[:, slot, 4 + slot, 6 + 3 * slot] = 1.0
    return Guidance(
        active=torch.ones(batch, slots, dtype=torch.bool),
        class_index=torch.full((batch, slots), -1),
        positive=positive,
        negative=torch.zeros_like(positive),
        has_prompt=torch.ones(batch, slots, dtype=torch.bool),
    )


@torch.no_grad()
def run(net: S2VNet, images: Tensor, guided: Guidance, carried: Carried | None = None) -> SlicePrediction:
    batch, slots = guided.active.shape
    carried = carried or net.empty_carried(batch, slots, HEIGHT // 4, WIDTH // 4, "cpu")
    return net.decode(net.encode(images), images[:, 1:2], guided, carried)


def without_prompts(guided: Guidance) -> Guidance:
    return replace(guided, positive=torch.zeros_like(guided.positive), has_prompt=torch.zeros_like(guided.has_prompt))


def test_shapes_are_those_of_the_contract(net: S2VNet) -> None:
    out = run(net, slices(2), guidance(2, 3))
    config = net.config
    assert out.logits.shape == (2, 4, HEIGHT, WIDTH)
    assert out.logits.dtype == torch.float32
    assert out.presence.shape == out.quality.shape == (2, 3)
    assert out.carried.centroids.shape == (2, 3, config.centroids_per_label, config.centroid_dim)
    assert out.carried.prior.shape == (2, 3, HEIGHT // 4, WIDTH // 4)
    assert [level.shape[-2:] for level in net.encode(slices(1))] == [(16, 24), (8, 12), (4, 6)]


def test_two_streams_in_one_batch_equal_each_alone(net: S2VNet) -> None:
    images, guided = slices(2), guidance(2, 3)
    first = run(net, images, guided)
    both = run(net, images, guided, first.carried)
    for stream in range(2):
        part = slice(stream, stream + 1)
        carried = Carried(*(getattr(first.carried, field.name)[part] for field in fields(Carried)))
        alone_guided = Guidance(*(getattr(guided, field.name)[part] for field in fields(Guidance)))
        alone = run(net, images[part], alone_guided, carried)
        torch.testing.assert_close(alone.logits, both.logits[part], rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(alone.carried.centroids, both.carried.centroids[part], rtol=1e-3, atol=1e-3)


def test_padded_slots_change_nothing_for_the_active_ones(net: S2VNet) -> None:
    images, narrow = slices(1), guidance(1, 2)
    wide = guidance(1, 5)
    active = torch.tensor([[True, True, False, False, False]])
    wide = replace(wide, active=active, negative=torch.ones_like(wide.negative) * ~active[:, :, None, None])
    expected, padded = run(net, images, narrow), run(net, images, wide)
    torch.testing.assert_close(padded.logits[:, :3], expected.logits, rtol=1e-3, atol=1e-3)
    assert torch.isneginf(padded.logits[:, 3:]).all()
    torch.testing.assert_close(padded.presence[:, :2], expected.presence, rtol=1e-3, atol=1e-3)
    assert not padded.carried.known[:, 2:].any()


def test_labels_do_not_know_their_number(net: S2VNet) -> None:
    images, guided = slices(1), guidance(1, 2)
    swapped = Guidance(*(getattr(guided, field.name).flip(1) for field in fields(Guidance)))
    straight, crossed = run(net, images, guided), run(net, images, swapped)
    torch.testing.assert_close(crossed.logits[:, [0, 2, 1]], straight.logits, rtol=1e-3, atol=1e-3)


def test_an_absent_label_keeps_its_memory(net: S2VNet) -> None:
    images, guided = slices(1), guidance(1, 2)
    before = run(net, images, guided).carried
    aggregation = net.aggregation
    new = torch.randn_like(before.centroids)
    presence = torch.tensor([[-2.0, 2.0]])
    after = aggregation(new, presence, presence, without_prompts(guided), before, before.prior)
    assert torch.equal(after.centroids[:, 0], before.centroids[:, 0])
    assert not torch.equal(after.centroids[:, 1], before.centroids[:, 1])
    assert torch.equal(after.anchor, before.anchor)
    assert after.absent_for.tolist() == [[1.0, 0.0]]
    assert after.distance.tolist() == [[1.0, 1.0]]


def test_a_label_that_nobody_prompted_is_not_remembered_while_it_is_absent(net: S2VNet) -> None:
    guided = without_prompts(guidance(1, 2))
    before = net.empty_carried(1, 2, HEIGHT // 4, WIDTH // 4, "cpu")
    presence = torch.full((1, 2), -3.0)
    after = net.aggregation(torch.randn_like(before.centroids), presence, presence, guided, before, before.prior)
    assert not after.known.any()
    assert not after.centroids.any()


def test_a_positive_prompt_makes_a_label_present_and_anchors_it(net: S2VNet) -> None:
    out = run(net, slices(1), guidance(1, 2))
    assert (out.presence > 0).all()
    assert out.carried.known.all()
    assert out.carried.distance.tolist() == [[0.0, 0.0]]
    assert torch.equal(out.carried.anchor, out.carried.centroids)


def test_without_aggregation_only_the_last_slice_is_handed_on(net: S2VNet) -> None:
    config = replace(net.config, aggregate=False)
    ablated = S2VNet(config).eval()
    guided = guidance(1, 1)
    before = replace(
        ablated.empty_carried(1, 1, HEIGHT // 4, WIDTH // 4, "cpu"), known=torch.ones(1, 1, dtype=torch.bool)
    )
    new = torch.randn_like(before.centroids)
    sure = torch.full((1, 1), 3.0)
    assert torch.equal(ablated.aggregation(new, sure, sure, guided, before, before.prior).centroids, new)


def test_labels_of_a_prediction_are_the_likeliest_ones(net: S2VNet) -> None:
    out = run(net, slices(2), guidance(2, 3))
    assert torch.equal(out.labels().long(), out.logits.argmax(1))


def test_slices_of_a_batch_come_apart_in_order(net: S2VNet) -> None:
    pyramid = net.encode(slices(6))
    parts = pyramid.slices(3)
    assert all(torch.equal(torch.cat([part[level] for part in parts]), pyramid[level]) for level in range(3))


def test_a_slice_of_the_wrong_size_is_refused(net: S2VNet) -> None:
    with pytest.raises(ValueError, match="multiples of 32"):
        net.encode(torch.zeros(1, 3, 60, 64))


def test_configuration_survives_json_and_refuses_what_it_does_not_know(net: S2VNet) -> None:
    assert S2VNetConfig.from_dict(net.config.to_dict()) == net.config
    with pytest.raises(ValueError, match="colour"):
        S2VNetConfig.from_dict({"colour": 1})


def test_gradients_are_finite_with_padded_slots_and_absent_labels() -> None:
    torch.manual_seed(0)
    net = S2VNet(S2VNetConfig(stage_widths=(8, 8, 8, 8), stage_blocks=(1, 1, 1, 1), centroid_dim=16)).train()
    guided = guidance(2, 3)
    guided = replace(guided, active=torch.tensor([[True, False, False], [True, True, False]]))
    images = slices(2)
    pyramid: Pyramid = net.encode(images)
    carried = net.empty_carried(2, 3, HEIGHT // 4, WIDTH // 4, "cpu")
    out = net.decode(pyramid, images[:, 1:2], guided, carried)
    out = net.decode(pyramid, images[:, 1:2], without_prompts(guided), out.carried)
    torch.nn.functional.cross_entropy(out.logits, torch.zeros(2, HEIGHT, WIDTH, dtype=torch.long)).backward()
    assert all(torch.isfinite(p.grad).all() for p in net.parameters() if p.grad is not None)


def test_folded_normalisation_gives_the_same_prediction(net: S2VNet) -> None:
    images, guided = slices(1), guidance(1, 2)
    expected, folded = run(net, images, guided), run(for_inference(net), images, guided)
    torch.testing.assert_close(folded.logits, expected.logits, rtol=1e-3, atol=1e-3)
