import math

from training.models.ssd.inception_v2 import inception_v2

# What TF-Slim's own test counts of it: kernels, and of each batch norm its offsets, means and
# variances. Its first convolution has biases there, and no batch norm.
SLIM_COUNTS = 10_173_112
FIRST_CHANNELS = 64


def test_it_has_as_many_weights_as_tf_slims() -> None:
    counts = {"kernel": 0, "beta": 0, "moving_mean": 0, "moving_variance": 0, "gamma": 0}
    for weight in inception_v2((64, 64), 1.0).weights:
        kind = weight.path.rpartition("/")[2]
        counts["kernel" if kind.endswith("kernel") else kind] += math.prod(weight.shape)
    del counts["gamma"]
    assert sum(counts.values()) - 2 * FIRST_CHANNELS == SLIM_COUNTS


def test_its_maps_have_strides_of_16_and_32() -> None:
    finer, coarser = inception_v2((96, 160), 1.0).outputs
    assert finer.shape == (None, 6, 10, 576)
    assert coarser.shape == (None, 3, 5, 1024)


def test_a_narrow_one_keeps_sixteen_channels() -> None:
    assert inception_v2((64, 64), 0.1).get_layer("Mixed_3b").output.shape[-1] == 64
