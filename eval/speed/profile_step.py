"""Where the time of our GRPO step goes, with its floor beside it: python eval/speed/profile_step.py [prompt=1200] [...]

    answer=64 group=8 groups=1 times=3 width=384 layers=6 frozen=false threads=1

The model, prompts and step are those of grpo_step.py. torch.profiler times every operation; each second counts once,
for the innermost operation that ran. The floor of products and attention is their multiply-adds, from the shapes of the
same operations, over the rate of a product as large as the model's own; a token of attention needs only those it sees.
Decoding is bound by memory: its floor is the bytes of weights, and of keys and values, over the rate at which memory is
read. The rates are the best of calls between the steps. All is of the quickest step, to whose time the parts add up;
`of_a_core` says how much of a core it had. The last line is one JSON object.
"""

import json
import math
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpo_step

from affectreason.recipe.words import options, whole

KEYS: dict[str, Any] = {
    "prompt": 1200, "answer": 64, "group": 8, "groups": 1, "times": 3, "width": 384, "layers": 6, "frozen": False,
    "threads": 1,
}  # fmt: skip
FORWARD, BACKWARD = "aten::scaled_dot_product_attention", "aten::_scaled_dot_product_flash_attention_for_cpu_backward"
PRODUCTS = {"aten::mm": 0, "aten::addmm": 1, "aten::bmm": 0, "aten::baddbmm": 1}  # the place of the first factor
NODE = "autograd::engine::evaluate_function"
MARK = "part: "
PASSES = ("rollout", "reading", "decoding", "loss", "forward", "backward")
PARTS = ("vision", "attention", "products", "head", "between", "sampling", "bookkeeping")
FLOAT = 4  # bytes
UNBOUND = ("between", "sampling", "bookkeeping")
LONG = 0.3  # seconds
MANY = 12  # of the slowest
APART = 0.05  # of the step, between the clock and the sum of the parts
NO_CACHE = 2**26  # numbers that no processor keeps near
Row = tuple[str, str]


def main(words: list[str]) -> None:
    """Profile some steps and print where their time went."""
    given = options(words, KEYS) | {"dtype": "float32"}  # the floors are those of float32
    import torch

    torch.set_num_threads(whole("threads", given["threads"], 1))
    with tempfile.TemporaryDirectory() as folder:
        grpo_step.write(Path(folder), given["prompt"], given)
        found = profiled(grpo_step.trainer("ours", Path(folder), given), given)
    print(table(found), file=sys.stderr)
    print(json.dumps(found | {"settings": given}))


