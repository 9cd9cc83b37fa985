"""Kinds of operation: what Caffe's, Keras's and ONNX's names of layer types have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Kind = Literal["input", "convolution", "pooling", "normalisation", "activation", "dense", "merge", "output", "other"]

KINDS: tuple[Kind, ...] = get_args(Kind)

_TYPES: Mapping[Kind, str] = {
    "input": """
        Input InputLayer Data DummyData HDF5Data ImageData MemoryData WindowData AnnotatedData Parameter Placeholder
    """,
    "convolution": """
        Convolution ConvolutionDepthwise DepthwiseConvolution Deconvolution
        Conv ConvInteger ConvTranspose DeformConv QLinearConv
        Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose DepthwiseConv1D DepthwiseConv2D
        SeparableConv1D SeparableConv2D Convolution1D Convolution2D Convolution3D AtrousConvolution1D
        AtrousConvolution2D Deconvolution2D Deconvolution3D SeparableConvolution2D LocallyConnected1D
        LocallyConnected2D DepthwiseConv2dNative Conv2DBackpropInput
    """,
    "pooling": """
        Pooling SPP
        MaxPool AveragePool LpPool MaxRoiPool RoiAlign GlobalAveragePool GlobalMaxPool GlobalLpPool MaxUnpool
        MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D
        GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GlobalAveragePooling1D GlobalAveragePooling2D
        GlobalAveragePooling3D AvgPool
    """,
    "normalisation": """
        LRN BatchNorm BN MVN Scale Bias Normalize
        BatchNormalization InstanceNormalization GroupNormalization LayerNormalization RMSNormalization
        SkipLayerNormalization LpNormalization MeanVarianceNormalization SimplifiedLayerNormalization
        Normalization UnitNormalization FusedBatchNorm FusedBatchNormV3 BiasAdd
    """,
    "activation": """
        ReLU ReLU6 PReLU ELU Sigmoid TanH AbsVal Power Exp Log BNLL Threshold Clip Swish Mish Dropout
        Relu PRelu Elu Selu Celu LeakyRelu ThresholdedRelu HardSigmoid HardSwish Tanh Softplus Softsign Gelu Mish
        Silu QuickGelu FastGelu BiasGelu Abs Erf
        Activation LeakyReLU ThresholdedReLU Relu6 SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianDropout
        GaussianNoise AlphaDropout ActivityRegularization
    """,
    "dense": """
        InnerProduct Embed RNN LSTM LSTMUnit Recurrent
        Gemm MatMul MatMulInteger QLinearMatMul FusedMatMul QGemm GRU Attention MultiHeadAttention Einsum
        Dense Embedding Bidirectional SimpleRNN TimeDistributedDense MaxoutDense Highway EinsumDense
    """,
    "merge": """
        Concat Eltwise Axpy Slice Split BatchReindex
        Add Sub Mul Div Sum Max Min Mean ConcatFromSequence SplitToSequence
        Merge Concatenate Average Maximum Minimum Multiply Subtract Dot AddN AddV2 ConcatV2 Maxout
    """,
    "output": """
        Softmax SoftmaxWithLoss SigmoidCrossEntropyLoss EuclideanLoss HingeLoss InfogainLoss ContrastiveLoss
        MultinomialLogisticLoss Accuracy ArgMax HDF5Output Silence
        LogSoftmax Hardmax ArgMin SoftmaxCrossEntropyLoss NegativeLogLikelihoodLoss TopK NonMaxSuppression
    """,
}

_KIND: Mapping[str, Kind] = {name: kind for kind, names in _TYPES.items() for name in names.split()}

_FOLLOWERS = frozenset(
    ("BatchNorm", "BN", "Scale", "Bias", "BatchNormalization", "FusedBatchNorm", "FusedBatchNormV3", "BiasAdd")
)


def kind_of(layer_type: str) -> Kind:
    """The kind of operation that a source's layer type names; scopes before the last slash don't count."""
    return _KIND.get(layer_type.rpartition("/")[2], "other")


def follows(layer_type: str) -> bool:
    """Whether such a layer only finishes what the layer before it computes, element by element or channel by channel.

    Activations, dropout and the normalisations that have one factor a channel do; local response normalisation, which
    looks at neighbouring channels, is a step of its own.
    """
    name = layer_type.rpartition("/")[2]
    return kind_of(name) == "activation" or name in _FOLLOWERS
