"""The benchmarks, a constant each: what is asked, of which samples, and what is computed. Adding one adds a constant.

Published numbers are those of the papers named, in [0, 1], as printed: with their prompts, their checkpoints and their
ways of reading answers. Where a paper chose its checkpoint on the test set, `notes` say so.
"""

from dataclasses import replace

from affectreason.benchmark.captions import CAPTION
from affectreason.benchmark.continuous import CONTINUOUS
from affectreason.benchmark.expression import EXPRESSION
from affectreason.benchmark.intensity import INTENSITY
from affectreason.benchmark.label_sets import MULTI_LABEL
from affectreason.benchmark.protocol import Benchmark
from affectreason.benchmark.questions import CHOICE, STATEMENTS, VQA, YES_NO
from affectreason.benchmark.reasoning import REASONING
from affectreason.benchmark.sentiment import SENTIMENT
from affectreason.benchmark.units import UNITS
from affectreason.benchmark.videmo import ATTRIBUTES
from affectreason.benchmark.words import HIT, WORDS

UNIBENCH = "Lian et al., AffectGPT (ICML 2025, arXiv 2501.16566)"
CHOSEN_ON_TEST = "AffectGPT's published number is the best of seven checkpoints, chosen on this test set"
THEIR_LEXICON = (
    "published numbers are by the authors' lexicon of 2025 (lexicon=FOLDER compat=affectgpt), which knows no neutral "
    "and leaves such samples out; our own lexicon scores them"
)
R1_OMNI = "Zhao et al., R1-Omni (arXiv 2503.05379)"
FACIAL_R1 = "numbers printed by Facial-R1 (arXiv 2511.10254, withdrawn in June 2026)"

# --- expression: one emotion a sample -----------------------------------------------------------------------------

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

# --- action units -------------------------------------------------------------------------------------------------

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

# --- MER-UniBench -------------------------------------------------------------------------------------------------

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

# --- judgement, reasoning, VidEmo ---------------------------------------------------------------------------------

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

# --- general ability, before and after ----------------------------------------------------------------------------

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
    notes=("compat=pope takes everything without no or not for yes",),
)
MULTIPLE_CHOICE = Benchmark(
    name="multiple_choice",
    title="Multiple choice, any prepared file",
    task=CHOICE,
    primary="accuracy",
    metric="share of right choices, by letter or text",
    prep="multiple_choice",
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

# --- reasoning and VidEmo -----------------------------------------------------------------------------------------

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
VIDEMO = "Zhang et al., VidEmo (NeurIPS 2025, arXiv 2511.02712)"
JUDGED = "VidEmo's numbers are a paid judge's; these are not, so its printed numbers are not beside them"
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
FABA_REGE = replace(
    FABA_EMOTION,
    name="faba_rege",
    title="FABA-Instruct, emotion and reasoning, test",
    task=REASONING,
    primary="rege",
    metric="REGE: accuracy of the emotion + ROUGE-L F1 with Porter stems, in [0, 2]",
    variant={"recognition": "emotion"},
    published={
        "EmoLA": 0.962, "Facial-R1": 0.955, "Shikra": 0.946, "mPLUG-Owl2": 0.820, "GPT-4o": 0.798,
        "MiniGPT4-v2": 0.778, "Qwen2.5-VL, zero-shot": 0.464,
    },
    notes=("its authors read emotions by synonym lists of their own", *FABA_EMOTION.notes),
)  # fmt: skip

SUITES = {
    "mer_unibench": (
        "mer2023", "mer2024", "meld_hit", "iemocap4_hit", "cmu_mosi", "cmu_mosei", "ch_sims", "ch_sims_v2",
        "ov_merd_plus",
    ),
    "general": ("vqa_v2", "pope", "multiple_choice"),
}  # fmt: skip
