"""Judgement of statements, and general ability before and after tuning."""

from affectreason.benchmark.protocol import Benchmark
from affectreason.benchmark.questions import CHOICE, VQA, YES_NO
from affectreason.benchmark.statements import STATEMENTS

MVEI = Benchmark(
    name="mvei",
    title="MVEI, statements on the emotion of pictures",
    task=STATEMENTS,
    primary="accuracy",
    metric="share of statements judged rightly; an answer that gives up is wrong",
    prep="mvei",
    n=3086,
    paper="arXiv 2509.21950",
    published={
        "GPT-4o": 0.783, "mPLUG-Owl3": 0.781, "Qwen2-VL": 0.766, "Qwen2.5-VL": 0.759, "Qwen2.5-VL, tuned": 0.819,
        "people": 0.916,
    },
)  # fmt: skip
VQA_V2 = Benchmark(
    name="vqa_v2",
    title="VQA v2, 2,000 questions of the validation set",
    task=VQA,
    primary="accuracy",
    metric="mean over ten leave-one-out sets of answers of min(matches / 3, 1), normalised where the ten differ",
    prep="vqa_v2",
    options={"split": "val", "limit": 2000, "seed": 0},
    n=2000,
    paper="Goyal et al., VQA v2 (CVPR 2017)",
    notes=("for the difference of a model to its base on the same questions: compare=base",),
)
POPE = Benchmark(
    name="pope",
    title="POPE, objects that are there or not",
    task=YES_NO,
    primary="f1",
    metric="F1 of the answer yes; accuracy and the share of yes beside",
    prep="pope",
    paper="Li et al., POPE (EMNLP 2023)",
    notes=("compat=pope takes everything without No, no or not in its first sentence for yes",),
)
MULTIPLE_CHOICE = Benchmark(
    name="multiple_choice",
    title="Multiple choice, any prepared file",
    task=CHOICE,
    primary="accuracy",
    metric="share of right choices, by letter or text",
    prep="multiple_choice",
)

SUITES = {"general": ("vqa_v2", "pope", "multiple_choice")}
