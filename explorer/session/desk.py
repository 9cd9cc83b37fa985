"""What the person at the desk can ask for: requests become tasks, and their answers go into the session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from PySide6.QtCore import QObject, Signal

from explorer.session import tasks
from explorer.session.answers import Compared, Notice, Opened, PictureRun, Steps, Waiting
from explorer.session.bookmarks import Bookmarks
from explorer.session.camera_roll import CameraRoll
from explorer.session.catalogue_runs import CatalogueRuns
from explorer.session.folder_runs import FolderRuns
from explorer.session.golden_runs import GoldenRuns, recorded_preprocessing
from explorer.session.input_pairs import InputPairs
from explorer.session.jobs import IsCancelled, Jobs, Progress
from explorer.session.looking_ahead import LookingAhead
from explorer.session.map_runs import MapRuns
from explorer.session.measuring import Measuring
from explorer.session.opening import OpenFiles, open_files
from explorer.session.picture_tasks import ClassifyFolder, FindMaps, classify_folder, find_maps, read_picture_file
from explorer.session.pictures import kept_pictures
from explorer.session.places import next_culprit, telling_layer
from explorer.session.preparing import Preparing, own_preprocessing
from explorer.session.repairs import Repairs
from explorer.session.restoring import Restoring
from explorer.session.session import Fed, Session, Values

if TYPE_CHECKING:
    from explorer.comparison.comparison import Comparison
    from explorer.network.network import Network
    from explorer.network.preprocessing import Preprocessing
    from explorer.running.images import Picture
    from explorer.running.providers import Fallback, ProviderState
    from explorer.running.reference import Reference


class Desk(QObject):
    """Writes the session, and nobody else does.

    A network and a picture are run, a network and a reference are compared, as soon as both are there and
    in whatever order they came; where layers are wrong, ``repairs`` finds out why. Every method returns at once.
    """

    said = Signal(object)
    """A :class:`Notice`."""
    opening = Signal(list)
    """Files, before anything is done with them."""

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        parent: QObject | None = None,
        *,
        open_files: OpenFiles = open_files,
        run_picture: tasks.RunPicture = tasks.run_picture,
        compare: tasks.CompareWith = tasks.compare_with,
        diagnose: tasks.DiagnosePort = tasks.diagnose_port,
        correct: tasks.CorrectPort = tasks.correct_port,
        classify: ClassifyFolder = classify_folder,
        find_maps: FindMaps = find_maps,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._open_files = open_files
        self._run_picture = run_picture
        self._compare = compare
        self._has_chosen = False
        self.repairs = Repairs(
            session, jobs, self.said.emit, self, corrected=self.run, diagnose=diagnose, correct=correct
        )
        self.folder = FolderRuns(session, jobs, self.said.emit, self, classify=classify)
        self.maps = MapRuns(session, jobs, self, find=find_maps)
        self.golden = GoldenRuns(session, jobs, self.said.emit, self)
        self.measuring = Measuring(session, jobs, self.said.emit, self)
        self.catalogue = CatalogueRuns(session, jobs, self.said.emit, self.open, self.choose_preset, self)
        self.preparing = Preparing(session, jobs, self.said.emit, self, take=self.choose_preprocessing)
        self.roll = CameraRoll(session, jobs, self, choose=self.choose_picture)
        InputPairs(session, jobs, self)
        self.restoring = Restoring(
            session, jobs, self.said.emit, self.repairs, self, open_files=open_files, take=self._take_opened
        )
        self.restoring.opening.connect(self.opening)
        self.bookmarks = Bookmarks(session, self)
        LookingAhead(session, jobs, self)
        self._told_fallback: Fallback | None = None
        jobs.failed.connect(self._say_problem)
        jobs.idle.connect(self._tell_fallback)

    def open(self, paths: Sequence[Path]) -> None:
        """Open files of any kind; what can't be opened is told and leaves everything as it was."""
        if not paths:
            return
        self.opening.emit(list(paths))
        current, waiting = self._session.path, self._session.waiting
        names = ", ".join(path.name for path in paths[:3]) + (" …" if len(paths) > 3 else "")

        def task(progress: Progress, cancelled: IsCancelled) -> Opened:
            return self._open_files(paths, current, waiting, progress, cancelled)

        self._jobs.start("open", f"opening {names}", task, self._take_opened, lane="files", replaces=False)

    def open_made(self, text: str, make: Callable[[], Sequence[Path]]) -> None:
        """Open files that ``make`` has to write first, which is told as ``text``."""

        def task(progress: Progress, cancelled: IsCancelled) -> Opened:
            progress(0, 0, text)
            return self._open_files(make(), None, None, progress, cancelled)

        self._jobs.start("open", text, task, self._take_opened, lane="files", replaces=False)

    def open_picture(self, text: str, decode: Callable[[], Picture]) -> None:
        """Open a picture that is in no file; ``decode`` gives it in a worker's thread, which is told as ``text``."""

        def task(progress: Progress, cancelled: IsCancelled) -> Opened:
            progress(0, 0, text)
            return Opened(pictures=(decode(),))

        self._jobs.start("open", text, task, self._take_opened, lane="files", replaces=False)

    def close(self) -> None:
        """Close what is open."""
        self._jobs.drop("open", "picture", "run", "compare", "diagnose", "correct", "folder", "maps", "time")
        self._session.clear()

    def run(self) -> None:
        """Run the network on the picture."""
        runner, picture = self._session.runner, self._session.picture
        preprocessing = self._session.preprocessing
        if runner is None or picture is None:
            return
        self._jobs.start(
            "run",
            f"running {Path(picture.path).name}",
            lambda progress, cancelled: self._run_picture(runner, picture, preprocessing, progress, cancelled),
            self._take_run,
        )

    def compare(self) -> None:
        """Compare the network with the reference."""
        if self._session.reference is not None:
            self._compare_with(self._session.reference)

    def _compare_with(self, reference: Reference) -> None:
        runner = self._session.runner
        if runner is None:
            return
        self._jobs.start(
            "compare",
            f"comparing with {Path(reference.path).name}",
            lambda progress, cancelled: self._compare(runner, reference, progress, cancelled),
            lambda compared: self._take_comparison(compared, reference),
        )

    def choose_preprocessing(self, preprocessing: Preprocessing, steps: Steps = ()) -> None:
        """Take another way from the picture to the input, with its channels where the network has them.

        ``steps`` are what it makes of the picture, where that is known.
        """
        network = self._session.network
        own = own_preprocessing(network)
        chosen = preprocessing if own is None else replace(preprocessing, layout=own.layout)
        if chosen == self._session.preprocessing:
            return
        self._put_and_run(preprocessing=chosen, steps=steps)

    def choose_preset(self, name: str) -> None:
        """Take the preset of that name."""
        from explorer.network.preprocessing import find_preprocessing

        self.choose_preprocessing(find_preprocessing(name))

    def choose_picture(self, path: str) -> None:
        """Go to a picture: one that was opened before, else a file."""
        self._jobs.drop("picture")
        picture = next((picture for picture in self._session.pictures if picture.path == path), None)
        if picture is None:
            self._jobs.start(
                "picture",
                f"opening {Path(path).name}",
                lambda progress, cancelled: read_picture_file(path, progress, cancelled),
                self._take_picture,
                lane="picture",
            )
        elif picture is not self._session.picture:
            self._put_and_run(picture=picture, fed_with="picture")

    def _take_picture(self, picture: Picture) -> None:
        pictures = kept_pictures((picture, *self._session.pictures))
        self._put_and_run(picture=picture, pictures=pictures, fed_with="picture")

    def _put_and_run(self, **values: Unpack[Values]) -> None:
        compared = self._session.comparison
        self._jobs.drop("run")
        self._session.put(**values)
        self.run()
        self._compare_again(compared)

    def _compare_again(self, before: Comparison | None) -> None:
        """Compare where another picture has outdated what was found about the input, or soon would."""
        if self.repairs.is_looking_at_input or (before is not None and self._session.comparison is None):
            self._jobs.drop("diagnose")
            self.compare()

    def choose_layer(self, layer: str | None) -> None:
        """Look at another layer."""
        network = self._session.network
        if network is not None and (layer is None or layer in network.layer):
            self._has_chosen = layer is not None
            self._session.put(layer=layer)

    def choose_next_culprit(self) -> None:
        """Go to the next layer that is itself wrong."""
        self.choose_layer(next_culprit(self._session.comparison, self._session.layer) or self._session.layer)

    def choose_previous_culprit(self) -> None:
        """Go back to the layer before that is itself wrong."""
        found = next_culprit(self._session.comparison, self._session.layer, back=True)
        self.choose_layer(found or self._session.layer)

    def choose_bookmark(self, *, back: bool = False) -> None:
        """Go to the next layer that is marked, or to the one before."""
        self.choose_layer(self.bookmarks.next_to(self._session.layer, back=back) or self._session.layer)

    def show_fed_with(self, fed_with: Fed) -> None:
        """Show the run on the picture, or the one on the reference's own input."""
        self._session.put(fed_with=fed_with)

    def choose_head(self, output: str) -> None:
        """Show the classes of that output, among several that classify."""
        self._session.put(head=output)

    def save_network(self, path: Path) -> None:
        """Write the network as an ONNX file."""
        network = self._session.network
        if network is None:
            return
        self._jobs.start(
            "save",
            f"saving {path.name}",
            lambda progress, cancelled: tasks.save_network_as(network, path, progress, cancelled),
            lambda saved: self._take_saved(saved, network),
            lane="files",
        )

    def _take_saved(self, saved: Path, network: Network) -> None:
        if network is self._session.network:
            self._session.put(is_unsaved=False)
        self.said.emit(Notice(f"Saved as {saved}.", "news"))

    def look_for_providers(self) -> None:
        """Find out where networks can run here, and say what keeps a provider that is installed from being taken."""

        def task(progress: Progress, cancelled: IsCancelled) -> tuple[tuple[ProviderState, ...], tuple[str, ...]]:
            from explorer.running.providers import provider_warnings, providers

            return providers(), provider_warnings()

        self._jobs.start("providers", "looking for providers", task, self._take_providers, lane="files", quiet=True)

    def _take_providers(self, found: tuple[tuple[ProviderState, ...], tuple[str, ...]]) -> None:
        states, warnings = found
        self._session.put(providers=states)
        for text in warnings:
            self.said.emit(Notice(f"{text[:1].upper()}{text[1:]}."))

    def _tell_fallback(self) -> None:
        """Say that a provider failed and the CPU took its place, once, wherever in the work that was."""
        runner = self._session.runner
        fallback = None if runner is None else runner.fallback
        if fallback is None or fallback == self._told_fallback:
            return
        self._told_fallback = fallback
        failed = f"it failed: {fallback.reason}"
        states = self._session.providers
        self._session.put(
            providers=tuple(replace(s, caution=failed) if s.name == fallback.provider else s for s in states)
        )
        self.said.emit(Notice(f"{fallback.sentence}."))

    def _take_opened(self, opened: Opened, wanted: Values | None = None) -> None:
        values: Values = {}
        if opened.network is not None:
            values["network"] = opened.network
            values["path"] = opened.path
            values["weights"] = opened.weights
            values["modules"] = opened.modules
            values["runner"] = opened.runner
            values["preprocessing"] = own_preprocessing(opened.network)
            if self._session.layer in opened.network.layer:
                values["layer"] = self._session.layer
        if opened.pictures:
            values["picture"] = opened.pictures[0]
            values["pictures"] = kept_pictures((*opened.pictures, *self._session.pictures))
            values["fed_with"] = "picture"
        if opened.folder is not None:
            values["folder"] = opened.folder
        # Another reference takes the place of one that was compared when it can be compared itself.
        candidate = opened.reference if self._session.comparison is not None and opened.network is None else None
        if opened.reference is not None and candidate is None:
            values["reference"] = opened.reference
        values |= recorded_preprocessing(opened, opened.network or self._session.network)
        if opened.waiting is not None:
            values["waiting"] = opened.waiting
        if wanted is not None:
            values |= wanted
            self._has_chosen = self._has_chosen or "layer" in wanted
        if {"network", "picture"} & set(values):
            self._jobs.drop("run")
        if {"network", "reference"} & set(values):
            self._jobs.drop("compare", "diagnose", "correct")
        compared = self._session.comparison
        self._session.put(**values)
        for notice in opened.notices:
            self.said.emit(notice)
        self._go_on(values, compared)
        if candidate is not None:
            self._compare_with(candidate)

    def _go_on(self, values: Values, compared: Comparison | None) -> None:
        session = self._session
        weights = None if session.waiting is None else session.waiting.weights
        if session.path is not None and session.runner is None and weights is not None:
            # The weights were on their way while the network was read.
            session.put(waiting=Waiting())
            self.open([session.path, weights])
            return
        if {"network", "picture"} & set(values):
            self.run()
        if {"network", "folder"} & set(values):
            self.folder.run()
        folder = values.get("folder")
        if folder is not None and session.picture is None:
            self.choose_picture(str(folder.paths[0]))
        if {"network", "reference"} & set(values):
            self.compare()
        elif "picture" in values:
            self._compare_again(compared)

    def _take_run(self, run: PictureRun) -> None:
        self._session.put(
            picture_run=run.activations, steps=run.steps, labels=run.labels, layer=self._layer(self._session.comparison)
        )

    def _take_comparison(self, compared: Compared, reference: Reference) -> None:
        if reference is not self._session.reference:
            self._jobs.drop("diagnose", "correct")
            self._session.put(reference=reference)
        self._session.put(
            comparison=compared.comparison,
            reference_run=compared.activations,
            labels=compared.labels,
            fed_with="picture" if compared.activations is None else "tensor",
            layer=self._layer(compared.comparison),
        )
        is_known = self._session.diagnosis is not None or self._jobs.is_busy("diagnose")
        if compared.comparison.first_divergence is not None and not is_known:
            self.repairs.diagnose()

    def _layer(self, comparison: Comparison | None) -> str | None:
        """The layer that the person chose, or one to begin with."""
        network, layer = self._session.network, self._session.layer
        is_kept = self._has_chosen or self._session.diagnosis is not None
        if network is None or (is_kept and layer is not None):
            return layer
        return telling_layer(network, comparison)

    def _say_problem(self, text: str) -> None:
        self.said.emit(Notice(text))
