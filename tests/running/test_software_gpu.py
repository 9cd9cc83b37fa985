"""WebGPU for real, on a Vulkan driver that runs on the processor: the plugin, and the wheel that replaces onnxruntime.

`make test` sets both up in `.software-gpu`; PORTSIDE_SOFTWARE_GPU names another folder. Each command runs in a process
of its own, as onnxruntime is another one there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from explorer.network.saving import save_network
from tests.small_network import small_network

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("PORTSIDE_SOFTWARE_GPU", ROOT / ".software-gpu"))


@pytest.fixture(params=["plugin", "wheel"])
def environment(request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment in which onnxruntime has WebGPU, by the plugin or built in."""
    packages, driver = FOLDER / request.param, FOLDER / "vulkan"
    for part in (packages, driver / "libvulkan.so.1"):
        if not part.exists():
            pytest.skip(f"WebGPU by the {request.param} can't be run: {part} is absent (make software-gpu says why)")
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(packages), str(ROOT)]),
        "LD_LIBRARY_PATH": str(driver),
        "VK_ICD_FILENAMES": str(driver / "vk_swiftshader_icd.json"),
        "ORT_WEBGPU_EP_ALLOW_SOFTWARE_ADAPTER": "1",
    }


def portside(environment: dict[str, str], *arguments: str | Path) -> tuple[int, dict[str, Any], str]:
    """The exit status, the JSON document, and what was said on standard error."""
    command = [sys.executable, "-m", "explorer", *map(str, arguments), "--json", "-"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


def test_webgpu_is_there_and_software_is_not_taken_unasked(environment: dict[str, str]) -> None:
    status, found, _ = portside(environment, "providers")
    assert status == 0
    webgpu = next(row for row in found["providers"] if row["name"] == "webgpu")
    assert webgpu["available"] is True
    assert webgpu["device"].endswith("in software")
    assert webgpu["caution"]
    assert found["chosen"] == "cpu"


def test_a_network_on_webgpu_agrees_with_the_cpu_at_every_layer(environment: dict[str, str], tmp_path: Path) -> None:
    network = tmp_path / "small.onnx"
    save_network(small_network(), network)
    command: list[str | Path] = ["compare", network, network, "--provider", "webgpu", "--against", "cpu"]
    status, found, said = portside(environment, *command)
    assert status == 0, said
    assert found["agrees"] is True
    compared = [row for row in found["layers"] if row["verdict"] != "not compared"]
    assert len(compared) == len(small_network().layers)
    assert 0 < max(row["cumulative"]["relative_l2"] for row in compared) < 1e-5


@pytest.mark.slow
def test_googlenet_on_webgpu_agrees_with_the_cpu(environment: dict[str, str], shared: Path) -> None:
    model = shared / "references" / "googlenet-random" / "deploy.prototxt"
    status, found, said = portside(environment, "compare", model, model, "--provider", "webgpu", "--against", "cpu")
    assert status == 0, said
    assert {row["verdict"] for row in found["layers"]} == {"match"}
    assert max(row["cumulative"]["relative_l2"] for row in found["layers"]) < 1e-5


def test_without_a_vulkan_loader_the_cpu_is_taken_and_the_reason_is_told(
    environment: dict[str, str], tmp_path: Path
) -> None:
    bare = {key: value for key, value in environment.items() if key != "LD_LIBRARY_PATH"}
    status, found, said = portside(bare, "providers")
    webgpu = next(row for row in found["providers"] if row["name"] == "webgpu")
    if webgpu["available"] or "loader" not in webgpu["reason"]:
        pytest.skip("this machine has a Vulkan loader of its own")
    assert status == 0
    assert webgpu["reason"] == "no Vulkan loader (libvulkan.so.1)"
    assert "networks run on the CPU, as WebGPU is not used: no Vulkan loader" in said
