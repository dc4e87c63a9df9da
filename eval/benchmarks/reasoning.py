"""Reasoning about emotion: its text, its attributes, its captions."""

from dataclasses import replace

from affectreason.benchmark.captions import CAPTION
from affectreason.benchmark.label_sets import MULTI_LABEL
from affectreason.benchmark.papers import FACIAL_R1, VIDEMO
from affectreason.benchmark.protocol import Benchmark
from affectreason.benchmark.reasoning import REASONING
from affectreason.benchmark.videmo import ATTRIBUTES

JUDGED = "VidEmo's numbers are a paid judge's; these are not, so its printed numbers are not beside them"

FEA20K = Benchmark(
    name="fea20k_reasoning",
    title="FEA-20K, reasoning, test",
    task=REASONING,
    primary="rougeL",
    n=1688,
    labels="ekman8",
    metric="ROUGE-L F1 of the reasoning against the annotated one, with stemming; evidence faithfulness beside",
    prep="fea20k",
    options={"split": "test"},
    paper=FACIAL_R1,
    published={
        "GPT-4o": 0.323, "LLaVA-Next": 0.195, "InternVL": 0.267, "Qwen2.5-VL": 0.280, "EmoLA": 0.301,
        "Facial-R1": 0.373,
    },
    notes=("Facial-R1 scores the whole tagged output: compat=facial_r1",),
)  # fmt: skip
VIDEMO_CLOSED = Benchmark(
    name="videmo_closed",
    title="Emo-CFG test, closed attributes",
    task=ATTRIBUTES,
    primary="column_mean",
    metric="right answers, the mean over columns; data sets inside a column share its weight",
    prep="emo_cfg",
    options={"split": "test", "task": "attribute"},
    paper=VIDEMO,
    notes=(JUDGED,),
)
VIDEMO_OPEN = replace(
    VIDEMO_CLOSED,
    name="videmo_open",
    title="Emo-CFG test, open attributes",
    metric="F1 of content-word stems, or a judge's marks; the mean over twelve columns",
    options={"split": "test", "task": "qa"},
)
VIDEMO_EXPRESSION = replace(
    VIDEMO_CLOSED,
    name="videmo_expression",
    title="Emo-CFG test, expression",
    options={"split": "test", "task": "emotion"},
)
VIDEMO_LABEL_SETS = replace(
    VIDEMO_EXPRESSION,
    name="videmo_label_sets",
    title="Emo-CFG test, several labels a clip",
    task=MULTI_LABEL,
    primary="sample_f1",
    metric="F1 of the two sets of labels of each sample, their mean",
    units="affwild2_12",
)
VIDEMO_CAPTIONS = replace(
    VIDEMO_CLOSED,
    name="videmo_captions",
    title="Emo-CFG test, captions",
    task=CAPTION,
    primary="caption_mean",
    metric="mean of six counted axes, which are not the marks of the paper's judge",
    options={"split": "test", "task": "caption"},
)
FABA_REGE = Benchmark(
    name="faba_rege",
    title="FABA-Instruct, emotion and reasoning, test",
    task=REASONING,
    primary="rege",
    metric="REGE: accuracy of the emotion + ROUGE-L F1 with Porter stems, in [0, 2]",
    prep="faba",
    options={"split": "test", "protocol": "emotion"},
    n=403,
    labels="ekman7",
    paper=f"Li et al., EmoLA (ECCV 2024, arXiv 2404.05052); {FACIAL_R1}",
    variant={"recognition": "emotion"},
    published={
        "EmoLA": 0.962, "Facial-R1": 0.955, "Shikra": 0.946, "mPLUG-Owl2": 0.820, "GPT-4o": 0.798,
        "MiniGPT4-v2": 0.778, "Qwen2.5-VL, zero-shot": 0.464,
    },
    notes=("its authors read emotions by synonym lists of their own", "its labels were written by GPT-4V"),
)  # fmt: skip
