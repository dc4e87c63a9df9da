"""The parts of a recipe: its stages, what is evaluated, how much of a picture or clip is seen."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """What every part of a recipe has in common: frozen, no key it does not know, no number that is none."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Reward(Part):
    """A function of `scoring/rewards.py`, or a dotted path to your own, with its weight and keyword arguments."""

    use: str
    weight: float = Field(default=1.0, gt=0)
    args: dict[str, Any] = {}


class Bar(Part):
    """A reward an answer must reach to be kept."""

    use: str
    at_least: float = Field(ge=0, le=1)
    args: dict[str, Any] = {}


Faces = Literal["2d", "3d"]


class Draw(Part):
    """Draw faces whose units and emotion are known: `splits` and `clips` count pictures and short videos.

    With `faces: 3d` they are of a parametric head, which `affectreason assets get small` fetches.
    `scenes` counts clips with a voice of tones and a subtitle, of which `questions` are asked; `context` adds the whole
    scene as a second clip, without `sound` nobody is heard. `voices` counts sounds alone, for a warm-up of the ears.
    """

    kind: Literal["draw"]
    name: str
    splits: dict[str, Annotated[int, Field(ge=0)]] = {}
    clips: dict[str, Annotated[int, Field(ge=0)]] = {}
    scenes: dict[str, Annotated[int, Field(ge=0)]] = {}
    voices: dict[str, Annotated[int, Field(ge=0)]] = {}
    faces: Faces = "2d"
    questions: list[Literal["emotion", "words", "expression", "attribute"]] = Field(default=["emotion"], min_length=1)
    context: bool = True
    sound: bool = True
    size: int = Field(default=96, ge=32, le=1024, multiple_of=2)
    seed: int = 0


Tuned = Literal["vision", "audio", "projector", "language", "general_expert"]
"""A part of a model, see `model.load`."""


class Trained(Part):
    """What the stages that train a model have in common; `train` is the trainer's own config, spelled as it spells it.

    `init` is an earlier stage, a folder or a hub id; without it the recipe's model. `freeze` names parts of the model
    (vision, audio, projector, language; of two mixed projectors general_expert). `lora` is PEFT's LoraConfig; without
    it all that is not frozen trains. `drop` is the share of samples that lose a modality (`recipe/modalities.py`),
    `tasks` the share of the samples of each tag that is learned from; without it all are. `replay` is earlier data with
    the share of it to learn again. `on_oom` is what a step does for which there is no memory: stop the run, or be
    skipped and counted, in one process alone. `learning_rates` gives parts a rate of their own, in place of `train`'s.
    """

    name: str
    init: str | None = None
    data: list[str] = Field(min_length=1)
    replay: dict[str, Annotated[float, Field(gt=0, le=1)]] = {}
    prompt: str | None = None
    tasks: dict[str, Annotated[float, Field(gt=0, le=1)]] = {}
    limit: int | None = Field(default=None, ge=1)
    freeze: list[Tuned] = []
    learning_rates: dict[Tuned, Annotated[float, Field(gt=0)]] | None = None
    lora: dict[str, Any] | None = None
    drop: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}
    on_oom: Literal["stop", "skip"] = "stop"
    train: dict[str, Any] = {}


class WarmUp(Trained):
    """Teach the vision tower to see: a plain classifier of units and emotion on its mean-pooled output."""

    kind: Literal["warm_up"]


class SFT(Trained):
    """Supervised fine-tuning on the answers; `train` is `trl.SFTConfig`.

    `hinted` is the share of samples whose prompt shows the gold labels, so that a model that cannot follow the hint of
    a synthesis stage by itself learns to. `prompts`, in place of a prompt, ask each sample by each of them whose answer
    it has. `share_media` computes media once for all questions put to them in a batch; `row_tokens` is the most tokens
    of a row that samples share, without it as many as cost least. `vision_cache` is a folder in which the outputs of a
    frozen tower are kept from epoch to epoch and run to run.
    """

    kind: Literal["sft"]
    prompts: list[str] = []
    hinted: float = Field(default=0.0, ge=0, le=1)
    share_media: bool = True
    row_tokens: int | None = Field(default=None, ge=1)
    vision_cache: str | None = None


class GRPO(Trained):
    """Group relative policy optimisation on rewards; `train` is `trl.GRPOConfig`.

    `balance: emotion` repeats the prompts of rare classes until every class is asked as often as the commonest.
    `share_prompt` computes a prompt once for all its answers, in rows of at most `row_tokens` tokens.
    `vision_cache` is a folder in which the outputs of a frozen tower are kept from epoch to epoch and run to run.
    """

    kind: Literal["grpo"]
    rewards: list[Reward] = Field(min_length=1)
    balance: Literal["emotion"] | None = None
    share_prompt: bool = True
    row_tokens: int | None = Field(default=None, ge=1)
    vision_cache: str | None = None


