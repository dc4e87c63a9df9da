"""The sections of a model card that are numbers: what was reached, learned from, run, and where it is weak."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from huggingface_hub import EvalResult

from affectreason.affect import labels
from affectreason.corpus.card_questions import is_unknown
from affectreason.model import terms
from affectreason.model.chain import Link, portable
from affectreason.model.learned_from import Source

LIMITS = """\
- The reasoning is text that was rewarded or imitated. It can name evidence that is not there, also where the label is \
right.
- Labels of emotion differ between cultures, ages and annotators. What the data do not show was not learned and not \
measured."""


@dataclass(frozen=True)
class Shared:
    """All that a card tells of: the name of the repository, the chain, its data, the numbers, and the choices made."""

    to: str
    links: Sequence[Link]
    sources: Sequence[Source]
    results: Sequence[EvalResult]
    base: str
    adapter: bool
    sha256: str
    kind: str
    recall: dict[str, float]
    licence: str | None = None
    allowed: tuple[str, ...] = ()
    wider: tuple[str, ...] = ()

    @property
    def made(self) -> Link:
        """The stage that left the model."""
        return self.links[-1]


def evaluation(shared: Shared) -> str:
    """The numbers with their intervals, beside what looking at nothing reaches."""
    if not shared.results:
        return "Not evaluated: there are no numbers for this model."
    rows = []
    for one in shared.results:
        args = one.metric_args or {}
        low, high = args.get("interval_95") or (None, None)
        rows.append(
            [
                one.dataset_name,
                one.metric_name or one.metric_type,
                _number(one.metric_value),
                "" if low is None else f"{_number(low)} to {_number(high)}",
                args.get("n", ""),
                *(_number(args.get(key)) for key in ("chance", "majority", "best_constant")),
            ]
        )
    head = ["samples", "metric", "value", "95 % interval", "n", "chance", "majority", "best constant answer"]
    return (
        _table(head, rows)
        + "\n\nChance, the majority answer and the best constant answer look at nothing; a value within their reach "
        "says nothing about emotion. Answers that could not be read count as wrong. No checkpoint was chosen by these "
        "numbers." + _no_better(shared.results)
    )


def _no_better(results: Sequence[EvalResult]) -> str:
    """Which of the numbers lie, by the low end of their interval, within what looking at nothing reaches."""
    weak = []
    for one in results:
        args = one.metric_args or {}
        floors = [args[key] for key in ("chance", "majority", "best_constant") if args.get(key) is not None]
        low = (args.get("interval_95") or [one.metric_value])[0]
        if floors and one.metric_type != "parse_rate" and low <= max(floors):
            weak.append(f"{one.metric_name or one.metric_type} ({one.dataset_name})")
    return f"\n\n**Not above what looking at nothing reaches: {', '.join(weak)}.**" if weak else ""


def data(shared: Shared) -> str:
    """Where the samples came from: counts, makers, licences, access and digests."""
    rows = [
        [
            f"`{one.name}`",
            ", ".join(one.stages),
            f"{one.samples:,}" if one.problem is None else one.problem,
            _most(one.datasets),
            _most(one.makers),
            ", ".join(dict.fromkeys(map(terms.name, one.terms))) or terms.NOT_STATED,
            ", ".join(dict.fromkeys(gate for _, gate in one.terms if gate)) or terms.NOT_STATED,
        ]
        for one in shared.sources
    ]
    head = ["source", "learned by", "samples in it", "data set", "labels by", "licence", "access"]
    digests = [f"- `{one.name}`: SHA-256 `{one.sha256}`" + _data_card(one) for one in shared.sources if one.sha256]
    parts = [_table(head, rows), "No data are in this repository.", "\n".join(digests)]
    if shared.allowed:
        parts.append("Whoever pushed this model declared to hold the right to share it in spite of:")
        parts.append(_bullets(shared.allowed))
    if shared.wider:
        parts.append(
            f"**The weights are stated to be under {shared.licence}, which allows commercial use. These data do not:**"
        )
        parts.append(_bullets(shared.wider))
    return "\n\n".join(part for part in parts if part)


def _data_card(one: Source) -> str:
    if one.card is None:
        return "; no data card"
    left = one.card["unanswered"]
    return f"; data card SHA-256 `{one.card['sha256']}`, {len(left)} of its questions unanswered"


def stages(shared: Shared) -> str:
    """A row for each stage of the chain."""
    rows = []
    for one in shared.links:
        counts = one.done.get("counts") or {}
        told = ", ".join(f"{value:,} {key}" for key, value in counts.items() if isinstance(value, int))
        began = portable(str(one.stage.get("init") or (one.settings.get("model") if "data" in one.stage else "") or ""))
        rows.append([one.folder.name, one.stage["kind"], began, told, f"{one.done.get('seconds', '')}"])
    changed = [
        f"- The settings of `{one.folder.name}` were changed on the way: {', '.join(one.changed)}."
        for one in shared.links
        if one.changed
    ]
    return "\n\n".join([_table(["stage", "kind", "began with", "counts", "seconds"], rows), *changed])


def limits(shared: Shared) -> str:
    """What counting shows of bias, what is always true, and what data cards say."""
    every = sum((one.labels for one in shared.sources), Counter[str]())
    lines = []
    if every:
        (most, many), (least, few) = every.most_common()[0], every.most_common()[-1]
        told = f"`{most}` most often ({many:,} of {every.total():,}), `{least}` least ({few:,})"
        told = f"each of {len(every)} equally often ({many:,} times)" if many == few else told
        lines.append(f"- Labels it learned from: {told}.")
    vocabulary = labels.find(str(shared.made.settings.get("labels", "ekman7")))
    missing = [name for name in vocabulary.names if name not in every]
    if missing and every:
        lines.append(f"- Never among them: {', '.join(missing)}.")
    lines.append(_people(shared.sources))
    if shared.recall:
        ranked = sorted(shared.recall.items(), key=lambda item: (item[1], item[0]))
        told = ", ".join(f"{name} {value:.2f}" for name, value in ranked)
        lines.append(f"- Share of each label that it finds in the held-out samples, worst first: {told}.")
    return "\n".join([*lines, LIMITS, own_words(shared, "known_failures")]).strip()


def _people(sources: Sequence[Source]) -> str:
    every = set().union(*(one.people for one in sources)) if sources else set()
    if sources and all(set(one.makers) == {"drawn"} for one in sources):
        return f"- All faces are drawn, {len(every):,} of them: it never saw a real person, and is of no use on one."
    if not every:
        return "- The data do not say how many people they show, nor their age, gender or origin."
    return f"- {len(every):,} people are told apart in the data; their age, gender and origin are not recorded here."


def own_words(shared: Shared, key: str) -> str:
    """What the data cards' people answered to a question."""
    lines = []
    for one in shared.sources:
        answer = (one.card or {}).get("answers", {}).get(key)
        if answer and not is_unknown(answer):
            said = ", ".join(answer) if isinstance(answer, list) else " ".join(str(answer).split())
            lines.append(f"- Of `{one.name}`, its data card says: {said}")
    return "\n".join(lines)


