"""Small networks that hold what the known architectures don't: a home for every cause."""

from __future__ import annotations

from numpy.random import Generator

from benchmarks.faulting.drawn import DrawnNetwork
from explorer.network.network import Network


def caffe_catalogue(random: Generator, size: int = 64) -> Network:
    """Caffe's layers in Caffe's manner, activations in place, with two heads."""
    net = DrawnNetwork("CaffeCatalogue", random, in_place=True)
    x = net.input("data", size)
    x = net.relu(net.conv(x, "conv1", 24, 5, pad=2), "relu1", "conv1")
    x = net.lrn(x, "norm1", 5, 1e-4, 0.75, 1.0)
    x = net.pool(x, "pool1", "MaxPool", 3, 2, 0)
    x = net.relu(net.conv(x, "conv2", 32, 3, pad=1, group=4), "relu2", "conv2")
    x = net.lrn_within(x, "norm2", 3, 5e-3, 0.75)
    x = net.pool(x, "pool2", "AveragePool", 3, 2, 1)
    x = net.conv(x, "conv3", 32, 3, pad=2, dilation=2, bias=False)
    x = net.scale(net.batch_norm(x, "conv3/bn", "conv3", affine=False), "conv3/scale", "conv3")
    x = net.relu(x, "relu3", "conv3")
    a = net.conv(x, "conv4a", 32, 3, pad=1)
    b = net.conv(x, "conv4b", 32, 1)
    summed = net.relu(net.weighted_sum([a, b], "sum4", [1.0, -0.5]), "relu4", "sum4")
    c = net.prelu(net.conv(x, "conv5", 32, 3, pad=1), "prelu5", "conv5")
    pooled = net.pool(x, "pool5", "MaxPool", 3, 1, 1)
    x = net.concat([summed, c, pooled], "join")
    x = net.deconv(x, "up6", 16, 4, stride=2, pad=1)
    x = net.crop(x, "crop6", 1, 32)
    x = net.relu(net.conv(x, "conv6", 12, 3, pad=1, stride=2), "relu6", "conv6")
    x = net.pool(x, "pool6", "AveragePool", 3, 2, 0)
    x = net.relu(net.dense(x, "fc6", 64), "relu_fc6", "fc6")
    x = net.dropout(x, "drop6", "fc6")
    x = net.relu(net.dense(x, "fc7", 64), "relu7", "fc7")
    side = net.dense(x, "side/classifier", 10)
    net.softmax(side, "side/prob")
    net.softmax(net.dense(x, "fc8", 10), "prob")
    return net.finished("caffe")


def keras_catalogue(random: Generator, size: int = 64) -> Network:
    """Keras's layers: TensorFlow's padding, normalisation on both sides of activations, maps as an output."""
    net = DrawnNetwork("KerasCatalogue", random, in_place=False)
    x = net.input("input_1", size)
    x = net.batch_norm(
        net.relu(net.conv(x, "conv2d", 16, 3, same=True, stride=2), "re_lu", ""), "batch_normalization", ""
    )
    x = net.leaky(net.conv(x, "conv2d_1", 24, 3, same=True), "leaky_re_lu", 0.2)
    x = net.depthwise(x, "depthwise_conv2d", 3, times=2, stride=2)
    x = net.relu6(net.batch_norm(x, "batch_normalization_1", ""), "re_lu_1")
    skip = x
    x = net.elu(net.conv(x, "conv2d_2", 32, 1), "elu")
    x = net.average_same(x, "average_pooling2d", 3, 1)
    x = net.activation(net.conv(x, "conv2d_3", 48, (1, 7), same=True), "activation", "Tanh")
    x = net.add([x, skip], "add")
    low = net.pool_floor(x, "max_pooling2d", 2, 2)
    low = net.relu(net.conv(low, "conv2d_4", 24, 3, same=True), "re_lu_2", "")
    up = net.resize(low, "up_sampling2d", 2, "nearest", "asymmetric")
    wide = net.resize(low, "up_sampling2d_1", 2, "linear", "half_pixel")
    both = net.concat([up, wide], "concatenate")
    both = net.activation(net.conv(both, "conv2d_5", 48, 3, same=True), "activation_1", "Sigmoid")
    x = net.concat([x, both], "concatenate_1")
    x = net.relu(net.deconv(x, "conv2d_transpose", 16, 3, stride=2, same=True), "re_lu_3", "")
    left, right = net.conv(x, "left", 6, 1), net.conv(x, "right", 6, 1)
    maps = net.softmax(net.concat([left, right], "maps"), "segments")
    x = net.flatten_hwc(net.pool_floor(maps, "max_pooling2d_1", 4, 4), "flatten")
    x = net.relu(net.dense(x, "dense", 48), "re_lu_4", "")
    x = net.dropout(x, "dropout", "")
    x = net.relu(net.dense(x, "dense_1", 48), "re_lu_5", "")
    net.softmax(net.dense(x, "dense_2", 20), "predictions")
    return net.finished("torchvision")


def chain_catalogue(random: Generator, size: int = 61) -> Network:
    """One layer after the other up to a global pooling: the rest runs on whatever size a wrong window leaves."""
    net = DrawnNetwork("Chain", random, in_place=False)
    x = net.input("input", size)
    x = net.relu(net.conv(x, "features.0", 24, 3, stride=2), "features.1", "")
    x = net.relu(net.conv(x, "features.2", 24, (3, 5), same=True), "features.3", "")
    x = net.pool_floor(x, "features.4", 3, 2)
    x = net.leaky(net.conv(x, "features.5", 32, 3, pad=1, group=2), "features.6", 0.1)
    x = net.relu(net.conv(x, "features.7", 32, 3, pad=2, dilation=2), "features.8", "")
    x = net.depthwise(x, "features.9", 3, times=1, stride=1)
    x = net.relu(net.batch_norm(x, "features.10", ""), "features.11", "")
    x = net.conv(x, "features.12", 32, 1)
    x = net.batch_norm(net.relu(x, "features.13", ""), "features.14", "")
    x = net.depthwise(x, "features.15", 3, times=3, stride=1)
    x = net.elu(net.conv(x, "features.16", 64, 1, group=8), "features.17")
    x = net.pool(x, "features.18", "AveragePool", 3, 2, 1)
    x = net.prelu(net.conv(x, "features.19", 64, 3, pad=1), "features.20", "")
    x = net.global_average(x, "avgpool")
    x = net.relu(net.dense(x, "classifier.0", 64), "classifier.1", "")
    x = net.dropout(x, "classifier.2", "")
    net.softmax(net.dense(x, "classifier.3", 20), "softmax")
    return net.finished("torchvision")
