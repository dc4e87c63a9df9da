"""The parts of a recipe: its stages, what is evaluated, how much of a picture or clip is seen."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """What every part of a recipe has in common: frozen, and no key it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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


class Draw(Part):
    """Draw faces whose units and emotion are known: `splits` and `clips` count pictures and short videos."""

    kind: Literal["draw"]
    name: str
    splits: dict[str, Annotated[int, Field(ge=0)]]
    clips: dict[str, Annotated[int, Field(ge=0)]] = {}
    size: int = Field(default=96, ge=32, le=1024, multiple_of=2)
    seed: int = 0


class Trained(Part):
    """What the stages that train a model have in common; `train` is the trainer's own config, spelled as it spells it.

    `init` is an earlier stage, a folder or a hub id; without it the recipe's model. `freeze` names parts of the model
    (vision, projector, language). `lora` is PEFT's LoraConfig; without it every parameter that is not frozen trains.
    """

    name: str
    init: str | None = None
    data: list[str] = Field(min_length=1)
    prompt: str | None = None
    limit: int | None = Field(default=None, ge=1)
    freeze: list[Literal["vision", "projector", "language"]] = []
    lora: dict[str, Any] | None = None
    train: dict[str, Any] = {}


class WarmUp(Trained):
    """Teach the vision tower to see: a plain classifier of units and emotion on its mean-pooled output."""

    kind: Literal["warm_up"]


class SFT(Trained):
    """Supervised fine-tuning on the answers; `train` is `trl.SFTConfig`.

    `hinted` is the share of samples whose prompt shows the gold labels, so that a model that cannot follow the hint of
    a synthesis stage by itself learns to. `share_media` computes media once for all questions put to them in a batch;
    `row_tokens` is the most tokens of a row that samples share, without it as many as cost least. `vision_cache` is a
    folder in which the outputs of a frozen tower are kept from epoch to epoch and run to run.
    """

    kind: Literal["sft"]
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


Stage = Annotated[Draw | WarmUp | SFT | GRPO | Synthesize, Field(discriminator="kind")]
KINDS: dict[str, type[Part]] = {
    "draw": Draw,
    "warm_up": WarmUp,
    "sft": SFT,
    "grpo": GRPO,
    "synthesize": Synthesize,
}


class Evaluate(Part):
    """What every model of the chain is asked: samples it never trained on, and the rewards whose mean is reported.

    Accuracy and F1 are of one greedy answer a sample; the mean reward is of one answer a sample drawn at
    `temperature`, which is what GRPO maximises.
    """

    data: list[str] = Field(min_length=1)
    limit: int | None = Field(default=None, ge=1)
    rewards: list[Reward] = Field(min_length=1)
    units: str | None = None
    max_new_tokens: int = Field(default=256, ge=1)
    batch_size: int = Field(default=32, ge=1)
    temperature: float = Field(default=1.0, gt=0)


class Media(Part):
    """How much of a picture or clip the model is given; pixels are counted per picture or frame."""

    min_pixels: int | None = Field(default=None, ge=1)
    max_pixels: int | None = Field(default=None, ge=1)
    fps: float = Field(default=2.0, gt=0)
    max_frames: int = Field(default=16, ge=2)
