"""The providers that Portside knows, the best first: what brings each, where it exists, how it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Provider:
    """One of onnxruntime's execution providers.

    ``name`` is ours, ``title`` its maker's, ``device`` what it runs on where nothing nearer is known. Any of the
    ``packages`` brings it; it exists on ``systems`` (``sys.platform``). ``options`` are onnxruntime's, as text.
    ``compiles``: it makes an engine of its own out of the graph, which must then hold the weights. ``rest`` is the
    provider that runs what this one leaves over. ``memory`` is onnxruntime's name for the device's own memory, where
    values can stay in it until they are looked at; WebGPU's can only be read back all at once.
    """

    name: str
    title: str
    onnxruntime_name: str
    device: str
    packages: tuple[str, ...]
    systems: tuple[str, ...] = ("linux", "win32", "darwin")
    options: Mapping[str, str] = field(default_factory=dict)
    compiles: bool = False
    rest: str | None = None
    memory: str | None = None


CPU = "cpu"

AUTO = "auto"
"""The best provider that is recommended here."""

TF32_SWITCH = "use_tf32"

PROVIDERS = (
    Provider(
        "tensorrt",
        "TensorRT",
        "TensorrtExecutionProvider",
        "NVIDIA GPU",
        ("onnxruntime-gpu",),
        ("linux", "win32"),
        compiles=True,
        rest="cuda",
        memory="cuda",
    ),
    Provider(
        "cuda",
        "CUDA",
        "CUDAExecutionProvider",
        "NVIDIA GPU",
        ("onnxruntime-gpu",),
        ("linux", "win32"),
        # The default search times every algorithm for every new shape, and a comparison runs each layer by itself.
        {TF32_SWITCH: "0", "cudnn_conv_algo_search": "HEURISTIC"},
        memory="cuda",
    ),
    Provider("webgpu", "WebGPU", "WebGpuExecutionProvider", "GPU", ("onnxruntime-ep-webgpu", "onnxruntime-webgpu")),
    Provider(
        "directml", "DirectML", "DmlExecutionProvider", "GPU", ("onnxruntime-directml",), ("win32",), memory="dml"
    ),
    Provider(
        "coreml",
        "Core ML",
        "CoreMLExecutionProvider",
        "Apple GPU",
        ("onnxruntime",),
        ("darwin",),
        # The other format, and Apple's neural engine, compute in half precision.
        {"ModelFormat": "MLProgram", "MLComputeUnits": "CPUAndGPU"},
        compiles=True,
    ),
    Provider(
        "openvino",
        "OpenVINO",
        "OpenVINOExecutionProvider",
        "CPU",
        ("onnxruntime-openvino",),
        ("linux", "win32"),
        # Without the precision, a processor that can computes in bfloat16. Asked for a GPU, or to choose by itself,
        # it quietly leaves everything to onnxruntime's own CPU provider.
        {"device_type": "CPU", "precision": "ACCURACY"},
        compiles=True,
    ),
    Provider(CPU, "CPU", "CPUExecutionProvider", "CPU", ("onnxruntime",)),
)
"""In the order of preference."""

PROVIDER_NAMES = (AUTO, *(provider.name for provider in PROVIDERS))


def provider_named(name: str) -> Provider:
    """The provider of that name, which must be one of the table's."""
    return next(provider for provider in PROVIDERS if provider.name == name)


def provider_title(name: str) -> str:
    """How a provider writes itself; a name that the table lacks as it is."""
    return next((provider.title for provider in PROVIDERS if provider.name == name), name)