class Synthesize(Part):
    """Let a model write reasoning for labelled samples, and keep what passes every bar.

    With `hint` the gold labels are shown; an answer that passes must then agree once more without the hint.
    `alike` is the word overlap (Jaccard) above which two kept answers to faces with equal labels are duplicates.
    """

    kind: Literal["synthesize"]
    name: str
    init: str | None = None
    data: list[str] = Field(min_length=1)
    prompt: str | None = None
    limit: int | None = Field(default=None, ge=1)
    hint: bool = True
    tries: int = Field(default=3, ge=1)
    keep: list[Bar] = Field(min_length=1)
    temperature: float = Field(default=1.0, ge=0)
    max_new_tokens: int = Field(default=256, ge=1)
    batch_size: int = Field(default=16, ge=1)
    alike: float = Field(default=1.0, gt=0, le=1)
    seed: int = 0


class Witness(Part):
    """Somebody who says what emotion a sample shows without having seen its label.

    `use` is `units` (the annotated action units), `text` (the description), `classifier` (a small network on what
    `model` sees, trained on the labels of other people's samples), `model` (what `model` answers, asked by `prompt`),
    or a dotted path to your own `(Sample) -> list of emotions, or None`. `model` is an earlier stage, a folder or a
    hub id; without it the recipe's.
    """

    use: str
    model: str | None = None
    prompt: str | None = None
    args: dict[str, Any] = {}


class Filter(Part):
    """Keep the samples whose label enough independent witnesses agree with.

    At least `agree` witnesses must, and at most `against` may contradict. `words` are the least and the most words
    of a description.
    """

    kind: Literal["filter"]
    name: str
    data: list[str] = Field(min_length=1)
    limit: int | None = Field(default=None, ge=1)
    witnesses: list[Witness] = Field(min_length=1)
    agree: int = Field(default=1, ge=1)
    against: int | None = Field(default=None, ge=0)
    words: tuple[int, int] | None = None
    folds: int = Field(default=5, ge=2)
    max_new_tokens: int = Field(default=256, ge=1)
    batch_size: int = Field(default=16, ge=1)
    seed: int = 0


Stage = Annotated[Draw | WarmUp | SFT | GRPO | Synthesize | Filter, Field(discriminator="kind")]
KINDS: dict[str, type[Part]] = {
    "draw": Draw,
    "warm_up": WarmUp,
    "sft": SFT,
    "grpo": GRPO,
    "synthesize": Synthesize,
    "filter": Filter,
}


class Search(Part):
    """Inference by the tree: at each step of an answer the best of some sampled candidates is kept.

    `form` is the blocks an answer is built of (`affect.steps`). `by` are functions that look at no annotation
    (`scoring.without_gold`); `agreement` is the mean tree similarity to the other candidates.
    """

    candidates: int = Field(default=4, ge=2, le=64)
    temperature: float = Field(default=1.0, gt=0)
    form: Literal["tree", "reasoned_tree", "reasoned"] = "tree"
    by: list[Reward] = Field(default=[Reward(use="agreement"), Reward(use="au_emotion_consistency")], min_length=1)


class Evaluate(Part):
    """What every model of the chain is asked: samples it never trained on, and the rewards whose mean is reported.

    Accuracy and F1 are of one greedy answer a sample; the mean reward is of one answer a sample drawn at
    `temperature`, which is what GRPO maximises. `without` lists modalities that are taken away together, for a table
    of what each is worth. What a `search` finds is reported beside the single answers.
    """

    data: list[str] = Field(min_length=1)
    limit: int | None = Field(default=None, ge=1)
    rewards: list[Reward] = Field(min_length=1)
    units: str | None = None
    without: list[list[str]] = []
    search: Search | None = None
    max_new_tokens: int = Field(default=256, ge=1)
    batch_size: int = Field(default=32, ge=1)
    temperature: float = Field(default=1.0, gt=0)


class Media(Part):
    """How much of a picture or clip the model is given; pixels are counted per picture or frame.

    A sound longer than `max_seconds` is an error, for nothing is ever cut.
    """

    min_pixels: int | None = Field(default=None, ge=1)
    max_pixels: int | None = Field(default=None, ge=1)
    fps: float = Field(default=2.0, gt=0)
    max_frames: int = Field(default=16, ge=2)
    max_seconds: float | None = Field(default=None, gt=0)
