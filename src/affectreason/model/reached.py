"""The numbers of a model for its card: from its run's report, and from reports of benchmarks of these weights."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from affectreason.benchmark import paper
from affectreason.errors import InputError
from affectreason.model.chain import Link, portable
from affectreason.recipe.words import read_yaml

TASK = "image-text-to-text"
BESIDE = ("n", "chance", "majority", "best_constant")


def of_run(made: Link) -> tuple[list[EvalResult], dict[str, float], str | None]:
    """The stage's numbers in its run's report, the recall of each label, and why there are none if so."""
    path = made.folder.parent / "report" / "report.json"
    if not path.is_file():
        return [], {}, f"there is no {path}"
    report = _json(path)
    name = made.folder.name
    scored = (report.get("stages") or {}).get(name)
    if not scored:
        return [], {}, f"{path} has no numbers of {name}"
    if _when(report.get("date")) < _when(made.done.get("finished")):
        return [], {}, f"{path} is older than the model"
    settings = _json(made.folder / "evaluation" / "settings.json")
    data = ", ".join(portable([str(one) for one in settings.get("data") or ["held-out samples"]]))
    results = [_result(data, metric, one) for metric, one in scored.items() if one.get("value") is not None]
    emotion = ((report.get("details") or {}).get(name) or {}).get("emotion") or {}
    recall = {
        key.removeprefix("recall/"): float(value)
        for key, value in emotion.items()
        if key.startswith("recall/") and emotion.get("support/" + key.removeprefix("recall/"))
    }
    return results, recall, None


def of_benchmarks(folders: Iterable[str], weights: Mapping[str, Any] | None) -> list[EvalResult]:
    """The numbers of `affectreason evaluate` in these folders; InputError where one is of other weights."""
    found: list[EvalResult] = []
    for folder in folders:
        path = Path(folder).expanduser() / "report.json"
        if not path.is_file():
            raise InputError(f"reports={folder}: there is no {path}; give the out= of `affectreason evaluate`")
        report = _json(path)
        system = _system(report, None if weights is None else weights["sha256"])
        if system is None:
            raise InputError(
                f"reports={folder}: its numbers are of other weights than these; ask this model with "
                "`affectreason evaluate` first"
            )
        block = read_yaml(paper.card_block(report, system, TASK), str(path))
        found += ModelCardData(**block).eval_results or [] if block else []
    return found


def _system(report: Mapping[str, Any], sha256: str | None) -> str | None:
    """The system of a report that wears these weights, asked as it is: with media, its adapter on."""
    for one in (report.get("benchmarks") or {}).values():
        for name, scored in one["systems"].items():
            known = scored.get("declared") or {}
            home = known.get("adapter") or known.get("model") or {}
            how = scored.get("how") or {}
            bare = how.get("adapter_switched_off") or how.get("media") is False or how.get("without")
            if not bare and sha256 is not None and (home.get("weights") or {}).get("sha256") == sha256:
                return str(name)
    return None


def _result(data: str, metric: str, one: Mapping[str, Any]) -> EvalResult:
    args: dict[str, Any] = {"interval_95": None if one.get("low") is None else [one["low"], one["high"]]}
    args |= {key: one.get(key) for key in BESIDE}
    args |= {"best_constant_answer": one.get("answer"), "drawn_by": one.get("drawn_by")}
    return EvalResult(
        task_type=TASK,
        dataset_type="held-out",
        dataset_name=data,
        metric_type=metric,
        metric_name=metric.replace("_", " ").replace("au f1", "AU F1"),
        metric_value=float(one["value"]),
        metric_args={key: value for key, value in args.items() if value is not None},
    )


def _when(text: object) -> float:
    """Seconds since 1970; 0 where it is no time."""
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return 0.0


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except ValueError as error:
        raise InputError(f"{path}: not JSON ({error}); write the report again") from error
    return found if isinstance(found, dict) else {}
