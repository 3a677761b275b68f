"""Training, evaluation and comparison, by the program."""

from __future__ import annotations

import functools
import itertools
import json
import os
import tempfile
from pathlib import Path
from typing import Any, Callable, Iterable, Mapping, Optional, Sequence, Union

from ._commands import Event, run_program, settings
from ._data import Columns, Source
from ._errors import FileError, Interrupted, UsageError
from ._model import Model, load
from ._progress import Progress
from ._tokens import Token

PathLike = Union[str, "os.PathLike[str]"]
Callback = Callable[[Event], None]


class Run:
    """A finished run: its folder, what it came to, and its model."""

    def __init__(self, folder: PathLike) -> None:
        self.folder = Path(folder)
        self.result: dict[str, Any] = self._json("result.json")

    def _json(self, name: str) -> dict[str, Any]:
        try:
            content: dict[str, Any] = json.loads((self.folder / name).read_text(encoding="utf-8"))
            return content
        except OSError as error:
            raise FileError(
                f"{self.folder} holds no finished run ({name}: {error.strerror}); seqrec.resume goes on with one that was stopped"
            ) from None

    @property
    def test(self) -> dict[str, float]:
        """The test's metrics: ``{"ndcg@10": 0.0454, ...}``; empty without test rows."""
        return dict(self.result.get("test", {}))

    @property
    def valid(self) -> dict[str, float]:
        """The best epoch's metrics among the validation's rows; empty without validation."""
        return dict(self.result.get("valid", {}))

    @property
    def baselines(self) -> dict[str, Any]:
        """What models without parameters came to in the same test."""
        return dict(self.result.get("baselines", {}))

    @property
    def protocol(self) -> dict[str, Any]:
        """The conditions that the metrics stand under (docs/training.md)."""
        return dict(self.result.get("protocol", {}))

    @property
    def events(self) -> list[Event]:
        """What happened, an event for each epoch and the result: the file events.jsonl."""
        with open(self.folder / "events.jsonl", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    @property
    def config(self) -> dict[str, Any]:
        """Every key with the value that it had."""
        return self._json("config.json")

    @functools.cached_property
    def model(self) -> Model:
        """The best epoch's model, opened."""
        return load(self.folder)

    def recommend(
        self,
        users: Sequence[Token],
        k: int = 10,
        filter_viewed: bool = True,
        *,
        exclude: Optional[Iterable[Token]] = None,
        candidates: Optional[Iterable[Token]] = None,
    ) -> Any:
        """The ``k`` items that most likely come next for users of the data. A column of a data frame is answered by a frame of the same
        library, anything else by :class:`Recommendations`. Other histories than theirs are for ``run.model.recommend``."""
        return self.model.recommend(
            users=users, k=k, filter_viewed=filter_viewed, exclude=exclude, candidates=candidates
        )

    def __repr__(self) -> str:
        metrics = "  ".join(f"{name} {value:.4f}" for name, value in self.test.items())
        return f"<seqrec.Run {self.folder}" + (f", test {metrics}>" if metrics else ">")


def fit(
    data: Any,
    model: Optional[str] = None,
    *,
    out: Optional[PathLike] = None,
    items: Any = None,
    users: Any = None,
    user_id: str = "user_id",
    item_id: str = "item_id",
    timestamp: str = "timestamp",
    types: Optional[Mapping[str, str]] = None,
    config: Union[None, PathLike, Sequence[PathLike]] = None,
    init: Union[None, PathLike, Run, Model] = None,
    overwrite: bool = False,
    device: Optional[str] = None,
    threads: Optional[int] = None,
    progress: Optional[bool] = None,
    callback: Optional[Callback] = None,
    **keys: Any,
) -> Run:
    """Trains a model: ``seqrec.fit(df, model="SHAN", epochs=20)``.

    ``data`` is a data frame of pandas, Polars or Arrow, or a mapping of columns, with a row for each interaction; or the path of a
    dataset, a folder ``NAME`` with the file ``NAME.inter``. ``user_id``, ``item_id`` and ``timestamp`` name a frame's columns; without
    times the rows are in order, and their numbers the times. Frames of ``items`` and ``users`` hold their features, and a column ``title``.
    Types are what the values say (a text or integer is a token, a float a number), but for ``timestamp``, ``rating``, ``label`` and
    ``price``, which are numbers; ``types`` says otherwise, of ``token``, ``token_seq``, ``float``, ``float_seq``.

    ``out`` is the run's folder (``saved/MODEL-NAME``, of a frame ``saved/MODEL``; where that holds a run, the same with ``-2``, ``-3``, ..).
    A frame is written beside it, into ``OUT.data``, where the run looks for it when it goes on.

    ``keys`` are those of the configuration, with RecBole's names (``seqrec train --list-keys``): ``epochs=20, learning_rate=0.003,
    topk=[5, 10, 20]``. ``config`` is a YAML file of them or several; ``init`` a model whose parameters training begins with.

    ``progress`` shows a line of how far it is (None: in a terminal and a notebook). ``callback`` is called with each event, a dict
    such as ``{"event": "epoch", "epoch": 1, "loss": 6.5, "valid": {"hit@10": 0.05}}``. What seqrec notes about the data goes to the
    logger ``seqrec``.

    Ctrl-C raises :class:`Interrupted` once the run is saved; :func:`resume` goes on, to the same bits.
    """
    source = Source(data, items, users, Columns(user_id, item_id, timestamp, types), keys)
    arguments = [f"--config={os.fspath(file)}" for file in _paths(config)]
    if model is not None:
        if not isinstance(model, str):
            raise UsageError(f"model is {model!r}, expected a name such as 'SHAN'")
        arguments += ["--model", model]
    if out is None:
        if model is None:
            raise UsageError("give the model's name, or with a config that names it the run's folder as out")
        folder = Path("saved") / "-".join([model, *source.name])
        if not overwrite:
            folder = _free(folder)
    else:
        folder = Path(out)
    arguments += ["--out", str(folder)]
    if overwrite:
        arguments.append("--overwrite")
    elif _holds_something(folder):  # before its data are replaced
        raise UsageError(f"{folder} is not empty: seqrec.resume goes on with its run, overwrite=True replaces it")
    if init is not None:
        arguments += ["--init", _model_file(init)]
    arguments += source.arguments(Path(f"{folder}.data") / "data") + settings(keys)
    return _train(arguments, folder, device, threads, Progress(progress, keys.get("epochs")), callback)


def _holds_something(folder: Path) -> bool:
    """As the program sees it: a lock, and what a kill left half written, are nothing."""
    if not folder.is_dir():
        return folder.exists()
    return any(file.name != ".lock" and not file.name.endswith(".seqrec.tmp") for file in folder.iterdir())


def _free(folder: Path) -> Path:
    """The folder of that name, or with the first number behind it, that holds nothing."""
    names = itertools.chain([folder], (Path(f"{folder}-{number}") for number in itertools.count(2)))
    return next(name for name in names if not _holds_something(name))


def resume(
    run: PathLike,
    *,
    epochs: Optional[int] = None,
    device: Optional[str] = None,
    threads: Optional[int] = None,
    progress: Optional[bool] = None,
    callback: Optional[Callback] = None,
) -> Run:
    """Goes on with a run that was stopped or killed, to the same bits as if it had not been; with ``epochs``, its new number, with a
    finished one too."""
    arguments = ["--resume", os.fspath(run)]
    if epochs is not None:
        arguments += ["--epochs", str(epochs)]
    return _train(arguments, Path(run), device, threads, Progress(progress, epochs), callback)


def evaluate(
    model: Union[PathLike, Run, Model],
    data: Any = None,
    *,
    items: Any = None,
    users: Any = None,
    user_id: str = "user_id",
    item_id: str = "item_id",
    timestamp: str = "timestamp",
    types: Optional[Mapping[str, str]] = None,
    out: Optional[PathLike] = None,
    device: Optional[str] = None,
    threads: Optional[int] = None,
    **keys: Any,
) -> Event:
    """Tests a model on the test rows of data, given as to :func:`fit`; without ``data`` on what a run was trained on.

    The result is a dict: ``test`` has the metrics, ``protocol`` the conditions that they stand under, ``baselines`` what models without
    parameters come to. ``out`` is a folder for it and for each row's rank, which :func:`compare` reads.
    """
    arguments = ["evaluate", _model_file(model), "--log-format", "json", *_common(device, threads), *settings(keys)]
    if out is not None:
        arguments += ["--out", os.fspath(out)]
    if data is None:
        return _result(run_program([*arguments, *_data_of_run(Path(_model_file(model)))]))
    source = Source(data, items, users, Columns(user_id, item_id, timestamp, types), keys)
    with tempfile.TemporaryDirectory(prefix="seqrec-") as scratch:
        return _result(run_program([*arguments, *source.arguments(Path(scratch) / "data")]))


def compare(
    *runs: Union[PathLike, Run],
    metrics: Optional[Sequence[str]] = None,
    topk: Optional[Sequence[int]] = None,
    resamples: Optional[int] = None,
    seed: Optional[int] = None,
    threads: Optional[int] = None,
) -> Comparison:
    """Whether runs differ, from what their tests found about the same rows: a paired bootstrap over users and seeds
    (docs/comparing.md). ``print`` shows it as a table."""
    arguments = [os.fspath(one.folder if isinstance(one, Run) else one) for one in runs]
    for option, values in (("--metrics", metrics), ("--topk", topk)):
        if values is not None:
            arguments.append(f"{option}={','.join(map(str, values))}")
    for option, value in (("--resamples", resamples), ("--seed", seed)):
        if value is not None:
            arguments.append(f"{option}={value}")
    return Comparison(_result(run_program(["compare", "--format", "json", *_common(None, threads), *arguments])))


class Comparison(dict[str, Any]):
    """What ``seqrec compare --format json`` prints (docs/comparing.md); as a text, a line for each metric and pair."""

    def __str__(self) -> str:
        configurations = self["configurations"]
        lines = [f"{self['rows']} rows of {self['users']} users of {self['dataset']}"]
        for letter, one in zip(_LETTERS, configurations):
            lines.append(f"  {letter}  {one['model']}: {' '.join(one['runs'])}")
        for stratum in self["strata"]:
            lines += ["", f"{stratum['rows_of']} ({stratum['rows']} rows)"]
            for letter, metrics in zip(_LETTERS, stratum["metrics"]):
                shown = "  ".join(f"{name} {_interval(estimate)}" for name, estimate in metrics.items())
                lines.append(f"  {letter}  {shown}")
            lines += [f"  {self._difference(one)}" for one in stratum["differences"]]
        return "\n".join(lines)

    @staticmethod
    def _difference(one: dict[str, Any]) -> str:
        first, second = _LETTERS[one["first"]], _LETTERS[one["second"]]
        if one["found"]:
            verdict = f"{second if one['difference'][0] > 0 else first} is better"
        else:
            verdict = f"no difference was found; one of {one['detectable']:.4f} would have been in 80 % of such tests"
        shown = f"{one['metric']}  {second} - {first}  {_interval(one['difference'])}"
        return f"{shown}  p {one['p']:.4f}, Holm {one['p_holm']:.4f}: {verdict}"


_LETTERS = [chr(ord("a") + i) for i in range(26)] + [f"r{i}" for i in range(26, 1000)]


def _interval(estimate: Sequence[float]) -> str:
    value, low, high = estimate
    return f"{value:.4f} [{low:.4f}, {high:.4f}]"


def _train(
    arguments: Sequence[str],
    folder: Path,
    device: Optional[str],
    threads: Optional[int],
    progress: Progress,
    callback: Optional[Callback],
) -> Run:
    def on_event(event: Event) -> None:
        progress(event)
        if callback is not None:
            callback(event)

    try:
        run_program(["train", "--log-format", "json", *_common(device, threads), *arguments], on_event, progress.clear)
    except KeyboardInterrupt:
        if not (folder / "checkpoint.safetensors").exists():
            raise
        text = f"interrupted; seqrec.resume({str(folder)!r}) goes on with the run"
        raise Interrupted(text, str(folder)) from None
    finally:
        progress.close()
    return Run(folder)


def _common(device: Optional[str], threads: Optional[int]) -> list[str]:
    out = [] if device is None else ["--device", device]
    return out if threads is None else [*out, "--threads", str(threads)]


def _paths(paths: Union[None, PathLike, Sequence[PathLike]]) -> Sequence[PathLike]:
    if paths is None:
        return []
    return [paths] if isinstance(paths, (str, os.PathLike)) else paths


def _model_file(model: Union[PathLike, Run, Model]) -> str:
    if isinstance(model, Model):
        return model.path
    path = model.folder if isinstance(model, Run) else Path(model)
    return str(path / "model.safetensors" if path.is_dir() else path)


def _data_of_run(model_file: Path) -> list[str]:
    """The options that name what the model beside a config.json was trained on."""
    try:
        config = json.loads((model_file.parent / "config.json").read_text(encoding="utf-8"))
    except OSError:
        raise UsageError(f"{model_file} lies in no run's folder: evaluate on which data?") from None
    return ["--data-path", config["data_path"], "--dataset", config["dataset"]]


def _result(events: list[Event]) -> Event:
    """What the command came to."""
    return next(event for event in reversed(events) if event.get("event") in ("result", "comparison"))
