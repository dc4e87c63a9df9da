"""Facial action units, their presence and their intensity."""

from dataclasses import replace

from affectreason.benchmark.intensity import INTENSITY
from affectreason.benchmark.papers import FACIAL_R1
from affectreason.benchmark.protocol import Benchmark
from affectreason.benchmark.units import UNITS

DISFA8 = Benchmark(
    name="disfa8",
    title="DISFA, 8 units, three folds of subjects",
    task=UNITS,
    primary="au_f1",
    metric="F1 of each unit over all frames of a fold, mean over units, then over folds; present from intensity 2 on",
    prep="disfa",
    options={"protocol": 8, "at_least": 2},
    n=130_814,
    units="disfa8",
    folds=("A", "B", "C"),
    paper="Mavadati et al., DISFA (IEEE TAC 2013); folds of ME-GraphAU (arXiv 2205.01782)",
    published={
        "JAA": 0.560, "ME-GraphAU": 0.631, "PIAP": 0.638, "KSRL": 0.645, "CLEF": 0.648, "MDHR": 0.662, "FMAE": 0.687,
        "FMAE-IAT": 0.701, "EmoLA": 0.651, "ActFER, zero-shot": 0.582,
    },
    notes=("Facial-R1 prints 0.731 for DISFA with 12 units and other frames: not this protocol",),
)  # fmt: skip
DISFA12 = replace(
    DISFA8,
    name="disfa12",
    title="DISFA, 12 units, three folds of subjects",
    options={"protocol": 12, "at_least": 2},
    units="disfa12",
    published={},
    notes=(),
)
BP4D12 = Benchmark(
    name="bp4d12",
    title="BP4D, 12 units, three folds of subjects",
    task=UNITS,
    primary="au_f1",
    metric="F1 of each unit over all frames of a fold, mean over units, then over folds; frames coded 9 left out",
    prep="bp4d",
    n=146_847,
    units="bp4d12",
    folds=("A", "B", "C"),
    paper="Zhang et al., BP4D-Spontaneous (IVC 2014); folds of ME-GraphAU (arXiv 2205.01782)",
    published={
        "JAA": 0.600, "ME-GraphAU": 0.655, "PIAP": 0.644, "KSRL": 0.645, "CLEF": 0.659, "MDHR": 0.666, "FMAE": 0.666,
        "FMAE-IAT": 0.671, "EmoLA": 0.642,
    },
    notes=("Facial-R1 prints 0.674 for other frames and 27 units: not this protocol",),
)  # fmt: skip
RAF_AU = Benchmark(
    name="raf_au",
    title="RAF-AU, 27 units",
    task=UNITS,
    primary="au_f1_present",
    metric="mean F1 of the units that are present in the samples",
    prep="raf_au",
    units="raf_au",
    paper=f"Yan et al., RAF-AU (arXiv 2008.05196); {FACIAL_R1}",
    published={
        "GPT-4o, zero-shot": 0.512, "Qwen2.5-VL, zero-shot": 0.207, "EmoLA": 0.446, "Exp-BLIP": 0.695, "FMAE": 0.632,
        "Facial-R1": 0.702,
    },
    notes=("Facial-R1's test part (853 pictures by its table of classes) is not public: test_list=FILE split=test",),
)  # fmt: skip
FABA12 = Benchmark(
    name="faba12",
    title="FABA-Instruct, 12 units, test",
    task=UNITS,
    primary="au_f1",
    metric="mean F1 of the 12 units that its authors score",
    prep="faba",
    options={"split": "test", "protocol": "au"},
    n=325,
    units="faba12",
    paper=f"Li et al., EmoLA (ECCV 2024, arXiv 2404.05052); {FACIAL_R1}",
    published={"EmoLA": 0.563, "GPT-4o, zero-shot": 0.472, "FMAE": 0.619, "Facial-R1": 0.683},
    notes=("its labels were written by GPT-4V",),
)
FABA20 = replace(
    FABA12,
    name="faba20",
    title="FABA-Instruct, all 20 units, test",
    metric="mean F1 of all 20 units of the test set",
    units="faba20",
    published={},
)
AFF_WILD2 = Benchmark(
    name="aff_wild2",
    title="Aff-Wild2, 12 units, validation",
    task=UNITS,
    primary="au_f1",
    metric="F1 of each unit over all frames, mean over the 12 units",
    prep="aff_wild2",
    options={"split": "val"},
    units="affwild2_12",
    paper="Kollias & Zafeiriou, Aff-Wild2 (2019)",
)
EMOTIONET = Benchmark(
    name="emotionet",
    title="EmotioNet, 12 units",
    task=UNITS,
    primary="au_f1",
    metric="F1 of each unit, mean over the 12 units",
    prep="emotionet",
    units="emotionet12",
    paper="Fabian Benitez-Quiroz et al., EmotioNet (CVPR 2016)",
)
DISFA_INTENSITY = Benchmark(
    name="disfa_intensity",
    title="DISFA, intensity of 12 units, three folds of subjects",
    task=INTENSITY,
    primary="au_icc",
    metric="ICC(3,1) of each unit over all frames of a fold, mean over units, then over folds",
    prep="disfa",
    options={"protocol": 12},
    n=130_814,
    units="disfa12",
    folds=("A", "B", "C"),
    paper="Mavadati et al., DISFA (IEEE TAC 2013); Shrout & Fleiss (1979)",
)
ACTION_UNITS = Benchmark(
    name="action_units",
    title="Action units, any prepared file",
    task=UNITS,
    primary="au_f1",
    metric="F1 of each unit, mean over the units annotated anywhere in the file",
    prep="table",
    notes=("for your own samples: samples=FILE.jsonl:SPLIT",),
)