def provenance(shared: Shared) -> str:
    """Digests, versions, and which licence is stated."""
    done = shared.made.done
    versions = ", ".join(f"{name} {version}" for name, version in (done.get("versions") or {}).items())
    lines = [
        f"- weights: SHA-256 `{shared.sha256}` over the names and digests of their files",
        f"- finished: {done.get('finished')}, commit {done.get('commit') or 'not known'}",
        f"- versions: {versions or 'not known'}",
        "- `evaluation.json` holds the numbers above, `recipe.yaml` every setting of every stage",
    ]
    if shared.licence is None:
        lines.append("- licence of these weights: not stated by whoever pushed them; those of base and data hold too")
    return "\n".join(lines)


def results_json(shared: Shared) -> str:
    """The numbers of the card as JSON."""
    rows = [
        {
            "samples": one.dataset_name,
            "metric": one.metric_type,
            "value": one.metric_value,
            **(one.metric_args or {}),
        }
        for one in shared.results
    ]
    return json.dumps({"model": shared.to, "weights_sha256": shared.sha256, "results": rows}, indent=1)


def _most(counts: Counter[str], shown: int = 4) -> str:
    named = [name for name, _ in counts.most_common(shown)]
    more = f" and {len(counts) - shown} more" if len(counts) > shown else ""
    return ", ".join(named) + more


def _number(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, int | float) else ""


def _bullets(lines: Iterable[str]) -> str:
    """A list, each line on one line: licences are texts of samples."""
    return "\n".join(f"- {' '.join(one.split())}" for one in lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    def line(cells: Iterable[Any]) -> str:
        return "| " + " | ".join(" ".join(str(cell).split()).replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(head), line(["---"] * len(head)), *map(line, rows)])
