"""The report in a real browser that has no network."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from explorer.diagnosis.finding import Diagnosis
from explorer.diagnosis.report import Circumstances, write_report
from explorer.running.runner import Runner
from tests.diagnosis.seen_page import HOSTILE, SeenPage

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chromium-headless-shell")


@pytest.fixture(scope="module")
def browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"needs a browser on the PATH, one of {', '.join(BROWSERS)}")
    return found


def visit(browser: str, profile: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Open a page in a browser without a window, for which every host is one that does not exist."""
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--no-first-run"]
    command += ["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr"]
    command += [f"--user-data-dir={profile}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def test_a_browser_without_a_network_shows_the_findings(
    browser: str, real: tuple[Runner, Diagnosis], tmp_path: Path
) -> None:
    runner, told = real
    renamed = replace(told.findings[0], layer=HOSTILE)
    told = replace(told, findings=(*told.findings, renamed), unexplained={HOSTILE: HOSTILE})
    path = tmp_path / "page.html"
    known = Circumstances(runner.network, "cpu")
    write_report(told, path, model=HOSTILE, reference="reference.npz", circumstances=known)
    log = tmp_path / "net.json"
    dumped = visit(browser, tmp_path / "profile", f"--log-net-log={log}", "--dump-dom", path.as_uri())
    page = SeenPage(dumped.stdout)
    assert "1. ▲ Other bias in conv1" in page.text
    assert f"2. ▲ Other bias in {HOSTILE}" in page.text
    assert "CONSOLE" not in dumped.stderr
    assert "example.com" not in log.read_text("utf-8")
    shot = tmp_path / "page.png"
    visit(browser, tmp_path / "profile", "--window-size=1000,1400", f"--screenshot={shot}", path.as_uri())
    with Image.open(shot) as image:
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 200
