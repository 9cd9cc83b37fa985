"""Where networks can run: what is taken, and the plain reason why the rest is not."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.running import provider_devices, provider_libraries, provider_packages, provider_sessions, providers
from explorer.running.activations import Array
from explorer.running.provider_table import PROVIDER_NAMES
from explorer.running.provider_trial import plain_reason
from explorer.running.providers import ProviderState, choose_provider, provider_warnings
from tests.running.made_up_gpu import MadeUpGpu, forget, made_up


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test learns from another, nor from which packages this machine happens to have."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(providers, "overlapping", lambda: ())
    monkeypatch.setattr(providers, "overlap_sentence", lambda: None)
    forget()
    yield
    forget()


def states() -> dict[str, ProviderState]:
    return {state.name: state for state in providers.providers()}


def have(monkeypatch: pytest.MonkeyPatch, **versions: str) -> None:
    installed = {name.replace("_", "-"): version for name, version in versions.items()}
    monkeypatch.setattr(providers, "installed", installed.get)
    monkeypatch.setattr(provider_sessions, "installed", installed.get)


def test_plain_onnxruntime_has_the_cpu_and_names_the_package_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, onnxruntime="1.31")
    reasons = {name: state.reason for name, state in states().items()}
    assert reasons == {
        "tensorrt": "onnxruntime-gpu is not installed",
        "cuda": "onnxruntime-gpu is not installed",
        "webgpu": "onnxruntime-ep-webgpu is not installed",
        "directml": "only on Windows",
        "coreml": "only on macOS",
        "openvino": "onnxruntime-openvino is not installed",
        "cpu": None,
    }
    assert ("auto", *reasons) == PROVIDER_NAMES
    assert choose_provider().name == "cpu"
    assert provider_warnings() == ()


@pytest.mark.parametrize(
    ("system", "name", "reason"),
    [
        ("darwin", "cuda", "only on Linux and Windows"),
        ("darwin", "coreml", "the installed onnxruntime 1.31 was built without it"),
        ("win32", "directml", "onnxruntime-directml is not installed"),
    ],
)
def test_each_system_has_its_own_reasons(monkeypatch: pytest.MonkeyPatch, system: str, name: str, reason: str) -> None:
    have(monkeypatch, onnxruntime="1.31")
    monkeypatch.setattr(sys, "platform", system)
    assert states()[name].reason == reason


def test_a_provider_that_works_is_taken_and_named_with_its_device(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(providers, "nvidia_name", lambda: "NVIDIA L4")
    with made_up(monkeypatch, MadeUpGpu()) as gpu:
        assert choose_provider() == ProviderState("cuda", "NVIDIA L4")
        assert choose_provider("cuda").available
        assert provider_warnings() == ()
        # Without TF32, and without timing every algorithm.
        assert gpu.asked[0] == {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}


def test_a_session_that_quietly_took_the_cpu_is_no_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "missing_libraries", lambda name: "CUDA 13 runtime not found (libcudart.so.13)")
    with made_up(monkeypatch, MadeUpGpu(missing=True)):
        assert states()["cuda"].reason == "CUDA 13 runtime not found (libcudart.so.13)"
        assert choose_provider().name == "cpu"
        with pytest.raises(PortsideError, match="'cuda' can't be had here: CUDA 13 runtime not found"):
            choose_provider("cuda")
        assert provider_warnings() == (
            "networks run on the CPU, as CUDA is not used: CUDA 13 runtime not found (libcudart.so.13)",
        )


def test_onnxruntimes_own_words_are_the_reason_where_no_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "missing_libraries", lambda name: None)
    with made_up(monkeypatch, MadeUpGpu(refuses="CUDA failure 100: no CUDA-capable device is detected", always=True)):
        assert states()["cuda"].reason == "CUDA failure 100: no CUDA-capable device is detected"


def test_a_provider_that_computes_wrong_numbers_is_taken_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(array: Array, options: object) -> Array:
        return np.zeros_like(array)

    with made_up(monkeypatch, MadeUpGpu(spoils=spoil)):
        state = choose_provider("cuda")
        assert state.caution == "it gets a 3×3 convolution from 3 to 4 channels wrong (relative error 1.0e+00)"
        assert choose_provider().name == "cpu"
        assert provider_warnings()[0].startswith("networks run on the CPU, as CUDA is not used: it gets a 3×3")


def test_webgpu_without_a_gpu_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "missing_libraries", lambda name: None)
    refusal = "x.cc:65 Initialize() status == Success was false. Failed to get a WebGPU adapter: No supported adapters"
    with made_up(monkeypatch, MadeUpGpu("WebGpuExecutionProvider", refuses=refusal, always=True)):
        assert states()["webgpu"].reason == "no GPU with a Vulkan driver was found"


def test_webgpu_without_a_vulkan_loader_is_not_even_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "missing_libraries", lambda name: "no Vulkan loader (libvulkan.so.1)")
    with made_up(monkeypatch, MadeUpGpu("WebGpuExecutionProvider")) as gpu:
        assert states()["webgpu"].reason == "no Vulkan loader (libvulkan.so.1)"
        assert gpu.asked == []


def test_a_driver_in_software_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "missing_libraries", lambda name: None)
    with made_up(monkeypatch, MadeUpGpu("WebGpuExecutionProvider")):
        state = choose_provider("webgpu")
        assert state.device.endswith("in software")
        assert state.caution == "onnxruntime finds no GPU, so it would run in software"
        assert choose_provider().name == "cpu"


def test_a_package_that_another_overwrote_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, onnxruntime="1.31", onnxruntime_gpu="1.31")
    monkeypatch.setattr(providers, "overlapping", lambda: ("onnxruntime", "onnxruntime-gpu"))
    assert states()["cuda"].reason == "onnxruntime-gpu is overwritten by onnxruntime, which is installed beside it"


class Distribution:
    def __init__(self, folder: str) -> None:
        self.folder = folder

    def locate_file(self, name: str) -> str:
        return f"{self.folder}/{name}"


def test_two_runtimes_in_one_environment_are_told_with_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    places = {"onnxruntime": "/venv", "onnxruntime-gpu": "/venv"}

    def distribution(name: str) -> Distribution:
        if name not in places:
            raise metadata.PackageNotFoundError(name)
        return Distribution(places[name])

    monkeypatch.setattr(metadata, "distribution", distribution)
    assert provider_packages.overlap_sentence() == (
        "onnxruntime and onnxruntime-gpu are installed together, and each overwrites files of the other: keep one of "
        "them (pip uninstall onnxruntime onnxruntime-gpu, then pip install onnxruntime-gpu)"
    )
    # One of them further along the path is hidden, and nothing is overwritten.
    places["onnxruntime-gpu"] = "/elsewhere"
    assert provider_packages.overlap_sentence() is None


def test_missing_libraries_are_named_the_most_fundamental_first(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"libcudart.so.13", "libcurand.so.10", "libcudnn.so.9"}
    monkeypatch.setattr(provider_libraries, "_cuda_version", lambda: "13.0")
    monkeypatch.setattr(provider_libraries, "is_loadable", lambda library: library in there)
    assert provider_libraries.missing_libraries("cuda") == (
        "no NVIDIA driver (libcuda.so.1), CUDA 13 runtime not found (libcublasLt.so.13 and 1 more)"
    )
    there |= {"libcuda.so.1", "libcublasLt.so.13", "libcublas.so.13"}
    assert provider_libraries.missing_libraries("cuda") is None
    assert provider_libraries.missing_libraries("tensorrt") == "TensorRT 10 not found (libnvinfer.so.10 and 1 more)"
    assert provider_libraries.missing_libraries("webgpu") == "no Vulkan loader (libvulkan.so.1)"
    assert provider_libraries.missing_libraries("cpu") is None


def test_windows_has_other_names_for_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(provider_libraries, "_cuda_version", lambda: "12.8")
    monkeypatch.setattr(provider_libraries, "is_loadable", lambda library: library == "nvcuda.dll")
    assert provider_libraries.missing_libraries("cuda") == (
        "CUDA 12 runtime not found (cudart64_12.dll and 2 more), cuDNN 9 not found (cudnn64_9.dll)"
    )


def test_a_library_is_loadable_where_the_linker_finds_it() -> None:
    assert not provider_libraries.is_loadable("libportside-has-no-such.so.1")


def test_nvidias_driver_tells_the_gpus_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "0000:01:00.0"
    folder.mkdir()
    (folder / "information").write_text("Model: \t\t NVIDIA GeForce RTX 3060\nIRQ:   \t\t 42\n")
    monkeypatch.setattr(provider_devices, "NVIDIA_FOLDER", folder.parent)
    assert provider_devices.nvidia_name() == "NVIDIA GeForce RTX 3060"
    monkeypatch.setattr(provider_devices, "NVIDIA_FOLDER", folder.parent / "none")
    assert provider_devices.nvidia_name() is None


def hardware(kind: str, vendor: int = 0, device: int = 0, **metadata: str) -> SimpleNamespace:
    found = SimpleNamespace(
        type=f"OrtHardwareDeviceType.{kind}", vendor="", vendor_id=vendor, device_id=device, metadata=metadata
    )
    return SimpleNamespace(device=found)


def test_a_gpu_of_its_own_is_taken_before_one_in_the_processor() -> None:
    inside, own = hardware("GPU", 0x8086, Discrete="0"), hardware("GPU", 0x1002, Discrete="1")
    software = hardware("CPU")
    assert provider_devices.best_device([software, own, inside]) is own
    assert provider_devices.best_device([software, inside]) is inside
    assert provider_devices.best_device([]) is None
    assert provider_devices.is_software(software)
    assert not provider_devices.is_software(own)


def test_a_gpu_is_named_by_windows_by_the_table_of_pci_devices_or_by_its_maker(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    table = tmp_path / "pci.ids"
    table.write_text("# pci\n1002  AMD/ATI\n\t73ff  Navi 23 [Radeon RX 6600]\n\t\t1043 04a0  Dual\n8086  Intel\n")
    monkeypatch.setattr(provider_devices, "PCI_NAMES", (table,))
    monkeypatch.setattr(provider_devices, "NVIDIA_FOLDER", table.parent / "none")
    name = provider_devices.device_name
    assert name(hardware("GPU", 0x10DE, Description="NVIDIA RTX A2000")) == "NVIDIA RTX A2000"
    assert name(hardware("GPU", 0x1002, 0x73FF)) == "AMD Navi 23 [Radeon RX 6600]"
    assert name(hardware("GPU", 0x8086, 0x73FF)) == "Intel GPU"
    assert name(hardware("GPU", 0x10DE, 1)) == "NVIDIA GPU"
    assert name(hardware("CPU")) is None


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        (
            (
                "/src/webgpu_context.cc:65 Initialize(const Config&)::<lambda()> status == Success was false. "
                "Failed to get a WebGPU adapter: No supported adapters\n\n"
            ),
            "Failed to get a WebGPU adapter: No supported adapters",
        ),
        (
            (
                "/src/onnxruntime_pybind_state.cc:729 void onnxruntime::python::Register(PySessionOptions&, const "
                "onnxruntime::ProviderOptions&) Please install TensorRT libraries.\n"
            ),
            "Please install TensorRT libraries.",
        ),
        (
            "[ONNXRuntimeError] : 2 : INVALID_ARGUMENT : Got invalid dimensions for input: x",
            "Got invalid dimensions for input: x",
        ),
        (
            (
                "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Non-zero status code returned while running Conv node. "
                "Name:'conv1' Status Message: out of memory"
            ),
            "out of memory",
        ),
        ("", "ValueError"),
    ],
)
def test_onnxruntimes_codes_and_signatures_are_left_out(said: str, plain: str) -> None:
    assert plain_reason(ValueError(said)) == plain


def test_only_tensorrt_needs_nvidias_own_switch_against_tf32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(provider_sessions.TF32_OVERRIDE, raising=False)
    monkeypatch.setattr(provider_sessions, "preload_cuda", lambda: None)
    environment = os.environ
    with made_up(monkeypatch, MadeUpGpu("CUDAExecutionProvider")):
        choose_provider("cuda")
    assert provider_sessions.TF32_OVERRIDE not in environment
    with made_up(monkeypatch, MadeUpGpu("TensorrtExecutionProvider")):
        assert choose_provider().name == "tensorrt"
    assert environment.get(provider_sessions.TF32_OVERRIDE) == "0"
    monkeypatch.delenv(provider_sessions.TF32_OVERRIDE)
