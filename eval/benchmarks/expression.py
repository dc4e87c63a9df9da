"""Expression: one emotion a sample."""

from dataclasses import replace

from affectreason.benchmark.expression import EXPRESSION
from affectreason.benchmark.papers import FACIAL_R1, R1_OMNI
from affectreason.benchmark.protocol import Benchmark

MELD = Benchmark(
    name="meld",
    title="MELD, test",
    task=EXPRESSION,
    primary="weighted_f1",
    metric="F1 of each class weighted by its support, over all 2,610 utterances",
    prep="meld",
    options={"split": "test"},
    n=2610,
    labels="meld7",
    paper="Poria et al., MELD (ACL 2019)",
    published={
        "RoBERTa": 0.6202, "RoBERTa-DialogueRNN": 0.6361, "COSMIC": 0.6521, "M2FNet": 0.6671, "FacialMMT": 0.6673,
    },
    notes=("always answering neutral scores 0.4812 of accuracy and 0.3127 of weighted F1",),
)  # fmt: skip
IEMOCAP6 = Benchmark(
    name="iemocap6",
    title="IEMOCAP, session 5, six emotions",
    task=EXPRESSION,
    primary="weighted_f1",
    metric="F1 of each class weighted by its support, over all 1,623 utterances of session 5",
    prep="iemocap",
    options={"split": "test", "protocol": 6},
    n=1623,
    labels="iemocap6",
    paper="Busso et al., IEMOCAP (2008)",
    published={"RoBERTa": 0.5455, "RoBERTa-DialogueRNN": 0.6476, "COSMIC": 0.6528, "M2FNet": 0.6986},
    notes=(
        "the 1,623 utterances are those of the shared feature files: affectreason convert npz=label_6way.npz first",
    ),
)
IEMOCAP4 = replace(
    IEMOCAP6,
    name="iemocap4",
    title="IEMOCAP, session 5, four emotions",
    metric="F1 of each class weighted by its support, over all 1,241 utterances of session 5; excited counts as happy",
    options={"split": "test", "protocol": 4},
    n=1241,
    labels="iemocap4",
    published={},
    notes=(
        "the 1,241 utterances are those of the shared feature files: affectreason convert npz=label_4way.npz first",
    ),
)
DFEW = Benchmark(
    name="dfew",
    title="DFEW, five folds pooled",
    task=EXPRESSION,
    primary="uar",
    metric="mean recall of the seven classes, over the test parts of all folds together; mean and sd of folds beside",
    prep="dfew",
    n=11_697,
    labels="dfew7",
    folds=("1", "2", "3", "4", "5"),
    paper=f"Jiang et al., DFEW (ACM MM 2020); {R1_OMNI}",
    published={
        "HumanOmni-0.5B": 0.1944, "R1-Omni": 0.5627, "Face-LLaVA, zero-shot": 0.469, "Face-LLaVA": 0.625,
        "Emotion-LLaMA, zero-shot": 0.4559, "Exp-CLIP, zero-shot": 0.4016,
    },
    notes=("R1-Omni asks for no list of labels and compares letter by letter: compat=r1_omni",),
)  # fmt: skip
MAFW = Benchmark(
    name="mafw",
    title="MAFW, single label, five folds pooled",
    task=EXPRESSION,
    primary="uar",
    metric="mean recall of the eleven classes, over the test parts of all folds together; mean and sd of folds beside",
    prep="mafw",
    labels="mafw11",
    folds=("1", "2", "3", "4", "5"),
    paper=f"Liu et al., MAFW (ACM MM 2022); {R1_OMNI}",
    published={"HumanOmni-0.5B": 0.1352, "R1-Omni": 0.4004, "HiCMAE": 0.4269, "Exp-CLIP, zero-shot": 0.2395},
    notes=("its number of single-label test clips is not fixed here: papers differ with the clips that have sound",),
)
RAVDESS = Benchmark(
    name="ravdess",
    title="RAVDESS, six folds of actors pooled",
    task=EXPRESSION,
    primary="uar",
    metric="mean recall of the eight classes, over the test parts of all folds together; mean and sd of folds beside",
    prep="ravdess",
    n=1440,
    labels="ravdess8",
    folds=("1", "2", "3", "4", "5", "6"),
    paper=f"Livingstone & Russo, RAVDESS (PLOS ONE 2018); {R1_OMNI}",
    published={"HumanOmni-0.5B": 0.0938, "R1-Omni": 0.4469},
)
CREMA_D = Benchmark(
    name="crema_d",
    title="CREMA-D, five folds of speakers pooled",
    task=EXPRESSION,
    primary="uar",
    metric="mean recall of the six classes, over the test parts of all folds together; mean and sd of folds beside",
    prep="crema_d",
    n=7438,
    labels="crema_d6",
    folds=("1", "2", "3", "4", "5"),
    paper="Cao et al., CREMA-D (IEEE TAC 2014); Face-LLaVA (WACV 2026)",
    published={"Face-LLaVA, zero-shot": 0.582, "Face-LLaVA": 0.798},
    notes=("7,442 clips less the four that are broken; some papers use 7,437",),
)
RAF_DB = Benchmark(
    name="raf_db",
    title="RAF-DB basic, test",
    task=EXPRESSION,
    primary="war",
    metric="accuracy",
    prep="raf_db",
    options={"split": "test"},
    n=3068,
    labels="raf_db7",
    paper=f"Li et al., RAF-DB (CVPR 2017); {FACIAL_R1}",
    published={
        "GPT-4o, zero-shot": 0.627, "Qwen2.5-VL, zero-shot": 0.343, "EmoLA": 0.921, "ExpLLM": 0.910, "FMAE": 0.934,
        "Norface": 0.929, "QCS": 0.930, "Face-LLaVA": 0.921, "Facial-R1": 0.921,
    },
)  # fmt: skip
AFFECTNET7 = Benchmark(
    name="affectnet7",
    title="AffectNet, seven expressions, validation",
    task=EXPRESSION,
    primary="war",
    metric="accuracy over 500 pictures a class",
    prep="affectnet",
    options={"split": "val", "protocol": 7},
    n=3500,
    labels="affectnet7",
    paper="Mollahosseini et al., AffectNet (IEEE TAC 2017)",
    published={"Exp-CLIP, zero-shot": 0.4427},
    notes=("its test set is not public; everybody reports the validation set",),
)
AFFECTNET8 = replace(
    AFFECTNET7,
    name="affectnet8",
    title="AffectNet, eight expressions, validation",
    options={"split": "val", "protocol": 8},
    n=4000,
    labels="affectnet8",
    paper=f"{AFFECTNET7.paper}; {FACIAL_R1}",
    published={
        "GPT-4o, zero-shot": 0.489, "Qwen2.5-VL, zero-shot": 0.326, "EmoLA": 0.397, "ExpLLM": 0.629, "FMAE": 0.648,
        "Norface": 0.686, "QCS": 0.644, "Facial-R1": 0.652,
    },
)  # fmt: skip
FER2013 = Benchmark(
    name="fer2013",
    title="FER2013, private test",
    task=EXPRESSION,
    primary="war",
    metric="accuracy",
    prep="fer2013",
    options={"split": "test", "blank": "keep"},
    n=3589,
    labels="fer2013",
    paper=f"Goodfellow et al., FER2013 (2013); {FACIAL_R1}",
    published={
        "GPT-4o, zero-shot": 0.611, "Qwen2.5-VL, zero-shot": 0.243, "EmoLA": 0.597, "ExpLLM": 0.598, "FMAE": 0.683,
        "QCS": 0.697, "Facial-R1": 0.698,
    },
)  # fmt: skip
FABA_EMOTION = Benchmark(
    name="faba_emotion",
    title="FABA-Instruct, emotion, test",
    task=EXPRESSION,
    primary="war",
    metric="accuracy",
    prep="faba",
    options={"split": "test", "protocol": "emotion"},
    n=403,
    labels="ekman7",
    paper=f"Li et al., EmoLA (ECCV 2024, arXiv 2404.05052); {FACIAL_R1}",
    published={
        "GPT-4o, zero-shot": 0.642, "Qwen2.5-VL, zero-shot": 0.630, "EmoLA": 0.645, "ExpLLM": 0.637, "FMAE": 0.633,
        "QCS": 0.647, "Facial-R1": 0.678,
    },
    notes=("its labels were written by GPT-4V",),
)  # fmt: skip
EMOTION = Benchmark(
    name="emotion",
    title="Emotion, any prepared file",
    task=EXPRESSION,
    primary="uar",
    metric="mean recall of the classes that occur",
    prep="table",
    notes=("for your own samples: samples=FILE.jsonl:SPLIT; the label set is the samples' own",),
)
