import torch

from deepstat.training.seed import mix, permutation


def test_orders_depend_on_seed_and_epoch_alone():
    before = torch.get_rng_state()
    assert torch.equal(permutation(50, 3, 2), permutation(50, 3, 2))
    assert not torch.equal(permutation(50, 3, 2), permutation(50, 3, 3))
    assert not torch.equal(permutation(50, 3, 2), permutation(50, 4, 2))
    assert torch.equal(before, torch.get_rng_state())


def test_mixed_seeds_do_not_collide():
    seeds = {mix(seed, word, counter) for seed in range(20) for word in range(4) for counter in range(50)}
    assert len(seeds) == 20 * 4 * 50
    assert all(0 <= seed < 2**63 for seed in seeds)