def profiled(made: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The parts of the quickest of `times` steps, which other work on the machine disturbed least."""
    batch = next(iter(made.get_train_dataloader()))
    grpo_step.step(made, batch)
    plain, steps, rates = [], [], []
    for _ in range(whole("times", given["times"], 1)):
        plain.append(sum(grpo_step.step(made, batch)[:2]))
        with marked(made) as seen:
            steps.append(watched(lambda: grpo_step.step(made, batch)))
        rates.append((product_rate(seen["tokens"], given["width"], given["width"] * 3), memory_rate()))
    events, seconds, processor = min(steps, key=lambda one: one[1])
    best = {"multiply_adds": max(one for one, _ in rates), "bytes": max(one for _, one in rates)}
    parts, slow = counted(events, seen["visible"])
    other = seconds - sum(part["seconds"] for part in parts.values())
    assert abs(other) <= APART * seconds, f"{other:.3f} of {seconds:.3f} s are in no part"
    rows = [told(row, parts[row], seconds, best) for row in sorted(parts, key=place)]
    rows.append({"pass": "other", "part": "", "seconds": other, "share": other / seconds, "floor": None})
    return {
        "prompt_tokens": len(made._asked[0].ids),
        "row_tokens": seen["tokens"],
        "visible": seen["visible"],
        "parameters": sum(one.numel() for one in made.model.parameters()),
        "seconds": seconds,
        "of_a_core": processor / seconds,
        "profiled_over_plain": seconds / min(plain),
        "rates": best,
        "parts": rows,
        "slowest": [[*key, value / seconds] for key, value in slow.most_common(MANY)],
    }


@contextmanager
def marked(made: Any) -> Iterator[dict[str, Any]]:
    """Have the profiler told which pass and which part of the model runs; yields what is seen of the mask of a row."""
    from torch.profiler import record_function

    seen: dict[str, Any] = {}
    running: list[tuple[str, Any]] = []

    def begin(name: str) -> None:
        running.append((name, record_function(MARK + name)))
        running[-1][1].__enter__()

    def end(*_: Any) -> None:
        running.pop()[1].__exit__(None, None, None)

    def within(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            begin(name)
            found = function(*args, **kwargs)
            end()
            return found

        return call

    def model_begins(*_: Any) -> None:
        begin({"rollout": "reading", "loss": "forward"}.get(running[-1][0], "head"))
        begin("head")

    def language_begins(_: Any, args: Any, kwargs: dict[str, Any]) -> None:
        begin("language")
        mask = kwargs.get("attention_mask")
        if mask is not None and mask.ndim == 4:
            seen.update(visible=float(mask.float().mean()), tokens=mask.shape[-1])

    model = made.model
    hooks = [
        model.register_forward_pre_hook(model_begins),
        model.register_forward_hook(end),
        model.register_forward_hook(end),
        model.base_model.register_forward_pre_hook(language_begins, with_kwargs=True),
        model.base_model.register_forward_hook(end),
        model.base_model.visual.register_forward_pre_hook(lambda *_: begin("vision")),
        model.base_model.visual.register_forward_hook(end),
    ]
    wrapped = [(made, "_prepare_inputs", "rollout"), (made, "compute_loss", "loss"), (model, "generate", "decoding")]
    for owner, method, name in wrapped:
        setattr(owner, method, within(name, getattr(owner, method)))
    try:
        yield seen
    finally:
        for owner, method, _ in wrapped:
            delattr(owner, method)
        for hook in hooks:
            hook.remove()


def watched(step: Callable[[], Any]) -> tuple[list[Any], float, float]:
    """The operations of one step, those within others as their children; seconds by the clock and of the processor.

    Whatever the step does outside its rollout and its loss is its backward pass.
    """
    from torch.profiler import ProfilerActivity, profile, record_function

    with profile(activities=[ProfilerActivity.CPU], record_shapes=True) as found:
        begin, worked = time.perf_counter(), time.process_time()
        with record_function(MARK + "backward"):
            step()
        took = time.perf_counter() - begin, time.process_time() - worked
    return [one for one in found.events() if one.name == MARK + "backward"], *took


def counted(events: Sequence[Any], visible: float) -> tuple[dict[Row, Counter[str]], Counter[tuple[str, str, str]]]:
    """Seconds and work of each part, and seconds of the operations beside products and attention.

    An operation of the backward pass belongs to the module whose operation it derives: both have one sequence number.
    """
    parts: dict[Row, Counter[str]] = defaultdict(Counter)
    slow: Counter[tuple[str, str, str]] = Counter()
    of: dict[int, str] = {}
    for event, step, module, _, _ in sorted(walked(events, {}), key=lambda one: one[0].time_range.start):
        if event.sequence_nr >= 0 and step != "backward":
            of[event.sequence_nr] = module
    for event, step, module, inside, outermost in walked(events, of):
        row = part(step, module, inside)
        seconds = event.self_cpu_time_total / 1e6
        parts[row]["seconds"] += seconds
        if not inside:
            slow[*row, event.name.removeprefix(MARK)] += seconds
        if outermost:
            masked = module == "language" and step in ("forward", "backward")
            parts[row].update(work(event.name, event.input_shapes, event.concrete_inputs, visible if masked else 1.0))
    return parts, slow


def walked(events: Sequence[Any], of: dict[int, str]) -> Iterator[tuple[Any, str, str, str, bool]]:
    """Each operation, its pass, its module, whether it is or helps a product or attention, and whether it is that."""
    waiting = [(event, "", "", "") for event in events]
    while waiting:
        event, step, module, inside = waiting.pop()
        name = event.name.removeprefix(MARK)
        outermost = not inside and (name in PRODUCTS or name in (FORWARD, BACKWARD))
        if event.name.startswith(MARK):
            step, module = (name, "") if name in PASSES else (step, name)
        elif name.startswith(NODE):
            module = of.get(event.sequence_nr, "")
        elif outermost:
            inside = "products" if name in PRODUCTS else "attention"
        yield event, step, module, inside, outermost
        waiting.extend((child, step, module, inside) for child in event.cpu_children)


def part(step: str, module: str, inside: str) -> Row:
    """The row of the table of an operation."""
    if module == "vision":
        return ("reading" if step == "rollout" else step), "vision"
    if step in ("rollout", "loss"):
        return step, "bookkeeping"
    if step == "decoding":
        return step, inside or ("between" if module else "sampling")
    return step, "head" if module == "head" else inside or "between"


def work(name: str, shapes: Sequence[Any], others: Sequence[Any], visible: float) -> dict[str, float]:
    """Multiply-adds that are computed and that are needed, and bytes that are read, of a product or an attention.

    Attention with a mask computes every pair of tokens; `visible` is the share of pairs that it has to. Backward takes
    five products in place of two, for it computes the scores again.
    """
    if name in PRODUCTS:
        one, other = shapes[PRODUCTS[name] : PRODUCTS[name] + 2]
        count = math.prod(one) * other[-1]
        return {"computed": count, "needed": count, "read": FLOAT * (math.prod(one) + math.prod(other))}
    first, causal, products = (0, others[5], (1, 1)) if name == FORWARD else (1, others[7], (3, 2))
    query, key, value = shapes[first : first + 3]
    count = math.prod(query[:-1]) * key[-2] * (products[0] * query[-1] + products[1] * value[-1])
    if str(causal) == "True":
        count = count * (key[-2] + 1) // (2 * key[-2])
    return {"computed": count, "needed": count * visible, "read": FLOAT * (math.prod(key) + math.prod(value))}


def product_rate(rows: int, width: int, columns: int) -> float:
    """Multiply-adds a second of a product of (rows, width) and (width, columns) in float32."""
    import torch

    one, other = torch.randn(rows, width), torch.randn(width, columns)
    return rate(lambda: torch.mm(one, other), rows * width * columns)


def memory_rate() -> float:
    """Bytes a second at which numbers are read that lie in no cache."""
    import torch

    numbers = torch.ones(NO_CACHE)
    return rate(numbers.sum, FLOAT * NO_CACHE)


def rate(function: Callable[[], Any], amount: float) -> float:
    """What is done a second, by the quickest of many calls."""
    took: list[float] = []
    while sum(took) < LONG:
        begin = time.perf_counter()
        function()
        took.append(time.perf_counter() - begin)
    return amount / min(took)


def told(row: Row, part: Counter[str], step: float, rates: dict[str, float]) -> dict[str, Any]:
    """One row of the table: seconds, share of the step, and seconds of the floor, where there is one."""
    seconds = part["seconds"]
    found: dict[str, Any] = {"pass": row[0], "part": row[1], "seconds": seconds, "share": seconds / step, "floor": None}
    if row[1] in UNBOUND:
        return found
    bound = ("read", "bytes") if row[0] == "decoding" else ("needed", "multiply_adds")
    floor = part[bound[0]] / rates[bound[1]]
    work = {name: part[name] for name in ("computed", "needed", "read")}
    return {**found, "floor": floor, "times_the_floor": seconds / floor, **work}


def place(row: Row) -> tuple[int, int]:
    """Where a row stands in the table."""
    return PASSES.index(row[0]), PARTS.index(row[1])


def table(found: dict[str, Any]) -> str:
    """The parts of a step, one in a line."""
    lines = [
        f"P={found['prompt_tokens']}, {found['parameters'] / 1e6:.1f} million parameters, a row of "
        f"{found['row_tokens']} tokens, of whose pairs {found['visible']:.2f} are seen",
        f"{'part':24}{'seconds':>9}{'share':>8}{'floor':>9}{'times the floor':>17}",
    ]
    for one in found["parts"]:
        line = f"{one['pass'] + ' ' + one['part']:24}{one['seconds']:9.3f}{one['share']:8.1%}"
        if one["floor"] is not None:
            line += f"{one['floor']:9.3f}{one['times_the_floor']:17.1f}"
            if one["needed"] < one["computed"]:
                line += f", computes {one['computed'] / one['needed']:.1f} times what is needed"
        lines.append(line)
    lines.append("the slowest beside products and attention:")
    lines += [f"  {share:5.1%} {step} {part}: {name}" for step, part, name, share in found["slowest"]]
    return "\n".join(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
