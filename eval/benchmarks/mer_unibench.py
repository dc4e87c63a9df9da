"""The nine sets of MER-UniBench, and the sentiment score as a number."""

from dataclasses import replace

from affectreason.benchmark.continuous import CONTINUOUS
from affectreason.benchmark.papers import UNIBENCH
from affectreason.benchmark.protocol import Benchmark
from affectreason.benchmark.sentiment import SENTIMENT
from affectreason.benchmark.words import HIT, WORDS

CHOSEN_ON_TEST = "AffectGPT's published number is the best of seven checkpoints, chosen on this test set"
THEIR_LEXICON = (
    "published numbers are by the authors' lexicon of 2025 (lexicon=FOLDER compat=affectgpt), which knows no neutral "
    "and leaves such samples out; our own lexicon scores them"
)

MER2023 = Benchmark(
    name="mer2023",
    title="MER2023, MER-MULTI",
    task=HIT,
    primary="hit_rate",
    metric="hit rate: the annotated emotion is among those said, by the inner ring of five wheels, their mean",
    prep="mer2023",
    options={"split": "test1"},
    n=411,
    labels="mer6",
    paper=UNIBENCH,
    published={"AffectGPT": 0.7854, "AffectGPT, no sound": 0.7458, "Emotion-LLaMA": 0.5938, "mPLUG-Owl": 0.5686},
    notes=(
        "a constant list of five emotions reaches a hit rate of 1: mind mscore and labels per answer",
        CHOSEN_ON_TEST,
    ),
)
MER2024 = replace(
    MER2023,
    name="mer2024",
    title="MER2024, MER-SEMI",
    prep="mer2024",
    n=1169,
    published={"AffectGPT": 0.7880, "AffectGPT, no sound": 0.7529, "Emotion-LLaMA": 0.7362, "mPLUG-Owl": 0.5989},
)
MELD_HIT = replace(
    MER2023,
    name="meld_hit",
    title="MELD, test, by hit rate",
    prep="meld",
    options={"split": "test"},
    n=2610,
    labels="meld7",
    published={"AffectGPT": 0.5565, "AffectGPT, no sound": 0.5763, "Emotion-LLaMA": 0.4676, "mPLUG-Owl": 0.4911},
)
IEMOCAP4_HIT = replace(
    MER2023,
    name="iemocap4_hit",
    title="IEMOCAP, session 5, four emotions, by hit rate",
    prep="iemocap",
    options={"split": "test", "protocol": 4},
    n=1241,
    labels="iemocap4",
    published={"AffectGPT": 0.6054, "AffectGPT, no sound": 0.6219, "Emotion-LLaMA": 0.5547, "mPLUG-Owl": 0.5554},
)
CMU_MOSI = Benchmark(
    name="cmu_mosi",
    title="CMU-MOSI, test",
    task=SENTIMENT,
    primary="waf",
    metric="support-weighted F1 of positive against the rest, over the 656 samples whose score is not 0",
    prep="cmu_mosi",
    options={"split": "test"},
    n=686,
    paper=UNIBENCH,
    published={"AffectGPT": 0.8130, "AffectGPT, no sound": 0.8239, "Emotion-LLaMA": 0.6613, "mPLUG-Owl": 0.7240},
    notes=(
        "compat=affectgpt takes all that is not the one word positive for negative: give it one word an answer, as "
        "published numbers had from a second model",
        CHOSEN_ON_TEST,
    ),
)
CMU_MOSEI = replace(
    CMU_MOSI,
    name="cmu_mosei",
    title="CMU-MOSEI, test",
    metric="support-weighted F1 of positive against the rest, over the 3,634 samples whose score is not 0",
    prep="cmu_mosei",
    n=4659,
    published={"AffectGPT": 0.8090, "AffectGPT, no sound": 0.8157, "Emotion-LLaMA": 0.6766, "mPLUG-Owl": 0.7291},
)
CH_SIMS = replace(
    CMU_MOSI,
    name="ch_sims",
    title="CH-SIMS, test",
    metric="support-weighted F1 of positive against the rest, over the 388 samples whose score is not 0",
    prep="ch_sims",
    options={"split": "test", "protocol": 1},
    n=457,
    published={"AffectGPT": 0.8849, "AffectGPT, no sound": 0.8720, "Emotion-LLaMA": 0.7832, "mPLUG-Owl": 0.7213},
)
CH_SIMS_V2 = replace(
    CMU_MOSI,
    name="ch_sims_v2",
    title="CH-SIMS v2, test",
    metric="support-weighted F1 of positive against the rest, over the 911 samples whose score is not 0",
    prep="ch_sims",
    options={"split": "test", "protocol": 2},
    n=1034,
    published={"AffectGPT": 0.8618, "AffectGPT, no sound": 0.8629, "Emotion-LLaMA": 0.7723, "mPLUG-Owl": 0.7500},
)
OV_MERD_PLUS = Benchmark(
    name="ov_merd_plus",
    title="OV-MERD+",
    task=WORDS,
    primary="level1_f",
    metric="F of dataset precision and recall of the words said, by the inner ring of five wheels, their mean",
    prep="ov_merd",
    options={"protocol": "plus"},
    n=532,
    paper=UNIBENCH,
    published={"AffectGPT": 0.6252, "AffectGPT, no sound": 0.6165, "Emotion-LLaMA": 0.5297, "mPLUG-Owl": 0.4818},
    notes=(THEIR_LEXICON, CHOSEN_ON_TEST),
)
CMU_MOSI_SCORE = Benchmark(
    name="cmu_mosi_score",
    title="CMU-MOSI, test, the score itself",
    task=CONTINUOUS,
    primary="ccc",
    metric="concordance correlation (population variance) of the score in [-3, 3]; PCC, RMSE and MAE beside",
    prep="cmu_mosi",
    options={"split": "test"},
    n=686,
    variant={"of": "score", "range": [-3, 3], "variance": "population"},
    paper="Zadeh et al., CMU-MOSI (2016)",
)

SUITES = {
    "mer_unibench": (
        "mer2023", "mer2024", "meld_hit", "iemocap4_hit", "cmu_mosi", "cmu_mosei", "ch_sims", "ch_sims_v2",
        "ov_merd_plus",
    ),
}  # fmt: skip
