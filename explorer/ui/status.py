"""What is open and how it went, in a line; and where networks run. Without Qt."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.running.provider_table import CPU, provider_title
from explorer.ui.number_text import count_text

if TYPE_CHECKING:
    from explorer.comparison.comparison import Comparison
    from explorer.network.network import Network
    from explorer.running.activations import Activations
    from explorer.running.providers import ProviderState
    from explorer.running.timing import Timing
    from explorer.session.session import Session


def status_text(session: Session) -> str:
    """The network, its run and its comparison in one line; empty while nothing is open."""
    network = session.network
    if network is None:
        return ""
    parts = [network_title(network, session.path), f"{count_text(len(network.layers))} layers"]
    if session.applied:
        parts.append(_of(len(session.applied), "correction"))
    run = session.shown_run
    if run is not None:
        parts.append(run_text(run))
    if session.timed is not None:
        parts.append(timing_text(session.timed.timing))
    if session.comparison is not None:
        parts.append(comparison_text(session.comparison))
    return "  ·  ".join(parts)


def window_title(session: Session) -> str:
    """The network, whether it is corrected and in no file, and the program's name."""
    network = session.network
    if network is None:
        return "Portside"
    state = " (corrected, not saved)" if session.is_unsaved else ""
    return f"{network_title(network, session.path)}{state} – Portside"


def status_tip(network: Network | None, path: Path | None) -> str:
    """The file that was opened, those that it was once read from, and what its importer has to say."""
    if network is None:
        return ""
    lines = ([str(path)] if path is not None else []) + [*network.source.files, *network.source.notes]
    return "\n".join(dict.fromkeys(lines))


def network_title(network: Network, path: Path | None) -> str:
    """What the network is called: its own name, else its file's with the folder that tells it from others."""
    if network.name or path is None:
        return network.name or "network"
    return f"{path.parent.name}/{path.name}" if path.parent.name else path.name


def run_text(run: Activations) -> str:
    """How long a run took, and where."""
    time = run.milliseconds
    said = f"{time:.0f} ms" if time < 10_000 else f"{time / 1000:.1f} s"
    return f"ran in {said} on {provider_title(run.provider)}"


def timing_text(timing: Timing) -> str:
    """What a run for the outputs alone takes, and what of it is no layer's."""
    rest = f"{timing.conversions:.2f} conversions, {timing.overhead:.2f} overhead"
    return f"{timing.milliseconds:.2f} ms for the outputs alone ({rest})"


def comparison_text(comparison: Comparison) -> str:
    """What a comparison came to."""
    name = Path(comparison.reference).name
    counts = Counter(row.verdict for row in comparison.layers)
    # Layers that are recorded in one array are one finding.
    wrong = len({row.value or row.layer for row in comparison.layers if row.verdict in ("culprit", "shape")})
    compared = len(comparison.layers) - counts["not compared"]
    if compared == 0:
        return f"no layer could be compared with {name}"
    if comparison.agrees:
        if compared == len(comparison.layers):
            return f"all {count_text(compared)} layers agree with {name}"
        return f"{count_text(compared)} layers compared with {name}, all agree"
    if wrong:
        return f"{_of(wrong, 'culprit')} against {name}, the first is {comparison.first_divergence}"
    return f"{_of(compared, 'layer')} compared with {name}"


def badge_text(session: Session) -> str:
    """Where the network runs, or would; empty while that is not known."""
    runner = session.runner
    if runner is not None:
        state = runner.provider
        return f"{provider_title(state.name)} · {_of(runner.threads, 'thread') if state.name == CPU else state.device}"
    best = next((state for state in session.providers if state.recommended), None)
    if best is None or best.name == CPU:
        return "" if best is None else provider_title(CPU)
    return f"{provider_title(best.name)} · {best.device}"


def badge_tip(providers: tuple[ProviderState, ...]) -> str:
    """Every provider, and why it can't be had here, or isn't taken."""
    lines = []
    for state in providers:
        said = state.device if state.available else f"no, {state.reason}"
        if state.available and state.caution is not None:
            said += f"; not taken, {state.caution}"
        lines.append(f"{provider_title(state.name)}: {said}")
    return "\n".join(lines)


def _of(count: int, thing: str) -> str:
    return f"{count_text(count)} {thing}{'' if count == 1 else 's'}"
